"""Keeps the site true: renders it when something changed and every minute besides, and hands it to every target."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from records.desk.desk import Desk
from records.desk.signing import signer
from records.signing import PrivateKey
from records.store import answers, meta
from records.store.engine import Store
from records.times import now_utc
from statuspage.assets import Assets, assets
from statuspage.faq import Shelf
from statuspage.hands import Hand, Hands, Target, TargetState
from statuspage.manifest import with_manifest
from statuspage.page import Page
from statuspage.proofs import Proofs
from statuspage.render import render_site
from statuspage.site import Site
from statuspage.snapshot import Snapshot, read_snapshot

_log = structlog.get_logger("statuspage")

#: Even without a change: the page shows that we live.
HEARTBEAT = timedelta(seconds=60)
#: How often the page's revision is read where no wake-up comes.
_LOOK_EVERY_SECONDS = 1.0


class Publisher:
    """Owns the site in memory; one thread calls `run`, any thread reads `site`."""

    def __init__(
        self,
        store: Store,
        page: Page,
        targets: Mapping[str, Target] | None = None,
        clock: Callable[[], datetime] = now_utc,
        signing_key: PrivateKey | None = None,
    ) -> None:
        self.store = store
        self.page = page
        self.clock = clock
        self._desk = Desk(store=store, page_url=page.url, signing_key=signing_key)
        self._proofs = Proofs(store, page)
        self.assets: Assets = assets(page)
        self._faqs = Shelf(page.faq_folder, page.languages)
        self._snapshot: Snapshot | None = None
        self._site: Site | None = None
        self._building = threading.Lock()
        self._targets = {name: Hand(name, write) for name, write in (targets or {}).items()}

    @property
    def site(self) -> Site:
        """The newest site; made now if there is none yet."""
        return self._site or self.rebuild()

    @property
    def targets(self) -> list[TargetState]:
        """How far each target is."""
        return [hand.state for hand in self._targets.values()]

    @property
    def behind(self) -> dict[str, int]:
        """Targets that failed, and how often in a row."""
        return {each.name: each.failures for each in self.targets if each.failures}

    def rebuild(self) -> Site:
        """Read and render now; the switch to the new site is one assignment."""
        with self._building:
            # The first key is news for the page, so it comes before the page is read.
            key = signer(self._desk, self.clock())
            self._snapshot = read_snapshot(self.store, self.page, self.clock(), self._snapshot)
            rendered = render_site(self._snapshot, self.assets, self._site, self._faqs.read(self._written()))
            self._site = self._signed(rendered, key)
            return self._site

    def _written(self) -> dict[str, str]:
        return {language: sheet.text for language, sheet in answers.sheets(self.store).items()}

    def _signed(self, rendered: Site, key: PrivateKey | None) -> Site:
        """With the keys, everything in one signed list, and the proofs of notices."""
        keys, proofs = self._proofs.keys(), self._proofs.proofs()
        whole = replace(rendered, files={**rendered.files, **keys})
        listed = with_manifest(whole, self.page.url, self.page.stale_after, key)
        # Proofs are signed one by one, and nobody needs a list of their codes.
        return replace(listed, files={**listed.files, **proofs})

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Changes are seen at once where the store wakes us, else within a second."""
        with Hands(list(self._targets.values())) as hands:
            # Places that stood still while we were down wait no longer than the web side, which made it already.
            if self._site is not None:
                hands.give(self._site)
            while not stop.is_set():
                try:
                    if self._is_due():
                        hands.give(self.rebuild())
                    self.store.wait(_LOOK_EVERY_SECONDS)
                except Exception:  # noqa: BLE001 # the loop's edge: the page in memory stays, grows old and says so
                    _log.exception("page_not_rebuilt")
                    stop.wait(_LOOK_EVERY_SECONDS)

    def _is_due(self) -> bool:
        if self._site is None or self._snapshot is None:
            return True
        if self.clock() - self._site.generated_at >= HEARTBEAT:
            return True
        return self._faqs.has_changed() or meta.page_revision(self.store) != self._snapshot.revision
