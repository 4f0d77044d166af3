"""Lets words of several incidents go together: one notice carries them all, and each keeps its own audience."""

from collections.abc import Sequence
from datetime import datetime

from records import audience
from records.desk import waiting
from records.desk.desk import Desk
from records.desk.signing import sign_notice
from records.digest import MOST, DigestRule, facts_of, kind_of
from records.ids import new_id, new_verify_code
from records.notices import Decision, Lane, Notice, NoticeState, WaitsFor
from records.people import Actor
from records.store import digests, notices
from records.store.people import audit


def due(desk: Desk, now: datetime) -> list[Notice]:
    """What waits for others and has waited long enough, with all that waits with it and may be declined alike."""
    held = [each for each in notices.waiting(desk.store) if each.wait and each.wait.reason is WaitsFor.DIGEST]
    first = next((each for each in held if each.wait and each.wait.until and each.wait.until <= now), None)
    return [] if first is None else [each for each in held if each.category is first.category][:MOST]


def let_go(desk: Desk, by: Actor, now: datetime) -> list[str]:
    """What is due leaves. Returns what was done, for the log."""
    with desk.deed():
        together = [each for each in due(desk, now) if each.useful_until > now]
        if not together:
            return []
        rule = desk.digest
        if len(together) > 1 and rule is not None:
            carrier = _carrier(desk, together, rule, by, now)
            notices.add(desk.store, carrier)
            digests.carry(desk.store, [each.id for each in together], carrier.id)
            sign_notice(desk, carrier, now)
        else:
            carrier = None
        for each in together:
            waiting.end(desk, each, Decision.APPROVED, by.name, now)
        if carrier is None:
            return [f"{Decision.APPROVED} {together[0].id}"]
        waiting.let_go(desk, carrier, now)
        audit(desk.store, by.name, "notice.digest", carrier.id, now, notices=[each.id for each in together])
        return [f"digest {carrier.id} of {len(together)}"]


def _carrier(desk: Desk, together: Sequence[Notice], rule: DigestRule, by: Actor, now: datetime) -> Notice:
    carrier_id = new_id()
    lanes = [each.lane for each in together]
    return Notice(
        id=carrier_id,
        version=1,
        kind=kind_of(together),
        # A subject of its own: newer words about one of the incidents do not take the place of what it says of others.
        subject_kind="digest",
        subject_id=carrier_id,
        category=together[0].category,
        lane=min(lanes, key=list(Lane).index),
        state=NoticeState.FANNING_OUT,
        audience_rule=audience.union([each.audience_rule for each in together]),
        channels=tuple(dict.fromkeys(channel for each in together for channel in each.channels)),
        facts=facts_of(together, rule, desk.default_language),
        verify_code=new_verify_code(),
        created_at=now,
        created_by=by.name,
        useful_until=min(each.useful_until for each in together),
        audience_count=0,
        fanned_out_at=None,
    )
