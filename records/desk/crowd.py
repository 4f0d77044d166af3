"""Whether so much is being said at once that more of it should be said together."""

from datetime import datetime

from records.desk.desk import Desk
from records.digest import KINDS
from records.notices import Decision, Lane, Notice, WaitsFor
from records.store import digests, notices


def held_until(desk: Desk, notice: Notice, now: datetime) -> datetime | None:
    """When words leave that have to wait for those of other incidents; None when they need not."""
    rule = desk.digest
    if rule is None or notice.subject_kind != "incident" or notice.kind not in KINDS:
        return None
    enough = rule.enough_urgent if notice.lane is Lane.URGENT else rule.enough
    if digests.lately_told(desk.store, now - rule.within, but=notice.subject_id) < enough:
        return None
    waits = [each.wait for each in notices.waiting(desk.store)]
    # Words that newer ones about the same incident have just replaced: people do not wait longer for those.
    waits += [
        each.wait
        for each in notices.notices(desk.store, subject_id=notice.subject_id, limit=1)
        if each.wait is not None and each.wait.decision is Decision.SUPERSEDED
    ]
    others = [each.until for each in waits if each is not None and each.reason is WaitsFor.DIGEST and each.until]
    return min([*others, now + rule.wait])
