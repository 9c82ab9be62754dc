"""MLflow's view of a model: the one file that it runs ("models from code").

The other files of this package lie in the model, as the artifact `predictor`.
"""

import hashlib
import sys
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

CODE = "predictor"


class Predictor(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined]  # loaded lazily
    """A DataFrame in, predictions or probabilities out."""

    def load_context(self, context: Any) -> None:
        """Open the files of the model, with the code that came with them."""
        code = _import_package(Path(context.artifacts[CODE]))
        self.model = code.open_model(context.artifacts, context.model_config)
        self._extras = {"interval": lambda asked: code.Extras(coverage=asked.get("coverage", 0.9))}
        self._with_extras = code.with_extras

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> Any:
        """Predictions of shape (rows,).

        Called with params={"output": "probabilities"} a classifier returns a DataFrame instead: one
        float64 column per class, named by its label. With {"output": "interval", "coverage": 0.9}
        it is `predicted` with `lower` and `upper`, or for classes with `set`, a list of labels.
        """
        asked = params or {}
        wanted = asked.get("output", "prediction")
        if wanted == "probabilities":
            names: Iterable[Any] = self.model.classes or []
            return pd.DataFrame(
                self.model.predict_proba(model_input),
                columns=[str(name) for name in names],
                index=model_input.index,
            )
        if wanted in self._extras:
            return self._with_extras(self.model, model_input, self._extras[wanted](asked))
        if wanted != "prediction":
            known = ", ".join(["prediction", "probabilities", *self._extras])
            raise ValueError(f"output must be one of {known}, got '{wanted}'")
        return self.model.predict(model_input)

    def predict_proba(self, model_input: pd.DataFrame) -> np.ndarray:
        """Probabilities, float64 of shape (rows, classes)."""
        found: np.ndarray = self.model.predict_proba(model_input)
        return found


def _import_package(folder: Path) -> Any:
    """The package in `folder`, under a name that tells it from other versions of itself."""
    sources = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    name = f"{CODE}_{hashlib.sha256(b''.join(sources)).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no Python package in {folder}")
    package = module_from_spec(spec)
    sys.modules[name] = package
    # A stored model is read, never written to.
    writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(package)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.dont_write_bytecode = not writes_bytecode
    return package


if __name__ != "reprise.predictor.mlflow_model":  # MLflow runs it under a name of its own
    mlflow.models.set_model(Predictor())
