"""What predictions are worth, as numbers and JSON: metrics, intervals, importance, evidence."""
