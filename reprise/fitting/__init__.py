"""Fitting: one family, a blend of several, and the winner once more on more rows."""
