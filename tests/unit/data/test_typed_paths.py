"""A relative path is looked for where it was typed, then in the project."""

import sqlite3
from contextlib import closing

import pytest

from reprise.data.sources import local_copy
from reprise.data.typed_paths import located
from reprise.errors import RepriseError
from reprise.tracking.contract import IMAGE_VARIABLE, TYPED_IN_VARIABLE


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """The folder where a command was typed, beside the project's."""
    for name in ("typed", "project"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv(TYPED_IN_VARIABLE, str(tmp_path / "typed"))
    return tmp_path / "typed"


def test_what_lies_where_it_was_typed_comes_first(typed):
    project = typed.parent / "project"
    for folder, name in ((typed, "both"), (project, "both"), (typed, "here"), (project, "there")):
        (folder / f"{name}.csv").write_text("a,b\n1,2\n")
    (typed / "none").write_text("")
    assert located("none") == "none"
    assert located("both.csv") == str(typed / "both.csv")
    assert located("here.csv") == str(typed / "here.csv")
    assert located("there.csv") == str(project / "there.csv")
    assert located("../typed/here.csv") == str(typed / "../typed/here.csv")


def test_sheets_folders_patterns_and_versions_have_paths(typed):
    (typed / "book.xlsx").write_text("")
    (typed / "parts").mkdir()
    (typed / "parts" / "part-1.parquet").write_text("")
    for name in ("book.xlsx#sheet", "parts", "parts/part-*.parquet"):
        assert located(name) == str(typed / name)
    assert located("delta:parts@3") == f"delta:{typed / 'parts'}@3"
    (typed / "a shop.db").write_text("")
    assert located("sqlite:///a%20shop.db") == f"sqlite:///{typed}/a%20shop.db"
    assert located("sqlite:///no.db") == "sqlite:///no.db"
    assert located("sqlite:////no.db") == "sqlite:////no.db"
    assert located("delta:parts") == f"delta:{typed / 'parts'}"


def test_an_sqlite_file_is_the_database_that_it_is(typed):
    with closing(sqlite3.connect(typed / "a shop.db")) as database:
        database.execute("create table sales (n integer)")
        database.commit()
    database_at = f"sqlite:///{typed}/a%20shop.db"
    assert located("a shop.db") == located(str(typed / "a shop.db")) == database_at
    (typed / "empty.db").write_text("")
    assert located("empty.db") == str(typed / "empty.db")


@pytest.mark.parametrize(
    "source",
    ["", " ", "sklearn:iris", "runs:/1/t.csv", "s3://b/t.csv", "https://h/t.csv", "/t.csv",
     "postgresql://host/db", "delta:s3://b/t@2", "none\0.csv", "x" * 5000],
)  # fmt: skip
def test_what_is_no_relative_path_stays_as_it_is(source, typed):
    assert located(source) == source


def test_what_is_nowhere_says_where_it_was_looked_for(typed, monkeypatch):
    message = f"got 'no.csv', not found in {typed}, nor in {typed.parent / 'project'}: check"
    with pytest.raises(RepriseError, match=message):
        local_copy(located("no.csv"))
    monkeypatch.setenv(IMAGE_VARIABLE, "1")
    with pytest.raises(RepriseError, match="a container sees what is mounted"):
        local_copy(located("no.csv"))
    with pytest.raises(RepriseError, match=r"got '/no\.csv': check the path"):
        local_copy("/no.csv")
