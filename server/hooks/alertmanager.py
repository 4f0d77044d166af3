"""An Alertmanager says what fires: `POST /hooks/alertmanager/<token>`, its webhook in version 4.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import hashlib
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from records.reports import Alert
from records.store import people, reports
from records.store.encoding import to_json
from server.api.reading import check_type, fitted, parse_json, read_body
from server.context import context_of
from server.pace import Pace

#: One Alertmanager sends each of its groups by itself.
_PACE = Pace(burst=300, every_seconds=0.2)
_MOST_BYTES = 1 << 20
_LABEL_LETTERS = 500

Label = Annotated[str, Field(max_length=10_000)]


class SentAlert(BaseModel):
    """One alert of a group. Annotations and links are not read: they are for other people."""

    model_config = ConfigDict(frozen=True)

    status: Literal["firing", "resolved"]
    labels: Annotated[dict[Label, Label], Field(max_length=100)] = {}
    starts_at: Annotated[AwareDatetime | None, Field(alias="startsAt")] = None
    fingerprint: Annotated[str, Field(max_length=100)] = ""


class Notification(BaseModel):
    """One group of alerts."""

    model_config = ConfigDict(frozen=True)

    version: Literal["4"]
    alerts: Annotated[tuple[SentAlert, ...], Field(max_length=5_000)]


async def alertmanager(request: Request) -> Response:
    """Note what fires and what is over. The answer is the same for a token nobody knows."""
    _PACE.check(request)
    check_type(request, "application/json")
    sent = fitted(Notification, parse_json(await read_body(request, _MOST_BYTES)), {})
    context = context_of(request)
    now = context.now()
    await context.call(
        reports.keep_alerts,
        context.desk.store,
        people.hashed(str(request.path_params["token"])),
        firing=[_alert(each, now) for each in sent.alerts if each.status == "firing"],
        resolved=[_fingerprint(each) for each in sent.alerts if each.status == "resolved"],
        at=now,
    )
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _alert(sent: SentAlert, now: datetime) -> Alert:
    since = min(sent.starts_at, now) if sent.starts_at is not None and sent.starts_at.year > 1970 else now
    labels = {name[:_LABEL_LETTERS]: value[:_LABEL_LETTERS] for name, value in sent.labels.items()}
    return Alert(fingerprint=_fingerprint(sent), labels=labels, since=since, told_at=now)


def _fingerprint(sent: SentAlert) -> str:
    """Its own, or one of its labels: before version 0.19 an Alertmanager sent none."""
    return sent.fingerprint or hashlib.sha256(to_json(sent.labels).encode()).hexdigest()[:16]
