"""The token by which the wallet's back end says which customer is asking, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import structlog
from starlette.requests import Request

from records.errors import NotFound
from server.api.reading import is_storable
from server.auth import NotSignedIn
from server.config.sections.operation import InApp
from server.context import Context

_log = structlog.get_logger(__name__)
#: Clocks of two machines differ.
_LEEWAY = timedelta(seconds=30)
#: Whoever mints tokens for years gets streams of a day.
_LONGEST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Whom a valid token names."""

    #: The wallet's own reference.
    ref: str
    #: When the token is over.
    until: datetime


def bearer_of(request: Request, context: Context) -> Bearer:
    """Who asks. Raises NotSignedIn, and NotFound while the in-app view is off."""
    access = context.settings.access.inapp
    if access is None:
        raise NotFound("The in-app view is off: no key is set (access.inapp).")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("Send the customer's token as `Authorization: Bearer …`.")
    return bearer_of_token(token.strip(), access, context.now())


def bearer_of_token(token: str, access: InApp, now: datetime) -> Bearer:
    """Whom a valid token names. Raises NotSignedIn for any other."""
    try:
        claims = jwt.decode(
            token,
            access.key.get_secret_value(),
            # One algorithm, ours: a token cannot choose `none`, nor HS256 with our public key as the secret.
            algorithms=[access.algorithm],
            # Times are checked below, by our own clock; the audience is the wallet's own affair.
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        _log.info("inapp_token_refused", why=type(error).__name__)
        raise NotSignedIn("The token is not one that we can accept.") from None
    lasts = _lasts(claims, now)
    if lasts is None:
        raise NotSignedIn("The token has no `exp`, or is over; ask your back end for a new one.")
    ref = claims.get("sub")
    if not isinstance(ref, str) or not ref or not is_storable(ref):
        raise NotSignedIn("The token names no customer in `sub`.")
    return Bearer(ref=ref, until=now + lasts)


def _lasts(claims: Mapping[str, Any], now: datetime) -> timedelta | None:
    """How long it is good from now; None when it is not. `exp` is required, `nbf` is heeded."""
    present, leeway = now.astimezone(UTC).timestamp(), _LEEWAY.total_seconds()
    try:
        left, begun = float(claims["exp"]) + leeway - present, present + leeway - float(claims.get("nbf", 0))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    # Written so that "not a number" is refused as well.
    if not (left > 0 and begun >= 0):
        return None
    return timedelta(seconds=min(left, _LONGEST.total_seconds()))
