"""Ed25519 keys, and DSSE envelopes that they sign: https://github.com/secure-systems-lab/dsse.

The private key is read where something is signed, and never kept, shown or handed on.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprise.errors import RepriseError
from reprise.runtime.paths import ROOT
from reprise.runtime.pinned_code import PACKAGES
from reprise.tracking.contract import SIGNING_KEY_VARIABLE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

IN_TOTO = "application/vnd.in-toto+json"
PRIVATE, PUBLIC = ".key", ".pub"
_OWNER_ONLY = 0o600
_PEM = re.compile(rb"-----BEGIN ([^-]+)-----.*?-----END \1-----\s*", re.DOTALL)


@dataclass(frozen=True)
class Envelope:
    """What was signed, of which type, and the signatures by the ids of their keys."""

    kind: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, content: bytes) -> Envelope:
        """The envelope in a file; ValueError where it is none."""
        try:
            found = json.loads(content)
            return cls(
                str(found["payloadType"]),
                base64.b64decode(found["payload"], validate=True),
                tuple(
                    (str(each.get("keyid", "")), base64.b64decode(each["sig"], validate=True))
                    for each in found["signatures"]
                ),
            )
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"no DSSE envelope: {error!r}") from None

    @property
    def signers(self) -> str:
        """The ids that the signatures name for their keys, shortened; nobody vouches for them."""
        return ", ".join(keyid[:12] or "unnamed" for keyid, _ in self.signatures) or "none"

    def is_signed_by(self, keys: PublicKeys) -> bool:
        """Whether one of these keys has made one of the signatures."""
        from cryptography.exceptions import InvalidSignature

        signed = _encoded(self.kind, self.payload)
        for key in keys.keys:
            for _, signature in self.signatures:
                with suppress(InvalidSignature):
                    key.verify(signature, signed)
                    return True
        return False


@dataclass(frozen=True)
class SigningKey:
    """A private key in this process."""

    private: Ed25519PrivateKey

    @property
    def id(self) -> str:
        """The id of its public key."""
        return _id(self.private.public_key())

    def seal(self, payload: bytes) -> bytes:
        """The envelope of an in-toto statement, signed."""
        signature = self.private.sign(_encoded(IN_TOTO, payload))
        envelope = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": IN_TOTO,
            "signatures": [{"keyid": self.id, "sig": base64.b64encode(signature).decode()}],
        }
        return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class PublicKeys:
    """The public keys in a file: one, or after a change of keys also the earlier ones."""

    path: str
    keys: tuple[Ed25519PublicKey, ...]

    @classmethod
    def read(cls, path: str, parameter: str) -> PublicKeys:
        """The keys in a PEM file; RepriseError that names the parameter where there are none."""
        try:
            content = Path(path).expanduser().read_bytes()
        except OSError as error:
            raise _unusable(parameter, path, error.strerror or "it cannot be read") from None
        blocks = list(_PEM.finditer(content))
        if not blocks:
            raise _unusable(parameter, path, "no key in PEM")
        return cls(path, tuple(_public(block, parameter, path) for block in blocks))

    @property
    def ids(self) -> str:
        """Their ids, shortened."""
        return ", ".join(_id(key)[:12] for key in self.keys)


def own_key() -> SigningKey | None:
    """The key that REPRISE_SIGNING_KEY names; None where it is not set.

    Raises RepriseError for a file that is no Ed25519 key in PEM, that others may read, or that
    lies among the code, which every run records.
    """
    named = os.environ.get(SIGNING_KEY_VARIABLE, "").strip()
    if not named:
        return None
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = Path(named).expanduser()
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
        private = load_pem_private_key(content, None)
    except OSError as error:
        raise _unsuited(named, error.strerror or "it cannot be read", "correct it") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        reason = "no private key in PEM without a password"
        raise _unsuited(named, reason, "`make key` makes one") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise _unsuited(named, f"a {type(private).__name__}", "`make key` makes one")
    if mode & 0o077:
        raise _unsuited(named, f"mode {mode & 0o777:04o}", f"chmod 600 '{named}'")
    if any(path.resolve().is_relative_to(ROOT / name) for name in (*PACKAGES, "envs")):
        raise _unsuited(named, "a file among the code, which runs record", "move it elsewhere")
    return SigningKey(private)


def make_pair(stem: str) -> tuple[Path, Path, str]:
    """Write a new pair of keys, <stem>.key for its owner only and <stem>.pub; return them, its id.

    Raises RepriseError where one of them is there already, or neither can be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private, public = Path(f"{stem}{PRIVATE}").absolute(), Path(f"{stem}{PUBLIC}").absolute()
    try:
        private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if public.exists():
            raise FileExistsError(17, "it is there already", str(public))
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
        public.write_bytes(shown)
    except OSError as error:
        raise RepriseError(
            f"a pair of keys must have new files, got '{error.filename}' ({error.strerror}): "
            "give another name"
        ) from None
    return private, public, _id(key.public_key())


def _public(block: re.Match[bytes], parameter: str, path: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    label = block[1].decode("ascii", "replace")
    if label != "PUBLIC KEY":
        raise _unusable(parameter, path, f"a {label}")
    try:
        key = load_pem_public_key(block[0])
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(parameter, path, "a damaged one") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _unusable(parameter, path, f"a {type(key).__name__.lstrip('_')}")
    return key


def _id(key: Ed25519PublicKey) -> str:
    """sha256 of a public key in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(content).hexdigest()


def _encoded(kind: str, payload: bytes) -> bytes:
    """What is signed: the pre-authentication encoding of DSSE."""
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)


def _unusable(parameter: str, path: str, got: str) -> RepriseError:
    return RepriseError(
        f"{parameter} must be a file with an Ed25519 public key in PEM, got '{path}' ({got}): "
        "give the .pub that `make key` has made"
    )


def _unsuited(path: str, got: str, remedy: str) -> RepriseError:
    return RepriseError(
        f"{SIGNING_KEY_VARIABLE} must name an Ed25519 private key in PEM that only its owner can "
        f"read, outside the code, got '{path}' ({got}): {remedy}"
    )
