"""From members of an audience to deliveries: on which channels, when, by which rule, and why not on the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.audience import Linked, Told, atoms, parse_kept
from records.notices import ENDS, Because, Category, Notice, Reason
from records.quiet import QuietRule, may_rest, nights
from records.store import digests
from records.store.audience import condition
from records.store.engine import Store
from records.times import to_ms


@dataclass(frozen=True, kw_only=True)
class Whom:
    """Some members of a notice's audience, as a condition on a column of customer numbers."""

    #: With `{id}` where the column stands.
    test: str
    values: Mapping[str, Any]

    def of(self, column: str) -> str:
        """The condition on this column."""
        return self.test.format(id=column)


def between(first: int, last: int) -> Whom:
    """Those behind the first up to the last."""
    return Whom(test="{id} > :first AND {id} <= :last", values={"first": first, "last": last})


def these(numbers: list[int]) -> Whom:
    """Those named, a thousand at most."""
    values = {f"i{index}": number for index, number in enumerate(numbers)}
    return Whom(test=f"{{id}} IN ({', '.join(f':{name}' for name in values) or 'NULL'})", values=values)


def customer_channels(notice: Notice) -> list[str]:
    """Channels that reach one customer each; a social post reaches the public."""
    return [channel for channel in notice.channels if not channel.startswith("social:")]


@dataclass(frozen=True, kw_only=True)
class Queue:
    """How one notice is queued on one channel at one moment."""

    store: Store
    notice: Notice
    channel: str
    now: datetime
    #: A query for `id, language, reason, due_at, because` of members.
    chosen: str
    values: Mapping[str, Any]


def queue_of(
    store: Store,
    notice: Notice,
    channel: str,
    whom: Whom,
    now: datetime,
    rule: QuietRule,
    *,
    also: Because | None = None,
    where: str = "1 = 1",
) -> Queue:
    """Of these members, those who stand `where`; `also` is one more rule that decided that they hear it."""
    values: dict[str, Any] = {
        **whom.values,
        "notice_id": notice.id,
        "version": notice.version,
        "channel": channel,
        "other": _other(notice, channel),
        "now": to_ms(now),
    }
    night = _nights(store, notice, channel, whom, now, rule, values)
    reason = f"CASE WHEN {night.unwanted} THEN '{Reason.QUIET_HOURS.value}' ELSE '' END" if night.source else "''"
    if _is_told_elsewhere(store, notice, channel):
        reason = f"'{Reason.IN_DIGEST.value}'"
    because = _because(notice, night, also)
    chosen = f"""
        {night.source}
        SELECT c.id, c.language, {_reason_sql(store, notice, channel, values, at_last=reason)} AS reason,
            {night.due} AS due_at, {because} AS because
        FROM audience_members m
        JOIN customers c ON c.id = m.customer_id
        LEFT JOIN contacts k ON k.customer_id = c.id AND k.channel = :channel
        LEFT JOIN contacts o ON o.customer_id = c.id AND o.channel = :other
        {night.join}
        WHERE m.notice_id = :notice_id AND m.version = :version AND {whom.of("m.customer_id")} AND {where}
    """
    return Queue(store=store, notice=notice, channel=channel, now=now, chosen=chosen, values=values)


@dataclass(frozen=True, kw_only=True)
class _Nights:
    """Quiet hours as parts of a statement; all empty where nobody has any now."""

    source: str = ""
    join: str = ""
    due: str = "CAST(:now AS BIGINT)"
    waits: str = "1 = 0"
    broken: str = "1 = 0"
    unwanted: str = "1 = 0"


def _nights(
    store: Store,
    notice: Notice,
    channel: str,
    whom: Whom,
    now: datetime,
    rule: QuietRule,
    values: dict[str, Any],
) -> _Nights:
    if not may_rest(notice, channel):
        return _Nights()
    pairs = store.rows(
        f"SELECT DISTINCT c.time_zone, c.quiet_hours FROM customers c WHERE {whom.of('c.id')}", **whom.values
    )
    found = nights(rule, notice, [(row["time_zone"], row["quiet_hours"]) for row in pairs], now)
    if not found:
        return _Nights()
    rows = []
    for index, one in enumerate(found):
        values |= {
            f"qz{index}": one.zone or "",
            f"qp{index}": one.preference or "",
            f"qg{index}": -1 if one.goes_at is None else to_ms(one.goes_at),
            f"qb{index}": int(one.is_broken),
        }
        rows.append(
            f"(CAST(:qz{index} AS TEXT), CAST(:qp{index} AS TEXT), CAST(:qg{index} AS BIGINT), "
            f"CAST(:qb{index} AS BIGINT))"
        )
    return _Nights(
        source=f"WITH nights (zone, preference, goes_at, is_broken) AS (VALUES {', '.join(rows)})",
        join="""LEFT JOIN nights q
            ON q.zone = COALESCE(c.time_zone, '') AND q.preference = COALESCE(c.quiet_hours, '')""",
        due="CASE WHEN q.goes_at > 0 THEN q.goes_at ELSE CAST(:now AS BIGINT) END",
        waits="q.goes_at > 0 AND q.is_broken = 0",
        broken="q.is_broken = 1",
        unwanted="q.goes_at < 0",
    )


def _because(notice: Notice, night: _Nights, also: Because | None) -> str:
    """The rules that decided, with commas between them, as SQL; '' where none had to."""
    parts = [f"'{also.value}, '"] if also else []
    if notice.category is Category.MANDATORY_SERVICE:
        parts.append(f"CASE WHEN COALESCE(k.wanted, 1) = 0 THEN '{Because.MANDATORY.value}, ' ELSE '' END")
    if night.source:
        parts.append(
            f"CASE WHEN {night.waits} THEN '{Because.QUIET_HOURS.value}, ' "
            f"WHEN {night.broken} THEN '{Because.TOO_LATE_AFTER.value}, ' ELSE '' END"
        )
    return f"RTRIM({' || '.join(parts)}, ', ')" if parts else "''"


def queue(one: Queue) -> int:
    """A delivery for each who can be reached; returns how many."""
    return one.store.run(
        f"""
        INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease, attempts,
            state, useful_until, created_at, because)
        SELECT CAST(:notice_id AS TEXT), CAST(:version AS BIGINT), x.id, CAST(:channel AS TEXT), x.language,
            CAST(:lane AS BIGINT), x.due_at, 0, 0, CASE WHEN x.due_at > :now THEN 'deferred' ELSE 'queued' END,
            CAST(:useful_until AS BIGINT), CAST(:now AS BIGINT), x.because
        FROM ({one.chosen}) x WHERE x.reason = ''
        ON CONFLICT (notice_id, version, customer_id, channel) DO NOTHING
        """,
        **one.values,
        lane=one.notice.lane.rank,
        useful_until=to_ms(one.notice.useful_until),
    )


def suppress(one: Queue) -> int:
    """A ledger row with the reason for each who cannot be reached; returns how many."""
    return one.store.run(
        f"""
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        SELECT x.id, CAST(:now AS BIGINT), CAST(:notice_id AS TEXT), CAST(:version AS BIGINT),
            CAST(:channel AS TEXT), 'suppressed', x.reason, x.language, '', 0
        FROM ({one.chosen}) x WHERE x.reason <> ''
        ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
        """,
        **one.values,
    )


def _is_told_elsewhere(store: Store, notice: Notice, channel: str) -> bool:
    """The app shows each thing by itself; everywhere else a digest tells what it carries."""
    if channel == "inapp":
        return notice.is_digest
    return digests.is_carried(store, notice.id)


def _other(notice: Notice, channel: str) -> str:
    """The channel that carries a mandatory notice when the customer declined `channel`; empty when there is none."""
    others = [each for each in customer_channels(notice) if each != channel]
    return others[0] if others else ""


def _reason_sql(store: Store, notice: Notice, channel: str, values: dict[str, Any], *, at_last: str) -> str:
    """Why a member gets nothing on this channel, as SQL; `at_last` when all else allows it.

    Opt-out never drops a mandatory notice wholly: it holds only while the other channel carries it (R54).
    """
    has_address = "1 = 1" if channel == "inapp" else "k.address IS NOT NULL AND k.address <> ''"
    other = _other(notice, channel)
    other_has_address = (
        "1 = 1" if other == "inapp" else "o.address IS NOT NULL AND o.address <> '' AND o.blocked IS NULL"
    )
    other_carries = f"({other_has_address}) AND COALESCE(o.wanted, 1) = 1" if other else "1 = 0"
    opted_out = "COALESCE(k.wanted, 1) = 0"
    if notice.category is Category.MANDATORY_SERVICE:
        opted_out = f"({opted_out} AND {other_carries})"
    is_news = _is_news_sql(store, notice, other_carries, values)
    return f"""CASE WHEN NOT ({has_address}) THEN '{Reason.NO_ADDRESS.value}'
            WHEN k.blocked IS NOT NULL THEN k.blocked
            WHEN {opted_out} THEN '{Reason.OPTOUT.value}'
            WHEN NOT ({is_news}) THEN '{Reason.NOT_AFFECTED_ANY_MORE.value}' ELSE {at_last} END"""


def _is_news_sql(store: Store, notice: Notice, other_carries: str, values: dict[str, Any]) -> str:
    """Whether a member heard of what is over now, so that its end is news, and not told by the other channel already.

    Whoever wrote a ticket about it waits for the end, whatever they were told.
    """
    if notice.kind not in ENDS:
        return "1 = 1"
    rule = parse_kept(notice.audience_rule)
    subjects = {notice.subject_id, *(each.subject_id for each in atoms(rule) if isinstance(each, Told))}
    marks = {f"s{index}": each for index, each in enumerate(sorted(subjects))}
    named = ", ".join(f":{name}" for name in marks)
    earlier = store.row(
        f"""
        SELECT 1 AS one FROM notices e JOIN fanouts f ON f.notice_id = e.id
        WHERE e.subject_id IN ({named}) AND e.id <> :this LIMIT 1
        """,
        this=notice.id,
        **marks,
    )
    if earlier is None:
        return "1 = 1"
    values |= marks
    links = {
        f"l{i}": each.incident_id for i, each in enumerate(each for each in atoms(rule) if isinstance(each, Linked))
    }
    values |= links
    # Where one of two channels told them, and still carries words, the end need not come on both.
    waits = [f"({condition(Linked('?'))[0].replace(':a0', f':{name}')})" for name in links]
    here, anywhere = _heard(named, "= :channel"), _heard(named, "NOT LIKE 'subscriber:%'")
    there = f"(({other_carries}) AND {_heard(named, '= :other')})"
    return " OR ".join([*waits, here, f"({anywhere} AND NOT {there})"])


def _heard(subjects: str, channel_is: str) -> str:
    """Whether something about it was taken on such a channel, or is on its way there."""
    return f"""EXISTS (SELECT 1 FROM notices e WHERE e.subject_id IN ({subjects}) AND e.id <> :notice_id AND (
        EXISTS (SELECT 1 FROM ledger g WHERE g.customer_id = m.customer_id AND g.notice_id = e.id
            AND g.channel {channel_is} AND (g.outcome = 'accepted' OR g.reason = '{Reason.IN_DIGEST.value}'))
        OR EXISTS (SELECT 1 FROM deliveries d WHERE d.notice_id = e.id AND d.version = e.version
            AND d.customer_id = m.customer_id AND d.channel {channel_is})))"""
