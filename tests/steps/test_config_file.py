"""A file of parameters instead of flags, and one command for all entry points."""

import mlflow
import pytest

from reprise.errors import RepriseError
from reprise.tracking.contract import CONFIG_VARIABLE, SEAL_PREFIX, SOURCE_CONFIG
from steps.__main__ import main
from steps.config_file import read_config

from .conftest import new_store, newest


@pytest.fixture(scope="module")
def store(tmp_path_factory, empty_store):
    with new_store(tmp_path_factory.mktemp("config"), empty_store) as found:
        yield found


def asked(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(text)
    return read_config(str(path))


def test_values_reach_a_step_as_they_are_written(tmp_path):
    text = """\
entry_point: prepare
data: houses.csv   # of the town
missing: auto,-999
seed: 007
validation_fraction: 1e-1
header: none
query: |
  select *
  from data
"""
    name, arguments, recorded = asked(tmp_path, text)
    assert name == "prepare"
    assert dict(zip(arguments[::2], arguments[1::2], strict=True)) == {
        "--data": "houses.csv",
        "--missing": "auto,-999",
        "--seed": "007",
        "--validation_fraction": "1e-1",
        "--header": "none",
        "--query": "select *\nfrom data\n",
    }
    assert recorded == text


def test_a_list_is_what_a_command_line_separates_by_commas(tmp_path):
    text = 'models: [elasticnet, gbm]\ndrop: ["rooms, large", \'an "old" one\', id]\n'
    assert asked(tmp_path, text)[:2] == (
        "main",
        ["--models", "elasticnet,gbm", "--drop", '"rooms, large","an ""old"" one",id'],
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: [1, 2\n", "must be YAML, got .* in line 2"),
        ("data: a.csv\ntarget: x\ndata: b.csv\n", "must be YAML, got data twice in line 3"),
        ("", "must hold names with values, got none"),
        ("- data\n", "must hold names with values, got none"),
        ("data:\n", "must give data a value or a list of them, got nothing"),
        ("models: []\n", "must give models a value or a list of them, got nothing"),
        ("data: {path: a.csv}\n", "must give data a value or a list of them, got more than that"),
        (f"data: {'x' * 100_000}\n", "must have at most 100,000 characters"),
    ],
)
def test_what_is_no_file_of_parameters_is_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(RepriseError, match=said) as raised:
        asked(tmp_path, text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [None, b"data: \xff\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "run.yaml"
    if content:
        path.write_bytes(content)
    with pytest.raises(RepriseError, match=r"must be readable, got '.*run\.yaml'"):
        read_config(str(path))


@pytest.mark.usefixtures("in_store")
def test_a_run_keeps_the_file_that_it_was_asked_with(tmp_path, monkeypatch):
    table = tmp_path / "t.csv"
    table.write_text("x,y\n" + "".join(f"{n % 7},{n}\n" for n in range(100)))
    text = f"entry_point: prepare\ndata: file://{table}?sig=s3cr3t\ntarget: z\nseed: 1\n"
    (tmp_path / "run.yaml").write_text(text)
    monkeypatch.setenv(CONFIG_VARIABLE, "")
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "run.yaml"), "-P", "target=y", "--seed", "2"])
    assert ended.value.code == 0
    run = newest()
    assert {name: run.data.params[name] for name in ("target", "seed")} == {
        "target": "y",
        "seed": "2",
    }
    kept = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{SOURCE_CONFIG}")
    assert kept == text.replace("s3cr3t", "hidden")
    assert SEAL_PREFIX + SOURCE_CONFIG in run.data.tags


@pytest.mark.usefixtures("in_store")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prepare", "--tarjet", "x"], "got 'tarjet': did you mean 'target'?"),
        (["prepair"], "must be one of this project, got 'prepair': did you mean 'prepare'?"),
        (["xyz"], "known: main, prepare, "),
        (["prepare", "-P", "target"], "-P must be followed by name=value, got 'target'"),
    ],
)
def test_a_wrong_word_is_named_with_the_one_that_was_meant(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_without_a_name_the_entry_points_are_listed(words, capsys):
    main(words)
    assert "entry points: main, prepare, " in capsys.readouterr().out
