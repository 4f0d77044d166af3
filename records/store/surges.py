"""The surge that was declared last: one fact, read with every snapshot of the page."""

import json
from datetime import datetime

from records.store import meta
from records.store.engine import Store
from records.surges import Surge
from records.times import from_ms, to_ms

_NAME = "support_surge"


def put_surge(store: Store, surge: Surge) -> None:
    """Instead of the one before."""
    said = {
        "words": surge.words,
        "since": to_ms(surge.since),
        "until": to_ms(surge.until),
        "declared_by": surge.declared_by,
    }
    meta.write(store, _NAME, json.dumps(said, ensure_ascii=False))


def surge(store: Store, now: datetime) -> Surge | None:
    """The surge that lasts at `now`; None when there is none."""
    said = json.loads(meta.read(store, _NAME) or "null")
    if said is None or from_ms(said["until"]) <= now:
        return None
    return Surge(
        words=said["words"],
        since=from_ms(said["since"]),
        until=from_ms(said["until"]),
        declared_by=said["declared_by"],
    )


def end_surge(store: Store) -> None:
    """Nothing is said any more."""
    meta.write(store, _NAME, "null")
