"""Times are aware and UTC inside; the store keeps whole milliseconds since 1970."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now_utc() -> datetime:
    """The present, cut to the millisecond that the store keeps, so that what is read back equals what was written."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970. Raises ValueError for a naive time: a time without a zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return (moment - _EPOCH) // _MILLISECOND


def to_ms_or_none(moment: datetime | None) -> int | None:
    """As `to_ms`, and None stays None."""
    return None if moment is None else to_ms(moment)


def from_ms(ms: int) -> datetime:
    """The UTC time `ms` milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


def from_ms_or_none(ms: int | None) -> datetime | None:
    """As `from_ms`, and None stays None."""
    return None if ms is None else from_ms(ms)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`: `2026-11-22T13:05:00.000Z`, as the public read API writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def iso_or_none(moment: datetime | None) -> str | None:
    """As `iso`, and None stays None."""
    return None if moment is None else iso(moment)


def from_iso(text: str) -> datetime:
    """The UTC time that ISO 8601 text with a zone names. Raises ValueError without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC)
