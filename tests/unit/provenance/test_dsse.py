"""Envelopes as they stand in files."""

import json

import pytest

from reprise.provenance.dsse import Envelope


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"payload": 1}',
        b'{"payloadType": "a", "payload": "?", "signatures": []}',
        b"[" * 10**5,
    ],
)
def test_what_is_no_envelope_is_a_value_error(content):
    with pytest.raises(ValueError):
        Envelope.parse(content)


def test_an_envelope_is_what_its_json_says():
    envelope = Envelope("text", b"\xff", (("a", b"1"), ("", b"2")))
    assert Envelope.parse(json.dumps(envelope.to_json()).encode()) == envelope
    assert envelope.signed == b"DSSEv1 4 text 1 \xff"
    assert envelope.signers == "a, unnamed"
