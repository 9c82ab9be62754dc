"""The one place that takes runs:/ and models:/ URIs apart."""

import re

from reprise.errors import RepriseError

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_VERSION = re.compile(r"models:/([^/@]+)/(\d+)")


def run_uri(run_id: str, artifact: str) -> str:
    """The URI of an artifact of a run."""
    return f"runs:/{run_id}/{artifact}"


def parse_run_uri(uri: str) -> tuple[str, str]:
    """Return (run id, artifact path) of `uri`, runs:/<32 hex digits>/<artifact path>.

    Raises RepriseError for anything else.
    """
    head, _, rest = uri.partition(":/")
    run_id, _, artifact = rest.strip("/").partition("/")
    if head != "runs" or not is_run_id(run_id) or not artifact:
        raise RepriseError(
            f"a run's artifact must be named runs:/<run id>/<artifact>, got '{uri}': "
            "copy the URI that the earlier step printed"
        )
    return run_id, artifact


def is_run_id(text: str) -> bool:
    """Whether `text` looks like the id of a run: 32 lower-case hex digits."""
    return _RUN_ID.fullmatch(text) is not None


def is_version_uri(text: str) -> bool:
    """Whether `text` names a registered version or an alias, not a logged model by its id."""
    return text.startswith("models:/") and any(sign in text[8:] for sign in "/@")


def version_in(uri: str) -> tuple[str, str] | tuple[None, None]:
    """Name and number in the exact URI of a version, models:/<name>/<number>; else (None, None)."""
    found = _VERSION.fullmatch(uri)
    return (None, None) if found is None else (found[1], found[2])


def alias_in(uri: str) -> str | None:
    """The alias that models:/<name>@<alias> names; None for anything else."""
    name, sign, alias = uri.removeprefix("models:/").rpartition("@")
    named = uri.startswith("models:/") and sign and "/" not in name + alias
    return alias if named else None


def is_model_uri(text: str) -> bool:
    """Whether `text` is a models:/ or runs:/ URI."""
    return text.startswith(("models:/", "runs:/"))
