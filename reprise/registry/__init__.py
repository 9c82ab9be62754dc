"""The model registry: candidates, the gate, versions, promotion, the card of a version."""

from reprise.registry.candidates import best_candidate, find_candidates, open_test_part
from reprise.registry.gate import check_gate, parse_gate
from reprise.registry.promotion import Outcome, register
from reprise.registry.refitting import REFIT, fit_again, fitted_on, test_again, why_as_it_is
from reprise.registry.versions import changed_since, check_name, state_digest

__all__ = [
    "REFIT",
    "Outcome",
    "best_candidate",
    "changed_since",
    "check_gate",
    "check_name",
    "find_candidates",
    "fit_again",
    "fitted_on",
    "open_test_part",
    "parse_gate",
    "register",
    "state_digest",
    "test_again",
    "why_as_it_is",
]
