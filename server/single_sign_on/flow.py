"""A sign-in from the first step to a session, and the way out again."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from records.desk import arrivals
from records.desk.arrivals import MayNotComeIn
from records.people import Identity, OpenedBy, SignIn, User
from records.signing import seal, unseal
from records.store import people, sign_ons
from server.config.sections.operation import Oidc
from server.context import Context
from server.single_sign_on import claims as said_by
from server.single_sign_on import id_token
from server.single_sign_on.errors import NotAccepted, ProviderRefused
from server.single_sign_on.provider import Provider, Tokens


def provider_of(context: Context, oidc: Oidc) -> Provider:
    """The provider, with what this process remembers of it."""
    return Provider(oidc, context.discovered, context.now())


async def begin(context: Context, oidc: Oidc, *, browser: str, next_page: str, redirect_url: str) -> str:
    """Where to send the browser, which keeps the secret `browser` meanwhile. Raises ProviderAway."""
    metadata = await provider_of(context, oidc).metadata()
    state = secrets.token_urlsafe(32)
    started = SignIn(
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        next_page=next_page,
        redirect_url=redirect_url,
    )
    await context.call(sign_ons.begin, context.desk.store, state, browser, started, context.now())
    challenge = base64.urlsafe_b64encode(hashlib.sha256(started.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": oidc.client_id,
        "redirect_uri": redirect_url,
        "scope": " ".join(oidc.scopes),
        "state": state,
        "nonce": started.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return _with_query(metadata.authorization_endpoint, query)


async def finish(context: Context, oidc: Oidc, said: Mapping[str, str], browser: str) -> tuple[str, str]:
    """The secret of a new session, and where they wanted to go; `said` is what the provider sent back.

    Raises NotAccepted, MayNotComeIn, ProviderAway, ProviderRefused.
    """
    now, store = context.now(), context.desk.store
    started = await context.call(sign_ons.take, store, said.get("state", ""), browser, now)
    if started is None:
        raise NotAccepted("no sign-in of this browser is under way by that state")
    provider = provider_of(context, oidc)
    metadata = await provider.metadata()
    if said.get("iss", metadata.issuer) != metadata.issuer:
        raise NotAccepted("the answer is of another provider (iss)")
    if "error" in said:
        raise ProviderRefused(f"The identity provider said no ({_plain(said['error'])}).")
    tokens = await provider.exchange(said.get("code", ""), started.verifier, started.redirect_url)
    if tokens.id_token is None:
        raise NotAccepted("no ID token came")
    identity = await identity_of(context, oidc, tokens, nonce=started.nonce)
    user = await _arrived(context, oidc, identity)
    return await context.call(_open, context, oidc, user, tokens), started.next_page


async def identity_of(context: Context, oidc: Oidc, tokens: Tokens, *, nonce: str | None) -> Identity:
    """Who it is by these tokens. Raises NotAccepted, MayNotComeIn, ProviderAway, ProviderRefused."""
    provider = provider_of(context, oidc)
    issuer, known = (await provider.metadata()).issuer, dict[str, Any]()
    if tokens.id_token is not None:
        keys = await provider.keys(id_token.key_id(tokens.id_token))
        known |= id_token.checked(
            tokens.id_token, keys, issuer=issuer, client_id=oidc.client_id, nonce=nonce, now=context.now(),
            skew=oidc.clock_skew,
        )  # fmt: skip
    if said_by.claim(known, oidc.role_claim) is None or said_by.claim(known, oidc.name_claim) is None:
        more = await provider.userinfo(tokens.access_token)
        # Whose access token it is, only this tells (OpenID Connect Core 5.3.2).
        if more and more.get("sub") != known.get("sub", more.get("sub")):
            raise NotAccepted("token and userinfo are of two people")
        known = {**more, **known}
    return _identity(known, issuer, oidc, context)


def _identity(known: Mapping[str, Any], issuer: str, oidc: Oidc, context: Context) -> Identity:
    subject, name = known.get("sub"), said_by.name_of(known, oidc)
    if not isinstance(subject, str) or not subject or name is None:
        raise NotAccepted("the provider does not say who it is")
    role = said_by.role_of(known, oidc, context.settings.access.roles)
    if role is None:
        raise OutsideTheGroups(name)
    return Identity(issuer=issuer, subject=subject, name=name, email=said_by.email_of(known), role=role)


class OutsideTheGroups(MayNotComeIn):
    """They are in no group that may come in."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Your account {name} is in no group that may come in here. Ask whoever runs your accounts.")
        self.name = name


async def _arrived(context: Context, oidc: Oidc, identity: Identity) -> User:
    desk, now = context.desk, context.now()
    user = await context.call(arrivals.arrive, desk, identity, now, creates=oidc.create_users)
    subject = f"user:{user.name}"
    await context.call(
        people.audit, desk.store, subject, "sign_in", subject, now, by=OpenedBy.SINGLE_SIGN_ON.value,
        role=identity.role.value,
    )  # fmt: skip
    return user


def _open(context: Context, oidc: Oidc, user: User, tokens: Tokens) -> str:
    now, store = context.now(), context.desk.store
    with store.tx():
        secret = people.open_session(store, user.id, now, opened_by=OpenedBy.SINGLE_SIGN_ON, life=oidc.session)
        sign_ons.keep(store, secret, sealed(secret, tokens))
        sign_ons.confirm(store, secret, now)
    return secret


def sealed(secret: str, tokens: Tokens) -> str:
    """What is kept for the next look and for signing out there; only the browser's cookie opens it."""
    return seal(secret, json.dumps({"refresh_token": tokens.refresh_token, "id_token": tokens.id_token}))


def opened(secret: str, kept: str | None) -> Mapping[str, str | None]:
    """The same again; empty when nothing was kept, or it does not open."""
    text = None if kept is None else unseal(secret, kept)
    found: dict[str, str | None] = {} if text is None else json.loads(text)
    return found


async def way_out(context: Context, oidc: Oidc, secret: str, kept: str | None, *, back: str) -> str | None:
    """Where to sign out at the provider too; None where it offers nothing of the kind. Raises ProviderAway."""
    endpoint = (await provider_of(context, oidc).metadata()).end_session_endpoint
    if endpoint is None:
        return None
    query = {"client_id": oidc.client_id, "post_logout_redirect_uri": back}
    if hint := opened(secret, kept).get("id_token"):
        query["id_token_hint"] = hint
    return _with_query(endpoint, query)


def _with_query(address: str, query: Mapping[str, str]) -> str:
    mark = "&" if urlsplit(address).query else "?"
    return f"{address}{mark}{urlencode(query)}"


def _plain(code: str) -> str:
    """An error code as it may be shown: codes are short words, and nothing else gets onto our page."""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 60 else "no reason we know"
