"""A rule in SQL counts whom the same rule read by hand counts."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.audience import And, Everyone, Named, Nobody, Not, Or, Tag, parse, parse_kept
from records.customers import CustomerEntry
from records.desk.customers import put_customers
from records.desk.incidents import open_incident
from records.desk.tickets import link_tickets, record_ticket, unlink_ticket
from records.errors import Invalid
from records.people import COMMAND_LINE
from records.store import audience, customers
from records.store.tickets import Filter
from records.tickets import TicketChannel, TicketEntry, TicketKind
from tests.cast import ANA, CUSTOMERS, NOW, acme, an_incident, fan_out, number_of

_KEYS = ("holds", "region", "pending")
_VALUES = ("ETH", "ET", "ETHW", "eth", "é", "z~", "a'b", "%", "_")
_TAGS = [f"{key}:{value}" for key in _KEYS for value in _VALUES]
_PREFIXES = [f"{key}:{start}*" for key in _KEYS for start in ("", "E", "ET", "%", "é", "_")]
_PEOPLE = st.lists(st.frozensets(st.sampled_from(_TAGS), max_size=4), min_size=8, max_size=8)
_ATOMS = st.one_of(
    st.sampled_from(_TAGS), st.sampled_from(_PREFIXES), st.sampled_from(["everyone", "nobody", "customer:p-1"])
)
_RULES = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda rule: f"not ({rule})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: "(" + ") or (".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: " or ".join(f"({each})" for each in parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: " and ".join(f"({each})" for each in parts)),
        st.lists(st.sampled_from(_TAGS), min_size=2, max_size=5).map(" or ".join),
    ),
    max_leaves=10,
)


def _fits(rule, ref, tags):
    match rule:
        case Everyone():
            return True
        case Nobody():
            return False
        case Named(external_id):
            return external_id == ref
        case Tag():
            return any(rule.fits(tag) for tag in tags)
        case Not(inner):
            return not _fits(inner, ref, tags)
        case And(rules):
            return all(_fits(each, ref, tags) for each in rules)
        case Or(rules):
            return any(_fits(each, ref, tags) for each in rules)
    raise AssertionError(rule)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=_PEOPLE, rule=_RULES)
def test_any_rule_counts_the_same_in_sql_as_read_by_hand(store, people, rule):
    everybody = {f"p-{place}": tags | {"language:en"} for place, tags in enumerate(people)}
    entries = [CustomerEntry(external_id=ref, tags=tuple(tags)) for ref, tags in everybody.items()]
    customers.put_all(store, entries, default_language="en", now=NOW)
    by_hand = {ref for ref, tags in everybody.items() if _fits(parse_kept(rule), ref, tags)}
    assert audience.count(store, rule) == len(by_hand)
    assert audience.matches(store, rule, number_of(store, "p-0")) == ("p-0" in by_hand)
    # In parts it is the same: a long count is done so.
    held, middle = audience.next_part(store, -1, 3)
    rest, last = audience.next_part(store, middle, 100)
    assert (held, rest, audience.next_part(store, last, 3)) == (3, len(everybody) - 3, (0, last))
    parts = [audience.count_reachable(store, rule, "email", span) for span in ((-1, middle), (middle, last))]
    assert [sum(each) for each in zip(*parts, strict=True)] == [len(by_hand), 0]


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE customers; --", "' OR '1'='1", "x%27%20OR", "%s", ":a0", "{skip_locked}", "\\", '"', "é✓"]
)
def test_whatever_stands_in_a_value_is_only_a_value(store, value):
    acme(store)
    tag = "holds:" + "".join(value.split()).replace("(", "").replace(")", "")
    put_customers(acme(store), [CustomerEntry(external_id="zoe", tags=(tag,))], COMMAND_LINE, NOW)
    assert audience.count(store, tag) == 1
    assert audience.count(store, f"{tag[:-1]}*") >= 1
    assert audience.count(store, f"not {tag}") == 7
    assert audience.count(store, "everyone") == 8


def test_questions_about_our_own_records_are_answered_from_them(store):
    desk = acme(store)
    incident = open_incident(desk, an_incident(), ANA, NOW)
    assert audience.count(store, f"told:{incident.id}") == 0
    fan_out(store)
    assert audience.count(store, f"told:{incident.id}") == 4
    assert audience.count(store, f"told:{incident.id} and holds:ETH") == 1
    assert audience.count(store, f"told:{incident.id} and not holds:ETH") == 3
    assert audience.count(store, f"told:{incident.id} or customer:gus or (holds:ETH and not everyone)") == 5
    ticket = TicketEntry(
        external_id="T-1", system="freshdesk", requester="gus", channel=TicketChannel.CHAT, kind=TicketKind.REQUEST,
        topic="withdrawal", subject="Where is it?", text="", created_at=NOW, resolved_at=None,
    )  # fmt: skip
    kept = record_ticket(desk, ticket, ANA, NOW)
    link_tickets(desk, incident.id, Filter(ids=[kept.id]), ANA, NOW)
    assert audience.matches(store, f"linked:{incident.id}", number_of(store, "gus"))
    assert audience.count(store, f"linked:{incident.id}") == 1
    unlink_ticket(desk, incident.id, kept.id, ANA, NOW + timedelta(minutes=1))
    assert audience.count(store, f"linked:{incident.id}") == 0


def test_the_deepest_and_the_longest_rule_can_be_counted(store):
    acme(store)
    deepest = "holds:BTC and (" * 39 + "holds:BTC" + ")" * 39
    assert audience.count(store, deepest) == 4
    assert audience.count(store, "not (" * 19 + "holds:BTC" + ")" * 19) == 3
    longest = " or ".join(["a:b"] * 570)
    assert parse(longest)
    assert audience.count(store, longest) == 0
    assert audience.count(store, " or ".join(["a:*"] * 570)) == 0
    assert audience.count(store, " or ".join(f"holds:T{number}" for number in range(3_000)) + " or holds:BTC") == 4


def test_a_rule_that_cannot_be_read_is_refused_not_run(store):
    with pytest.raises(Invalid, match="is not a tag"):
        audience.count(store, "1=1")


def test_who_can_be_reached_is_counted_without_blocked_and_missing_addresses(store):
    acme(store)
    everybody, reachable = audience.count_reachable(store, "everyone", "email")
    without = [each.external_id for each in CUSTOMERS if each.email is None]
    assert "carmen" in without
    # fay's address is blocked.
    assert (everybody, reachable) == (len(CUSTOMERS), len(CUSTOMERS) - len(without) - 1)
    assert audience.count_reachable(store, "customer:carmen", "email") == (1, 0)


def test_a_hundred_things_named_together_are_still_one_count(store):
    acme(store)
    rule = " or ".join(f"none{number}:*" for number in range(300))
    assert audience.count(store, f"{rule} or holds:ETH") == audience.count(store, "holds:ETH")
