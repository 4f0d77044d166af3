"""A mail server hands over what came back: `POST /hooks/bounces/<token>` with the mail as it came, or in a form."""

import hmac
from email import message_from_bytes
from email.message import Message

from starlette.requests import Request
from starlette.responses import Response

from records.store import people
from server.api.reading import read_body
from server.bounces import take_in_mail
from server.context import Context, context_of
from server.pace import Pace
from server.problems import NotThisType

#: After a large mailing they come by the thousand, all from one mail server of our own.
_PACE = Pace(burst=2_000, every_seconds=0.02)
_MOST_BYTES = 1 << 20
_MAIL, _FORM = "message/rfc822", "multipart/form-data"
_PARTS = ("multipart/report", "multipart/mixed")
#: What those who forward mail by HTTP call the field with the whole mail in it.
_FIELDS = ("email", "body-mime", "message", "mime")


async def bounces(request: Request) -> Response:
    """Take in one mail. The answer is the same for a token nobody knows, and for a mail that says nothing."""
    _PACE.check(request)
    content_type = " ".join(request.headers.get("content-type", "").split())
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (_MAIL, _FORM, *_PARTS):
        raise NotThisType(f"Send the mail as it came, as Content-Type: {_MAIL}, or in a form.")
    body = await read_body(request, _MOST_BYTES)
    context = context_of(request)
    smtp = context.settings.smtp
    token = smtp.bounces.token if smtp is not None and smtp.bounces is not None else None
    given = people.hashed(str(request.path_params["token"]))
    if token is not None and hmac.compare_digest(people.hashed(token.get_secret_value()), given):
        await context.call(_take_in, context, kind, content_type, body)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _take_in(context: Context, kind: str, content_type: str, body: bytes) -> None:
    # A form, or the mail's own parts with its head being the request's.
    whole = body if kind == _MAIL else f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace") + body
    take_in_mail(context, _from_form(whole) if kind == _FORM else whole)


def _from_form(form: bytes) -> bytes:
    """The mail in one of the form's fields; nothing where there is none."""
    try:
        parts = message_from_bytes(form).get_payload()
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, Message) and part.get_param("name", header="content-disposition") in _FIELDS:
                return _content(part)
    # Whoever has the token may send what the standard library's parser cannot take.
    except Exception:  # noqa: BLE001
        return b""
    return b""


def _content(part: Message) -> bytes:
    inside = part.get_payload()
    if isinstance(inside, list):
        return inside[0].as_bytes() if isinstance(inside[0], Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
