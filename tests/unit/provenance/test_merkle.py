"""The Merkle root: of the published test vectors' shape, and another for any other fact."""

import hashlib

from reprise.provenance.merkle import facts, merkle_root

RECORD = {"runs": {"b": {"files": {"x": "1"}}, "a": {"files": {}, "tags": {"t": "2"}}}, "v": "3"}


def leaf(text: str) -> bytes:
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_facts_are_every_text_with_the_way_to_it_in_order():
    assert list(facts(RECORD)) == [
        (("runs", "a", "tags", "t"), "2"),
        (("runs", "b", "files", "x"), "1"),
        (("v",), "3"),
    ]


def test_the_root_is_that_of_rfc_6962():
    found = list(facts(RECORD))
    leaves = ['[["runs","a","tags","t"],"2"]', '[["runs","b","files","x"],"1"]', '[["v"],"3"]']
    expected = node(node(leaf(leaves[0]), leaf(leaves[1])), leaf(leaves[2]))
    assert merkle_root(found) == expected.hex()
    assert merkle_root([]) == hashlib.sha256().hexdigest()
    five = [((str(number),), "") for number in range(5)]
    assert (
        merkle_root(five)
        == node(bytes.fromhex(merkle_root(five[:4])), bytes.fromhex(merkle_root(five[4:]))).hex()
    )


def test_a_fact_left_out_renamed_or_moved_gives_another_root():
    found = list(facts(RECORD))
    renamed = [(("v", "w"), "3") if path == ("v",) else (path, value) for path, value in found]
    roots = {merkle_root(each) for each in (found, found[1:], found[::-1], renamed)}
    assert len(roots) == 4
