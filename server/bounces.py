"""From a mail that came back to what is written down about it; for the hook and for the mailbox."""

import asyncio
import contextlib
from functools import partial

import structlog

from notifier.channels.email.bounces import read_bounce
from notifier.channels.email.codes import Codes
from notifier.channels.email.mailbox import Mailbox, MailboxAway, read_new
from records.desk.bounces import take_in
from records.errors import StoreUnavailable
from server.config.sections.mail import Bounces
from server.context import Context
from server.wiring import mail_secret

_log = structlog.get_logger(__name__)


def take_in_mail(context: Context, raw: bytes) -> str:
    """In a thread: read one mail and take in what it says. Whoever wrote it, nothing is raised but StoreUnavailable."""
    bounce = read_bounce(raw, Codes(mail_secret(context)))
    if bounce is None:
        # A holiday note, spam, or a bounce somebody made up: nothing follows from any of them.
        _log.info("bounce_not_believed", bytes=len(raw))
        return "not_believed"
    result = take_in(context.desk.store, bounce, context.now()).value
    _log.info("bounce", delivery=bounce.delivery, verdict=bounce.verdict.value, status=bounce.status, result=result)
    return result


def mailbox_of(bounces: Bounces | None) -> Mailbox | None:
    """The mailbox that is read; None without one."""
    if bounces is None or bounces.host is None or bounces.username is None or bounces.password is None:
        return None
    return Mailbox(
        host=bounces.host,
        port=bounces.port,
        security=bounces.security,
        username=bounces.username,
        password=bounces.password.get_secret_value(),
        folder=bounces.folder,
    )


async def watch_mailbox(context: Context, mailbox: Mailbox, every_seconds: float, stop: asyncio.Event) -> None:
    """Look into the mailbox again and again until `stop`; the mail in hand is finished first."""
    while not stop.is_set():
        try:
            count = await asyncio.to_thread(read_new, mailbox, partial(take_in_mail, context), stop.is_set)
            if count:
                _log.info("mailbox_read", mails=count)
        except (MailboxAway, StoreUnavailable) as error:
            # The loop's edge: what was not marked as seen is read the next time.
            _log.warning("mailbox_not_read", why=str(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_seconds)
