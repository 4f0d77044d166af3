"""Public accounts, by way of apprise: one address, one thread and one post at a time for each account.

Apprise is slow to load, posts to several services through one pool that a hung one blocks, and prints tokens at DEBUG:
so it is loaded at start-up, each account has its own thread, and its log is held at WARNING behind a redaction.
"""

import asyncio
import logging
import re
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from notifier.channels.contract import ChannelError, Receipt, Recipient
from notifier.fitting import Manner, fit
from notifier.message import Message
from notifier.retry import Trouble, of_http_status
from records.errors import Fault, Invalid

#: Loggers of the libraries that may print what only the far side should read.
_LOUD = ("apprise", "urllib3.connectionpool", "requests")
#: Shorter pieces of an address are words, not secrets.
_SECRET_CHARS = 6
_STATUS = re.compile(r"\berror=(\d{3})\b")


class Social:
    """One public account."""

    concurrency = 1

    def __init__(self, url: str, *, limit_chars: int = 280) -> None:
        """`url` is the account's apprise address, with its token. Raises Invalid when apprise cannot use it."""
        _ears.learn(url)
        self._plugin = _plugin(url)
        if self._plugin is None:
            hint = "see the address formats of apprise"
            raise Invalid(Fault(path="social.url", message="is no account address we can use", hint=hint))
        self._limit_chars = min(limit_chars, self._plugin.body_maxlen or limit_chars)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="social")

    async def send(self, message: Message, to: Recipient) -> Receipt:
        """Post the short form. Raises ChannelError."""
        text = message.post or fit(message.short, Manner(limit=self._limit_chars))
        loop = asyncio.get_running_loop()
        # A post on its way is never cancelled: nobody could say whether it stands.
        return await asyncio.shield(loop.run_in_executor(self._thread, self._post, text))

    async def close(self) -> None:
        """Posts that have not begun do not begin any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _post(self, text: str) -> Receipt:
        began = time.monotonic()
        with _ears.listening() as heard:
            # Any failure of a service's code must end as an answer, or the account's one thread is of no use.
            try:
                is_posted = self._plugin.notify(body=text, title="", body_format="text")
            except Exception as error:
                raise ChannelError(Trouble.PERMANENT, phase="posted", reply=type(error).__name__) from error
        if is_posted:
            return Receipt(phase="posted")
        raise self._error(" ".join(heard), time.monotonic() - began)

    def _error(self, heard: str, took_seconds: float) -> ChannelError:
        """Apprise says only yes or no; its log says the HTTP status, and the time it took says the rest."""
        if found := _STATUS.search(heard):
            return ChannelError(of_http_status(int(found.group(1))), phase="posted", code=found.group(1), reply=heard)
        if took_seconds >= self._plugin.socket_read_timeout:
            # It waited for an answer: the post had left us.
            return ChannelError(Trouble.UNCERTAIN, phase="posted", code="timeout", reply=heard)
        return ChannelError(Trouble.POST_RETRYABLE, phase="connect", code="refused", reply=heard)


def _plugin(url: str) -> Any:
    """What apprise makes of an address; None when it can make nothing of it.

    It loads its services now, half a second's work, and with them modules that Python is about to drop.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        asset = apprise.AppriseAsset(
            app_id="Forewarn",
            # A redirected post counts as sent, wherever it went.
            http_redirects=False,
            # Whether and when to try again is decided in one place, ours.
            default_service_retry=0,
            storage_mode="memory",
        )
        return apprise.Apprise.instantiate(url, asset=asset)


class _Ears(logging.Filter):
    """Stands before the loud loggers: takes secrets out of every line, and lets a post hear what was said of it."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: set[str] = set()
        self._heard = threading.local()

    def learn(self, url: str) -> None:
        """Never let pieces of this address through again."""
        for name in _LOUD:
            logger = logging.getLogger(name)
            if self not in logger.filters:
                logger.addFilter(self)
            # DEBUG prints addresses whole, and INFO tells what our own log tells.
            logger.setLevel(max(logger.level, logging.WARNING))
        parts = urlsplit(url)
        pieces = re.split(r"[/?&=:@,]", f"{parts.netloc}/{parts.path}?{parts.query}")
        self._secrets |= {each for piece in pieces for each in (piece, unquote(piece)) if len(each) >= _SECRET_CHARS}

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "…")
        record.msg, record.args = text, ()
        lines = getattr(self._heard, "lines", None)
        if lines is not None:
            lines.append(text)
        return record.levelno >= logging.WARNING

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """What is logged in this thread while the block runs."""
        lines: list[str] = []
        self._heard.lines = lines
        try:
            yield lines
        finally:
            self._heard.lines = None


_ears = _Ears()
