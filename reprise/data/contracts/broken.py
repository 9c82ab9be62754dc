"""The error of a table that does not keep to its contract."""

from reprise.data.contracts.inspection import Inspection
from reprise.errors import RepriseError


class ContractBroken(RepriseError):
    """Says how many rules are broken, and the first of them; the `inspection` knows all."""

    def __init__(self, inspection: Inspection) -> None:
        first, *others = inspection.breaches()
        more = f" and {len(others)} more" if others else ""
        super().__init__(
            f"a table must keep to its contract, got a broken rule{more}, {first}: "
            "mend the table, or edit the contract"
        )
        self.inspection = inspection


def check_kept(inspection: Inspection) -> None:
    """Raise ContractBroken where a table, all of whose rows were looked at, breaks a rule."""
    if inspection.breaches():
        raise ContractBroken(inspection)
