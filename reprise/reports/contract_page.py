"""A table held against its contract, rule by rule, on one page."""

from reprise.data.contracts.inspection import Inspection
from reprise.errors import hidden
from reprise.reports import html
from reprise.tracking.contract import CONTRACT_PAGE


def contract_page(inspection: Inspection, data: str) -> str:
    """A self-contained HTML page: the breaches first, then every rule and what was found of it."""
    findings = inspection.findings()
    return html.page(
        CONTRACT_PAGE,
        data=hidden(data),
        contract=inspection.contract,
        rows=inspection.rows,
        columns=len({finding.column for finding in findings}),
        breaches=[finding for finding in findings if finding.is_breach],
        kept=[finding for finding in findings if not finding.is_breach],
    )
