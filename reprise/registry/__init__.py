"""The model registry: the gate, versions, promotion, card and certificate of a version."""
