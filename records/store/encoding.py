"""How small structures stand in a column: JSON with sorted keys, so that equal things have equal text."""

import json
from datetime import timedelta
from typing import Any

from records.components import Status


def to_json(value: Any) -> str:
    """JSON text, keys sorted, without spaces, letters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Any:
    """The value that `to_json` wrote."""
    return json.loads(text)


def statuses_to_json(statuses: dict[str, Status]) -> str:
    """Component id to state, as JSON."""
    return to_json({component: status.value for component, status in statuses.items()})


def statuses_from_json(text: str) -> dict[str, Status]:
    """What `statuses_to_json` wrote."""
    return {component: Status(status) for component, status in from_json(text).items()}


def durations_to_json(durations: tuple[timedelta, ...]) -> str:
    """A list of whole seconds."""
    return to_json([int(duration.total_seconds()) for duration in durations])


def durations_from_json(text: str) -> tuple[timedelta, ...]:
    """What `durations_to_json` wrote."""
    return tuple(timedelta(seconds=seconds) for seconds in from_json(text))
