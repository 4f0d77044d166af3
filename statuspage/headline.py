"""The one sentence that answers "is it them or me?": computed, true, in the reader's language.

It never says that the rest works while something is unknown; then it names what works, or counts it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from records.components import TROUBLED, Component, Direction, Status, Words, in_language, worst
from records.maintenance import Kind
from statuspage.snapshot import Snapshot
from statuspage.weather import chain_name
from templates.language import translations
from templates.moments import and_list, clock, span
from templates.tongues import sentence, sentences, without_stop

_MOST_SENTENCES = 3
_MOST_NAMES = 4
_MONEY = (Direction.DEPOSITS, Direction.WITHDRAWALS)


@dataclass(frozen=True, kw_only=True)
class Headline:
    """What stands on top of the page, and in the window's title."""

    #: State that colours it; the icon of the window too.
    status: Status
    #: One or several whole sentences.
    text: str
    #: What still works, what is not known; may be empty.
    second: str

    @property
    def title(self) -> str:
        """The text as it stands in the title of the window, without the last full stop."""
        return without_stop(self.text)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What moves together: the networks (or services) that are in one state, and which ways of theirs."""

    status: Status
    directions: frozenset[Direction]
    names: tuple[str, ...]
    #: For languages whose verbs care.
    is_plural: bool


def headline(snapshot: Snapshot, language: str) -> Headline:
    """The sentences for this language."""
    return _Speaker(snapshot, language).speak()


class _Speaker:
    def __init__(self, snapshot: Snapshot, language: str) -> None:
        self.snapshot = snapshot
        self.language = language
        catalogue = translations(language)
        self._: Callable[[str], str] = catalogue.gettext
        self.many: Callable[[str, str, int], str] = catalogue.ngettext

    def speak(self) -> Headline:
        status = self._status()
        if self.snapshot.blind_since or self.snapshot.silent_since:
            return Headline(status=Status.UNKNOWN, text=self._unseen(), second=self._last_known())
        said = [*self._troubles(), *self._windows()]
        if not said and status is Status.UNKNOWN:
            blind = self._("We have no current data on %(names)s.") % {"names": self._names(self._unknown())}
            return Headline(status=status, text=blind, second=self._counted())
        if not said:
            status = status if self.snapshot.services else Status.UNKNOWN
            return Headline(status=status, text=self._calm(), second=self._unwatched())
        left = len(said) - _MOST_SENTENCES
        if left > 0:
            more = self.many("%(num)d more problem below.", "%(num)d more problems below.", left) % {"num": left}
            said = [*said[:_MOST_SENTENCES], more]
        return Headline(status=status, text=sentences(said, self.language), second=self._rest())

    def _status(self) -> Status:
        gravest = worst([each.status for each in self.snapshot.services])
        if gravest is Status.OPERATIONAL and self._wordless():
            return Status.DEGRADED
        return gravest

    def _calm(self) -> str:
        if not self.snapshot.services:
            return self._("This page is being set up.")
        return self._("All systems operational.")

    def _unwatched(self) -> str:
        if not self.snapshot.services:
            return self._("What we run will be listed here, with its state and its history.")
        if self.snapshot.checked_at is None:
            return self._("As reported by our team; nothing is measured automatically yet.")
        return ""

    # --- what is wrong ---

    def _troubles(self) -> list[str]:
        sick = [each for each in self.snapshot.services if each.status in TROUBLED]
        said = _grouped(sick, self.snapshot.services, self.language)
        return [self._trouble(one) for one in said] + [self._sentence(name) for name in self._wordless()]

    def _wordless(self) -> list[Words]:
        """Names of open incidents that no component's state tells of; cosmetic ones stay below."""
        ids = {each.id for each in self.snapshot.services if each.status in TROUBLED}
        return [
            incident.name
            for incident in self.snapshot.open_incidents
            if incident.impact.value != "none" and not ids & set(incident.statuses)
        ]

    def _sentence(self, name: Words) -> str:
        return sentence(in_language(name, self.language), self.language)

    def _trouble(self, one: _Said) -> str:
        names = and_list(list(one.names), self.language)
        pattern = self._money_pattern(one) if one.directions else self._service_pattern(one)
        return pattern % {"names": names}

    def _money_pattern(self, one: _Said) -> str:
        both = len(one.directions) > 1
        deposits = Direction.DEPOSITS in one.directions
        if one.status is Status.DEGRADED:
            if both:
                return self._("%(names)s deposits and withdrawals are delayed.")
            return (
                self._("%(names)s deposits are delayed.") if deposits else self._("%(names)s withdrawals are delayed.")
            )
        if one.status is Status.PARTIAL_OUTAGE:
            if both:
                return self._("%(names)s deposits and withdrawals fail for some customers.")
            if deposits:
                return self._("%(names)s deposits fail for some customers.")
            return self._("%(names)s withdrawals fail for some customers.")
        if both:
            return self._("%(names)s deposits and withdrawals are not working.")
        if deposits:
            return self._("%(names)s deposits are not working.")
        return self._("%(names)s withdrawals are not working.")

    def _service_pattern(self, one: _Said) -> str:
        count = max(len(one.names), 2) if one.is_plural else 1
        if one.status is Status.DEGRADED:
            return self.many("%(names)s is slower than usual.", "%(names)s are slower than usual.", count)
        if one.status is Status.PARTIAL_OUTAGE:
            return self.many(
                "%(names)s is not working for some customers.", "%(names)s are not working for some customers.", count
            )
        return self.many("%(names)s is not working.", "%(names)s are not working.", count)

    # --- what is planned ---

    def _windows(self) -> list[str]:
        sentences = []
        for event in self.snapshot.running:
            covered = self.snapshot.named(event.component_ids)
            paused = [each for each in covered if each.status is Status.UNDER_MAINTENANCE]
            if event.kind is not Kind.PROMOTION and paused:
                sentences.append(self._paused(event.kind, paused))
        # Under maintenance by a monitor's word, without a window of ours: a network's own upgrade.
        planned = {each for event in self.snapshot.running for each in event.component_ids}
        other = [
            each
            for each in self.snapshot.services
            if each.status is Status.UNDER_MAINTENANCE and each.id not in planned
        ]
        return sentences + ([self._paused(Kind.MAINTENANCE, other)] if other else [])

    def _paused(self, kind: Kind, paused: Sequence[Component]) -> str:
        names = _names(paused, self.snapshot.services, self.language)
        # One network is one thing; its deposits are many.
        count = 2 if len(names) > 1 or (len(paused) == 1 and paused[0].direction in _MONEY) else 1
        if kind is Kind.UPGRADE:
            text = self.many("%(names)s is paused for an upgrade.", "%(names)s are paused for an upgrade.", count)
        else:
            text = self.many("%(names)s is paused for maintenance.", "%(names)s are paused for maintenance.", count)
        return text % {"names": self._names(paused)}

    # --- what is not known, and what works ---

    def _unknown(self) -> list[Component]:
        return [each for each in self.snapshot.services if each.status is Status.UNKNOWN]

    def _unseen(self) -> str:
        if self.snapshot.silent_since:
            return self._("We have no current data on our systems.")
        return self._("We cannot check our systems right now.")

    def _last_known(self) -> str:
        since = self.snapshot.silent_since or self.snapshot.blind_since
        assert since is not None
        told = self._("Our monitoring has seen nothing since %(time)s. Below is what we last knew.")
        return told % {"time": clock(since, self.language)}

    def _rest(self) -> str:
        unknown = self._unknown()
        if not unknown:
            working = any(each.status is Status.OPERATIONAL for each in self.snapshot.services)
            return self._("Everything else works.") if working and not self._wordless() else ""
        oldest = min(each.status_since for each in unknown)
        told = self._("%(names)s: no data for %(span)s.") % {
            "names": self._names(unknown),
            "span": span(self.snapshot.generated_at - oldest, self.language),
        }
        return sentences([told, self._counted()], self.language)

    def _counted(self) -> str:
        works = [each for each in self.snapshot.services if each.status is Status.OPERATIONAL]
        if not works:
            return ""
        names = _names(works, self.snapshot.services, self.language)
        if len(names) <= _MOST_NAMES:
            said = self.many("%(names)s works.", "%(names)s work.", len(names))
            return said % {"names": and_list(names, self.language)}
        said = self._("%(ok)d of %(all)d services work normally.")
        return said % {"ok": len(works), "all": len(self.snapshot.services)}

    def _names(self, wanted: Sequence[Component]) -> str:
        names = _names(wanted, self.snapshot.services, self.language)
        if len(names) > _MOST_NAMES:
            rest = len(names) - _MOST_NAMES + 1
            more = self.many("%(num)d more", "%(num)d more", rest) % {"num": rest}
            names = [*names[: _MOST_NAMES - 1], more]
        return and_list(names, self.language)


def _names(wanted: Sequence[Component], everything: Iterable[Component], language: str) -> list[str]:
    """A network all of whose ways are meant is named once; else each way by its own name."""
    ids = {each.id for each in wanted}
    ways: dict[str, set[str]] = {}
    for each in everything:
        if each.chain:
            ways.setdefault(each.chain, set()).add(each.id)
    whole = {chain for chain, members in ways.items() if members <= ids and len(members) > 1}
    names = [chain_name(each.chain) if each.chain in whole else in_language(each.name, language) for each in wanted]
    return list(dict.fromkeys(names))


def _grouped(sick: Sequence[Component], everything: Sequence[Component], language: str) -> list[_Said]:
    """Gravest first: networks whose deposits, withdrawals or both are in one state together, then services."""
    counts = Counter((each.chain, each.direction) for each in everything)
    alike = Counter((each.chain, each.direction, each.status) for each in sick)
    by_chain: dict[tuple[str, Status], set[Direction]] = {}
    own: dict[tuple[Status, bool], list[str]] = {}
    for each in sick:
        is_money = each.direction in _MONEY
        # "Ethereum deposits are delayed" would be untrue where only those of one token are.
        is_whole = alike[each.chain, each.direction, each.status] == counts[each.chain, each.direction]
        if each.chain and each.direction and is_money and is_whole:
            by_chain.setdefault((each.chain, each.status), set()).add(each.direction)
        else:
            own.setdefault((each.status, is_money), []).append(in_language(each.name, language))
    together: dict[tuple[Status, frozenset[Direction]], list[str]] = {}
    for (chain, status), directions in by_chain.items():
        together.setdefault((status, frozenset(directions)), []).append(chain_name(chain))
    said = [
        _Said(status=status, directions=directions, names=tuple(names), is_plural=True)
        for (status, directions), names in together.items()
    ]
    said += [
        _Said(status=status, directions=frozenset(), names=tuple(names), is_plural=is_money or len(names) > 1)
        for (status, is_money), names in own.items()
    ]
    return sorted(said, key=lambda one: -one.status.severity)
