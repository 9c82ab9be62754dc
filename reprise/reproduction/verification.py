"""Whether a version is what was signed of it, with all that it was made from; nothing is run.

Or whether what `reproduce` found is what was signed of that.

`verification.json` is an object with

    of, version             what was asked for, and the version behind it (a models:/ URI); of a run
                            of `reproduce`, what that has done again, as it was named
    verdict                 valid | invalid | unsigned
    key                     ids of the keys in the file that was given; null without one
    signers                 ids that the signature names for its keys
    certificate             the run that holds the certificate, or signed verdict; null: none does
    why                     why it is unsigned, in words; null for other verdicts
    checked                 {"runs", "files", "facts"}: how many were held against the certificate;
                            {"subjects"} against a signed verdict
    problems                phrases: what is not as it was signed, by run, version or alias
    notes                   phrases: what else there is to know
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from reprise.reports import html
from reprise.tracking.contract import VERIFICATION_PAGE

Verdict = Literal["valid", "invalid", "unsigned"]
# What each verdict means, in a line.
MEANING = {
    "valid": "everything that was checked says what the key signed",
    "invalid": "something is not as it was signed, or as its run left it",
    "unsigned": "no signature vouches for it: whoever can edit it may have rewritten all of it",
}


@dataclass(frozen=True)
class Verification:
    """What `verify` found of a version, or of a verdict."""

    of: str
    version: str
    key: str | None
    signers: str
    certificate: str | None
    why: str | None
    problems: list[str]
    notes: list[str]
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """invalid where anything is wrong; valid only where a signature was checked."""
        if self.problems:
            return "invalid"
        return "unsigned" if self.why else "valid"

    @property
    def meaning(self) -> str:
        """The verdict in words."""
        return MEANING[self.verdict]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong, and what a key was given for is signed."""
        return self.verdict == "valid" or (self.verdict == "unsigned" and self.key is None)

    @property
    def counted(self) -> str:
        """How much was looked at, in words."""
        return ", ".join(f"{number} {name}" for name, number in self.checked.items())

    def to_json(self) -> dict[str, Any]:
        """The verification as JSON values: the schema is in the docstring of this module."""
        return {
            "of": self.of,
            "version": self.version,
            "verdict": self.verdict,
            "key": self.key,
            "signers": self.signers,
            "certificate": self.certificate,
            "why": self.why,
            "checked": self.checked,
            "problems": self.problems,
            "notes": self.notes,
        }

    def lines(self) -> list[str]:
        """The verdict for a terminal."""
        counted = f", {self.counted} checked" if self.checked else ""
        found = [f"{self.verdict.upper()}: {self.version}{counted}"]
        found += [f"  ✗ {problem}" for problem in self.problems]
        said = [self.why] if self.why and not self.problems else []
        return [*found, *(f"  {line}" for line in (*said, *self.notes)), f"  {self.meaning}"]

    def to_html(self) -> str:
        """The verification as a page that needs neither network nor server."""
        return html.page(VERIFICATION_PAGE, found=self)
