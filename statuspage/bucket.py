"""Write the page into an object store: assets, then JSON, then pages; never over what a newer publisher wrote.

A bucket knows no switch from one release to the next, only objects, each replaced whole. So addresses are names
(`incidents/3k2…`, `fr/index.html`), what pages refer to is there before them, and each page carries its own data.
`latest.json` is claimed by compare-and-swap before anything is written, and looked at again before each step.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import MemoryStore, S3Store

from records.errors import ForewarnError
from records.times import iso
from statuspage.answers import cache_control
from statuspage.manifest import MANIFEST_PATH
from statuspage.publish import PublishRefused, release_name
from statuspage.site import File, Site

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config

LATEST = "latest.json"
#: Objects in flight at once.
_LANES = 12
#: Between two looks at whether a newer publisher has come.
_STEP = 4 * _LANES
_TRIES = 5
#: How long it took, how often it was tried: in the midst of what the library says.
_NOTES = re.compile(r" in [\d.]+m?s(, after \d+ retries, max_retries: \d+, retry_timeout: \S+)?|Generic S3 error: ")
_RELEASES_KEPT = 3
_TIMEOUT = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """An object as we left it."""

    sha256: str
    e_tag: str | None


def s3(place: str, *, region: str | None, endpoint: str | None, key: tuple[str, str] | None) -> "ObjectStore":
    """The store of `s3://bucket/prefix`. Without a key, what the environment gives (AWS_…, a role of the machine)."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    options: S3Config = {}
    if region:
        options["region"] = region
    if endpoint:
        options["endpoint"] = endpoint
    if key:
        options["access_key_id"], options["secret_access_key"] = key
    client: ClientConfig = {"timeout": _TIMEOUT, "allow_http": (endpoint or "").startswith("http://")}
    # We try again ourselves, with the newest release.
    retry: RetryConfig = {"max_retries": 1}
    return S3Store(bucket, prefix=prefix or None, config=options, client_options=client, retry_config=retry)


def in_memory() -> "ObjectStore":
    """A store that is gone with the process, for rehearsals."""
    return MemoryStore()


class BucketFailed(ForewarnError):
    """The object store did not do what we asked."""


class Bucket:
    """One place in an object store. Remembers what it wrote there, so that only what changed is sent."""

    def __init__(self, store: "ObjectStore", *, compressed: bool = False) -> None:
        self._store = store
        #: Whether objects are stored gzipped, for readers who all take that.
        self._compressed = compressed
        self._kept: dict[str, _Kept] = {}
        #: Names of the last releases, and all that we know to be ours; what no release of late has is removed.
        self._recent: deque[set[str]] = deque(maxlen=_RELEASES_KEPT)
        self._ours: set[str] = set()

    def publish(self, site: Site) -> None:
        """Bring the bucket to this release, unless a newer one is there.

        Raises BucketFailed, and PublishRefused when others keep changing `latest.json` under us.
        """
        try:
            self._publish(site)
        except (BaseError, FileNotFoundError, PermissionError) as error:
            raise BucketFailed(_in_words(error)) from error

    def _publish(self, site: Site) -> None:
        claim = self._claim(site)
        if claim is None:
            return
        named = {object_name(path): each for path, each in site.files.items()}
        self._remember(set(named))
        there = self._listed()
        changed = {name: each for name, each in named.items() if not self._is_there(name, each, there)}
        for step in _steps(changed):
            if not self._is_ours(claim):
                return
            self._write(step)
        self._forget()

    def _claim(self, site: Site) -> str | None:
        """The tag of our `latest.json`; None when a newer release has it."""
        mine = {"release": release_name(site), "version": site.version, "generated_at": iso(site.generated_at)}
        for _ in range(_TRIES):
            found, e_tag = self._latest()
            if str(found.get("release", "")) > mine["release"]:
                return None
            try:
                done = self._store.put(
                    LATEST,
                    json.dumps(mine).encode(),
                    mode={"e_tag": e_tag} if e_tag else "create",
                    attributes={"Content-Type": "application/json", "Cache-Control": "no-store"},
                )
            except (AlreadyExistsError, PreconditionError):
                continue  # another publisher was faster: look at what it claims
            return done["e_tag"] or ""
        raise PublishRefused("Other publishers keep changing latest.json; is this bucket and prefix ours alone?")

    def _latest(self) -> tuple[Mapping[str, Any], str | None]:
        try:
            answer = self._store.get(LATEST)
        except FileNotFoundError:
            return {}, None
        try:
            found = json.loads(bytes(answer.bytes()))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise PublishRefused("latest.json in the bucket is not ours; publish to an empty prefix.")
        return found, answer.meta["e_tag"]

    def _is_ours(self, claim: str) -> bool:
        return (self._store.head(LATEST)["e_tag"] or "") == claim

    def _listed(self) -> dict[str, str | None]:
        return {each["path"]: each["e_tag"] for page in self._store.list() for each in page}

    def _is_there(self, name: str, wanted: File, there: Mapping[str, str | None]) -> bool:
        """Whether the object is as we wrote it, and is what is wanted now."""
        kept = self._kept.get(name)
        return kept is not None and kept.sha256 == wanted.sha256 and there.get(name) == kept.e_tag

    def _write(self, step: Iterable[tuple[str, File]]) -> None:
        with ThreadPoolExecutor(_LANES, thread_name_prefix="bucket") as lanes:
            for name, kept in lanes.map(lambda pair: (pair[0], self._put(*pair)), step):
                self._kept[name] = kept

    def _put(self, name: str, content: File) -> _Kept:
        attributes = {
            "Content-Type": content.content_type,
            "Cache-Control": cache_control(content).decode(),
        }
        body = content.body
        if self._compressed and "gzip" in content.encoded:
            body, attributes["Content-Encoding"] = content.encoded["gzip"], "gzip"
        done = self._store.put(name, body, attributes=attributes)
        return _Kept(sha256=content.sha256, e_tag=done["e_tag"])

    def _remember(self, names: set[str]) -> None:
        """After a restart: what the release in place lists is ours to remove one day."""
        if not self._recent:
            try:
                listed = json.loads(bytes(self._store.get(object_name(MANIFEST_PATH)).bytes()))
                self._recent.append({object_name(path) for path in listed["files"]})
            except (FileNotFoundError, ValueError, KeyError, TypeError):
                pass  # nothing of ours yet
        self._recent.append(names)
        self._ours.update(*self._recent)

    def _forget(self) -> None:
        """Remove what was ours and is in no release of late; whatever else lies in the bucket is somebody else's.

        Style and scripts stay: a page that a CDN kept for a day still asks for them.
        """
        old = self._ours - set().union(*self._recent)
        going = sorted(name for name in old if not name.startswith("static/"))
        if going:
            self._store.delete(going)
        self._ours -= old
        for name in old:
            self._kept.pop(name, None)


def _in_words(error: Exception) -> str:
    """What is wrong; the library's own account, where it has to be told, without its debugging notes."""
    if isinstance(error, UnauthenticatedError | PermissionDeniedError | PermissionError):
        return "The object store refuses our key: may it get, put, list and delete there?"
    if isinstance(error, FileNotFoundError):
        return "There is no such bucket."
    said = _NOTES.sub("", str(error).partition("Debug source")[0])
    return "The object store did not answer as it should: " + " ".join(said.split())


def object_name(path: str) -> str:
    """What an address is called in a bucket: a folder has its index, everything else is called as it is asked for.

    >>> object_name("/fr/"), object_name("/fr/incidents/3k2x9q81m0aa"), object_name("/api/v2/summary.json")
    ('fr/index.html', 'fr/incidents/3k2x9q81m0aa', 'api/v2/summary.json')
    """
    return f"{path[1:]}index.html" if path.endswith("/") else path[1:]


def _steps(changed: Mapping[str, File]) -> list[list[tuple[str, File]]]:
    """Assets before what refers to them, pages last."""
    ranked = sorted(changed.items(), key=lambda pair: 0 if pair[1].is_immutable else 2 if pair[1].is_html else 1)
    return [ranked[begin : begin + _STEP] for begin in range(0, len(ranked), _STEP)]
