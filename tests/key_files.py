"""Public keys as PEM: bare, and in a certificate of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def bare(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certified(key: Any, days: int, begin: int = -1) -> str:
    """A certificate for so many days, from `begin` days after now."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "team")])
    begins = datetime.now(UTC) + timedelta(days=begin)
    made = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        begins,
        begins + timedelta(days=days),
    )
    algorithm = None if isinstance(key, Ed25519PrivateKey) else SHA256()
    return made.sign(key, algorithm).public_bytes(Encoding.PEM).decode()
