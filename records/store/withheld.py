"""Deliveries that have nowhere to go any more when their turn comes: the address was blocked or erased meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from records.notices import Outcome, Reason
from records.store import latecomers
from records.store.engine import Row, Store
from records.subscribers import is_subscriber_channel
from records.times import to_ms


def needs_address(channel: str) -> bool:
    """Whether a delivery on this channel goes to an address of its own."""
    return channel == "email" or is_subscriber_channel(channel)


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
        SELECT customer_id AS id, blocked AS reason FROM contacts
        WHERE channel = :channel AND customer_id IN ({named}) AND blocked IS NOT NULL
        """,
        channel=channel,
        **marks,
    )
    return {row["id"]: row["reason"] for row in found}


def _known(word: str) -> str:
    """What quarantined a subscriber, as the ledger says it."""
    return Reason.COMPLAINED.value if word == Reason.COMPLAINED.value else Reason.BOUNCED.value
