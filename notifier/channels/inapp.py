"""The wallet's own app: a notice is offered, and the app fetches it."""

from notifier.channels.contract import Receipt, Recipient
from notifier.message import Message


class InApp:
    """Nothing travels: once the ledger says offered, the customer's plate shows it."""

    concurrency = 8

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Offered at once: the words are frozen in the store, where the app's questions are answered from."""
        return Receipt(phase="offered")

    async def close(self) -> None:
        """There is no far side to let go of."""
