"""Networks that settle on another: when that one is in trouble, theirs has a known cause."""

from collections.abc import Mapping

#: Chain to the chain that its deposits, withdrawals and finality come from.
SETTLES_ON: Mapping[str, str] = {
    "arbitrum": "ethereum",
    "base": "ethereum",
    "optimism": "ethereum",
}
