"""From a mail that came back to what is written down about it; for the hook and for the mailbox."""

from collections import Counter

import structlog

from notifier.channels.email.bounces import read_bounce
from notifier.channels.email.codes import Codes
from records.desk.bounces import take_in
from server.context import Context
from server.wiring import mail_secret

#: By what became of it, as long as this process runs: `noted`, `blocked`, `known`, `not_found`, `not_believed`.
COUNTS: Counter[str] = Counter()
_log = structlog.get_logger(__name__)


def take_in_mail(context: Context, raw: bytes) -> str:
    """In a thread: read one mail and take in what it says. Whoever wrote it, nothing is raised but StoreUnavailable."""
    bounce = read_bounce(raw, Codes(mail_secret(context)))
    if bounce is None:
        # A holiday note, spam, or a bounce somebody made up: nothing follows from any of them.
        result = "not_believed"
        _log.info("bounce_not_believed", bytes=len(raw))
    else:
        result = take_in(context.desk.store, bounce, context.now()).value
        _log.info("bounce", delivery=bounce.delivery, verdict=bounce.verdict.value, status=bounce.status, result=result)
    COUNTS[result] += 1
    return result
