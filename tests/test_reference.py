"""The reference is complete: every address and every metric has its line, and every line is true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from records.store.engine import Store
from server.app import build_app
from server.wiring import apply_configuration
from statuspage.publisher import Publisher
from statuspage.site import Site
from tests.server.house import context_on
from tests.statuspage import world

DOCS = Path(__file__).parent.parent / "docs"
_LINE = re.compile(r"^\| `(/[^`]*)` \|", re.MULTILINE)


@pytest.fixture
def engine() -> str:
    """Addresses do not depend on the engine."""
    return "sqlite"


@pytest.fixture
def site(store: Store) -> Site:
    world.mockup(store)
    # So long ago that it stands on the page of its own quarter.
    world.past_incident(store, "Trading was slow", days=100, minutes=5)
    return Publisher(store, world.PAGE, clock=lambda: world.NOW).rebuild()


@pytest.fixture
def app(store: Store, site: Site) -> Any:
    return build_app(context_on(store), lambda: site)


def described() -> list[str]:
    return _LINE.findall((DOCS / "addresses.md").read_text(encoding="utf-8"))


def pattern(address: str) -> re.Pattern[str]:
    """An address with `<names>` as a pattern; a name stands for one step of the path, without a further ending."""
    parts = re.split(r"<[a-z]+>", address)
    return re.compile(r"[^/]+".join(re.escape(part) for part in parts))


def routed(routes: list[BaseRoute], before: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount):
            yield from routed(route.routes, before + route.path)
        elif isinstance(route, Route):
            yield re.sub(r"\{(\w+)(:\w+)?\}", r"\1", before + route.path)


def served(app: Starlette, site: Site) -> set[str]:
    languages = tuple(f"/{language}/" for language in site.languages)
    pages = {path for path in site.files if not path.startswith(languages)}
    return pages | set(routed(app.routes))


def test_every_address_has_its_line(app, site):
    patterns = [pattern(address) for address in described()]
    missing = [path for path in sorted(served(app, site)) if not any(each.fullmatch(path) for each in patterns)]
    assert missing == []


def test_every_line_is_an_address_that_answers(app, site):
    paths = served(app, site)
    stale = [address for address in described() if not any(pattern(address).fullmatch(path) for path in paths)]
    assert stale == []
    assert len(described()) == len(set(described()))


def test_every_page_stands_below_each_language(site):
    pages = [path for path in site.files if site.files[path].is_by_language]
    for language in site.languages:
        below = {path for path in site.files if path.startswith(f"/{language}/")}
        assert below, language
        assert f"/{language}/history" in below
    assert pages


def test_every_metric_is_named_in_the_reference_and_every_name_there_is_a_metric(store, site):
    context = context_on(store)
    apply_configuration(context)
    app = build_app(context, lambda: site)
    with TestClient(app) as client:
        text = client.get("/metrics").text
    exposed = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert exposed
    named = set(re.findall(r"`(forewarn_\w+)`", (DOCS / "api.md").read_text(encoding="utf-8")))
    assert {name for name in exposed if name.startswith("forewarn_")} == named
