"""Letters about a subscription itself: is it meant, and how to change it. They go out as they come, before notices."""

import asyncio
import logging
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from notifier.channels.contract import Channel, ChannelError, Recipient
from notifier.chores import keep_doing
from notifier.compose import contact_of, imprint_of
from notifier.message import House, Message, manage_address, resume_address
from notifier.retry import Case, Decision, Trouble, decide
from notifier.scribe import Call
from records.components import in_language
from records.letters import Letter, LetterKind
from records.notices import Category
from records.store import components, letters, receivers, subscribers, throttles
from records.store.engine import Store
from records.subscribers import Subscriber
from records.throttles import Limits
from records.times import now_utc, to_ms
from templates.environment import render
from templates.language import nearest

_log = logging.getLogger("forewarn.notifier")

_LEASE = timedelta(minutes=15)
#: Letters take their turns with all other mail.
_NO_LIMITS = Limits(bucket="email")
#: When a receiver took something last is looked for among so many posts.
_POSTS_LOOKED_AT = 100
#: While the relay itself is away, each letter asks for it again this often.
_RELAY_PAUSE = timedelta(seconds=30)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


@dataclass(frozen=True, kw_only=True)
class Paused:
    """How a receiver that is paused fared; its address is told without the path, which may be a secret."""

    host: str
    since: datetime
    #: What it answered last; empty when nothing came.
    answer: str
    #: When it took something last; None: not within what is remembered.
    taken_at: datetime | None


def compose_letter(
    letter: Letter, house: House, url: str, *, names: Sequence[str] = (), paused: Paused | None = None
) -> Message:
    """The letter in its subscriber's language; `names` are of what is followed, none of them: everything.

    `url` is where the one thing is done that it asks for, `paused` what a letter about a receiver tells.
    """
    language = nearest(letter.language)
    context = {
        "house": house,
        "names": list(names),
        "paused": paused,
        "url": url,
        "useful_until": letter.useful_until,
        "contact": contact_of(house, language),
        "imprint": imprint_of(house, language),
    }
    folder = f"subscriptions/{letter.kind.value}"
    subject = " ".join(render(f"{folder}/subject.txt", language, **context).split())
    text = render(f"{folder}/body.txt", language, **context)
    return Message(
        notice_id=f"letter.{to_ms(letter.created_at)}",
        version=1,
        subject_id=f"subscription.{letter.subscriber_id}",
        category=Category.OPTIONAL_SERVICE,
        is_urgent=True,
        created_at=letter.created_at,
        language=language,
        subject=subject,
        body_text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
        body_html=render(f"{folder}/body.html", language, subject=subject, **context).strip() + "\n",
        short="",
    )


class Letters:
    """Sends them, one after the other."""

    def __init__(
        self,
        store: Store,
        channel: Channel,
        house: House,
        *,
        token: Callable[[int], str],
        resume_token: Callable[[int], str],
        call: Call,
        limits: Limits = _NO_LIMITS,
        clock: Callable[[], datetime] = now_utc,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`token` and `resume_token` make a subscriber's tokens to manage and to go on.

        `call` runs a function of the store in a thread.
        """
        self._store = store
        self._channel = channel
        self._house = house
        self._token = token
        self._resume_token = resume_token
        self._call = call
        self._limits = limits
        self._clock = clock
        self._chance = chance

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the letter in hand; what is left falls due again by itself."""
        await keep_doing("a letter about a subscription", partial(self._send_due, stop), stop)
        await self._channel.close()

    async def _send_due(self, stop: asyncio.Event) -> bool:
        for letter in await self._call(partial(letters.claim, self._store, self._clock(), lease=_LEASE)):
            if not stop.is_set():
                await self._send(letter)
        return False

    async def _send(self, letter: Letter) -> None:
        if self._clock() >= letter.useful_until:
            await self._call(letters.settle, self._store, letter)
            return
        wait = await self._call(throttles.turn, self._store, self._limits, self._clock())
        if wait:
            await self._call(letters.put_off, self._store, letter, self._clock() + wait, attempts=letter.attempts)
            return
        message = await self._call(self._written, letter)
        key = f"letter.{letter.subscriber_id}.{to_ms(letter.created_at)}"
        try:
            await self._channel.send(message, Recipient(key=key, address=letter.address))
        except ChannelError as error:
            await self._call(self._not_taken, letter, error)
            return
        await self._call(letters.settle, self._store, letter)

    def _written(self, letter: Letter) -> Message:
        found = subscribers.subscriber(self._store, letter.subscriber_id)
        if letter.kind is LetterKind.PAUSED:
            url = resume_address(self._house, found.id, self._resume_token(found.id))
            return compose_letter(letter, self._house, url, paused=self._paused(found, letter))
        followed = set(found.components)
        language = nearest(letter.language)
        names = [
            in_language(each.name, language) for each in components.all_components(self._store) if each.id in followed
        ]
        return compose_letter(letter, self._house, manage_address(self._house, self._token(found.id)), names=names)

    def _paused(self, found: Subscriber, letter: Letter) -> Paused:
        where = subscribers.contact(self._store, found.id)
        posts = receivers.results(self._store, found.id, found.kind, limit=_POSTS_LOOKED_AT)
        return Paused(
            host=urlsplit(where.address).hostname or "" if where else "",
            since=found.quarantined_at or letter.created_at,
            answer=next((post.said for post in posts if post.has_failed), ""),
            taken_at=next((post.at for post in posts if post.is_taken), None),
        )

    def _not_taken(self, letter: Letter, error: ChannelError) -> None:
        decision = self._decision(letter, error)
        if decision.due_at is None:
            _log.warning("a letter to subscriber %d is given up: %s", letter.subscriber_id, error)
            letters.settle(self._store, letter)
            return
        is_relay = error.trouble in (Trouble.RELAY, Trouble.CONFIGURATION)
        due_at = decision.due_at + (_RELAY_PAUSE if is_relay else timedelta())
        letters.put_off(self._store, letter, due_at, attempts=letter.attempts + decision.counts)

    def _decision(self, letter: Letter, error: ChannelError) -> Decision:
        case = Case(
            trouble=error.trouble,
            attempts=letter.attempts + 1,
            now=self._clock(),
            useful_until=letter.useful_until,
            # Whoever waits for it would rather have it twice than not at all, and soon.
            is_mandatory=True,
            retry_after=error.retry_after,
        )
        return decide(case, self._chance)
