"""Formats of tables, one reader each: a file becomes columns, and what was decided is said."""
