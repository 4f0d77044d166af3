"""E-mail: a finished message is put into an envelope and handed to the relay."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from notifier.channels.contract import ChannelError, Receipt, Recipient, tidy_reply
from notifier.channels.email.addresses import parse_address
from notifier.channels.email.connect import Relay
from notifier.channels.email.dkim import DkimKey
from notifier.channels.email.envelope import Envelope, Skeleton
from notifier.channels.email.lanes import MESSAGES_PER_LANE, Lanes
from notifier.message import House, Message
from notifier.retry import Trouble
from records.errors import Invalid

__all__ = ["DkimKey", "Email", "Relay"]

#: Notices × languages whose encoded form is kept at hand.
_SKELETONS = 64
#: RSA takes half a millisecond of a processor for each message; more threads than processors gain nothing.
_SIGNERS = 2


class Email:
    """The mail channel. Made inside the running event loop."""

    def __init__(self, relay: Relay, house: House, *, secret: bytes) -> None:
        """`secret` makes message ids unforgeable; it must stay the same over restarts. Raises Invalid."""
        self._relay = relay
        self._house = house
        self._secret = secret
        self._lanes = Lanes(relay, parse_address(house.sender).domain)
        self._skeletons: OrderedDict[tuple[str, int, str, bool], Skeleton] = OrderedDict()
        self._next_turn = 0.0
        #: Signing lets the event loop run meanwhile.
        self._signers = ThreadPoolExecutor(_SIGNERS, "dkim") if relay.dkim else None

    @property
    def concurrency(self) -> int:
        """Two messages a connection: see `lanes`."""
        return self._relay.connections * MESSAGES_PER_LANE

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Hand one message to the relay. Raises ChannelError."""
        skeleton = self._skeleton(message)
        try:
            envelope = skeleton.envelope(to) if self._signers is None else await self._signed(skeleton, to)
        except Invalid as invalid:
            raise ChannelError(Trouble.ADDRESS, phase="address", reply=str(invalid)) from invalid
        if self._relay.rate_per_second is not None:
            await self._take_turn(self._relay.rate_per_second)
        reply = await self._lanes.carry(envelope, is_urgent=message.is_urgent)
        return Receipt(phase="answered", code=str(reply.code), reply=tidy_reply(reply.text))

    async def close(self) -> None:
        """Close every connection; what is in work ends as lost."""
        await self._lanes.close()
        if self._signers is not None:
            self._signers.shutdown(wait=False)

    async def _signed(self, skeleton: Skeleton, to: Recipient) -> Envelope:
        return await asyncio.get_running_loop().run_in_executor(self._signers, skeleton.envelope, to)

    def _skeleton(self, message: Message) -> Skeleton:
        key = (message.notice_id, message.version, message.language, message.for_subscribers)
        found = self._skeletons.get(key)
        if found is None:
            try:
                found = Skeleton(
                    message,
                    self._house,
                    secret=self._secret,
                    bounce_domain=self._relay.bounce_domain,
                    keys=self._relay.dkim,
                )
            except Invalid as invalid:
                raise ChannelError(Trouble.CONTENT, phase="head", reply=str(invalid)) from invalid
            self._skeletons[key] = found
            if len(self._skeletons) > _SKELETONS:
                self._skeletons.popitem(last=False)
        return found

    async def _take_turn(self, rate_per_second: float) -> None:
        """Keep to the rate the relay allows: each message gets the next free moment."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_turn)
        self._next_turn = turn + 1 / rate_per_second
        if turn > now:
            await asyncio.sleep(turn - now)
