"""Sending oneself what is about to go out, from the form in which it is written."""

from dataclasses import replace

from notifier.message import Message
from records.desk.trials import try_out
from records.errors import Conflict, Invalid, NotFound
from records.people import Actor
from server.console.forms import Form
from server.console.rehearsal import Rehearsal, Tried
from server.context import Context
from templates.language import name_of

#: What the button in the form says: `do` with this value.
TRY = "test"


def tried(context: Context, rehearsal: Rehearsal, fields: Form, actor: Actor) -> Rehearsal:
    """The rehearsal, and what became of the test if one was asked for; runs in a thread."""
    if fields.text("do") != TRY or rehearsal.words is None:
        return rehearsal
    messages = {code: one for code, one in rehearsal.words.messages.items() if code in fields.many("test")}
    return replace(rehearsal, tried=sent(context, messages_forms(messages), _notice_of(rehearsal), actor))


def messages_forms(messages: dict[str, Message]) -> dict[str, dict[str, str]]:
    """The words by language and form."""
    return {code: one.forms for code, one in messages.items()}


def sent(context: Context, words: dict[str, dict[str, str]], notice_id: str, actor: Actor) -> Tried:
    """Queue them to whoever asks, and say in words where they went or why not."""
    try:
        address = try_out(context.desk, actor.name.removeprefix("user:"), notice_id, words, actor, context.now())
    except Invalid as refused:
        return Tried(says=f"No language is chosen: {refused.faults[0].hint}.", is_sent=False)
    except (Conflict, NotFound) as refused:
        return Tried(says=str(refused), is_sent=False)
    languages = ", ".join(name_of(code, "en") for code in words)
    return Tried(says=f"On its way to {address}, marked as a test: {languages}. Nobody else gets it.", is_sent=True)


def _notice_of(rehearsal: Rehearsal) -> str:
    assert rehearsal.words is not None
    return next(iter(rehearsal.words.messages.values())).notice_id
