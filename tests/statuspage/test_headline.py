from datetime import timedelta

import pytest

from records.components import Direction, Status
from records.desk.incidents import IncidentEntry, open_incident
from records.incidents import Impact
from records.store import components, meta
from records.store.engine import Store
from records.verdicts import VerdictKind
from statuspage.headline import Headline, headline
from statuspage.snapshot import read_snapshot
from templates.language import available
from tests.statuspage import world

NOW = world.NOW


def say(store: Store, language: str = "en") -> Headline:
    return headline(read_snapshot(store, world.PAGE, NOW), language)


def trouble(store: Store, **statuses: Status) -> None:
    entry = IncidentEntry(
        name={"en": "Trouble"},
        body={"en": "We are looking into it."},
        statuses={name.replace("_", "-"): status for name, status in statuses.items()},
    )
    open_incident(world.desk(store), entry, world.ANA, NOW)


def test_a_calm_day_is_one_sentence(books):
    world.build(books)
    assert say(books).text == "All systems operational."
    assert say(books).status is Status.OPERATIONAL


def test_a_delay_is_named_and_the_rest_may_be_said_to_work(books):
    world.build(books)
    trouble(books, btc_withdrawals=Status.DEGRADED)
    said = say(books)
    assert said.text == "Bitcoin withdrawals are delayed."
    assert said.second == "Everything else works."


def test_nothing_is_promised_about_the_rest_while_something_is_unknown(books):
    world.build(books)
    trouble(books, btc_withdrawals=Status.DEGRADED)
    world.lose_litecoin(books)
    said = say(books)
    assert "else" not in said.second
    assert said.second.startswith("Litecoin: no data for 4 minutes.")
    assert said.second == "Litecoin: no data for 4 minutes. 7 of 10 services work normally."


def test_unknown_alone_is_a_sentence_and_not_green(books):
    world.build(books)
    world.lose_litecoin(books)
    said = say(books)
    assert said.text == "We have no current data on Litecoin."
    assert said.status is Status.UNKNOWN


def test_both_ways_of_a_network_are_said_together(books):
    world.build(books)
    trouble(books, eth_deposits=Status.MAJOR_OUTAGE, eth_withdrawals=Status.MAJOR_OUTAGE)
    assert say(books).text == "Ethereum deposits and withdrawals are not working."


def test_networks_in_the_same_trouble_share_a_sentence(books):
    world.build(books)
    trouble(books, btc_deposits=Status.DEGRADED, eth_deposits=Status.DEGRADED)
    assert say(books).text == "Bitcoin and Ethereum deposits are delayed."


def test_the_gravest_comes_first(books):
    world.build(books)
    trouble(books, app=Status.DEGRADED, sol_deposits=Status.PARTIAL_OUTAGE, trading=Status.MAJOR_OUTAGE)
    assert say(books).text == (
        "Trading is not working. Solana deposits fail for some customers. App and website is slower than usual."
    )


def test_deposits_of_one_token_are_not_those_of_the_network(books):
    world.build(books)
    token = world.component(
        "usdt-deposits",
        99,
        name={"en": "USDT deposits on Ethereum"},
        chain="ethereum",
        asset="USDT",
        direction=Direction.DEPOSITS,
    )
    components.put(books, token, NOW)
    trouble(books, usdt_deposits=Status.MAJOR_OUTAGE)
    assert say(books).text == "USDT deposits on Ethereum are not working."


def test_a_window_over_a_whole_network_names_the_network(books):
    world.build(books)
    world.upgrade_solana(books)
    assert say(books).text == "Solana is paused for an upgrade."
    assert say(books).status is Status.UNDER_MAINTENANCE


def test_the_day_of_the_mock_up(books):
    world.mockup(books)
    assert say(books).text == "Bitcoin withdrawals are delayed. Solana is paused for an upgrade."


def test_more_than_three_problems_are_counted(books):
    world.build(books)
    trouble(
        books,
        btc_deposits=Status.DEGRADED,
        eth_withdrawals=Status.PARTIAL_OUTAGE,
        sol_deposits=Status.MAJOR_OUTAGE,
        trading=Status.DEGRADED,
        app=Status.MAJOR_OUTAGE,
    )
    assert say(books).text.endswith("2 more problems below.")


def test_an_incident_that_touches_no_component_speaks_for_itself(books):
    world.build(books)
    entry = IncidentEntry(
        name={"en": "Phishing mails in our name"},
        body={"en": "Do not open them."},
        statuses={},
        impact=Impact.MAJOR,
    )
    open_incident(world.desk(books), entry, world.ANA, NOW)
    said = say(books)
    assert said.text == "Phishing mails in our name."
    assert said.status is Status.DEGRADED


def test_a_cosmetic_incident_leaves_the_headline_calm(books):
    world.build(books)
    entry = IncidentEntry(name={"en": "A typo"}, body={"en": "It is one."}, statuses={}, impact=Impact.NONE)
    open_incident(world.desk(books), entry, world.ANA, NOW)
    assert say(books).text == "All systems operational."


def test_blindness_is_confessed_whatever_was_last_known(books):
    world.build(books)
    meta.write(books, "blind_since", (NOW - timedelta(minutes=3)).isoformat())
    said = say(books)
    assert said.text == "We cannot check our systems right now."
    assert "13:59 UTC" in said.second
    assert said.status is Status.UNKNOWN


def test_dead_monitors_are_confessed(books):
    world.build(books)
    for chain in ("bitcoin", "ethereum", "solana", "litecoin"):
        world.look(books, chain, at=NOW - timedelta(minutes=9))
    meta.beat(books, "monitors", "test", NOW - timedelta(minutes=9))
    assert say(books).text == "We have no current data on our systems."


def test_a_new_installation_has_words(books):
    said = say(books)
    assert said.text == "This page is being set up."
    assert said.second


def test_without_monitors_it_says_that_people_report(books):
    for entry in world.all_components():
        components.put(books, entry, NOW)
    assert say(books).second == "As reported by our team; nothing is measured automatically yet."


@pytest.mark.parametrize("language", [language for language in available() if language != "en"])
@pytest.mark.parametrize("status", [Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE])
def test_every_sentence_exists_in_every_language(books, language, status):
    world.build(books)
    trouble(books, btc_withdrawals=status, eth_deposits=status, eth_withdrawals=status, app=status, trading=status)
    world.upgrade_solana(books)
    world.look(books, "litecoin", kind=VerdictKind.MONITORING_DEGRADED)
    english, other = say(books), say(books, language)
    assert other.text != english.text
    assert not set(other.text.split()) & {"is", "are", "for", "not", "working.", "delayed."}
    assert "Bitcoin" in other.text
