"""Write the page's questions and answers."""

from datetime import datetime

from records.answers import LONGEST_CHARS, Sheet
from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid
from records.people import Actor
from records.store import answers
from records.store.meta import touch_page
from records.store.people import audit


def write_answers(desk: Desk, language: str, text: str, actor: Actor, now: datetime, *, version: int) -> Sheet | None:
    """The page shows `text` (Markdown) in that language instead of its files; the files again when it is empty.

    `version` is that of the sheet the writer saw, 0 for none. The same text again is no new version.
    Raises Conflict when somebody else wrote meanwhile, Invalid when it is too long.
    """
    text = text.strip()
    if len(text) > LONGEST_CHARS:
        raise Invalid(Fault(path="/text", message=f"is longer than {LONGEST_CHARS:,} characters"))
    with desk.deed():
        before = answers.sheet(desk.store, language)
        if version != (before.version if before else 0):
            raise Conflict("Somebody else wrote these answers meanwhile; theirs stand below yours.")
        if text == (before.text if before else ""):
            return before
        written = Sheet(language=language, version=version + 1, text=text, written_at=now, written_by=actor.name)
        answers.put(desk.store, written)
        audit(desk.store, actor.name, "answers.write", f"answers:{language}", now, version=written.version)
        touch_page(desk.store)
        return written
