import asyncio

import apprise
import pytest

from server.demo.social import SocialAccount


@pytest.fixture
async def account():
    account = SocialAccount()
    await account.wire.open()
    yield account
    await account.wire.close()


# Apprise asks Python for a module that Python wants to drop.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_a_post_by_apprise_is_shown_newest_first(account):
    poster = apprise.Apprise()
    assert poster.add(account.apprise_url)
    for text in ("Ethereum deposits are delayed.", "Ethereum deposits work again."):
        assert await asyncio.to_thread(poster.notify, body=text)
    assert [post.text for post in account.posts] == ["Ethereum deposits work again.", "Ethereum deposits are delayed."]


async def test_what_is_no_post_is_refused(account):
    for body in (b"", b"[]", b"{}", b'"x"', b"\xff"):
        assert (await account._take(body)).status == 400
    assert not account.posts
