"""From a source to a prepared table and its profile; the same rows streamed for scoring."""
