"""The work as a plain script in one process: no runs, no cache, no registry; a folder at the end.

`python plain.py FOLDER` prints the test metrics of the model that it saved there.
"""

import sys
from pathlib import Path

import numpy as np
import skops.io
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import GridSearchCV
from work import FOLDS, GRID, columns, elastic_net, fit_network, forest, split_table


def main(folder: Path) -> None:
    """Fit, search, compare on validation rows; fit the best on those too, test it, save it."""
    parts = {name: columns(part) for name, part in split_table().items()}
    X, y = parts["train"]
    grid = {f"elasticnet__{name}": values for name, values in GRID.items()}
    search = GridSearchCV(elastic_net(), grid, cv=FOLDS, scoring="neg_root_mean_squared_error")
    search.fit(X, y)
    tuned = {
        name.removeprefix("elasticnet__"): value for name, value in search.best_params_.items()
    }
    fits = {
        "elasticnet": elastic_net().fit,
        "rf": forest().fit,
        "nn": fit_network,
        "tuned": elastic_net(**tuned).fit,
    }
    models = {name: fit(X, y) for name, fit in fits.items()}
    held_out, labels = parts["validation"]
    errors = {
        name: root_mean_squared_error(labels, model.predict(held_out).ravel())
        for name, model in models.items()
    }
    best = min(errors, key=errors.__getitem__)
    winner = fits[best](np.concatenate([X, held_out]), np.concatenate([y, labels]))
    X, y = parts["test"]
    predicted = winner.predict(X).ravel()
    print(f"{best}: test_mae {mean_absolute_error(y, predicted):.4f}")
    print(f"test_r2 {r2_score(y, predicted):.4f}")
    if best == "nn":
        winner.save(folder / "model.keras")
    else:
        skops.io.dump(winner, folder / "model.skops")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
