"""A job says how it is: `POST /hooks/push/<token>` with `{status, message?, value?}`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from records.reports import Report, ReportedState
from records.store import people, reports
from server.api.reading import check_type, fitted, parse_json, read_body
from server.context import context_of
from server.pace import Pace

#: A host with a hundred jobs may start them all on the hour.
_PACE = Pace(burst=120, every_seconds=0.5)
_MOST_BYTES = 16_384
_MESSAGE_LETTERS = 200


class PushedReport(BaseModel):
    """What a job sends. Further keys are left alone, so that it may send the same to others."""

    model_config = ConfigDict(frozen=True)

    status: ReportedState
    message: str = ""
    value: Annotated[float, Field(strict=True, ge=-1e15, le=1e15)] | None = None


async def push(request: Request) -> Response:
    """Note the report. The answer is the same for a token nobody knows, so that tokens cannot be tried out."""
    _PACE.check(request)
    check_type(request, "application/json")
    sent = fitted(PushedReport, parse_json(await read_body(request, _MOST_BYTES)), {})
    context = context_of(request)
    report = Report(at=context.now(), state=sent.status, message=_shown(sent.message), value=sent.value)
    token_hash = people.hashed(str(request.path_params["token"]))
    await context.call(reports.keep_report, context.desk.store, token_hash, report)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _shown(message: str) -> str:
    """On one line, and not too long for one."""
    printable = "".join(letter if letter.isprintable() else " " for letter in message[: 2 * _MESSAGE_LETTERS])
    return " ".join(printable.split())[:_MESSAGE_LETTERS]
