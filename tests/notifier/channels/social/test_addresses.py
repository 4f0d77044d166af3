"""Which addresses our own adapters take, and which go by way of apprise as they always did."""

import pytest

from notifier.channels.social import service_of
from notifier.channels.social.addresses import address_of
from notifier.channels.social.longtail import LongTail

HOOK = "200000000000000001"


@pytest.mark.parametrize(
    ("url", "kind", "base"),
    [
        ("mastodons://TOKEN@social.example", "mastodon", "https://social.example"),
        ("toots://TOKEN@social.example/", "mastodon", "https://social.example"),
        ("mastodon://TOKEN@127.0.0.1:8080?visibility=unlisted", "mastodon", "http://127.0.0.1:8080"),
        ("bluesky://acme.example@abcd-efgh-ijkl-mnop", "bluesky", "https://bsky.social"),
        ("bsky://acme@abcd-efgh-ijkl-mnop?server=https://pds.example/", "bluesky", "https://pds.example"),
        ("tgram://123456789:AAH-token/@acmestatus", "telegram", "https://api.telegram.org"),
        ("tgram://123456789:AAH-token/-1001234567890:7/", "telegram", "https://api.telegram.org"),
        (f"discord://{HOOK}/token_of-hook", "discord", "https://discord.com/api/v10"),
        (f"https://discord.com/api/webhooks/{HOOK}/token_of-hook", "discord", "https://discord.com/api/v10"),
        ("discordbot://MTk4.a-b.c_d/300000000000000001", "discordbot", "https://discord.com/api/v10"),
        ("slack://xoxb-1234-5678-secret/#status", "slack", "https://slack.com/api"),
        ("slack://xoxb-1234-5678-secret/C024BE91L", "slack", "https://slack.com/api"),
        ("slack://T0001/B0001/secret", "slackhook", "https://hooks.slack.com"),
        ("https://hooks.slack.com/services/T0001/B0001/secret", "slackhook", "https://hooks.slack.com"),
        ("tweet://key/secret/token/tokensecret", "x", "https://api.x.com"),
        ("x://key/secret/token/tokensecret?mode=tweet", "x", "https://api.x.com"),
        ("tweet://token", "x", "https://api.x.com"),
    ],
)
def test_our_adapters_take_what_they_know_whole(url, kind, base):
    address = address_of(url)
    assert address is not None
    assert (address.kind, address.base) == (kind, base)
    for secret in address.secrets:
        assert secret in url
        assert secret not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "mastodons://TOKEN@social.example/@somebody",
        "mastodons://TOKEN@social.example?spoiler=careful",
        "mastodons://TOKEN@social.example?visibility=direct",
        "tgram://123456789:AAH-token",
        "tgram://123456789:AAH-token/@one/@two",
        "tgram://123456789:AAH-token/@acmestatus?silent=yes",
        f"discord://Acme@{HOOK}/token_of-hook",
        f"discord://{HOOK}/token_of-hook?avatar=no",
        "slack://Acme@T0001/B0001/secret",
        "slack://xoxb-1234-5678-secret/#one/#two",
        "slack://xoxb-1234-5678-secret/@somebody",
        "x://key/secret/token/tokensecret",
        "twitter://key/secret/token/tokensecret?mode=dm",
        "tweet://key/secret/token/tokensecret/somebody",
        "json://127.0.0.1/",
        "matrixs://token@matrix.example/#status",
        "mastodons://TOKEN@social.example?server=http://elsewhere.example",
        "nonsense",
        "",
    ],
)
def test_the_rest_goes_by_way_of_apprise(url):
    assert address_of(url) is None


def test_pieces_are_read_as_people_write_them():
    telegram = address_of("tgram://123456789:AAH-token/-1001234567890:7/")
    assert telegram is not None
    assert telegram.options == {"token": "123456789:AAH-token", "chat": "-1001234567890", "topic": "7"}
    named = address_of("slack://xoxb-1234-5678-secret/status")
    assert named is not None
    assert named.options["channel"] == "#status"
    bluesky = address_of("bluesky://acme@abcd-efgh-ijkl-mnop")
    assert bluesky is not None
    assert bluesky.options["user"] == "acme.bsky.social"


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_an_address_for_apprise_is_carried_by_apprise():
    service = service_of("matrixs://token-of-the-matrix@matrix.example/%23status", limit=400)
    assert isinstance(service, LongTail)
    assert service.manner.limit == 400
    assert service.manner.service == "Matrix"
