"""Look up one transaction on nodes of our own, and say what they see of it.

One more family: one module with `ask`, one line here, one in `forms`, one test file, one line in docs/page.md.
"""

from collections.abc import Awaitable, Callable

from monitors.checks.target import Target, Tools
from monitors.transactions import bitcoin, cosmos, evm, monero, solana, stellar, tron, unindexed, xrpl
from monitors.transactions.sight import Question, Saw

#: Asks one node about one transaction. Raises CouldNotSee when the node gave no usable answer.
Ask = Callable[[Question, Target, Tools], Awaitable[Saw]]

#: By the kind of check that the chain's nodes are looked at with. Kinds that are not here have no transactions.
FAMILIES: dict[str, Ask] = {
    "evm": evm.ask,
    "bitcoin": bitcoin.ask,
    "solana": solana.ask,
    "xrpl": xrpl.ask,
    "tron": tron.ask,
    "cosmos": cosmos.ask,
    "stellar": stellar.ask,
    "monero": monero.ask,
    "substrate": unindexed.ask,
    "cardano": unindexed.ask,
    "ton": unindexed.ask,
}
