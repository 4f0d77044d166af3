"""From a snapshot to the whole site, bytes and all. Pure: the same snapshot gives the same bytes."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from records.components import in_language
from records.maintenance import WindowState
from statuspage import api_v2, badges, calendar, desk, embed, feeds, networks
from statuspage.assets import Assets
from statuspage.calendars import component_calendar
from statuspage.faq import Faq, faq_view, ours
from statuspage.headline import headline
from statuspage.hours import opening
from statuspage.quarters import quarters
from statuspage.shelves import shelves
from statuspage.site import Site, file
from statuspage.snapshot import Snapshot
from statuspage.tones import IMPACT_TONES, SIGNS, TONES
from templates.environment import render
from templates.moments import and_list, window
from templates.tongues import other_tongue, own_name

_HTML = "text/html; charset=utf-8"
_OVER = frozenset({WindowState.COMPLETED, WindowState.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """One page to be made."""

    #: Without the language.
    path: str
    template: str
    #: What its template reads besides, the same in every language; asked for only if the page is made.
    extra: Callable[[], Mapping[str, Any]] = dict
    #: What it is made from, for pages that do not age; None for those that say how things stand now.
    source: str | None = None


def render_site(
    snapshot: Snapshot, assets: Assets, previous: Site | None = None, faqs: Mapping[str, Faq] | None = None
) -> Site:
    """Every page in every language, the JSON, the feeds, the calendar and the assets.

    What `previous` holds already is taken from there; the result is the same. `faqs` are by language; None for ours.
    """
    before = previous.files if previous else {}
    files, sources = dict(assets.files), dict[str, str]()
    for path, body, content_type in _shared(snapshot):
        files[path] = file(body, content_type, before.get(path), is_shared=True)
    languages, sheets = snapshot.page.languages, list(_sheets(snapshot, assets))
    faqs = faqs or ours(languages)
    sheets.append(_Sheet(path="/faq", template="faq", source=_answers(snapshot, assets, faqs)))
    for language in languages:
        context = _context(snapshot, assets, language)
        context |= faq_view(faqs[language], language, context["prefix"])
        for sheet in sheets:
            path = f"/{language}{sheet.path}"
            if sheet.source is not None:
                sources[path] = sheet.source
            if sheet.source is not None and previous and previous.sources.get(path) == sheet.source:
                made = before[path]
            else:
                made = file(
                    _html(sheet, language, context),
                    _HTML,
                    before.get(path),
                    is_by_language=len(languages) > 1,
                    reaches=snapshot.page.reports_origin,
                )
            files[path] = made
            if language == languages[0]:
                files[sheet.path] = made
    return Site(
        generated_at=snapshot.generated_at,
        version=snapshot.version,
        files=files,
        languages=languages,
        sources=sources,
    )


def _shared(snapshot: Snapshot) -> Iterator[tuple[str, bytes, str]]:
    """What machines read: path, bytes, type."""
    documents = api_v2.documents(snapshot)
    documents["/networks.json"] = networks.networks(snapshot)
    documents["/contact.json"] = networks.contact(snapshot)
    for path, document in documents.items():
        yield path, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"
    yield "/history.atom", feeds.atom(snapshot), "application/atom+xml; charset=utf-8"
    yield "/history.rss", feeds.rss(snapshot), "application/rss+xml; charset=utf-8"
    yield "/feed.rss", feeds.updates_rss(snapshot), "application/rss+xml; charset=utf-8"
    yield from badges.badges(snapshot)
    yield from embed.files(snapshot)
    yield "/maintenance.ics", calendar.calendar(snapshot), "text/calendar; charset=utf-8"
    for event in snapshot.maintenances:
        path = f"/maintenances/{event.id}.ics"
        yield path, calendar.calendar(snapshot, [event]), "text/calendar; charset=utf-8"


def _sheets(snapshot: Snapshot, assets: Assets) -> Iterator[_Sheet]:
    yield _Sheet(path="/", template="home", extra=cache(lambda: _home(snapshot)))
    for each in quarters(snapshot):
        yield _Sheet(
            path=each.path,
            template="history",
            extra=partial(dict, quarter=each),
            source=_source(snapshot, assets, snapshot.revision),
        )
    uptime = cache(lambda: _uptime(snapshot))
    yield _Sheet(path="/uptime", template="uptime", extra=uptime, source=_hour(snapshot, assets))
    yield _Sheet(path="/contact", template="contact", source=_day(snapshot, assets))
    yield _Sheet(path="/404.html", template="missing", source=_source(snapshot, assets, 0))
    yield _Sheet(path="/away.html", template="away", source=_source(snapshot, assets, 0))
    for incident in snapshot.incidents:
        is_over = _source(snapshot, assets, incident.version) if not incident.is_open else None
        yield _Sheet(
            path=f"/incidents/{incident.id}",
            template="incident",
            extra=partial(dict, incident=incident),
            source=is_over,
        )
    for event in snapshot.maintenances:
        is_over = _source(snapshot, assets, event.version) if event.state in _OVER else None
        yield _Sheet(
            path=f"/maintenances/{event.id}", template="maintenance", extra=partial(dict, event=event), source=is_over
        )


def _source(snapshot: Snapshot, assets: Assets, version: int) -> str:
    names = [each.name for each in snapshot.components]
    return hashlib.sha256(repr((version, snapshot.page, assets.paths, names)).encode()).hexdigest()


def _answers(snapshot: Snapshot, assets: Assets, faqs: Mapping[str, Faq]) -> str:
    return _source(snapshot, assets, 0) + "".join(each.digest for each in faqs.values())


def _day(snapshot: Snapshot, assets: Assets) -> str:
    """The page of opening hours holds those of the next weeks, and how it stands at the desk."""
    return _source(snapshot, assets, 0) + desk.mark(snapshot) + snapshot.generated_at.strftime("%Y%m%d")


def _hour(snapshot: Snapshot, assets: Assets) -> str:
    """The bars are drawn anew when something changes and once an hour: by the minute they look the same."""
    return _source(snapshot, assets, 0) + snapshot.version + snapshot.generated_at.strftime("%Y%m%d%H")


def _html(sheet: _Sheet, language: str, context: Mapping[str, Any]) -> bytes:
    is_live = sheet.source is None
    told = {**context, **sheet.extra(), "path": sheet.path, "is_live": is_live}
    if not is_live:
        told["icon"] = context["calm_icon"]
    return render(f"page/{sheet.template}.html", language, **told).encode()


def _context(snapshot: Snapshot, assets: Assets, language: str) -> dict[str, Any]:
    """What every page reads."""
    page, said = snapshot.page, headline(snapshot, language)
    tone = TONES[said.status]
    return {
        "page": page,
        "snapshot": snapshot,
        "head": said,
        "tone": tone,
        "sign": SIGNS[tone],
        "icon": assets.paths[f"icon-{tone}.svg"],
        "calm_icon": assets.paths["icon-ok.svg"],
        "assets": assets.paths,
        "now": snapshot.generated_at,
        "version": snapshot.version,
        "stale_after_seconds": int(page.stale_after.total_seconds()),
        "zone": page.time_zone,
        "prefix": f"/{language}" if len(page.languages) > 1 else "",
        "own_name": own_name(language),
        "languages": [{"code": each, "name": own_name(each), "prefix": f"/{each}"} for each in page.languages],
        "tongue_of": partial(other_tongue, language=language),
        "tone_of_impact": lambda incident: IMPACT_TONES[incident.impact],
        "affected": lambda incident: _names(snapshot, list(incident.statuses), language),
        "affected_by": lambda event: _names(snapshot, list(event.component_ids), language),
        **opening(snapshot, language),
        **desk.at_the_desk(snapshot, language),
        "window_text": lambda event, zone: window(event.scheduled_for, event.scheduled_until, language, zone),
    }


def _home(snapshot: Snapshot) -> dict[str, Any]:
    return {"checked_at": snapshot.checked_at, "shelves": shelves(snapshot)}


def _uptime(snapshot: Snapshot) -> dict[str, Any]:
    """Every component with a calendar of its own; on the front page those of a network are drawn together."""
    ways = [row for network in snapshot.networks for row in network.ways]
    others = [row for section in snapshot.sections for row in section.rows]
    return {"rows": [component_calendar(snapshot, row) for row in (*ways, *others)]}


def _names(snapshot: Snapshot, component_ids: list[str], language: str) -> str:
    return and_list([in_language(each.name, language) for each in snapshot.named(component_ids)], language)
