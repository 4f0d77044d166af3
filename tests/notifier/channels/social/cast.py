"""The recurring cast: one notice fitted to each service, and an account at each."""

from dataclasses import replace
from typing import Any

import pytest

from notifier.channels.contract import ChannelError, Receipt, Recipient
from notifier.channels.social import Social, service_of
from notifier.compose import compose, compose_post
from notifier.message import Message
from notifier.posts import Way
from records.notices import NoticeKind
from tests.notifier.cast import HOUSE, INCIDENT, a_notice
from tests.services import (
    FakeBluesky,
    FakeDiscord,
    FakeMastodon,
    FakeService,
    FakeSlack,
    FakeTelegram,
    FakeX,
)

LINK = "https://status.acme.example/incidents/inc00000000a · 7Q4KM-W9RTA"
UPDATE = INCIDENT | {"body": {"en": "We found the cause. It is being put right."}, "update_number": 2}

#: Every account of the tests: which server it is at, and the name of its address there.
ACCOUNTS: dict[str, tuple[type[FakeService], str]] = {
    "mastodon": (FakeMastodon, "url"),
    "bluesky": (FakeBluesky, "url"),
    "telegram": (FakeTelegram, "url"),
    "discord": (FakeDiscord, "url"),
    "discordbot": (FakeDiscord, "bot_url"),
    "slack": (FakeSlack, "url"),
    "slackhook": (FakeSlack, "hook_url"),
    "x": (FakeX, "url"),
}
#: Those where a post that may stand is found, or known by its key.
SURE = ("mastodon", "bluesky", "discordbot", "slack", "x")


class Account:
    """One account at one running service."""

    def __init__(self, kind: str, server: FakeService) -> None:
        self.kind = kind
        self.server = server
        self.url: str = getattr(server, ACCOUNTS[kind][1])
        self.service = service_of(self.url)
        self.channel = Social(self.service)

    def message(self, *, facts: dict[str, Any] = INCIDENT, number: int = 1, language: str = "en") -> Message:
        """The notice as this account gets it."""
        kind = NoticeKind.INCIDENT_OPENED if number == 1 else NoticeKind.INCIDENT_UPDATED
        notice = a_notice(kind, id=f"notice{number:06d}", facts=facts)
        way = Way(manner=self.service.manner, language=language)
        words = way.manner.dress(compose_post(notice, language, HOUSE, way.manner))
        return replace(compose(notice, language, HOUSE), post=words)

    async def send(self, message: Message, **to: Any) -> Receipt:
        """Send it, as the courier does."""
        return await self.channel.send(message, Recipient(key=f"{message.notice_id}.1.0", **to))

    async def refused(self, message: Message, **to: Any) -> ChannelError:
        """How it is refused."""
        with pytest.raises(ChannelError) as caught:
            await self.send(message, **to)
        return caught.value

    @property
    def texts(self) -> list[str]:
        """What stands, oldest first."""
        return [post["_text"] for post in self.server.posts]
