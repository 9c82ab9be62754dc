"""A stored model applied to rows: loading, batch scoring, the HTTP server."""
