"""Deeds about a surge at the support desk: the page says that answers take longer, until a time."""

from datetime import datetime

from records.components import Words
from records.desk.desk import Desk
from records.errors import Fault, Invalid
from records.people import Actor
from records.store import surges
from records.store.meta import touch_page
from records.store.people import audit
from records.surges import LONGEST, Surge
from records.times import iso

_LONGEST_WORDS = 500


def declare_surge(desk: Desk, words: Words, until: datetime, actor: Actor, now: datetime) -> Surge:
    """Say that answers take longer than usual until then; a surge declared before is replaced. Raises Invalid.

    `words` are added to the page's own sentence, by language; a language without has the sentence alone.
    """
    faults = [
        Fault(path=f"/words/{language}", message=f"longer than {_LONGEST_WORDS} characters")
        for language, text in words.items()
        if len(text) > _LONGEST_WORDS
    ]
    if until <= now:
        faults.append(Fault(path="/until", message="is over already"))
    elif until > now + LONGEST:
        faults.append(Fault(path="/until", message=f"more than {LONGEST.days} days ahead", hint="declare it anew then"))
    if faults:
        raise Invalid(faults)
    surge = Surge(words=words, since=now, until=until, declared_by=actor.name)
    with desk.deed():
        surges.put_surge(desk.store, surge)
        audit(desk.store, actor.name, "support.surge", "support", now, until=iso(until), words=words)
        touch_page(desk.store)
    return surge


def end_surge(desk: Desk, actor: Actor, now: datetime) -> bool:
    """Say no more that answers take longer. False when nothing was said."""
    with desk.deed():
        if surges.surge(desk.store, now) is None:
            return False
        surges.end_surge(desk.store)
        audit(desk.store, actor.name, "support.calm", "support", now)
        touch_page(desk.store)
    return True
