"""What is recorded of a fitted model beside its metrics."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.metrics import precision_score, recall_score

from reprise.data.preparation import prepare
from reprise.data.prepared_table import PreparedTable
from reprise.data.raw_table import open_table
from reprise.data.split_rule import Split, SplitOptions
from reprise.data.table_files import write_table
from reprise.evaluation import classification_evidence, regression_evidence
from reprise.evaluation.evidence import of_model, thinned
from reprise.evaluation.partial_dependence import blended_dependence
from reprise.evaluation.prediction import Prediction
from reprise.models.families import get_family
from reprise.reports.model_charts import of_columns, of_predictions, of_training
from reprise.training.train import train


def evidence_of(table, tmp_path, family="elasticnet", target="target"):
    table.to_parquet(tmp_path / "table.parquet")
    source = str(tmp_path / "table.parquet")
    prepared = prepare(
        open_table(source), source, target, "auto", SplitOptions(Split(), 0.2, 0.2, 42)
    )
    write_table(tmp_path / "table", prepared)
    stored = PreparedTable(tmp_path / "table", "table")
    trained = train(get_family(family), stored.learning_rows(), {}, 42, 1)
    part, schema = trained.validation, prepared.schema
    return of_model(schema, part, trained.prediction, trained.model, {}, 42).shown


def mixed():
    """Numbers, a date, a flag, labels and free text; the target rises with `a`, falls by label."""
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"a": generator.normal(size=300)})
    table["day"] = pd.date_range("2020-01-01", periods=300)
    table["flag"] = generator.random(300) < 0.5
    table["shop"] = generator.choice(["x", "y", None], 300)
    table["note"] = [f"some words and {n}" for n in range(300)]
    noise = generator.normal(scale=np.where(table["flag"], 3.0, 0.1))
    table["target"] = 5 * table["a"] - 4 * (table["shop"] == "x") + noise
    return table


@pytest.mark.parametrize(
    ("load", "pictures"), [(load_diabetes, 4), (load_breast_cancer, 5), (load_iris, 5)]
)
def test_every_picture_is_drawn_from_what_json_keeps(load, pictures, tmp_path):
    found = evidence_of(load(as_frame=True).frame, tmp_path)
    kept = json.loads(json.dumps(found, allow_nan=False))
    assert len(of_predictions(kept)) == pictures
    assert len(of_columns(kept)) == 2 + min(6, load(as_frame=True).data.shape[1])
    assert of_training(kept) == []


def test_what_is_not_recorded_is_not_drawn():
    assert of_predictions({}) == of_columns({}) == of_training({}) == []


def test_predictions_move_with_the_columns_as_the_target_does(tmp_path):
    found = evidence_of(mixed(), tmp_path)
    moves = {each["column"]: each for each in found["partial_dependence"]}
    assert set(moves) == {"a", "day", "flag", "shop"}
    means = moves["a"]["series"][""]
    assert means == sorted(means)
    assert means[-1] - means[0] > 10
    by_shop = dict(zip(moves["shop"]["values"], moves["shop"]["series"][""], strict=True))
    assert by_shop["y"] - by_shop["x"] == pytest.approx(4, abs=1.5)


def test_the_segment_with_the_largest_error_is_the_noisy_one(tmp_path):
    found = evidence_of(mixed(), tmp_path)["segments"]
    by_flag = {part["segment"]: part["value"] for part in found["rows"] if part["column"] == "flag"}
    assert max(by_flag.values()) > found["all"]
    values = [part["value"] for part in found["rows"]]
    assert values == sorted(values, reverse=True)


def drawn_segments(values, everywhere):
    """(labels of the bars, note) of the picture of segments with these errors."""
    rows = [
        {"column": "a", "segment": name, "rows": 30, "value": value}
        for name, value in values.items()
    ]
    found = {"measure": "share of wrong labels", "all": everywhere, "rows": rows}
    (picture,) = of_predictions({"segments": found})
    return re.findall(r"<title>a: (\w+):", picture.drawing), picture.note


def test_segments_without_any_error_are_one_sentence():
    bars, note = drawn_segments({"low": 0.0, "high": 0.0}, 0.0)
    assert bars == []
    assert note == "Every segment's share of wrong labels is 0."


def test_segments_that_are_no_worse_than_all_rows_are_one_sentence():
    bars, note = drawn_segments({"low": 0.25, "high": 0.25, "best": 0.125}, 0.25)
    assert bars == []
    assert note == "No segment's share of wrong labels is larger than that of all rows, 0.25."


def test_only_segments_that_are_worse_than_all_rows_have_a_bar():
    bars, note = drawn_segments({"worst": 0.5, "bad": 0.3, "even": 0.2500001, "best": 0.0}, 0.25)
    assert bars == ["worst", "bad"]
    assert "larger than in all rows, 0.25" in note


def test_thresholds_are_what_scikit_learn_says():
    generator = np.random.default_rng(0)
    positive = generator.random(200) < 0.3
    scores = np.clip(0.3 * positive + 0.7 * generator.random(200), 0, 1)
    y = pd.Series(np.where(positive, "yes", "no"))
    probabilities = np.column_stack([1 - scores, scores])
    prediction = Prediction(np.where(scores > 0.5, "yes", "no"), probabilities, ["no", "yes"])
    found = classification_evidence.evidence(y, prediction)["thresholds"]
    assert found["label"] == "yes"
    for row in found["rows"]:
        chosen = scores >= row["threshold"]
        assert row["share"] == pytest.approx(chosen.mean())
        assert row["recall"] == pytest.approx(recall_score(positive, chosen))
        assert row["precision"] == pytest.approx(precision_score(positive, chosen, zero_division=0))
        assert row["accuracy"] == pytest.approx((chosen == positive).mean())


def test_the_confusion_counts_every_row_and_a_class_never_seen():
    y = pd.Series(["a", "b", "new", "a"])
    prediction = Prediction(np.array(["a", "a", "b", "a"]), np.eye(2)[[0, 0, 1, 0]], ["a", "b"])
    found = classification_evidence.evidence(y, prediction)["confusion"]
    assert found == {"labels": ["a", "b", "new"], "rows": [[2, 0, 0], [1, 0, 0], [0, 1, 0]]}


def test_many_rows_leave_few_points_and_all_errors():
    y = pd.Series(np.linspace(0, 1, 50_000))
    found = regression_evidence.evidence(y, Prediction(y.to_numpy() + 0.25))
    assert len(found["points"]) <= 600
    assert sum(found["errors"]["rows"]) == 50_000
    assert all(group[3] == pytest.approx(0.25) for group in found["by_size"])


@pytest.mark.parametrize("count", [1, 2, 7, 200, 1001])
def test_a_long_curve_is_thinned_and_keeps_its_ends(count):
    kept = thinned(list(range(count)), 50)
    assert len(kept) <= 51
    assert kept[0] == (1, 0)
    assert kept[-1] == (count, count - 1)


def test_a_blend_depends_on_a_column_as_its_members_do_by_their_weights():
    first = [
        {"column": "a", "role": "number", "values": [1, 2], "series": {"x": [0, 1], "y": [1, 0]}},
        {"column": "b", "role": "number", "values": [1, 2], "series": {"x": [0, 1]}},
    ]
    second = [{"column": "a", "role": "number", "values": [1, 2], "series": {"x": [1, 1]}}]
    (found,) = blended_dependence([first, second], [3, 1])
    assert found["column"] == "a"
    assert found["series"] == {"x": [0.25, 1]}
    assert blended_dependence([first, []], [1, 1]) == []
