"""Telegram, by a bot: https://core.telegram.org/bots/api#sendmessage.

A bot cannot read what it wrote, so a post that may stand is repeated once, late, as mail is.
"""

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Reach
from notifier.channels.social.api import Api, Said
from notifier.channels.social.measures import utf16_units
from notifier.channels.social.service import Address, Draft, Standing
from notifier.fitting import Manner
from records.posts import Post

_LIMIT = 4_096
#: What stands before the number of a channel or large group.
_LARGE = "-100"


class Telegram:
    """One bot and one chat."""

    def __init__(self, reach: Reach, address: Address, *, limit: int | None = None) -> None:
        self._api = Api(reach, address.base, secrets=address.secrets, knows_repeats=False)
        # The token is part of the path; no error of ours names a path.
        self._path = f"/bot{address.options['token']}"
        self._chat, self._topic = address.options["chat"], address.options.get("topic", "")
        self.manner = Manner(service="Telegram", limit=limit or _LIMIT, measure=utf16_units)

    async def post(self, draft: Draft) -> Post:
        """Send a message. Raises ChannelError."""
        message: dict[str, object] = {
            "chat_id": self._chat,
            "text": draft.text,
            "link_preview_options": {"is_disabled": True},
        }
        if self._topic:
            message["message_thread_id"] = int(self._topic)
        if draft.reply_to is not None:
            message["reply_parameters"] = {
                "message_id": int(draft.reply_to.id),
                # A first post that somebody deleted must not keep the next ones from people.
                "allow_sending_without_reply": True,
            }
        said = await self._api.publish(f"{self._path}/sendMessage", message)
        if not (name := said.text("result", "message_id")):
            raise self._api.unreadable(said.status)
        return Post(id=name, url=_url(said, name), text=draft.text)

    async def find(self, draft: Draft) -> Post | None:
        """Nobody can look."""
        return None

    async def examine(self) -> Standing:
        """Whose token it is, and whether the bot sees the chat. Raises ChannelError."""
        bot = f"@{(await self._api.read(f'{self._path}/getMe')).text('result', 'username')}"
        try:
            chat = await self._api.call(f"{self._path}/getChat", {"chat_id": self._chat})
        except ChannelError as error:
            if error.code not in ("400", "403"):
                raise
            return Standing(said=f"{bot} does not see the chat", hint="add the bot to the chat as one who may post")
        return Standing(
            said=f"{bot} in {chat.text('result', 'title') or chat.text('result', 'username') or 'the chat'}"
        )

    def close(self) -> None:
        """No connection is kept."""


def _url(said: Said, name: str) -> str:
    if public := said.text("result", "chat", "username"):
        return f"https://t.me/{public}/{name}"
    number = said.text("result", "chat", "id")
    return f"https://t.me/c/{number.removeprefix(_LARGE)}/{name}" if number.startswith(_LARGE) else ""
