"""The private keys that versions are signed with.

They are read where something is signed, and never kept, shown or handed on. Statements are signed
with Ed25519. OpenSSF model-signing knows ECDSA only, so its signatures have a key of their own,
which stands in the same file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprise.data.digests import canonical_json
from reprise.errors import RepriseError
from reprise.provenance.dsse import IN_TOTO, Envelope
from reprise.provenance.public_keys import BLOCK, PublicKey, key_id
from reprise.runtime.paths import ROOT
from reprise.runtime.pinned_code import PACKAGES
from reprise.tracking.contract import SIGNING_KEY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE, PUBLIC, PUBLIC_OF_MODELS = ".key", ".pub", ".ecdsa.pub"
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class SigningKey:
    """Private keys in this process: for statements, and for models where there is one."""

    private: Ed25519PrivateKey
    of_models: EllipticCurvePrivateKey | None = None

    @property
    def id(self) -> str:
        """The id of the public key of statements."""
        return key_id(self.private.public_key())

    def seal(self, payload: bytes) -> bytes:
        """The envelope of an in-toto statement, signed."""
        envelope = Envelope(IN_TOTO, payload, ())
        signed = replace(envelope, signatures=((self.id, self.private.sign(envelope.signed)),))
        return canonical_json(signed.to_json())

    def has_signed(self, envelope: Envelope) -> bool:
        """Whether it has made one of the signatures of an envelope."""
        return PublicKey(self.private.public_key()).has_signed(envelope)

    def sign_model(self, name: str, files: Mapping[str, str]) -> bytes | None:
        """The model-signing signature of files (sha256 by path); None without a key for it."""
        from reprise.provenance.model_signing import model_signature

        return None if self.of_models is None else model_signature(name, files, self.of_models)


def own_key() -> SigningKey | None:
    """The keys in the file that REPRISE_SIGNING_KEY names; None where it is not set.

    Raises RepriseError for a file that has no Ed25519 key in PEM or others than may be in it, that
    others may read, or that lies among the code, which every run records.
    """
    named = os.environ.get(SIGNING_KEY_VARIABLE, "").strip()
    if not named:
        return None
    path = Path(named).expanduser()
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise _unsuited(named, error.strerror or "it cannot be read", "correct it") from None
    key = _private_keys(named, content)
    if mode & 0o077:
        raise _unsuited(named, f"mode {mode & 0o777:04o}", f"chmod 600 '{named}'")
    if any(path.resolve().is_relative_to(ROOT / name) for name in (*PACKAGES, "envs")):
        raise _unsuited(named, "a file among the code, which runs record", "move it elsewhere")
    return key


def make_pair(stem: str) -> tuple[Path, Path, str]:
    """Write new keys; return the files of the private ones and of the public one, and its id.

    <stem>.key is for its owner only, <stem>.pub what signed statements are held against, and
    <stem>.ecdsa.pub what model-signing holds models against. Raises RepriseError where one of them
    is there already, or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key, of_models = Ed25519PrivateKey.generate(), generate_private_key(SECP256R1())
    secret = b"".join(
        each.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for each in (key, of_models)
    )
    private = Path(f"{stem}{PRIVATE}").absolute()
    shown = {
        Path(f"{stem}{suffix}").absolute(): each.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        for suffix, each in ((PUBLIC, key), (PUBLIC_OF_MODELS, of_models))
    }
    try:
        private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for public in shown:
            if public.exists():
                raise FileExistsError(17, "it is there already", str(public))
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
        for public, content in shown.items():
            public.write_bytes(content)
    except OSError as error:
        raise RepriseError(
            f"a pair of keys must have new files, got '{error.filename}' ({error.strerror}): "
            "give another name"
        ) from None
    return private, next(iter(shown)), key_id(key.public_key())


def _private_keys(named: str, content: bytes) -> SigningKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from reprise.provenance.model_signing import CURVES

    made = "`make key` makes one"
    try:
        found = [load_pem_private_key(block[0], None) for block in BLOCK.finditer(content)]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = []
    if not found:
        raise _unsuited(named, "no private key in PEM without a password", made)
    match found:
        case [Ed25519PrivateKey() as private]:
            return SigningKey(private)
        case [Ed25519PrivateKey() as private, EllipticCurvePrivateKey() as of_models] if (
            of_models.curve.name in CURVES
        ):
            return SigningKey(private, of_models)
    kinds = ", ".join(type(key).__name__.lstrip("_") for key in found)
    raise _unsuited(named, f"a file with {kinds}", made)


def _unsuited(path: str, got: str, remedy: str) -> RepriseError:
    return RepriseError(
        f"{SIGNING_KEY_VARIABLE} must name a file with an Ed25519 private key in PEM, and at most "
        "an ECDSA one after it, that only its owner can read, outside the code, "
        f"got '{path}' ({got}): {remedy}"
    )
