"""Values as people type them on the command line: times, spans, words in several languages, states of components."""

import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from records.components import Status, Words
from records.errors import Fault, Invalid
from records.maintenance import AtBlock, read_at_block
from records.times import now_utc

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(?:[0-9]{1,6}[smhd])+")
_TAGGED = re.compile(r"(?P<language>[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?)=(?P<text>.*)", re.DOTALL)


def span(text: str) -> timedelta:
    """`30m`, `2h`, `1d`, `1h30m`. Raises ArgumentTypeError.

    >>> span("1h30m")
    datetime.timedelta(seconds=5400)
    """
    if not _SPAN.fullmatch(text):
        raise ArgumentTypeError(f"{text} is not a span of time; write one like 30m, 2h, 1d or 1h30m")
    parts = re.findall(r"([0-9]+)([smhd])", text)
    return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def at_block(text: str) -> AtBlock:
    """`ethereum:21000000`. Raises ArgumentTypeError."""
    try:
        return read_at_block(text)
    except Invalid:
        raise ArgumentTypeError(f"{text} is not a block of a chain; write one like ethereum:21000000") from None


def moment(text: str) -> datetime:
    """`now`, `+2h` from now, `-15m` ago, or a time with its zone. Raises ArgumentTypeError."""
    return moment_at(text, now_utc())


def moment_at(text: str, now: datetime) -> datetime:
    """As `moment`, seen from `now`."""
    if text == "now":
        return now
    try:
        if text[:1] == "-":
            return now - span(text[1:])
        if text[:1] == "+":
            return _ahead(now, span(text[1:]))
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ArgumentTypeError(f"{text} has no time zone; write {text}Z for UTC, or {text}+02:00")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        hint = "write one like 2026-12-01T02:00Z, +2h or now"
        raise ArgumentTypeError(f"{text} is not a time; {hint}") from None


def _ahead(now: datetime, ahead: timedelta) -> datetime:
    """`+72h` is what people plan by: the next whole minute, so that pages and mails say 14:05 and mean it."""
    if ahead < timedelta(hours=1):
        return now + ahead
    return (now + ahead + timedelta(minutes=1) - timedelta.resolution).replace(second=0, microsecond=0)


def moment_or_span(text: str) -> datetime:
    """As `moment`; a bare span counts from now: `30m` is `+30m`."""
    return moment(f"+{text}" if _SPAN.fullmatch(text) else text)


def moment_or_span_ago(text: str) -> datetime:
    """As `moment`; a bare span counts back from now, since argparse takes `-15m` for an option."""
    return moment(f"-{text}" if _SPAN.fullmatch(text) else text)


def component_status(text: str) -> tuple[str, Status]:
    """`btc-withdrawals=major_outage`. Raises ArgumentTypeError."""
    name, mark, status = text.partition("=")
    if not name or not mark or status not in list(Status):
        raise ArgumentTypeError(f"{text} is not ID=STATUS; the states are {', '.join(Status)}")
    return name, Status(status)


def words_of(given: Sequence[str] | None, languages: Sequence[str], what: str) -> Words:
    """Text per language out of `--name Text --name fr=Texte`; plain text is in the first of `languages`.

    A dash stands for standard input. Raises Invalid for a language that the page does not have.
    """
    words: Words = {}
    for text in given or ():
        language, said = _language_and_text(sys.stdin.read().strip() if text == "-" else text, languages, what)
        if language in words:
            raise Invalid(
                Fault(path=what, message=f"given twice in {language}", hint="write fr=… for another language")
            )
        words[language] = said
    return words


def words_or_none(given: Sequence[str] | None, languages: Sequence[str], what: str) -> Words | None:
    """As `words_of`; None when nothing was given, which leaves what there is."""
    return None if given is None else words_of(given, languages, what)


def _language_and_text(text: str, languages: Sequence[str], what: str) -> tuple[str, str]:
    tagged = _TAGGED.fullmatch(text)
    if tagged is None:
        return languages[0], text
    if tagged["language"] not in languages:
        known, first = ", ".join(languages), languages[0]
        message = f"the page has no language {tagged['language']}"
        hint = f"it has {known}; if these are words of the text, write {first}={tagged['language']}=…"
        raise Invalid(Fault(path=what, message=message, hint=hint))
    return tagged["language"], tagged["text"]
