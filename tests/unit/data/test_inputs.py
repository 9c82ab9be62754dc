"""What a run reads is known by its content: the file of data, and those that its query names."""

import hashlib
import json
from pathlib import Path

import pytest

from reprise.data.inputs import Inputs, known_inputs, look_up
from reprise.errors import RepriseError

QUERY = "select * from data join 'names.csv' using (a) join read_csv('more.csv') using (a)"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("table", "names", "more"):
        Path(f"{name}.csv").write_text(f"a,{name}\n1,2\n3,4\n")
    return tmp_path


def test_a_query_of_one_file_leaves_its_digest_as_it_is():
    plain = look_up("table.csv").digest
    assert plain == hashlib.sha256(Path("table.csv").read_bytes()).hexdigest()
    assert look_up("table.csv", "select a from data").digest == plain


@pytest.mark.parametrize("name", ["table", "names", "more"])
def test_a_change_of_any_file_is_a_change(name):
    before = look_up("table.csv", QUERY)
    Path(f"{name}.csv").write_text(f"a,{name}\n1,2\n3,5\n")
    assert look_up("table.csv", QUERY).digest != before.digest
    with pytest.raises(RepriseError, match=rf"{name}\.csv', which changed"):
        before.confirm()


def test_files_are_known_once_they_have_been_read_and_to_other_processes():
    assert known_inputs("table.csv", QUERY) is None
    found = look_up("table.csv", QUERY)
    assert known_inputs("table.csv", QUERY) == found
    handed = Inputs.of_json(json.loads(json.dumps(found.to_json())))
    assert handed == found
    handed.take_over()
    assert known_inputs("table.csv", QUERY) == found


def test_a_file_that_is_missing_is_said_before_anything_is_read():
    with pytest.raises(RepriseError, match=r"got 'nix\.csv', not found in"):
        look_up("table.csv", "from 'nix.csv'")
