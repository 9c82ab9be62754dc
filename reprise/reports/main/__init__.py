"""The report of a `main` run: one page that needs neither network nor server."""
