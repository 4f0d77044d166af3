"""Build the world around Forewarn: networks, a website, a mail server, a social account, and settings for them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from records.errors import NotFound
from server.config import Settings
from server.demo.mailbox import Mailbox, MailServer
from server.demo.network import Network
from server.demo.service import Service
from server.demo.settings import CHAINS, demo_settings
from server.demo.social import SocialAccount
from server.demo.wire import HOST


class _Opens(Protocol):
    async def open(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything outside Forewarn that the demo needs, running."""

    settings: Settings
    networks: tuple[Network, ...]
    website: Service
    mailbox: Mailbox
    social: SocialAccount

    def network(self, name: str) -> Network:
        """One network by its chain's name. Raises NotFound."""
        for network in self.networks:
            if network.name == name:
                return network
        raise NotFound(f"There is no network {name} in this demo.")


@asynccontextmanager
async def opened_world(folder: Path, port: int, *, clock: Callable[[], float] = time.time) -> AsyncIterator[World]:
    """The world, answering on ports of its own while the context lasts."""
    networks = tuple(
        Network(each.facts, own=each.own, others=each.others, credited_after=each.confirmations, clock=clock)
        for each in CHAINS
    )
    website, mailbox, social = Service(), Mailbox(), SocialAccount()
    post = MailServer(mailbox)
    parts: list[_Opens] = [*networks, website.wire, post, social.wire]
    async with AsyncExitStack() as stack:
        for part in parts:
            stack.push_async_callback(part.close)
            await part.open()
        social.page_url = f"http://{HOST}:{port}/demo/social"
        settings = demo_settings(
            folder=folder,
            port=port,
            networks=networks,
            website_url=website.wire.url,
            smtp_port=post.port,
            social_url=social.url,
        )
        yield World(settings=settings, networks=networks, website=website, mailbox=mailbox, social=social)
