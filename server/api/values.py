"""The kinds of value that bodies and queries are made of."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from records import audience
from records.components import Words as _Words
from records.desk.desk import Desk, expand_channels
from records.errors import Invalid
from records.store import components
from records.times import from_ms, to_ms
from records.zones import is_zone
from server.config.values import duration as _short_duration
from server.config.values import is_language, wrong

MAX_NAME_CHARACTERS = 200
MAX_BODY_CHARACTERS = 20_000


class Known:
    """What bodies are checked against; the store is read at most once, when somebody names a component."""

    def __init__(self, desk: Desk, now: datetime) -> None:
        self.desk = desk
        self.now = now

    @cached_property
    def component_ids(self) -> Mapping[str, str]:
        """Configuration id by configuration id and by public id."""
        ids: dict[str, str] = {}
        for each in components.all_components(self.desk.store):
            if not each.is_group:
                ids |= {each.id: each.id, each.public_id: each.id}
        return ids

    @property
    def as_context(self) -> dict[str, Any]:
        """As pydantic passes it on to validators."""
        return {"known": self}


def _known(info: ValidationInfo) -> Known:
    known = (info.context or {})["known"]
    assert isinstance(known, Known)
    return known


class Body(BaseModel):
    """A body or query: frozen, strict about types, and a key it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


# --- text ---

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
#: What would start a new line somewhere: in a mail's subject it would be a header.
_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _one_line(text: str) -> str:
    text = text.strip()
    if _BREAK.search(text):
        raise wrong("spans several lines or has control characters", "write it on one line")
    return text


def _plain_text(text: str) -> str:
    if _CONTROL.search(text):
        raise wrong("has control characters", "remove them; line breaks are fine")
    return text.strip()


def _spread(value: object, info: ValidationInfo) -> object:
    return {_known(info).desk.default_language: value} if isinstance(value, str) else value


def _language(tag: str) -> str:
    if not is_language(tag):
        raise wrong("is not a language we know", "use codes such as en, fr, ro or pt-BR")
    return tag


def _said(words: _Words) -> _Words:
    if not any(words.values()):
        raise wrong("is empty", "say what customers notice, in one plain sentence")
    return {language: text for language, text in words.items() if text}


#: One line of text.
Line = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS), AfterValidator(_one_line)]
_Text = Annotated[str, Field(max_length=MAX_BODY_CHARACTERS), AfterValidator(_plain_text)]
Text = _Text
_Language = Annotated[str, AfterValidator(_language)]
_WORDS_SCHEMA = WithJsonSchema(
    {
        "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
        "description": "Text in the page's first language, or text per language: {en: …, fr: …}",
    }
)
#: A title: one line, in one language or several.
Title = Annotated[dict[_Language, Line], BeforeValidator(_spread), AfterValidator(_said), _WORDS_SCHEMA]
#: Something said, perhaps over several lines, in one language or several.
Said = Annotated[dict[_Language, _Text], BeforeValidator(_spread), AfterValidator(_said), _WORDS_SCHEMA]
#: The same, but may be empty.
Phrase = Annotated[dict[_Language, _Text], BeforeValidator(_spread), _WORDS_SCHEMA]

# --- time ---

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def moment(value: object) -> datetime:
    """An RFC 3339 time with its zone, cut to the millisecond that the store keeps."""
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise wrong("is not a date and time", "write it as 2026-11-22T13:05:00Z")
    if match[2] is None:
        raise wrong("has no time zone", "end it with Z for UTC, or with an offset such as +02:00")
    try:
        found = datetime.fromisoformat(match[0].upper())
        if not _EARLIEST <= found < _LATEST:
            raise ValueError
    except (ValueError, OverflowError):
        raise wrong("is not a date and time that can be", "write one between 2000 and 2100") from None
    return from_ms(to_ms(found))


def _past(value: datetime, info: ValidationInfo) -> datetime:
    if value > _known(info).now:
        raise wrong("is in the future", "write when it happened")
    return value


def _future(value: datetime, info: ValidationInfo) -> datetime:
    if value <= _known(info).now:
        raise wrong("is over already", "write a time to come")
    return value


Moment = Annotated[datetime, BeforeValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
PastMoment = Annotated[Moment, AfterValidator(_past)]
FutureMoment = Annotated[Moment, AfterValidator(_future)]

_ISO_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?", re.ASCII
)
_LONGEST = timedelta(days=90)


def span(value: object) -> timedelta:
    """`PT24H`, `P1D` (ISO 8601) or `24h`, `1d`, `90m`; up to 90 days.

    >>> span("PT1H30M") == span("90m")
    True
    """
    match = _ISO_DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        found = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    elif isinstance(value, str) and not value.startswith("P"):
        found = _short_duration(value)
    else:
        raise wrong("is not a duration", "write PT24H or 24h")
    if not timedelta(seconds=1) <= found <= _LONGEST:
        raise wrong("is too short or too long", f"give 1 second to {_LONGEST.days} days")
    return found


Span = Annotated[
    timedelta,
    BeforeValidator(span),
    WithJsonSchema({"type": "string", "examples": ["PT24H", "24h"]}),
]


def _zone(name: str) -> str:
    if not is_zone(name):
        raise wrong("is not a time zone", "use an IANA name such as Europe/Bucharest or UTC")
    return name


Zone = Annotated[str, Field(max_length=60), AfterValidator(_zone)]

# --- things by name ---


def _component(name: str, info: ValidationInfo) -> str:
    found = _known(info).component_ids.get(name)
    if found is None:
        raise wrong("is no component", "use an id from GET /api/v1/components")
    return found


#: A component by configuration id or public id; becomes the configuration id.
ComponentId = Annotated[str, AfterValidator(_component)]


def _rule(text: str) -> str:
    if text.strip() == "affected":
        return "affected"
    try:
        audience.parse(text)
    except Invalid as error:
        first = error.faults[0]
        raise wrong(f"is not an audience rule: {first.message}", first.hint) from None
    return text


#: An audience rule, or `affected`.
Rule = Annotated[
    str, AfterValidator(_rule), Field(examples=["affected", "holds:ETH and not region:US-NY"], max_length=4_000)
]


def _channel(name: str, info: ValidationInfo) -> str:
    try:
        expand_channels(_known(info).desk, [name])
    except Invalid as error:
        raise wrong(error.faults[0].message, error.faults[0].hint) from None
    return name


#: `email`, `inapp`, `social` (all accounts) or `social:<name>`.
Channel = Annotated[str, AfterValidator(_channel)]
Channels = Annotated[list[Channel], Field(max_length=50)]
