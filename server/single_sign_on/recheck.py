"""Whether whoever is signed in may still be: the provider is asked again every few minutes."""

from dataclasses import replace
from datetime import timedelta

import structlog

from records.desk import arrivals
from records.people import OpenedBy, Session, SessionEnd, User
from records.store import logins, people, sign_ons
from server.config.sections.operation import Oidc
from server.context import Context
from server.single_sign_on.errors import NotAccepted, ProviderAway, ProviderRefused
from server.single_sign_on.flow import OutsideTheGroups, identity_of, opened, provider_of, sealed

_log = structlog.get_logger(__name__)
#: A provider that does not answer is asked again after so long.
_PAUSE = timedelta(minutes=1)


async def who_still_may(context: Context, secret: str, session: Session) -> User | None:
    """Who is signed in by a session, as what they may be now; None when it is over by this look."""
    found = await _look(context, secret, session)
    if isinstance(found, User):
        return found
    await context.call(logins.end_session, context.desk.store, people.hashed(secret), found)
    return None


async def _look(context: Context, secret: str, session: Session) -> User | SessionEnd:
    access = context.settings.access
    if session.opened_by is OpenedBy.BREAK_GLASS:
        return session.user
    if session.opened_by is OpenedBy.PASSWORD:
        return session.user if access.passwords else SessionEnd.WAY
    if access.oidc is None:
        return SessionEnd.WAY
    if session.asked_at is None or context.now() - session.asked_at < access.oidc.recheck:
        return session.user
    # Several requests come at once; one of them asks, the others go on for as long as that takes.
    if not await context.call(sign_ons.begin_asking, context.desk.store, secret, session.asked_at, context.now()):
        return session.user
    return await _ask(context, access.oidc, secret, session)


async def _ask(context: Context, oidc: Oidc, secret: str, session: Session) -> User | SessionEnd:
    desk, user, kept = context.desk, session.user, opened(secret, session.sealed)
    refresh_token = kept.get("refresh_token")
    if refresh_token is None:
        # The provider gave us nothing to ask with: the browser itself goes by there, mostly without anybody noticing.
        return SessionEnd.CONFIRM
    try:
        tokens = await provider_of(context, oidc).refresh(refresh_token)
        # A provider that changes its refresh tokens gives the next one; else the one we have goes on.
        newer = replace(
            tokens,
            refresh_token=tokens.refresh_token or refresh_token,
            id_token=tokens.id_token or kept.get("id_token"),
        )
        # Kept before anything else can go wrong: the one we had is used up by now.
        await context.call(sign_ons.keep, desk.store, secret, sealed(secret, newer))
        identity = await identity_of(context, oidc, tokens, nonce=None)
    except ProviderAway as away:
        return await _away(context, oidc, secret, session, away)
    except OutsideTheGroups:
        await context.call(arrivals.lose, desk, user, SessionEnd.GROUP, context.now())
        return SessionEnd.GROUP
    except ProviderRefused as refused:
        # Signed out there, or only too long ago: the browser finds out which when it goes by there.
        _log.info("single_sign_on_over", user=user.name, why=str(refused))
        return SessionEnd.CONFIRM
    except NotAccepted as refused:
        _log.warning("single_sign_on_not_accepted", user=user.name, why=str(refused))
        return SessionEnd.PROVIDER
    if identity.subject != user.subject:
        return SessionEnd.PROVIDER
    await context.call(sign_ons.confirm, desk.store, secret, context.now())
    await context.call(arrivals.confirm, desk, user, identity, context.now())
    return replace(user, role=identity.role, email=identity.email or user.email)


async def _away(context: Context, oidc: Oidc, secret: str, session: Session, away: ProviderAway) -> User | SessionEnd:
    """Incidents are when people are needed most: they go on for a while without the provider's word."""
    now = context.now()
    _log.warning("single_sign_on_away", why=str(away))
    if session.confirmed_at is None or now - session.confirmed_at >= oidc.recheck + oidc.unreachable:
        return SessionEnd.CONFIRM
    await context.call(sign_ons.ask_again, context.desk.store, secret, now - oidc.recheck + _PAUSE)
    return session.user
