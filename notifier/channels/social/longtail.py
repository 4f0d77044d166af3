"""All other services, by way of apprise: one address, one thread and one post at a time for each account.

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
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote, urlsplit

from notifier.channels.contract import ChannelError
from notifier.channels.social.service import Draft, Standing
from notifier.fitting import Manner
from notifier.retry import Trouble, of_http_status
from records.errors import Fault, Invalid
from records.posts import Post

#: Loggers of the libraries that may print what only the far side should read.
_LOUD = (
    "apprise",
    "oauthlib",
    "oauthlib.oauth1.rfc5849",
    "requests",
    "requests_oauthlib",
    "requests_oauthlib.oauth1_auth",
    "urllib3.connectionpool",
)
#: Shorter pieces of an address are words, not secrets.
_SECRET_CHARS = 6
_LIMIT = 280
_STATUS = re.compile(r"\berror=(\d{3})\b")
#: A service that drips its answer keeps its thread; nobody waits for it any longer than this.
_DEADLINE_SECONDS = 60.0


class LongTail:
    """One account at a service that we have no words of our own for: no name of the post, no answers, no looking."""

    def __init__(self, url: str, *, limit: int | None = None, deadline_seconds: float = _DEADLINE_SECONDS) -> None:
        """`url` is the account's apprise address, with its token. Raises Invalid when apprise cannot use it."""
        self._plugin = _plugin(url)
        self.manner = _manner(self._plugin, limit)
        self._deadline_seconds = deadline_seconds
        self._thread = _Thread()
        #: What nobody waits for any more, though the thread is still at it.
        self._hanging: Future[Any] | None = None

    async def post(self, draft: Draft) -> Post:
        """Post it. Raises ChannelError."""
        if self._hanging is not None and not self._hanging.done():
            raise ChannelError(
                Trouble.POST_RETRYABLE, phase="connect", code="busy", reply="an earlier post still hangs"
            )
        begun = self._thread.begin(lambda: self._post(draft.text))
        try:
            # A post on its way is never cancelled: nobody could say whether it stands.
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(begun)), self._deadline_seconds)
        except TimeoutError as error:
            self._hanging = begun
            raise ChannelError(Trouble.UNCERTAIN, phase="posted", code="timeout", reply="no answer") from error

    async def find(self, draft: Draft) -> Post | None:
        """Nobody can look."""
        return None

    async def examine(self) -> Standing:
        """Apprise can only post."""
        return Standing(
            said=f"{self.manner.service} by way of Apprise, which can only be tried by posting", is_known=False
        )

    def close(self) -> None:
        """Posts that have not begun do not begin any more."""
        self._thread.end()

    def _post(self, text: str) -> Post:
        began = time.monotonic()
        with _ears.listening() as heard:
            # Any failure of a service's code must end as an answer, or the account's one thread is of no use.
            try:
                is_posted = self._plugin.notify(body=text, title="", body_format="text")
            except Exception as error:
                raise ChannelError(Trouble.PERMANENT, phase="posted", reply=type(error).__name__) from error
        if is_posted:
            return Post(id="", text=text)
        raise self._error(" ".join(heard), time.monotonic() - began)

    def _error(self, heard: str, took_seconds: float) -> ChannelError:
        """Apprise says only yes or no; its log says the HTTP status, and the time it took says the rest."""
        if found := _STATUS.search(heard):
            return ChannelError(of_http_status(int(found.group(1))), phase="posted", code=found.group(1), reply=heard)
        if took_seconds >= self._plugin.socket_read_timeout:
            # It waited for an answer: the post had left us.
            return ChannelError(Trouble.UNCERTAIN, phase="posted", code="timeout", reply=heard)
        return ChannelError(Trouble.POST_RETRYABLE, phase="connect", code="refused", reply=heard)


def longtail_manner(url: str, limit: int | None) -> Manner:
    """How the service behind an apprise address takes its posts. Raises Invalid."""
    return _manner(_plugin(url), limit)


def _manner(plugin: Any, limit: int | None) -> Manner:
    wanted = limit or _LIMIT
    return Manner(service=str(plugin.service_name), limit=min(wanted, plugin.body_maxlen or wanted))


class _Thread:
    """One thread that works one thing after the other, and that nobody waits for at the end.

    An executor's threads are waited for when the program ends: one service that hangs would keep it from ending.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[tuple[Any, Future[Any]] | None] = SimpleQueue()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="social", daemon=True)

    def begin(self, deed: Any) -> "Future[Any]":
        """Have it done; what it returns or raises is in the future."""
        future: Future[Any] = Future()
        if self._thread.ident is None:
            self._thread.start()
        self._work.put((deed, future))
        return future

    def end(self) -> None:
        """Begin nothing more."""
        self._is_over = True
        self._work.put(None)

    def _run(self) -> None:
        while (task := self._work.get()) is not None:
            deed, future = task
            if self._is_over:
                future.set_exception(ChannelError(Trouble.POST_RETRYABLE, phase="connect", code="closed"))
                continue
            try:
                result = deed()
            except BaseException as error:  # noqa: BLE001 - whoever waits for it hears of it
                self._settle(future, error=error)
            else:
                self._settle(future, result=result)

    @staticmethod
    def _settle(future: "Future[Any]", *, result: Any = None, error: BaseException | None = None) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)


def _plugin(url: str) -> Any:
    """What apprise makes of an address. Raises Invalid when it can make nothing of it.

    It loads its services now, half a second's work, and with them modules that Python is about to drop.
    """
    _ears.learn(url)
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
        plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        hint = "see the address formats of apprise"
        raise Invalid(Fault(path="social.url", message="is no account address we can use", hint=hint))
    return plugin


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
