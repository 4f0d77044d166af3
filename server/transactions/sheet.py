"""The page itself: the layout of the public page around one form and one answer."""

from collections.abc import Sequence
from datetime import datetime

from records.transactions import Answer, Found
from server.sheets import layout
from server.transactions.shape import expected
from server.transactions.surroundings import Surroundings
from statuspage.page import Page
from statuspage.tones import IMPACT_TONES, SIGNS
from statuspage.weather import chain_name
from templates.environment import render

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
        **layout(page, language, _PATH, tone=tone, tongues=page.languages),
        tone_of_impact=lambda incident: IMPACT_TONES[incident.impact],
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
