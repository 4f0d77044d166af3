"""Programs and rooms that follow the page: they are asked themselves, and nobody else learns anything."""

import json
import re

import pytest
from starlette.testclient import TestClient

from records.desk import subscribers as deeds
from records.people import VISITOR
from records.store import receivers, subscribers
from records.store.receivers import Result
from records.subscribers import Purpose, SubscriberKind, SubscriberState, token
from server.pace import Pace
from server.subscriptions import introduction
from server.subscriptions import routes as module
from server.wiring import desk_on
from tests.followers import follow
from tests.receivers import HookReceiver, echoes, says
from tests.server.house import settings_with
from tests.server.subscriptions.conftest import link, pages

WEBHOOK, ROOM = SubscriberKind.WEBHOOK, SubscriberKind.SLACK
INNER = {"allow_http": True, "allow_networks": ["127.0.0.0/8"]}


@pytest.fixture
def receiver():
    with HookReceiver() as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(module, "_ASKING", Pace(burst=100, every_seconds=60.0))
    monkeypatch.setattr(module, "_POSTING", Pace(burst=5, every_seconds=60.0))
    monkeypatch.setattr(module, "_POSTING_TO_HOST", Pace(burst=60, every_seconds=1.0))


@pytest.fixture
def inner(context):
    """The house, with receivers inside it."""
    settings = settings_with(subscribers=INNER)
    return type(context)(desk=desk_on(context.desk.store, settings), settings=settings, now=context.now)


@pytest.fixture
def visitor(inner):
    with TestClient(pages(inner), headers={"accept-language": "en"}) as client:
        yield client


def ask(visitor, receiver, kind=WEBHOOK, **fields):
    return visitor.post("/subscribe", data={"by": kind.value, "address": receiver.url, "scope": "all"} | fields)


def who(context, receiver, kind=WEBHOOK):
    return subscribers.by_address(context.desk.store, kind, receiver.url)


def test_the_form_offers_each_way_without_a_script(visitor):
    first = visitor.get("/subscribe").text
    assert re.findall(r'href="[^"]*/subscribe\?by=(\w+)"', first) == ["email", "webhook", "slack"]
    assert 'name="email"' in first
    for way in ("webhook", "slack"):
        page = visitor.get(f"/fr/subscribe?by={way}").text
        assert 'type="url" name="address"' in page
        assert f'name="by" value="{way}"' in page
    assert 'name="language"' not in visitor.get("/subscribe?by=webhook").text
    assert 'name="email"' in visitor.get("/subscribe?by=pigeon").text


def test_a_program_that_gives_the_challenge_back_follows_the_page(visitor, inner, receiver):
    answer = ask(visitor, receiver, scope="some", component=["website"])
    assert answer.status_code == 200
    assert "The receiver gave the right answer." in answer.text
    found = who(inner, receiver)
    assert (found.state, found.components) == (SubscriberState.CONFIRMED, ("website",))
    (post,) = receiver.posts
    assert len(post.json["challenge"]) == 32
    assert post.json["meta"]["manage"] == f"https://status.acme.example{link(inner, found)}"
    assert post.headers["forewarn-signature"].startswith("v1=")
    assert token(subscribers.key(inner.desk.store), Purpose.MANAGE, found.id) not in answer.text


@pytest.mark.parametrize("form", ["plain", "object", "text"])
def test_it_may_come_back_plain_or_as_json(visitor, inner, receiver, form):
    def answer(handler):
        value = handler.post.json["challenge"]
        body = {"plain": f" {value}\n", "object": json.dumps({"challenge": value}), "text": json.dumps(value)}[form]
        says(201, body.encode())(handler)

    receiver.manner = answer
    ask(visitor, receiver)
    assert who(inner, receiver).state is SubscriberState.CONFIRMED


@pytest.mark.parametrize(
    "manner",
    [
        says(200), says(200, b"ok"), says(200, b'{"challenge": 7}'), says(200, b"[1]"), says(200, b"\xff\xfe"),
        says(404), says(500), says(302, Location="/other"),
        lambda handler: says(500, handler.post.json["challenge"].encode())(handler),
        lambda handler: handler.wfile.write(b"rubbish"),
    ],
)  # fmt: skip
def test_one_that_does_not_is_not_subscribed_and_nobody_learns_why(visitor, inner, receiver, manner):
    receiver.manner = manner
    answer = ask(visitor, receiver)
    assert answer.status_code == 200
    assert "The receiver did not give the right answer." in answer.text
    assert who(inner, receiver).state is SubscriberState.PENDING


def test_a_receiver_that_thinks_too_long_is_not_waited_for(visitor, inner, receiver, monkeypatch):
    monkeypatch.setattr(introduction, "CHALLENGE_SECONDS", 0.3)
    receiver.manner = receiver.hangs
    assert "did not give the right answer" in ask(visitor, receiver).text


def test_the_answer_is_the_same_whether_the_receiver_is_known_or_not(visitor, inner, receiver, clock):
    first = ask(visitor, receiver)
    before = subscribers.contact(inner.desk.store, who(inner, receiver).id)
    known = ask(visitor, receiver, scope="some", component=["website"])
    assert known.text == first.text
    assert who(inner, receiver).components == ()
    assert subscribers.contact(inner.desk.store, who(inner, receiver).id) == before
    receiver.manner = says(500)
    assert "did not give the right answer" in ask(visitor, receiver).text
    assert who(inner, receiver).state is SubscriberState.CONFIRMED
    deeds.quarantine(inner.desk, who(inner, receiver).id, "failing", VISITOR, clock())
    receiver.manner = echoes
    assert ask(visitor, receiver).text == first.text
    assert who(inner, receiver).state is SubscriberState.QUARANTINED


def test_inner_addresses_are_not_reached_and_look_like_any_other_that_is_silent(context, receiver):
    with TestClient(pages(context), headers={"accept-language": "en"}) as visitor:
        inner_one = visitor.post(
            "/subscribe", data={"by": "webhook", "address": "https://127.0.0.1:8443/", "scope": "all"}
        )
        unknown = visitor.post(
            "/subscribe", data={"by": "webhook", "address": "https://no-such-name.invalid/", "scope": "all"}
        )
    shown = [re.sub(r'value="https://[^"]*"', "", answer.text) for answer in (inner_one, unknown)]
    assert shown[0] == shown[1]
    assert "The receiver did not give the right answer." in shown[0]
    assert receiver.posts == []


@pytest.mark.parametrize(
    "address",
    ["", "x", "http://hooks.example/", "https://user@a.example/", "https://0x7f.1/", "javascript:1", "a" * 3000],
)
def test_what_is_no_address_is_said_so(context, address):
    with TestClient(pages(context), headers={"accept-language": "en"}) as visitor:
        answer = visitor.post("/subscribe", data={"by": "webhook", "address": address, "scope": "all"})
    assert answer.status_code == 422
    assert "This is no address that we post to." in answer.text
    assert context.desk.store.rows("SELECT * FROM subscribers") == []


def test_nobody_is_hit_through_us(visitor, receiver):
    answers = [ask(visitor, receiver) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(receiver.posts) == 5


def test_a_room_is_asked_by_a_message_whose_link_leads_to_the_button(visitor, inner, receiver):
    receiver.manner = says(200, b"ok")
    answer = ask(visitor, receiver, kind=ROOM, language="fr")
    assert "Look into the room." in answer.text
    found = who(inner, receiver, ROOM)
    assert found.state is SubscriberState.PENDING
    (post,) = receiver.posts
    assert f"https://status.acme.example{link(inner, found)}|Ce que suit ce canal>" in post.json["text"]
    assert "Quelqu’un souhaite l’état de Acme Wallet dans ce canal." in post.json["text"]
    page = visitor.get(link(inner, found)).text
    assert "http://127.0.0.1" in page
    assert "/hook" not in page
    visitor.post(link(inner, found), data={"action": "confirm"})
    assert who(inner, receiver, ROOM).state is SubscriberState.CONFIRMED
    assert ask(visitor, receiver, kind=ROOM, language="fr").text == answer.text
    assert "Il le suit déjà." in receiver.posts[-1].json["text"]


def test_a_room_that_takes_nothing_is_not_there(visitor, receiver):
    receiver.manner = says(404, b"no_service")
    assert "did not give the right answer" in ask(visitor, receiver, kind=ROOM).text


def secret_of(store, one):
    where = subscribers.contact(store, one.id)
    assert where is not None
    return where.secret


def test_a_secret_is_shown_once_when_it_is_made(visitor, inner, receiver):
    one = follow(inner.desk, receiver.url, kind=WEBHOOK)
    path, store = link(inner, one), inner.desk.store
    old = secret_of(store, one)
    assert old not in visitor.get(path).text
    made = visitor.post(path, data={"action": "secret"}).text
    new = secret_of(store, one)
    assert new != old
    assert new in made
    assert "It is shown this once." in made
    assert new not in visitor.get(path).text
    assert new not in visitor.post(path, data={"action": "change", "scope": "all"}).text


@pytest.mark.parametrize("kind", [SubscriberKind.EMAIL, ROOM])
def test_what_has_no_secret_gets_none(visitor, inner, kind):
    one = follow(inner.desk, "gwen@mail.example" if kind is SubscriberKind.EMAIL else "https://a.example/", kind=kind)
    assert "Secret of the signatures" not in visitor.post(link(inner, one), data={"action": "secret"}).text
    assert (secret_of(inner.desk.store, one) == "") == (kind is SubscriberKind.EMAIL)


def test_its_owner_sees_how_the_last_posts_went_and_lets_it_go_on(visitor, inner, receiver, clock, monkeypatch):
    one = follow(inner.desk, receiver.url, kind=WEBHOOK)
    rows = [("accepted", ""), ("failed", "permanent: 404 <b>no</b>"), ("queued", "deferred"), ("suppressed", "expired")]
    found = [Result(at=clock(), notice_id="n", outcome=how, reason=why, attempts=1) for how, why in rows]
    monkeypatch.setattr(receivers, "results", lambda *_args: found)
    deeds.quarantine(inner.desk, one.id, "failing", VISITOR, clock())
    page = visitor.get(link(inner, one)).text
    for words in ("Last posts", "Taken", "Not taken", "404 &lt;b&gt;no&lt;/b&gt;", "Tried again soon", "Not sent"):
        assert words in page
    assert "We have stopped writing for now." in page
    visitor.post(link(inner, one), data={"action": "lift"})
    assert who(inner, receiver).state is SubscriberState.CONFIRMED


def resume_link(context, who):
    return f"/subscriptions/{who.id}/{token(subscribers.key(context.desk.store), Purpose.RESUME, who.id)}"


def owner_of(context, who):
    where = subscribers.contact(context.desk.store, who.id)
    assert where is not None
    return where.owner_email


@pytest.mark.parametrize("kind", [WEBHOOK, ROOM])
def test_whoever_runs_it_may_be_named_when_it_is_made_and_later(visitor, inner, receiver, kind):
    assert 'name="owner"' in visitor.get(f"/subscribe?by={kind.value}").text
    ask(visitor, receiver, kind, owner="Ops@Hooks.example")
    one = who(inner, receiver, kind)
    assert owner_of(inner, one) == "ops@hooks.example"
    deeds.confirm(inner.desk, one.id, VISITOR, inner.now())
    path = link(inner, one)
    page = visitor.get(path).text
    assert 'value="o…@hooks.example"' in page
    assert "ops@hooks.example" not in page
    change = {"action": "change", "scope": "all"}
    visitor.post(path, data=change | {"owner": "o…@hooks.example"})
    assert owner_of(inner, one) == "ops@hooks.example"
    refused = visitor.post(path, data=change | {"owner": "nobody"})
    assert (refused.status_code, "This is no e-mail address." in refused.text) == (422, True)
    visitor.post(path, data=change | {"owner": "ben@hooks.example"})
    assert owner_of(inner, one) == "ben@hooks.example"
    visitor.post(path, data=change | {"owner": ""})
    assert owner_of(inner, one) == ""


def test_a_mailbox_that_is_none_is_said_in_the_form_and_nothing_is_posted(visitor, inner, receiver):
    answer = ask(visitor, receiver, owner="ops at hooks")
    assert (answer.status_code, "This is no e-mail address." in answer.text) == (422, True)
    assert 'value="ops at hooks"' in answer.text
    assert receiver.posts == []
    assert who(inner, receiver) is None


def test_where_no_mail_is_sent_nobody_is_asked_for_a_mailbox(context):
    settings = settings_with(smtp=None)
    bare = type(context)(desk=desk_on(context.desk.store, settings), settings=settings, now=context.now)
    with TestClient(pages(bare), headers={"accept-language": "en"}) as visitor:
        assert 'name="owner"' not in visitor.get("/subscribe?by=webhook").text


def test_whoever_types_the_address_of_a_receiver_that_follows_does_not_become_its_owner(visitor, inner, receiver):
    one = follow(inner.desk, receiver.url, kind=WEBHOOK, owner_email="ops@hooks.example")
    ask(visitor, receiver, owner="mallory@evil.example")
    assert owner_of(inner, one) == "ops@hooks.example"


def test_the_link_in_the_letter_lets_it_go_on_by_its_button_alone(visitor, inner, receiver, clock):
    one = follow(inner.desk, receiver.url, kind=WEBHOOK)
    path = resume_link(inner, one)
    assert "You follow this page." in visitor.get(path).text
    deeds.quarantine(inner.desk, one.id, "failing", VISITOR, clock())
    page = visitor.get(path).text
    assert "We have stopped writing for now." in page
    assert receiver.url not in page
    assert who(inner, receiver).state is SubscriberState.QUARANTINED
    assert "You follow this page." in visitor.post(path).text
    assert who(inner, receiver).state is SubscriberState.CONFIRMED
    deeds.unsubscribe(inner.desk, one.id, VISITOR, clock())
    assert "We write to you no more." in visitor.post(path).text


@pytest.mark.parametrize(
    "wrong", ["/subscriptions/7/x", "/subscriptions/x/y", "/subscriptions/-1/x", f"/subscriptions/{'9' * 30}/x"]
)
def test_a_link_that_is_none_opens_nothing(visitor, wrong):
    for answer in (visitor.get(wrong), visitor.post(wrong)):
        assert (answer.status_code, "This link does not work any more" in answer.text) == (404, True)


def test_the_link_in_each_event_ends_it(visitor, inner, receiver):
    one = follow(inner.desk, receiver.url, kind=WEBHOOK)
    path = link(inner, one, Purpose.LEAVE)
    assert "Stop following this page?" in visitor.get(path).text
    visitor.post(path)
    assert who(inner, receiver) is None


def test_only_what_the_house_offers_is_offered(context):
    settings = settings_with(smtp=None, subscribers={"webhooks": False, "slack": False})
    bare = type(context)(desk=desk_on(context.desk.store, settings), settings=settings, now=context.now)
    with TestClient(pages(bare)) as visitor:
        assert visitor.get("/subscribe").status_code == 404
    settings = settings_with(smtp=None, subscribers={"slack": False})
    bare = type(context)(desk=desk_on(context.desk.store, settings), settings=settings, now=context.now)
    with TestClient(pages(bare), headers={"accept-language": "en"}) as visitor:
        page = visitor.get("/subscribe").text
        assert 'name="by" value="webhook"' in page
        assert "?by=" not in page
        assert "By e-mail" not in page
