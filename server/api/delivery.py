"""How soon people hear, what waits and what stands in the way, and what calls for a person."""

from datetime import datetime

from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from records.alarms import Alarm
from records.crm import Standing
from records.handover import HandOver
from records.store import alarms
from records.store.alarms import ChannelTrouble
from records.times import from_ms, iso, iso_or_none, to_ms
from server.api import cursors
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.queries import AlarmsQuery, NoQuery
from server.flow import Flow, Slow, flow


class TookShape(TypedDict):
    """How many were handed over, and within how many seconds half and 95 % of them were; null where none was."""

    deliveries: int
    p50_seconds: float | None
    p95_seconds: float | None


class SoonShape(TypedDict):
    """One channel and lane, from letting a notice go to the far side taking a delivery; no customer's night counts."""

    channel: str
    lane: str
    day: TookShape
    week: TookShape


class TroubleShape(TypedDict):
    """Since when a channel is left alone, and why."""

    since: str
    said: str


class WaitingShape(TypedDict):
    """What is not settled on one channel; `trouble` is null where nothing stands in the way."""

    channel: str
    deliveries: int
    oldest_at: str | None
    trouble: TroubleShape | None


class SlowShape(TypedDict):
    """A far side that slows us down; `operator` is empty for everybody on the channel, null means no limit."""

    channel: str
    operator: str
    #: `busy`, `rate`, `refused`, `away`; null when only the settings limit it.
    why: str | None
    said: str
    rate_per_second: float | None
    concurrency: int | None
    held_until: str | None


class CrmShape(TypedDict):
    """How far behind the wallet's own system of customer records is."""

    waiting: int
    oldest_at: str | None
    taken: int
    refused: int
    dropped: int
    failures: int


class FlowShape(TypedDict):
    """All of it at one moment; `crm` is null where there is none."""

    at: str
    soon: list[SoonShape]
    waiting: list[WaitingShape]
    slow: list[SlowShape]
    crm: CrmShape | None


class AlarmShape(TypedDict):
    """Something that calls or called for a person; `ended_at` is null while it stands."""

    id: str
    kind: str
    subject: str
    said: str
    hint: str
    since: str
    raised_at: str
    ended_at: str | None


def get_delivery(ask: Ask[Nothing, NoQuery]) -> FlowShape:
    """How soon people hear by channel and lane, what waits, who slows it down, and how far behind the crm is."""
    return shaped(flow(ask.desk.store, ask.settings, ask.now), ask.now)


def list_alarms(ask: Ask[Nothing, AlarmsQuery]) -> cursors.PageShape[AlarmShape]:
    """What calls for a person, newest first; with `state=all` also what is over, for ninety days."""
    place = cursors.read(ask.query.cursor, int, str)
    found = alarms.newest(
        ask.desk.store,
        before=(from_ms(place[0]), place[1]) if place else None,
        are_standing=ask.query.state == "standing",
        limit=ask.query.limit + 1,
    )
    return cursors.page(found, ask.query.limit, _alarm, lambda one: [to_ms(one.raised_at), one.id])


def shaped(now: Flow, at: datetime) -> FlowShape:
    """As `forewarn delivery --json` prints it, too."""
    channels = dict.fromkeys((*now.depth, *now.troubles))
    return {
        "at": iso(at),
        "soon": [
            {"channel": each.channel, "lane": each.lane, "day": _took(each.day), "week": _took(each.week)}
            for each in now.soon
        ],
        "waiting": [_waiting(each, now.depth.get(each, (0, None)), now.troubles.get(each)) for each in channels],
        "slow": [_slow(each) for each in now.slow],
        "crm": None if now.crm is None else _crm(now.crm),
    }


def _took(one: HandOver | None) -> TookShape:
    if one is None:
        return {"deliveries": 0, "p50_seconds": None, "p95_seconds": None}
    return {
        "deliveries": one.total,
        "p50_seconds": _rounded(one.within_seconds(0.5)),
        "p95_seconds": _rounded(one.within_seconds(0.95)),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _waiting(channel: str, depth: tuple[int, datetime | None], trouble: ChannelTrouble | None) -> WaitingShape:
    return {
        "channel": channel,
        "deliveries": depth[0],
        "oldest_at": iso_or_none(depth[1]),
        "trouble": None if trouble is None else {"since": iso(trouble.since), "said": trouble.said},
    }


def _slow(one: Slow) -> SlowShape:
    return {
        "channel": one.channel,
        "operator": one.operator,
        "why": None if one.why is None else one.why.value,
        "said": one.said,
        "rate_per_second": one.per_second,
        "concurrency": one.at_once,
        "held_until": iso_or_none(one.held_until),
    }


def _crm(one: Standing) -> CrmShape:
    return {
        "waiting": one.waiting,
        "oldest_at": iso_or_none(one.oldest),
        "taken": one.taken,
        "refused": one.refused,
        "dropped": one.dropped,
        "failures": one.failures,
    }


def _alarm(one: Alarm) -> AlarmShape:
    said = one.concern
    return {
        "id": one.id,
        "kind": said.kind.value,
        "subject": said.subject,
        "said": said.said,
        "hint": said.hint,
        "since": iso(said.since),
        "raised_at": iso(one.raised_at),
        "ended_at": iso_or_none(one.ended_at),
    }
