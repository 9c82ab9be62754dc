"""One click command per entry point: each parses, calls, logs, exits."""
