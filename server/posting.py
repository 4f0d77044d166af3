"""From the settings to the public accounts: what posts to each, in which languages, and how its service counts."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from notifier.channels.contract import Channel
from notifier.channels.social import Social, manner_of, service_of
from notifier.fitting import Manner
from notifier.message import House
from notifier.posts import Draft, Way, drafts, kept_drafts
from records.notices import Notice
from records.store import posts
from server.config import Settings
from server.config.sections.delivery import SocialAccount
from server.context import Context


def names_of(settings: Settings) -> tuple[str, ...]:
    """Accounts as channels name them behind `social:`: each in its first language, then in its others."""
    return tuple(name for account in settings.social for name in _languages(account, settings))


def ways_of(settings: Settings) -> dict[str, Way]:
    """By channel, how an account takes its posts and in which language it speaks. Raises Invalid."""
    return {
        f"social:{name}": Way(manner=_manner(*_said(account)), language=language)
        for account in settings.social
        for name, language in _languages(account, settings).items()
    }


def accounts_of(settings: Settings) -> dict[str, Channel]:
    """What posts, by channel. All languages of one account share what is known of it. Raises Invalid."""
    channels: dict[str, Channel] = {}
    for account in settings.social:
        url, secret, limit = _said(account)
        service = service_of(url, secret=secret, limit=limit)
        channels |= {f"social:{name}": Social(service) for name in _languages(account, settings)}
    return channels


def channels_by_account(settings: Settings) -> list[tuple[SocialAccount, list[str]]]:
    """Each account with its channels, the first language's first."""
    return [(account, [f"social:{name}" for name in _languages(account, settings)]) for account in settings.social]


@dataclass(frozen=True, kw_only=True)
class ShownPost:
    """One post as people in the house see it: what goes out or went out, to the letter."""

    draft: Draft
    #: When it was posted; None while it was not.
    at: datetime | None = None
    #: Where it stands; empty while it does not, or nobody knows where.
    url: str = ""
    #: What the service calls it.
    name: str = ""


def shown_posts(context: Context, notice: Notice, house: House, version: int | None = None) -> list[ShownPost]:
    """The posts of a notice version, by account and language. Those that nobody has seen yet are frozen now."""
    store, ways = context.desk.store, ways_of(context.settings)
    shown = version or notice.version
    if shown == notice.version and notice.is_waiting:
        found = drafts(store, notice, house, ways)
    else:
        found = kept_drafts(store, notice, shown, ways)
    standing = {kept.channel: kept for kept in posts.of_notice(store, notice.id) if kept.version == shown}
    return [
        ShownPost(draft=replace(draft, text=kept.post.text), at=kept.at, url=kept.post.url, name=kept.post.id)
        if (kept := standing.get(draft.channel)) is not None
        else ShownPost(draft=draft)
        for draft in found
    ]


def _languages(account: SocialAccount, settings: Settings) -> dict[str, str]:
    """Language by name: the account's own for the first, so that one more language changes nothing for it."""
    first, *others = account.languages or settings.page.languages[:1]
    return {account.name: first} | {f"{account.name}:{language}": language for language in others}


def _said(account: SocialAccount) -> tuple[str, str | None, int | None]:
    secret = account.secret.get_secret_value() if account.secret else None
    return account.url.get_secret_value(), secret, account.limit_chars


@lru_cache(maxsize=64)
def _manner(url: str, secret: str | None, limit: int | None) -> Manner:
    """Kept, since apprise takes half a second to be asked the first time."""
    return manner_of(url, secret=secret, limit=limit)
