"""What programs get of a notice, frozen at first use as words are: a repeat is the same to the byte."""

from collections.abc import Callable
from dataclasses import replace

from notifier.message import Message, digest, message_of
from records.notices import FORMS, Category, Notice
from records.store import notices
from records.store.engine import Store
from records.store.receivers import Change
from records.times import now_utc

_FORM = "envelope"


def frozen_envelope(store: Store, notice: Notice, language: str, make: Callable[[Notice], str]) -> Message:
    """The envelope of a notice version: the kept one, or one that `make` makes now and that is kept from now on.

    `language` is the one that the read API speaks. Programs read the whole event in it, so there is one for all.
    """
    kept = notices.texts(store, notice.id, notice.version, language)
    if _FORM not in kept:
        words = make(notice)
        text = notices.Text(language=language, form=_FORM, content=words, sha256=digest(words))
        notices.keep_texts(store, notice.id, notice.version, [text], now_utc())
        kept = notices.texts(store, notice.id, notice.version, language)
    without_words = message_of(notice, language, dict.fromkeys(FORMS, ""), for_subscribers=True)
    return replace(without_words, envelope=kept[_FORM].content)


def of_change(change: Change, language: str, envelope: str) -> Message:
    """The message about a component that became another, where nobody wrote any words."""
    return Message(
        notice_id=f"change.{change.id}",
        version=1,
        subject_id=change.component_id,
        category=Category.OPTIONAL_SERVICE,
        is_urgent=False,
        created_at=change.at,
        language=language,
        for_subscribers=True,
        **dict.fromkeys(FORMS, ""),
        envelope=envelope,
    )
