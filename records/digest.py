"""When much breaks at once, it is said together (N23): how much that is, and what a digest says. Pure.

The first few incidents are told as they come, each at once. What is said of further ones within the next moments goes
out in one notice: a customer gets a handful of messages, however many services fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from records.components import Words, in_language
from records.incidents import Impact, Stage
from records.notices import Notice, NoticeKind

#: What may be told in a digest. A correction is about certain words, and stands alone.
KINDS = (NoticeKind.INCIDENT_OPENED, NoticeKind.INCIDENT_UPDATED, NoticeKind.INCIDENT_RESOLVED)
#: More would be no message any more but a list; what is left goes with the next.
MOST = 40
_NAME_CHARS = 60


@dataclass(frozen=True, kw_only=True)
class DigestRule:
    """How much is much."""

    #: So many incidents, besides the one in question …
    enough: int = 10
    #: … of which something was said within this …
    within: timedelta = timedelta(minutes=5)
    #: … and its words wait so long for those of others.
    wait: timedelta = timedelta(minutes=1)
    #: What a digest of troubles is called, per language; empty: by the names of what it is about.
    name: Words

    @property
    def enough_urgent(self) -> int:
        """A grave outage does not wait a minute for others before twice as many were told."""
        return 2 * self.enough


def kind_of(notices: Sequence[Notice]) -> NoticeKind:
    """The gravest news it has: something begins, something goes on, or all of it is over."""
    return next(kind for kind in KINDS if any(each.kind is kind for each in notices))


def facts_of(notices: Sequence[Notice], rule: DigestRule, default_language: str) -> dict[str, Any]:
    """What the templates of incident notices read, of several incidents: the first one's, and what all of them say.

    What still works and whether money is safe is told only where all say the same: each knows of itself alone.
    """
    facts = [each.facts for each in notices]
    kind = kind_of(notices)
    languages = [default_language, *sorted({one for each in facts for one in (*each["name"], *each["body"])})]
    is_over = kind is NoticeKind.INCIDENT_RESOLVED
    stages, impacts = [each.value for each in Stage], [each.value for each in Impact]
    promises = sorted(each["next_update_at"] for each in facts if each["next_update_at"])
    return {
        **facts[0],
        "name": _names(facts, languages) if is_over or not rule.name else dict(rule.name),
        "body": {one: _body(facts, one) for one in dict.fromkeys(languages)},
        "stage": min((each["stage"] for each in facts), key=stages.index),
        "impact": max((each["impact"] for each in facts), key=impacts.index),
        "components": list({part["id"]: part for each in facts for part in each["components"]}.values()),
        "started_at": min(each["started_at"] for each in facts),
        "resolved_at": max((each["resolved_at"] or "" for each in facts), default="") or None if is_over else None,
        "next_update_at": promises[0] if promises else None,
        "corrects_at": None,
        **{key: _shared(facts, key) for key in ("still_works", "funds", "what_to_do")},
    }


def _shared(facts: Sequence[dict[str, Any]], key: str) -> Words:
    first: Words = facts[0][key]
    return first if all(each[key] == first for each in facts) else {}


def _names(facts: Sequence[dict[str, Any]], languages: Sequence[str]) -> Words:
    found = {}
    for language in dict.fromkeys(languages):
        name = " · ".join(in_language(each["name"], language) for each in facts)
        found[language] = name if len(name) <= _NAME_CHARS else f"{in_language(facts[0]['name'], language)} …"
    return found


def _body(facts: Sequence[dict[str, Any]], language: str) -> str:
    return "\n\n".join(
        f"{in_language(each['name'], language)} ({each['ref']}): {in_language(each['body'], language)}"
        for each in facts
    )
