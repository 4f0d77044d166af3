"""What must hold before a deed about an incident is done."""

from records.components import TROUBLED, Status, Words
from records.desk.desk import Desk
from records.errors import Conflict, EditedMeanwhile, Fault, Invalid, MoveRefused
from records.incidents import MOVES, Incident, Stage
from records.store import backlogs, components, incidents


def named(desk: Desk, statuses: dict[str, Status]) -> dict[str, Status]:
    """The same by configuration id, whichever name was used. Raises NotFound."""
    return {components.component(desk.store, name).id: status for name, status in statuses.items()}


def check_words(name: Words, body: Words) -> None:
    """Raises Invalid when there is nothing to say."""
    faults = [
        Fault(path=f"/{what}", message=f"the {what} is empty", hint="say what customers notice, in one plain sentence")
        for what, words in (("name", name), ("body", body))
        if not any(text.strip() for text in words.values())
    ]
    if faults:
        raise Invalid(faults)


def check_first_stage(stage: Stage) -> None:
    """Raises Invalid for a stage in which no incident begins."""
    if stage is Stage.POSTMORTEM:
        raise Invalid(Fault(path="/status", message="a new incident cannot start with its review"))


def check_version(before: Incident, version: int | None) -> None:
    """Raises EditedMeanwhile when the edit was made from another version; None means the editor did not look."""
    if version is not None and version != before.version:
        raise EditedMeanwhile(f"{before.ref} was changed by somebody else meanwhile; look at it again, then repeat.")


def check_move(desk: Desk, before: Incident, stage: Stage) -> None:
    """Raises MoveRefused, and Conflict where the table allows a move that makes no sense here."""
    if before.discarded_at is not None:
        raise Conflict(f"{before.ref} was discarded; open a new incident.")
    if before.merged_into is not None:
        other = incidents.incident(desk.store, before.merged_into)
        raise Conflict(f"{before.ref} goes on as {other.ref}; say it there.")
    if stage not in MOVES[before.stage]:
        allowed = ", ".join(sorted(MOVES[before.stage]))
        raise MoveRefused(f"{before.ref} is {before.stage}; from there it can become: {allowed}.")
    if before.is_draft and stage is Stage.RESOLVED:
        raise Conflict(f"Nobody has seen {before.ref} yet; discard it, or publish it first.")
    if before.resolved_at is not None and stage is Stage.INVESTIGATING and before.monitor is not None:
        living = incidents.opened_by_monitor(desk.store, before.monitor)
        if living is not None:
            raise Conflict(f"{living.ref} is open for the same monitor; go on there instead of reopening {before.ref}.")


def failing(desk: Desk, incident: Incident) -> list[str]:
    """Ids of the incident's components at which a monitor still sees trouble, or work that waits (job C4)."""
    behind = backlogs.waiting(desk.store)
    return [
        each.id
        for each in components.all_components(desk.store)
        if each.id in incident.statuses and (each.signal in TROUBLED or each.id in behind)
    ]


def check_recovered(desk: Desk, before: Incident, override_reason: str) -> None:
    """R40: resolved means that checks pass, or that somebody takes it upon themselves with a reason."""
    if override_reason:
        return
    troubled = failing(desk, before)
    if troubled:
        raise Conflict(
            f"{before.ref} cannot be resolved: monitors still see trouble at {', '.join(troubled)}. "
            "Wait for them, or resolve with an override reason."
        )
