"""Audience rules: how they are written, whom they match, why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.audience import (
    MAX_RULE_CHARACTERS,
    And,
    Everyone,
    Linked,
    Named,
    Nobody,
    Not,
    Or,
    Tag,
    Told,
    is_tag,
    parse,
    parse_kept,
    reasons,
    union,
)
from records.errors import Invalid

A, B, C = Tag("a:1"), Tag("b:2"), Tag("c:3")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("everyone", Everyone()),
        ("nobody", Nobody()),
        ("holds:ETH", Tag("holds:ETH")),
        ("pending:*", Tag("pending:", prefix=True)),
        ("holds:E*", Tag("holds:E", prefix=True)),
        ("linked:3gumdk26gbkk", Linked("3gumdk26gbkk")),
        ("told:3gumdk26gbkk", Told("3gumdk26gbkk")),
        ("customer:c-20417", Named("c-20417")),
        ("network:bitcoin:testnet", Tag("network:bitcoin:testnet")),
        ("a:1 or b:2 and c:3", Or((A, And((B, C))))),
        ("a:1 and b:2 or c:3", Or((And((A, B)), C))),
        ("(a:1 or b:2) and c:3", And((Or((A, B)), C))),
        ("not a:1 and b:2", And((Not(A), B))),
        ("not (a:1 and b:2)", Not(And((A, B)))),
        ("not not a:1", Not(Not(A))),
        ("a:1 or b:2 or c:3", Or((A, B, C))),
        ("  ( a:1\n)  ", A),
        ("(a:1)and(b:2)", And((A, B))),
    ],
)
def test_what_is_written_is_what_is_meant(text, rule):
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("", "the rule is empty", 1),
        ("   ", "the rule is empty", 1),
        ("holds", "`holds` is not a tag", 1),
        ("holds:", "`holds:` is not a tag", 1),
        ("Holds:ETH", "`Holds:ETH` is not a tag", 1),
        ("a:1 b:2", "expected `and`, `or` or the end, found `b:2`", 5),
        ("a:1 and", "the rule ends where a tag was expected", 8),
        ("a:1 or or b:2", "`or` is not a tag", 8),
        ("not", "the rule ends where a tag was expected", 4),
        ("(a:1", "a bracket is not closed", 5),
        ("(a:1 b:2)", "a bracket is not closed", 6),
        ("a:1)", "expected `and`, `or` or the end, found `)`", 4),
        ("()", "`)` is not a tag", 2),
        ("a:1 and a:*b", "`a:*b` is not a tag", 9),
        ("a:1 and *", "`*` is not a tag", 9),
        ("a:x\x00y", "is not a tag", 1),
        ("k" * 33 + ":1", "is not a tag", 1),
        ("a:" + "v" * 129, "is not a tag", 1),
    ],
)
def test_a_broken_rule_says_what_is_wrong_and_where(text, words, position):
    with pytest.raises(Invalid) as refused:
        parse(text)
    (fault,) = refused.value.faults
    assert words in fault.message
    assert f"(at character {position})" in fault.message
    assert fault.hint


def test_a_rule_may_be_long_but_not_endless():
    longest = " or ".join(["tag:0123456789"] * 300)[:MAX_RULE_CHARACTERS]
    assert parse(longest[: longest.rindex(" or ")])
    with pytest.raises(Invalid, match="longer than 4000 characters"):
        parse("a:1" + " " * MAX_RULE_CHARACTERS)


@pytest.mark.parametrize("layer", ["(", "not "])
def test_a_rule_may_be_deep_but_not_bottomless(layer):
    def nested(levels):
        return layer * levels + "a:1" + ")" * (levels if layer == "(" else 0)

    assert parse(nested(39))
    with pytest.raises(Invalid, match="more than 40 levels"):
        parse(nested(40))


@pytest.mark.parametrize("text", ["holds:ETH", "x1_y:a/b?c=d", "n:naïve-✓", "n:a:b"])
def test_these_are_tags(text):
    assert is_tag(text)
    assert parse(text) == Tag(text)


@pytest.mark.parametrize(
    "text", ["holds", "holds:", ":ETH", "1a:b", "a:b c", "a:b)", "a:*", "a:b\x00", "a:b\n", "a:\x7f"]
)
def test_these_are_not_tags(text):
    assert not is_tag(text)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([], "nobody"),
        (["a:1"], "a:1"),
        (["a:1", " a:1 "], "a:1"),
        (["a:1", "everyone"], "everyone"),
        (["a:1 or b:2", "b:2 or c:3"], "a:1 or b:2 or c:3"),
        (["a:1 and b:2", "c:3"], "(a:1 and b:2) or c:3"),
        (["not a:1", "c:3"], "(not a:1) or c:3"),
        (["(a:1 or b:2) and c:3", "a:1"], "(a:1 or b:2) and c:3 or a:1"),
    ],
)
def test_a_union_names_each_part_once(rules, text):
    assert union(rules) == text


_ATOMS = st.sampled_from(["a:1", "a:2", "b:1", "b:*", "everyone", "nobody"])
_RULES = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not {one}" if " " not in one else f"not ({one})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "(" + " or ".join(parts) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: " and ".join(f"({each})" for each in parts)),
    ),
    max_leaves=6,
)
_TAGS = st.frozensets(st.sampled_from(["a:1", "a:2", "b:1", "b:2", "c:3"]))


def _fits(rule, tags):
    match rule:
        case Everyone():
            return True
        case Nobody():
            return False
        case Tag():
            return any(rule.fits(tag) for tag in tags)
        case Not(inner):
            return not _fits(inner, tags)
        case And(rules):
            return all(_fits(each, tags) for each in rules)
        case Or(rules):
            return any(_fits(each, tags) for each in rules)
    raise AssertionError(rule)


@given(st.lists(_RULES, max_size=4), _TAGS)
def test_a_union_matches_whoever_one_of_its_rules_matches(rules, tags):
    assert _fits(parse(union(rules)), tags) == any(_fits(parse(rule), tags) for rule in rules)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_is_refused_with_a_place(text):
    places = []
    try:
        parse(text)
    except Invalid as error:
        places = [fault.message.partition("(at character ")[2] for fault in error.faults]
    assert all(place.rstrip(")").isdigit() for place in places)


def test_a_union_of_unions_of_the_longest_and_deepest_rules_can_still_be_read():
    deepest = "(" * 39 + "a:1 and b:2" + ")" * 39
    longest = " or ".join(f"holds:TOKEN{number:04}" for number in range(230))
    joined = union([union([deepest, longest, f"not {deepest[1:-1]}"]), "told:x", "linked:x"])
    assert len(joined) > MAX_RULE_CHARACTERS
    assert parse_kept(joined)


def test_a_customer_is_told_why_by_the_tags_that_counted():
    rule = parse("(network:bitcoin or holds:BTC or pending:*) and not region:US")
    assert reasons(rule, ["holds:BTC", "pending:b", "pending:a", "region:US", "language:en"]) == [
        "holds:BTC",
        "pending:a",
        "pending:b",
    ]
    assert reasons(parse("everyone"), ["holds:BTC"]) == []
