"""Asking a service's API: JSON over our bounded way out, and one meaning for every answer."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_network
from typing import Any

from notifier.channels.contract import ChannelError
from notifier.channels.hooks.reach import Answer, NoAnswer, Reach, Stopped
from notifier.channels.hooks.receivers import parse_receiver
from notifier.retry import Trouble, of_http_status
from records.errors import Invalid

#: An account's address was written by whoever runs the house, so it may lead anywhere, also inside.
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
AGENT = "Forewarn-Posts/1"
_DEADLINE_SECONDS = 30.0
_BODY_CAP_BYTES = 512 * 1024
#: Nobody makes us wait longer by one answer; what is of no use any more expires by itself.
_LONGEST_WAIT = timedelta(hours=24)
#: Shorter ones would be found in every word.
_SECRET_CHARS = 6
_REPLY_FIELDS = ("error_description", "description", "detail", "message", "error", "title")
_WAITS = ("retry-after", "x-ratelimit-reset-after")
_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a service answered with a status of 200 to 299."""

    status: int
    #: The JSON in it; None when there is none that can be read.
    data: Any
    #: The answer as it came, cut.
    raw: str = field(default="", repr=False)

    def text(self, *path: str) -> str:
        """The text or number at a place in it; empty when there is none."""
        found = self.data
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""

    def rows(self, *path: str) -> list["Said"]:
        """The objects of a list at a place in it; none when it is no list."""
        found = self.data
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return [Said(status=self.status, data=each) for each in found] if isinstance(found, list) else []


class Api:
    """One service's, for one account."""

    def __init__(self, reach: Reach, base: str, *, secrets: Iterable[str], knows_repeats: bool) -> None:
        """`knows_repeats`: whether a post that may stand can be told from a new one, by its key or by looking."""
        self._reach = reach
        self._base = base
        self._secrets = sorted({each for each in secrets if len(each) >= _SECRET_CHARS}, key=len, reverse=True)
        self._knows_repeats = knows_repeats

    async def read(self, path: str, headers: Mapping[str, str] | None = None) -> Said:
        """Ask for something that changes nothing. Raises ChannelError."""
        return self._taken(await self._ask("GET", path, b"", headers or {}, lost=Trouble.POST_RETRYABLE))

    async def call(self, path: str, document: object, headers: Mapping[str, str] | None = None) -> Said:
        """Post JSON that changes nothing in public. Raises ChannelError."""
        return self._taken(await self._post(path, document, headers, lost=Trouble.POST_RETRYABLE))

    async def publish(self, path: str, document: object, headers: Mapping[str, str] | None = None) -> Said:
        """Post JSON that makes something public. Raises ChannelError, also for a yes in words that nobody can read."""
        said = self._taken(await self._post(path, document, headers, lost=self.lost))
        if not isinstance(said.data, dict):
            raise self.unreadable(said.status)
        return said

    async def hand(self, path: str, body: bytes, headers: Mapping[str, str]) -> Said:
        """Post bytes that make something public to a far side whose yes need not be JSON. Raises ChannelError."""
        return self._taken(await self._ask("POST", path, body, headers, lost=self.lost))

    @property
    def lost(self) -> Trouble:
        """What it is when a post left us and no answer came."""
        return Trouble.POST_UNCERTAIN if self._knows_repeats else Trouble.UNCERTAIN

    def unreadable(self, status: int) -> ChannelError:
        """It said yes, but not to what: perhaps it was not the service that spoke."""
        return ChannelError(self.lost, phase="posted", code=f"{status} unreadable", reply="the answer cannot be read")

    def hidden(self, text: str) -> str:
        """Without what only the service should read."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    def refused(self, code: str, words: str, trouble: Trouble, retry_after: timedelta | None = None) -> ChannelError:
        """A no, in the service's own words."""
        reply = "".join(letter if letter.isprintable() else " " for letter in self.hidden(words))
        return ChannelError(trouble, phase="answered", code=code, reply=reply, retry_after=retry_after)

    async def _post(self, path: str, document: object, headers: Mapping[str, str] | None, *, lost: Trouble) -> Answer:
        body = json.dumps(document, ensure_ascii=False).encode()
        return await self._ask("POST", path, body, {"Content-Type": "application/json", **(headers or {})}, lost=lost)

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, lost: Trouble) -> Answer:
        try:
            receiver = parse_receiver(f"{self._base}{path}", allow_http=True)
        except Invalid as error:
            raise ChannelError(
                Trouble.PERMANENT, phase="connect", code="refused", reply=self.hidden(str(error))
            ) from None
        try:
            return await self._reach.ask(
                method,
                receiver,
                body,
                {"Accept": "application/json", "User-Agent": AGENT, **headers},
                deadline_seconds=_DEADLINE_SECONDS,
                body_cap_bytes=_BODY_CAP_BYTES,
                body_seconds=_DEADLINE_SECONDS,
            )
        except NoAnswer as error:
            trouble = lost if error.has_left else Trouble.POST_RETRYABLE
            if error.stopped is Stopped.REFUSED:
                trouble = Trouble.PERMANENT
            phase = "posted" if error.has_left else "connect"
            raise ChannelError(trouble, phase=phase, code=error.stopped.value, reply=str(error)) from None

    def _taken(self, answer: Answer) -> Said:
        # What it says may be kept for good; a far side that repeats our secrets must not bring them there.
        body = self.hidden(answer.body.decode("utf-8", errors="replace"))
        said = Said(status=answer.status, data=_json(body), raw=body)
        if 200 <= answer.status < 300:
            return said
        trouble = of_http_status(answer.status)
        words = _words(said.data) or body[:300]
        raise self.refused(str(answer.status), words, trouble, wait_of(answer.status, answer.headers, said.data))


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words(data: Any) -> str:
    """The service's own words for its no."""
    if not isinstance(data, dict):
        return ""
    found = [data[name] for name in _REPLY_FIELDS if isinstance(data.get(name), str)]
    return ": ".join(dict.fromkeys(found))


def wait_of(status: int, headers: Mapping[str, str], data: Any) -> timedelta | None:
    """How long a service asks us to wait, wherever it says so: seconds, a date, a moment, or JSON; at most a day."""
    found = [_moment(headers[name]) for name in _WAITS if name in headers]
    if isinstance(data, dict):
        # Telegram puts it one level down; Discord gives fractions of a second.
        inner = data.get("parameters")
        found += [_seconds(part.get("retry_after")) for part in (data, inner) if isinstance(part, dict)]
    if status == 429:
        found += [_until(headers[name]) for name in _RESETS if name in headers]
    waits = [each for each in found if each is not None]
    return min(max(waits[0], timedelta()), _LONGEST_WAIT) if waits else None


def _moment(text: str) -> timedelta | None:
    """Seconds, or a date as HTTP writes it."""
    if (seconds := _seconds(text)) is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)


def _until(text: str) -> timedelta | None:
    """Until seconds since 1970, or until a date as ISO 8601 writes it."""
    try:
        date = datetime.fromtimestamp(int(text), UTC) if text.isdigit() else datetime.fromisoformat(text)
        return date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(value: Any) -> timedelta | None:
    try:
        seconds = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else -1.0
        return timedelta(seconds=seconds) if 0 <= seconds < 10_000_000 else None
    except ValueError:
        return None
