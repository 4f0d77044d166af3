"""Days of components, added up once they are over, and corrections of what was recorded.

`component_days` keeps the days that were not operational from end to end; a day without a row, between `first_day` and
`open_day` of its subject in `rolled_days`, was. A subject is a component's id, or `chain:<name>` for all components of
a network taken together, whose `made_from` names them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from records.components import Status
from records.days import Changes, Correction, Day, How, Spans, corrected, date_in, midnight
from records.ids import new_id
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_COLUMNS = {
    Status.OPERATIONAL: "operational_ms",
    Status.UNDER_MAINTENANCE: "maintenance_ms",
    Status.UNKNOWN: "unknown_ms",
    Status.DEGRADED: "degraded_ms",
    Status.PARTIAL_OUTAGE: "partial_ms",
    Status.MAJOR_OUTAGE: "major_ms",
}


@dataclass(frozen=True, kw_only=True)
class Rolled:
    """What is added up of one subject."""

    #: Components it was made from.
    made_from: tuple[str, ...]
    #: The first day on which it existed.
    first_day: date
    #: The first day that is not added up yet.
    open_day: date
    #: Those that were not operational from end to end, oldest first.
    days: tuple[Day, ...]


def rolled(store: Store, zone: str, since: date) -> dict[str, Rolled]:
    """By subject what is added up in days of `zone`; its days from `since` on."""
    days: dict[str, list[Day]] = {}
    for row in store.rows(
        "SELECT * FROM component_days WHERE zone = :zone AND day >= :since ORDER BY subject, day",
        zone=zone,
        since=since.isoformat(),
    ):
        days.setdefault(row["subject"], []).append(_day(row))
    return {
        row["subject"]: Rolled(
            made_from=tuple(from_json(row["made_from"])),
            first_day=date.fromisoformat(row["first_day"]),
            open_day=date.fromisoformat(row["open_day"]),
            days=tuple(days.get(row["subject"], ())),
        )
        for row in store.rows("SELECT * FROM rolled_days WHERE zone = :zone", zone=zone)
    }


def keep(store: Store, subject: str, zone: str, made_from: Sequence[str], days: Sequence[Day], first_day: date) -> None:
    """Keep days that are over, in order and without gaps; those that were operational throughout take no row."""
    last = days[-1].date
    store.many(
        f"""
        INSERT INTO component_days (subject, zone, day, {", ".join(_COLUMNS.values())}, planned_ms)
        VALUES (:subject, :zone, :day, {", ".join(f":{name}" for name in _COLUMNS.values())}, :planned_ms)
        """,
        [{"subject": subject, "zone": zone, **_values(day)} for day in days if not day.is_plain],
    )
    store.run(
        """
        INSERT INTO rolled_days (subject, zone, made_from, first_day, open_day, open_from_at)
        VALUES (:subject, :zone, :made_from, :first_day, :open_day, :open_from_at)
        ON CONFLICT (subject, zone) DO UPDATE SET made_from = excluded.made_from, open_day = excluded.open_day,
            open_from_at = excluded.open_from_at
        """,
        subject=subject,
        zone=zone,
        made_from=to_json(list(made_from)),
        first_day=first_day.isoformat(),
        open_day=(last + timedelta(days=1)).isoformat(),
        open_from_at=to_ms(midnight(last + timedelta(days=1), zone)),
    )


def forget(store: Store, subject: str, zone: str) -> None:
    """Begin anew with a subject."""
    for table in ("component_days", "rolled_days"):
        store.run(f"DELETE FROM {table} WHERE subject = :subject AND zone = :zone", subject=subject, zone=zone)


def forget_other_zones(store: Store, zone: str) -> None:
    """Days of a zone that is not the page's any more are of no use to anybody."""
    for table in ("component_days", "rolled_days"):
        store.run(f"DELETE FROM {table} WHERE zone <> :zone", zone=zone)


def reopen(store: Store, component_ids: Collection[str], since: datetime) -> None:
    """Inside a deed that touches the past: days from `since` on are counted again. Costs one look when none is."""
    for row in store.rows("SELECT * FROM rolled_days WHERE open_from_at > :since", since=to_ms(since)):
        if not set(component_ids).intersection(from_json(row["made_from"])):
            continue
        subject, zone = row["subject"], row["zone"]
        day = date_in(since, zone)
        if day.isoformat() <= row["first_day"]:
            forget(store, subject, zone)
            continue
        store.run(
            "DELETE FROM component_days WHERE subject = :subject AND zone = :zone AND day >= :day",
            subject=subject,
            zone=zone,
            day=day.isoformat(),
        )
        store.run(
            "UPDATE rolled_days SET open_day = :day, open_from_at = :at WHERE subject = :subject AND zone = :zone",
            subject=subject,
            zone=zone,
            day=day.isoformat(),
            at=to_ms(midnight(day, zone)),
        )


def correct(store: Store, correction: Correction, subject_id: str, made_by: str, now: datetime) -> None:
    """Inside a deed: keep what is known now of a component's past, for the sake of an incident."""
    store.run(
        """
        INSERT INTO state_corrections
            (id, component_id, from_at, until_at, status, how, subject_id, made_at, made_by)
        VALUES (:id, :component_id, :from_at, :until_at, :status, :how, :subject_id, :made_at, :made_by)
        """,
        id=new_id(),
        component_id=correction.component_id,
        from_at=to_ms(correction.start),
        until_at=to_ms_or_none(correction.end),
        status=correction.status.value if correction.status else None,
        how=correction.how.value,
        subject_id=subject_id,
        made_at=to_ms(now),
        made_by=made_by,
    )
    reopen(store, [correction.component_id], correction.start)


def close_absence(store: Store, component_id: str, now: datetime) -> None:
    """A component that was taken away is back."""
    store.run(
        """
        UPDATE state_corrections SET until_at = :now
        WHERE component_id = :id AND until_at IS NULL AND status IS NULL
        """,
        id=component_id,
        now=to_ms(now),
    )


def changes_since(store: Store, since: datetime) -> dict[str, Changes]:
    """Per component its changes of state as known today, from the one in force at `since` on."""
    found: dict[str, list[tuple[datetime, Status | None]]] = {}
    for row in store.rows(_STATES, since=to_ms(since)):
        found.setdefault(row["component_id"], []).append((from_ms(row["from_at"]), Status(row["status"])))
    told: dict[str, Changes] = dict(found)
    for component_id, corrections in _corrections(store, since).items():
        told[component_id] = corrected(told.get(component_id, ()), corrections)
    return told


#: The one in force by a look at each component's own key: a group over all changes there ever were would grow.
_STATES = """
SELECT s.component_id, s.from_at, s.status FROM components c
JOIN component_states s ON s.component_id = c.id AND s.from_at = (
    SELECT max(e.from_at) FROM component_states e WHERE e.component_id = c.id AND e.from_at <= :since)
UNION ALL
SELECT component_id, from_at, status FROM component_states WHERE from_at > :since
ORDER BY 1, 2
"""


def _corrections(store: Store, since: datetime) -> Mapping[str, Iterable[Correction]]:
    found: dict[str, list[Correction]] = {}
    for row in store.rows(
        """
        SELECT * FROM state_corrections WHERE until_at IS NULL OR until_at > :since ORDER BY component_id, id
        """,
        since=to_ms(since),
    ):
        found.setdefault(row["component_id"], []).append(
            Correction(
                component_id=row["component_id"],
                start=from_ms(row["from_at"]),
                end=from_ms_or_none(row["until_at"]),
                status=Status(row["status"]) if row["status"] else None,
                how=How(row["how"]),
            )
        )
    return found


def times_corrected(store: Store) -> dict[str, datetime]:
    """By incident, when its times were last corrected after it was public; what was entered late is no correction."""
    found = store.rows(
        """
        SELECT c.subject_id, max(c.made_at) AS at FROM state_corrections c
        JOIN incidents i ON i.id = c.subject_id AND c.made_at > i.published_at
        GROUP BY c.subject_id
        """
    )
    return {row["subject_id"]: from_ms(row["at"]) for row in found}


def windows_since(store: Store, since: datetime, now: datetime) -> dict[str, Spans]:
    """Per component when announced windows ran, begun and ended as they were; those that still run end now."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in store.rows(
        """
        SELECT c.component_id, m.started_at, m.completed_at FROM maintenances m
        JOIN maintenance_components c ON c.maintenance_id = m.id
        WHERE m.started_at IS NOT NULL AND m.kind <> 'promotion'
            AND (m.completed_at IS NULL OR m.completed_at > :since) AND m.cancelled_at IS NULL
        """,
        since=to_ms(since),
    ):
        until = from_ms_or_none(row["completed_at"]) or now
        found.setdefault(row["component_id"], []).append((from_ms(row["started_at"]), until))
    return dict(found)


def _day(row: Row) -> Day:
    return _made(row["zone"], row["day"], *[row[name] for name in _COLUMNS.values()], row["planned_ms"])


# What is over stays as it is, and the page reads it every minute.
@lru_cache(maxsize=20_000)
def _made(zone: str, day_text: str, *lasted_ms: int) -> Day:
    day = date.fromisoformat(day_text)
    return Day(
        date=day,
        start=midnight(day, zone),
        end=midnight(day + timedelta(days=1), zone),
        spent={status: timedelta(milliseconds=ms) for status, ms in zip(_COLUMNS, lasted_ms[:-1], strict=True) if ms},
        planned=timedelta(milliseconds=lasted_ms[-1]),
    )


def _values(day: Day) -> dict[str, object]:
    spent = {name: day.spent.get(status, timedelta()) for status, name in _COLUMNS.items()}
    lasted = {**spent, "planned_ms": day.planned}
    return {"day": day.date.isoformat()} | {name: span // timedelta(milliseconds=1) for name, span in lasted.items()}
