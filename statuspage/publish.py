"""Write the page where any web server can serve it: whole releases, switched by one rename, never torn."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from records.errors import ForewarnError
from statuspage.site import File, Site

#: So that whoever began to read the previous release finishes it.
_RELEASES_KEPT = 3
#: Files waited for at once: the disk takes them together.
_LANES = 8
_ENDINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
_RELEASE = re.compile(r"\d{8}T\d{6}\d{6}Z-[0-9a-f]{12}")


class PublishRefused(ForewarnError):
    """The target holds something that is not ours to replace."""


def publish_to_directory(site: Site, target: Path) -> Path:
    """As `Directory.publish`, once."""
    return Directory(target).publish(site)


class Directory:
    """One place on this machine. Remembers the release it wrote last, so that what is there need not be read again."""

    def __init__(self, target: Path) -> None:
        self._target = target
        #: SHA-256 by address of the release that we wrote last, and its folder.
        self._known: Mapping[str, str] = {}
        self._release: Path | None = None

    def publish(self, site: Site) -> Path:
        """Write a release beside the others and point `current` at it. Returns the release's folder.

        Safe against a crash at any moment: until the rename the old release stands, after it the new one, each whole
        and on disk. A release older than the one in place changes nothing. Raises PublishRefused, OSError.
        """
        releases = self._target / "releases"
        releases.mkdir(parents=True, exist_ok=True)
        current = self._target / "current"
        if current.exists() and not current.is_symlink():
            raise PublishRefused(
                f"{current} exists and is not a link made by Forewarn; publish into an empty directory."
            )
        name = release_name(site)
        release = releases / name
        if not release.exists():
            before = _release_in_place(current)
            known = self._known if before is not None and before == self._release else {}
            _write_release(site, release, before, known)
        if _name_in_place(current) < name:
            _switch(current, release)
            _forget_old(releases, keep=name)
            self._known = {path: each.sha256 for path, each in site.files.items()}
            self._release = release.resolve()
        return release


def release_name(site: Site) -> str:
    """Names sort by time: `20261122T130500000000Z-3f9c0a7b12de`."""
    return f"{site.generated_at:%Y%m%dT%H%M%S%fZ}-{site.version}"


def file_name(path: str) -> str:
    """Where a web server looks for an address: `/` and `/fr/` are indexes, a page has its ending, the rest is as is.

    >>> file_name("/fr/incidents/3k2x9q81m0aa"), file_name("/"), file_name("/api/v2/summary.json")
    ('fr/incidents/3k2x9q81m0aa.html', 'index.html', 'api/v2/summary.json')
    """
    if path.endswith("/"):
        return f"{path[1:]}index.html"
    last = path.rpartition("/")[2]
    return path[1:] if "." in last else f"{path[1:]}.html"


def _release_in_place(current: Path) -> Path | None:
    return current.resolve() if current.is_symlink() and current.exists() else None


def _name_in_place(current: Path) -> str:
    """Name of the release in place; names sort by time, and none sorts before all."""
    return Path(os.readlink(current)).name if current.is_symlink() else ""


def _write_release(site: Site, release: Path, before: Path | None, known: Mapping[str, str]) -> None:
    """Into a folder of another name first, so that a half-written release is never taken for a whole one.

    `known` are the hashes of what lies in `before`, by address, as far as that is known without reading it.
    """
    draft = release.with_name(f"{release.name}.{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    folders, written = {draft}, list[Path]()
    for path, content in site.files.items():
        place = draft / file_name(path)
        if place.parent not in folders:
            place.parent.mkdir(parents=True, exist_ok=True)
            folders |= {place.parent, *(each for each in place.parents if draft in each.parents)}
        for name, body in _forms(place, content):
            older = before / name.relative_to(draft) if before else None
            if not _is_linked(name, body, older, is_same=known.get(path) == content.sha256):
                name.write_bytes(body)
                _outdate(older, name)
                written.append(name)
    # All are written before the first is waited for: the system then flushes them together.
    with ThreadPoolExecutor(_LANES, thread_name_prefix="publish-sync") as lanes:
        list(lanes.map(_sync, written))
        list(lanes.map(_sync, folders))
    draft.rename(release)
    _sync(release.parent)


def _forms(place: Path, content: File) -> Iterator[tuple[Path, bytes]]:
    yield place, content.body
    for encoding, body in content.encoded.items():
        yield place.with_name(place.name + _ENDINGS[encoding]), body


def _is_linked(place: Path, body: bytes, before: Path | None, *, is_same: bool) -> bool:
    """Files that have not changed are the previous release's own: nothing to write, nothing to wait for."""
    if before is None:
        return False
    try:
        if before.stat().st_size != len(body) or not (is_same or before.read_bytes() == body):
            return False
        os.link(before, place)
    except OSError:
        return False  # it was not there, or a file system without hard links
    return True


def _outdate(older: Path | None, newer: Path) -> None:
    """Web servers make their ETag of length and second of writing: two releases in one second need two seconds."""
    if older is None or not older.is_file():
        return
    before, now = int(older.stat().st_mtime), int(newer.stat().st_mtime)
    if now <= before:
        os.utime(newer, (before + 1, before + 1))


def _switch(current: Path, release: Path) -> None:
    fresh = current.with_name(f".current.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("releases") / release.name, target_is_directory=True)
    fresh.replace(current)
    _sync(current.parent)


def _forget_old(releases: Path, *, keep: str) -> None:
    whole = sorted(each.name for each in releases.iterdir() if _RELEASE.fullmatch(each.name) and each.name <= keep)
    for name in whole[:-_RELEASES_KEPT]:
        shutil.rmtree(releases / name, ignore_errors=True)


def _sync(place: Path) -> None:
    """A file or a folder; returns when it is on disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
