"""Public accounts: small adapters of our own where posts can be kept as evidence, apprise for all other services."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from notifier.channels.contract import ChannelError, Receipt, Recipient
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.addresses import address_of
from notifier.channels.social.api import ANYWHERE
from notifier.channels.social.bluesky import Bluesky
from notifier.channels.social.discord import DiscordBot, DiscordWebhook
from notifier.channels.social.longtail import LongTail, longtail_manner
from notifier.channels.social.mastodon import Mastodon
from notifier.channels.social.poster import Poster
from notifier.channels.social.service import Draft, Service
from notifier.channels.social.slack import SlackBot, SlackWebhook
from notifier.channels.social.telegram import Telegram
from notifier.channels.social.x import X
from notifier.fitting import Manner, fit
from notifier.message import Message
from notifier.retry import Trouble
from records.posts import Post

#: Every service with an adapter of our own. One more is one module, one line here and one in `addresses`.
SERVICES: dict[str, Callable[..., Service]] = {
    "mastodon": Mastodon,
    "bluesky": Bluesky,
    "telegram": Telegram,
    "discord": DiscordWebhook,
    "discordbot": DiscordBot,
    "slack": SlackBot,
    "slackhook": SlackWebhook,
    "x": X,
    "poster": Poster,
}
#: What a service says to a post that answers to one which is not there any more.
_REFUSED = ("400", "403", "404", "422", "thread_not_found", "message_not_found", "cannot_reply_to_message")


def service_of(url: str, *, secret: str | None = None, limit: int | None = None, reach: Reach | None = None) -> Service:
    """What posts to an account. `secret` makes the address one of the company's own poster. Raises Invalid."""
    address = address_of(url, secret)
    if address is None:
        return LongTail(url, limit=limit)
    return SERVICES[address.kind](reach or Reach(allowed=ANYWHERE), address, limit=limit)


def manner_of(url: str, *, secret: str | None = None, limit: int | None = None) -> Manner:
    """How an account takes its posts. Raises Invalid."""
    if address_of(url, secret) is None:
        return longtail_manner(url, limit)
    return service_of(url, secret=secret, limit=limit).manner


#: Of a post's name or address.
_LONGEST = 1_000


class Social:
    """One account in one language. One post at a time, in the order in which they are to stand."""

    concurrency = 1

    def __init__(self, service: Service) -> None:
        self._service = service
        self._is_closed = asyncio.Event()

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Post it, as an answer to the first post about the same thing. Raises ChannelError."""
        work = asyncio.ensure_future(self._send(message, to))
        end = asyncio.ensure_future(self._is_closed.wait())
        await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if not work.done():
            work.cancel()
            raise ChannelError(
                Trouble.UNCERTAIN, phase="posted", code="closed", reply="we stopped before an answer came"
            )
        return work.result()

    async def close(self) -> None:
        """Posts that have not begun do not begin any more; nobody waits for those that hang."""
        self._is_closed.set()
        self._service.close()

    async def _send(self, message: Message, to: Recipient) -> Receipt:
        draft = Draft(
            text=message.post or self._service.manner.dress(fit(message.short, self._service.manner)),
            language=message.language,
            # Two languages of one account are two posts.
            key=f"{to.key}.{message.language}",
            created_at=message.created_at,
            reply_to=to.reply_to,
        )
        if to.is_repeat and (post := await self._found(draft)) is not None:
            return _receipt(post, code="stands")
        return _receipt(await self._posted(draft))

    async def _found(self, draft: Draft) -> Post | None:
        """The post, if an earlier try made it after all."""
        try:
            return await self._service.find(draft)
        except ChannelError as error:
            if error.trouble is Trouble.PERMANENT:
                # We may post but not look. People rather hear twice than never.
                return None
            raise

    async def _posted(self, draft: Draft) -> Post:
        try:
            return await self._service.post(draft)
        except ChannelError as error:
            if draft.reply_to is None or error.trouble is not Trouble.PERMANENT or error.code not in _REFUSED:
                raise
        # Somebody took the first post down, or the account is another now: the news must come out all the same.
        alone = replace(draft, reply_to=None, key=f"{draft.key}.alone")
        return await self._service.post(alone)


def _receipt(post: Post, *, code: str = "") -> Receipt:
    is_address = post.url.startswith(("https://", "http://")) and len(post.url) <= _LONGEST
    # A link to it will be shown to people; a far side may say anything.
    post = replace(post, id=post.id[:_LONGEST], url=post.url if is_address and post.url.isprintable() else "")
    return Receipt(phase="posted", code=code, reply=" ".join(part for part in (post.id, post.url) if part), post=post)
