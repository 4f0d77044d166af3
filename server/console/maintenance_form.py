"""A planned event as somebody types it: one field for its times, read in the zone they chose."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from records.components import Words
from records.desk.maintenance import MaintenanceEntry
from records.errors import Fault, Invalid
from records.maintenance import Kind, read_at_block
from records.zones import is_zone
from server.console.forms import Form, choice
from server.console.timewords import Window, parse_window

#: How long before the start a reminder may be asked for.
REMINDERS = {"7d": timedelta(days=7), "24h": timedelta(hours=24), "1h": timedelta(hours=1)}
#: Offered beside the page's own zone and UTC; any other can be written into the field itself.
ZONES = (
    "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
    "Europe/Bucharest", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip

#: How often a window may come again, as offered; other rules come from the command line and the API.
REPEATS = {
    "": "only once",
    "FREQ=DAILY": "every day",
    "FREQ=WEEKLY": "every week",
    "FREQ=WEEKLY;INTERVAL=2": "every two weeks",
    "FREQ=MONTHLY": "every month, on that day",
}


@dataclass(frozen=True, kw_only=True)
class MaintenanceForm:
    """The fields as typed."""

    kind: Kind = Kind.MAINTENANCE
    name: Words = field(default_factory=dict)
    body: Words = field(default_factory=dict)
    still_works: Words = field(default_factory=dict)
    what_to_do: Words = field(default_factory=dict)
    #: `tomorrow 22:00 for 2h`.
    when: str = ""
    zone: str = "UTC"
    component_ids: tuple[str, ...] = ()
    audience: str = "affected"
    channels: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ("24h", "1h")
    auto_start: bool = True
    auto_complete: bool = True
    emergency_reason: str = ""
    #: `ethereum:21000000`; empty when the clock decides.
    at_block: str = ""
    #: One of `REPEATS`, or another rule.
    recurrence: str = ""
    untranslated_reason: str = ""

    def window(self, now: datetime) -> Window:
        """What the time field means. Raises Invalid at `when` or `zone`."""
        if not is_zone(self.zone):
            raise Invalid(Fault(path="zone", message="not a time zone", hint="write one like Europe/Bucharest"))
        return parse_window(self.when, now, self.zone)

    def entry(self, now: datetime) -> MaintenanceEntry:
        """For the desk. Raises Invalid at the field."""
        window = self.window(now)
        return MaintenanceEntry(
            name=self.name,
            body=self.body,
            scheduled_for=window.start,
            scheduled_until=window.end,
            component_ids=self.component_ids,
            kind=self.kind,
            time_zone=window.zone,
            audience=self.audience or None,
            channels=self.channels,
            reminders=tuple(REMINDERS[name] for name in self.reminders if name in REMINDERS),
            auto_start=self.auto_start,
            auto_complete=self.auto_complete,
            still_works=self.still_works,
            what_to_do=self.what_to_do,
            emergency_reason=self.emergency_reason,
            at_block=read_at_block(self.at_block) if self.at_block else None,
            recurrence=self.recurrence,
            untranslated_reason=self.untranslated_reason,
        )


def read(form: Form) -> MaintenanceForm:
    """What came from the page. Raises Invalid for a choice that was not on offer."""
    return MaintenanceForm(
        kind=choice(Kind, form.text("kind") or Kind.MAINTENANCE, "kind"),
        name=form.words("name"),
        body=form.words("body"),
        still_works=form.words("still_works"),
        what_to_do=form.words("what_to_do"),
        when=form.text("when"),
        zone=form.text("zone") or "UTC",
        component_ids=form.many("components"),
        audience=form.text("audience"),
        channels=form.many("channels"),
        reminders=form.many("reminders"),
        auto_start=form.has("auto_start"),
        auto_complete=form.has("auto_complete"),
        emergency_reason=form.text("emergency_reason"),
        at_block=form.text("at_block"),
        recurrence=form.text("recurrence"),
        untranslated_reason=form.text("untranslated_reason"),
    )
