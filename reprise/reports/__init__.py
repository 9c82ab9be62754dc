"""Documents and drawings: the report of a main, the page of a model, comparisons, charts."""
