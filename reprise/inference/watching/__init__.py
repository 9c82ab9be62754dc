"""New rows held against those that a model learned from, and its predictions against its test."""
