"""Models and versions that are written with the names they have, which MLflow would give anew."""

import inspect

import mlflow


def test_mlflow_still_gives_every_model_a_new_id_and_every_version_the_next_number():
    client = mlflow.MlflowClient
    assert "model_id" not in inspect.signature(client.create_logged_model).parameters
    assert "version" not in inspect.signature(client.create_model_version).parameters
