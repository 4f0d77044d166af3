"""What admins change about people: role, whether they may come in, sessions, and links to choose a password."""

import secrets
from datetime import datetime

from records.errors import NotFound
from records.people import Login, Role, SessionEnd, User
from records.store.engine import Store
from records.store.people import SESSION_IDLE, hashed, user_of
from records.times import from_ms_or_none, to_ms

#: What a link is for: choosing a password, or coming in once past the usual ways.
TO_CHOOSE, TO_COME_IN = "password", "break_glass"


def logins(store: Store, now: datetime) -> list[Login]:
    """Everybody with a login, by name; who may not come in stands last."""
    found = store.rows(
        """
        SELECT u.*,
            (SELECT count(*) FROM sessions s WHERE s.user_id = u.id AND s.ended IS NULL
                AND s.expires_at > :now AND s.seen_at > :idle) AS sessions,
            (SELECT max(s.seen_at) FROM sessions s WHERE s.user_id = u.id) AS seen_at,
            (SELECT max(l.expires_at) FROM password_links l
                WHERE l.user_id = u.id AND l.expires_at > :now) AS link_until
        FROM users u ORDER BY u.disabled_at IS NOT NULL, u.name
        """,
        now=to_ms(now),
        idle=to_ms(now - SESSION_IDLE),
    )
    return [
        Login(
            user=user_of(row),
            sessions=0 if row["disabled_at"] is not None else int(row["sessions"]),
            seen_at=from_ms_or_none(row["seen_at"]),
            link_until=from_ms_or_none(row["link_until"]),
        )
        for row in found
    ]


def user_by_id(store: Store, user_id: str) -> User:
    """Somebody. Raises NotFound."""
    found = store.row("SELECT * FROM users WHERE id = :id", id=user_id)
    if found is None:
        raise NotFound("There is no such person.")
    return user_of(found)


def count_others(store: Store, role: Role, user_id: str) -> int:
    """How many people besides this one have the role and may come in."""
    found = store.row(
        "SELECT count(*) AS total FROM users WHERE role = :role AND disabled_at IS NULL AND id <> :id",
        role=role.value,
        id=user_id,
    )
    return int(found["total"]) if found else 0


def set_role(store: Store, user_id: str, role: Role) -> None:
    """Give a person another role; it counts from their next click."""
    store.run("UPDATE users SET role = :role WHERE id = :id", id=user_id, role=role.value)


def set_disabled(store: Store, user_id: str, at: datetime | None) -> None:
    """Keep a person out from now on, or let them in again (None)."""
    store.run("UPDATE users SET disabled_at = :at WHERE id = :id", id=user_id, at=None if at is None else to_ms(at))


def set_password(store: Store, user_id: str, password_hash: str) -> None:
    """What their password must fit from now on."""
    store.run("UPDATE users SET password_hash = :hash WHERE id = :id", id=user_id, hash=password_hash)


def end_sessions(store: Store, user_id: str, why: SessionEnd) -> int:
    """End all of somebody's sessions. Returns how many had not ended before."""
    return store.run(
        "UPDATE sessions SET ended = :why WHERE user_id = :id AND ended IS NULL", id=user_id, why=why.value
    )


def end_session(store: Store, token_hash: str, why: SessionEnd) -> None:
    """End one session, by its hash; one that ended before keeps its reason."""
    store.run("UPDATE sessions SET ended = :why WHERE token_hash = :hash AND ended IS NULL", hash=token_hash, why=why)


def open_link(store: Store, user_id: str, now: datetime, until: datetime, *, purpose: str = TO_CHOOSE) -> str:
    """A link to choose a password, or to come in once, in place of earlier ones; its secret is kept nowhere."""
    close_links(store, user_id)
    secret = secrets.token_urlsafe(32)
    store.run(
        """
        INSERT INTO password_links (token_hash, user_id, created_at, expires_at, purpose)
        VALUES (:hash, :user_id, :now, :until, :purpose)
        """,
        hash=hashed(secret),
        user_id=user_id,
        now=to_ms(now),
        until=to_ms(until),
        purpose=purpose,
    )
    return secret


def link_user(store: Store, secret: str, now: datetime, *, purpose: str = TO_CHOOSE) -> User | None:
    """Whose link it is; None when it was used, replaced, is over, is for something else, or they may not come in."""
    found = store.row(
        """
        SELECT u.* FROM password_links l JOIN users u ON u.id = l.user_id
        WHERE l.token_hash = :hash AND l.expires_at > :now AND l.purpose = :purpose AND u.disabled_at IS NULL
        """,
        hash=hashed(secret),
        now=to_ms(now),
        purpose=purpose,
    )
    return None if found is None else user_of(found)


def close_links(store: Store, user_id: str) -> None:
    """No link of this person leads anywhere any more."""
    store.run("DELETE FROM password_links WHERE user_id = :id", id=user_id)
