"""Public keys in files: bare or in certificates, and which of them counts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from reprise.errors import RepriseError
from reprise.provenance.dsse import Envelope
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.signing import SigningKey
from tests.key_files import bare, certified

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
ENVELOPE = Envelope.parse(SigningKey(KEY).seal(b"{}"))


def keys(tmp_path: Path, *blocks: str) -> PublicKeys:
    path = tmp_path / "given.pub"
    path.write_text("a word before\n" + "".join(blocks))
    return PublicKeys.read(str(path), "key")


@pytest.mark.parametrize("begun", [-400, -1])
def test_a_certificate_counts_between_its_dates(tmp_path, begun):
    signer = keys(tmp_path, certified(KEY, 365 if begun == -1 else 1, begun)).signer_of(ENVELOPE)
    expired = f"key {signer.id}, which has expired ("
    assert (signer.lapse or "").startswith(expired) == (begun == -400)


def test_a_certificate_does_not_count_before_it_begins(tmp_path):
    signer = keys(tmp_path, certified(KEY, 10, 2)).signer_of(ENVELOPE)
    assert "begins later" in signer.lapse


def test_of_several_forms_of_a_key_one_that_counts_is_taken(tmp_path):
    expired = certified(KEY, 1, -400)
    assert keys(tmp_path, expired, bare(KEY)).signer_of(ENVELOPE).lapse is None
    assert keys(tmp_path, bare(KEY), expired).signer_of(ENVELOPE).lapse is None
    assert keys(tmp_path, expired, bare(OTHER)).signer_of(ENVELOPE).lapse is not None
    assert keys(tmp_path, bare(OTHER), certified(OTHER, 10)).signer_of(ENVELOPE) is None


def private_rsa() -> str:
    made = generate_private_key(65537, 2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_rsa() -> str:
    made = generate_private_key(65537, 2048).public_key()
    return made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("ssh-ed25519 AAAA me", "no key in PEM"),
        (CERTIFICATE, "a damaged one"),
        (private_rsa(), "a PRIVATE KEY"),
        (public_rsa(), "a RSAPublicKey"),
        (certified(generate_private_key(65537, 2048), 1), "a RSAPublicKey"),
        (CERTIFICATE.replace("CERTIFICATE", "PUBLIC KEY"), "a damaged one"),
    ],
    ids=["none", "ssh", "certificate", "private", "rsa", "certified", "damaged"],
)
def test_a_public_key_that_does_not_do_is_said_in_a_line(tmp_path, content, said):
    path = tmp_path / "given.pub"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RepriseError, match=f"trust must be a file .*{said}"):
        PublicKeys.read(str(path), "trust")
