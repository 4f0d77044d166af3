"""What proves that words are ours, for programs: the public keys, and one answer for each notice's code.

The process gives the same answers that are published as files, so that a notice can be checked while we are away.
"""

import json
from typing import Any

from records.components import in_language
from records.notices import Notice
from records.signing import PublicKey, texts_of
from records.store import notices, signing
from records.store.engine import Store
from records.store.signing import Signed
from records.times import iso
from statuspage.page import Page
from statuspage.site import File, file

KEYS_PATH = "/.well-known/forewarn-keys.json"
_JSON = "application/json"
#: Notices whose proofs are published; older ones the process still answers for.
_PUBLISHED = 300


def keys_shape(page: Page, keys: list[PublicKey]) -> dict[str, Any]:
    """Every key that ever signed for this page, the newest first."""
    return {"page": page.url, "keys": [key.shape() for key in keys]}


def proof_shape(notice: Notice, signed: Signed | None, language: str) -> dict[str, Any]:
    """The answer about a code of ours; `language` is that of its title."""
    texts = texts_of(notice)
    return {
        "ours": True,
        "code": notice.verify_code,
        "title": in_language(notice.facts["name"], language),
        "at": iso(notice.created_at),
        "channels": channels_of(notice),
        "languages": list(texts),
        "path": path_of(notice),
        "text": texts,
        "signed": signed.document if signed else None,
        "signature": signed.signature.shape() if signed else None,
    }


def not_ours() -> dict[str, Any]:
    """The answer about any other code: as many fields, and nothing in them."""
    return {
        "ours": False,
        "code": None,
        "title": None,
        "at": None,
        "channels": [],
        "languages": [],
        "path": None,
        "text": {},
        "signed": None,
        "signature": None,
    }


def channels_of(notice: Notice) -> list[str]:
    """Which ways it went, without the names of accounts: `email`, `inapp`, `social`."""
    return list(dict.fromkeys(channel.split(":")[0] for channel in notice.channels))


def path_of(notice: Notice) -> str:
    """Where the page tells more."""
    return f"/{notice.subject_kind}s/{notice.subject_id}"


class Proofs:
    """The files of keys and proofs; what a notice said never changes, so each is read once."""

    def __init__(self, store: Store, page: Page) -> None:
        self._store = store
        self._page = page
        self._kept: dict[str, tuple[str, File]] = {}
        self._keys: File | None = None

    def keys(self) -> dict[str, File]:
        """The file of all keys, by path."""
        known = keys_shape(self._page, signing.keys(self._store))
        self._keys = file(_written(known), _JSON, self._keys, is_shared=True)
        return {KEYS_PATH: self._keys}

    def proofs(self) -> dict[str, File]:
        """The newest notices that have left, by path."""
        told = signing.told(self._store, _PUBLISHED)
        self._kept = {notice_id: self._kept.get(notice_id) or self._proof(notice_id) for notice_id in told}
        return dict(self._kept.values())

    def _proof(self, notice_id: str) -> tuple[str, File]:
        notice = notices.notice(self._store, notice_id)
        shape = proof_shape(notice, signing.signature_of(self._store, notice), self._page.languages[0])
        return f"/verify/{notice.verify_code}.json", file(_written(shape), _JSON, is_shared=True)


def _written(shape: dict[str, Any]) -> bytes:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
