"""What the steps are made of: tables, models, evaluation, lineage, pipeline, registry."""
