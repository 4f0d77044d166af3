"""The published schema and the page of documentation say what the code does."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from pydantic.fields import FieldInfo

from monitors.chain_table import CHAIN_TABLE
from server.config.faults import sections_in
from server.config.schema import schema, schema_text
from server.config.sections.chains import Auth, ChainHysteresis, Thresholds
from server.config.sections.delivery import EVENTS
from server.config.sections.monitors import KINDS
from server.config.settings import Settings
from server.config.values import Section

DOCS = Path(__file__).parents[3] / "docs"
#: Sections that several others hold; documented once, under their key.
SHARED: dict[str, type[Section]] = {"auth": Auth, "thresholds": Thresholds, "hysteresis": ChainHysteresis}


def keys_of(section: type[Section], prefix: str = "") -> Iterator[str]:
    fields: dict[str, FieldInfo] = section.model_fields
    for name, field in fields.items():
        key = prefix + (field.alias or name)
        yield key
        below = f"{key}[]." if "tuple[" in str(field.annotation) else f"{key}."
        inner = next(sections_in(field.annotation), None)
        if key == "monitors":
            yield from chain.from_iterable(keys_of(kind, below) for kind in KINDS.values())
        elif inner and name not in SHARED:
            yield from keys_of(inner, below)


def all_keys() -> set[str]:
    shared = {key for name, section in SHARED.items() for key in keys_of(section, f"{name}.")}
    return {*keys_of(Settings), *shared}


def test_the_published_schema_is_the_one_of_the_code():
    assert (DOCS / "forewarn.schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_command_prints_the_schema():
    printed = subprocess.run([sys.executable, "-m", "server.config.schema"], capture_output=True, check=True)
    assert json.loads(printed.stdout) == schema()


def test_each_key_in_the_schema_has_a_description():
    definitions = {"": schema(), **schema()["$defs"]}

    def description(value):
        # Where a key says what its section says, the schema keeps it once, with the section.
        return value.get("description") or definitions[value["$ref"].removeprefix("#/$defs/")].get("description")

    silent = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, value in definition.get("properties", {}).items()
        if not description(value)
    ]
    assert silent == []


def test_the_schema_refuses_keys_that_the_code_refuses():
    definitions = [schema(), *(found for found in schema()["$defs"].values() if "properties" in found)]
    assert all(definition["additionalProperties"] is False for definition in definitions)


def test_durations_and_secrets_have_their_shape_in_the_schema():
    definitions = schema()["$defs"]
    every = definitions["HttpMonitor"]["properties"]["every"]
    assert re.fullmatch(every["pattern"], "1h30m")
    assert not re.fullmatch(every["pattern"], "30")
    assert every["default"] == "30s"
    token = definitions["HeartbeatMonitor"]["properties"]["token"]
    assert token["format"] == "password"
    assert "${NAME}" in token["examples"]
    assert "**" not in schema_text()


def test_each_key_has_a_line_in_the_documentation_and_no_other_has():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.\[\]]+)` \|", text, flags=re.MULTILINE))
    assert documented == all_keys()


def test_events_chains_and_kinds_are_documented_as_they_are():
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert [event for event in EVENTS if f"`{event}`" not in text] == []
    assert [kind for kind in KINDS if f"### kind: {kind}\n" not in text] == []
    for network, facts in CHAIN_TABLE.items():
        (row,) = re.findall(rf"^\| {network} \|.*$", text, flags=re.MULTILINE)
        finality = facts.finality_stall_seconds
        assert row == (
            f"| {network} | {facts.kind} | {facts.block_time_seconds.value:g} s | {facts.confirmations.value:g} "
            f"| {facts.lag_warn_blocks.value:g} / {facts.lag_critical_blocks.value:g} "
            f"| {facts.stall_warn_seconds.value:g} / {facts.stall_critical_seconds.value:g} s "
            f"| {f'{finality.value:g} s ' if finality else ''}|"
        )
