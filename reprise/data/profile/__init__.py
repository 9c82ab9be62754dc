"""What a prepared table shows before anything learns from it."""
