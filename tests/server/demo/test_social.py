"""The demo's social server: Mastodon's API as our adapter speaks it."""

import pytest

from notifier.channels.contract import ChannelError
from notifier.channels.social import service_of
from notifier.channels.social.service import Draft
from notifier.retry import Trouble
from records.times import now_utc
from server.demo.social import SocialAccount


@pytest.fixture
async def account():
    account = SocialAccount()
    account.page_url = "http://127.0.0.1:8000/demo/social"
    await account.wire.open()
    yield account
    await account.wire.close()


def draft(text, *, key, reply_to=None):
    return Draft(text=text, language="en", key=key, created_at=now_utc(), reply_to=reply_to)


async def test_posts_stand_in_threads_the_newest_first(account):
    service = service_of(account.url)
    first = await service.post(draft("Ethereum deposits are delayed.", key="a"))
    other = await service.post(draft("The website is slow.", key="b"))
    again = await service.post(draft("Ethereum deposits work again.", key="c", reply_to=first))
    assert [thread.opening.id for thread in account.threads] == [first.id, other.id]
    assert [post.text for post in account.threads[0].answers] == ["Ethereum deposits work again."]
    assert again.url == "http://127.0.0.1:8000/demo/social#post-3"


async def test_the_same_twice_is_one_post(account):
    service = service_of(account.url)
    one, same = [await service.post(draft("Late.", key="a")) for _ in range(2)]
    assert one == same
    assert len(account.posts) == 1
    assert await service.find(draft("Late.", key="z")) == one
    assert (await service.examine()).said == "@acmewallet"


async def test_strangers_and_nonsense_are_refused(account):
    with pytest.raises(ChannelError) as caught:
        await service_of(f"mastodon://stranger@127.0.0.1:{account.wire.port}").post(draft("Mine.", key="a"))
    assert caught.value.trouble is Trouble.CONFIGURATION
    for path, status in (("/api/v1/statuses", 422), ("/elsewhere", 404)):
        request = type("Request", (), {"method": "POST", "path": path, "headers": _us(account), "body": b"[]"})
        assert (await account._take(request)).status == status
    assert not account.posts


def _us(account):
    return {"authorization": "Bearer " + account.url.partition("//")[2].partition("@")[0]}
