"""A contract: read, written, drafted, and held against tables."""
