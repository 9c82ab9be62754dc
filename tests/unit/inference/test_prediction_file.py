"""Where predictions are put: never over the data, and as the file or link that was there."""

import fcntl
import os
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow as pa
import pytest

from reprise.errors import RepriseError
from reprise.inference.prediction_file import Output, check_output

TABLE = pa.table({"predicted": [1.0]})


def write(path: Path) -> None:
    with Output(path) as output:
        output.write(TABLE)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my data.csv"
    path.write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(path)
    (tmp_path / "chain.csv").symlink_to("link.csv")
    (tmp_path / "hard.csv").hardlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    return path


@pytest.mark.parametrize("output", ["my data.csv", "~/my data.csv", "link.csv", "hard.csv"])
@pytest.mark.parametrize(
    "spelled",
    [
        "my data.csv",
        "./my data.csv",
        "~/my data.csv",
        "{folder}/my data.csv",
        "file://{folder}/my%20data.csv",
        "file://localhost{folder}/my%20data.csv",
        "chain.csv",
        "hard.csv",
        "folder/link.csv",
        "folder/../{name}/my data.csv",
        "FILE://{folder}/my%20data.csv",
        "my data.csv#sheet",
    ],
)
def test_the_data_is_refused_however_it_is_spelled(data, output, spelled):
    with pytest.raises(RepriseError, match="output must not be the data"):
        check_output(output, spelled.format(folder=data.parent, name=data.parent.name))


@pytest.mark.parametrize(
    "spelled",
    [
        *("parts", "./parts/", "file://{folder}/parts", "parts/*.csv"),
        *("delta:parts", "delta:{folder}/parts@3"),
    ],
)
def test_a_file_among_those_of_the_data_is_refused(spelled):
    Path("parts").mkdir()
    with pytest.raises(RepriseError, match="output must not lie among the files of the data"):
        check_output("parts/out.csv", spelled.format(folder=Path.cwd()))
    check_output("parts/out.csv", "parts/*.parquet")
    check_output("out.csv", "parts")


def test_an_artifact_is_refused_as_the_output_that_is_made_of_it(data):
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(data))
    path = Path(mlflow.artifacts.download_artifacts(f"{run.info.artifact_uri}/my data.csv"))
    with pytest.raises(RepriseError, match="output must not be the data"):
        check_output(str(path), f"runs:/{run.info.run_id}/my data.csv")


def test_other_outputs_are_taken(data):
    for output in ("new.csv", "~/new.csv", "folder/new.parquet"):
        assert check_output(output, "my data.csv").is_absolute()


def test_a_link_stays_and_leads_to_the_predictions(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target.csv", tmp_path / "link.csv"
    link.symlink_to("there/target.csv")
    for _ in range(2):  # the target is not there yet, then it is
        write(check_output(str(link), "data.csv"))
        assert link.is_symlink()
        assert not target.is_symlink()
        assert target.read_text().startswith("predicted\n")
    assert sorted(path.name for path in target.parent.iterdir()) == ["target.csv"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_keeps_its_mode(tmp_path, mode):
    path = tmp_path / "out.csv"
    path.write_text("earlier")
    path.chmod(mode)
    write(path)
    assert path.stat().st_mode & 0o7777 == mode
    assert path.read_text() != "earlier"


@pytest.mark.parametrize("kind", ["circle", "pipe", "folder"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / "out.csv"
    {"circle": lambda: path.symlink_to(path), "pipe": lambda: os.mkfifo(path)}.get(
        kind, path.mkdir
    )()
    with pytest.raises(RepriseError, match="output must be a"):
        check_output(str(path), "data.csv")


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_values_come_back_as_they_were_whatever_a_spreadsheet_would_make_of_them(tmp_path, name):
    values = ["=cmd|'/c calc'!A1", "+1", "-1", "@x", "\ta", 'it\'s "a", b', "two\nlines", ""]
    with Output(tmp_path / name) as output:
        output.write(pa.table({"=1+1": values, 'a "b", c': values}))
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    options = {"keep_default_na": False} if name.endswith("csv") else {}
    back = read(tmp_path / name, **options)
    assert back.to_dict("list") == {"=1+1": values, 'a "b", c': values}


def test_what_a_killed_step_has_begun_is_swept_and_what_another_writes_is_not(tmp_path):
    place, other = tmp_path / "[new].csv", tmp_path / "[new].csv.csv"
    left = [tmp_path / f".[new].csv.{number}.part" for number in (1, 2)]
    for path in left:
        path.touch()
    with Output(other) as output:
        output.write(TABLE)
        held = os.open(left[1], os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        write(place)
        os.close(held)
        assert [path.exists() for path in left] == [False, True]
    assert sorted(path.name for path in tmp_path.glob("[[]*")) == ["[new].csv", "[new].csv.csv"]
