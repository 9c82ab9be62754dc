import datetime
import decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from reprise.models import FAMILIES
from reprise.predictor import (
    Blend,
    Network,
    PipelineModel,
    TabularModel,
    as_kind,
    kind_of,
    plain_features,
)
from tests.unit.nasty_table import CASES, fitted, kinds, nasty_table, parts, unseen_rows

DAY = datetime.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([1, 2]), "number"),
        (pd.Series([1, None], dtype="Int64"), "number"),
        (pd.Series([1.5, np.nan]), "number"),
        (pd.Series([1, 2.5, None], dtype=object), "number"),
        (pd.Series([decimal.Decimal("1.5"), None]), "number"),
        (pd.Series([None, None], dtype=object), "number"),
        (pd.Series([datetime.timedelta(days=1), None]), "number"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series([True, None], dtype=object), "boolean"),
        (pd.Series([pd.Timestamp(DAY), pd.NaT]), "datetime"),
        (pd.Series([pd.Timestamp(DAY, tz="Asia/Tokyo")]), "datetime"),
        (pd.Series([DAY, None], dtype=object), "datetime"),
        (pd.Series(["2024-02-29", None]), "text"),
        (pd.Series(["a", None], dtype=object), "text"),
        (pd.Series(["a", 1], dtype=object), "text"),
        (pd.Series(pd.Categorical([1, 2, None])), "text"),
        (pd.Series(pd.Categorical([True, False])), "text"),
    ],
)
def test_every_plain_column_has_a_kind(values, kind):
    assert kind_of(values) == kind


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}], [b"raw", None], [np.zeros(2), None]])
def test_nested_and_binary_columns_have_no_kind(values):
    assert kind_of(pd.Series(values, dtype=object)) is None


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (pd.Series([1, 2]), "number", [1.0, 2.0]),
        (pd.Series([True, False]), "number", [1.0, 0.0]),
        (pd.Series([1, None], dtype="Int64"), "number", [1.0, np.nan]),
        (pd.Series(["1e3", " 7 ", None]), "number", [1000.0, 7.0, np.nan]),
        (pd.Series([decimal.Decimal("1.5"), None]), "number", [1.5, np.nan]),
        (pd.Series([np.inf, -np.inf, 1.0]), "number", [np.nan, np.nan, 1.0]),
        (pd.Series([datetime.timedelta(days=1), None]), "number", [86400.0, np.nan]),
        (pd.Series(pd.Categorical([3, None])), "number", [3.0, np.nan]),
        (pd.Series([None, None], dtype=object), "number", [np.nan, np.nan]),
        (pd.Series([True, None], dtype=object), "boolean", [1.0, np.nan]),
        (pd.Series([True, None], dtype="boolean"), "boolean", [1.0, np.nan]),
        (pd.Series(["True", "false", None]), "boolean", [1.0, 0.0, np.nan]),
        (pd.Series([0, 1]), "boolean", [0.0, 1.0]),
    ],
)
def test_numbers_and_booleans_become_float64(values, kind, expected):
    plain = as_kind(values, kind)
    assert plain.dtype == np.float64
    np.testing.assert_array_equal(plain.to_numpy(), expected)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([pd.Timestamp("2024-02-29 10:00"), pd.NaT]),
        pd.Series([pd.Timestamp("2024-02-29 19:00", tz="Asia/Tokyo"), pd.NaT]),
        pd.Series([datetime.datetime(2024, 2, 29, 10), None], dtype=object),
        pd.Series(["2024-02-29 10:00", None]),
        pd.Series(["2024-02-29T12:00:00+02:00", None]),
        pd.Series(["2024-02-29T10:00:00Z", None], dtype=object),
    ],
)
def test_dates_become_utc_microseconds_without_a_zone(values):
    plain = as_kind(values, "datetime")
    assert plain.dtype == "datetime64[us]"
    assert plain.tolist() == [pd.Timestamp("2024-02-29 10:00"), pd.NaT]


def test_dates_written_with_and_without_a_time_are_read_together():
    plain = as_kind(pd.Series(["2024-02-29", "2024-02-29 10:00"]), "datetime")
    assert plain.tolist() == [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 10:00")]


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "Int64", "Float64", "object"])
def test_text_of_whole_numbers_is_the_same_from_any_type(dtype):
    plain = as_kind(pd.Series([1, 20], dtype=dtype), "text")
    assert plain.dtype == "str"
    assert plain.tolist() == ["1", "20"]


def test_text_keeps_its_gaps_and_its_empty_values():
    plain = as_kind(pd.Series(["a", "", None, 1.5, True], dtype=object), "text")
    assert plain.isna().tolist() == [False, False, True, False, False]
    assert plain.dropna().tolist() == ["a", "", "1.5", "True"]


@pytest.mark.parametrize(
    ("values", "kind", "row", "given"),
    [
        ([1, None, "n/a"], "number", 3, "'n/a'"),
        ([True, "maybe"], "boolean", 2, "'maybe'"),
        (["2024-02-29", "2024-02-30"], "datetime", 2, "'2024-02-30'"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_column_and_row(values, kind, row, given):
    with pytest.raises(ValueError) as raised:
        as_kind(pd.Series(values, name="a, b", dtype=object), kind)
    message = str(raised.value)
    assert "'a, b'" in message
    assert f"row {row}" in message
    assert given in message


def test_numbers_are_no_dates():
    with pytest.raises(ValueError, match="'sold' must hold a date, got 2020"):
        as_kind(pd.Series([2020, 2021], name="sold"), "datetime")


def test_a_date_column_without_any_value_is_all_missing():
    plain = as_kind(pd.Series([np.nan, np.nan]), "datetime")
    assert plain.dtype == "datetime64[us]"
    assert plain.isna().all()


def test_plain_features_are_the_known_columns_in_their_order():
    table = pd.DataFrame({"extra": [1], "b": [True], "a": [2]}, index=[17])
    plain = plain_features(table, {"a": "number", "b": "boolean"})
    pd.testing.assert_frame_equal(plain, pd.DataFrame({"a": [2.0], "b": [1.0]}, index=[17]))


def test_plain_features_name_every_missing_column():
    with pytest.raises(ValueError, match=r"'size, m²'.*'b'") as raised:
        plain_features(pd.DataFrame({"a": [1]}), dict.fromkeys(["size, m²", "a", "b"], "number"))
    assert "'a'" not in str(raised.value)


def test_plain_features_of_plain_features_are_the_same():
    plain = plain_features(nasty_table(), kinds())
    pd.testing.assert_frame_equal(plain_features(plain, kinds()), plain)


def network(*sizes: int, scale: float | None = None) -> Network:
    random = np.random.default_rng(1)
    layers = [
        (random.normal(size=pair).astype("float32"), random.normal(size=pair[1]).astype("float32"))
        for pair in pairwise(sizes)
    ]
    return Network(layers, scale, 5.0 if scale else 0.0)


def test_a_network_of_numbers_is_relu_layers_scaled_to_the_target():
    net = network(3, 4, 1, scale=2.0)
    inputs = np.random.default_rng(2).normal(size=(7, 3))
    (w0, b0), (w1, b1) = net.layers
    expected = (np.maximum(inputs @ w0 + b0, 0) @ w1 + b1)[:, 0] * 2.0 + 5.0
    outputs = net.predict(inputs)
    assert outputs.dtype == np.float64
    assert outputs.shape == (7,)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def test_a_network_of_classes_ends_in_softmax():
    net = network(3, 4)
    inputs = np.random.default_rng(2).normal(size=(7, 3)) * 100
    powers = np.exp(inputs @ net.layers[0][0] + net.layers[0][1])
    probabilities = net.predict(inputs)
    assert probabilities.shape == (7, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(probabilities, powers / powers.sum(1, keepdims=True), atol=1e-3)


def test_a_network_gives_a_row_the_same_bits_in_any_company():
    net = network(5, 16, 3)
    inputs = np.random.default_rng(3).normal(size=(300, 5))
    together = net.predict(inputs)
    for rows in ([0], [127], [128], [299], range(7, 300), range(0, 300, 3)):
        assert np.array_equal(together[rows], net.predict(inputs[rows]))


def test_a_network_gives_nothing_for_no_rows():
    assert network(3, 4, 1, scale=1.0).predict(np.zeros((0, 3))).shape == (0,)
    assert network(3, 4).predict(np.zeros((0, 3))).shape == (0, 4)


@pytest.mark.parametrize("net", [network(3, 4, 1, scale=0.3), network(3, 4), network(2, 9, 9, 3)])
def test_a_saved_network_comes_back_bit_for_bit(net, tmp_path):
    net.save(tmp_path / "network.npz")
    back = Network.load(tmp_path / "network.npz")
    assert (back.scale, back.offset) == (net.scale, net.offset)
    inputs = np.random.default_rng(4).normal(size=(9, net.layers[0][0].shape[0]))
    assert np.array_equal(back.predict(inputs), net.predict(inputs))


def sums_of(classes: list | None = None) -> TabularModel:
    """A model without learning: softmax of (0, a + b), or a + b for numbers."""
    weights = np.ones((2, 1), "float32") if classes is None else np.array([[0, 1], [0, 1]], "f4")
    net = Network([(weights, np.zeros(weights.shape[1], "f4"))], None if classes else 1.0)
    pipeline = Pipeline([("as_is", FunctionTransformer())]).fit(np.zeros((1, 2)))
    return PipelineModel(pipeline, {"a": "number", "b": "number"}, classes, net)


def test_a_model_of_numbers_predicts_float64_from_shuffled_columns():
    values = sums_of().predict(pd.DataFrame({"b": [2, 4], "other": ["x", "y"], "a": [1, 1]}))
    assert values.dtype == np.float64
    assert values.tolist() == [3.0, 5.0]


def test_a_model_of_numbers_has_no_probabilities():
    with pytest.raises(ValueError, match="model of a number"):
        sums_of().predict_proba(pd.DataFrame({"a": [1], "b": [2]}))


@pytest.mark.parametrize(
    "classes", [["no", "yes, [1]"], [False, True], [3, 7], [0.5, 1.5], ["", "long" * 50]]
)
def test_labels_have_the_type_of_the_classes(classes):
    labels = sums_of(classes).predict(pd.DataFrame({"a": [-1, 1], "b": [0, 0]}))
    assert labels.tolist() == classes
    assert [type(label) for label in labels.tolist()] == [type(label) for label in classes]


def test_equal_probabilities_give_the_first_class():
    assert sums_of(["x", "y"]).predict(pd.DataFrame({"a": [0], "b": [0]})).tolist() == ["x"]


@pytest.mark.parametrize(("family", "target"), CASES)
def test_a_row_is_predicted_to_the_same_bits_in_any_company(family, target):
    model = fitted(family, target).model(kinds())
    rows = pd.concat([parts(target)[1].X, unseen_rows()], ignore_index=True)
    together = model.outputs(rows)
    generator = np.random.default_rng(0)
    for size in (1, 1, 2, 5, 13, 41, len(rows) - 1):
        chosen = generator.choice(len(rows), size, replace=False)
        assert np.array_equal(model.outputs(rows.iloc[chosen]), together[chosen])


@pytest.mark.parametrize("target", ["number", "kind"])
def test_a_blend_is_the_weighted_mean_and_gives_a_row_the_same_bits_in_any_company(target):
    members = [fitted(family, target).model(kinds()) for family in FAMILIES]
    weights = [0.1, 0.2, 0.3, 0.4]
    blend = Blend(members, weights)
    rows = pd.concat([parts(target)[1].X, unseen_rows()], ignore_index=True)
    together = blend.outputs(rows)
    shares = np.stack([member.outputs(rows) for member in members])
    np.testing.assert_allclose(together, np.tensordot(weights, shares, 1), rtol=1e-12)
    for chosen in ([3], [0, 41], list(range(7, len(rows)))):
        assert np.array_equal(blend.outputs(rows.iloc[chosen]), together[chosen])


def test_dates_of_a_known_format_may_also_come_as_dates_or_as_iso_text():
    kind = "datetime:%d/%m/%Y"
    expected = [pd.Timestamp("2022-09-01"), pd.NaT]
    for spelled in (["01/09/2022", None], ["2022-09-01", ""], pd.to_datetime(["2022-09-01", None])):
        dates = as_kind(pd.Series(spelled, name="when"), kind)
        assert dates.astype(object).where(dates.notna(), pd.NaT).tolist() == expected


def test_text_that_is_no_date_of_the_known_format_is_named_with_it():
    with pytest.raises(ValueError, match=r"must hold a date \(%d/%m/%Y\), got 'soon' in row 2"):
        as_kind(pd.Series(["01/09/2022", "soon"], name="when"), "datetime:%d/%m/%Y")
