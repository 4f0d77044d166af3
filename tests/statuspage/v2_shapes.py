"""The read API v2 as its clients know it: every key, every type, every value, and nothing else but `forewarn`.

Written from the public documents of the format, not from our code. `python -m tests.statuspage.v2_shapes` prints them
as JSON Schema, which stands in docs/api-v2.schema.json.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{12}$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Text = Annotated[str, StringConstraints(min_length=1)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://")]
ComponentStatus = Literal["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
IncidentStatus = Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
WindowStatus = Literal["scheduled", "in_progress", "verifying", "completed"]
Ours = dict[str, Any]


class Shape(BaseModel):
    """No key is missing, none is too many, no type is bent."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(Shape):
    """Whose page it is."""

    id: Id
    name: Text
    url: Address
    time_zone: Text
    updated_at: Time
    forewarn: Ours


class State(Shape):
    """The whole in two words."""

    indicator: Literal["none", "minor", "major", "critical", "maintenance"]
    description: Literal[
        "All Systems Operational",
        "Partially Degraded Service",
        "Minor Service Outage",
        "Partial System Outage",
        "Major System Outage",
        "Service Under Maintenance",
    ]


class Component(Shape):
    """One service, or a group, which alone has `components`."""

    id: Id
    name: Text
    status: ComponentStatus
    created_at: Time
    updated_at: Time
    position: int
    description: Text | None
    showcase: bool
    start_date: Date | None
    group_id: Id | None
    page_id: Id
    group: bool
    only_show_if_degraded: bool
    components: list[Id] = []
    forewarn: Ours


class Affected(Shape):
    """How an update moved a component."""

    code: Id
    name: Text
    old_status: ComponentStatus
    new_status: ComponentStatus


class _Update(Shape):
    id: Id
    body: Text
    incident_id: Id
    created_at: Time
    updated_at: Time
    display_at: Time
    affected_components: list[Affected] | None
    deliver_notifications: bool
    custom_tweet: Text | None
    tweet_id: Text | None


class IncidentUpdate(_Update):
    """One thing said about an incident."""

    status: IncidentStatus


class WindowUpdate(_Update):
    """One thing said about planned work."""

    status: WindowStatus


class _Subject(Shape):
    id: Id
    name: Text
    created_at: Time
    updated_at: Time
    monitoring_at: Time | None
    resolved_at: Time | None
    shortlink: Address
    started_at: Time
    page_id: Id
    components: list[Component]
    forewarn: Ours


class Incident(_Subject):
    """Unplanned trouble."""

    status: IncidentStatus
    impact: Literal["none", "minor", "major", "critical"]
    incident_updates: list[IncidentUpdate]


class Maintenance(_Subject):
    """Planned work."""

    status: WindowStatus
    impact: Literal["none", "maintenance"]
    incident_updates: list[WindowUpdate]
    scheduled_for: Time
    scheduled_until: Time


class Summary(Shape):
    """Everything that is true now."""

    page: Page
    components: list[Component]
    incidents: list[Incident]
    scheduled_maintenances: list[Maintenance]
    status: State


class Status(Shape):
    """The whole alone."""

    page: Page
    status: State


class Components(Shape):
    """All services and groups."""

    page: Page
    components: list[Component]


class Incidents(Shape):
    """Incidents, newest first."""

    page: Page
    incidents: list[Incident]


class Maintenances(Shape):
    """Planned work."""

    page: Page
    scheduled_maintenances: list[Maintenance]


SHAPES: dict[str, type[Shape]] = {
    "/api/v2/summary.json": Summary,
    "/api/v2/status.json": Status,
    "/api/v2/components.json": Components,
    "/api/v2/incidents.json": Incidents,
    "/api/v2/incidents/unresolved.json": Incidents,
    "/api/v2/scheduled-maintenances.json": Maintenances,
    "/api/v2/scheduled-maintenances/upcoming.json": Maintenances,
    "/api/v2/scheduled-maintenances/active.json": Maintenances,
}


def json_schema() -> dict[str, Any]:
    """All of them as one JSON Schema: `$defs` by name, and under `documents` which address answers with which."""
    _, schema = TypeAdapter.json_schemas([(shape, "validation", TypeAdapter(shape)) for shape in set(SHAPES.values())])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Read API v2",
        "$defs": dict(sorted(schema["$defs"].items())),
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in sorted({shape.__name__ for shape in SHAPES.values()})],
        "documents": {path: {"$ref": f"#/$defs/{shape.__name__}"} for path, shape in SHAPES.items()},
    }


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2))
