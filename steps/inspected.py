"""What a step that holds a table against a contract leaves of it, whatever the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reprise.tracking.contract import BREACHES, CONTRACT, CONTRACT_PAGE, INPUT_CONTRACT_TAG
from steps.echo import say

if TYPE_CHECKING:
    from reprise.data.contracts.inspection import Inspection
    from reprise.data.contracts.terms import Contract
    from reprise.data.row_stream import Rows

# Breaches that the terminal shows; breaches.json has all.
_SHOWN = 20


def watched(rows: Rows, contract: Contract | None) -> tuple[Rows, Inspection | None]:
    """Rows that are held against a contract as they are read; the same where there is none."""
    from reprise.data.contracts.inspection import Inspection
    from reprise.data.contracts.watched_rows import watched_rows

    if contract is None:
        return rows, None
    inspection = Inspection(contract, rows.columns, predict=True)
    return watched_rows(rows, inspection), inspection


@contextmanager
def inspected(data: str) -> Iterator[None]:
    """Have a table that breaks its contract leave its page and its breaches on the run."""
    from reprise.data.contracts.broken import ContractBroken

    try:
        yield
    except ContractBroken as broken:
        breaches = broken.inspection.breaches()
        for breach in breaches[:_SHOWN]:
            say(f"breach: {breach}")
        if len(breaches) > _SHOWN:
            say(f"and {len(breaches) - _SHOWN} more, all in {BREACHES}")
        log_inspection(broken.inspection, data)
        raise


def log_inspection(inspection: Inspection, data: str) -> None:
    """Log the contract, what was found of each of its rules, and the breaches."""
    import json

    import mlflow

    from reprise.provenance.seals import log_sealed
    from reprise.reports.contract_page import contract_page
    from reprise.tracking.artifacts import log_contents

    contract = inspection.contract
    breaches = [breach.to_json() for breach in inspection.breaches()]
    text = json.dumps(breaches, indent=2, ensure_ascii=False) + "\n"
    log_sealed({CONTRACT: contract.text.encode(), BREACHES: text.encode()})
    log_contents({CONTRACT_PAGE: contract_page(inspection, data).encode()})
    mlflow.set_tag(INPUT_CONTRACT_TAG, contract.digest)
