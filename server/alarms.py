"""Who is told of alarms by this house, and how patient it is."""

import ipaddress
from email.utils import parseaddr

from notifier.alarms import Alarms, ByMessage, ByPost, Receiver
from notifier.channels.contract import Channel
from notifier.channels.email import Email
from notifier.channels.hooks.reach import Reach
from notifier.channels.social import Social, service_of
from records.alarms import Patience
from server.config import Settings
from server.context import Context
from server.wiring import house_of, relay_of

#: The addresses stand in our own settings, so they may lie anywhere, inside the house above all.
_ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


def patience_of(settings: Settings) -> Patience:
    """How long something may be so before it is an alarm."""
    given = settings.alarms
    return Patience(queue=given.queue_after, waiting=given.waiting_after, crm=given.crm_after)


def names_of(settings: Settings) -> list[str]:
    """Everybody who is told, by the names that calls carry."""
    given = settings.alarms
    mailboxes = given.mail if settings.smtp is not None else ()
    return [
        *(f"mail:{parseaddr(each)[1]}" for each in mailboxes),
        *(f"room:{each.name}" for each in given.rooms),
        *(f"webhook:{each.name}" for each in given.webhooks),
    ]


class Told:
    """The receivers, and what has to be closed at the end. Raises Invalid for a room that Apprise does not know."""

    def __init__(self, context: Context, secret: bytes) -> None:
        """`secret` is the one of our mails' Message-IDs."""
        settings, given = context.settings, context.settings.alarms
        self.receivers: dict[str, Receiver] = {}
        self._channels: list[Channel] = []
        name, reach = settings.page.name, Reach(allowed=_ANYWHERE)
        if settings.smtp is not None and given.mail:
            # Connections of its own: those of notices may be what the alarm is about.
            mail = Email(relay_of(settings.smtp), house_of(settings), secret=secret)
            self._channels.append(mail)
            for each in given.mail:
                address = parseaddr(each)[1]
                self.receivers[f"mail:{address}"] = ByMessage(mail, name, address=address)
        for room in given.rooms:
            channel = Social(service_of(room.url.get_secret_value()))
            self._channels.append(channel)
            self.receivers[f"room:{room.name}"] = ByMessage(channel, name)
        for hook in given.webhooks:
            post = ByPost(reach, hook.url.get_secret_value(), hook.secret.get_secret_value())
            self.receivers[f"webhook:{hook.name}"] = post

    def alarms(self, context: Context) -> Alarms:
        """What makes the calls."""
        return Alarms(context.desk.store, self.receivers, call=context.call, clock=context.now)

    async def close(self) -> None:
        """Let go of every far side."""
        for channel in self._channels:
            await channel.close()
