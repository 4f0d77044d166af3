"""One tap on "Affected?", through the real door: what is counted, what is answered, and that nobody is kept."""

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from records.components import Status
from records.desk.incidents import IncidentEntry, open_incident
from records.people import COMMAND_LINE
from records.store import affected as counts
from server import affected, problems
from server.affected import Doorstep
from server.pace import Pace
from server.timekeeper import Timekeeper
from server.wiring import apply_configuration, page_of
from tests.server.conftest import NOW
from tests.server.house import BASIC, context_on, settings_with

PROGRAM = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A process that has just begun."""
    monkeypatch.setattr(affected, "_DOORSTEP", Doorstep())
    monkeypatch.setattr(affected, "_PACE", Pace(burst=10, every_seconds=3_600))
    monkeypatch.setattr(affected, "_WRITES", Pace(burst=100, every_seconds=3_600))


def house(store, **reports):
    page = BASIC["page"] | {"languages": ["en", "fr", "ar"], "reports": reports}
    made = context_on(store, now=lambda: NOW, page=page)
    apply_configuration(made)
    return made


def door(context, address="203.0.113.7"):
    app = Starlette(routes=affected.ROUTES, exception_handlers=problems.HANDLERS, middleware=problems.MIDDLEWARE)
    app.state.context = context
    return TestClient(app, client=(address, 50_000))


def taps(context):
    return counts.newest(context.desk.store, NOW)


def test_a_tap_is_counted_and_thanked_in_the_readers_language(store):
    context = house(store)
    answer = door(context).post("/reports", data={"service": "eth-withdrawals", "lang": "fr"})
    assert answer.status_code == 200
    assert "Merci. C’est noté." in answer.text
    assert "Nous ne faisons que compter." in answer.text
    assert taps(context) == {"eth-withdrawals": [1, 0, 0]}
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_the_same_tap_again_is_thanked_and_counts_once(store):
    context = house(store)
    for _ in range(3):
        assert door(context).post("/reports", data={"service": "website"}).status_code == 200
    assert door(context, "203.0.113.8").post("/reports", data={"service": "website"}).status_code == 200
    assert taps(context) == {"website": [2, 0, 0]}


def test_a_program_gets_the_words_and_any_page_may_read_them(store):
    context = house(store)
    answer = door(context).post("/reports", data={"service": "website", "lang": "en"}, headers=PROGRAM)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert [each["text"] for each in answer.json()["words"]] == [
        "Thank you. We have noted it.",
        "Our monitors see it working. If more customers tell us the same, we look into it.",
    ]


def test_it_says_what_we_know_and_leads_to_the_incident(store):
    context = house(store)
    entry = IncidentEntry(
        name={"en": "Website <b>slow</b>"}, body={"en": "We look."}, statuses={"website": Status.DEGRADED}
    )
    incident = open_incident(context.desk, entry, COMMAND_LINE, NOW)
    page = door(context).post("/reports", data={"service": "website", "lang": "en"})
    assert "We know that something is wrong with it, and we are working on it." in page.text
    assert f'href="/en/incidents/{incident.id}"' in page.text
    assert "<b>slow" not in page.text
    [_, _, link] = door(context).post("/reports", data={"service": "website"}, headers=PROGRAM).json()["words"]
    assert link == {
        "text": "Website <b>slow</b>", "href": f"https://status.acme.example/en/incidents/{incident.id}",
    }  # fmt: skip


def test_a_network_may_be_named_where_the_service_has_none(store):
    context = house(store)
    client = door(context)
    first = client.post("/reports", data={"service": "website", "lang": "en"}).text
    assert 'name="network" value="ethereum"' in first
    assert 'name="network"' not in client.post("/reports", data={"service": "eth-deposits", "lang": "en"}).text
    assert client.post("/reports", data={"service": "website", "network": "ethereum"}).status_code == 200
    assert counts.chains_of(store, "website", NOW) == {"ethereum": 1}
    assert taps(context)["website"] == [1, 0, 0]


def test_who_taps_all_day_is_asked_to_wait_and_counts_no_more(store):
    context = house(store)
    answers = [door(context).post("/reports", data={"service": "website", "lang": "en"}) for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    assert "One tap is enough. Please wait a minute" in answers[-1].text
    assert taps(context) == {"website": [1, 0, 0]}


def test_a_flood_from_many_addresses_leaves_the_database_in_peace(store):
    context = house(store)
    for number in range(150):
        client = door(context, f"203.0.{number // 200}.{number % 200 + 1}")
        assert client.post("/reports", data={"service": "website"}, headers=PROGRAM).status_code == 200
    assert taps(context) == {"website": [100, 0, 0]}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 404),
        ({"service": "nothing"}, 404),
        ({"service": "ethereum"}, 404),
        ({"service": "website", "network": "<script>"}, 422),
        ({"service": "website", "lang": "x" * 2_000}, 422),
    ],
)
def test_what_makes_no_sense_counts_nothing(store, fields, status):
    context = house(store)
    assert door(context).post("/reports", data=fields, headers=PROGRAM).status_code == status
    assert taps(context) == {}


def test_bytes_that_are_no_form_are_refused(store):
    context = house(store)
    for body in (b"\xff\xfe", b"&".join([b"a=1"] * 50)):
        assert door(context).post("/reports", content=body, headers=PROGRAM).status_code == 422


def test_another_sites_form_counts_nothing_unless_the_page_stands_elsewhere(store):
    from_elsewhere = {"sec-fetch-site": "cross-site"} | PROGRAM
    context = house(store)
    assert door(context).post("/reports", data={"service": "website"}, headers=from_elsewhere).status_code == 422
    assert taps(context) == {}
    split = house(store, address="https://live.acme.example/")
    assert door(split).post("/reports", data={"service": "website"}, headers=from_elsewhere).status_code == 200
    assert page_of(split.settings).reports_address == "https://live.acme.example/reports"
    assert page_of(split.settings).reports_origin == "https://live.acme.example"


def test_who_does_not_ask_is_not_told(store):
    context = house(store, ask=False)
    assert page_of(context.settings).reports_address is None
    assert door(context).post("/reports", data={"service": "website"}).status_code == 404
    assert door(context).get("/reports").status_code == 404


def test_a_link_from_elsewhere_finds_every_service(store):
    page = door(house(store)).get("/reports", headers={"accept-language": "ar"})
    assert 'dir="rtl"' in page.text
    for name in ("eth-deposits", "eth-withdrawals", "website"):
        assert f'name="service" value="{name}"' in page.text


def test_nothing_in_the_database_leads_to_who_tapped(store):
    context = house(store)
    door(context, "203.0.113.77").post("/reports", data={"service": "website"}, headers={"user-agent": "Secret/1"})
    tables = ("affected_counts", "affected_levels", "audit", "meta")
    kept = json.dumps([store.rows(f"SELECT * FROM {table}") for table in tables])
    assert "203.0.113" not in kept
    assert "Secret" not in kept
    assert set(store.rows("SELECT * FROM affected_counts")[0]) == {"component_id", "chain", "bucket", "taps"}


def test_the_doorstep_forgets_after_an_hour_and_its_key_after_a_day():
    now = [0.0]
    step = Doorstep(clock=lambda: now[0])
    assert step.is_new("a", "website")
    assert not step.is_new("a", "website")
    assert step.is_new("b", "website")
    assert step.is_new("a", "other")
    now[0] = 3_600.0
    assert step.is_new("a", "website")
    held = {attribute: value for attribute, value in vars(step).items() if attribute != "_clock"}
    assert "website" not in repr(held)
    before = step._key
    now[0] = 86_400.0
    assert step.is_new("a", "website")
    assert step._key != before
    assert len(step._told) == 1


def test_the_clock_judges_and_the_page_says_so_where_it_is_set_to(store):
    moment = [NOW]
    context = house(store, show=True, minimum=3)
    context = type(context)(desk=context.desk, settings=context.settings, now=lambda: moment[0])
    keeper = Timekeeper(context, "test")
    for minutes in (0, 5):
        moment[0] = NOW.replace(minute=NOW.minute + minutes)
        for _ in range(3):
            counts.add(store, "website", moment[0])
        keeper.tick()
    assert counts.rising(store, moment[0], ["website"]) == {"website"}
    told = door(context).post("/reports", data={"service": "website", "lang": "en"}, headers=PROGRAM).json()
    assert "Reports are rising, not yet confirmed." in told["words"][1]["text"]


def test_settings_refuse_a_minimum_that_one_person_could_reach():
    with pytest.raises(Exception, match=r"page\.reports\.minimum"):
        settings_with(page=BASIC["page"] | {"reports": {"minimum": 1}})
