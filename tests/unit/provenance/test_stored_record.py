"""What a version says of itself, as it is signed."""

from mlflow.entities.model_registry import ModelVersion, ModelVersionTag

from reprise.provenance.stored_record import record_of_version


def test_what_a_version_is_told_later_is_no_part_of_what_was_signed():
    made = {"reprise.family": "rf", "test_rmse": "3.5"}
    later = {"reprise.watched": "OK (run 1)", "reprise.reproduced": "identical"}
    tags = [ModelVersionTag(*each) for each in {**made, **later}.items()]
    version = ModelVersion("prices", "1", 0, run_id="1", tags=tags)
    assert record_of_version(version, {})["tags"] == made
