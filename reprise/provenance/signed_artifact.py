"""An artifact of a run that is a signed envelope, held against public keys."""

from dataclasses import dataclass
from typing import Self

from mlflow.entities import Run

from reprise.provenance.dsse import Envelope
from reprise.provenance.public_keys import PublicKeys
from reprise.tracking.artifacts import read_bytes
from reprise.tracking.contract import SEAL_PREFIX


@dataclass(frozen=True)
class SignedArtifact:
    """What a run has left as an envelope, and whether one of the keys asked for has signed it.

    `envelope` is None where it is none, or is not there (`exists`). `signed` means by a key that
    counts now; `lapsed` names one that does no more, or not yet. `problems` are phrases for what is
    wrong with it.
    """

    exists: bool
    envelope: Envelope | None
    signed: bool
    problems: tuple[str, ...]
    lapsed: str | None

    @classmethod
    def of(cls, run: Run, name: str, keys: PublicKeys | None) -> Self:
        """The artifact of that name; without keys nothing counts as signed."""
        return cls.held(name, read_bytes(run, name), keys, SEAL_PREFIX + name in run.data.tags)

    @classmethod
    def held(
        cls, name: str, content: bytes | None, keys: PublicKeys | None, expected: bool
    ) -> Self:
        """The same of a content, which is None where there is none; `expected`: there must be."""
        problems: list[str] = []
        envelope = None
        if content is not None:
            try:
                envelope = Envelope.parse(content)
            except ValueError as error:
                problems.append(f"{name} was changed ({error})")
        elif expected:
            problems.append(f"{name} is missing")
        signer = keys.signer_of(envelope) if keys and envelope else None
        if keys and envelope and signer is None:
            problems.append(
                f"{name} is not signed by {keys.ids} (its signature names {envelope.signers}): "
                "it was changed, or another key signed it"
            )
        lapse = signer.lapse if signer else None
        lapsed = f"{name} is signed by {lapse}" if lapse else None
        signed = signer is not None and lapse is None
        return cls(content is not None, envelope, signed, tuple(problems), lapsed)

    @property
    def signers(self) -> str:
        """The ids that its signatures name for their keys."""
        return self.envelope.signers if self.envelope else "none"
