"""Say in plain words, with place and hint, what pydantic found wrong."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from records.errors import Fault
from server.config.document import Place, path_of
from server.config.sections.monitors import KINDS
from server.config.settings import Settings
from server.config.values import Section

_NAMES: dict[type, str] = {
    dict: "keys with values",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def faults_of(error: ValidationError) -> Iterator[tuple[Place, Fault]]:
    """Each thing that is wrong, with its place in the file."""
    for details in error.errors(include_url=False):
        # A default that could not be worked out, because the value it follows from is wrong and reported already.
        if details["type"] == "default_factory_not_called":
            continue
        place = _place(details["loc"])
        section, field = _model_at(details["loc"])
        message, hint = _words(details, section, field)
        yield place, Fault(path=path_of(place), message=message, hint=hint)


def _place(loc: Place) -> Place:
    """Pydantic puts the kind of a monitor between its number and its keys; people do not."""
    if loc[:1] == ("monitors",) and len(loc) > 2 and loc[2] in KINDS:
        return (*loc[:2], *loc[3:])
    # The last part of a wrong key of a mapping says so in pydantic's way.
    return loc[:-1] if loc[-1:] == ("[key]",) else loc


def _model_at(loc: Place) -> tuple[type[Section], FieldInfo | None]:
    """The section that holds the value at `loc`, and the field it belongs to (None for an unknown key)."""
    section: type[Section] = Settings
    field: FieldInfo | None = None
    for part in loc:
        if isinstance(part, int):
            continue
        if section is Settings and field is Settings.model_fields["monitors"] and part in KINDS:
            section, field = KINDS[part], None
            continue
        inner = next(sections_in(field.annotation), None) if field else None
        if field and inner is None:
            continue  # a key of a plain mapping
        section = inner or section
        field = next((known for name, known in section.model_fields.items() if part == (known.alias or name)), None)
        if field is None:
            break
    return section, field


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    """The section that an annotation such as `tuple[Node, ...]` or `Smtp | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


def _words(details: ErrorDetails, section: type[Section], field: FieldInfo | None) -> tuple[str, str]:
    kind, context = details["type"], details.get("ctx", {})
    description = field.description or "" if field else ""
    if kind == "wrong":
        return context["message"], context["hint"]
    if kind == "extra_forbidden":
        return _unknown_key(str(details["loc"][-1]), section)
    if kind == "missing":
        return "is missing", description
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _unknown_kind(details)
    if kind in {"enum", "literal_error"}:
        return f"must be one of {context['expected']}", description
    if kind in _WANTED:
        return _other_type(kind, details["input"]), description
    if kind in {"too_short", "string_too_short"}:
        return f"is too short: at least {context['min_length']}", description
    message = details["msg"].removeprefix("Input ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:], description


def _other_type(kind: str, value: object) -> str:
    given = _NAMES.get(type(value), "something else")
    if kind.endswith("_parsing") and isinstance(value, str):
        return f"must be {_WANTED[kind]}"
    return f"must be {_WANTED[kind]}, not {given}"


def _unknown_key(key: str, section: type[Section]) -> tuple[str, str]:
    known = [field.alias or name for name, field in section.model_fields.items()]
    return f"there is no key `{key}` here", did_you_mean(key, known)


def _unknown_kind(details: ErrorDetails) -> tuple[str, str]:
    """What the key `kind` of a monitor says; never shown, should it stand for a variable."""
    value = details["input"]
    given = value.get("kind") if isinstance(value, dict) else None
    if given is None:
        return "has no kind", f"known kinds: {', '.join(KINDS)}"
    return "is of a kind that is not known", did_you_mean(str(given), list(KINDS), what="known kinds")


def did_you_mean(word: str, known: list[str], *, what: str = "known") -> str:
    """The nearest of `known`, if one is near; else all of them."""
    near = get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean `{near[0]}`?" if near else f"{what}: {', '.join(known) or 'none'}"
