"""Words about an incident, kept with how things stood as they were said."""

from datetime import datetime

from records.components import Words
from records.desk.desk import Desk
from records.ids import new_id
from records.incidents import Incident, IncidentUpdate
from records.people import Actor
from records.store import incidents


def say(
    desk: Desk, incident: Incident, body: Words, actor: Actor, now: datetime, *, corrects: str | None = None
) -> None:
    """Inside a deed: keep words about an incident as it stands now; `corrects` is the update that they put right."""
    incidents.add_update(
        desk.store,
        IncidentUpdate(
            id=new_id(),
            incident_id=incident.id,
            stage=incident.stage,
            body=body,
            created_at=now,
            display_at=now,
            created_by=actor.name,
            next_update_at=incident.next_update_at,
            statuses=incident.statuses,
            corrects=corrects,
        ),
    )
