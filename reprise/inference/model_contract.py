"""The contract that rows must keep to before a model predicts them."""

from contextlib import suppress

import mlflow

from reprise.data.contracts.contract_source import load_contract
from reprise.data.contracts.terms import Contract
from reprise.data.typed_paths import located
from reprise.errors import RepriseError
from reprise.inference.load import LoadedModel
from reprise.provenance.recorded_run import Recorded
from reprise.tracking.contract import TABLE
from reprise.tracking.uris import run_uri

# The contract of the table that the model was trained on.
OF_MODEL = "model"


def contract_for(loaded: LoadedModel, source: str) -> Contract | None:
    """The contract that `source` names; None for `none`.

    Raises RepriseError where there is none, also of the model's own table.
    """
    if source != OF_MODEL:
        return load_contract(located(source))
    prepared = None
    if loaded.run_id is not None:
        with suppress(mlflow.MlflowException):
            prepared = Recorded(mlflow.get_run(loaded.run_id)).prepared
    if prepared is None:
        raise RepriseError(
            f"contract=model needs the table of the model in this store, got '{loaded.uri}' "
            "without: name the contract by its path"
        )
    return load_contract(run_uri(prepared.id, TABLE))
