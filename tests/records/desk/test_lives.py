"""No sequence of deeds leads anywhere the tables do not allow; what the page shows follows from the record."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from records.components import Status
from records.desk.incidents import UpdateEntry, discard_incident, open_incident, publish_incident, update_incident
from records.desk.judgement import mark_silent, take_verdict
from records.desk.maintenance import announce, cancel, complete, extend, reschedule, start
from records.desk.merging import merge_incidents, split_incident
from records.desk.rewording import correct_words
from records.desk.series import run_series, stop_repeating
from records.desk.states import Cover, covers, effective
from records.desk.windows import run_windows
from records.errors import Conflict, Invalid
from records.incidents import MOVES, Incident, Stage
from records.maintenance import WINDOW_MOVES, Kind, Maintenance
from records.people import CLOCK
from records.store import components, ledger, lists
from records.store.engine import open_store
from records.store.migrations import migrate
from tests.cast import ANA, HOUR, MINUTE, NOW, a_verdict, a_window, acme, an_incident, clear, describe, fan_out

_TROUBLE = st.sampled_from([Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE, Status.OPERATIONAL])
_NAMES = st.sampled_from(["btc-withdrawals", "btc-deposits", "website"])
_AFFECTED = st.dictionaries(_NAMES, _TROUBLE, min_size=1, max_size=3)
_ANY = st.integers(0, 30)
BODY = {"en": "We know more."}


class Lives(RuleBasedStateMachine):
    """A week at the desk: people, monitors and the clock do what they like, in any order."""

    @initialize(auto_publish=st.booleans())
    def begin(self, auto_publish: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{Path(self.folder.name)}/lives.db")
        migrate(self.store)
        self.desk = acme(self.store, watched=True, auto_publish=auto_publish)
        self.now = NOW
        self.before: dict[str, Any] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    # What anybody may try; what makes no sense is refused with one of the few errors there are for it.

    def _try(self, deed: Any, *args: Any, **more: Any) -> None:
        try:
            deed(self.desk, *args, ANA, self.now, **more)
        except (Conflict, Invalid):
            return

    def _incident(self, number: int) -> Incident | None:
        found = lists.incidents_before(self.store, lists.FIRST, limit=50)
        return found[number % len(found)] if found else None

    def _window(self, number: int) -> Maintenance | None:
        found = lists.maintenances_before(self.store, lists.FIRST, limit=50)
        return found[number % len(found)] if found else None

    @rule(statuses=_AFFECTED, publish=st.booleans(), stage=st.sampled_from(Stage))
    def open(self, statuses: dict[str, Status], publish: bool, stage: Stage) -> None:
        try:
            open_incident(self.desk, an_incident(statuses=statuses, publish=publish, stage=stage), ANA, self.now)
        except (Conflict, Invalid):
            return

    @rule(which=_ANY, stage=st.sampled_from(Stage), statuses=st.none() | _AFFECTED, overrides=st.booleans())
    def update(self, which: int, stage: Stage, statuses: dict[str, Status] | None, overrides: bool) -> None:
        if incident := self._incident(which):
            reason = "seen by hand" if overrides else ""
            entry = UpdateEntry(stage=stage, body=BODY, statuses=statuses, override_reason=reason)
            self._try(update_incident, incident.id, entry)

    @rule(which=_ANY, deed=st.sampled_from([publish_incident, discard_incident]))
    def decide(self, which: int, deed: Any) -> None:
        if incident := self._incident(which):
            self._try(deed, incident.id)

    @rule(which=_ANY, update=_ANY)
    def correct(self, which: int, update: int) -> None:
        incident = self._incident(which)
        if incident and incident.updates:
            wrong = incident.updates[update % len(incident.updates)]
            self._try(correct_words, incident.id, wrong.id, {"en": f"Right at {self.now}."})

    @rule(which=_ANY, other=_ANY)
    def merge(self, which: int, other: int) -> None:
        one, two = self._incident(which), self._incident(other)
        if one and two:
            self._try(merge_incidents, one.id, two.id, BODY)

    @rule(which=_ANY, statuses=_AFFECTED)
    def split(self, which: int, statuses: dict[str, Status]) -> None:
        if incident := self._incident(which):
            self._try(split_incident, incident.id, an_incident(statuses=statuses))

    @rule(again=st.booleans(), hours=st.integers(1, 200), kind=st.sampled_from([Kind.MAINTENANCE, Kind.PROMOTION]))
    def plan(self, again: bool, hours: int, kind: Kind) -> None:
        begin = self.now + hours * HOUR
        window = a_window(
            kind=kind, scheduled_for=begin, scheduled_until=begin + 2 * HOUR, recurrence="FREQ=DAILY" if again else ""
        )
        try:
            announce(self.desk, window, ANA, self.now)
        except (Conflict, Invalid):
            return

    @rule(which=_ANY, deed=st.sampled_from([start, complete, cancel, stop_repeating]))
    def run(self, which: int, deed: Any) -> None:
        if event := self._window(which):
            self._try(deed, event.id)

    @rule(which=_ANY, hours=st.integers(-5, 50))
    def move(self, which: int, hours: int) -> None:
        if event := self._window(which):
            self._try(extend, event.id, event.scheduled_until + hours * HOUR)
            begin = self.now + hours * HOUR
            self._try(reschedule, event.id, begin, begin + HOUR)

    @rule(is_ill=st.booleans(), monitor=st.sampled_from(["chain:bitcoin", "website"]), status=_TROUBLE)
    def look(self, is_ill: bool, monitor: str, status: Status) -> None:
        ill = a_verdict(monitor=monitor, deposits=status, withdrawals=status, at=self.now)
        take_verdict(self.desk, ill if is_ill else clear(monitor, at=self.now), describe, self.now)

    @rule(minutes=st.sampled_from([1, 9, 60, 60 * 24]))
    def pass_time(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        run_windows(self.desk, CLOCK, self.now)
        run_series(self.desk, CLOCK, self.now)
        mark_silent(self.desk, self.now)
        fan_out(self.store, self.now)

    # What holds at any moment.

    @invariant()
    def incidents_moved_as_the_table_allows(self) -> None:
        if not hasattr(self, "store"):
            return
        live: list[str] = []
        known = {each.id: each for each in lists.incidents_before(self.store, lists.FIRST, limit=500)}
        for one in known.values():
            was = self.before.get(one.id)
            assert was is None or one.stage is was or one.stage in MOVES[was] or one.merged_into, (was, one.stage)
            self.before[one.id] = one.stage
            assert (one.resolved_at is not None) == (one.stage in (Stage.RESOLVED, Stage.POSTMORTEM)), one
            assert not (one.discarded_at and one.published_at), one
            assert one.statuses or one.merged_into, one
            assert one.corrected <= {update.id for update in one.updates}
            if one.monitor and one.resolved_at is None and one.discarded_at is None:
                live.append(one.monitor)
            if one.merged_into:
                assert known[one.merged_into].merged_into is None
                assert not one.is_open
        assert len(live) == len(set(live)), "one fault opened two incidents"

    @invariant()
    def windows_moved_as_the_table_allows(self) -> None:
        if not hasattr(self, "store"):
            return
        slots: set[Any] = set()
        for one in lists.maintenances_before(self.store, lists.FIRST, limit=500):
            was = self.before.get(one.id)
            assert was is None or one.state is was or one.state in WINDOW_MOVES[was], (was, one.state)
            self.before[one.id] = one.state
            assert one.scheduled_for < one.scheduled_until, one
            if one.series:
                slot = one.series.id, one.series.slot
                assert slot not in slots
                slots.add(slot)

    @invariant()
    def the_page_follows_from_the_record(self) -> None:
        if not hasattr(self, "store"):
            return
        found = lists.incidents_before(self.store, lists.FIRST, limit=500)
        said = [one.statuses for one in found if one.is_open]
        covered = covers(lists.maintenances_before(self.store, lists.FIRST, limit=500), self.now)
        for each in components.all_components(self.store):
            if each.is_group:
                continue
            spoken = [statuses[each.id] for statuses in said if each.id in statuses]
            assert each.status is effective(each.signal, spoken, covered.get(each.id, Cover.NONE)), each.id

    @invariant()
    def everybody_is_accounted_for(self) -> None:
        if hasattr(self, "store"):
            fan_out(self.store, self.now)
            assert ledger.verify(self.store).faults == ()


Lives.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLives = Lives.TestCase
