"""The demo's own words in every language: what it calls its services, and what it said in its past."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from records.components import Words

_FOLDER = Path(__file__).parent / "words"


@cache
def written() -> Mapping[str, Mapping[str, str]]:
    """By language, English first; in each the same keys."""
    places = sorted(_FOLDER.glob("*.json"), key=lambda place: (place.stem != "en", place.stem))
    return {place.stem: json.loads(place.read_text("utf-8")) for place in places}


def languages() -> tuple[str, ...]:
    """Languages of the demo's page; English first."""
    return tuple(written())


def said(key: str, **names: str) -> Words:
    """One text in every language, with names put in: `said("deposits", network="Bitcoin")`."""
    return {language: texts[key].format(**names) for language, texts in written().items()}
