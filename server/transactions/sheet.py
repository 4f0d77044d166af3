"""The page itself: the layout of the public page around one form and one answer."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from records.transactions import Answer, Found
from server.transactions.shape import expected
from server.transactions.surroundings import Surroundings
from statuspage.assets import Assets, assets
from statuspage.page import Page
from statuspage.tones import IMPACT_TONES, SIGNS
from statuspage.weather import chain_name
from templates.environment import render
from templates.tongues import other_tongue, own_name

_PATH = "/transactions"
#: Colour and shape of each answer; the words say the same.
TONES = {
    Found.NOT_SEEN: "unknown",
    Found.WAITING: "planned",
    Found.CONFIRMING: "planned",
    Found.FINAL: "ok",
    Found.FAILED: "major",
    Found.DROPPED: "partial",
    Found.REPLACED: "partial",
    Found.REORGANISED: "degraded",
    Found.CANNOT_TELL: "unknown",
    Found.NOT_WATCHED: "unknown",
    Found.NOT_A_HASH: "degraded",
}


def sheet(
    page: Page,
    language: str,
    *,
    chains: Sequence[str],
    now: datetime,
    chosen: str | None = None,
    answer: Answer | None = None,
    around: Surroundings | None = None,
    wait_seconds: int | None = None,
) -> str:
    """The page in one language, with an answer or without."""
    around = around or Surroundings()
    tone = TONES[answer.found] if answer else "ok"
    return render(
        "page/transactions.html",
        language,
        **_layout(page, language, tone),
        now=now,
        chains=sorted(chains, key=chain_name),
        chain_name=chain_name,
        chosen=chosen,
        answer=answer,
        around=around,
        remaining=expected(answer, around) if answer else None,
        wait_seconds=wait_seconds,
        tone=tone,
        sign=SIGNS[tone],
    )


@lru_cache(maxsize=4)
def _assets(accent: str | None, url: str, name: str) -> Assets:
    return assets(Page(name=name, url=url, accent=accent))


def _layout(page: Page, language: str, tone: str) -> dict[str, Any]:
    """What the layout of the public page reads; this page says nothing of how things stand altogether."""
    paths = _assets(page.accent, page.url, page.name).paths
    return {
        "page": page,
        "assets": paths,
        "icon": paths[f"icon-{tone}.svg"],
        "is_live": False,
        "prefix": f"/{language}" if len(page.languages) > 1 else "",
        "path": _PATH,
        "own_name": own_name(language),
        "languages": [{"code": each, "name": own_name(each), "prefix": f"/{each}"} for each in page.languages],
        "zone": page.time_zone,
        "tone_of_impact": lambda incident: IMPACT_TONES[incident.impact],
        "tongue_of": partial(other_tongue, language=language),
    }
