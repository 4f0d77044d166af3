"""Looks for what calls for a person: queues that stand still, promises, notices that wait, parts that are silent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from records.alarms import AlarmKind, Concern, Patience
from records.components import in_language
from records.desk.desk import Desk
from records.desk.gathering import ENOUGH
from records.incidents import Incident
from records.notices import Notice, NoticeState
from records.promises import is_due_soon
from records.store import alarms, claims, crm, handovers, incidents, merges, meta, notices, throttles
from records.throttles import Why
from records.times import iso

#: Notifiers say so often how their channels are; what is older is of a process that is gone.
_HEARD = timedelta(seconds=30)
#: No notifier holds what it claimed for longer without a word.
_LEASE = timedelta(minutes=2)
#: What can be taken back leaves by itself; the clock is late if it has not so long after.
_HOLD_PATIENCE = timedelta(minutes=2)


class Lookout:
    """One per clock. It remembers since when queues have not moved; what it found is kept in the store."""

    def __init__(self, desk: Desk, patience: Patience) -> None:
        self._desk = desk
        self._patience = patience
        #: Since when there is something to send on a channel, and when it had moved last at that time.
        self._standing_still: dict[str, tuple[datetime, datetime | None]] = {}

    def look(self, now: datetime) -> list[Concern]:
        """Everything that is as it should not be."""
        down = list(self._channels(now))
        return [
            *down,
            *self._queues(now, {one.subject for one in down}),
            *self._notices(now),
            *self._incidents(now),
            *self._parts(now),
            *self._crm(now),
        ]

    def _queues(self, now: datetime, down: set[str]) -> Iterator[Concern]:
        """By our own watching, so that a restart begins anew. Of a channel that is down we know why already."""
        store = self._desk.store
        moves = handovers.last_moves(store)
        # What is claimed falls due again when its lease ends.
        busy = claims.due_channels(store, now + _LEASE)
        for channel in [each for each in self._standing_still if each not in busy]:
            del self._standing_still[channel]
        for channel in busy:
            since, moved_at = self._standing_still.get(channel, (now, moves.get(channel)))
            if moved_at != moves.get(channel):
                since = now
            self._standing_still[channel] = since, moves.get(channel)
            if now - since >= self._patience.queue and channel not in down:
                yield Concern(
                    kind=AlarmKind.QUEUE_STUCK,
                    subject=channel,
                    said=f"Nothing was sent on {channel} since {iso(since)}, though something waits.",
                    hint="is a notifier running? its log says what it waits for",
                    since=since,
                )

    def _channels(self, now: datetime) -> Iterator[Concern]:
        for one in alarms.troubles(self._desk.store, now - _HEARD):
            if now - one.since >= self._patience.channel:
                yield Concern(
                    kind=AlarmKind.CHANNEL_DOWN,
                    subject=one.channel,
                    said=f"{one.channel} is left alone since {iso(one.since)}: {one.said}",
                    hint="mend the far side or the settings; one message tries it again by itself",
                    since=one.since,
                )
        for each in throttles.all_throttles(self._desk.store, now):
            if each.why is Why.REFUSED and each.rate_per_second is not None:
                yield Concern(
                    kind=AlarmKind.CHANNEL_DOWN,
                    subject=f"{each.channel}/{each.operator}",
                    said=f"{each.operator or 'The relay'} refuses us on {each.channel}: {each.said}",
                    hint="settle it with them; one message tries it again by itself, and /console/delivery at once",
                    since=each.slowed_at,
                )

    def _notices(self, now: datetime) -> Iterator[Concern]:
        for notice in notices.waiting(self._desk.store):
            begun = _overdue(notice, now, self._patience.waiting)
            if begun is not None:
                yield Concern(
                    kind=AlarmKind.NOTICE_WAITS,
                    subject=notice.id,
                    said=f"A notice about {notice.facts.get('ref', notice.subject_id)} waits for a yes "
                    f"since {iso(begun)}; nobody hears of it before.",
                    hint=f"{self._desk.page_url}/console/notices/{notice.id}",
                    since=begun,
                )

    def _incidents(self, now: datetime) -> Iterator[Concern]:
        for one in incidents.open_incidents(self._desk.store):
            where = f"{self._desk.page_url}/console/incidents/{one.id}"
            if one.next_update_at is not None and one.is_overdue(now):
                said = f"{one.ref} promised an update by {iso(one.next_update_at)} and has none: {self._name(one)}"
                yield Concern(
                    kind=AlarmKind.PROMISE_BROKEN, subject=one.ref, said=said, hint=where, since=one.next_update_at
                )
            elif one.next_update_at is not None and is_due_soon(one, now):
                said = f"{one.ref} promised an update by {iso(one.next_update_at)}: {self._name(one)}"
                yield Concern(kind=AlarmKind.PROMISE_DUE, subject=one.ref, said=said, hint=where, since=now)
            if merges.speaks_for_others(self._desk.store, one.id) and len(one.statuses) >= ENOUGH:
                said = f"{len(one.statuses)} services broke at once; {one.ref} speaks for all: {self._name(one)}"
                yield Concern(kind=AlarmKind.MASS_FAILURE, subject=one.ref, said=said, hint=where, since=one.started_at)

    def _name(self, incident: Incident) -> str:
        return in_language(incident.name, self._desk.default_language)

    def _parts(self, now: datetime) -> Iterator[Concern]:
        for part, at in meta.pulses(self._desk.store).items():
            # What was not heard of for a day was taken away on purpose.
            if self._patience.part <= now - at < timedelta(days=1):
                yield Concern(
                    kind=AlarmKind.PART_SILENT,
                    subject=part,
                    said=f"{part} has not been heard of since {iso(at)}.",
                    hint="start it again; its log says why it ended",
                    since=at,
                )

    def _crm(self, now: datetime) -> Iterator[Concern]:
        found = crm.standing(self._desk.store)
        if found is None or found.oldest is None or found.told_at is None:
            return
        if found.failures and now - found.oldest >= self._patience.crm:
            yield Concern(
                kind=AlarmKind.CRM_BEHIND,
                subject="crm",
                said=f"The crm takes no events since {iso(found.oldest)}; about {found.waiting} wait: {found.code}",
                hint="`forewarn crm status`",
                since=found.oldest,
            )


def _overdue(notice: Notice, now: datetime, patience: timedelta) -> datetime | None:
    """Since when a notice waits, where that is too long."""
    wait = notice.wait
    if wait is None:
        return None
    if notice.state is NoticeState.DRAFT:
        return wait.since if now - wait.since >= patience else None
    return wait.since if wait.until is not None and now - wait.until >= _HOLD_PATIENCE else None
