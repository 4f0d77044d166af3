"""Pages that the process draws on demand, in the layout of the public page around them."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from statuspage.assets import Assets, assets
from statuspage.page import Page
from templates.tongues import other_tongue, own_name


@lru_cache(maxsize=4)
def _assets(accent: str | None, url: str, name: str, languages: tuple[str, ...]) -> Assets:
    return assets(Page(name=name, url=url, accent=accent, languages=languages))


def layout(page: Page, language: str, path: str, *, tone: str = "ok", tongues: Sequence[str] = ()) -> dict[str, Any]:
    """What the layout reads, for a page that says nothing of how things stand altogether.

    `tongues` are the languages in which the page has an address of its own; without any it is in the browser's.
    """
    paths = _assets(page.accent, page.url, page.name, page.languages).paths
    return {
        "page": page,
        "assets": paths,
        "icon": paths[f"icon-{tone}.svg"],
        "is_live": False,
        "prefix": f"/{language}" if len(page.languages) > 1 else "",
        "path": path,
        "own_name": own_name(language),
        "languages": [{"code": each, "name": own_name(each), "prefix": f"/{each}"} for each in tongues],
        "zone": page.time_zone,
        "tongue_of": partial(other_tongue, language=language),
    }
