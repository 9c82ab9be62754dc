"""The work as a plain script in one process: no runs, no cache, no registry; a folder at the end.

`python plain.py FOLDER` prints the test metrics of the model that it saved there.
"""

import sys
from pathlib import Path

import skops.io
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import GridSearchCV
from work import FOLDS, GRID, columns, elastic_net, fit_network, forest, split_table


def main(folder: Path) -> None:
    """Fit, search, compare on validation rows, test the best once, save it."""
    parts = {name: columns(part) for name, part in split_table().items()}
    X, y = parts["train"]
    grid = {f"elasticnet__{name}": values for name, values in GRID.items()}
    search = GridSearchCV(elastic_net(), grid, cv=FOLDS, scoring="neg_root_mean_squared_error")
    models = {
        "elasticnet": elastic_net().fit(X, y),
        "rf": forest().fit(X, y),
        "nn": fit_network(X, y),
        "tuned": search.fit(X, y).best_estimator_,
    }
    X, y = parts["validation"]
    errors = {
        name: root_mean_squared_error(y, model.predict(X).ravel()) for name, model in models.items()
    }
    best = min(errors, key=errors.__getitem__)
    X, y = parts["test"]
    predicted = models[best].predict(X).ravel()
    print(f"{best}: test_mae {mean_absolute_error(y, predicted):.4f}")
    print(f"test_r2 {r2_score(y, predicted):.4f}")
    if best == "nn":
        models[best].save(folder / "model.keras")
    else:
        skops.io.dump(models[best], folder / "model.skops")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
