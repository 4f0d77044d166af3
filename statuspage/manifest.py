"""What a release consists of, file by file, signed: so that a copy of the page on any host can be checked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from records.signing import MANIFEST_FORMAT, PrivateKey, canonical
from records.times import iso
from statuspage.site import File, Site, file

MANIFEST_PATH, SIGNATURE_PATH = "/manifest.json", "/manifest.sig.json"
_JSON = "application/json"


def with_manifest(site: Site, page_url: str, stale_after: timedelta, key: PrivateKey | None) -> Site:
    """The site, and beside it a list of all its files with its signature; unsigned when there is no key."""
    listed = canonical(manifest(site, page_url, stale_after)).encode()
    added: dict[str, File] = {MANIFEST_PATH: file(listed, _JSON, is_shared=True)}
    if key is not None:
        signature = canonical(key.sign(listed).shape()).encode()
        added[SIGNATURE_PATH] = file(signature, _JSON, is_shared=True)
    return replace(site, files={**site.files, **added})


def manifest(site: Site, page_url: str, stale_after: timedelta) -> dict[str, Any]:
    """By address, what a server has to answer: plain bytes, before any compression."""
    return {
        "format": MANIFEST_FORMAT,
        "page": page_url,
        "version": site.version,
        "generated_at": iso(site.generated_at),
        "stale_after_seconds": int(stale_after.total_seconds()),
        "files": {
            path: {"sha256": each.sha256, "bytes": len(each.body), "content_type": each.content_type}
            for path, each in site.files.items()
            if path not in (MANIFEST_PATH, SIGNATURE_PATH)
        },
    }
