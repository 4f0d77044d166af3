"""The first post to a receiver that somebody named: does it want to hear from us?

A program says so by giving a challenge back; a room cannot, so somebody in it presses the button behind a link. The
link to all settings goes to the receiver and nowhere else: whoever reads there owns it, whoever typed its address may
not.
"""

import json
import secrets
from collections.abc import Mapping
from contextlib import suppress

from notifier.channels.hooks.reach import Answer, NoAnswer, Reach
from notifier.channels.hooks.receivers import Receiver
from notifier.channels.hooks.slack import HEADERS, link, room_post
from notifier.channels.hooks.webhook import signed
from records.times import iso, now_utc, to_ms
from templates.environment import render

CHALLENGE_SECONDS = 10.0


class Doorstep:
    """Where a receiver is met for the first time: one for each."""

    def __init__(self, reach: Reach, receiver: Receiver, manage_url: str) -> None:
        self._reach = reach
        self._receiver = receiver
        self._manage_url = manage_url

    async def challenge(self, secret: str, page_url: str) -> bool:
        """Post a value that nobody can guess; whether it came back, plain or as `{"challenge": …}`, in time."""
        value, now = secrets.token_urlsafe(24), now_utc()
        meta = {
            "manage": self._manage_url,
            "documentation": f"{page_url}/subscribe?by=webhook",
            "generated_at": iso(now),
        }
        body = json.dumps({"meta": meta, "challenge": value}).encode()
        headers = signed(body, event=f"challenge.{value}", secret=secret, at=to_ms(now) // 1000)
        answer = await self._post(body, headers)
        return answer is not None and _given_back(answer.body) == value

    async def greet(self, language: str, house: str, *, is_known: bool) -> bool:
        """Post the link to the button into a room; whether the room took it."""
        words = render("subscriptions/room/greeting.txt", language, name=house, is_known=is_known).strip()
        body = room_post(words, link(self._manage_url, room_link_words(language)))
        return await self._post(body, HEADERS) is not None

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        try:
            answer = await self._reach.post(self._receiver, body, headers, deadline_seconds=CHALLENGE_SECONDS)
        except NoAnswer:
            # Why is not told to whoever typed the address: they could look around with our eyes.
            return None
        return answer if 200 <= answer.status < 300 else None


def _given_back(body: bytes) -> str:
    text = body.decode("utf-8", errors="replace").strip()
    with suppress(ValueError):
        told = json.loads(text)
        return str(told.get("challenge", "")) if isinstance(told, dict) else str(told)
    return text


def room_link_words(language: str) -> str:
    """What the link under each post in a room says."""
    return " ".join(render("subscriptions/room/link.txt", language).split())
