"""The console shows posts to the letter: before they leave, and where they stand afterwards."""

import asyncio
import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from notifier.courier import Courier
from records.notices import NoticeState
from records.people import Role
from records.store import notices, people
from server.config import parse_settings
from server.posting import accounts_of, ways_of
from server.wiring import desk_on, house_of
from tests.notifier.test_courier import until
from tests.server.console.conftest import _HASHED, _SETTINGS, NOW
from tests.server.console.test_approvals import ADDRESS, GRAVE
from tests.services import FakeMastodon, FakeSlack, answers

HOSTILE = GRAVE | {"name.en": "Late <b>withdrawals</b> & *deposits*"}
_POST = re.compile(r'<p class="soft small">(Social[^<]*).*?<p class="short" lang="[^"]*">(.*?)</p></div>', re.DOTALL)


@pytest.fixture
def services():
    with FakeMastodon() as mastodon, FakeSlack() as slack:
        yield mastodon, slack


@pytest.fixture
def house(app, context, services, tmp_path):
    """Two accounts, one in two languages; whatever reaches anybody needs a second person; Eve may approve."""
    mastodon, slack = services
    document = yaml.safe_load(_SETTINGS) | {
        "social": [
            {"name": "wide", "url": mastodon.url, "languages": ["en", "fr"]},
            {"name": "room", "url": slack.url, "languages": ["en"]},
        ]
    }
    settings = parse_settings(yaml.safe_dump(document).encode(), {}, tmp_path)
    desk = replace(desk_on(context.desk.store, settings), second_person_above=0)
    app.state.context = replace(context, desk=desk, settings=settings)
    people.add_user(context.desk.store, "eve", Role.APPROVER, _HASHED, NOW)
    return app.state.context


def shown(page):
    """Texts by account, as a browser reads them."""
    return {html.unescape(where).split(" · ")[0].strip(): html.unescape(words) for where, words in _POST.findall(page)}


async def carried(context, notice):
    """The notice as the notifier carries it, until it is told."""
    settings, store, stop = context.settings, context.desk.store, asyncio.Event()
    ahead = timedelta(seconds=0)
    courier = Courier(
        store,
        accounts_of(settings),
        house_of(settings),
        ways=ways_of(settings),
        clock=lambda: context.now() + ahead,
        fanout_chunk=10,
    )
    work = asyncio.create_task(courier.run(stop))
    await until(lambda: notices.notice(store, notice.id).state is NoticeState.DONE)
    stop.set()
    await work


def published(ana, sign_in, house):
    """Written by Ana, approved by Eve."""
    ana.post("/console/incidents", data={**HOSTILE, "do": "publish", "channels": ["social"]})
    [notice] = notices.notices(house.desk.store)
    read = shown(sign_in("eve").get(f"/console/notices/{notice.id}").text)
    sign_in("eve").post(ADDRESS.format(notice.id, "approve"))
    return notice, read


def test_the_preview_shows_each_post_to_the_letter_and_keeps_nothing(ana, house):
    page = ana.post("/console/incidents", data={**HOSTILE, "do": "preview", "channels": ["social"]}).text
    posts = shown(page)
    assert set(posts) == {"Social: wide", "Social: wide (fr)", "Social: room"}
    assert posts["Social: wide"].startswith("Late <b>withdrawals</b> & *deposits*")
    # As it goes out to Slack, which shows `<` and `&` for it.
    assert posts["Social: room"].startswith("Late &lt;b&gt;withdrawals&lt;/b&gt; &amp; *deposits*")
    assert "of 500" in page
    assert notices.notices(house.desk.store) == []


def test_bytes_sent_are_bytes_that_were_read_before_the_yes(ana, sign_in, house, services):
    mastodon, slack = services
    notice, read = published(ana, sign_in, house)
    asyncio.run(carried(house, notice))
    sent = {post["language"]: post["_text"] for post in mastodon.posts}
    assert {
        "Social: wide": sent["en"],
        "Social: wide (fr)": sent["fr"],
        "Social: room": slack.posts[0]["_text"],
    } == read


def test_a_sent_notice_leads_to_where_its_posts_stand(ana, sign_in, house, services):
    mastodon, _ = services
    notice, read = published(ana, sign_in, house)
    asyncio.run(carried(house, notice))
    page = ana.get(f"/console/notices/{notice.id}").text
    assert "Posts as sent" in page
    assert shown(page) == read
    for post in mastodon.posts:
        assert f'<a href="{post["url"]}" rel="noreferrer">' in page
    for secret in (*mastodon.secrets, *services[1].secrets):
        assert secret not in page


def test_no_far_side_puts_a_script_behind_our_link(ana, sign_in, house, services):
    mastodon, _ = services
    mastodon.manners.extend(2 * [answers(200, {"id": "<script>", "url": "javascript:alert(1)"})])
    notice, _ = published(ana, sign_in, house)
    asyncio.run(carried(house, notice))
    page = ana.get(f"/console/notices/{notice.id}").text
    assert "posted" in page
    assert "javascript:" not in page
    assert "<script>" not in page
