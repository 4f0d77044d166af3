"""To whom words go and which way: as the deed chose, else by the first policy that fits, else the house's usual way."""

from collections.abc import Sequence

from records import audience
from records.components import audience_of
from records.desk.desk import Desk, expand_channels
from records.incidents import Impact, Incident
from records.maintenance import Maintenance
from records.notices import Category, NoticeKind
from records.store import choices, components, merges
from records.store.choices import Choice
from records.store.engine import Store

#: What a rule says for "the affected components' own rules".
AFFECTED = "affected"


def decide_audience(store: Store, rule: str | None, component_ids: Sequence[str]) -> str:
    """The rule text to freeze: `affected` (or nothing) is the union of the components' rules.

    Raises Invalid when a rule cannot be read, NotFound when a component does not exist.
    """
    if rule is None or rule.strip() == AFFECTED:
        affected = [components.component(store, component_id) for component_id in component_ids]
        return audience.union([audience_of(each) for each in affected]) if affected else "everyone"
    audience.parse(rule)
    return rule


def usual_audience(desk: Desk, kind: NoticeKind, impact: Impact | None) -> str:
    """`affected` or rule text, where the deed names no audience."""
    policy = desk.policy_for(kind, impact)
    return AFFECTED if policy is None else policy.audience


def usual_channels(desk: Desk, kind: NoticeKind, impact: Impact | None) -> tuple[str, ...]:
    """The channels where the deed names none, as deliveries name them."""
    policy = desk.policy_for(kind, impact)
    return expand_channels(desk, None if policy is None else policy.channels)


def category(desk: Desk, kind: NoticeKind, impact: Impact | None) -> Category:
    """Whether customers may decline such a notice wholly: not unless the policy for it says so."""
    policy = desk.policy_for(kind, impact)
    return (policy.category if policy is not None else None) or Category.MANDATORY_SERVICE


def first_audience(
    desk: Desk, chosen: str | None, component_ids: Sequence[str], kind: NoticeKind, impact: Impact | None = None
) -> str:
    """The rule text to freeze for something new; `chosen` is what its deed names. Raises as `decide_audience` does."""
    rule = usual_audience(desk, kind, impact) if chosen is None else chosen
    return decide_audience(desk.store, rule, component_ids)


def first_channels(
    desk: Desk, chosen: Sequence[str] | None, kind: NoticeKind, impact: Impact | None = None
) -> tuple[str, ...]:
    """The channels of something new; `chosen` are those its deed names. Raises Invalid for one that is not there."""
    return usual_channels(desk, kind, impact) if chosen is None else expand_channels(desk, chosen)


def keep_choices(store: Store, subject_id: str, *, audience: str | None, channels: Sequence[str] | None) -> None:
    """Inside a deed: remember what it left to the policies, for this notice and all that follow."""
    for choice, chosen in ((Choice.AUDIENCE, audience), (Choice.CHANNELS, channels)):
        if chosen is None:
            choices.leave(store, subject_id, [choice])
        else:
            choices.take(store, subject_id, choice)


def incident_channels(desk: Desk, incident: Incident, kind: NoticeKind) -> tuple[str, ...]:
    """Which way a notice about an incident goes; empty: the page only."""
    if Choice.CHANNELS not in choices.left(desk.store, incident.id):
        return incident.channels
    return usual_channels(desk, kind, incident.impact)


def incident_audience(desk: Desk, incident: Incident, kind: NoticeKind) -> str:
    """Whom a notice about an incident is for: whom it affects, who was told before, and whose ticket is tied to it.

    The resolution and a correction are only for those who heard of it: neither is news to anybody else (C4, R76).
    """
    about = [incident.id, *merges.merged_into(desk.store, incident.id)]
    heard = [f"{way}:{each}" for each in about for way in ("told", "linked")]
    if kind in (NoticeKind.INCIDENT_RESOLVED, NoticeKind.INCIDENT_CORRECTED):
        return audience.union(heard)
    return audience.union([incident.audience, *_more(desk, incident.id, kind, incident.impact), *heard])


def event_channels(desk: Desk, event: Maintenance, kind: NoticeKind) -> tuple[str, ...]:
    """Which way a notice about a planned event goes; empty: the page only."""
    if Choice.CHANNELS not in choices.left(desk.store, event.id):
        return event.channels
    return usual_channels(desk, kind, None)


def event_audience(desk: Desk, event: Maintenance, kind: NoticeKind) -> str:
    """Whom a notice about a planned event is for: whom it affects, and who was told before."""
    heard = [] if kind is NoticeKind.MAINTENANCE_ANNOUNCED else [f"told:{event.id}"]
    return audience.union([event.audience, *_more(desk, event.id, kind, None), *heard])


def _more(desk: Desk, subject_id: str, kind: NoticeKind, impact: Impact | None) -> list[str]:
    """Whom the policy for this very notice adds, where nobody chose the audience."""
    rule = usual_audience(desk, kind, impact)
    is_left = rule != AFFECTED and Choice.AUDIENCE in choices.left(desk.store, subject_id)
    return [rule] if is_left else []
