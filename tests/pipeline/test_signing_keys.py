"""Keys: whose signature counts, until when, and where the private ones are not."""

import base64
from pathlib import Path

import pytest

from reprise.errors import RepriseError
from reprise.provenance.signing import make_pair
from reprise.registry.trust import trusted
from reprise.reproduction.verifier import verify
from tests.key_files import certified

from .conftest import Workplace
from .signed import CHAMPION, SMALL

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("signed")]


def test_another_key_than_that_of_the_certificate_is_named(signed, tmp_path):
    _, other, _ = make_pair(str(tmp_path / "other"))
    found = verify(CHAMPION, str(other))
    assert found.verdict == "invalid"
    assert any("is not signed by" in problem for problem in found.problems)
    both = tmp_path / "both.pub"
    both.write_bytes(other.read_bytes() + Path(signed.key).read_bytes())
    assert verify(CHAMPION, str(both)).verdict == "valid"


def test_an_expired_key_is_named_and_nothing_that_it_signed_is_trusted(signed, tmp_path):
    expired = tmp_path / "expired.crt"
    expired.write_text(certified(signed.forger().key.private, 1, -2))
    found = verify(CHAMPION, str(expired))
    assert (found.verdict, found.holds) == ("invalid", False)
    assert any("which has expired" in problem for problem in found.problems), found.problems
    with pytest.raises(RepriseError, match="has expired"):
        trusted(CHAMPION, str(expired))
    in_time = tmp_path / "in time.crt"
    in_time.write_text(certified(signed.forger().key.private, 3, -2))
    assert verify(CHAMPION, str(in_time)).verdict == "valid"
    assert trusted(CHAMPION, str(in_time)) is not None


def test_the_private_keys_are_nowhere_in_the_store_and_are_never_printed(made):
    secret = made.secret
    key = made.forger().key
    number = key.of_models.private_numbers().private_value.to_bytes(32, "big")
    words = [str(secret).encode(), *secret.read_bytes().splitlines()]
    words = [word for word in words if not word.startswith(b"-----")]
    for raw in (key.private.private_bytes_raw(), number):
        words += [raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")]
    made.step("verify", "--of", CHAMPION, "--key", made.key)
    kept = [path for path in made.folder.rglob("*") if path.is_file()]
    assert len(kept) > 100
    assert made.printed in kept
    for path in kept:
        content = path.read_bytes()
        assert not any(word in content for word in words), path


def test_a_key_that_cannot_sign_ends_a_main_before_it_begins(made, monkeypatch, tmp_path):
    secret = tmp_path / "open.key"
    secret.write_bytes(made.secret.read_bytes())
    secret.chmod(0o644)
    monkeypatch.setenv("REPRISE_SIGNING_KEY", str(secret))
    other = Workplace(tmp_path)
    done = other.step("main", *SMALL)
    assert done.returncode == 1
    assert "REPRISE_SIGNING_KEY must name" in done.stderr
    assert other.runs("prepare") == []
