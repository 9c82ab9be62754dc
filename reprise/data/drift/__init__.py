"""How rows differ from those that a model learned from: what is kept of these, and tests."""
