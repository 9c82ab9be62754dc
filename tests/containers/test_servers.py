"""A main in a container, tracked by a server: the digests of the same main run here."""

from pathlib import Path

import pytest

from tests.servers.conftest import server_environment, team
from tests.servers.team import Team

from .caller import Caller
from .readme import command
from .served import served_store

__all__ = ["server_environment", "team"]
pytestmark = [pytest.mark.containers, pytest.mark.servers, pytest.mark.usefixtures("image")]
SMALL = ("-P", "models=elasticnet,rf", "-P", "tune_model=elasticnet", "-P", "trials=2")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str | float]:
    """Digests and metrics of the main, run here."""
    caller = Caller.at(tmp_path_factory.mktemp("here") / "caller")
    caller.here(*SMALL)
    return caller.results(caller.runs("main")[0])


def test_with_sqlite_and_artifacts_behind_a_server_on_this_machine(expected, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    with served_store(folder) as uri:
        caller = Caller.at(tmp_path / "caller", uri)
        caller.in_container(*SMALL)
        main = caller.runs("main")[0]
        assert caller.results(main) == expected
        assert list((folder / "mlartifacts").rglob("report.html"))
        champion = caller.client.get_model_version_by_alias("reprise", "champion")
        assert caller.children(main)["register"].data.tags["reprise.version"] == champion.version
    assert {path.name for path in caller.folder.iterdir()} <= {".config"}


def test_with_postgresql_s3_and_accounts(
    expected, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    password = team.add_user("ann")["MLFLOW_TRACKING_PASSWORD"]
    line = command("export MLFLOW_TRACKING_URI=http://localhost")
    line = line.replace("http://localhost:5000", team.uri).replace("...", password)
    account = dict(word.split("=", 1) for word in line.split()[1:])
    variables = account | {"MLFLOW_EXPERIMENT_NAME": "contained"}
    caller = Caller.at(tmp_path / "caller", account["MLFLOW_TRACKING_URI"], **variables)
    done = caller.in_container(*SMALL, "-P", "model_name=contained")
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    assert caller.results(caller.runs("main")[0]) == expected
    assert password not in done.stdout + done.stderr
