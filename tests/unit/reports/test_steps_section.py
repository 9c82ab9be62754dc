"""Where the pages of the steps can be looked at, by the kind of store."""

from types import SimpleNamespace

import mlflow
import pytest

from reprise.reports.main.steps_section import artifact_link

ID = "0" * 32


def run_at(place: str) -> SimpleNamespace:
    return SimpleNamespace(info=SimpleNamespace(run_id=ID, experiment_id="7", artifact_uri=place))


def test_with_a_server_a_link_opens_the_artifact_in_mlflow(monkeypatch):
    monkeypatch.setattr(mlflow, "get_tracking_uri", lambda: "http://ann:secret@mlflow.test:5000/")
    link = artifact_link(run_at("mlflow-artifacts:/7/x/artifacts"), "card.html", "rf: card")
    assert link.url.endswith(f"mlflow.test:5000/#/experiments/7/runs/{ID}/artifacts/card.html")
    assert "secret" not in link.url + link.text


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_without_a_server_a_link_opens_the_file(tmp_path, scheme):
    folder = tmp_path / "a folder" / "artifacts"
    link = artifact_link(run_at(f"{scheme}{folder}"), "profile.html", "prepare: profile")
    assert link.url == (folder / "profile.html").as_uri()
    assert link.text == str(folder / "profile.html")


def test_what_nothing_opens_is_named_by_its_uri():
    link = artifact_link(run_at("s3://bucket/7/artifacts"), "card.html", "rf: card")
    assert (link.url, link.text) == (None, f"runs:/{ID}/card.html")
