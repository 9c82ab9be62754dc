"""What MLproject declares: entry points, their parameters and defaults."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import mlflow
from mlflow.projects.utils import load_project

from reprise.errors import hidden
from reprise.runtime.paths import ROOT


def project_parameters(entry_point: str, parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as MLflow logs them: declared ones with their defaults, shell-quoted."""
    texts = {name: hidden(str(value)) for name, value in parameters.items()}
    spec = _project().get_entry_point(entry_point)
    required = {name for name, parameter in spec.parameters.items() if parameter.default is None}
    if required - set(texts):
        return texts
    declared, further = spec.compute_parameters(texts, storage_dir=None)
    return {**declared, **further}


@cache
def _project() -> Any:
    return load_project(str(ROOT))


@cache
def declared_defaults(entry_point: str) -> dict[str, str]:
    """The defaults that MLproject declares for an entry point's parameters, as texts."""
    if not declared_parameters(entry_point):
        return {}
    found = _project().get_entry_point(entry_point).parameters
    return {name: str(each.default) for name, each in found.items() if each.default is not None}


@cache
def declared_parameters(entry_point: str) -> frozenset[str]:
    """Names of the parameters that MLproject declares for an entry point; none if it has none."""
    try:
        return frozenset(_project().get_entry_point(entry_point).parameters)
    except mlflow.MlflowException:
        return frozenset()
