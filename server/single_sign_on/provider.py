"""What we ask of the identity provider: what it offers, its keys, tokens for a code, and what it knows of somebody."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import structlog

from monitors.client import Answer, Client, CouldNotSee, Request
from server.config.sections.operation import Oidc
from server.single_sign_on.errors import ProviderAway, ProviderRefused

_log = structlog.get_logger(__name__)
_DEADLINE_SECONDS = 10.0
#: A provider that moves an endpoint leaves the old one for longer than that.
_METADATA_HOLDS = timedelta(hours=1)
_KEYS_HOLD = timedelta(hours=1)
#: A token with a key that we do not know makes us look for new ones, but not every token of a flood.
_LOOK_FOR_KEYS_EVERY = timedelta(seconds=10)

_Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What the provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    #: How we may prove who we are at the token endpoint.
    auth_methods: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a code or a refresh token was exchanged for."""

    access_token: str = field(repr=False)
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass
class Discovered:
    """What one process remembers of the provider."""

    metadata: Metadata | None = None
    metadata_at: datetime | None = None
    keys: Sequence[_Json] = ()
    keys_at: datetime | None = None


class Provider:
    """The provider that the settings name."""

    def __init__(self, oidc: Oidc, discovered: Discovered, now: datetime) -> None:
        self._oidc = oidc
        self._discovered = discovered
        self._now = now

    async def metadata(self) -> Metadata:
        """What it offers, at most an hour old. Raises ProviderAway."""
        known, at = self._discovered.metadata, self._discovered.metadata_at
        if known is not None and at is not None and self._now - at < _METADATA_HOLDS:
            return known
        said = await self._json(Request(url=f"{self._oidc.issuer}/.well-known/openid-configuration"))
        found = _metadata(said, self._oidc.issuer)
        self._discovered.metadata, self._discovered.metadata_at = found, self._now
        return found

    async def keys(self, wanted: str | None) -> Sequence[_Json]:
        """Its public keys as JWK; asked for again where none is called `wanted`. Raises ProviderAway."""
        keys, at = self._discovered.keys, self._discovered.keys_at
        age = _KEYS_HOLD if at is None else self._now - at
        is_there = wanted is None or any(key.get("kid") == wanted for key in keys)
        if age < _LOOK_FOR_KEYS_EVERY or (is_there and age < _KEYS_HOLD):
            return keys
        said = await self._json(Request(url=(await self.metadata()).jwks_uri))
        found = said.get("keys")
        if not isinstance(found, list):
            raise ProviderAway("The identity provider publishes no keys.")
        self._discovered.keys = [key for key in found if isinstance(key, dict)]
        self._discovered.keys_at = self._now
        return self._discovered.keys

    async def exchange(self, code: str, verifier: str, redirect_url: str) -> Tokens:
        """Tokens for the code that a browser brought. Raises ProviderAway, ProviderRefused."""
        return await self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_url,
                "code_verifier": verifier,
            }
        )

    async def refresh(self, refresh_token: str) -> Tokens:
        """Newer tokens. Raises ProviderAway, and ProviderRefused when the provider gives them no more."""
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def userinfo(self, access_token: str) -> _Json:
        """What it tells of somebody besides their token; empty where it has nothing of the kind.

        Raises ProviderAway, ProviderRefused.
        """
        url = (await self.metadata()).userinfo_endpoint
        if url is None:
            return {}
        return await self._json(Request(url=url, bearer=access_token))

    async def _tokens(self, fields: Mapping[str, str]) -> Tokens:
        metadata = await self.metadata()
        secret = self._oidc.client_secret.get_secret_value() if self._oidc.client_secret else None
        form, user, password = dict(fields), None, None
        if secret is not None and "client_secret_basic" in metadata.auth_methods:
            # Both are encoded as in a form before they are joined (RFC 6749, 2.3.1).
            user, password = quote_plus(self._oidc.client_id), quote_plus(secret)
        else:
            form["client_id"] = self._oidc.client_id
            if secret is not None:
                form["client_secret"] = secret
        said = await self._json(
            Request(
                url=metadata.token_endpoint,
                method="POST",
                body=urlencode(form).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                user=user,
                password=password,
            )
        )
        access_token = said.get("access_token")
        if not isinstance(access_token, str):
            raise ProviderAway("The identity provider gave no access token.")
        return Tokens(
            access_token=access_token,
            id_token=_text(said, "id_token"),
            refresh_token=_text(said, "refresh_token"),
        )

    async def _json(self, request: Request) -> _Json:
        headers = {"Accept": "application/json", "User-Agent": "forewarn", **request.headers}
        whole = Request(
            url=request.url, method=request.method, body=request.body, headers=headers, user=request.user,
            password=request.password, bearer=request.bearer, deadline_seconds=_DEADLINE_SECONDS,
        )  # fmt: skip
        try:
            async with Client() as client:
                answer = await client.ask(whole)
        except CouldNotSee as error:
            raise ProviderAway(f"The identity provider could not be asked: {error.note}.") from error
        return _body(answer)


def _body(answer: Answer) -> _Json:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    # 400 and 401 are answers about this code or token (RFC 6749, 5.2); all else is the provider's own trouble.
    if answer.status in (400, 401, 403):
        why = str(said.get("error", ""))[:80] if isinstance(said, dict) else ""
        if why in ("invalid_client", "unauthorized_client"):
            _log.error("single_sign_on_client_refused", why=why, hint="compare access.oidc with the provider's client")
            raise ProviderAway("The identity provider does not know us: its client and our settings differ.")
        raise ProviderRefused(f"The identity provider said no ({why or answer.status}).")
    if answer.status != 200 or not isinstance(said, dict):
        raise ProviderAway(f"The identity provider gave an answer that is no use (status {answer.status}).")
    return said


def _metadata(said: _Json, issuer: str) -> Metadata:
    named = said.get("issuer")
    # Ours has no slash at its end; some providers' own name has, and their tokens say it so.
    if not isinstance(named, str) or named.rstrip("/") != issuer:
        raise ProviderAway(
            f"The provider at {issuer} calls itself something else. Write access.oidc.issuer as it does."
        )
    found = Metadata(
        issuer=named,
        authorization_endpoint=_endpoint(said, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(said, "token_endpoint", issuer),
        jwks_uri=_endpoint(said, "jwks_uri", issuer),
        userinfo_endpoint=_endpoint(said, "userinfo_endpoint", issuer) if "userinfo_endpoint" in said else None,
        end_session_endpoint=_endpoint(said, "end_session_endpoint", issuer)
        if "end_session_endpoint" in said
        else None,
        auth_methods=tuple(said.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",)),
    )
    methods = said.get("code_challenge_methods_supported")
    if methods is not None and "S256" not in methods:
        raise ProviderAway("The identity provider does not know PKCE with S256.")
    return found


def _endpoint(said: _Json, name: str, issuer: str) -> str:
    address = said.get(name)
    parts = urlsplit(address) if isinstance(address, str) else None
    # Over plain http only what is on this very machine, as the issuer itself (access.oidc.issuer is checked).
    if parts is None or not parts.hostname or parts.scheme not in ("https", urlsplit(issuer).scheme):
        raise ProviderAway(f"The identity provider's {name} is not an address that we can use.")
    return str(address)


def _text(said: _Json, name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) and value else None
