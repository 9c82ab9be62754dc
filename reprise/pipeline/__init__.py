"""The pipeline: the graph of its steps, and how they are run."""
