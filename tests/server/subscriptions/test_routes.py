"""Following the page: nobody learns who does, nobody is signed up by somebody else, and one click ends it."""

import asyncio
import re

import pytest
from starlette.testclient import TestClient

from records.desk import subscribers as deeds
from records.people import VISITOR
from records.store import subscribers
from records.subscribers import Purpose, SubscriberKind, SubscriberState
from server.context import Context
from server.subscriptions.routes import steadily
from server.wiring import desk_on
from tests.followers import entry, follow
from tests.server.house import settings_with
from tests.server.subscriptions.conftest import GWEN, gwen, link, pages

ALL = {"email": GWEN, "scope": "all"}
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def state(context):
    return subscribers.subscriber(context.desk.store, gwen(context).id).state


def test_the_form_offers_everything_each_group_and_each_row(visitor):
    page = visitor.get("/subscribe")
    assert page.status_code == 200
    assert re.findall(r'name="component" value="([^"]+)"', page.text) == [
        "group-ethereum", "eth-deposits", "eth-withdrawals", "website"
    ]  # fmt: skip
    assert 'value="all" id="scope-all" checked' in page.text
    assert [code for code in ("en", "fr", "ro") if f'<option value="{code}"' in page.text] == ["en", "fr", "ro"]


def test_it_speaks_the_language_of_its_address_or_of_the_browser(visitor):
    assert '<html lang="fr"' in visitor.get("/fr/subscribe").text
    assert '<html lang="ro"' in visitor.get("/subscribe", headers={"accept-language": "ro"}).text
    assert '<option value="fr" lang="fr" selected' in visitor.get("/fr/subscribe").text


def test_pages_set_no_cookie_run_nothing_foreign_and_are_kept_nowhere(visitor, context):
    visitor.post("/subscribe", data=ALL)
    for path in (
        "/subscribe",
        link(context, gwen(context)),
        link(context, gwen(context), Purpose.LEAVE),
        "/subscriptions/x",
    ):
        answer = visitor.get(path)
        assert "set-cookie" not in answer.headers
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", answer.text)


def test_whoever_asks_is_asked_back(visitor, context, letters_due):
    answer = visitor.post(
        "/subscribe", data={**ALL, "scope": "some", "component": ["group-ethereum", "website"], "language": "fr"}
    )
    assert answer.status_code == 200
    assert "Look into your mailbox." in answer.text
    asked = gwen(context)
    assert (asked.state, asked.components, asked.language) == (
        SubscriberState.PENDING, ("group-ethereum", "website"), "fr"
    )  # fmt: skip
    assert letters_due() == [(GWEN, "confirm")]


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(visitor, context, clock, letters_due):
    unknown = visitor.post("/subscribe", data=ALL)
    pending = visitor.post("/subscribe", data=ALL)
    deeds.confirm(context.desk, gwen(context).id, VISITOR, clock())
    clock.forward(hours=1)
    letters_due()
    known = visitor.post("/subscribe", data=ALL)
    assert letters_due() == [(GWEN, "known")]
    assert {answer.status_code for answer in (unknown, pending, known)} == {200}
    assert unknown.text == pending.text == known.text
    assert [answer.headers for answer in (pending, known)] == [unknown.headers] * 2


async def test_every_request_takes_as_long_as_the_others():
    """However it ends: the time does not tell what was found."""
    finished = []

    async def fast():
        finished.append("fast")

    async def failing():
        raise RuntimeError("failed")

    loop = asyncio.get_running_loop()
    for work in (fast, failing):
        began = loop.time()
        try:
            await steadily(work, 0.2)
        except RuntimeError as error:
            finished.append(str(error))
        assert loop.time() - began >= 0.19
    assert finished == ["fast", "failed"]


@pytest.mark.parametrize(
    "address",
    [
        "", "gwen", "gwen@localhost", "a@b@mail.example", "gwen@mail.example\r\nBcc: x@y.example",
        "a@x.example,b@y.example", "<script>@mail.example", "Gwen <gwen@mail.example>", "x" * 65 + "@mail.example",
        "a@" + "b" * 300 + ".example", "\x00@a.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_so_and_kept_nowhere(visitor, context, letters_due, address):
    answer = visitor.post("/subscribe", data={**ALL, "email": address})
    assert answer.status_code == 422
    assert "This is no e-mail address." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<script>@" not in answer.text
    assert letters_due() == []
    assert context.desk.store.rows("SELECT * FROM subscribers") == []


@pytest.mark.parametrize(
    "address", ["Gwen@MAIL.example", "o'neil+status@mail.example", "a@bücher.example", "x_y-z.1@sub.mail.example"]
)
def test_odd_addresses_are_addresses(visitor, letters_due, address):
    assert visitor.post("/subscribe", data={**ALL, "email": f"  {address} "}).status_code == 200
    assert letters_due() == [(address.lower(), "confirm")]


@pytest.mark.parametrize("named", [[], ["nothing"], ["website", "nothing"]])
def test_something_must_be_chosen_and_be_there(visitor, context, named):
    answer = visitor.post("/subscribe", data={**ALL, "scope": "some", "component": named})
    assert answer.status_code == 422
    assert "Choose at least one, or everything." in answer.text
    assert f'value="{GWEN}"' in answer.text
    assert context.desk.store.rows("SELECT * FROM subscribers") == []


def test_sending_the_form_twice_asks_once(visitor, letters_due):
    for _ in range(2):
        assert visitor.post("/subscribe", data=ALL).status_code == 200
    assert letters_due() == [(GWEN, "confirm")]


def test_whoever_goes_through_a_list_is_slowed_down(visitor, context):
    answers = [visitor.post("/subscribe", data={**ALL, "email": f"a{n}@mail.example"}) for n in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert f"Try again in {answers[-1].headers['retry-after']} seconds." in answers[-1].text
    assert 'value="a6@mail.example"' in answers[-1].text
    assert len(context.desk.store.rows("SELECT * FROM subscribers")) == 5


def test_opening_the_link_changes_nothing_and_pressing_the_button_confirms(visitor, context):
    visitor.post("/subscribe", data={**ALL, "scope": "some", "component": ["group-ethereum"]})
    path = link(context, gwen(context))
    for method in ("GET", "HEAD", "GET"):
        answer = visitor.request(method, path)
        assert answer.status_code == 200
    assert state(context) is SubscriberState.PENDING
    assert "Do you want to follow this page?" in answer.text
    assert "g…@mail.example" in answer.text
    assert GWEN not in answer.text
    assert "Ethereum" in answer.text
    done = visitor.post(path, data={"action": "confirm"})
    assert "You follow this page." in done.text
    assert state(context) is SubscriberState.CONFIRMED
    again = visitor.post(path, data={"action": "confirm"})
    assert again.status_code == 200
    assert state(context) is SubscriberState.CONFIRMED


def test_after_two_days_the_link_says_so(visitor, context, clock):
    visitor.post("/subscribe", data=ALL)
    path = link(context, gwen(context))
    clock.forward(hours=48, seconds=1)
    for method in ("GET", "POST"):
        answer = visitor.request(method, path, data={"action": "confirm"} if method == "POST" else None)
        assert answer.status_code == 404
        assert "This link does not work any more" in answer.text
    assert state(context) is SubscriberState.PENDING


def test_whoever_did_not_ask_has_the_address_forgotten(visitor, context):
    visitor.post("/subscribe", data=ALL)
    asked = gwen(context)
    answer = visitor.post(link(context, asked), data={"action": "leave"})
    assert "We write to you no more." in answer.text
    assert subscribers.contact(context.desk.store, asked.id) is None


def test_what_is_followed_and_in_which_language_can_be_changed(visitor, context):
    kept = follow(context.desk, GWEN)
    path = link(context, kept)
    assert 'id="scope-all" checked' in visitor.get(path).text
    changed = visitor.post(path, data={"action": "change", "scope": "some", "component": ["website"], "language": "fr"})
    assert '<html lang="fr"' in changed.text
    assert 'value="website" checked' in changed.text
    assert (gwen(context).components, gwen(context).language) == (("website",), "fr")
    nothing = visitor.post(path, data={"action": "change", "scope": "some"})
    assert nothing.status_code == 422
    assert gwen(context).components == ("website",)
    visitor.post(path, data={"action": "change", "scope": "all", "component": ["website"], "language": "xx"})
    assert (gwen(context).components, gwen(context).language) == ((), "fr")


def test_what_could_not_be_delivered_goes_on_when_its_owner_says_so(visitor, context, clock):
    kept = follow(context.desk, GWEN)
    deeds.quarantine(context.desk, kept.id, "bounced", VISITOR, clock())
    path = link(context, kept)
    assert "We have stopped writing for now." in visitor.get(path).text
    assert "You follow this page." in visitor.post(path, data={"action": "lift"}).text
    assert state(context) is SubscriberState.CONFIRMED


def test_leaving_erases_the_address_and_the_page_says_so_ever_after(visitor, context):
    kept = follow(context.desk, GWEN)
    path = link(context, kept)
    for answer in (
        visitor.post(path, data={"action": "leave"}),
        visitor.get(path),
        visitor.post(path, data={"action": "change"}),
    ):
        assert answer.status_code == 200
        assert "We write to you no more." in answer.text
    assert subscribers.contact(context.desk.store, kept.id) is None


@pytest.mark.parametrize("action", ["", "nothing", "lift", "change"])
def test_a_button_that_does_not_belong_there_changes_nothing(visitor, context, action):
    visitor.post("/subscribe", data=ALL)
    asked = gwen(context)
    answer = visitor.post(link(context, asked), data={"action": action, "scope": "all"})
    assert answer.status_code == 200
    assert gwen(context).state is SubscriberState.PENDING


def test_one_click_in_a_mail_program_ends_it_at_once(visitor, context):
    """RFC 8058: a POST without cookie, answered without redirect, as often as it comes; a GET changes nothing."""
    kept = follow(context.desk, GWEN)
    path = link(context, kept, Purpose.LEAVE)
    assert "Stop the mail from this page?" in visitor.get(path).text
    assert state(context) is SubscriberState.CONFIRMED
    for _ in range(2):
        answer = visitor.post(path, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
        assert answer.status_code == 200
        assert "We write to you no more." in answer.text
    assert subscribers.subscriber(context.desk.store, kept.id).state is SubscriberState.UNSUBSCRIBED


def test_one_click_works_from_any_origin_and_in_either_form_encoding(visitor, context):
    kept = follow(context.desk, GWEN)
    headers = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}
    files = {"List-Unsubscribe": (None, "One-Click")}
    answer = visitor.post(link(context, kept, Purpose.LEAVE), files=files, headers=headers)
    assert answer.status_code == 200
    assert subscribers.subscriber(context.desk.store, kept.id).state is SubscriberState.UNSUBSCRIBED


def test_the_link_that_mail_programs_see_opens_nothing_else(visitor, context):
    kept = follow(context.desk, GWEN)
    leave, manage = link(context, kept, Purpose.LEAVE), link(context, kept)
    crossed = manage.rpartition("/")[0] + "/" + leave.rpartition("/")[2]
    assert visitor.get(crossed).status_code == 404
    assert visitor.post(leave.rpartition("/")[0] + "/" + manage.rpartition("/")[2]).status_code == 404
    assert state(context) is SubscriberState.CONFIRMED
    assert TOKEN.fullmatch(leave.rpartition("/")[2])
    assert manage.rpartition("/")[2] not in visitor.get(leave).text


def test_guessing_links_is_slowed_down_but_using_them_is_not(visitor, context):
    kept = follow(context.desk, GWEN)
    answers = [visitor.get(f"/{place}/{'x' * 32}") for _ in range(11) for place in ("subscriptions", "unsubscribe")]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429] * 2
    assert visitor.get(link(context, kept)).status_code == 200
    assert visitor.post(link(context, kept, Purpose.LEAVE)).status_code == 200


@pytest.mark.parametrize(
    "token", ["x", "%00", "..%2F", "x" * 5_000, "%F0%9F%92%A9", "SubscribersOwnTokenStandsInHere_"]
)
def test_nonsense_in_the_place_of_a_token_opens_nothing(visitor, token):
    for place in ("subscriptions", "unsubscribe"):
        assert visitor.get(f"/{place}/{token}").status_code == 404


def test_a_form_that_is_too_large_or_of_another_kind_is_refused(visitor, context):
    assert visitor.post("/subscribe", data={**ALL, "component": ["x" * 1000] * 40}).status_code == 413
    assert visitor.post("/subscribe", json=ALL).status_code == 415
    assert (
        visitor.post(
            "/subscribe", content=b"\xff=%ff", headers={"content-type": "application/x-www-form-urlencoded"}
        ).status_code
        == 400
    )
    assert (
        visitor.post(
            "/subscribe",
            content="&".join(f"a{n}=1" for n in range(700)),
            headers={"content-type": "application/x-www-form-urlencoded"},
        ).status_code
        == 400
    )
    assert context.desk.store.rows("SELECT * FROM subscribers") == []


def test_hostile_names_of_components_stay_words(visitor, context):
    store = context.desk.store
    store.run("UPDATE components SET name = :name WHERE id = 'website'", name='{"en":"<script>alert(1)</script>"}')
    kept = follow(context.desk, GWEN, "website")
    for path in ("/subscribe", link(context, kept)):
        text = visitor.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_without_mail_nobody_can_follow_by_mail(store, clock):
    settings = settings_with(smtp=None)
    context = Context(desk=desk_on(store, settings), settings=settings, now=clock)
    with TestClient(pages(context)) as client:
        assert 'name="email"' not in client.get("/subscribe").text
        assert client.post("/subscribe", data=ALL).status_code == 422
    assert store.rows("SELECT * FROM subscribers") == []


def test_whatever_is_waiting_to_be_confirmed_is_asked_for_once_more_with_the_same_link(
    visitor, context, clock, letters_due
):
    visitor.post("/subscribe", data=ALL)
    first = link(context, gwen(context))
    letters_due()
    clock.forward(hours=40)
    visitor.post("/subscribe", data=ALL)
    assert letters_due() == [(GWEN, "confirm")]
    clock.forward(hours=40)
    assert link(context, gwen(context)) == first
    assert "You follow this page." in visitor.post(first, data={"action": "confirm"}).text


def test_an_import_does_not_change_who_is_there(context, clock):
    kept = follow(context.desk, GWEN, "website")
    assert not deeds.take_in(context.desk, entry(GWEN), VISITOR, clock(), basis="a list")
    assert gwen(context) == kept


# --- quiet hours ---

_NIGHT = {"action": "change", "scope": "all", "quiet_from": "22:30", "quiet_until": "07:00", "zone": "Asia/Tokyo"}


def test_whoever_follows_by_mail_chooses_quiet_hours_and_a_zone(visitor, context):
    followed = follow(context.desk, GWEN)
    path, store = link(context, followed), context.desk.store
    page = visitor.get(path).text
    assert '<option value="">–</option><option>UTC</option>' in page
    assert "page-zone" in page
    done = visitor.post(path, data=_NIGHT)
    assert "It is changed." in done.text
    kept = subscribers.subscriber(store, followed.id)
    assert (kept.quiet_hours, kept.time_zone) == ("22:30-07:00", "Asia/Tokyo")
    for chosen in ("22:30", "07:00", "Asia/Tokyo"):
        assert f"<option selected>{chosen}</option>" in done.text
    visitor.post(path, data=_NIGHT | {"quiet_from": "", "quiet_until": ""})
    kept = subscribers.subscriber(store, followed.id)
    assert (kept.quiet_hours, kept.time_zone) == (None, None)


@pytest.mark.parametrize(
    "change", [{"quiet_until": ""}, {"quiet_from": ""}, {"quiet_from": "07:00"}, {"zone": ""}, {"zone": "x"}]
)
def test_half_a_night_is_said_in_the_form_and_nothing_changes(visitor, context, change):
    followed = follow(context.desk, GWEN)
    answer = visitor.post(link(context, followed), data=_NIGHT | change)
    assert (answer.status_code, "Choose when they begin" in answer.text) == (422, True)
    assert subscribers.subscriber(context.desk.store, followed.id).quiet_hours is None


def test_a_form_that_says_nothing_of_quiet_hours_leaves_them(visitor, context):
    followed = follow(context.desk, GWEN)
    visitor.post(link(context, followed), data=_NIGHT)
    visitor.post(link(context, followed), data={"action": "change", "scope": "all"})
    assert subscribers.subscriber(context.desk.store, followed.id).quiet_hours == "22:30-07:00"


def test_rooms_and_programs_are_offered_none(visitor, context):
    room = follow(context.desk, "https://hooks.example/x", kind=SubscriberKind.SLACK)
    assert "Quiet hours" not in visitor.get(link(context, room)).text
    visitor.post(link(context, room), data=_NIGHT)
    assert subscribers.subscriber(context.desk.store, room.id).quiet_hours is None
