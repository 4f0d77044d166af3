"""Words fitted into a post: whole sentences, the first and the last before those between, link and code always."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from templates.letters import cut

#: Chinese and Japanese set no space after a full stop.
_SENTENCE_END = re.compile(r"(?<=[.!?…؟])\s+|(?<=[。！？])\s*")


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How one service takes its posts."""

    #: The service by the name that people know.
    service: str = ""
    #: The most that one post may measure.
    limit: int
    #: How the service counts a text.
    measure: Callable[[str], int] = len
    #: From plain words to what the service shows as these very words.
    dress: Callable[[str], str] = _as_it_is

    def holds(self, words: str) -> bool:
        """Whether plain words fit into one post."""
        return self.measure(self.dress(words)) <= self.limit


def joined(raw: str, manner: Manner) -> str:
    """From the four lines of the template (beginning, sentences, end, link) to plain words that fit."""
    head, middle, tail, link = (line.strip() for line in raw.strip("\n").split("\n"))
    return _joined(head, _sentences(middle), tail, link, manner)


def fit(text: str, manner: Manner) -> str:
    """Words that were joined already in what a post takes. The last line (link and code) is kept whole in any case."""
    words, _, link = text.rstrip("\n").rpartition("\n")
    sentences = _sentences(words)
    return _joined(sentences[0], sentences[1:-1], sentences[-1] if len(sentences) > 1 else "", link, manner)


def _joined(head: str, middle: list[str], tail: str, link: str, manner: Manner) -> str:
    if not manner.holds(f"{head}\n{link}"):
        return _cut(head, link, manner)
    if tail and not manner.holds(f"{_in_a_row([head, tail])}\n{link}"):
        return f"{head}\n{link}"
    chosen: list[str] = []
    for sentence in middle:
        if not manner.holds(f"{_in_a_row([head, *chosen, sentence, tail])}\n{link}"):
            break
        chosen.append(sentence)
    return f"{_in_a_row([head, *chosen, tail])}\n{link}"


def _cut(head: str, link: str, manner: Manner) -> str:
    """As many letters of the beginning as there is room for, one at least."""
    letters = max(manner.limit - manner.measure(manner.dress(f"\n{link}")), 1)
    while letters > 1 and not manner.holds(f"{cut(head, letters)}\n{link}"):
        letters -= 1
    return f"{cut(head, letters)}\n{link}"


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if part] or [""]


def _in_a_row(parts: Iterable[str]) -> str:
    return "".join(part if part[-1:] in "。！？" else f"{part} " for part in parts if part).rstrip()
