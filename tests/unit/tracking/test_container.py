"""Inside the image: what would go with the container is refused, what is mounted is not."""

from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.tracking import container
from reprise.tracking.contract import IMAGE_VARIABLE


@pytest.fixture
def in_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(IMAGE_VARIABLE, "1")


def test_the_containers_own_disk_is_refused_with_the_command_to_use(in_image):
    with pytest.raises(RepriseError, match=r"must outlive .* `mlflow run envs/docker`"):
        container.check_store("sqlite:////etc/mlflow.db")
    with pytest.raises(RepriseError, match="the artifact root must outlive"):
        container.check_artifacts("file:///etc/mlruns/0")


def test_another_disk_and_a_server_are_accepted(in_image):
    assert Path("/dev/shm").stat().st_dev != Path("/").stat().st_dev
    container.check_store("sqlite:////dev/shm/mlflow.db")
    container.check_artifacts("/dev/shm/mlruns/0")
    container.check_store("http://127.0.0.1:5000")
    container.check_artifacts("mlflow-artifacts:/0")


def test_outside_of_the_image_nothing_is_refused():
    container.check_store("sqlite:////etc/mlflow.db")
    container.check_artifacts("/etc/mlruns/0")


def test_an_image_of_another_commit_is_noted(in_image):
    note = container.stale_image("a" * 40, "b" * 40)
    assert note is not None
    assert "aaaaaaaaaaaa, not bbbbbbbbbbbb: build it with make image" in note
    assert container.stale_image("a" * 40, "a" * 40) is None
    assert container.stale_image("a" * 40, None) is None
