"""Keeps the site true: renders it when something changed and every minute besides, and hands it to every target."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from records.desk.desk import Desk
from records.desk.signing import signer
from records.signing import PrivateKey
from records.store import meta
from records.store.engine import Store
from records.times import now_utc
from statuspage.assets import Assets, assets
from statuspage.faq import Shelf
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
_RETRY_AFTER = timedelta(seconds=5)

#: Writes a site somewhere, or raises.
Target = Callable[[Site], object]


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
        self._targets = {name: _Hand(name, write) for name, write in (targets or {}).items()}

    @property
    def site(self) -> Site:
        """The newest site; made now if there is none yet."""
        return self._site or self.rebuild()

    @property
    def behind(self) -> dict[str, int]:
        """Targets that failed, and how often in a row."""
        return {name: hand.failures for name, hand in self._targets.items() if hand.failures}

    def rebuild(self) -> Site:
        """Read and render now; the switch to the new site is one assignment."""
        with self._building:
            self._snapshot = read_snapshot(self.store, self.page, self.clock(), self._snapshot)
            rendered = render_site(self._snapshot, self.assets, self._site, self._faqs.read())
            self._site = self._signed(rendered)
            return self._site

    def _signed(self, rendered: Site) -> Site:
        """With the keys, everything in one signed list, and the proofs of notices."""
        key = signer(self._desk, self.clock())
        keys, proofs = self._proofs.keys(), self._proofs.proofs()
        whole = replace(rendered, files={**rendered.files, **keys})
        listed = with_manifest(whole, self.page.url, self.page.stale_after, key)
        # Proofs are signed one by one, and nobody needs a list of their codes.
        return replace(listed, files={**listed.files, **proofs})

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Changes are seen at once where the store wakes us, else within a second."""
        with _Hands(list(self._targets.values())) as hands:
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


class _Hand:
    """One target with its own thread, so that a slow or broken one holds up nobody else."""

    def __init__(self, name: str, write: Target) -> None:
        self.name = name
        self.write = write
        self.failures = 0
        self._newest: Site | None = None
        self._news = threading.Condition()
        self._is_closed = False

    def give(self, site: Site) -> None:
        with self._news:
            self._newest = site
            self._news.notify()

    def close(self) -> None:
        with self._news:
            self._is_closed = True
            self._news.notify()

    def run(self) -> None:
        """Writes the newest site there is; one that was overtaken while another was written is left out."""
        while (site := self._next()) is not None:
            try:
                self.write(site)
                self.failures = 0
            except Exception as error:  # noqa: BLE001 # a target may fail in any way; the others and the next try go on
                self.failures += 1
                _log.warning("page_not_published", target=self.name, failures=self.failures, error=repr(error))
                self._again(site)

    def _next(self) -> Site | None:
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self._is_closed)
            site, self._newest = self._newest, None
            return site

    def _again(self, site: Site) -> None:
        """Try the same once more after a while, unless a newer one comes first or we stop."""
        with self._news:
            came = self._news.wait_for(lambda: self._newest or self._is_closed, _RETRY_AFTER.total_seconds())
            if not came:
                self._newest = site


class _Hands:
    def __init__(self, hands: list[_Hand]) -> None:
        self.hands = hands
        self.threads = [threading.Thread(target=hand.run, name=f"publish-{hand.name}", daemon=True) for hand in hands]

    def __enter__(self) -> "_Hands":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for hand in self.hands:
            hand.close()
        for thread in self.threads:
            thread.join(timeout=5)

    def give(self, site: Site) -> None:
        for hand in self.hands:
            hand.give(site)
