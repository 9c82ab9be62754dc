"""What there is to ask a served model, as OpenAPI 3.1 has it: its own columns, an example."""

from collections.abc import Mapping
from typing import Any

from reprise.evaluation.prediction import PREDICTED, probability_columns
from reprise.formatting import compact_json
from reprise.inference.bounds import MEGABYTE
from reprise.inference.load import LoadedModel
from reprise.inference.protocol import COVERAGE, CSV, JSON, OUTPUTS, PARQUET
from reprise.inference.series import CONTENT_TYPE
from reprise.predictor import LOWER, SET, UPPER, ColumnKind, Missing

Json = dict[str, Any]
_MISTAKES = {
    "400": "a value or a body that is none the model can take",
    "413": "more than one request may hold",
    "415": "a body of another Content-Type",
    "500": "the model failed",
    "503": "too much at once: try again later",
}
_COVERAGE: Json = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
# Where a model was made without an example of its own.
_PLACEHOLDERS: dict[str, Any] = {"number": 0, "boolean": True, "datetime": "2024-01-31"}


def description(loaded: LoadedModel, limit: int) -> bytes:
    """The document for a loaded model whose bodies have at most `limit` bytes, as JSON."""
    kinds = loaded.model.kinds
    row = dict(loaded.example or {name: _placeholder(kind) for name, kind in kinds.items()})
    schemas = {
        "Row": {
            "type": "object",
            "required": list(kinds),
            "properties": {name: _column(kind) for name, kind in kinds.items()},
            "examples": [row],
        },
        "Prediction": _prediction(loaded),
        "Error": _record({"error_code": {"type": "string"}, "message": {"type": "string"}}),
    }
    return compact_json(
        {
            "openapi": "3.1.0",
            "info": {
                "title": loaded.name or "Reprise model",
                "version": loaded.version or "unregistered",
                "description": f"Predicts '{loaded.target}' ({loaded.task}). Bodies have at most "
                f"{limit / MEGABYTE:g} MB.",
            },
            "paths": {
                "/predict": {"post": _predict(row)},
                "/invocations": {"post": _invocations(loaded, row)},
                **_facts(),
            },
            "components": {"schemas": schemas},
        }
    ).encode()


def _column(kind: ColumnKind) -> Json:
    base, _, form = Missing.of_kind(kind)[0].partition(":")
    if base == "number":
        spelled = {"description": "a number, or text that spells one as the table did"}
        return {
            "type": ["number", *(["string"] if form else []), "null"],
            **(spelled if form else {}),
        }
    if base == "datetime":
        also = f", or as {form}" if form else ""
        return {"type": ["string", "null"], "description": f"a date as ISO 8601 has it{also}"}
    if base == "text" and form:
        said = "a code: zeros in front count"
        return {"type": ["string", "null"], "description": said}
    return {"type": ["boolean" if base == "boolean" else "string", "null"]}


def _placeholder(kind: ColumnKind) -> Any:
    return _PLACEHOLDERS.get(Missing.of_kind(kind)[0].partition(":")[0], "any text")


def _prediction(loaded: LoadedModel) -> Json:
    classes = loaded.model.classes
    number = {"type": ["number", "null"]}
    if classes is None:
        found, bounds = _record({PREDICTED: number}), {LOWER: number, UPPER: number}
    else:
        found = _record(
            {PREDICTED: {"enum": [*classes, None]}}
            | dict.fromkeys(probability_columns(classes), number)
        )
        bounds = {SET: _list({"enum": classes})}
    found["properties"] |= bounds  # where a coverage is asked for
    return found


def _predict(row: Json) -> Json:
    one = _reference("Row")
    return {
        "summary": "Records in, records out",
        "operationId": "predict",
        "parameters": [
            {
                "name": "coverage",
                "in": "query",
                "description": "bounds that hold for this share of rows; 0: none",
                "schema": {**_COVERAGE, "default": 0},
            }
        ],
        "requestBody": _body({JSON: _content({"oneOf": [one, _list(one)]}, [row])}),
        "responses": _responses(_list(_reference("Prediction"))),
    }


def _invocations(loaded: LoadedModel, row: Json) -> Json:
    classes = loaded.model.classes
    rows = _list(_reference("Row"))
    split = _record(
        {"columns": _list({"type": "string"}), "data": _list({"type": "array", "items": {}})}
    )
    columns = {"type": "object", "additionalProperties": {"type": "array"}}
    either = {"oneOf": [rows, columns]}
    places = (
        ("dataframe_split", split),
        ("dataframe_records", rows),
        ("instances", either),
        ("inputs", either),
    )
    formats = [_record({name: schema}) for name, schema in places]
    outputs = [name for name in OUTPUTS if classes is not None or name != "probabilities"]
    params = {"output": {"enum": outputs}, "coverage": {**_COVERAGE, "default": COVERAGE}}
    for each in formats:
        each["properties"]["params"] = {"type": "object", "properties": params}
    example = {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}
    bodies = {
        JSON: _content({"oneOf": formats}, example),
        CSV: _content({"type": "string"}),
        PARQUET: _content({"type": "string", "contentEncoding": "binary"}),
    }
    return {
        "summary": "MLflow's scoring protocol",
        "operationId": "invocations",
        "requestBody": _body(bodies),
        "responses": _responses(_record({"predictions": {"type": "array"}})),
    }


def _facts() -> Json:
    """The paths that are only read."""
    ready = {
        "200": {"description": "the model can predict"},
        "503": {"description": "it cannot"},
    }
    texts = {
        "/version": ("MLflow's version", JSON),
        "/metrics": ("What was asked and predicted, for Prometheus", CONTENT_TYPE),
        "/openapi.json": ("This document", JSON),
    }
    found: Json = {
        path: {"get": {"summary": "Whether the model can predict", "responses": ready}}
        for path in ("/ping", "/health")
    }
    for path, (summary, kind) in texts.items():
        answer = {"description": summary, "content": {kind: {}}}
        found[path] = {"get": {"summary": summary, "responses": {"200": answer}}}
    return found


def _responses(schema: Json) -> Json:
    mistakes = {
        status: {"description": why, "content": {JSON: {"schema": _reference("Error")}}}
        for status, why in _MISTAKES.items()
    }
    return {
        "200": {"description": "predictions", "content": {JSON: {"schema": schema}}},
        **mistakes,
    }


def _body(content: Mapping[str, Json]) -> Json:
    return {"required": True, "content": dict(content)}


def _content(schema: Json, example: Any = None) -> Json:
    return {"schema": schema} | ({} if example is None else {"example": example})


def _record(properties: Mapping[str, Any]) -> Json:
    return {"type": "object", "required": list(properties), "properties": dict(properties)}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
