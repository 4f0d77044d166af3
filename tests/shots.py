"""Pictures of the public page in every look, to be looked at: `make shots` writes them to shots/.

python -m tests.shots [folder]
"""

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright

from records.store.engine import open_store
from records.store.migrations import migrate
from statuspage.assets import assets
from statuspage.render import render_site
from statuspage.snapshot import Snapshot, read_snapshot
from tests.statuspage import world
from tests.statuspage.serving import Stage, served

SCENES = {"calm": world.build, "trouble": world.mockup, "new": lambda store: None}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")


@dataclass(frozen=True, kw_only=True)
class Look:
    """One way of looking at a page."""

    name: str
    width: int = 1100
    height: int = 900
    scheme: str = "light"
    language: str = "en"
    #: 200 % zoom is half the room at twice the sharpness.
    zoom: int = 1
    has_scripts: bool = True


LOOKS = (
    Look(name="wide"),
    Look(name="dark", scheme="dark"),
    Look(name="phone", width=390, height=844),
    Look(name="phone-dark-right-to-left", width=390, height=844, scheme="dark", language="ar"),
    Look(name="zoom", width=550, height=450, zoom=2),
    Look(name="no-scripts", has_scripts=False),
)


def paths(snapshot: Snapshot) -> dict[str, str]:
    """Every page by a name for its picture."""
    found = {name: f"/{name}" for name in ("history", "uptime", "contact", "faq", "nothing")} | {"home": "/"}
    if snapshot.incidents:
        found |= {"incident": f"/incidents/{snapshot.incidents[0].id}"}
        found |= {"incident-over": f"/incidents/{snapshot.recent_incidents[0].id}"}
    if snapshot.maintenances:
        found |= {"maintenance": f"/maintenances/{snapshot.maintenances[0].id}"}
    return found


async def draw(browser: Browser, url: str, look: Look, file: Path) -> None:
    """One picture of the whole page."""
    context = await browser.new_context(
        viewport=ViewportSize(width=look.width, height=look.height),
        color_scheme="dark" if look.scheme == "dark" else "light",
        timezone_id="Europe/Bucharest",
        device_scale_factor=look.zoom,
        java_script_enabled=look.has_scripts,
    )
    page = await context.new_page()
    await page.clock.install(time=world.NOW)
    await page.goto(url)
    await page.screenshot(path=file, full_page=True)
    await context.close()


async def main(folder: Path) -> None:
    """All scenes, pages and looks."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        for scene, build in SCENES.items():
            with tempfile.TemporaryDirectory() as place:
                store = open_store(f"sqlite:///{place}/shots.db")
                migrate(store)
                build(store)
                snapshot = read_snapshot(store, world.PAGE, world.NOW)
                store.close()
            async with served(Stage(render_site(snapshot, assets(world.PAGE)))) as url:
                for page, path in paths(snapshot).items():
                    for look in LOOKS if scene == "trouble" else LOOKS[:1]:
                        await draw(
                            browser, f"{url}/{look.language}{path}", look, folder / f"{scene}-{page}-{look.name}.png"
                        )
        await browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "shots")))
