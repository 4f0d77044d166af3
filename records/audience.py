"""Whom a notice is for: a boolean rule over tags, such as `holds:ETH and (region:US-NY or pending:*)`.

Pure: parsing, matching one customer's tags, saying why they matched. The SQL of a rule is in `records.store.audience`.

Grammar: `or` binds weakest, then `and`, then `not`; parentheses as usual. An atom is `everyone`, `nobody`, a tag
`key:value`, a prefix `key:*`, or one of three questions about our own records: `linked:<incident id>` (has a ticket
tied to it), `told:<incident or window id>` (got an earlier notice about it), `customer:<external id>`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from records.errors import Fault, Invalid

#: Longer rules, as people write them, are a mistake or an attack.
MAX_RULE_CHARACTERS = 4_000
#: Rules that we put together ourselves, from many components' rules, may be longer.
MAX_UNION_CHARACTERS = 64_000
_MAX_DEPTH = 40
_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<word>[^\s()]+))")
#: Lower-case key, then a value without spaces or parentheses; `*` only at its end.
_ATOM = re.compile(r"(?P<key>[a-z][a-z0-9_]{0,31}):(?P<value>[^\s()*\x00-\x1f\x7f]{0,128})(?P<star>\*?)")
_TAG = re.compile(r"[a-z][a-z0-9_]{0,31}:[^\s()*\x00-\x1f\x7f]{1,128}")


def is_tag(text: str) -> bool:
    """Whether `text` can be a customer's tag: `key:value`, no spaces, brackets or star."""
    return _TAG.fullmatch(text) is not None


@dataclass(frozen=True)
class Everyone:
    """Matches all customers."""


@dataclass(frozen=True)
class Nobody:
    """Matches none."""


@dataclass(frozen=True)
class Tag:
    """Matches customers with a tag; `prefix` asks for any tag that starts so."""

    text: str
    prefix: bool = False

    def fits(self, tag: str) -> bool:
        """Whether one tag answers this atom."""
        return tag.startswith(self.text) if self.prefix else tag == self.text


@dataclass(frozen=True)
class Linked:
    """Matches customers with a ticket tied to the incident."""

    incident_id: str


@dataclass(frozen=True)
class Told:
    """Matches customers who got an earlier notice about the incident or window."""

    subject_id: str


@dataclass(frozen=True)
class Named:
    """Matches one customer by the wallet's own reference."""

    external_id: str


@dataclass(frozen=True)
class Not:
    """Turns a rule round."""

    rule: "Rule"


@dataclass(frozen=True)
class And:
    """All of them."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True)
class Or:
    """Any of them."""

    rules: tuple["Rule", ...]


Rule = Everyone | Nobody | Tag | Linked | Told | Named | Not | And | Or


def parse(text: str) -> Rule:
    """The rule that somebody wrote. Raises Invalid with the place and what was expected there."""
    if len(text) > MAX_RULE_CHARACTERS:
        raise _wrong(0, f"the rule is longer than {MAX_RULE_CHARACTERS} characters")
    return _Reader(text, _MAX_DEPTH).whole()


def parse_kept(text: str) -> Rule:
    """A rule that was accepted once and then joined with others by `union`: longer, and two brackets deeper."""
    if len(text) > MAX_UNION_CHARACTERS:
        raise _wrong(0, f"the rule is longer than {MAX_UNION_CHARACTERS} characters")
    return _Reader(text, _MAX_DEPTH + 2).whole()


def union(rules: Collection[str]) -> str:
    """The rule text for "any of these", without repeating a part.

    >>> union(["network:bitcoin or holds:BTC", "holds:BTC", "region:RO and holds:ETH"])
    'network:bitcoin or holds:BTC or (region:RO and holds:ETH)'
    """
    distinct = list(dict.fromkeys(part for rule in rules for part in _parts(rule)))
    if "everyone" in distinct:
        return "everyone"
    if len(distinct) < 2:
        return distinct[0] if distinct else "nobody"
    return " or ".join(f"({part})" if len(part.split()) > 1 and part[0] != "(" else part for part in distinct)


def _parts(rule: str) -> list[str]:
    """The parts of a plain "a or b or c"; any other rule is one part."""
    words = rule.split()
    is_plain = len(words) % 2 == 1 and all(word == "or" for word in words[1::2]) and not set("()") & set(rule)
    return words[::2] if is_plain else [rule.strip()]


def reasons(rule: Rule, tags: Collection[str]) -> list[str]:
    """The customer's tags that the rule asked for and found, sorted: "because you hold BTC" starts here."""
    wanted = [atom for atom in atoms(rule) if isinstance(atom, Tag)]
    return sorted({tag for atom in wanted for tag in tags if atom.fits(tag)})


def atoms(rule: Rule) -> list[Rule]:
    """What a rule asks for, without brackets; what stands under `not` is never the reason why somebody is told."""
    match rule:
        case And(rules) | Or(rules):
            return [atom for part in rules for atom in atoms(part)]
        case Not():
            return []
        case _:
            return [rule]


def word(atom: Rule) -> str:
    """One of `atoms` as a rule says it."""
    match atom:
        case Tag(text, prefix):
            return text + "*" * prefix
        case Linked(incident_id):
            return f"linked:{incident_id}"
        case Told(subject_id):
            return f"told:{subject_id}"
        case Named(external_id):
            return f"customer:{external_id}"
        case Everyone():
            return "everyone"
        case _:
            return "nobody"


def _wrong(position: int, message: str) -> Invalid:
    return Invalid(
        Fault(
            path="audience",
            message=f"{message} (at character {position + 1})",
            hint="write for example: holds:ETH and (region:US-NY or pending:*) and not product:card",
        )
    )


class _Reader:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str, max_depth: int) -> None:
        self._tokens = [
            (match.group("mark") or match.group("word"), match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(text)
        ]
        self._next = 0
        self._depth = 0
        self._max_depth = max_depth
        self._end = len(text)

    def whole(self) -> Rule:
        if not self._tokens:
            raise _wrong(0, "the rule is empty; write `everyone` to tell everybody")
        rule = self._any()
        if self._next < len(self._tokens):
            word, position = self._tokens[self._next]
            raise _wrong(position, f"expected `and`, `or` or the end, found `{word}`")
        return rule

    def _any(self) -> Rule:
        rules = [self._all()]
        while self._take("or"):
            rules.append(self._all())
        return rules[0] if len(rules) == 1 else Or(tuple(rules))

    def _all(self) -> Rule:
        rules = [self._one()]
        while self._take("and"):
            rules.append(self._one())
        return rules[0] if len(rules) == 1 else And(tuple(rules))

    def _one(self) -> Rule:
        self._depth += 1
        if self._depth > self._max_depth:
            raise _wrong(self._position(), f"more than {self._max_depth} levels of `not` and brackets")
        try:
            if self._take("not"):
                return Not(self._one())
            if self._take("("):
                return self._bracket()
            return self._atom()
        finally:
            self._depth -= 1

    def _bracket(self) -> Rule:
        rule = self._any()
        if not self._take(")"):
            raise _wrong(self._position(), "a bracket is not closed")
        return rule

    def _atom(self) -> Rule:
        position = self._position()
        if self._next >= len(self._tokens):
            raise _wrong(position, "the rule ends where a tag was expected")
        word = self._tokens[self._next][0]
        self._next += 1
        if word in ("everyone", "nobody"):
            return Everyone() if word == "everyone" else Nobody()
        match = _ATOM.fullmatch(word)
        if match is None or not (match["value"] or match["star"]):
            raise _wrong(position, f"`{word}` is not a tag like `holds:ETH` or `pending:*`")
        return _atom_of(match["key"], match["value"], prefix=bool(match["star"]))

    def _take(self, word: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][0] == word:
            self._next += 1
            return True
        return False

    def _position(self) -> int:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else self._end


_QUESTIONS: dict[str, type[Linked] | type[Told] | type[Named]] = {"linked": Linked, "told": Told, "customer": Named}


def _atom_of(key: str, value: str, *, prefix: bool) -> Rule:
    question = _QUESTIONS.get(key)
    if question is not None and not prefix:
        return question(value)
    return Tag(f"{key}:{value}", prefix)
