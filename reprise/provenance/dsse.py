"""DSSE envelopes of in-toto statements: https://github.com/secure-systems-lab/dsse."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Self

IN_TOTO = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Envelope:
    """What was signed, of which type, and the signatures by the ids of their keys."""

    kind: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, content: bytes) -> Self:
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
    def signed(self) -> bytes:
        """What is signed: the pre-authentication encoding of type and payload."""
        kind = self.kind.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)

    @property
    def signers(self) -> str:
        """The ids that the signatures name for their keys, shortened; nobody vouches for them."""
        return ", ".join(keyid[:12] or "unnamed" for keyid, _ in self.signatures) or "none"

    def to_json(self) -> dict[str, Any]:
        """It as JSON values."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.kind,
            "signatures": [
                {"keyid": keyid, "sig": base64.b64encode(signature).decode()}
                for keyid, signature in self.signatures
            ],
        }
