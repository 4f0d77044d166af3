"""Is this ID token genuine, from our provider, for us, for this sign-in, and in time? (OpenID Connect Core 3.1.3.7)"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt

from server.single_sign_on.errors import NotAccepted

#: Ours, never the token's choice: so neither `none` nor HS256 with a public key for its secret gets anywhere.
_KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


def key_id(token: str) -> str | None:
    """What the token calls the key it is signed with. Raises NotAccepted."""
    return _header(token).get("kid")


def checked(
    token: str, keys: Sequence[Mapping[str, Any]], *,
    issuer: str, client_id: str, nonce: str | None, now: datetime, skew: timedelta,
) -> Mapping[str, Any]:  # fmt: skip
    """What the token says. `nonce` is None for one that came by a refresh token. Raises NotAccepted."""
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in _KEY_TYPES:
        raise NotAccepted(f"the token is signed with {str(algorithm)[:20]!r}")
    claims = _verified(token, algorithm, _fitting(keys, header), issuer=issuer, client_id=client_id)
    _check_audience(claims, client_id)
    _check_times(claims, now.timestamp(), skew.total_seconds())
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotAccepted("the token is of another sign-in (nonce)")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise NotAccepted("the token names nobody")
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise NotAccepted("what came is no token") from error


def _fitting(keys: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kind, kid = _KEY_TYPES[header["alg"]], header.get("kid")
    return [
        key
        for key in keys
        if key.get("kty") == kind and key.get("use", "sig") == "sig" and (kid is None or key.get("kid") == kid)
    ]


def _verified(
    token: str, algorithm: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str
) -> dict[str, Any]:
    why = "the token is signed with a key that the provider does not publish"
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                jwt.PyJWK(dict(key), algorithm=algorithm).key,
                algorithms=[algorithm],
                audience=client_id,
                issuer=issuer,
                # Times are checked by our own clock, below.
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": _REQUIRED},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            why = f"the token is refused ({type(error).__name__})"
            continue
        return claims
    raise NotAccepted(why)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    party = claims.get("azp")
    if party is None and isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
        raise NotAccepted("the token is for several and does not say for whom")
    if party not in (None, client_id):
        raise NotAccepted("the token was issued to another")


def _check_times(claims: Mapping[str, Any], present: float, leeway: float) -> None:
    try:
        ends, issued, begins = float(claims["exp"]), float(claims["iat"]), float(claims.get("nbf", 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise NotAccepted("the token's times are none") from error
    # Written so that "not a number" is refused as well.
    if not ends + leeway > present:
        raise NotAccepted("the token is over; do the clocks agree?")
    if not (issued <= present + leeway and begins <= present + leeway):
        raise NotAccepted("the token is from the future; do the clocks agree?")
