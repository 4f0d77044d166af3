"""From a notice to deliveries for those who follow the page: in chunks behind cursors of their own, after customers.

They are counted apart from the audience, which is customers: nobody decides about them, they asked. Whatever channels a
notice takes to customers, subscribers hear it their own way: they follow the page, and it stands on the page.
"""

from collections.abc import Mapping
from datetime import datetime

from records.components import Component
from records.notices import Because, LedgerEntry, Notice, Outcome, Reason
from records.quiet import Night, QuietRule, may_rest, nights
from records.store import components, digests, ledger
from records.store.engine import Row, Store
from records.store.queueing import these
from records.subscribers import SubscriberKind
from records.times import to_ms


def queue_subscribers(store: Store, notice: Notice, now: datetime, *, chunk: int) -> bool:
    """Inside the transaction of a chunk: queue the next subscribers of a notice. False when there are none left."""
    fanout = store.row(
        """
        SELECT decided_at FROM fanouts WHERE notice_id = :id AND version = :version AND done_at IS NULL {for_update}
        """,
        id=notice.id,
        version=notice.version,
    )
    if fanout is None:
        return False
    return any(_queue_kind(store, notice, kind, fanout["decided_at"], now, chunk) for kind in SubscriberKind)


def _queue_kind(store: Store, notice: Notice, kind: SubscriberKind, decided_at: int, now: datetime, chunk: int) -> bool:
    key = {"notice_id": notice.id, "version": notice.version, "channel": kind.channel}
    first = _position(store, key)
    last = _end_of_chunk(store, kind, first, chunk)
    if last is None:
        return False
    span = {"first": first, "last": last, "decided_at": decided_at}
    chosen = _chosen(store, notice, kind, "s.id > :first AND s.id <= :last AND s.confirmed_at <= :decided_at", span)
    _write_down(store, notice, kind, chosen, now)
    _move_on(store, key, last, len(chosen))
    return True


def _move_on(store: Store, key: dict[str, object], last: int, matched: int) -> None:
    store.run(
        """
        INSERT INTO subscriber_fanouts (notice_id, version, channel, position, matched)
        VALUES (:notice_id, :version, :channel, :last, :matched)
        ON CONFLICT (notice_id, version, channel) DO UPDATE SET position = excluded.position,
            matched = subscriber_fanouts.matched + excluded.matched
        """,
        **key,
        last=last,
        matched=matched,
    )


def queue_latecomers(store: Store, notice: Notice, kind: SubscriberKind, numbers: list[int], now: datetime) -> None:
    """Inside a transaction: of these subscribers, those who follow what a notice is about and have not got it."""
    whom = these(numbers)
    where = f"{whom.of('s.id')} AND {_HAS_NOTHING.format(table='ledger')} AND {_HAS_NOTHING.format(table='deliveries')}"
    chosen = _chosen(store, notice, kind, where, whom.values)
    if not chosen:
        return
    key = {"notice_id": notice.id, "version": notice.version, "channel": kind.channel}
    _write_down(store, notice, kind, chosen, now, because=Because.JOINED_LATE.value)
    _move_on(store, key, max(_position(store, key), *numbers), len(chosen))
    store.run("UPDATE notices SET state = 'sending' WHERE id = :id AND state = 'done'", id=notice.id)
    store.wake()


_HAS_NOTHING = """NOT EXISTS (SELECT 1 FROM {table} h WHERE h.customer_id = s.id AND h.notice_id = :notice_id
            AND h.version = :version AND h.channel = :channel)"""


def _position(store: Store, key: dict[str, object]) -> int:
    found = store.row(
        """
        SELECT position FROM subscriber_fanouts
        WHERE notice_id = :notice_id AND version = :version AND channel = :channel
        """,
        **key,
    )
    return -1 if found is None else int(found["position"])


def _end_of_chunk(store: Store, kind: SubscriberKind, first: int, chunk: int) -> int | None:
    found = store.row(
        """
        SELECT max(id) AS last FROM (
            SELECT id FROM subscribers WHERE state = 'confirmed' AND kind = :kind AND id > :first
            ORDER BY id LIMIT :chunk) next_ones
        """,
        kind=kind.value,
        first=first,
        chunk=chunk,
    )
    return None if found is None or found["last"] is None else int(found["last"])


def _chosen(store: Store, notice: Notice, kind: SubscriberKind, where: str, values: Mapping[str, object]) -> list[Row]:
    """Who follows what the notice is about, or heard of the same thing before; with a reason for not sending, or ''.

    Of those subscribers `s` who stand `where`.
    """
    is_program = kind is SubscriberKind.WEBHOOK
    if is_program and notice.is_digest:
        # Programs get each incident by itself, whatever people read together.
        return []
    reason = _DUPLICATE if _is_mailed_to_customers(notice, kind) else "''"
    if not is_program and digests.is_carried(store, notice.id):
        reason = f"'{Reason.IN_DIGEST.value}'"
    topics = {f"t{index}": each for index, each in enumerate(_topics(store, notice))}
    return store.rows(
        f"""
        SELECT s.id, s.language, s.time_zone, s.quiet_hours, {reason} AS reason
        FROM subscribers s JOIN subscriber_contacts k ON k.subscriber_id = s.id
        WHERE s.state = 'confirmed' AND s.kind = :kind AND {where} AND (
                NOT EXISTS (SELECT 1 FROM subscriber_components f WHERE f.subscriber_id = s.id)
                OR EXISTS (SELECT 1 FROM subscriber_components f WHERE f.subscriber_id = s.id
                    AND f.component_id IN ({", ".join(f":{name}" for name in topics) or "NULL"}))
                OR EXISTS (SELECT 1 FROM ledger g JOIN notices n ON n.id = g.notice_id
                    WHERE g.customer_id = s.id AND g.channel = :channel AND n.subject_id = :subject_id))
        ORDER BY s.id
        """,
        kind=kind.value,
        channel=kind.channel,
        notice_id=notice.id,
        version=notice.version,
        **values,
        subject_id=notice.subject_id,
        **topics,
    )


def _is_mailed_to_customers(notice: Notice, kind: SubscriberKind) -> bool:
    return kind is SubscriberKind.EMAIL and "email" in notice.channels


#: A customer with the same address is mailed this very notice. Customers are queued first, so that this is known.
_DUPLICATE = f"""
    CASE WHEN EXISTS (
        SELECT 1 FROM contacts c
        JOIN audience_members m
            ON m.customer_id = c.customer_id AND m.notice_id = :notice_id AND m.version = :version
        WHERE c.channel = 'email' AND c.address = k.address AND (
            EXISTS (SELECT 1 FROM deliveries d WHERE d.notice_id = :notice_id AND d.version = :version
                AND d.customer_id = c.customer_id AND d.channel = 'email')
            OR EXISTS (SELECT 1 FROM ledger g WHERE g.customer_id = c.customer_id AND g.notice_id = :notice_id
                AND g.version = :version AND g.channel = 'email' AND g.outcome NOT IN ('suppressed', 'failed'))))
    THEN '{Reason.DUPLICATE_ADDRESS.value}' ELSE '' END
"""


def _topics(store: Store, notice: Notice) -> list[str]:
    """What somebody may follow to hear this: the components it names, the groups above them, and what is in a group."""
    known = {each.id: each for each in components.all_components(store)}
    affected = [str(each["id"]) for each in notice.facts["components"]]
    topics = dict.fromkeys(affected)
    for each in affected:
        topics |= dict.fromkeys(_groups_above(known, each))
    topics |= dict.fromkeys(each for each in known if {*affected} & {*_groups_above(known, each)})
    return list(topics)


def _groups_above(known: dict[str, Component], component_id: str) -> list[str]:
    above: list[str] = []
    one = known.get(component_id)
    while one is not None and one.group_id is not None and one.group_id not in above:
        above.append(one.group_id)
        one = known.get(one.group_id)
    return above


def _write_down(
    store: Store, notice: Notice, kind: SubscriberKind, chosen: list[Row], now: datetime, *, because: str = ""
) -> None:
    at, quiet = to_ms(now), _nights(notice, kind, chosen, now)
    rows, suppressed = [], []
    for row in chosen:
        night = quiet.get((row["time_zone"], row["quiet_hours"]))
        if row["reason"]:
            suppressed.append((row, Reason(row["reason"])))
        elif night is not None and night.goes_at is None:
            suppressed.append((row, Reason.QUIET_HOURS))
        else:
            due_at, why = (at, "") if night is None else _late(night, at)
            told = ", ".join(each for each in (because, why) if each)
            rows.append(
                (notice.id, notice.version, row["id"], kind.channel, row["language"], notice.lane.rank, due_at, 0, 0,
                 "deferred" if due_at > at else "queued", to_ms(notice.useful_until), at, told)
            )  # fmt: skip
    store.together(_INSERT_DELIVERY, rows)
    ledger.note(
        store,
        [_suppressed(notice.id, notice.version, kind.channel, row, reason, now) for row, reason in suppressed],
    )


_Pair = tuple[str | None, str | None]


def _nights(notice: Notice, kind: SubscriberKind, chosen: list[Row], now: datetime) -> dict[_Pair, Night]:
    """For whom it is quiet now, by zone and hours; the house's own quiet hours are for customers."""
    if not may_rest(notice, kind.channel):
        return {}
    pairs = dict.fromkeys((row["time_zone"], row["quiet_hours"]) for row in chosen if row["quiet_hours"])
    return {(one.zone, one.preference): one for one in nights(QuietRule(), notice, pairs, now)}


def _late(night: Night, at: int) -> tuple[int, str]:
    """When it goes, and which rule decided."""
    if night.is_broken or night.goes_at is None:
        return at, Because.TOO_LATE_AFTER.value
    return to_ms(night.goes_at), Because.QUIET_HOURS.value


_INSERT_DELIVERY = """
INSERT INTO deliveries (notice_id, version, customer_id, channel, language, lane, due_at, lease, attempts, state,
    useful_until, created_at, because)
{rows}
ON CONFLICT (notice_id, version, customer_id, channel) DO NOTHING
"""


def _suppressed(notice_id: str, version: int, channel: str, row: Row, reason: Reason, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        customer_id=row["id"],
        at=now,
        notice_id=notice_id,
        version=version,
        channel=channel,
        outcome=Outcome.SUPPRESSED,
        reason=reason.value,
        language=row["language"],
        sha256="",
        attempts=int(row.get("attempts", 0)),
    )


def settle_waiting(
    store: Store, subscriber_id: int, kind: SubscriberKind, now: datetime, reason: Reason = Reason.OPTOUT
) -> int:
    """Inside a deed: a subscriber left or rests, so what waits is not sent. Returns how many deliveries that were."""
    # The channel stands in an index: a queue of a million customers is not read for this.
    gone = store.rows(
        """
        DELETE FROM deliveries WHERE channel = :channel AND customer_id = :id AND (lease = 0 OR due_at <= :now)
        RETURNING notice_id, version, customer_id AS id, language, attempts
        """,
        channel=kind.channel,
        id=subscriber_id,
        now=to_ms(now),
    )
    ledger.note(
        store,
        [_suppressed(row["notice_id"], row["version"], kind.channel, row, reason, now) for row in gone],
    )
    return len(gone)


def matched(store: Store, notice_id: str, version: int) -> dict[str, int]:
    """How many subscribers a notice is for, so far, by channel."""
    found = store.rows(
        "SELECT channel, matched FROM subscriber_fanouts WHERE notice_id = :id AND version = :version",
        id=notice_id,
        version=version,
    )
    return {row["channel"]: int(row["matched"]) for row in found if row["matched"]}
