"""Alarms that were raised, whom they are still to be told, and which channels are in trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.alarms import Alarm, AlarmKind, Call, Concern, Phase
from records.ids import new_id
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms

#: What was over for so long is not told any more.
TOLD_FOR = timedelta(hours=24)
KEPT = timedelta(days=90)


def standing(store: Store) -> list[Alarm]:
    """Alarms that are not over, the oldest first."""
    return [_alarm(row) for row in store.rows("SELECT * FROM alarms WHERE ended_at IS NULL ORDER BY raised_at, id")]


def newest(
    store: Store, *, before: tuple[datetime, str] | None = None, are_standing: bool = False, limit: int = 50
) -> list[Alarm]:
    """Alarms, also those that are over unless only standing ones are wanted, the newest first.

    `before` is when the last one of the page before was raised, and its id.
    """
    found = store.rows(
        f"""
        SELECT * FROM alarms
        WHERE {"(raised_at, id) < (:raised_at, :id)" if before else "1 = 1"}
            AND {"ended_at IS NULL" if are_standing else "1 = 1"}
        ORDER BY raised_at DESC, id DESC LIMIT :limit
        """,
        **({"raised_at": to_ms(before[0]), "id": before[1]} if before else {}),
        limit=limit,
    )
    return [_alarm(row) for row in found]


def keep(store: Store, concerns: Sequence[Concern], receivers: Sequence[str], now: datetime) -> list[Alarm]:
    """Raise what is new and end what is over, and have each receiver told. Returns what changed."""
    with store.tx():
        known = {(one.concern.kind, one.concern.subject): one for one in standing(store)}
        found = {(one.kind, one.subject): one for one in concerns}
        raised = [_raise(store, one, now) for key, one in found.items() if key not in known]
        over = [_end(store, one, now) for key, one in known.items() if key not in found]
        for key, concern in found.items():
            if key in known and known[key].concern.said != concern.said:
                store.run(
                    "UPDATE alarms SET said = :said, hint = :hint WHERE id = :id",
                    id=known[key].id,
                    said=concern.said,
                    hint=concern.hint,
                )
        for phase, alarms in ((Phase.RAISED, raised), (Phase.OVER, over)):
            for alarm in alarms:
                _call(store, alarm, phase, receivers, now)
        if raised or over:
            store.wake()
    return raised + over


def _raise(store: Store, concern: Concern, now: datetime) -> Alarm:
    alarm = Alarm(id=new_id(), concern=concern, raised_at=now)
    store.run(
        """
        INSERT INTO alarms (id, kind, subject, said, hint, since, raised_at, ended_at)
        VALUES (:id, :kind, :subject, :said, :hint, :since, :now, NULL)
        """,
        id=alarm.id,
        kind=concern.kind.value,
        subject=concern.subject,
        said=concern.said,
        hint=concern.hint,
        since=to_ms(concern.since),
        now=to_ms(now),
    )
    return alarm


def _end(store: Store, alarm: Alarm, now: datetime) -> Alarm:
    store.run("UPDATE alarms SET ended_at = :now WHERE id = :id", id=alarm.id, now=to_ms(now))
    return Alarm(id=alarm.id, concern=alarm.concern, raised_at=alarm.raised_at, ended_at=now)


def _call(store: Store, alarm: Alarm, phase: Phase, receivers: Sequence[str], now: datetime) -> None:
    """Whoever has not heard of it yet need not hear that it is over."""
    for receiver in receivers:
        if phase is Phase.OVER and store.run(
            "DELETE FROM alarm_calls WHERE alarm_id = :id AND receiver = :receiver AND attempts = 0",
            id=alarm.id,
            receiver=receiver,
        ):
            continue
        store.run(
            """
            INSERT INTO alarm_calls (alarm_id, phase, receiver, due_at, attempts)
            VALUES (:id, :phase, :receiver, :now, 0) ON CONFLICT (alarm_id, phase, receiver) DO NOTHING
            """,
            id=alarm.id,
            phase=phase.value,
            receiver=receiver,
            now=to_ms(now),
        )


def due_calls(store: Store, now: datetime, *, limit: int = 50) -> list[Call]:
    """Calls to make now; of one alarm to one receiver the first phase first."""
    found = store.rows(
        """
        SELECT a.*, c.phase, c.receiver, c.attempts FROM alarm_calls c JOIN alarms a ON a.id = c.alarm_id
        WHERE c.due_at <= :now AND NOT EXISTS (SELECT 1 FROM alarm_calls e WHERE e.alarm_id = c.alarm_id
            AND e.receiver = c.receiver AND c.phase = 'over' AND e.phase = 'raised')
        ORDER BY c.due_at, a.id, c.receiver LIMIT :limit
        """,
        now=to_ms(now),
        limit=limit,
    )
    return [
        Call(alarm=_alarm(row), phase=Phase(row["phase"]), receiver=row["receiver"], attempts=row["attempts"])
        for row in found
    ]


def settle(store: Store, call: Call) -> None:
    """It is told, or never will be."""
    store.run(
        "DELETE FROM alarm_calls WHERE alarm_id = :id AND phase = :phase AND receiver = :receiver",
        id=call.alarm.id,
        phase=call.phase.value,
        receiver=call.receiver,
    )


def put_off(store: Store, call: Call, due_at: datetime) -> None:
    """Try again then."""
    store.run(
        """
        UPDATE alarm_calls SET due_at = :due_at, attempts = attempts + 1
        WHERE alarm_id = :id AND phase = :phase AND receiver = :receiver
        """,
        id=call.alarm.id,
        phase=call.phase.value,
        receiver=call.receiver,
        due_at=to_ms(due_at),
    )


def forget(store: Store, now: datetime) -> None:
    """Calls that help nobody any more, and alarms of long ago."""
    store.run(
        "DELETE FROM alarm_calls WHERE alarm_id IN (SELECT id FROM alarms WHERE ended_at < :before)",
        before=to_ms(now - TOLD_FOR),
    )
    store.run("DELETE FROM alarms WHERE ended_at < :before", before=to_ms(now - KEPT))


@dataclass(frozen=True, kw_only=True)
class ChannelTrouble:
    """A channel that a notifier leaves alone for a while."""

    channel: str
    since: datetime
    #: When its notifier last said so.
    at: datetime
    said: str


def report_troubles(store: Store, holder: str, troubles: dict[str, tuple[datetime, str]], now: datetime) -> None:
    """One notifier says which of its channels are left alone since when and why; the others are well."""
    with store.tx():
        store.run("DELETE FROM channel_troubles WHERE holder = :holder", holder=holder)
        store.many(
            """
            INSERT INTO channel_troubles (channel, holder, since, at, said)
            VALUES (:channel, :holder, :since, :at, :said)
            """,
            [
                {"channel": channel, "holder": holder, "since": to_ms(since), "at": to_ms(now), "said": said}
                for channel, (since, said) in sorted(troubles.items())
            ],
        )


def troubles(store: Store, heard_since: datetime) -> list[ChannelTrouble]:
    """Channels in trouble, as notifiers said since then; of several, the one that has it longest."""
    found = store.rows(
        "SELECT * FROM channel_troubles WHERE at >= :at ORDER BY channel, since DESC", at=to_ms(heard_since)
    )
    each = {
        row["channel"]: ChannelTrouble(
            channel=row["channel"], since=from_ms(row["since"]), at=from_ms(row["at"]), said=row["said"]
        )
        for row in found
    }
    return list(each.values())


def _alarm(row: Row) -> Alarm:
    concern = Concern(
        kind=AlarmKind(row["kind"]),
        subject=row["subject"],
        said=row["said"],
        hint=row["hint"],
        since=from_ms(row["since"]),
    )
    return Alarm(
        id=row["id"], concern=concern, raised_at=from_ms(row["raised_at"]), ended_at=from_ms_or_none(row["ended_at"])
    )
