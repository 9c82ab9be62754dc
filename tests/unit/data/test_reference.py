"""What a model keeps of the rows that it learned from."""

import json

import numpy as np
import pandas as pd
import pytest

from reprise.data.prepared_table import Part
from reprise.data.reference import reference_of, stored_reference
from tests.nasty_table import TARGETS, parts
from tests.stored_models import schema_of


def test_ends_and_categories_are_those_of_all_parts_together():
    schema = schema_of("number")
    learned = parts("number")[:2]
    found = reference_of(schema, learned)
    X = pd.concat([part.X for part in learned])
    assert found.rows == len(X)
    for name, column in schema.columns.items():
        present = X[name].dropna()
        if column.role == "number":
            assert found.ranges[name] == (present.min(), present.max())
        elif column.role == "date":
            assert [pd.Timestamp(end) for end in found.ranges[name]] == [
                present.min(),
                present.max(),
            ]
        elif column.role == "category":
            assert found.categories[name] == sorted(set(present))
        else:
            assert name not in {*found.ranges, *found.categories}


def test_quantiles_are_rounded_leave_out_the_ends_and_differ():
    schema = schema_of("number")
    part = parts("number")[0]
    y = pd.Series(np.linspace(1000.123, 2000.987, len(part.y)))
    found = reference_of(schema, [Part(part.X, y)]).quantiles
    assert found[0] == 1010.0
    assert found[-1] == 1990.0
    constant = pd.Series(np.full(len(part.y), 3.0))
    assert reference_of(schema, [Part(part.X, constant)]).quantiles == [3.0]


@pytest.mark.parametrize("target", TARGETS)
def test_it_comes_back_from_json_as_it_was(target, tmp_path):
    found = reference_of(schema_of(target), parts(target)[:1])
    assert bool(found.quantiles) == (target == "number")
    folder = tmp_path / "artifacts"
    folder.mkdir()
    assert stored_reference(tmp_path) is None
    later = json.dumps({**found.to_json(), "what a later version adds": 1})
    (folder / "reference.json").write_text(later)
    read = stored_reference(tmp_path)
    assert read is not None
    assert json.dumps(read.to_json()) == json.dumps(found.to_json())
