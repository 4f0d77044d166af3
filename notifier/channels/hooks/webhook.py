"""A subscriber's own program: gets the event as JSON, with its id, the time, and a signature by its own secret."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from notifier.channels.contract import ChannelError, Receipt, Recipient
from notifier.channels.hooks import sending
from notifier.channels.hooks.reach import Reach
from notifier.message import Message
from notifier.retry import Trouble
from records.subscribers import TOKEN_SLOT

#: What stands in an envelope where the receiver's own address to decline at goes.
UNSUBSCRIBE_SLOT = f"https://{TOKEN_SLOT}"
AGENT = "Forewarn-Webhook/1"


class Webhook:
    """All receivers share the way out, nothing else."""

    concurrency = sending.CONCURRENCY

    def __init__(self, reach: Reach, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970, which stand in what is signed."""
        self._reach = reach
        self._clock = clock

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Post the envelope. Raises ChannelError."""
        if not (message.envelope and to.secret and to.unsubscribe_url):
            raise ChannelError(Trouble.PERMANENT, phase="connect", reply="there is no envelope, or no secret")
        body = message.envelope.replace(json.dumps(UNSUBSCRIBE_SLOT), json.dumps(to.unsubscribe_url), 1).encode()
        headers = signed(body, event=to.key, secret=to.secret, at=int(self._clock()))
        return await sending.hand_over(self._reach, to.address, body, headers)

    async def close(self) -> None:
        """No connection is kept."""


def signed(body: bytes, *, event: str, secret: str, at: int) -> dict[str, str]:
    """The headers of a post: what it is, when we sent it, and that it was us who did.

    The signature is HMAC-SHA256 over `<timestamp>.<body>`, one for each secret where a blank parts several. The event
    id stays through all repeats, the time does not.
    """
    told = f"{at}.".encode() + body
    macs = [hmac.digest(each.encode(), told, hashlib.sha256).hex() for each in secret.split(" ")]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Forewarn-Event": event,
        "Forewarn-Timestamp": str(at),
        "Forewarn-Signature": ",".join(f"v1={mac}" for mac in macs),
    }
