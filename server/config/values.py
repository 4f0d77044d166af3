"""The kinds of value that settings are made of. None of them repeats in an error what was given: it may be a secret."""

import re
from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import localedata
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from records import audience
from records.errors import Invalid


class Section(BaseModel):
    """One part of the file: frozen, and a key it does not know is a fault. Docstrings of fields become the schema's."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        serialize_by_alias=True,
    )


def wrong(message: str, hint: str) -> PydanticCustomError:
    """A fault in a value, in words and with what to do about it."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "hint": hint})


# --- durations ---

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = r"[0-9]{1,6}(?:ms|s|m|h|d)"
_DURATION = re.compile(rf"(?:{_PART})+")


def duration(text: object) -> timedelta:
    """`10s`, `5m`, `2h`, `1d`, `1h30m` as a timedelta; one that is a timedelta already stays.

    >>> duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise wrong("is not a duration", "write a number with its unit: 800ms, 10s, 5m, 2h, 1d, 1h30m")
    parts = re.findall(r"([0-9]+)(ms|s|m|h|d)", text)
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def duration_text(span: timedelta) -> str:
    """A duration as people write it in the file, in the largest unit that leaves no rest: `90m`, not `1h30m`."""
    for unit in ("d", "h", "m", "s"):
        if span and span % _UNITS[unit] == timedelta():
            return f"{span // _UNITS[unit]}{unit}"
    return f"{span // _UNITS['ms']}ms"


def between(low: str, high: str) -> AfterValidator:
    """Refuses durations outside `low` to `high`."""
    least, most = duration(low), duration(high)

    def check(span: timedelta) -> timedelta:
        if not least <= span <= most:
            raise wrong("is outside the possible range", f"give {low} to {high}")
        return span

    return AfterValidator(check)


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": rf"^({_PART})+$", "examples": ["10s", "5m", "2h", "1d"]}),
]

# --- numbers ---


def _no_switch(value: object) -> object:
    """Python counts true as 1; people do not."""
    if isinstance(value, bool):
        raise wrong("must be a number, not true or false", "write the number")
    return value


#: Stands behind the limits of a number, so that the schema keeps them.
NO_SWITCH = BeforeValidator(_no_switch)

# --- names and words ---


def _identifier(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", text):
        raise wrong("is not an id", "use up to 63 lower-case letters, digits and hyphens, e.g. btc-withdrawals")
    return text


Identifier = Annotated[str, AfterValidator(_identifier), Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9-]*$"})]


def _one_line(text: str) -> str:
    if not text.strip() or any(ord(letter) < 32 for letter in text):
        raise wrong("is empty or spans several lines", "write it on one line")
    return text.strip()


Line = Annotated[str, AfterValidator(_one_line)]


def is_language(tag: str) -> bool:
    """Whether `tag` is a language code with data on how to write dates and numbers in it."""
    shape = re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", tag)
    return shape is not None and bool(localedata.exists(tag.replace("-", "_")))


def _language(tag: str) -> str:
    if not is_language(tag):
        raise wrong("is not a language we know", "use codes such as en, fr, ro, pt-BR or zh-Hans")
    return tag


Language = Annotated[str, AfterValidator(_language)]


def _spread(value: object, info: ValidationInfo) -> object:
    """Plain text counts as text in the page's first language, which the caller passes as context."""
    if isinstance(value, str):
        return {(info.context or {}).get("language", "en"): value}
    return value


#: Text, or text per language: `{en: "Bitcoin withdrawals", fr: "Retraits Bitcoin"}`.
Text = Annotated[
    dict[Language, str],
    BeforeValidator(_spread),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]},
    ),
]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # not found, a folder such as Europe, ../x
        raise wrong("is not a time zone", "use an IANA name such as Europe/Bucharest or UTC") from error
    return name


Zone = Annotated[str, AfterValidator(_zone)]


def audience_rule(text: str) -> str:
    """`text` if it is an audience rule."""
    try:
        audience.parse(text)
    except Invalid as error:
        first = error.faults[0]
        hint = first.hint or "e.g. holds:BTC and not region:US-NY"
        raise wrong(f"is not an audience rule: {first.message}", hint) from error
    return text


Rule = Annotated[str, AfterValidator(audience_rule)]

# --- addresses ---


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for 99999
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f]", text)


def _web_address(text: str) -> str:
    if not _is_web_address(text):
        raise wrong("is not a web address", "write it whole: https://host/path")
    return text.rstrip("/")


def _secret_web_address(text: SecretStr) -> SecretStr:
    if not _is_web_address(text.get_secret_value()):
        raise wrong("is not a web address", "write it whole: https://host:port/path")
    return text


#: An http(s) address without a slash at its end.
WebAddress = Annotated[str, AfterValidator(_web_address), Field(json_schema_extra={"format": "uri"})]

_SECRET_EXAMPLES = {"examples": ["${NAME}", "${file:/run/secrets/name}"]}

#: A value that `repr`, logs and errors never show.
Secret = Annotated[SecretStr, Field(min_length=1, json_schema_extra=_SECRET_EXAMPLES)]
#: An http(s) address that may carry a key, so it is treated as a secret.
SecretWebAddress = Annotated[Secret, AfterValidator(_secret_web_address)]


def domain_of(mailbox: str) -> str:
    """The domain of `Acme <status@acme.example>`, lower case; empty when there is none.

    >>> domain_of("Acme <status@Mail.Acme.example>")
    'mail.acme.example'
    """
    return parseaddr(mailbox)[1].rpartition("@")[2].lower()


def _mailbox(text: str) -> str:
    local, separator, domain = parseaddr(text)[1].rpartition("@")
    clean = not re.search(r"[\r\n\x00]", text) and re.fullmatch(r"[^\s@<>,;]+", local)
    if not (clean and separator and re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", domain)):
        raise wrong("is not a mail address", "e.g. Acme Wallet <status@acme.example>")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]


def _domain(text: str) -> str:
    if not re.fullmatch(r"(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*", text.lower()):
        raise wrong("is not a domain", "write the bare name: acme.example")
    return text.lower()


Domain = Annotated[str, AfterValidator(_domain)]


def one_or_many(value: Any) -> Any:
    """A single value counts as a list of one."""
    return [value] if isinstance(value, str) else value


def _at_least_one(values: Any) -> Any:
    if not values:
        raise wrong("is empty", "give at least one")
    return values


#: Not pydantic's `min_length`: that also complains when a member was wrong by itself.
AT_LEAST_ONE = AfterValidator(_at_least_one)


def unique_by(name: str) -> AfterValidator:
    """Refuses a list of plain values that names the same one twice."""

    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) != len(values):
            raise wrong(f"names a {name} twice", "keep one of them")
        return values

    return AfterValidator(check)
