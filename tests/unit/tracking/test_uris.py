"""runs:/ and models:/ URIs."""

import pytest

from reprise.errors import RepriseError
from reprise.tracking.uris import is_model_uri, is_run_id, parse_run_uri, run_uri, version_in

RUN = "0123456789abcdef" * 2


@pytest.mark.parametrize("artifact", ["table", "table/train.parquet", "odd name, größe;.csv"])
def test_a_uri_comes_apart_into_what_it_was_made_of(artifact):
    assert parse_run_uri(run_uri(RUN, artifact)) == (RUN, artifact)


def test_a_slash_at_the_end_does_not_count():
    assert parse_run_uri(f"runs:/{RUN}/table/") == (RUN, "table")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "table",
        "runs:",
        f"runs:/{RUN}",
        f"runs:/{RUN}/",
        f"runs:/{RUN.upper()}/table",
        f"runs:/{RUN[:-1]}/table",
        f"runs:/{RUN}0/table",
        f"models:/{RUN}/table",
        f"{RUN}/table",
    ],
)
def test_anything_else_is_refused_with_the_form_it_should_have(uri):
    with pytest.raises(RepriseError) as caught:
        parse_run_uri(uri)
    assert "must be named runs:/<run id>/<artifact>" in str(caught.value)
    assert f"got '{uri}': copy the URI" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(RUN, True), (RUN.upper(), False), (RUN + "\n", False), (RUN[1:], False), ("", False)],
)
def test_run_ids_are_32_lower_case_hex_digits(text, expected):
    assert is_run_id(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models:/reprise@champion", True),
        (f"runs:/{RUN}/model", True),
        (RUN, False),
        ("./models:/x", False),
    ],
)
def test_models_are_named_by_models_and_runs_uris(text, expected):
    assert is_model_uri(text) is expected


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("models:/prices/12", ("prices", "12")),
        ("models:/prices@champion", (None, None)),
        ("models:/m-0123", (None, None)),
        (f"runs:/{RUN}/model", (None, None)),
        ("/model/3", (None, None)),
    ],
)
def test_only_the_exact_uri_of_a_version_names_one(uri, found):
    assert version_in(uri) == found
