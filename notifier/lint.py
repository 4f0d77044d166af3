"""What to look at again before words go out: gaps, vague times, jargon, links that lead elsewhere."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from notifier.message import House, Message
from records.notices import Notice, NoticeKind
from templates.letters import length

#: Longest of each form, in characters; a mail of more than a screen is not read.
LIMITS = {"subject": 70, "body_text": 4_000, "short": 280}

#: Words of ours that say nothing to a customer, and what to say instead.
JARGON = {
    "mempool": "the queue of the network",
    "rpc": "our connection to the network",
    "failover": "our replacement system",
    "latency": "delay",
    "p99": "delay",
    "backend": "our systems",
    "downtime": "the time it does not work",
    "degraded": "slow, or partly not working",
    "mitigated": "it works again",
    "root cause": "the cause",
    "reorg": "a correction of the chain",
    "desync": "our node is behind",
    "we apologize for any inconvenience": "what it means for the customer",
}
#: Words that give no time, in the languages we write in; midnight is of either day.
_VAGUE = re.compile(
    r"\b(?:soon|shortly|asap|momentarily|midnight|a few (?:minutes|hours)|bient[oô]t|sous peu|d[eè]s que possible"
    r"|minuit|[iî]n cur[aâ]nd|c[aâ]t mai cur[aâ]nd|miezul nop[tț]ii|in k[uü]rze|demn[aä]chst|schnellstm[oö]glich"
    r"|so bald wie m[oö]glich|mitternacht|pronto|en breve|lo antes posible|medianoche|em breve|o quanto antes"
    r"|assim que poss[ií]vel|meia-noite|yak[iı]nda|k[iı]sa s[uü]re i[cç]inde|en k[iı]sa s[uü]rede|gece yar[iı]s[iı]"
    r"|незабаром|невдовзі|найближчим часом|якнайшвидше|опівночі|قريب[اًا]+|في أقرب وقت|منتصف الليل)(?!\w)"
    r"|まもなく|間もなく|近日中|できるだけ早く|很快|尽快|不久|午夜",
    re.IGNORECASE,
)
_LINK = re.compile(r"\bhttps?://[^\s<>\"')]+", re.IGNORECASE)
_BEFORE_THE_END = (NoticeKind.INCIDENT_OPENED, NoticeKind.INCIDENT_UPDATED)
#: What a notice must say, by what it is about; `next_update_at` only while it is not over.
_SLOTS = {
    "incident": ("body", "still_works", "funds", "what_to_do"),
    "maintenance": ("body", "still_works", "what_to_do"),
}
_NAMES = {
    "body": "what is happening",
    "still_works": "what still works",
    "funds": "the customer's money",
    "what_to_do": "what to do",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at again."""

    language: str
    #: A form (`subject`, `short` …) or a slot of the facts (`funds`, `what_to_do` …).
    where: str
    #: What is so, in words.
    message: str
    #: What to do about it.
    hint: str = ""


def lint(notice: Notice, message: Message, house: House) -> list[Finding]:
    """Everything there is to say about one message; empty when it can go as it is."""
    return [*_gaps(notice, message), *_lengths(message), *_wording(notice, message), *_links(message, house)]


def _gaps(notice: Notice, message: Message) -> Iterator[Finding]:
    for slot in _SLOTS[notice.subject_kind]:
        words = notice.facts.get(slot) or {}
        if not any(words.values()):
            yield _found(message, slot, f"nothing is said about {_NAMES[slot]}", "one plain sentence will do")
        elif not words.get(message.language):
            yield _found(
                message, slot, "is not there in this language", "translate it, or readers get another language"
            )
    if notice.kind in _BEFORE_THE_END and not notice.facts.get("next_update_at"):
        yield _found(message, "next_update_at", "nothing is said about the next update", "give an exact time")


def _lengths(message: Message) -> Iterator[Finding]:
    for form, limit in LIMITS.items():
        if (count := length(message.forms[form])) > limit:
            yield _found(message, form, f"has {count} characters, more than {limit}", "shorten the name or the text")
    if message.subject.partition(" [")[0].endswith("…"):
        yield _found(message, "subject", "the name is cut", "use a shorter name")


def words_of(text: str, domains: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What to look at again in an operator's own words while they type: what is so, and what to do about it."""
    yield from _tone(text)
    for link in dict.fromkeys(_LINK.findall(text)):
        if _is_foreign(link, domains):
            yield f"the link {link} leads outside our domains", "name the place, no link"


def _wording(notice: Notice, message: Message) -> Iterator[Finding]:
    """Of operators' own words only: ours are read by the tests."""
    for slot in ("name", "body", "still_works", "funds", "what_to_do"):
        for says, hint in _tone((notice.facts.get(slot) or {}).get(message.language, "")):
            yield _found(message, slot, says, hint)


def _tone(text: str) -> Iterator[tuple[str, str]]:
    if "!" in text:
        yield "has an exclamation mark", "a calm full stop"
    if vague := _VAGUE.search(text):
        yield f"“{vague.group()}” is no time", "say the hour and the zone"
    for word, instead in JARGON.items():
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            yield f"“{word}” says little to a customer", f"perhaps: {instead}"


def _links(message: Message, house: House) -> Iterator[Finding]:
    """Customers are told that links lead only to our own domains; then so it must be."""
    for link in dict.fromkeys(_LINK.findall(message.body_text) + _LINK.findall(message.body_html)):
        if _is_foreign(link, house.official_domains):
            yield _found(message, "body_text", f"the link {link} leads outside our domains", "name the place, no link")


def _is_foreign(link: str, domains: Iterable[str]) -> bool:
    host = (urlsplit(link).hostname or "").rstrip(".")
    return not any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _found(message: Message, where: str, says: str, hint: str) -> Finding:
    return Finding(language=message.language, where=where, message=says, hint=hint)
