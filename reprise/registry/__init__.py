"""The model registry: candidates, the gate, versions, promotion, the card of a version."""

from reprise.registry.candidates import best_candidate, find_candidates, open_test_part
from reprise.registry.gate import check_gate, parse_gate
from reprise.registry.promotion import Outcome, register
from reprise.registry.versions import changed_since, check_name, state_digest

__all__ = [
    "Outcome",
    "best_candidate",
    "changed_since",
    "check_gate",
    "check_name",
    "find_candidates",
    "open_test_part",
    "parse_gate",
    "register",
    "state_digest",
]
