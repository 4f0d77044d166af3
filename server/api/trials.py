"""Sending a notice's words to somebody who works here, before anybody else gets them."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # typing's own cannot be read by pydantic before Python 3.12

from notifier.compose import preview
from records.desk.trials import try_out
from records.errors import Fault, Invalid
from records.store import notices
from server.api.asking import Ask
from server.api.queries import NoQuery
from server.api.values import Body
from server.config.values import is_language
from server.wiring import house_of
from templates.language import nearest


class TryNotice(Body):
    """To whom, in which languages."""

    to: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """Name of somebody with a login and an e-mail address. Default: whoever asks, where that is a person."""
    languages: Annotated[list[Annotated[str, Field(max_length=35)]], Field(max_length=50)] | None = None
    """Which of the page's languages. Default: all of them."""


class TriedShape(TypedDict):
    """What is on its way, marked as a test."""

    notice_id: str
    to: str
    languages: list[str]


def try_notice(ask: Ask[TryNotice, NoQuery]) -> TriedShape:
    """Send the words of a notice to somebody who works here, marked as a test; no customer's record knows of it."""
    store, settings = ask.desk.store, ask.settings
    notice = notices.notice(store, ask.path["id"])
    to = ask.body.to or (ask.actor.name.removeprefix("user:") if ask.actor.name.startswith("user:") else None)
    if to is None:
        raise Invalid(Fault(path="to", message="is missing", hint="name somebody with a login; a token has no address"))
    wanted = settings.page.languages if ask.body.languages is None else ask.body.languages
    for index, code in enumerate(wanted):
        if not is_language(code):
            raise Invalid(Fault(path=f"/languages/{index}", message="is not a language", hint="write one like fr"))
    shown = preview(store, notice, house_of(settings), dict.fromkeys(nearest(each) for each in wanted))
    words = {code: message.forms for code, message in shown.messages.items()}
    try_out(ask.desk, to, notice.id, words, ask.actor, ask.now)
    return {"notice_id": notice.id, "to": to, "languages": list(words)}
