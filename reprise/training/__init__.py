"""Everything that fits, and what a fit leaves on its run."""
