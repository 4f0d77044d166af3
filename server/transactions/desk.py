"""What the address needs between requests: the enquiries, how often one address may ask, and how many asked what."""

from collections import Counter

from monitors.client import Client
from monitors.transactions.enquiries import Enquiries
from monitors.transactions.trust import Watched
from records.errors import StoreUnavailable
from records.transactions import Answer
from server.config.monitors import chain_monitors
from server.context import Context
from server.pace import Pace
from server.transactions.surroundings import watched


class TransactionDesk:
    """One per process. It keeps nothing of who asks but the pace of an address, and that in memory."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # No connection is opened before somebody asks.
        self._client = Client()
        self._enquiries = Enquiries(
            chain_monitors(context.settings),
            self._client,
            self._watched_of,
            needed={each.chain: each.confirmations for each in context.settings.chains if each.confirmations},
            now=context.now,
        )
        #: A person looks a few times; a script that waits for confirmations asks every few seconds.
        self.pace = Pace(burst=10, every_seconds=3.0)
        #: How many asked, by chain (empty where none was recognised) and by what they were told. Nothing else.
        self.counts: Counter[tuple[str, str]] = Counter()

    @property
    def chains(self) -> tuple[str, ...]:
        """Networks that can be asked about."""
        return self._enquiries.chains

    async def ask(self, chain: str | None, given: str) -> Answer:
        """Where the transaction is."""
        answer = await self._enquiries.ask(chain, given)
        # A name that somebody made up must not become a label.
        self.counts[answer.chain if answer.chain in self.chains else "", answer.found.value] += 1
        return answer

    async def close(self) -> None:
        """Let go of all connections to nodes."""
        await self._client.close()

    async def _watched_of(self, chain: str) -> Watched:
        context = self._context
        try:
            return await context.call(watched, context.desk.store, chain, context.now())
        except StoreUnavailable:
            # What nodes see they see without our database; only "not seen" needs the monitors' word.
            return Watched(verdict=None, height=None, is_fresh=False)
