"""The signature of a model's folder in the form of OpenSSF model-signing 1.0.

https://github.com/sigstore/model-transparency: a Sigstore bundle around an in-toto statement that
lists the files of the folder. Its tool verifies ECDSA keys only.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reprise.data.digests import canonical_json
from reprise.provenance.dsse import IN_TOTO, Envelope
from reprise.provenance.in_toto import STATEMENT

_PREDICATE = "https://model_signing/signature/v1.0"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
# What MLflow leaves in the folder of a registered model that it downloads.
_WRITTEN_BY_MLFLOW = "registered_model_meta"
# The curves that its tool knows, and the hash that it takes for each.
CURVES = {"secp256r1": SHA256(), "secp384r1": SHA384(), "secp521r1": SHA512()}


def model_signature(name: str, files: Mapping[str, str], key: EllipticCurvePrivateKey) -> bytes:
    """That of the files of a model, sha256 by their path: the same files give the same bytes."""
    envelope = Envelope(IN_TOTO, canonical_json(_statement(name, files)), ())
    # RFC 6979: without it a signature differs each time.
    how = ECDSA(CURVES[key.curve.name], deterministic_signing=True)
    signed = replace(envelope, signatures=(("", key.sign(envelope.signed, how)),))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return canonical_json(
        {
            "mediaType": _BUNDLE,
            "verificationMaterial": {
                "publicKey": {"hint": hashlib.sha256(public).hexdigest()},
                "tlogEntries": [],
            },
            "dsseEnvelope": signed.to_json(),
        }
    )


def _statement(name: str, files: Mapping[str, str]) -> dict[str, object]:
    """Its subject is the sha256 over the digests of the files, in the order of their paths."""
    ordered = sorted(files, key=PurePosixPath)
    whole = hashlib.sha256(b"".join(bytes.fromhex(files[path]) for path in ordered))
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": whole.hexdigest()}}],
        "predicateType": _PREDICATE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [_WRITTEN_BY_MLFLOW],
            },
            "resources": [
                {"name": path, "algorithm": "sha256", "digest": files[path]} for path in ordered
            ],
        },
    }
