"""What a table is to be like: written down by `prepare`, and held against other tables."""
