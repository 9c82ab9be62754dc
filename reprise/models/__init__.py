"""The model families: one file each, an unfitted builder beside its defaults and search space."""
