"""Who is told, besides whoever looks at the board, when something calls for a person."""

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from server.config.values import (
    Duration,
    Identifier,
    Mailbox,
    Secret,
    SecretWebAddress,
    Section,
    between,
    unique_by,
    wrong,
)

_OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}


def _room_address(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", text.get_secret_value()):
        raise wrong("is not an Apprise address", "e.g. slack://${SLACK_TOKEN}/#on-call")
    return text


class AlarmRoom(Section):
    """A room of ours that alarms are posted to."""

    name: Identifier
    """What logs call it."""
    url: Annotated[Secret, AfterValidator(_room_address)]
    """Apprise address of the room, with its token. Never a public account."""


class AlarmWebhook(Section):
    """A program of ours that alarms are posted to."""

    name: Identifier
    """What logs call it."""
    url: SecretWebAddress
    """Where it takes posts, beginning with https://; without TLS only on our own machine."""
    secret: Annotated[Secret, Field(min_length=16)]
    """What posts are signed with, 16 letters or more."""

    @model_validator(mode="after")
    def _is_protected(self) -> "AlarmWebhook":
        address = urlsplit(self.url.get_secret_value())
        if address.scheme != "https" and address.hostname not in _OWN_MACHINE:
            raise wrong("would be told unprotected", "use an address that begins with https://")
        return self


class Alarms(Section):
    """Who is told, besides whoever looks at the board, when something calls for a person."""

    mail: Annotated[tuple[Mailbox, ...], unique_by("mailbox")] = ()
    """Mailboxes that get alarms and reminders of promised updates, through smtp."""
    rooms: tuple[AlarmRoom, ...] = ()
    """Rooms of ours, by Apprise: Slack, Teams, Matrix, Telegram …"""
    webhooks: tuple[AlarmWebhook, ...] = ()
    """Programs of ours: each alarm as signed JSON."""
    queue_after: Annotated[Duration, between("3m", "1d")] = timedelta(minutes=5)
    """How long nothing may be sent on a channel while something waits."""
    waiting_after: Annotated[Duration, between("1m", "1d")] = timedelta(minutes=15)
    """How long a notice may wait for somebody's yes."""
    crm_after: Annotated[Duration, between("1m", "30d")] = timedelta(minutes=15)
    """How long the crm may take no events."""

    @model_validator(mode="after")
    def _names_are_of_one_each(self) -> "Alarms":
        for names in ([each.name for each in self.rooms], [each.name for each in self.webhooks]):
            if len(set(names)) != len(names):
                raise wrong("has two of one name", "give each its own")
        return self
