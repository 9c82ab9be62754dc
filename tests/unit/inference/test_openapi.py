"""/openapi.json: valid, of the model's own columns, and its examples are answered."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from reprise.inference.http_app import make_app
from reprise.predictor import Missing

from .models import KINDS, ROW, loaded
from .test_http_app import MB, Client

JSON = "application/json"
EXAMPLE = {"size": 2.5, "flag": True, "seen": "2024-01-31", "who": "any text"}
MODELS = {
    "number": replace(loaded(), example=EXAMPLE),
    "gaps": replace(loaded(), example=dict.fromkeys(EXAMPLE)),
    "labels": replace(loaded(["a", "b"]), example=EXAMPLE),
    "whole labels": replace(loaded([1, 2]), example=EXAMPLE),
    "truth": replace(loaded([False, True]), example=EXAMPLE),
    "no example": loaded(),
}


def document(client: Client) -> dict[str, Any]:
    return json.loads(asyncio.run(client.text("/openapi.json")))


def schema(found: dict[str, Any], of: dict[str, Any]) -> Draft202012Validator:
    """A validator of a schema of the document, with what it refers to."""
    return Draft202012Validator({**of, "components": found["components"]})


@pytest.mark.parametrize("name", MODELS)
def test_a_validator_takes_it_and_its_examples_are_answered_as_it_says(name):
    client = Client(make_app(MODELS[name], MB))
    found = document(client)
    validate(found)
    for path in ("/predict", "/invocations"):
        operation = found["paths"][path]["post"]
        body = operation["requestBody"]["content"][JSON]
        schema(found, body["schema"]).validate(body["example"])
        status, content = asyncio.run(client.ask(path, json.dumps(body["example"]).encode()))
        assert status == 200, content
        answer = operation["responses"]["200"]["content"][JSON]["schema"]
        schema(found, answer).validate(content)


def test_it_has_the_columns_of_the_model_their_types_and_its_example():
    row = document(Client(make_app(MODELS["number"], MB)))["components"]["schemas"]["Row"]
    assert list(row["properties"]) == row["required"] == list(KINDS)
    assert [row["properties"][name]["type"][0] for name in KINDS] == [
        "number",
        "boolean",
        "string",
        "string",
    ]
    assert "%d/%m/%Y" in row["properties"]["seen"]["description"]
    assert row["examples"] == [EXAMPLE]


def test_every_route_is_in_it_and_it_has_no_other():
    app = make_app(loaded(), MB)
    found = document(Client(app))["paths"]
    assert {path: {method.upper() for method in methods} for path, methods in found.items()} == {
        route.path: route.methods - {"HEAD"} for route in app.routes
    }


def test_an_answer_to_a_mistake_is_as_it_says():
    client = Client(make_app(loaded(), MB))
    found = document(client)
    status, content = asyncio.run(client.ask("/predict", b"[1]"))
    answer = found["paths"]["/predict"]["post"]["responses"][str(status)]
    schema(found, answer["content"][JSON]["schema"]).validate(content)


def test_numbers_that_are_spelled_may_be_text():
    model = loaded()
    spelled = Missing(True, ("-999",)).within("number:unit=$")
    model.model.kinds = {**KINDS, "size": spelled}
    try:
        found = document(Client(make_app(model, MB)))
    finally:
        model.model.kinds = dict(KINDS)
    row = found["components"]["schemas"]["Row"]
    assert row["properties"]["size"]["type"] == ["number", "string", "null"]
    assert ROW.keys() == row["properties"].keys()
