"""Single sign-on: sign-ins under way, who somebody is to the provider, and what it said of their sessions since."""

from datetime import datetime, timedelta

from records.people import Identity, Role, SignIn, User, Way
from records.store.engine import Store
from records.store.people import add_user, hashed, user_of
from records.times import to_ms

#: Somebody who has not come back from the provider by then begins anew.
SIGN_IN_HOLDS = timedelta(minutes=15)


def begin(store: Store, state: str, browser: str, sign_in: SignIn, now: datetime) -> None:
    """Keep a sign-in under way; `state` comes back from the provider, `browser` stays with who began it."""
    store.run("DELETE FROM sign_ins WHERE expires_at <= :now", now=to_ms(now))
    store.run(
        """
        INSERT INTO sign_ins (state_hash, browser_hash, nonce, verifier, next_page, redirect_url, expires_at)
        VALUES (:state, :browser, :nonce, :verifier, :next_page, :redirect_url, :until)
        """,
        state=hashed(state),
        browser=hashed(browser),
        nonce=sign_in.nonce,
        verifier=sign_in.verifier,
        next_page=sign_in.next_page,
        redirect_url=sign_in.redirect_url,
        until=to_ms(now + SIGN_IN_HOLDS),
    )


def take(store: Store, state: str, browser: str, now: datetime) -> SignIn | None:
    """The sign-in that this browser began, which is used up by it; None when there is none, or it is over."""
    with store.tx():
        found = store.row(
            """
            SELECT * FROM sign_ins
            WHERE state_hash = :state AND browser_hash = :browser AND expires_at > :now
            """,
            state=hashed(state),
            browser=hashed(browser),
            now=to_ms(now),
        )
        # Of two who hand in the same state at once, one finds it gone.
        if found is None or not store.run("DELETE FROM sign_ins WHERE state_hash = :state", state=hashed(state)):
            return None
    return SignIn(
        nonce=found["nonce"],
        verifier=found["verifier"],
        next_page=found["next_page"],
        redirect_url=found["redirect_url"],
    )


def known(store: Store, issuer: str, subject: str) -> User | None:
    """Who here is that person at the provider; None when nobody is yet."""
    found = store.row(
        "SELECT * FROM users WHERE issuer = :issuer AND subject = :subject", issuer=issuer, subject=subject
    )
    return None if found is None else user_of(found)


def add(store: Store, identity: Identity, now: datetime) -> User:
    """Somebody new, who has no password here. Raises Conflict when the name is taken."""
    user = add_user(store, identity.name, identity.role, "", now)
    connect(store, user.id, identity)
    return user


def connect(store: Store, user_id: str, identity: Identity) -> None:
    """From now on this login is that person at the provider."""
    store.run(
        "UPDATE users SET way = :way, issuer = :issuer, subject = :subject, password_hash = '' WHERE id = :id",
        id=user_id,
        way=Way.SINGLE_SIGN_ON.value,
        issuer=identity.issuer,
        subject=identity.subject,
    )


def expect(store: Store, user_id: str) -> None:
    """The next person whom the provider calls by this login's name is who it belongs to; its password is void."""
    store.run(
        "UPDATE users SET way = :way, issuer = NULL, subject = NULL, password_hash = '' WHERE id = :id",
        id=user_id,
        way=Way.SINGLE_SIGN_ON.value,
    )


def set_email(store: Store, user_id: str, email: str | None) -> None:
    """Where tests of notices are sent; None: nowhere."""
    store.run("UPDATE users SET email = :email WHERE id = :id", id=user_id, email=email)


def begin_asking(store: Store, secret: str, asked_at: datetime, now: datetime) -> bool:
    """Whether it falls to us to ask the provider about a session: of several requests at once, to one of them."""
    changed = store.run(
        "UPDATE sessions SET asked_at = :now WHERE token_hash = :hash AND asked_at = :before AND ended IS NULL",
        hash=hashed(secret),
        before=to_ms(asked_at),
        now=to_ms(now),
    )
    return changed == 1


def ask_again(store: Store, secret: str, asked_at: datetime) -> None:
    """The provider did not answer: count the session as asked about at `asked_at`, so that it is asked again soon."""
    store.run("UPDATE sessions SET asked_at = :at WHERE token_hash = :hash", hash=hashed(secret), at=to_ms(asked_at))


def keep(store: Store, secret: str, sealed: str) -> None:
    """What the provider gave us for the next time."""
    store.run("UPDATE sessions SET sealed = :sealed WHERE token_hash = :hash", hash=hashed(secret), sealed=sealed)


def confirm(store: Store, secret: str, now: datetime) -> None:
    """The provider said yes."""
    store.run(
        "UPDATE sessions SET asked_at = :now, confirmed_at = :now WHERE token_hash = :hash",
        hash=hashed(secret),
        now=to_ms(now),
    )


def set_role_and_email(store: Store, user: User, role: Role, email: str | None) -> bool:
    """What the provider says of somebody. False when it is known."""
    if (user.role, user.email) == (role, email):
        return False
    store.run("UPDATE users SET role = :role, email = :email WHERE id = :id", id=user.id, role=role.value, email=email)
    return True
