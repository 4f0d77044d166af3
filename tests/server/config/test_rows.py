"""From settings to the rows that the store keeps."""

from datetime import UTC, datetime, timedelta

from records.components import Status
from records.desk.configuration import configure
from records.desk.desk import Desk
from records.people import COMMAND_LINE
from records.store.components import all_components
from server.config.rows import component_rows, monitor_entries

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEXT = """\
page: {name: Acme Wallet, url: https://status.acme.example}
chains: [{chain: bitcoin, every: 15s, nodes: [{name: btc-1, url: "http://127.0.0.1:8332"}]}]
components:
  - {id: website, name: Website}
  - {id: btc-deposits, name: Bitcoin deposits, group: Bitcoin, chain: bitcoin, asset: BTC, direction: deposits}
  - {id: cards, name: Cards, depends_on: [website]}
  - {id: btc-withdrawals, name: Withdrawals, group: {en: Bitcoin, fr: Bitcoin (réseau)}, auto_publish: true}
monitors: [{id: web, kind: http, target: "https://acme.example", component: website}]
"""


def test_a_heading_stands_before_everything_under_it(load):
    rows = component_rows(load(TEXT), NOW)
    assert [(row.id, row.group_id, row.is_group, row.position) for row in rows] == [
        ("website", None, False, 0),
        ("group-bitcoin", None, True, 1),
        ("btc-deposits", "group-bitcoin", False, 2),
        ("btc-withdrawals", "group-bitcoin", False, 3),
        ("cards", None, False, 4),
    ]
    assert rows[1].name == {"en": "Bitcoin", "fr": "Bitcoin (réseau)"}
    assert rows[3].auto_publish
    assert rows[4].depends_on == ("website",)


ROLLUP = """\
page: {name: Acme Wallet, url: https://status.acme.example}
components:
  - {id: base-deposits, name: Base deposits, chain: base, direction: deposits}
  - {id: eth-deposits, name: Ethereum deposits, chain: ethereum, direction: deposits}
  - {id: eth-withdrawals, name: Ethereum withdrawals, chain: ethereum, direction: withdrawals}
"""


def test_a_rollup_depends_on_the_chain_it_settles_on_the_same_way(load):
    rows = {row.id: row.depends_on for row in component_rows(load(ROLLUP), NOW)}
    assert rows == {"base-deposits": ("eth-deposits",), "eth-deposits": (), "eth-withdrawals": ()}


def test_what_the_file_says_of_a_rollup_goes_first(load):
    text = ROLLUP.replace("chain: ethereum, direction: deposits", "chain: ethereum, depends_on: [base-deposits]")
    assert {row.depends_on for row in component_rows(load(text), NOW)} == {(), ("base-deposits",)}


def test_monitors_name_the_chain_or_the_component_they_speak_of(load):
    chain, web = monitor_entries(load(TEXT))
    assert (chain.id, chain.kind, chain.chain, chain.component_id) == ("chain:bitcoin", "chain", "bitcoin", None)
    assert chain.every == timedelta(seconds=15)
    assert (web.id, web.kind, web.chain, web.component_id) == ("web", "http", None, "website")


def test_a_monitor_that_counts_what_waits_speaks_of_no_state(load):
    text = TEXT.replace("component: website}]", "component: website, backlog: true}]")
    (_, web) = monitor_entries(load(text))
    assert (web.component_id, web.backlog_of) == (None, "website")


def test_a_backlog_of_nothing_is_refused(faults_of):
    text = TEXT.replace("component: website}]", "backlog: true}]")
    assert [(fault.path, fault.hint) for fault in faults_of(text)] == [
        ("monitors[0]", "give component, or drop backlog")
    ]


def test_the_store_takes_them_and_what_is_watched_begins_unknown(load, store):
    settings = load(TEXT)
    configure(Desk(store=store), component_rows(settings, NOW), monitor_entries(settings), COMMAND_LINE, NOW)
    kept = {row.id: row for row in all_components(store)}
    assert list(kept) == ["website", "group-bitcoin", "btc-deposits", "btc-withdrawals", "cards"]
    assert kept["website"].status is Status.UNKNOWN
    assert kept["btc-deposits"].status is Status.UNKNOWN
    assert kept["cards"].status is Status.OPERATIONAL
    assert kept["btc-deposits"].chain == "bitcoin"


def test_an_id_that_looks_like_a_heading_is_refused(faults_of):
    (fault,) = faults_of("page: {name: A, url: 'https://a.example'}\ncomponents: [{id: group-bitcoin, name: A}]\n")
    assert fault.path == "components[0].id"
