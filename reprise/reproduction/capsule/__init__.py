"""A version in one file, with all that it was made of: packed, and read where there is no store."""
