"""Posts for the public, one for each account and language: frozen at first use, so that sent equals previewed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifier.compose import compose_post, frozen
from notifier.fitting import Manner
from notifier.message import House, Message, digest
from records.notices import Notice
from records.store import notices
from records.store.engine import Store
from records.times import now_utc
from templates.language import nearest


@dataclass(frozen=True, kw_only=True)
class Way:
    """One account in one language."""

    #: How the account's service takes its posts.
    manner: Manner
    language: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One post as it goes out."""

    channel: str
    way: Way
    text: str

    @property
    def measured(self) -> int:
        """What the service will count."""
        return self.way.manner.measure(self.text)


def frozen_post(store: Store, notice: Notice, house: House, channel: str, way: Way) -> Message:
    """The words of a notice version for one account: the kept ones, or new ones that are kept from now on."""
    message = frozen(store, notice, way.language, house)
    form = f"post:{channel}"
    kept = notices.texts(store, notice.id, notice.version, message.language)
    if form not in kept:
        words = way.manner.dress(compose_post(notice, message.language, house, way.manner))
        text = notices.Text(language=message.language, form=form, content=words, sha256=digest(words))
        notices.keep_texts(store, notice.id, notice.version, [text], now_utc())
        kept = notices.texts(store, notice.id, notice.version, message.language)
    return replace(message, post=kept[form].content)


def drafts(store: Store, notice: Notice, house: House, ways: Mapping[str, Way]) -> list[Draft]:
    """Freeze and show the posts that a notice makes: what is shown here is what will be sent, to the letter."""
    return [
        Draft(channel=channel, way=way, text=frozen_post(store, notice, house, channel, way).post)
        for channel, way in ways.items()
        if channel in notice.channels
    ]


def kept_drafts(store: Store, notice: Notice, version: int, ways: Mapping[str, Way]) -> list[Draft]:
    """The same of any version, without freezing anything."""
    found = []
    for channel, way in ways.items():
        texts = notices.texts(store, notice.id, version, nearest(way.language))
        if (text := texts.get(f"post:{channel}")) is not None:
            found.append(Draft(channel=channel, way=way, text=text.content))
    return found
