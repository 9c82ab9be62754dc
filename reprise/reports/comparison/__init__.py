"""Two or more runs side by side: what they were given, what came out, and their curves."""
