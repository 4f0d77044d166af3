"""Notices, the words of each version, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.errors import NotFound
from records.notices import (
    SETTLED,
    Category,
    Frozen,
    Lane,
    Notice,
    NoticeKind,
    NoticeState,
    Outcome,
)
from records.store import latecomers, subscriber_fanout, unreached, waits
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.store.rests import Resting, resting
from records.subscribers import is_subscriber_channel
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none


@dataclass(frozen=True, kw_only=True)
class Text:
    """One form of a notice in one language, as it goes out."""

    language: str
    form: str
    content: str
    #: SHA-256 of `content` as UTF-8, hex.
    sha256: str


_SELECT = """
SELECT n.*, w.reason AS wait_reason, w.asked_by, w.customers, w.since, w.until, w.decision, w.decided_at, w.decided_by
FROM notices n LEFT JOIN notice_waits w ON w.notice_id = n.id AND w.version = n.version
"""


def add(store: Store, notice: Notice) -> None:
    """Keep a new notice, and why it waits if it does."""
    store.run(
        """
        INSERT INTO notices (id, version, kind, subject_kind, subject_id, category, lane, state, audience_rule,
            channels, facts, verify_code, created_at, created_by, useful_until, audience_count, fanned_out_at)
        VALUES (:id, :version, :kind, :subject_kind, :subject_id, :category, :lane, :state, :audience_rule,
            :channels, :facts, :verify_code, :created_at, :created_by, :useful_until, :audience_count, :fanned_out_at)
        """,
        id=notice.id,
        version=notice.version,
        kind=notice.kind.value,
        subject_kind=notice.subject_kind,
        subject_id=notice.subject_id,
        category=notice.category.value,
        lane=notice.lane.rank,
        state=notice.state.value,
        audience_rule=notice.audience_rule,
        channels=to_json(list(notice.channels)),
        facts=to_json(notice.facts),
        verify_code=notice.verify_code,
        created_at=to_ms(notice.created_at),
        created_by=notice.created_by,
        useful_until=to_ms(notice.useful_until),
        audience_count=notice.audience_count,
        fanned_out_at=to_ms_or_none(notice.fanned_out_at),
    )
    if notice.wait is not None:
        waits.add(store, notice, notice.wait)


def waiting(store: Store) -> list[Notice]:
    """Notices that wait, the oldest first."""
    found = store.rows(f"{_SELECT} WHERE n.state IN ('draft', 'held') ORDER BY n.id")
    return [_notice(row) for row in found]


def notice(store: Store, notice_id: str) -> Notice:
    """One notice. Raises NotFound."""
    found = store.row(f"{_SELECT} WHERE n.id = :id", id=notice_id)
    if found is None:
        raise NotFound(f"There is no notice {notice_id}.")
    return _notice(found)


def by_verify_code(store: Store, code: str) -> Notice | None:
    """The notice that carries this code, if one does."""
    found = store.row(f"{_SELECT} WHERE n.verify_code = :code", code=code)
    return None if found is None else _notice(found)


def notices(
    store: Store, *, subject_id: str | None = None, states: Sequence[NoticeState] = (), limit: int = 100
) -> list[Notice]:
    """Notices, newest first; of one incident or window, or in certain states, where asked."""
    wanted = [state.value for state in states] or [state.value for state in NoticeState]
    marks = {f"s{index}": state for index, state in enumerate(wanted)}
    found = store.rows(
        f"""
        {_SELECT}
        WHERE (CAST(:subject_id AS TEXT) IS NULL OR n.subject_id = :subject_id)
            AND n.state IN ({", ".join(f":{name}" for name in marks)})
        ORDER BY n.id DESC LIMIT :limit
        """,
        subject_id=subject_id,
        limit=limit,
        **marks,
    )
    return [_notice(row) for row in found]


def set_state(store: Store, notice_id: str, state: NoticeState, *, only_from: Sequence[NoticeState]) -> bool:
    """Move a notice on. False when it was in none of `only_from`."""
    marks = {f"s{index}": each.value for index, each in enumerate(only_from)}
    changed = store.run(
        f"UPDATE notices SET state = :state WHERE id = :id AND state IN ({', '.join(f':{name}' for name in marks)})",
        id=notice_id,
        state=state.value,
        **marks,
    )
    return changed > 0


def mark_fanned_out(store: Store, notice_id: str, now: datetime) -> None:
    """Every customer is found and queued; from here on it is being sent."""
    store.run(
        "UPDATE notices SET state = 'sending', fanned_out_at = :now WHERE id = :id AND state = 'fanning_out'",
        id=notice_id,
        now=to_ms(now),
    )


def keep_texts(store: Store, notice_id: str, version: int, texts: Sequence[Text], now: datetime) -> None:
    """Freeze the words of a version; words that are frozen already stay as they are."""
    store.many(
        """
        INSERT INTO notice_texts (notice_id, version, language, form, content, sha256, created_at)
        VALUES (:notice_id, :version, :language, :form, :content, :sha256, :now)
        ON CONFLICT (notice_id, version, language, form) DO NOTHING
        """,
        [
            {
                "notice_id": notice_id,
                "version": version,
                "language": text.language,
                "form": text.form,
                "content": text.content,
                "sha256": text.sha256,
                "now": to_ms(now),
            }
            for text in texts
        ],
    )


def texts(store: Store, notice_id: str, version: int, language: str) -> dict[str, Text]:
    """The frozen words of a version in one language, by form; empty when nothing is frozen yet."""
    found = store.rows(
        """
        SELECT language, form, content, sha256 FROM notice_texts
        WHERE notice_id = :notice_id AND version = :version AND language = :language
        """,
        notice_id=notice_id,
        version=version,
        language=language,
    )
    return {row["form"]: Text(**row) for row in found}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many stand where; their sum is the audience."""

    queued: int = 0
    sent: int = 0
    failed: int = 0
    suppressed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.queued + self.sent + self.failed + self.suppressed


@dataclass(frozen=True, kw_only=True)
class NoticeStatus:
    """How far a notice has come; `people` counts each customer once, by the best that any channel did.

    Subscribers of the page are no part of the audience; they are counted beside it.
    """

    id: str
    #: Customers the rule matched so far.
    audience: int
    people: Counts
    channels: dict[str, Counts]
    #: By channel of subscribers (`subscriber:email`), those whom it concerns.
    subscribers: dict[str, Counts]
    #: Of those told, customers whose mail came back and whom nothing else reached.
    bounced: int
    #: Of what is queued, what waits for the end of quiet hours; None when nothing does.
    resting: Resting | None
    #: Whether every customer was found, every delivery is settled, and the sums match.
    complete: bool
    #: Whether audience = sent + failed + suppressed + queued, in total and per channel of customers and subscribers.
    sums_match: bool
    #: None for what was not let go.
    frozen: Frozen | None

    @property
    def not_reached(self) -> int:
        """Customers whom it did not reach on any channel: refused, not sent, or come back."""
        return self.people.failed + self.people.suppressed + self.bounced


#: Which count each outcome belongs to: not sent, for whatever reason, is suppressed; refused or too late is failed.
_COUNT_OF = {
    Outcome.ACCEPTED: "sent",
    Outcome.FAILED: "failed",
    Outcome.EXPIRED: "failed",
    Outcome.SUPPRESSED: "suppressed",
    Outcome.SUPERSEDED: "suppressed",
    Outcome.CANCELLED: "suppressed",
}
_SETTLED_SQL = ", ".join(f"'{outcome.value}'" for outcome in SETTLED)


def status(store: Store, notice_id: str) -> NoticeStatus:
    """Counts by channel and in total, read at one moment so that they belong together. Raises NotFound."""
    with store.view():
        current = notice(store, notice_id)
        fanout = store.row(
            "SELECT matched, decided_at, done_at, rule_sha256 FROM fanouts WHERE notice_id = :id AND version = :v",
            id=notice_id,
            v=current.version,
        )
        counted = _by_channel(store, current)
        people = _by_person(store, current)
        following = subscriber_fanout.matched(store, notice_id, current.version)
        bounced = unreached.bounced_only(store, notice_id, current.version)
        rest = resting(store, notice_id, current.version)
    channels = {channel: counts for channel, counts in counted.items() if not is_subscriber_channel(channel)}
    subscribers = {channel: counts for channel, counts in counted.items() if is_subscriber_channel(channel)}
    audience = int(fanout["matched"]) if fanout else 0
    sums_match = (
        people.total == audience
        and all(counts.total == audience for channel, counts in channels.items() if not channel.startswith("social:"))
        and {channel: counts.total for channel, counts in subscribers.items()} == following
    )
    is_queued = any(counts.queued for counts in counted.values())
    # Declined or withdrawn before it left: nobody was to be told.
    never_left = fanout is None and current.state is NoticeState.CANCELLED
    is_done = never_left or (fanout is not None and fanout["done_at"] is not None and not is_queued)
    return NoticeStatus(
        id=notice_id,
        audience=audience,
        people=people,
        channels=channels,
        subscribers=subscribers,
        bounced=bounced,
        resting=rest,
        complete=sums_match and is_done,
        sums_match=sums_match,
        frozen=Frozen(at=from_ms(fanout["decided_at"]), rule_sha256=fanout["rule_sha256"]) if fanout else None,
    )


def _by_channel(store: Store, current: Notice) -> dict[str, Counts]:
    key = {"id": current.id, "version": current.version}
    settled = store.rows(
        f"""
        SELECT channel, outcome, count(*) AS total FROM ledger
        WHERE notice_id = :id AND version = :version AND outcome IN ({_SETTLED_SQL})
        GROUP BY channel, outcome
        """,
        **key,
    )
    queued = store.rows(
        """
        SELECT channel, count(*) AS total FROM deliveries WHERE notice_id = :id AND version = :version
        GROUP BY channel
        """,
        **key,
    )
    marks = {f"c{index}": channel for index, channel in enumerate(current.channels)}
    named = ", ".join(f":{name}" for name in marks) or "NULL"
    of_this = f"r.notice_id = :id AND r.version = :version AND r.channel IN ({named})"
    again = store.rows(
        f"""
        SELECT channel, outcome, count(*) AS total FROM ({latecomers.requeued_sql(of_this)}) each_one
        GROUP BY channel, outcome
        """,
        **key,
        **marks,
    )
    sums: dict[str, dict[str, int]] = {channel: {} for channel in current.channels}
    for row in settled:
        _add(sums.setdefault(row["channel"], {}), _COUNT_OF[Outcome(row["outcome"])], row["total"])
    for row in queued:
        _add(sums.setdefault(row["channel"], {}), "queued", row["total"])
    for row in again:
        _add(sums[row["channel"]], _COUNT_OF[Outcome(row["outcome"])], -row["total"])
    return {channel: Counts(**counts) for channel, counts in sorted(sums.items())}


def _by_person(store: Store, current: Notice) -> Counts:
    """Accepted on one channel makes a customer told; still queued on one leaves the verdict open."""
    found = store.rows(
        f"""
        SELECT best, count(*) AS total FROM (
            SELECT customer_id, min(rank) AS best FROM (
                SELECT customer_id, CASE outcome WHEN 'accepted' THEN 0 WHEN 'failed' THEN 2 WHEN 'expired' THEN 2
                    ELSE 3 END AS rank
                FROM ledger
                WHERE notice_id = :id AND version = :version AND customer_id <> 0 AND outcome IN ({_SETTLED_SQL})
                    AND channel NOT LIKE 'subscriber:%'
                UNION ALL
                SELECT customer_id, 1 AS rank FROM deliveries
                WHERE notice_id = :id AND version = :version AND customer_id <> 0
                    AND channel NOT LIKE 'subscriber:%'
            ) each_channel GROUP BY customer_id
        ) each_person GROUP BY best
        """,
        id=current.id,
        version=current.version,
    )
    totals = {row["best"]: int(row["total"]) for row in found}
    return Counts(sent=totals.get(0, 0), queued=totals.get(1, 0), failed=totals.get(2, 0), suppressed=totals.get(3, 0))


def _add(counts: dict[str, int], name: str, more: int) -> None:
    counts[name] = counts.get(name, 0) + int(more)


def _notice(row: Row) -> Notice:
    return Notice(
        id=row["id"],
        version=row["version"],
        kind=NoticeKind(row["kind"]),
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        category=Category(row["category"]),
        lane=list(Lane)[row["lane"]],
        state=NoticeState(row["state"]),
        audience_rule=row["audience_rule"],
        channels=tuple(from_json(row["channels"])),
        facts=from_json(row["facts"]),
        verify_code=row["verify_code"],
        created_at=from_ms(row["created_at"]),
        created_by=row["created_by"],
        useful_until=from_ms(row["useful_until"]),
        audience_count=row["audience_count"],
        fanned_out_at=from_ms_or_none(row["fanned_out_at"]),
        wait=None if row["wait_reason"] is None else waits.wait_of(row),
    )
