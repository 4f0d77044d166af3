"""One channel under several names, so that all keep to one set of connections and one rate; the last one closes it."""

from notifier.channels.contract import Channel, Receipt, Recipient
from notifier.message import Message


class Shared:
    """As the channel it is made from, for so many users; each closes it once."""

    def __init__(self, channel: Channel, *, users: int) -> None:
        self._channel = channel
        self._users = users

    @property
    def concurrency(self) -> int:
        """As much for each user: who has nothing to send uses nothing."""
        return self._channel.concurrency

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Hand one message over. Raises ChannelError."""
        return await self._channel.send(message, to)

    async def close(self) -> None:
        """One user less; whoever is last lets go of the far side."""
        self._users -= 1
        if self._users == 0:
            await self._channel.close()
