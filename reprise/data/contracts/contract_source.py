"""Where contracts lie: in files, among the artifacts of runs, beside prepared tables."""

from pathlib import Path

from reprise.data.contracts.contract_text import read_contract
from reprise.data.contracts.terms import Contract
from reprise.errors import RepriseError
from reprise.tracking.contract import CONTRACT, TABLE
from reprise.tracking.uris import parse_run_uri

NONE = "none"


def load_contract(source: str) -> Contract | None:
    """The contract that a path or a runs:/ URI names, or a prepared table; None for `none`.

    Raises RepriseError where there is none, or it is not one.
    """
    if source == NONE:
        return None
    text = _artifact(source) if source.startswith("runs:") else _file(source)
    try:
        return read_contract(text)
    except RepriseError as error:
        raise RepriseError(f"'{source}': {error}") from None


def contract_digest(source: str) -> str:
    """The digest of what a contract demands; empty for `none`."""
    contract = load_contract(source)
    return "" if contract is None else contract.digest


def _file(source: str) -> str:
    try:
        path = Path(source).expanduser()
        path = path / CONTRACT if path.is_dir() else path
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RepriseError(f"a contract must be JSON in UTF-8, got '{source}': mend it") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise RepriseError(
            f"contract must be none, a path, or the runs:/ URI of a contract or a prepared table, "
            f"got '{source}' ({reason}): correct it"
        ) from None


def _artifact(uri: str) -> str:
    import mlflow

    from reprise.tracking.artifacts import read

    run_id, artifact = parse_run_uri(uri)
    name = artifact if artifact.endswith(".json") else f"{artifact}/{CONTRACT}"
    try:
        run = mlflow.get_run(run_id)
    except mlflow.MlflowException:
        raise RepriseError(
            f"contract must be in this store, got '{uri}', and there is no run {run_id}: "
            "check the id, and MLFLOW_TRACKING_URI"
        ) from None
    text = read(run, name)
    if text is not None:
        return text
    if artifact == TABLE:
        raise RepriseError(
            f"contract must be a prepared table that has a {CONTRACT}, got '{uri}', which has none "
            "(tables of version 1.0.0 and before have none): prepare it again, or name a file"
        )
    raise RepriseError(f"contract must exist, got '{uri}', no such artifact: check the URI")
