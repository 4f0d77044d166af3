"""Where a delivery goes: the address of its customer or subscriber, as SQL beside a row of `deliveries`."""

from records.subscribers import SubscriberKind, is_subscriber_channel

_CUSTOMERS = """
SELECT k.address FROM contacts k
WHERE k.customer_id = deliveries.customer_id AND k.channel = deliveries.channel AND k.blocked IS NULL AND k.wanted = 1
"""
_SUBSCRIBERS = """
SELECT k.address FROM subscriber_contacts k JOIN subscribers s ON s.id = k.subscriber_id
WHERE k.subscriber_id = deliveries.customer_id AND s.state = 'confirmed'
"""

#: Of a contact `k`: its secret, and after a blank the one before it while that signs too, at `:now`.
SECRETS = """
k.secret || coalesce((
    SELECT ' ' || o.secret FROM old_secrets o WHERE o.subscriber_id = k.subscriber_id AND o.until > :now), '')
"""


def address_sql(channel: str) -> str:
    """A query for the address of a delivery on this channel; it finds none where nothing more may go.

    Nor where a customer declined the channel: see `withheld.still_go`.
    """
    return _SUBSCRIBERS if is_subscriber_channel(channel) else _CUSTOMERS


def secret_sql(channel: str) -> str:
    """A query for what a delivery on this channel is signed with."""
    if channel != SubscriberKind.WEBHOOK.channel:
        return "''"
    return f"SELECT {SECRETS} FROM subscriber_contacts k WHERE k.subscriber_id = deliveries.customer_id"


def turn_sql(channel: str) -> str:
    """A condition on `deliveries`: nothing older waits for the same receiver, or is on its way there.

    Receivers hear of things in the order in which they happened; of mail nobody expects that. The channel stands in
    the words themselves, since a partial index serves them only so.
    """
    if channel not in (SubscriberKind.WEBHOOK.channel, SubscriberKind.SLACK.channel):
        return "1 = 1"
    return f"""
        NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.channel = '{channel}' AND e.customer_id = deliveries.customer_id
            AND (e.created_at < deliveries.created_at
                OR (e.created_at = deliveries.created_at AND e.notice_id < deliveries.notice_id)))
    """
