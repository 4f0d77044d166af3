"""Signing keys with their history, and the signatures of notices."""

import base64
from dataclasses import dataclass
from datetime import datetime

from records.notices import Notice
from records.signing import PrivateKey, PublicKey, Signature, key_from_store
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What was signed, letter for letter, and the signature."""

    document: str
    signature: Signature


def keys(store: Store) -> list[PublicKey]:
    """Every key that ever signed, the newest first."""
    return [_key(row) for row in store.rows("SELECT * FROM signing_keys ORDER BY valid_from DESC, id")]


def key(store: Store, key_id: str) -> PublicKey | None:
    """One key."""
    found = store.row("SELECT * FROM signing_keys WHERE id = :id", id=key_id)
    return None if found is None else _key(found)


def current_secret(store: Store) -> PrivateKey | None:
    """The key that signs now, if its secret is kept here."""
    found = store.row(
        """
        SELECT s.secret FROM signing_keys k JOIN signing_secrets s ON s.key_id = k.id
        WHERE k.valid_to IS NULL
        """
    )
    return None if found is None else key_from_store(found["secret"])


def add_key(
    store: Store, new: PrivateKey, valid_from: datetime, handover: Signature | None, *, keep_secret: bool
) -> None:
    """Inside a transaction: from now on this key signs; the one before it only proves what it signed.

    The secret of the one before is forgotten: nobody can sign with it any more, not even we.
    """
    store.run("UPDATE signing_keys SET valid_to = :now WHERE valid_to IS NULL", now=to_ms(valid_from))
    store.run("DELETE FROM signing_secrets")
    store.run(
        """
        INSERT INTO signing_keys (id, public, valid_from, valid_to, handover_key, handover)
        VALUES (:id, :public, :valid_from, NULL, :handover_key, :handover)
        """,
        id=new.id,
        public=base64.b64encode(new.public).decode(),
        valid_from=to_ms(valid_from),
        handover_key=handover.key_id if handover else None,
        handover=handover.value if handover else None,
    )
    if keep_secret:
        store.run("INSERT INTO signing_secrets (key_id, secret) VALUES (:id, :secret)", id=new.id, secret=new.secret)


def add_signature(store: Store, notice: Notice, signed: Signed) -> None:
    """Keep the signature of a notice's version."""
    store.run(
        """
        INSERT INTO notice_signatures (notice_id, version, key_id, document, signature)
        VALUES (:notice_id, :version, :key_id, :document, :signature)
        """,
        notice_id=notice.id,
        version=notice.version,
        key_id=signed.signature.key_id,
        document=signed.document,
        signature=signed.signature.value,
    )


def signature_of(store: Store, notice: Notice) -> Signed | None:
    """The signature of a notice's version; None for notices from before there were any."""
    found = store.row(
        """
        SELECT document, key_id, signature FROM notice_signatures
        WHERE notice_id = :notice_id AND version = :version
        """,
        notice_id=notice.id,
        version=notice.version,
    )
    return None if found is None else _signed(found)


def told(store: Store, limit: int) -> list[str]:
    """Ids of notices that have left, the newest first."""
    found = store.rows(
        """
        SELECT n.id FROM notices n LEFT JOIN notice_waits w ON w.notice_id = n.id AND w.version = n.version
        WHERE n.state NOT IN ('draft', 'held') AND (w.notice_id IS NULL OR w.decision = 'approved')
        ORDER BY n.id DESC LIMIT :limit
        """,
        limit=limit,
    )
    return [row["id"] for row in found]


def _signed(row: Row) -> Signed:
    return Signed(document=row["document"], signature=Signature(key_id=row["key_id"], value=row["signature"]))


def _key(row: Row) -> PublicKey:
    handover = Signature(key_id=row["handover_key"], value=row["handover"]) if row["handover"] else None
    return PublicKey(
        id=row["id"],
        raw=base64.b64decode(row["public"]),
        valid_from=from_ms(row["valid_from"]),
        valid_to=from_ms_or_none(row["valid_to"]),
        handover=handover,
    )
