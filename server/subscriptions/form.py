"""Read what a form says: small, of one kind, and nothing more than is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request

from server.problems import Malformed, NotThisType, TooLarge

_LONGEST_BODY_BYTES = 32_768
_MOST_FIELDS = 600
_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Form:
    """Every field as it was sent; none is there twice unless it may be."""

    fields: dict[str, list[str]]

    def one(self, name: str) -> str:
        """The first of a name; empty when there is none."""
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> Sequence[str]:
        """All of a name."""
        return self.fields.get(name, [])


async def read(request: Request) -> Form:
    """The form in the body. Raises TooLarge, NotThisType, Malformed."""
    kind = request.headers.get("content-type", _TYPE).partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise NotThisType(f"This address reads forms ({_TYPE}).")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY_BYTES:
            raise TooLarge(f"A form has at most {_LONGEST_BODY_BYTES} bytes.")
    try:
        return Form(fields=parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise Malformed("The form cannot be read.") from error
