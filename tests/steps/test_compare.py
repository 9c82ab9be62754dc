"""compare on real runs: what differs stands side by side, and what does not compare is said."""

import re
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from steps.command import execute_step

from .conftest import Store, forged, new_store, newest, run

pytestmark = pytest.mark.usefixtures("in_store")

COLUMN = "<b>bold</b><script>alert(1)</script>"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("compare")
    with new_store(folder, empty_store) as store:
        load_diabetes(as_frame=True).frame.rename(columns={"bmi": COLUMN}).to_csv(
            folder / "numbers.csv", index=False
        )
        cells = load_breast_cancer(as_frame=True).frame
        cells["target"] = cells["target"].map({0: COLUMN, 1: "benign"})
        cells.to_csv(folder / "classes.csv", index=False)
        ids = store.ids
        for name in ("numbers", "classes"):
            ids[name] = run("prepare", data=folder / f"{name}.csv")
        numbers, classes = (f"runs:/{ids[name]}/table" for name in ("numbers", "classes"))
        ids["trained"] = run("train_elasticnet", table=numbers)
        ids["other"] = run("train_elasticnet", table=numbers, alpha=0.5)
        ids["tuned"] = run("tune", table=numbers, model="elasticnet", trials=4, folds=3, workers=1)
        ids["classified"] = run("train_elasticnet", table=classes)
        ids["classified anew"] = run("train_elasticnet", table=classes, alpha=1)
        yield store


def compare(store: Store, *names: str) -> str:
    """The page of a comparison that must succeed."""
    assert execute_step("compare", ["--runs", ",".join(store.ids[name] for name in names)]) == 0
    return mlflow.artifacts.load_text(f"runs:/{newest().info.run_id}/comparison.html")


def tables(page: str) -> dict[str, dict[str, list[str]]]:
    """The cells of the tables of a page by title and row: those that differ."""
    found = re.findall(r'<h2 id="(\w+)">(?:(?!</table>).)*?(<table.*?</table>)', page, re.S)
    rows = {}
    for title, table in found:
        cells = re.findall(r"<tr>(.*?)</tr>", table, re.S)
        rows[title] = {
            re.search(r"<th scope=\"row\">(.*?)</th>", row)[1]: re.findall(
                r"<td>(.*?)</td>", row, re.S
            )
            for row in cells[1:]
        }
    return rows


def test_parameters_and_metrics_that_differ_stand_side_by_side_with_the_difference(store, capsys):
    shown = tables(compare(store, "trained", "other"))
    assert shown["Parameters"] == {"alpha": ["0.001", "0.5"]}
    values = [
        mlflow.get_run(store.ids[name]).data.metrics["validation_rmse"]
        for name in ("trained", "other")
    ]
    first, second = shown["Metrics"]["validation_rmse"]
    assert first == f"{values[0]:.6g}"
    assert second.startswith(f"{values[1]:.6g}<")
    verdict = "better" if values[1] < values[0] else "worse"
    assert f"{values[1] - values[0]:+.3g} {verdict}</span>" in second
    said = capsys.readouterr().out
    assert re.search(r"alpha +0\.001 +0\.5\n", said)
    assert re.search(rf"validation_rmse +{values[0]:.6g} ", said)
    assert "the content of model changed" in said


def test_steps_that_train_compare_and_a_search_shows_what_it_chose(store):
    page = compare(store, "trained", "tuned")
    chosen = mlflow.get_run(store.ids["tuned"]).data.tags["reprise.best.alpha"]
    (row,) = re.findall(r'<th scope="row">alpha</th>(.*?)</tr>', page)
    first, second = re.findall(r"<td>(.*?)</td>", row)
    assert (first, float(second)) == ("0.001", pytest.approx(float(chosen), rel=1e-5))
    for title in ("Search: best rmse so far", "Predicted against actual, validation part"):
        assert f"<h3>{title}</h3>" in page
    # Two runs have predictions, one of them a search.
    assert page.count('class="dot s0"') == page.count('class="dot s1"') == 89
    assert page.count('class="line s1"') == 1


def test_classifiers_have_their_roc_overlaid(store):
    page = compare(store, "classified", "classified anew")
    assert "<h3>ROC, validation part</h3>" in page
    assert page.count('class="line s') == 2


def test_other_targets_and_tables_are_said_before_the_numbers(store):
    page = compare(store, "trained", "classified")
    notes = re.findall(r'<p class="notice">(.*?)</p>', page)
    assert any("have different tasks (A: regression, B: classification)" in note for note in notes)
    assert page.index('class="notice"') < page.index("<table")


def test_a_version_of_altered_files_is_said_before_the_numbers(store, tmp_path, capsys):
    store.ids["forged"] = forged("forged", f"runs:/{store.ids['trained']}/model", tmp_path)
    page = compare(store, "other", "forged")
    (note,) = re.findall(r'<p class="notice">(.*?)</p>', page)
    said = "models:/forged/1: model/artifacts/predictor/loader.py was changed"
    assert note == f"B stands for run {store.ids['trained']}, which it is not: {said}."
    assert f"note: {note}" in capsys.readouterr().out
    pair = f"runs:/{store.ids['trained']},{store.ids['forged']}"
    assert execute_step("compare", ["--runs", pair]) == 1
    assert f"which stand for one run ({said}): name another" in capsys.readouterr().err


def test_what_a_table_holds_is_text_on_the_page(store):
    page = compare(store, "numbers", "classes")
    assert "<script" not in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;" in page  # columns that are new and gone are named


def test_a_page_asks_for_nothing(store):
    page = compare(store, "trained", "other", "tuned")
    assert not re.search(r"""(src|href)=(?!"data:)|url\(|@import""", page)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["trained"], "runs must name from 2 to 8 runs, separated by commas, got 1:"),
        (["trained", "trained"], "runs must differ, got"),
        (["trained", "0" * 32], "runs must name a run of this store, got '000"),
        (["trained", "nonsense"], "runs must be a run id, or a runs:/ or models:/ URI, got 'non"),
        (["trained", "numbers"], "runs must be of one kind: all of main, of prepare,"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(store, capsys, names, said):
    given = ",".join(store.ids.get(name, name) for name in names)
    assert execute_step("compare", ["--runs", given]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"error: {said}")
    assert newest().info.status == "FAILED"
