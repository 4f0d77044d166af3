"""What only a subscriber's own mail says: their token, and where one click ends it."""

from records.notices import Delivery
from records.subscribers import Purpose, is_subscriber_channel, token


class Links:
    """Made once per process from the house's key."""

    def __init__(self, key: bytes, url: str) -> None:
        """`url` is the page's, without a slash at the end."""
        self._key = key
        self._url = url

    def manage_token(self, subscriber_id: int) -> str:
        """For `/subscriptions/<token>`."""
        return token(self._key, Purpose.MANAGE, subscriber_id)

    def token(self, delivery: Delivery) -> str:
        """The manage token of whoever a delivery is for; empty for customers, who have none."""
        return self.manage_token(delivery.customer_id) if is_subscriber_channel(delivery.channel) else ""

    def resume_token(self, subscriber_id: int) -> str:
        """For `/subscriptions/<number>/<token>`."""
        return token(self._key, Purpose.RESUME, subscriber_id)

    def unsubscribe_url(self, delivery: Delivery) -> str | None:
        """Where one click ends it (RFC 8058); None for customers."""
        if not is_subscriber_channel(delivery.channel):
            return None
        return self.leave_url(delivery.customer_id)

    def leave_url(self, subscriber_id: int) -> str:
        """The same by number."""
        return f"{self._url}/unsubscribe/{token(self._key, Purpose.LEAVE, subscriber_id)}"

    def manage_url(self, subscriber_id: int) -> str:
        """Where a subscriber sees, changes and ends what they follow."""
        return f"{self._url}/subscriptions/{self.manage_token(subscriber_id)}"


def masked(address: str) -> str:
    """An address as the page shows it to whoever holds the link, who may have been forwarded a mail.

    >>> masked("ana.pop@mail.example")
    'a…@mail.example'
    """
    if "://" in address:
        # A path may be a secret, as those of Slack are.
        scheme, _, rest = address.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/…"
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
