"""The records by which receivers know that mail is ours: SPF, DKIM, DMARC. Which are needed, are they there?

Who signs and who sends must be of the domain that customers read in From, else DMARC counts neither (RFC 7489 3.1).
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from monitors.checks.dns import texts
from monitors.client import CouldNotSee
from server.cli.finding import Finding, State
from server.config.values import domain_of

if TYPE_CHECKING:
    from server.config import Settings
    from server.config.sections.delivery import Smtp

#: The texts under a name. Raises CouldNotSee.
Ask = Callable[[str], tuple[str, ...]]


def _ask(name: str) -> tuple[str, ...]:
    return asyncio.run(texts(name))


def examine_records(settings: "Settings", ask: Ask = _ask) -> Iterator[Finding]:
    """One finding for each record. Without a name server that answers, what is needed is said all the same."""
    smtp = settings.smtp
    if smtp is None:
        return
    sender = domain_of(smtp.sender)
    returns = smtp.bounces.domain if smtp.bounces else sender
    needed = [("spf", returns, f"v=spf1 a:{smtp.host} -all"), *_keys(smtp), _dmarc(sender)]
    try:
        there = {name: ask(name) for _, name, _ in needed}
        policy = _policy(sender, settings.page.official_domains, ask)
    except CouldNotSee as error:
        yield Finding(
            what="dns", state=State.WARN, said=f"no name server answers us ({error.note}), so nothing is compared"
        )
        for what, name, value in needed:
            yield Finding(what=what, state=State.OK, said=f"needed: {name} TXT {value}")
        return
    yield _spf(returns, there[returns], smtp.host)
    for what, name, value in needed[1:-1]:
        yield _dkim(what, name, value, there[name])
    if smtp.dkim is None:
        yield Finding(what="dkim", state=State.OK, said="left to the relay: it must sign with a domain of smtp.from")
    yield from _alignment(sender, returns, smtp, policy)


def _keys(smtp: "Smtp") -> list[tuple[str, str, str]]:
    dkim = smtp.dkim
    if dkim is None:
        return []
    signers = [dkim] if dkim.second is None else [dkim, dkim.second]
    return [(f"dkim {each.selector}", f"{each.selector}._domainkey.{dkim.domain}", each.key.record) for each in signers]


def _dmarc(sender: str) -> tuple[str, str, str]:
    return "dmarc", f"_dmarc.{sender}", f"v=DMARC1; p=none; rua=mailto:dmarc@{sender}"


def _spf(name: str, found: tuple[str, ...], relay: str) -> Finding:
    policies = [text for text in found if text.lower().split(" ")[0] == "v=spf1"]
    if len(policies) == 1:
        return Finding(what="spf", state=State.OK, said=f"{name} says {policies[0]}", hint="is the relay among them?")
    said = (
        f"{name} has no SPF record" if not policies else f"{name} has {len(policies)} SPF records, which count as none"
    )
    return Finding(what="spf", state=State.WARN, said=said, hint=f"publish one: {name} TXT v=spf1 a:{relay} -all")


def _dkim(what: str, name: str, value: str, found: tuple[str, ...]) -> Finding:
    key = _tags(value)["p"]
    if any(_tags(text).get("p") == key for text in found):
        return Finding(what=what, state=State.OK, said=f"{name} has our key")
    said = f"{name} has another key" if any(_tags(text).get("p") for text in found) else f"{name} has no key"
    return Finding(
        what=what,
        state=State.WARN,
        said=f"{said}: our signature counts for nothing",
        hint=f"publish: {name} TXT {value}",
    )


def _policy(sender: str, official: tuple[str, ...], ask: Ask) -> dict[str, str] | None:
    """The policy of the sender's domain, or else of the official one above it; None without one."""
    above = [domain for domain in official if sender.endswith(f".{domain}")]
    for domain in (sender, *above):
        for text in ask(f"_dmarc.{domain}"):
            if _tags(text).get("v") == "DMARC1":
                return _tags(text)
    return None


def _alignment(sender: str, returns: str, smtp: "Smtp", policy: dict[str, str] | None) -> Iterator[Finding]:
    if policy is None:
        _, name, value = _dmarc(sender)
        yield Finding(
            what="dmarc", state=State.WARN, said=f"{sender} has no DMARC policy", hint=f"publish: {name} TXT {value}"
        )
        policy = {}
    else:
        yield Finding(what="dmarc", state=State.OK, said=f"{sender} asks receivers for: {policy.get('p', 'none')}")
    parts = [("spf", "aspf", returns)] + ([("dkim", "adkim", smtp.dkim.domain)] if smtp.dkim else [])
    for what, switch, domain in parts:
        if not _is_aligned(sender, domain, is_strict=policy.get(switch) == "s"):
            said = f"{domain} is not aligned with {sender}, so DMARC does not count it"
            yield Finding(
                what=f"{what} alignment", state=State.WARN, said=said, hint="use the domain of smtp.from there"
            )


def _is_aligned(sender: str, other: str, *, is_strict: bool) -> bool:
    if is_strict or sender == other:
        return sender == other
    return sender.endswith(f".{other}") or other.endswith(f".{sender}")


def _tags(text: str) -> dict[str, str]:
    """`name=value; …`, blanks within values being of no account."""
    parts = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, _, value in parts if name.strip()}
