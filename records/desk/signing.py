"""Deeds about keys: the first one, taking turns, and signing each notice in the transaction that makes it."""

import logging
from datetime import datetime

from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid
from records.notices import Notice
from records.people import Actor
from records.signing import PrivateKey, Signature, canonical, key_document, new_key, notice_document
from records.store import meta, signing
from records.store.people import audit
from records.store.signing import Signed

_log = logging.getLogger("forewarn.signing")


def signer(desk: Desk, now: datetime) -> PrivateKey | None:
    """The key that signs now; made at first need. None when the key in the settings has been followed by another.

    That is so for a process that still runs with the old settings: its words go out unsigned rather than late.
    """
    given = desk.signing_key
    if given is None:
        return signing.current_secret(desk.store) or _first(desk, now)
    known = signing.key(desk.store, given.id)
    if known is None:
        take_key(desk, given, now)
    elif known.valid_to is not None:
        _log.error("the key %s in the settings was retired at %s: nothing is signed", given.id, known.valid_to)
        return None
    return given


def _first(desk: Desk, now: datetime) -> PrivateKey:
    with desk.deed():
        # Another process may have been first.
        made = signing.current_secret(desk.store) or new_key()
        if signing.key(desk.store, made.id) is None:
            signing.add_key(desk.store, made, now, None, keep_secret=True)
            meta.touch_page(desk.store)
    return made


def take_key(desk: Desk, given: PrivateKey, now: datetime) -> None:
    """Let a key that the settings hold sign from now on; its secret stays out of the store.

    Raises Invalid when it is one that was retired before.
    """
    with desk.deed():
        known = signing.key(desk.store, given.id)
        if known is not None and known.valid_to is not None:
            message = f"is the key {given.id}, which was retired at {known.valid_to:%Y-%m-%d %H:%M} UTC"
            raise Invalid(Fault(path="signing.key", message=message, hint="make a new one; old ones never come back"))
        if known is None:
            signing.add_key(desk.store, given, now, _handover(desk, given, now), keep_secret=False)
            meta.touch_page(desk.store)


def rotate(desk: Desk, by: Actor, now: datetime) -> PrivateKey:
    """A new key signs from now on, and the old one says that it is ours. Raises Conflict when the settings hold it."""
    if desk.signing_key is not None:
        raise Conflict("The settings hold the key (signing.key). Put a new one there and restart.")
    made = new_key()
    with desk.deed():
        signing.add_key(desk.store, made, now, _handover(desk, made, now), keep_secret=True)
        audit(desk.store, by.name, "keys.rotate", f"key:{made.id}", now)
        meta.touch_page(desk.store)
    return made


def _handover(desk: Desk, new: PrivateKey, now: datetime) -> Signature | None:
    before = signing.current_secret(desk.store)
    return before.sign(canonical(key_document(new, now)).encode()) if before else None


def sign_notice(desk: Desk, notice: Notice, now: datetime) -> Notice:
    """Inside a deed: keep a notice's signature beside it. Returns the notice."""
    key = signer(desk, now)
    if key is not None:
        document = canonical(notice_document(notice, desk.page_url))
        signing.add_signature(desk.store, notice, Signed(document=document, signature=key.sign(document.encode())))
    return notice
