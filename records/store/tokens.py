"""Tokens of programs: made, listed, revoked. Only their hashes are kept."""

import secrets
from datetime import datetime

from records.errors import NotFound
from records.ids import new_id
from records.people import Right, Role, TokenRecord
from records.store.engine import Row, Store
from records.store.people import hashed, rights_of
from records.times import from_ms, from_ms_or_none, to_ms

#: So that a token found in a log or a repository is recognised.
_PREFIX = "fw_"


def create_token(
    store: Store, label: str, role: Role, now: datetime, *,
    by: str | None = None, expires_at: datetime | None = None, rights: frozenset[Right] | None = None,
    token_id: str | None = None,
) -> str:  # fmt: skip
    """A token for a program; what is returned is kept nowhere. `token_id` is for who wants to know its id."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    store.run(
        """
        INSERT INTO tokens (id, label, role, rights, token_hash, created_at, created_by, expires_at)
        VALUES (:id, :label, :role, :rights, :hash, :now, :by, :expires_at)
        """,
        id=token_id or new_id(),
        label=label,
        role=role.value,
        rights=None if rights is None else " ".join(sorted(rights)),
        hash=hashed(secret),
        now=to_ms(now),
        by=by,
        expires_at=None if expires_at is None else to_ms(expires_at),
    )
    return secret


def tokens(store: Store) -> list[TokenRecord]:
    """All of them, newest first, revoked ones too."""
    return [_token(row) for row in store.rows("SELECT * FROM tokens ORDER BY created_at DESC, id DESC")]


def token(store: Store, token_id: str) -> TokenRecord:
    """One by its id. Raises NotFound."""
    found = store.row("SELECT * FROM tokens WHERE id = :id", id=token_id)
    if found is None:
        raise NotFound("There is no such token.")
    return _token(found)


def revoke_token(store: Store, token_id: str, now: datetime) -> bool:
    """End it for good. False when it was revoked before."""
    changed = store.run(
        "UPDATE tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", id=token_id, now=to_ms(now)
    )
    return changed == 1


def _token(row: Row) -> TokenRecord:
    return TokenRecord(
        id=row["id"],
        label=row["label"],
        role=Role(row["role"]),
        rights=rights_of(row["rights"]),
        created_at=from_ms(row["created_at"]),
        created_by=row["created_by"],
        used_at=from_ms_or_none(row["used_at"]),
        expires_at=from_ms_or_none(row["expires_at"]),
        revoked_at=from_ms_or_none(row["revoked_at"]),
    )
