"""Rows that SQL picks: on files by DuckDB, in databases by themselves."""
