"""How it stands at the support desk: how soon people are heard, and that many write at the moment."""

from datetime import timedelta
from typing import Any

from records.surges import Surge
from records.tickets import FirstResponse
from records.times import iso
from statuspage.snapshot import Snapshot
from templates.language import translations
from templates.moments import span

#: Up to this span the first unit is used, and so on: nobody's day hangs on a minute more.
_STEPS = (
    (timedelta(minutes=5), timedelta(minutes=1)),
    (timedelta(minutes=90), timedelta(minutes=5)),
    (timedelta(hours=12), timedelta(minutes=30)),
)
_LAST_STEP = timedelta(hours=1)


def promised(first_response: FirstResponse) -> timedelta:
    """The median, rounded up to what people say: 12 minutes are 15, two hours and ten are two and a half."""
    step = next((step for most, step in _STEPS if first_response.median <= most), _LAST_STEP)
    return max(step, -(-first_response.median // step) * step)


def at_the_desk(snapshot: Snapshot, language: str) -> dict[str, Any]:
    """What templates draw from: `heard_within` in words or empty, `surge`, and what the page says of one by itself."""
    first = snapshot.first_response
    return {
        "heard_within": span(promised(first), language) if first else "",
        "surge": snapshot.surge,
        "surge_said": sentence(language),
    }


def mark(snapshot: Snapshot) -> str:
    """Changes whenever what is said of the desk does."""
    first = snapshot.first_response
    return repr((promised(first) if first else None, snapshot.surge))


def response_for_programs(first_response: FirstResponse) -> dict[str, Any]:
    """As `/contact.json` has it."""
    return {
        "median_seconds": int(first_response.median.total_seconds()),
        "tickets": first_response.tickets,
        "window_hours": first_response.window // timedelta(hours=1),
    }


def surge_for_programs(surge: Surge, languages: tuple[str, ...]) -> dict[str, Any]:
    """As `/contact.json` has it: the page's sentence in each of its languages, and what was added."""
    return {
        "message": {each: sentence(each) for each in languages},
        "words": surge.words,
        "since": iso(surge.since),
        "until": iso(surge.until),
    }


def sentence(language: str) -> str:
    """What the page says by itself while a surge lasts."""
    _ = translations(language).gettext
    return _("Many people are writing to us at the moment; answers take longer than usual.")
