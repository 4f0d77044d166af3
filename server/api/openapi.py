"""The OpenAPI 3.1 document of the management API, made from the same table and types that serve it."""

import re
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from server.api.asking import Operation, Upload
from server.api.bodies import Nothing
from server.api.table import OPERATIONS
from server.metrics import version
from server.problems import ProblemShape

Json = dict[str, Any]
PREFIX = "/api/v1"
_REF = "#/components/schemas/{model}"


@cache
def document() -> Json:
    """The whole document."""
    schemas: Json = {}
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        path = PREFIX + re.sub(r":path}", "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    problem = _schema(ProblemShape, schemas, "serialization")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Forewarn management API",
            "version": version(),
            "description": "Incidents, planned events, notices, customers and tickets. See docs/api.md.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(sorted(schemas.items())),
            "responses": {
                "Problem": {
                    "description": "What is wrong, and what to do about it (RFC 9457)",
                    "content": {"application/problem+json": {"schema": problem}},
                }
            },
        },
    }


def _operation(operation: Operation[Any, Any] | Upload, schemas: Json) -> Json:
    said = (operation.do.__doc__ or "").strip()
    found: Json = {
        "operationId": operation.do.__name__,
        "summary": said.splitlines()[0].rstrip("."),
        "description": f"Needs the right `{operation.right}`.",
        "parameters": [*_path_parameters(operation.path), *_query_parameters(operation.query, schemas)],
        "responses": {
            str(operation.status): {
                "description": "Done",
                "content": {"application/json": {"schema": _schema(operation.answers, schemas, "serialization")}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if operation.method == "POST":
        found["parameters"].append(_IDEMPOTENCY_KEY)
    if operation.body is not Nothing:
        media_type = operation.media_type if isinstance(operation, Upload) else "application/json"
        schema = _schema(operation.body, schemas, "validation")
        has_required = bool(schemas[operation.body.__name__].get("required"))
        found["requestBody"] = {"required": has_required, "content": {media_type: {"schema": schema}}}
    return found


_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the first answer again, and nothing is done twice.",
    "schema": {"type": "string", "maxLength": 200},
}


def _path_parameters(path: str) -> list[Json]:
    names = re.findall(r"{(\w+)", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(query: type[BaseModel], schemas: Json) -> list[Json]:
    schema = query.model_json_schema(ref_template=_REF)
    schemas |= schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": each.get("description", ""),
            "schema": {key: value for key, value in each.items() if key not in ("description", "title")},
        }
        for name, each in schema.get("properties", {}).items()
    ]


def _schema(kind: Any, schemas: Json, mode: Any) -> Json:
    """A reference to the schema of `kind`, which is put among `schemas` with all it refers to."""
    whole = TypeAdapter(kind).json_schema(ref_template=_REF, mode=mode, schema_generator=GenerateJsonSchema)
    schemas.update(whole.pop("$defs", {}))
    if "$ref" in whole:
        return whole
    name = "PageOf" + get_args(kind)[0].__name__ if get_args(kind) else kind.__name__
    schemas[name] = whole
    return {"$ref": _REF.format(model=name)}
