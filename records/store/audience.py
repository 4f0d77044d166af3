"""An audience rule as SQL: a condition on `c`, a row of customers."""

from collections.abc import Collection
from typing import Any

from records.audience import (
    And,
    Everyone,
    Linked,
    Named,
    Nobody,
    Not,
    Or,
    Rule,
    Tag,
    Told,
    atoms,
    parse_kept,
    reasons,
    word,
)
from records.notices import Notice
from records.store.engine import Store

_TAG = "EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = c.id AND {test})"
_LINKED = (
    "EXISTS (SELECT 1 FROM ticket_links k "
    "WHERE k.customer_id = c.id AND k.unlinked_at IS NULL AND k.incident_id = :{name})"
)
_TOLD = (
    "EXISTS (SELECT 1 FROM notices n JOIN audience_members m ON m.notice_id = n.id "
    "WHERE n.subject_id = :{name} AND m.customer_id = c.id)"
)
#: The last letter there is: `holds:` to `holds:` + this spans every tag with that beginning.
_AFTER_ALL = "\U0010ffff"


def condition(rule: Rule) -> tuple[str, dict[str, Any]]:
    """The condition and its named values (`a0`, `a1`, …); the values never stand in the text."""
    values: dict[str, Any] = {}
    return _sql(rule, values), values


def condition_and_reason(rule: Rule) -> tuple[str, str, dict[str, Any]]:
    """The condition, why it holds for `c`, and the named values of both.

    Why: what the rule asked for and found, with spaces between; empty where all it asks for is that something is not.
    """
    test, values = condition(rule)
    return test, _reason_sql(rule, values), values


def _reason_sql(rule: Rule, values: dict[str, Any]) -> str:
    if _is_same_for_all(rule):
        return f"CAST(:{_keep(' '.join(sorted(dict.fromkeys(map(word, atoms(rule))))), values)} AS TEXT)"
    tags = [each for each in atoms(rule) if isinstance(each, Tag)]
    others = [each for each in dict.fromkeys(atoms(rule)) if not isinstance(each, Tag)]
    parts = ["''"]
    parts += [
        f"CASE WHEN {_sql(each, values)} THEN CAST(:{_keep(word(each), values)} AS TEXT) ELSE '' END" for each in others
    ]
    if tags:
        parts.append(
            f"COALESCE((SELECT {{string_agg}}(t.tag, ' ') FROM customer_tags t "
            f"WHERE t.customer_id = c.id AND {_any_tag(tags, values)}), '')"
        )
    return f"TRIM({_with_spaces(parts)})"


#: SQLite takes no deeper expressions than a thousand.
_WIDTH = 30


def _with_spaces(parts: list[str]) -> str:
    """Texts joined, in brackets within brackets where there are many."""
    while len(parts) > _WIDTH:
        parts = [f"({_with_spaces(parts[at : at + _WIDTH])})" for at in range(0, len(parts), _WIDTH)]
    return " || ' ' || ".join(parts)


def _is_same_for_all(rule: Rule) -> bool:
    """Whether all who match a rule match it for the same reason."""
    match rule:
        case And(rules):
            return all(_is_same_for_all(part) for part in rules)
        case Or():
            return False
        case Tag():
            return not rule.prefix
        case _:
            return True


def _any_tag(tags: list[Tag], values: dict[str, Any]) -> str:
    """A condition on `t.tag`: it answers one of these. Plain ones together, since hundreds of OR would be too deep."""
    tests = []
    if plain := [tag for tag in tags if not tag.prefix]:
        tests.append(f"t.tag IN ({', '.join(f':{_keep(tag.text, values)}' for tag in plain)})")
    for tag in tags:
        if tag.prefix:
            low, high = _keep(tag.text, values), _keep(tag.text + _AFTER_ALL, values)
            tests.append(f"(t.tag >= :{low} AND t.tag < :{high})")
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def _sql(rule: Rule, values: dict[str, Any]) -> str:
    match rule:
        case Everyone():
            return "1 = 1"
        case Nobody():
            return "1 = 0"
        case Tag():
            return _TAG.format(test=_any_tag([rule], values))
        case Linked(incident_id):
            return _LINKED.format(name=_keep(incident_id, values))
        case Told(subject_id):
            return _TOLD.format(name=_keep(subject_id, values))
        case Named(external_id):
            return f"c.id IN (SELECT s.id FROM customers s WHERE s.external_id = :{_keep(external_id, values)})"
        case Not(inner):
            return f"NOT ({_sql(inner, values)})"
        case And(rules):
            return "(" + " AND ".join(_sql(part, values) for part in rules) + ")"
        case Or(rules):
            return _any_of(rules, values)


def _any_of(rules: tuple[Rule, ...], values: dict[str, Any]) -> str:
    """Plain tags together in one look: hundreds of OR would be too deep for SQLite."""
    tags = [part for part in rules if isinstance(part, Tag) and not part.prefix]
    tests = [_sql(part, values) for part in rules if part not in tags]
    if tags:
        tests.append(_TAG.format(test=_any_tag(tags, values)))
    return "(" + " OR ".join(tests) + ")"


def _keep(value: str, values: dict[str, Any]) -> str:
    name = f"a{len(values)}"
    values[name] = value
    return name


#: Ids from behind the first to the second.
Span = tuple[int, int]
_EVERYBODY: Span = (-1, 2**62)


def count(store: Store, rule_text: str) -> int:
    """How many customers a rule matches now. Raises Invalid when the rule cannot be read."""
    rule = parse_kept(rule_text)
    if isinstance(rule, Not):
        # Those who match are often found by an index, those who do not never.
        return _count(store, Everyone()) - _count(store, rule.rule)
    return _count(store, rule)


def count_reachable(store: Store, rule_text: str, channel: str, within: Span = _EVERYBODY) -> tuple[int, int]:
    """How many customers a rule matches now, and how many of them have an address on a channel that is not blocked.

    `within` counts only those whose ids lie in it, so that a long count can be done in parts.
    """
    source, values = _source(store, parse_kept(rule_text), within)
    found = store.row(
        f"""
        SELECT count(*) AS total, count(k.customer_id) AS reachable FROM {source}
        LEFT JOIN contacts k ON k.customer_id = c.id AND k.channel = :channel AND k.address <> '' AND k.blocked IS NULL
        """,
        channel=channel,
        **values,
    )
    return (int(found["total"]), int(found["reachable"])) if found else (0, 0)


def next_part(store: Store, behind: int, size: int) -> tuple[int, int]:
    """How many customers the next part after the id `behind` holds, `size` at most, and the id of its last one."""
    found = store.row(
        """
        SELECT count(*) AS total, max(id) AS last
        FROM (SELECT id FROM customers WHERE id > :behind ORDER BY id LIMIT :size) part
        """,
        behind=behind,
        size=size,
    )
    return (int(found["total"]), int(found["last"])) if found and found["total"] else (0, behind)


def _count(store: Store, rule: Rule) -> int:
    source, values = _source(store, rule, _EVERYBODY)
    found = store.row(f"SELECT count(*) AS total FROM {source}", **values)
    return int(found["total"]) if found else 0


def _source(store: Store, rule: Rule, within: Span) -> tuple[str, dict[str, Any]]:
    """What stands behind FROM: the rule's customers as `c`, each once, by an index where one names them."""
    values: dict[str, Any] = {"low": within[0], "high": within[1]}
    if _is_named(rule):
        return f"({_each_once(rule, _named(store, rule, values))}) c", values
    test = _sql(rule, values)
    return f"(SELECT c.id FROM customers c WHERE c.id > :low AND c.id <= :high AND {test}) c", values


#: More queries in a union SQLite would not take.
_MOST_QUERIES = 100


def _is_named(rule: Rule) -> bool:
    """Whether an index names its customers, or a few more, so that not all have to be asked."""
    match rule:
        case Or(rules):
            others = [part for part in rules if not isinstance(part, Tag) or part.prefix]
            return len(others) < _MOST_QUERIES and all(_is_named(part) for part in others)
        case And(rules):
            return any(_is_named(part) for part in rules)
        case Everyone() | Not():
            return False
        case _:
            return True


_WITHIN = "{of}.customer_id > :low AND {of}.customer_id <= :high"
#: What is known of a customer may outlive him.
_STILL_THERE = "EXISTS (SELECT 1 FROM customers s WHERE s.id = {of}.customer_id)"
_TAGGED = f"SELECT t.customer_id AS id FROM customer_tags t WHERE {{test}} AND {_WITHIN.format(of='t')}"
_NAMED_LINKED = f"""
    SELECT k.customer_id AS id FROM ticket_links k
    WHERE k.unlinked_at IS NULL AND k.incident_id = :{{name}} AND {_WITHIN.format(of="k")}
        AND {_STILL_THERE.format(of="k")}
    """
_NAMED_TOLD = f"""
    SELECT m.customer_id AS id FROM notices n JOIN audience_members m ON m.notice_id = n.id
    WHERE n.subject_id = :{{name}} AND {_WITHIN.format(of="m")} AND {_STILL_THERE.format(of="m")}
    """


def _named(store: Store, rule: Rule, values: dict[str, Any]) -> list[str]:
    """The queries whose union is a rule that `_is_named`; each may name somebody twice."""
    match rule:
        case Tag():
            return [_TAGGED.format(test=_any_tag([rule], values))]
        case Linked(incident_id):
            return [_NAMED_LINKED.format(name=_keep(incident_id, values))]
        case Told(subject_id):
            return [_NAMED_TOLD.format(name=_keep(subject_id, values))]
        case Named(external_id):
            name = _keep(external_id, values)
            return [f"SELECT id FROM customers WHERE external_id = :{name} AND id > :low AND id <= :high"]
        case And(rules):
            return [_all_of(store, rules, values)]
        case Or(rules):
            tags = [part for part in rules if isinstance(part, Tag) and not part.prefix]
            found = [query for part in rules if part not in tags for query in _named(store, part, values)]
            return [*([_TAGGED.format(test=_any_tag(tags, values))] if tags else []), *found]
        case _:
            return ["SELECT id FROM customers WHERE 1 = 0"]


def _each_once(rule: Rule, queries: list[str]) -> str:
    # One tag names nobody twice, and to leave out what is not there takes long.
    if len(queries) == 1 and not (isinstance(rule, Tag) and not rule.prefix):
        return f"SELECT DISTINCT id FROM ({queries[0]}) each_one"
    return " UNION ".join(queries)


def _all_of(store: Store, rules: tuple[Rule, ...], values: dict[str, Any]) -> str:
    """The smallest set that holds them all, and the other conditions on it."""
    named = [part for part in rules if _is_named(part)]
    first = min(named, key=lambda part: _size(store, part)) if len(named) > 1 else named[0]
    tests = [_sql(part, values) for part in rules if part is not first]
    return f"SELECT id FROM ({_each_once(first, _named(store, first, values))}) c WHERE {' AND '.join(tests)}"


#: A set is not counted further to find out which is the smallest.
_LARGE = 2_000_000


def _size(store: Store, rule: Rule) -> int:
    """About how many customers a rule that `_is_named` names; of each tag no more than `_LARGE` are counted."""
    match rule:
        case Or(rules):
            return sum(_size(store, part) for part in rules[:20]) + len(rules[20:])
        case And(rules):
            return min(_size(store, part) for part in rules if _is_named(part))
        case Tag():
            found = store.row(
                f"""
                SELECT count(*) AS total
                FROM (SELECT 1 FROM customer_tags WHERE tag >= :low AND tag < :high LIMIT {_LARGE}) t
                """,
                low=rule.text,
                high=rule.text + (_AFTER_ALL if rule.prefix else "\x01"),
            )
            return int(found["total"]) if found else 0
        case Told():
            return _LARGE
        case _:
            return 1


def matches(store: Store, rule_text: str, customer_id: int) -> bool:
    """Whether a rule matches this customer now."""
    test, values = condition(parse_kept(rule_text))
    found = store.row(
        f"SELECT 1 AS one FROM customers c WHERE c.id = :customer_id AND {test}", customer_id=customer_id, **values
    )
    return found is not None


def why(store: Store, notice: Notice, customer_id: int, tags: Collection[str]) -> list[str]:
    """Why a customer was in the audience of a notice: as it was frozen, or, of old ones, by the tags they have now."""
    found = store.row(
        "SELECT reason FROM audience_members WHERE notice_id = :id AND customer_id = :customer AND version = :version",
        id=notice.id,
        customer=customer_id,
        version=notice.version,
    )
    if found is None or found["reason"] is None:
        return reasons(parse_kept(notice.audience_rule), tags)
    return sorted(set(found["reason"].split()))
