"""A past result done again, and held against what was recorded of it."""
