"""What to look at again before words go out: gaps, vague times, jargon, links that lead elsewhere."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from notifier.message import House, Message
from records.blanks import blanks
from records.notices import Category, Notice, NoticeKind
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
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')]+", re.IGNORECASE)
#: Addresses at which people log in, or give away what is secret: no notice leads there, not even at our own domains.
_LOG_IN = re.compile(
    r"/(?:[^\s?#]*[/_-])?(?:log-?in|log-?on|sign-?in|auth|sso|oauth2?|session|password|reset|recover\w*|unlock|2fa|otp"
    r"|connexion|anmelden|entrar|acceso|giris)(?![a-z])",
    re.IGNORECASE,
)
#: What sells has no place where customers cannot decline (NY DFS: no marketing in mandatory notices).
_PROMO = re.compile(
    r"\b(?:bonus(?:es)?|discounts?|cash-?back|promo(?: code|tion)?s?|special offers?|limited(?:-| )time|airdrops?"
    r"|giveaway|reward points|referral|refer a friend|upgrade to premium|earn up to|zero fees|exclusive offer"
    r"|offre sp[eé]ciale|code promo|parrainage|ofert[aă] special[aă]|reducer[ie]|rabatt(?:e|aktion)?|sonderangebot"
    r"|gutschein|oferta especial|descuentos?|desconto|promo[cç][aã]o|promociones|indirim|kampanya"
    r"|знижк[аиуо]\w*|акці[яїю]|бонус\w*"
    r"|خصم|عرض خاص|مكافأة)(?!\w)"
    r"|キャンペーン|割引|特典|优惠|折扣|返现|奖励",
    re.IGNORECASE,
)
#: More words in one sentence are read twice.
LONGEST_SENTENCE = 28
_SENTENCE_END = re.compile(r"[.?!…。؟！？]\s|[。！？]|\n")
#: Words of operators.
_OWN = ("name", "body", "still_works", "funds", "what_to_do")
_BEFORE_THE_END = (NoticeKind.INCIDENT_OPENED, NoticeKind.INCIDENT_UPDATED)
#: What a notice must say, by what it is about; `next_update_at` only while it is not over.
_SLOTS = {
    "incident": ("body", "still_works", "funds", "what_to_do"),
    "maintenance": ("body", "still_works", "what_to_do"),
    "digest": ("body",),
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


def lint(notice: Notice, message: Message, house: House, before: Mapping[str, Any] | None = None) -> list[Finding]:
    """Everything there is to say about one message; empty when it can go as it is.

    `before` are the facts of the notice before it about the same thing.
    """
    return [
        *_gaps(notice, message),
        *_lengths(message),
        *_wording(notice, message),
        *_links(message, house),
        *_stale(notice, message, before or {}),
    ]


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


def words_of(text: str, domains: Iterable[str], *, is_mandatory: bool = True) -> Iterator[tuple[str, str]]:
    """What to look at again in an operator's own words while they type: what is so, and what to do about it."""
    yield from _tone(text)
    if is_mandatory:
        yield from _sales(text)
    for link in dict.fromkeys(_LINK.findall(text)):
        yield from _wrong_with(link, domains)


def _wording(notice: Notice, message: Message) -> Iterator[Finding]:
    """Of operators' own words only: ours are read by the tests."""
    for slot in _OWN:
        text = (notice.facts.get(slot) or {}).get(message.language, "")
        for says, hint in _tone(text):
            yield _found(message, slot, says, hint)
        for says, hint in _sales(text) if notice.category is Category.MANDATORY_SERVICE else ():
            yield _found(message, slot, says, hint)


def _sales(text: str) -> Iterator[tuple[str, str]]:
    if promo := _PROMO.search(text):
        yield f"“{promo.group()}” sells, and nobody can decline this notice", "leave it out"


def _tone(text: str) -> Iterator[tuple[str, str]]:
    if "!" in text:
        yield "has an exclamation mark", "a calm full stop"
    if vague := _VAGUE.search(text):
        yield f"“{vague.group()}” is no time", "say the hour and the zone"
    for word, instead in JARGON.items():
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            yield f"“{word}” says little to a customer", f"perhaps: {instead}"
    for blank in blanks(text):
        yield f"{{{blank}}} is still to be filled in", "write what belongs there, without the braces"
    longest = max((len(each.split()) for each in _SENTENCE_END.split(text)), default=0)
    if longest > LONGEST_SENTENCE:
        yield f"has a sentence of {longest} words", "two are read faster"


def _links(message: Message, house: House) -> Iterator[Finding]:
    """Customers are told that links lead only to our own domains; then so it must be."""
    for link in dict.fromkeys(_LINK.findall(message.body_text) + _LINK.findall(message.body_html)):
        for says, hint in _wrong_with(link, house.official_domains):
            yield _found(message, "body_text", says, hint)


def _wrong_with(link: str, domains: Iterable[str]) -> Iterator[tuple[str, str]]:
    if _is_foreign(link, domains):
        yield f"the link {link} leads outside our domains", "name the place, no link"
    elif _LOG_IN.search(urlsplit(_whole(link)).path):
        yield f"the link {link} leads to a place to log in", "say where in the app, no link"


def _stale(notice: Notice, message: Message, before: Mapping[str, Any]) -> Iterator[Finding]:
    """Words that stayed as they were in this language while another one was changed (R69)."""
    for slot in _OWN:
        was, now = before.get(slot) or {}, notice.facts.get(slot) or {}
        kept = now.get(message.language)
        changed = [each for each, text in now.items() if each in was and text != was[each]]
        if kept and kept == was.get(message.language) and changed:
            languages = ", ".join(changed)
            yield _found(message, slot, f"says what it said before {languages} was changed", "bring it up to date")


def _whole(link: str) -> str:
    return link if "://" in link else f"https://{link}"


def _is_foreign(link: str, domains: Iterable[str]) -> bool:
    host = (urlsplit(_whole(link)).hostname or "").rstrip(".")
    return not any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _found(message: Message, where: str, says: str, hint: str) -> Finding:
    return Finding(language=message.language, where=where, message=says, hint=hint)
