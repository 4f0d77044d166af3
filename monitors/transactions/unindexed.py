"""Families whose nodes cannot find a transaction by its hash: Substrate, Cardano (Ogmios), TON.

There the explorers keep an index of their own beside the node. Ours do not, and say so instead of "not seen".
"""

from monitors.checks.target import Target, Tools
from monitors.transactions.sight import Question, Saw, Sight


async def ask(question: Question, target: Target, tools: Tools) -> Saw:
    """Nothing is asked."""
    return Saw(sight=Sight.HIDDEN)
