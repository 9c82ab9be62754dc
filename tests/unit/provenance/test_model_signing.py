"""A model's folder in the form of OpenSSF model-signing; tests/pipeline asks its own tool."""

import base64
import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP521R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reprise.provenance.model_signing import model_signature

FILES = {"sub.c": "0c" * 32, "MLmodel": "0a" * 32, "sub/b": "0b" * 32}
KEY = generate_private_key(SECP256R1())


def signed(files: dict[str, str], key: EllipticCurvePrivateKey = KEY) -> tuple[dict, dict]:
    """The bundle, and the statement in it."""
    bundle = json.loads(model_signature("models:/prices/3", files, key))
    return bundle, json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))


def test_the_statement_lists_the_files_in_the_order_of_their_paths():
    _, statement = signed(FILES)
    assert statement["predicateType"] == "https://model_signing/signature/v1.0"
    resources = statement["predicate"]["resources"]
    assert [each["name"] for each in resources] == ["MLmodel", "sub/b", "sub.c"]
    whole = hashlib.sha256(bytes([10] * 32 + [11] * 32 + [12] * 32)).hexdigest()
    assert statement["subject"] == [{"name": "models:/prices/3", "digest": {"sha256": whole}}]
    assert statement["predicate"]["serialization"]["allow_symlinks"] is False


@pytest.mark.parametrize(
    ("key", "algorithm"), [(KEY, SHA256()), (generate_private_key(SECP521R1()), SHA512())]
)
def test_the_signature_is_that_of_the_key_over_type_and_statement(
    key: EllipticCurvePrivateKey, algorithm: HashAlgorithm
):
    bundle, _ = signed(FILES, key)
    envelope = bundle["dsseEnvelope"]
    payload = base64.b64decode(envelope["payload"])
    over = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    key.public_key().verify(signature, over, ECDSA(algorithm))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, over + b" ", ECDSA(algorithm))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hint = bundle["verificationMaterial"]["publicKey"]["hint"]
    assert hint == hashlib.sha256(public).hexdigest()


def test_the_same_files_have_the_same_signature_and_others_another():
    first = model_signature("m", FILES, KEY)
    assert first == model_signature("m", dict(reversed(FILES.items())), KEY)
    assert first != model_signature("m", FILES | {"MLmodel": "0d" * 32}, KEY)
