"""Deliveries that have nowhere to go any more when their turn comes: the address was blocked or erased meanwhile, or
the customer declined the channel.
"""

from collections.abc import Sequence
from datetime import datetime

from records.notices import Category, Outcome, Reason
from records.store import latecomers
from records.store.engine import Row, Store
from records.subscribers import is_subscriber_channel
from records.times import to_ms


def needs_address(channel: str) -> bool:
    """Whether a delivery on this channel goes to an address of its own."""
    return channel == "email" or is_subscriber_channel(channel)


def still_go(store: Store, channel: str, claimed: Sequence[Row]) -> dict[tuple[str, int], str]:
    """Addresses of those who declined the channel and have to be told on it, by notice and customer.

    What must be said is said, unless another channel that the customer wants carries it.
    """
    if is_subscriber_channel(channel):
        return {}
    whom = {f"c{index}": each for index, each in enumerate(sorted({row["customer_id"] for row in claimed}))}
    what = {f"n{index}": each for index, each in enumerate(sorted({row["notice_id"] for row in claimed}))}
    key = "{0}.notice_id = n.id AND {0}.version = n.version AND {0}.customer_id = k.customer_id"
    key += " AND {0}.channel <> :channel AND NOT EXISTS (SELECT 1 FROM contacts o WHERE o.customer_id = k.customer_id"
    key += " AND o.channel = {0}.channel AND o.wanted = 0)"
    found = store.rows(
        f"""
        SELECT n.id AS notice_id, k.customer_id, k.address FROM contacts k, notices n
        WHERE k.channel = :channel AND k.customer_id IN ({", ".join(f":{name}" for name in whom)})
            AND k.blocked IS NULL AND k.address <> '' AND k.wanted = 0
            AND n.id IN ({", ".join(f":{name}" for name in what)}) AND n.category = :mandatory
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE {key.format("d")})
            AND NOT EXISTS (SELECT 1 FROM ledger g WHERE {key.format("g")} AND g.outcome = 'accepted')
        """,
        channel=channel,
        mandatory=Category.MANDATORY_SERVICE.value,
        **whom,
        **what,
    )
    return {(row["notice_id"], row["customer_id"]): row["address"] for row in found}


def settle(store: Store, channel: str, claimed: Sequence[Row], now: datetime) -> None:
    """Inside the claim's transaction: these claimed rows are not sent, and the ledger says why.

    Their customers are looked at again: what must be said may take another channel.
    """
    why = _reasons(store, channel, [row["customer_id"] for row in claimed])
    store.together(
        "DELETE FROM deliveries WHERE (notice_id, version, customer_id, channel) IN ({rows})",
        [(row["notice_id"], row["version"], row["customer_id"], row["channel"]) for row in claimed],
    )
    store.together(
        """
        INSERT INTO ledger (customer_id, at, notice_id, version, channel, outcome, reason, language, sha256, attempts)
        {rows}
        ON CONFLICT (customer_id, notice_id, version, channel, outcome) DO NOTHING
        """,
        [
            (row["customer_id"], to_ms(now), row["notice_id"], row["version"], channel, Outcome.SUPPRESSED.value,
             why.get(row["customer_id"], Reason.NO_ADDRESS.value), row["language"], "", row["attempts"])
            for row in claimed
        ],
    )  # fmt: skip
    if not is_subscriber_channel(channel):
        latecomers.touch(store, [row["customer_id"] for row in claimed])


def _reasons(store: Store, channel: str, numbers: list[int]) -> dict[int, str]:
    marks = {f"n{index}": number for index, number in enumerate(dict.fromkeys(numbers))}
    named = ", ".join(f":{name}" for name in marks)
    if is_subscriber_channel(channel):
        found = store.rows(
            f"SELECT id, quarantine_reason AS reason FROM subscribers WHERE id IN ({named}) AND state = 'quarantined'",
            **marks,
        )
        return {row["id"]: _known(row["reason"]) for row in found}
    found = store.rows(
        f"""
        SELECT customer_id AS id, COALESCE(blocked, '{Reason.OPTOUT.value}') AS reason FROM contacts
        WHERE channel = :channel AND customer_id IN ({named})
            AND (blocked IS NOT NULL OR (wanted = 0 AND address <> ''))
        """,
        channel=channel,
        **marks,
    )
    return {row["id"]: row["reason"] for row in found}


def _known(word: str) -> str:
    """What quarantined a subscriber, as the ledger says it."""
    return Reason.COMPLAINED.value if word == Reason.COMPLAINED.value else Reason.BOUNCED.value
