"""An audience rule as SQL: a condition on `c`, a row of customers."""

from typing import Any

from records.audience import And, Everyone, Linked, Named, Nobody, Not, Or, Rule, Tag, Told, parse_kept
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


def _sql(rule: Rule, values: dict[str, Any]) -> str:
    match rule:
        case Everyone():
            return "1 = 1"
        case Nobody():
            return "1 = 0"
        case Tag():
            return _tag(rule, values)
        case Linked(incident_id):
            return _LINKED.format(name=_keep(incident_id, values))
        case Told(subject_id):
            return _TOLD.format(name=_keep(subject_id, values))
        case Named(external_id):
            return f"c.external_id = :{_keep(external_id, values)}"
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
        named = ", ".join(f":{_keep(tag.text, values)}" for tag in tags)
        tests.append(_TAG.format(test=f"t.tag IN ({named})"))
    return "(" + " OR ".join(tests) + ")"


def _tag(tag: Tag, values: dict[str, Any]) -> str:
    low = _keep(tag.text, values)
    if not tag.prefix:
        return _TAG.format(test=f"t.tag = :{low}")
    high = _keep(tag.text + _AFTER_ALL, values)
    return _TAG.format(test=f"t.tag >= :{low} AND t.tag < :{high}")


def _keep(value: str, values: dict[str, Any]) -> str:
    name = f"a{len(values)}"
    values[name] = value
    return name


def count(store: Store, rule_text: str) -> int:
    """How many customers a rule matches now. Raises Invalid when the rule cannot be read."""
    test, values = condition(parse_kept(rule_text))
    found = store.row(f"SELECT count(*) AS total FROM customers c WHERE {test}", **values)
    return int(found["total"]) if found else 0


def matches(store: Store, rule_text: str, customer_id: int) -> bool:
    """Whether a rule matches this customer now."""
    test, values = condition(parse_kept(rule_text))
    found = store.row(
        f"SELECT 1 AS one FROM customers c WHERE c.id = :customer_id AND {test}", customer_id=customer_id, **values
    )
    return found is not None
