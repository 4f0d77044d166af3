"""Which of our services takes an account's address. What none of them takes whole, apprise carries as it always did.

The addresses are those of apprise, so that one that worked goes on working; `server=` names another place for the API.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from notifier.channels.social.service import Address

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.DOTALL | re.IGNORECASE)
_SLACK_BOT = re.compile(r"(?:xoxe\.)?xox[abp]-[A-Za-z0-9-]+")
_SLACK_ID = re.compile(r"[CG][A-Z0-9]{8,}")
_DISCORD_HOOK = re.compile(r"https://(?:discord|discordapp)\.com/api/webhooks/(\d+)/([\w-]+)/?")
_SLACK_HOOK = re.compile(r"https://hooks\.slack\.com/services/(\w+/\w+/\w+)/?")
#: What may stand for a server of one's own: with TLS, or on this machine.
_SERVER = re.compile(
    r"https://[^/?#@\s]+(?:/[^?#\s]*)?|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:/[^?#\s]*)?"
)


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """An address cut at its separators: what stands before `@`, and the pieces between slashes."""

    scheme: str
    user: str = field(repr=False)
    pieces: tuple[str, ...] = field(repr=False)
    query: dict[str, str] = field(repr=False)

    def only(self, *known: str) -> bool:
        """Whether its query says nothing that we would pass over."""
        return set(self.query) <= {"server", *known}


def address_of(url: str, secret: str | None = None) -> Address | None:
    """The address for one of our services; None when apprise has to carry it."""
    if secret is not None:
        return Address(kind="poster", base=url, secrets=(secret,), options={"secret": secret})
    if found := _DISCORD_HOOK.fullmatch(url):
        url = f"discord://{found.group(1)}/{found.group(2)}"
    if found := _SLACK_HOOK.fullmatch(url):
        url = f"slack://{found.group(1)}"
    parts = _parts(url)
    take = _TAKERS.get(parts.scheme) if parts else None
    return take(parts) if parts and take else None


def _parts(url: str) -> _Parts | None:
    if (found := _SCHEME.fullmatch(url)) is None:
        return None
    rest, _, query = found.group(2).partition("?")
    first, *others = rest.split("/")
    user, _, host = first.rpartition("@")
    pieces = [unquote(piece) for piece in (host, *others)]
    while pieces and not pieces[-1]:
        pieces.pop()
    pairs = parse_qsl(query, keep_blank_values=True)
    parts = _Parts(scheme=found.group(1).lower(), user=unquote(user), pieces=tuple(pieces), query=dict(pairs))
    is_odd = len(pairs) != len(parts.query) or not all(pieces)
    return None if is_odd or not _SERVER.fullmatch(parts.query.get("server", "https://usual")) else parts


def _base(parts: _Parts, usual: str) -> str:
    return parts.query.get("server", usual).rstrip("/")


def _mastodon(parts: _Parts) -> Address | None:
    if len(parts.pieces) != 1 or not parts.user or not parts.only("visibility"):
        return None
    visibility = parts.query.get("visibility", "default")
    if visibility not in ("default", "public", "unlisted", "private"):
        return None
    options = {"token": parts.user} | ({} if visibility == "default" else {"visibility": visibility})
    scheme = "https" if parts.scheme.endswith("s") else "http"
    usual = f"{scheme}://{parts.pieces[0]}"
    return Address(kind="mastodon", base=_base(parts, usual), secrets=(parts.user,), options=options)


def _bluesky(parts: _Parts) -> Address | None:
    if len(parts.pieces) != 1 or not parts.user or not parts.only():
        return None
    name, password = parts.user, parts.pieces[0]
    # As apprise has it, a name without a dot is one at the first server there was.
    name = name if "." in name else f"{name}.bsky.social"
    options = {"user": name, "password": password}
    return Address(kind="bluesky", base=_base(parts, "https://bsky.social"), secrets=(password,), options=options)


def _telegram(parts: _Parts) -> Address | None:
    if len(parts.pieces) != 2 or parts.user or not parts.only("topic"):
        return None
    token, target = parts.pieces
    chat, _, topic = target.partition(":")
    topic = parts.query.get("topic", topic)
    is_number = chat.removeprefix("-").isdigit()
    if not re.fullmatch(r"\d+:[\w-]+", token) or not chat or (topic and not topic.isdigit()):
        return None
    options = {"token": token, "chat": chat if is_number or chat.startswith("@") else f"@{chat}"}
    options |= {"topic": topic} if topic else {}
    base = _base(parts, "https://api.telegram.org")
    return Address(kind="telegram", base=base, secrets=(token, token.partition(":")[2]), options=options)


def _discord(parts: _Parts) -> Address | None:
    if len(parts.pieces) != 2 or parts.user or not parts.only("thread"):
        return None
    webhook, token = parts.pieces
    thread = parts.query.get("thread", "")
    if not webhook.isdigit() or not re.fullmatch(r"[\w-]+", token) or (thread and not thread.isdigit()):
        return None
    options = {"webhook": webhook, "token": token} | ({"thread": thread} if thread else {})
    return Address(kind="discord", base=_base(parts, "https://discord.com/api/v10"), secrets=(token,), options=options)


def _discord_bot(parts: _Parts) -> Address | None:
    if len(parts.pieces) != 2 or parts.user or not parts.only() or not parts.pieces[1].isdigit():
        return None
    token, channel = parts.pieces
    options = {"token": token, "channel": channel}
    return Address(
        kind="discordbot", base=_base(parts, "https://discord.com/api/v10"), secrets=(token,), options=options
    )


def _slack(parts: _Parts) -> Address | None:
    if parts.user or not parts.only():
        return None
    if len(parts.pieces) == 3 and all(re.fullmatch(r"\w+", piece) for piece in parts.pieces):
        token = "/".join(parts.pieces)
        base = _base(parts, "https://hooks.slack.com")
        return Address(kind="slackhook", base=base, secrets=(token, parts.pieces[2]), options={"token": token})
    if len(parts.pieces) != 2 or not _SLACK_BOT.fullmatch(parts.pieces[0]) or parts.pieces[1].startswith("@"):
        return None
    token, channel = parts.pieces[0], parts.pieces[1].lstrip("+#")
    options = {"token": token, "channel": channel if _SLACK_ID.fullmatch(channel) else f"#{channel}"}
    return Address(kind="slack", base=_base(parts, "https://slack.com/api"), secrets=(token,), options=options)


def _x(parts: _Parts) -> Address | None:
    # Without a mode apprise sends to an inbox, not to the public.
    is_public = parts.query.get("mode", "tweet" if parts.scheme == "tweet" else "") == "tweet"
    if not is_public or parts.user or not parts.only("mode"):
        return None
    base = _base(parts, "https://api.x.com")
    if len(parts.pieces) == 1:
        return Address(kind="x", base=base, secrets=parts.pieces, options={"bearer": parts.pieces[0]})
    if len(parts.pieces) != 4:
        return None
    names = ("consumer_key", "consumer_secret", "access_token", "access_secret")
    return Address(kind="x", base=base, secrets=parts.pieces, options=dict(zip(names, parts.pieces, strict=True)))


_TAKERS: dict[str, Callable[[_Parts], Address | None]] = {
    "mastodon": _mastodon,
    "mastodons": _mastodon,
    "toot": _mastodon,
    "toots": _mastodon,
    "bluesky": _bluesky,
    "bsky": _bluesky,
    "tgram": _telegram,
    "discord": _discord,
    "discordbot": _discord_bot,
    "slack": _slack,
    "x": _x,
    "twitter": _x,
    "tweet": _x,
}
