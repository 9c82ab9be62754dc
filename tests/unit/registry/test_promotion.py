"""Which version is champion and which challenger."""

import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from reprise.registry.promotion import register
from reprise.training.candidates import find_candidates, open_test_part
from tests.workshop import aliases, put, tags, versions


def test_first_version_becomes_champion(workshop):
    outcome = put(workshop, "middling", "first")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert aliases("first") == {"champion": "1"}


def test_worse_challenger_leaves_the_champion_alias_unmoved(workshop):
    put(workshop, "middling", "worse")
    outcome = put(workshop, "bad", "worse")
    assert (outcome.version, outcome.alias) == ("2", "challenger")
    assert aliases("worse") == {"champion": "1", "challenger": "2"}


def test_better_challenger_moves_the_champion_alias(workshop):
    put(workshop, "middling", "better")
    outcome = put(workshop, "good", "better")
    assert (outcome.version, outcome.alias) == ("2", "champion")
    assert aliases("better") == {"champion": "2"}


def test_identical_model_of_another_run_is_the_same_version(workshop):
    first = put(workshop, "good", "identical")
    again = put(workshop, "good again", "identical")
    assert workshop.runs["good"] != workshop.runs["good again"]
    assert (again.version, again.alias) == (first.version, "champion")
    assert versions("identical") == ["1"]
    assert aliases("identical") == {"champion": "1"}


def test_identical_model_that_is_challenger_stays_challenger(workshop):
    put(workshop, "good", "stays")
    put(workshop, "bad", "stays")
    outcome = put(workshop, "bad", "stays")
    assert (outcome.version, outcome.alias) == ("2", "challenger")
    assert versions("stays") == ["1", "2"]
    assert aliases("stays") == {"champion": "1", "challenger": "2"}


def test_challenger_that_becomes_champion_is_challenger_no_more(workshop):
    put(workshop, "middling", "rises")
    put(workshop, "good", "rises", promote="never")
    assert aliases("rises") == {"champion": "1", "challenger": "2"}
    put(workshop, "good", "rises")
    assert aliases("rises") == {"champion": "2"}


def test_the_newest_of_two_worse_versions_is_the_challenger(workshop):
    for run in ("good", "bad", "middling"):
        put(workshop, run, "newest")
    assert aliases("newest") == {"champion": "1", "challenger": "3"}


def test_promote_never_leaves_the_champion_alias_unmoved(workshop):
    put(workshop, "bad", "never")
    outcome = put(workshop, "good", "never", promote="never")
    assert outcome.alias == "challenger"
    assert aliases("never") == {"champion": "1", "challenger": "2"}


def test_promote_never_makes_no_champion_where_there_is_none(workshop):
    put(workshop, "good", "nobody", promote="never")
    assert aliases("nobody") == {"challenger": "1"}


def test_promote_never_takes_the_alias_from_nobody(workshop):
    put(workshop, "good", "kept")
    outcome = put(workshop, "good again", "kept", promote="never")
    assert outcome.alias == "champion"
    assert aliases("kept") == {"champion": "1"}


def test_promote_always_moves_the_champion_alias_to_a_worse_model(workshop):
    put(workshop, "good", "always")
    outcome = put(workshop, "bad", "always", promote="always")
    assert outcome.alias == "champion"
    assert aliases("always") == {"champion": "2"}


def test_rolling_back_moves_the_alias_to_the_version_that_is_named_and_makes_none(workshop):
    put(workshop, "bad", "back")
    put(workshop, "good", "back")
    assert aliases("back") == {"champion": "2"}
    (candidate,) = find_candidates("models:/back/1")
    tested = open_test_part(candidate, workshop.table)
    outcome = register(candidate, workshop.table, tested, "back", "always")
    assert (outcome.version, outcome.alias) == ("1", "champion")
    assert outcome.metrics["champion_difference_low"] > 0  # it is the worse one, and that is told
    assert aliases("back") == {"champion": "1"}
    assert versions("back") == ["1", "2"]


ROOT = Path(__file__).resolve().parents[3]
REGISTER = """
import sys
from pathlib import Path
from reprise.data.prepared_table import PreparedTable
from reprise.registry.promotion import register
from reprise.training.candidates import find_candidates, open_test_part
run, folder, uri = sys.argv[1:]
table = PreparedTable(Path(folder), uri)
(candidate,) = find_candidates(run)
tested = open_test_part(candidate, table)
sys.stdin.readline()
print(register(candidate, table, tested, "at once", "if-better").reason)
"""


@pytest.mark.slow
def test_processes_that_register_at_once_leave_what_one_after_the_other_would(workshop):
    names = ["good", "middling", "bad", "good again"]
    arguments = [str(workshop.table.folder), workshop.table.uri]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REGISTER, workshop.runs[name], *arguments],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in names
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, printed
    assert versions("at once") == ["1", "2", "3"]  # `good again` is the model `good`
    by_digest = {tags("at once", version)["reprise.digest.model"]: version for version in "123"}
    best = by_digest[mlflow.get_run(workshop.runs["good"]).data.tags["reprise.digest.model"]]
    found = aliases("at once")
    assert found["champion"] == best
    assert best not in {found.get("challenger")}
