"""When very much breaks at once, it is said once (N23): what monitors see from then on joins one incident.

A hundred monitors that turn red within a minute have one cause, whoever finds it; a hundred notices would help nobody.
"""

from datetime import datetime, timedelta

from records.components import TROUBLED
from records.desk import inheritance
from records.desk.desk import Desk
from records.incidents import Incident
from records.store import components, incidents, merges

#: From so many incidents that monitors opened within a minute on, the next ones join the first of them. Two may well
#: break in the same minute by chance, and each deserves its own words.
ENOUGH = 3
WITHIN = timedelta(minutes=1)


def gathering(desk: Desk, now: datetime, *, is_public: bool) -> Incident | None:
    """The incident, or the draft, that what breaks now belongs to; None while not that much breaks."""
    found = incidents.open_incidents(desk.store) if is_public else incidents.drafts(desk.store)
    ours = [each for each in found if each.monitor is not None and inheritance.is_ours(desk, each)]
    # It goes on for as long as more joins: a failure that creeps is one failure too.
    creeping = [
        each for each in ours if now - each.updated_at < WITHIN and merges.speaks_for_others(desk.store, each.id)
    ]
    recent = [each for each in ours if each.detected_at is not None and now - each.detected_at < WITHIN]
    candidates = creeping or (recent if len(recent) >= ENOUGH else [])
    return min(candidates, key=lambda each: each.number, default=None)


def rest_is_broken(desk: Desk, incident: Incident, own: frozenset[str]) -> bool:
    """Whether something that joined is still broken, while what the incident's own monitor watches is well again."""
    if not merges.speaks_for_others(desk.store, incident.id):
        return False
    signals = {each.id: each.signal for each in components.all_components(desk.store)}
    return any(signals.get(each) in TROUBLED for each in incident.statuses if each not in own)
