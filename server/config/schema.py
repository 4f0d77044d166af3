"""The JSON Schema of `forewarn.yaml`, for editors: `python -m server.config.schema > docs/forewarn.schema.json`."""

import json
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema

from server.config.settings import Settings
from server.config.values import Section, duration_text

_REFERENCE = {"type": "string", "pattern": r"^\$\{.+\}$", "description": "${NAME} or ${file:PATH}"}


class _ForEditors(GenerateJsonSchema):
    """Lets a number or switch also be `${NAME}`, and leaves out the titles that only repeat the key."""

    def int_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [super().int_schema(schema), _REFERENCE]}

    def float_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [super().float_schema(schema), _REFERENCE]}

    def bool_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [super().bool_schema(schema), _REFERENCE]}

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Section):
            return {}  # sections left out are sections with every default
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The schema, as data."""
    found = Settings.model_json_schema(mode="validation", schema_generator=_ForEditors)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": "forewarn.yaml",
    }


def schema_text() -> str:
    """The schema as it stands in `docs/forewarn.schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
