"""Users and their sessions, whom a token speaks for, and what everybody did."""

import hashlib
import secrets
from datetime import datetime, timedelta

from records.errors import Conflict
from records.ids import new_id
from records.people import Actor, AuditEntry, OpenedBy, Right, Role, Session, SessionEnd, User, Way
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, from_ms_or_none, to_ms

#: A session ends after this long without a click, and after a day in any case.
SESSION_IDLE = timedelta(hours=2)
SESSION_LIFE = timedelta(hours=24)
#: So long a session that is over can still say why.
_REMEMBERED = timedelta(days=7)


def hashed(secret: str) -> str:
    """What is kept instead of a session or token: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_user(store: Store, name: str, role: Role, password_hash: str, now: datetime) -> User:
    """Add somebody with a login. Raises Conflict when the name is taken."""
    added = store.run(
        """
        INSERT INTO users (id, name, role, password_hash, created_at)
        VALUES (:id, :name, :role, :password_hash, :now) ON CONFLICT (name) DO NOTHING
        """,
        id=new_id(),
        name=name,
        role=role.value,
        password_hash=password_hash,
        now=to_ms(now),
    )
    if not added:
        raise Conflict(f"There is a user {name} already.")
    found = user(store, name)
    assert found is not None
    return found


def user(store: Store, name: str) -> User | None:
    """Somebody by name; None when unknown."""
    found = store.row("SELECT * FROM users WHERE name = :name", name=name)
    return None if found is None else user_of(found)


def count_users(store: Store) -> int:
    """How many people have a login."""
    found = store.row("SELECT count(*) AS total FROM users")
    return int(found["total"]) if found else 0


def open_session(
    store: Store, user_id: str, now: datetime, *,
    opened_by: OpenedBy = OpenedBy.PASSWORD, life: timedelta = SESSION_LIFE,
) -> str:  # fmt: skip
    """A new session; the secret returned is for the cookie and is not kept."""
    secret = secrets.token_urlsafe(32)
    store.run("DELETE FROM sessions WHERE expires_at < :long_ago", long_ago=to_ms(now - _REMEMBERED))
    store.run(
        """
        INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, opened_by)
        VALUES (:hash, :user_id, :now, :now, :expires_at, :opened_by)
        """,
        hash=hashed(secret),
        user_id=user_id,
        now=to_ms(now),
        expires_at=to_ms(now + life),
        opened_by=opened_by.value,
    )
    return secret


def session_user(store: Store, secret: str, now: datetime) -> User | None:
    """Whose session it is; None when it is unknown, over, or the user was disabled."""
    found = session(store, secret, now)
    return None if found is None else found.user


def session(store: Store, secret: str, now: datetime) -> Session | None:
    """A session that counts; None when it is unknown, over, or the user was disabled."""
    found = store.row(
        """
        SELECT u.*, s.seen_at, s.opened_by, s.sealed, s.asked_at, s.confirmed_at
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = :hash AND s.expires_at > :now AND s.seen_at > :idle AND s.ended IS NULL
            AND u.disabled_at IS NULL
        """,
        hash=hashed(secret),
        now=to_ms(now),
        idle=to_ms(now - SESSION_IDLE),
    )
    if found is None:
        return None
    if to_ms(now) - found["seen_at"] > 60_000:
        store.run("UPDATE sessions SET seen_at = :now WHERE token_hash = :hash", now=to_ms(now), hash=hashed(secret))
    return Session(
        user=user_of(found),
        opened_by=OpenedBy(found["opened_by"]),
        sealed=found["sealed"],
        asked_at=from_ms_or_none(found["asked_at"]),
        confirmed_at=from_ms_or_none(found["confirmed_at"]),
    )


def session_end(store: Store, secret: str, now: datetime) -> SessionEnd | None:
    """Why a session no longer counts; None when it still does, or nobody knows it."""
    found = store.row(
        """
        SELECT s.ended, s.seen_at, s.expires_at, u.disabled_at
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = :hash
        """,
        hash=hashed(secret),
    )
    if found is None:
        return None
    if found["disabled_at"] is not None:
        return SessionEnd.DISABLED
    if found["ended"] is not None:
        return SessionEnd(found["ended"])
    if found["expires_at"] <= to_ms(now):
        return SessionEnd.AGE
    return SessionEnd.IDLE if found["seen_at"] <= to_ms(now - SESSION_IDLE) else None


def close_session(store: Store, secret: str) -> None:
    """End a session."""
    store.run("DELETE FROM sessions WHERE token_hash = :hash", hash=hashed(secret))


def token_actor(store: Store, secret: str, now: datetime) -> Actor | None:
    """Who acts with this token; None when it is unknown, over, or revoked."""
    found = store.row(
        """
        SELECT id, label, role, rights, used_at FROM tokens
        WHERE token_hash = :hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
        """,
        hash=hashed(secret),
        now=to_ms(now),
    )
    if found is None:
        return None
    if found["used_at"] is None or to_ms(now) - found["used_at"] > 60_000:
        store.run("UPDATE tokens SET used_at = :now WHERE id = :id", now=to_ms(now), id=found["id"])
    return Actor(name=f"token:{found['label']}", role=Role(found["role"]), rights=rights_of(found["rights"]))


def rights_of(text: str | None) -> frozenset[Right] | None:
    """The limits of a token from its column; None: it may do all that its role may."""
    return None if text is None else frozenset(Right(each) for each in text.split())


def audit(store: Store, actor: str, deed: str, subject: str, now: datetime, **detail: object) -> None:
    """Keep for good that somebody did or looked at something."""
    store.run(
        "INSERT INTO audit (id, at, actor, deed, subject, detail) VALUES (:id, :at, :actor, :deed, :subject, :detail)",
        id=new_id(),
        at=to_ms(now),
        actor=actor,
        deed=deed,
        subject=subject,
        detail=to_json(detail),
    )


def audit_entries(store: Store, *, before: str = "~", subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """What was done, newest first, from behind the entry `before`."""
    found = store.rows(
        """
        SELECT * FROM audit WHERE id < :before AND (CAST(:subject AS TEXT) IS NULL OR subject = :subject)
        ORDER BY id DESC LIMIT :limit
        """,
        before=before,
        subject=subject,
        limit=limit,
    )
    return [
        AuditEntry(
            id=row["id"],
            at=from_ms(row["at"]),
            actor=row["actor"],
            deed=row["deed"],
            subject=row["subject"],
            detail=from_json(row["detail"]),
        )
        for row in found
    ]


def user_of(row: Row) -> User:
    """A row of `users`."""
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        password_hash=row["password_hash"],
        created_at=from_ms(row["created_at"]),
        disabled_at=from_ms_or_none(row["disabled_at"]),
        email=row["email"],
        way=Way(row["way"]),
        subject=row["subject"],
    )


def recent_failures(store: Store, name: str, since: datetime) -> int:
    """Wrong passwords for a name since then, and since the last right one."""
    found = store.row(
        """
        SELECT count(*) AS total FROM audit
        WHERE subject = :subject AND deed = 'sign_in.failed' AND at >= :since
            AND at > COALESCE((SELECT max(at) FROM audit WHERE subject = :subject AND deed = 'sign_in'), 0)
        """,
        subject=f"user:{name[:80]}",
        since=to_ms(since),
    )
    return int(found["total"]) if found else 0


def was_done(store: Store, deed: str, subject: str) -> bool:
    """Whether this deed was ever done to this subject."""
    found = store.row(
        "SELECT 1 AS one FROM audit WHERE subject = :subject AND deed = :deed LIMIT 1", subject=subject, deed=deed
    )
    return found is not None
