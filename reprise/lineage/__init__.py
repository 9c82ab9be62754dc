"""Where things come from: URIs, digests, source code, environment."""
