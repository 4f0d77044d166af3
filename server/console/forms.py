"""What somebody typed into a form, and the faults of it by field."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from records.components import Status, Words
from records.errors import Fault, Invalid

#: No text of a notice is longer; more is a mistake or an attack.
_LONGEST = 20_000
_MOST_FIELDS = 3_000

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class Form:
    """The fields of one form, by their names. Words per language are fields like `body.fr`."""

    fields: ImmutableMultiDict[str, str]

    def text(self, name: str) -> str:
        """One field, without blanks at its ends; empty when it is not there."""
        return self.fields.get(name, "").replace("\r\n", "\n").strip()[:_LONGEST]

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may come several times."""
        return tuple(dict.fromkeys(value for value in self.fields.getlist(name) if value))

    def has(self, name: str) -> bool:
        """Whether a box is ticked, or a button of that name was pressed."""
        return name in self.fields

    def number(self, name: str) -> int | None:
        """A whole number, or None when there is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None

    def words(self, name: str) -> Words:
        """Text per language; languages without text are left out."""
        start = f"{name}."
        return {
            field.removeprefix(start): self.text(field)
            for field in self.fields
            if field.startswith(start) and self.text(field)
        }

    def statuses(self) -> dict[str, Status]:
        """The states chosen for components, from fields like `state.btc-deposits`. Raises Invalid."""
        start = "state."
        return {
            field.removeprefix(start): choice(Status, self.text(field), "components")
            for field in self.fields
            if field.startswith(start) and self.text(field)
        }


async def form_of(request: Request) -> Form:
    """The form that came with a request; files are not taken."""
    return Form(_texts((await request.form(max_files=0, max_fields=_MOST_FIELDS)).multi_items()))


def query_of(request: Request) -> Form:
    """The same from the address, for searches and for what the console asks while somebody types."""
    return Form(_texts(request.query_params.multi_items()))


def _texts(items: Iterable[tuple[str, object]]) -> ImmutableMultiDict[str, str]:
    # A zero byte is no text anywhere, and one of our two engines refuses it.
    return ImmutableMultiDict([(name, text.replace("\0", "")) for name, text in items if isinstance(text, str)])


def choice(kind: type[Choice], text: str, field: str) -> Choice:
    """The value of an enum that a select names. Raises Invalid for one that is not on offer."""
    try:
        return kind(text)
    except ValueError:
        raise Invalid(Fault(path=field, message=f"“{text[:40]}” is not on offer")) from None


def by_field(refused: Invalid) -> dict[str, str]:
    """What is wrong, by the field it stands at: `/channels/0` belongs to `channels`."""
    said: dict[str, str] = {}
    for fault in refused.faults:
        field = fault.path.strip("/").split("/")[0].split(".")[0] or "form"
        text = f"{fault.message} – {fault.hint}" if fault.hint else fault.message
        said[field] = f"{said[field]}; {text}" if field in said else text
    return said
