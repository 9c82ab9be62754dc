"""Batch scoring: rows stream in, predictions stream out, whatever the size of the table."""
