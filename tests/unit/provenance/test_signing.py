"""Keys, and envelopes that they sign: what is taken, what is refused, what others can check."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from reprise.errors import RepriseError
from reprise.provenance.dsse import Envelope
from reprise.provenance.public_keys import PublicKeys
from reprise.provenance.signing import SigningKey, make_pair, own_key
from reprise.runtime.paths import ROOT

PAYLOAD = b'{"subject":"caf\xc3\xa9"}'


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    private, public, _ = make_pair(str(tmp_path / "keys" / "team"))
    return private, public


@pytest.fixture
def key(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> SigningKey:
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(pair[0]))
    found = own_key()
    assert found is not None
    return found


def test_a_pair_is_made_once_and_its_private_part_is_for_its_owner(pair):
    private, public = pair
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.parent.stat().st_mode & 0o777 == 0o700
    before = private.read_bytes()
    assert before.count(b"PRIVATE KEY") == 4
    of_models = public.with_suffix(".ecdsa.pub")
    for gone in (None, public, of_models):
        if gone is not None:
            gone.unlink()
        with pytest.raises(RepriseError, match="must have new files"):
            make_pair(str(private.with_suffix("")))
    assert private.read_bytes() == before


def test_what_a_key_has_signed_is_known_by_its_public_part_alone(pair, key, tmp_path):
    envelope = Envelope.parse(key.seal(PAYLOAD))
    assert envelope.payload == PAYLOAD
    assert PublicKeys.read(str(pair[1]), "key").signer_of(envelope) is not None
    _, other, _ = make_pair(str(tmp_path / "other"))
    assert PublicKeys.read(str(other), "key").signer_of(envelope) is None
    both = tmp_path / "both.pub"
    both.write_bytes(other.read_bytes() + pair[1].read_bytes())
    assert PublicKeys.read(str(both), "key").signer_of(envelope) is not None


@pytest.mark.parametrize(
    "change", [{"payload": base64.b64encode(PAYLOAD + b" ").decode()}, {"payloadType": "text"}]
)
def test_a_signature_holds_for_its_payload_and_its_type(pair, key, change):
    envelope = json.loads(key.seal(PAYLOAD)) | change
    found = Envelope.parse(json.dumps(envelope).encode())
    assert PublicKeys.read(str(pair[1]), "key").signer_of(found) is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_knows_a_signature_as_the_page_says(pair, key, tmp_path):
    (tmp_path / "provenance.dsse.json").write_bytes(key.seal(PAYLOAD))
    shutil.copy(pair[1], tmp_path / "team.pub")
    page = (ROOT / "docs" / "reproducibility.md").read_text()
    (block,) = [part for part in page.split("```") if "openssl pkeyutl" in part]
    command = block.removeprefix("sh\n")
    done = subprocess.run(
        ["sh", "-ec", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Verified Successfully" in done.stdout) == (0, True), done
    envelope = json.loads(key.seal(PAYLOAD)) | {"payload": base64.b64encode(b"{}").decode()}
    (tmp_path / "provenance.dsse.json").write_text(json.dumps(envelope))
    done = subprocess.run(["sh", "-ec", command], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0


def test_without_the_variable_there_is_no_key(monkeypatch):
    monkeypatch.delenv("REPRISE_SIGNING_KEY", raising=False)
    assert own_key() is None


def pem(key: Any, password: bytes | None = None) -> bytes:
    kind = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, kind)


def rsa(password: bytes | None = None) -> bytes:
    return pem(generate_private_key(65537, 2048), password)


ED25519 = pem(Ed25519PrivateKey.generate())


def test_a_key_for_statements_alone_signs_no_model(tmp_path, monkeypatch, key):
    assert key.sign_model("m", {"MLmodel": "0a" * 32}) is not None
    path = tmp_path / "bare.key"
    path.write_bytes(ED25519)
    path.chmod(0o600)
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(path))
    bare = own_key()
    assert bare.sign_model("m", {"MLmodel": "0a" * 32}) is None
    assert bare.has_signed(Envelope.parse(bare.seal(PAYLOAD)))
    assert not bare.has_signed(Envelope.parse(key.seal(PAYLOAD)))


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "No such file"),
        (b"secret", 0o600, "no private key in PEM"),
        (rsa(), 0o600, "a file with RSAPrivateKey"),
        (rsa(b"word"), 0o600, "without a password"),
        ("own", 0o644, "mode 0644"),
        (pem(generate_ec_key(SECP256R1())), 0o600, "a file with ECPrivateKey"),
        (ED25519 + ED25519, 0o600, "a file with Ed25519PrivateKey, Ed25519PrivateKey"),
        (ED25519 + pem(generate_ec_key(SECP256K1())), 0o600, "a file with .*, ECPrivateKey"),
    ],
    ids=["none", "text", "rsa", "password", "readable", "ecdsa", "two", "curve"],
)
def test_a_private_key_that_does_not_do_is_said_in_a_line(
    pair, tmp_path, monkeypatch, content, mode, said
):
    path = tmp_path / "given.key"
    if content is not None:
        path.write_bytes(pair[0].read_bytes() if content == "own" else content)
        path.chmod(mode)
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(path))
    with pytest.raises(RepriseError, match=said) as raised:
        own_key()
    assert "REPRISE_SIGNING_KEY must name a file with an Ed25519 private key" in str(raised.value)


def test_a_private_key_among_the_code_would_be_in_every_record(pair, tmp_path, monkeypatch):
    (tmp_path / "steps").mkdir()
    path = shutil.copy2(pair[0], tmp_path / "steps" / "team.key")
    monkeypatch.setattr("reprise.provenance.signing.ROOT", tmp_path)
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(path))
    with pytest.raises(RepriseError, match="a file among the code"):
        own_key()
