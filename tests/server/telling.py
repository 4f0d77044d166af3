"""Carry what is queued as a notifier would, without a mail server: words frozen, deliveries claimed and settled."""

import hashlib
from datetime import datetime, timedelta

from records.notices import FORMS, Delivery, Outcome
from records.store import fanout, notices, outbox
from records.store.engine import Store
from records.store.notices import Text


def fan_out(store: Store, now: datetime) -> None:
    """Queue every customer of every decided notice."""
    for notice in fanout.unfinished_fanouts(store):
        while fanout.fan_out_chunk(store, notice, now):
            pass


def text(language: str, form: str, content: str) -> Text:
    return Text(language=language, form=form, content=content, sha256=hashlib.sha256(content.encode()).hexdigest())


def carry(store: Store, channel: str, now: datetime, outcome: Outcome = Outcome.ACCEPTED) -> int:
    """Settle everything queued on a channel; returns how many deliveries that were."""
    claimed = take(store, channel, now)
    settle(store, claimed, now, outcome)
    return len(claimed)


def take(store: Store, channel: str, now: datetime) -> list[Delivery]:
    """Have everything queued on a channel in hand."""
    return outbox.claim(store, channel, now, lease=timedelta(minutes=1))


def settle(store: Store, claimed: list[Delivery], now: datetime, outcome: Outcome = Outcome.ACCEPTED) -> None:
    """All of them came to this."""
    for one in claimed:
        words = [
            text(one.language, form, f"{form} in {one.language}: {notices.notice(store, one.notice_id).kind}")
            for form in FORMS
        ]
        notices.keep_texts(store, one.notice_id, one.version, words, now)
        mark = outbox.Mark(delivery=one, outcome=outcome, sha256=words[0].sha256, attempt=outbox.Attempt(phase="dot"))
        outbox.mark(store, [mark], now)
    outbox.finish_notices(store)
