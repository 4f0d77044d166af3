"""What is said when a monitor speaks to customers: from the verdict and templates, never from a node's own words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from records.components import Component, Direction, Status, Words, in_language
from records.desk.inheritance import AutoWords
from records.desk.judgement import Describe
from records.incidents import Stage
from records.times import from_iso
from records.verdicts import Verdict
from templates import moments
from templates.environment import render
from templates.language import available

#: So many networks or services are spoken of by name; of more, it is said that they are several.
_FEW = 2
#: So many are named.
_NAMED = 5


def describer(languages: Sequence[str], known: Sequence[Component], calm: timedelta) -> Describe:
    """A `Describe` that writes in `languages`; `calm` is how long checks pass before an incident resolves."""

    def describe(verdict: Verdict, affected: Sequence[Component], stage: Stage) -> AutoWords:
        return AutoWords(
            name=_said("name", verdict, affected, stage, languages, calm),
            body=_said("body", verdict, affected, stage, languages, calm),
            what_to_do=_said("what_to_do", verdict, affected, stage, languages, calm),
            still_works=_still_works(verdict, affected, known, languages),
        )

    return describe


def _said(
    what: str,
    verdict: Verdict,
    affected: Sequence[Component],
    stage: Stage,
    languages: Sequence[str],
    calm: timedelta,
) -> Words:
    return {
        language: " ".join(
            render(f"verdicts/{what}.txt", language, **_facts(verdict, affected, stage, language, calm)).split()
        )
        for language in languages
    }


def _facts(
    verdict: Verdict, affected: Sequence[Component], stage: Stage, language: str, calm: timedelta
) -> dict[str, Any]:
    ways = [
        way.value for way in Direction if way is not Direction.TRADING and any(c.direction is way for c in affected)
    ]
    last_block_at = verdict.facts.get("last_block_at")
    last_block = from_iso(last_block_at) if isinstance(last_block_at, str) else verdict.since
    is_of_chain = verdict.chain is not None and all(each.chain == verdict.chain for each in affected)
    return {
        "kind": verdict.kind.value,
        "stage": stage.value,
        "is_several": _is_several(affected) or (verdict.chain is not None and not is_of_chain),
        "network": network_name(verdict.chain) if verdict.chain and is_of_chain else "",
        "ways": ways if is_of_chain else [],
        "stopped": [way for way in ways if _is_stopped(verdict, Direction(way))] if is_of_chain else [],
        # What the network does is only claimed where a second signal says it.
        "is_corroborated": verdict.corroborated,
        "things": moments.and_list([in_language(each.name, language) for each in affected[:_NAMED]], language),
        "more": max(0, len(affected) - _NAMED),
        "last_block": moments.clock(last_block, language),
        "calm": moments.span(calm, language),
    }


def _is_several(affected: Sequence[Component]) -> bool:
    """Whether it is about more than a network or two."""
    return len({each.chain or each.id for each in affected}) > _FEW


def _is_stopped(verdict: Verdict, way: Direction) -> bool:
    """Whether nothing gets through that way; without a second signal that is not claimed."""
    return verdict.corroborated and verdict.statuses.get(way) is Status.MAJOR_OUTAGE


def _still_works(
    verdict: Verdict, affected: Sequence[Component], known: Sequence[Component], languages: Sequence[str]
) -> Words:
    """Components of the same chain that the same verdict calls operational; nothing is claimed of anything else."""
    if verdict.chain is None:
        return {}
    troubled = {component.id for component in affected}
    fine = [
        each
        for each in known
        if each.chain == verdict.chain
        and each.id not in troubled
        and verdict.statuses.get(each.direction) is Status.OPERATIONAL
    ]
    if not fine:
        return {}
    return {
        language: moments.and_list([in_language(each.name, language) for each in fine], language)
        for language in languages
    }


def goes_on(ref: str) -> Words:
    """The last words of an incident that goes on under another, called `ref`; in every language there is."""
    return {language: render("verdicts/goes_on.txt", language, ref=ref).strip() for language in available()}


def several(languages: Sequence[str]) -> Words:
    """What much that breaks at once is called."""
    return {language: render("verdicts/several.txt", language).strip() for language in languages}


def network_name(chain: str) -> str:
    """What people call a network: `bitcoin-cash` is Bitcoin Cash.

    >>> network_name("bitcoin-cash")
    'Bitcoin Cash'
    """
    return " ".join(word if word.isupper() else word.capitalize() for word in chain.replace("_", "-").split("-"))
