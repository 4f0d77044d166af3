"""From settings to accounts: every language of an account is a channel, and one is asked for by the account's name."""

import pytest

from notifier.channels.social import Social
from records.desk.desk import expand_channels
from records.errors import Invalid
from server.console.vocabulary import channel_words
from server.posting import accounts_of, names_of, ways_of
from server.wiring import channels_of, desk_on
from tests.server.house import settings_with

ACCOUNTS = [
    {"name": "wide", "url": "mastodons://token-of-the-wide@social.example", "languages": ["fr", "en", "ro"]},
    {"name": "wi", "url": "tweet://key/secret/token/tokensecret", "limit_chars": 200},
    {"name": "own", "url": "https://poster.acme.example/hook", "secret": "secret-of-the-poster"},
]


@pytest.fixture
def settings():
    return settings_with(social=ACCOUNTS)


async def test_each_language_is_a_channel_and_the_first_has_the_accounts_own_name(settings):
    assert names_of(settings) == ("wide", "wide:en", "wide:ro", "wi", "own")
    ways = ways_of(settings)
    assert {name: way.language for name, way in ways.items()} == {
        "social:wide": "fr", "social:wide:en": "en", "social:wide:ro": "ro", "social:wi": "en", "social:own": "en",
    }  # fmt: skip
    assert {(way.manner.service, way.manner.limit) for way in ways.values()} == {
        ("Mastodon", 500), ("X", 200), ("webhook", 2_000),
    }  # fmt: skip
    channels = accounts_of(settings)
    assert set(channels) == set(ways)
    assert all(isinstance(channel, Social) for channel in channels.values())
    assert set(channels) <= set(channels_of(settings, b"secret"))


def test_an_accounts_name_stands_for_all_its_languages(settings, store):
    desk = desk_on(store, settings)
    assert expand_channels(desk, ["social:wide"]) == ("social:wide", "social:wide:en", "social:wide:ro")
    assert expand_channels(desk, ["social:wi", "social:wide:en"]) == ("social:wi", "social:wide:en")
    assert expand_channels(desk, ["social", "email"])[:5] == tuple(f"social:{name}" for name in names_of(settings))
    for wrong in ("social:w", "social:wide:de", "social:", "telegraph"):
        with pytest.raises(Invalid, match="there is no channel"):
            expand_channels(desk, [wrong])


def test_people_read_which_language_it_is():
    assert channel_words("social:wide") == "Social: wide"
    assert channel_words("social:wide:pt-BR") == "Social: wide (pt-BR)"


def test_no_token_stands_in_what_is_printed(settings, store):
    shown = f"{settings!r}{accounts_of(settings)!r}{ways_of(settings)!r}{desk_on(store, settings)!r}"
    for secret in ("token-of-the-wide", "tokensecret", "secret-of-the-poster"):
        assert secret not in shown
