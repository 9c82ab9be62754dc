"""What must hold of a result before any of its code is run."""

from reprise.errors import RepriseError
from reprise.formatting import listed
from reprise.registry.trust import NOBODY
from reprise.reproduction.capsule.opened import Opened
from reprise.reproduction.verifier import verify_opened


def check_safe(place: Opened, of: str, trust: str) -> None:
    """Raise RepriseError where a capsule is not as it was exported, or lacks its tables.

    Or where a key is to be trusted, and has not signed what `of` names as it is.
    """
    if trust == NOBODY and place.capsule is None:
        return
    found = verify_opened(place, trust)
    if trust != NOBODY and found.verdict != "valid":
        because = listed(found.problems, separator="; ") or found.why
        raise RepriseError(
            f"of must be signed by a key in '{trust}' (trust), got '{of}' ({because}): nothing of "
            "it was run; `verify` says more"
        )
    if found.problems:
        raise RepriseError(
            f"a capsule must be as it was exported, got '{of}' "
            f"({listed(found.problems, separator='; ')}): nothing of it was run; `verify` says more"
        )
    if place.capsule is not None and not place.capsule.manifest.tables:
        raise RepriseError(
            f"a capsule must hold its tables to be done again, got '{of}', which was exported with "
            "tables=no: verify it, or have it exported with tables=yes"
        )
