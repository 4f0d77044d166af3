"""Where a delivery goes: the address of its customer or subscriber, as SQL beside a row of `deliveries`."""

from records.subscribers import is_subscriber_channel

_CUSTOMERS = """
SELECT k.address FROM contacts k WHERE k.customer_id = deliveries.customer_id AND k.channel = deliveries.channel
"""
_SUBSCRIBERS = "SELECT k.address FROM subscriber_contacts k WHERE k.subscriber_id = deliveries.customer_id"


def address_sql(channel: str) -> str:
    """A query for the address of a delivery on this channel."""
    return _SUBSCRIBERS if is_subscriber_channel(channel) else _CUSTOMERS
