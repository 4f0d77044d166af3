"""Tests that people who work here send to themselves: the words of a notice, marked, and nothing else changed."""

import asyncio
import logging
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from notifier.channels.contract import Channel, ChannelError, Recipient
from notifier.chores import keep_doing
from notifier.message import Message
from notifier.retry import Case, decide
from notifier.scribe import Call
from records.notices import Category
from records.store import trials
from records.store.engine import Store
from records.times import now_utc
from records.trials import TRIAL_HOLDS, Trial
from templates.language import nearest, translations

_log = logging.getLogger("forewarn.notifier")
_LEASE = timedelta(minutes=5)
_BODY = re.compile(r"<body\b[^>]*>")


def marked(message: Message) -> Message:
    """The same words with a mark before them that nobody overlooks, in subject and text.

    Take the mark away, and what is left is the preview to the byte.
    """
    _ = translations(message.language).gettext
    line = _("This is a test. Only you got it; no customer did.")
    opening = _BODY.search(message.body_html)
    at = opening.end() if opening else 0
    note = f'<p style="margin:0 0 16px;padding:8px;border:2px solid #8a4a14;color:#8a4a14;background:#fff">{line}</p>'
    return replace(
        message,
        subject=_("Test: %(subject)s") % {"subject": message.subject},
        body_text=f"*** {line} ***\n\n{message.body_text}",
        body_html=message.body_html[:at] + note + message.body_html[at:],
    )


def compose_trial(trial: Trial) -> Message:
    """The letter as it leaves."""
    message = Message(
        notice_id=f"test.{trial.id}",
        version=1,
        # A thread of its own: it must not stand among what customers get.
        subject_id=f"test.{trial.id}",
        category=Category.MANDATORY_SERVICE,
        is_urgent=True,
        created_at=trial.created_at,
        language=nearest(trial.language),
        subject=trial.forms["subject"],
        body_text=trial.forms["body_text"],
        body_html=trial.forms["body_html"],
        short=trial.forms["short"],
    )
    return marked(message)


class Trials:
    """Sends them, one after the other."""

    def __init__(
        self,
        store: Store,
        channel: Channel,
        *,
        call: Call,
        clock: Callable[[], datetime] = now_utc,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`call` runs a function of the store in a thread."""
        self._store = store
        self._channel = channel
        self._call = call
        self._clock = clock
        self._chance = chance

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the letter in hand; what is left falls due again by itself."""
        await keep_doing("a test of a notice", partial(self._send_due, stop), stop)
        await self._channel.close()

    async def _send_due(self, stop: asyncio.Event) -> bool:
        for trial in await self._call(partial(trials.claim, self._store, self._clock(), lease=_LEASE)):
            if not stop.is_set():
                await self._send(trial)
        return False

    async def _send(self, trial: Trial) -> None:
        if self._clock() < trial.created_at + TRIAL_HOLDS:
            try:
                await self._channel.send(compose_trial(trial), Recipient(key=f"test.{trial.id}", address=trial.address))
            except ChannelError as error:
                await self._call(self._not_taken, trial, error)
                return
        await self._call(trials.settle, self._store, trial)

    def _not_taken(self, trial: Trial, error: ChannelError) -> None:
        case = Case(
            trouble=error.trouble,
            attempts=trial.attempts + 1,
            now=self._clock(),
            useful_until=trial.created_at + TRIAL_HOLDS,
            is_mandatory=True,
            retry_after=error.retry_after,
        )
        decision = decide(case, self._chance)
        if decision.due_at is None:
            _log.warning("a test of notice %s is given up: %s", trial.notice_id, error)
            trials.settle(self._store, trial)
            return
        trials.put_off(self._store, trial, decision.due_at, attempts=trial.attempts + decision.counts)
