"""The public keys that a signature is held against: bare, or in a certificate that ends."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reprise.errors import RepriseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from reprise.provenance.dsse import Envelope

BLOCK = re.compile(rb"-----BEGIN ([^-]+)-----.*?-----END \1-----\s*", re.DOTALL)


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key, and from when until when it counts where a certificate says so."""

    key: Ed25519PublicKey
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def id(self) -> str:
        """Its id, shortened."""
        return key_id(self.key)[:12]

    @property
    def lapse(self) -> str | None:
        """Why it does not count now, in words; None where it does."""
        now = datetime.now(UTC)
        if self.ends is not None and now > self.ends:
            return f"key {self.id}, which has expired ({self.ends:%Y-%m-%d %H:%M} UTC)"
        if self.begins is not None and now < self.begins:
            return f"key {self.id}, which begins later ({self.begins:%Y-%m-%d %H:%M} UTC)"
        return None

    def has_signed(self, envelope: Envelope) -> bool:
        """Whether it has made one of the signatures of an envelope."""
        return any(self._made(signature, envelope.signed) for _, signature in envelope.signatures)

    def _made(self, signature: bytes, signed: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PublicKeys:
    """The public keys in a file: one, or after a change of keys also the earlier ones."""

    path: str
    keys: tuple[PublicKey, ...]

    @classmethod
    def read(cls, path: str, parameter: str) -> PublicKeys:
        """The keys in a PEM file; RepriseError that names the parameter where there are none."""
        try:
            content = Path(path).expanduser().read_bytes()
        except OSError as error:
            raise _unusable(parameter, path, error.strerror or "it cannot be read") from None
        blocks = list(BLOCK.finditer(content))
        if not blocks:
            raise _unusable(parameter, path, "no key in PEM")
        return cls(path, tuple(_public(block, parameter, path) for block in blocks))

    @property
    def ids(self) -> str:
        """Their ids, shortened."""
        return ", ".join(key.id for key in self.keys)

    def signer_of(self, envelope: Envelope) -> PublicKey | None:
        """The one that has signed an envelope, of several one that counts now; None: none has."""
        found = [key for key in self.keys if key.has_signed(envelope)]
        return next((key for key in found if key.lapse is None), found[0] if found else None)


def key_id(key: Ed25519PublicKey) -> str:
    """sha256 of a public key in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(content).hexdigest()


def _public(block: re.Match[bytes], parameter: str, path: str) -> PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    label = block[1].decode("ascii", "replace")
    begins = ends = None
    try:
        if label == "PUBLIC KEY":
            key = load_pem_public_key(block[0])
        elif label == "CERTIFICATE":
            certificate = load_pem_x509_certificate(block[0])
            key = certificate.public_key()
            begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        else:
            raise _unusable(parameter, path, f"a {label}")
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(parameter, path, "a damaged one") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _unusable(parameter, path, f"a {type(key).__name__.lstrip('_')}")
    return PublicKey(key, begins, ends)


def _unusable(parameter: str, path: str, got: str) -> RepriseError:
    return RepriseError(
        f"{parameter} must be a file with an Ed25519 public key in PEM, or a certificate of one, "
        f"got '{path}' ({got}): give the .pub that `make key` has made"
    )
