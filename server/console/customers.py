"""A customer's record on one page: who, what they hold, all they were told. Each look has a reason and is kept."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from records.audience import MAX_UNION_CHARACTERS, parse_kept, reasons
from records.components import in_language
from records.customers import Customer
from records.desk.customers import look_up
from records.errors import Invalid
from records.notices import LedgerEntry, Notice
from records.people import Actor, Right
from records.store import audience, customers, incidents, notices, people, tickets
from server.console.forms import by_field, query_of
from server.console.pages import go, page, show
from server.context import Context, context_of

#: Remembers the reason until the browser closes, so that it is typed once per case and not per click.
_REASON = "forewarn_reason"
_USUAL_REASON = "support ticket"
_LONGEST_REASON = 200
#: Longer ones are said to be too long by the rule's own reader.
_LONGEST_RULE = MAX_UNION_CHARACTERS + 1
_TICKETS_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Whether a customer would hear what goes out by a rule, and why."""

    rule: str
    is_among: bool = False
    #: The tags that the rule asked for and found.
    because: tuple[str, ...] = ()
    #: What is wrong with the rule.
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice version and what became of it for this customer."""

    notice: Notice
    title: str
    #: By channel and time, oldest first.
    entries: tuple[LedgerEntry, ...]
    #: The customer's present tags that its audience asks for.
    because: tuple[str, ...]

    @property
    def first(self) -> LedgerEntry:
        """What was known first."""
        return self.entries[0]


@page(Right.READ_CUSTOMERS)
async def search(request: Request, actor: Actor) -> Response:
    """Find a record by reference, e-mail or ticket number; a single find opens at once."""
    context, form = context_of(request), query_of(request)
    words = form.text("q")[:300]
    reason, rule = form.text("reason")[:_LONGEST_REASON], form.text("rule")[:_LONGEST_RULE]
    found = await context.call(_search, context, words, actor) if words else []
    if len(found) == 1 and (reason or _remembered(request)):
        response: Response = go(_address(found[0].external_id, rule))
    else:
        response = show(
            request, actor, "customers.html", q=words, found=found, searched=bool(words), rule=rule,
            reason=reason or _remembered(request) or _USUAL_REASON,
        )  # fmt: skip
    return _remember(request, response, reason)


def _search(context: Context, words: str, actor: Actor) -> list[Customer]:
    found = customers.search(context.desk.store, words)
    # The words may be an address; that somebody searched, and how many it found, is enough to ask them.
    people.audit(context.desk.store, actor.name, "customer.search", "customers", context.now(), found=len(found))
    return found


@page(Right.READ_CUSTOMERS)
async def customer(request: Request, actor: Actor) -> Response:
    """One record; without a reason it asks for one first."""
    context, ref = context_of(request), request.path_params["ref"]
    asked = query_of(request)
    given, rule = asked.text("reason")[:_LONGEST_REASON], asked.text("rule")[:_LONGEST_RULE]
    reason = given or _remembered(request)
    if not reason:
        return show(request, actor, "customer_reason.html", ref=ref, reason=_USUAL_REASON, rule=rule)
    if given:
        # Out of the address again: it is remembered, and not for the history of the browser.
        return _remember(request, go(_address(ref, rule)), given)
    facts = await context.call(_record, context, ref, actor, reason, rule)
    return show(request, actor, "customer.html", reason=reason, **facts)


def _record(context: Context, ref: str, actor: Actor, reason: str, rule: str) -> dict[str, Any]:
    store = context.desk.store
    record = look_up(context.desk, ref, actor, context.now(), reason=reason)
    wrote = tickets.tickets(store, tickets.Filter(customer_id=record.customer.id, limit=_TICKETS_SHOWN))
    named = {incident_id for ticket in wrote for incident_id in ticket.incident_ids}
    return {
        "record": record,
        "told": _told(context, record.ledger, record.customer.tags),
        "heard": _heard(context, record.customer, rule) if rule else None,
        "tickets": wrote,
        "refs": {incident_id: incidents.incident(store, incident_id).ref for incident_id in named},
    }


def _heard(context: Context, customer: Customer, rule: str) -> Heard:
    try:
        is_among = audience.matches(context.desk.store, rule, customer.id)
        because = reasons(parse_kept(rule), customer.tags)
    except Invalid as refused:
        return Heard(rule=rule, fault=" ".join(by_field(refused).values()))
    return Heard(rule=rule, is_among=is_among, because=tuple(because))


def _told(context: Context, ledger: tuple[LedgerEntry, ...], tags: tuple[str, ...]) -> list[Told]:
    """By notice and version, newest first."""
    groups: dict[tuple[str, int], list[LedgerEntry]] = {}
    for entry in ledger:
        groups.setdefault((entry.notice_id, entry.version), []).append(entry)
    told = []
    for (notice_id, _), entries in groups.items():
        notice = notices.notice(context.desk.store, notice_id)
        told.append(
            Told(
                notice=notice,
                title=in_language(notice.facts.get("name") or {}, "en"),
                entries=tuple(sorted(entries, key=lambda entry: (entry.channel, entry.at))),
                because=tuple(audience.why(context.desk.store, notice, entries[0].customer_id, tags)),
            )
        )
    return told


def _address(ref: str, rule: str = "") -> str:
    return f"/console/customers/{quote(ref)}" + (f"?rule={quote(rule, safe='')}" if rule else "")


def _remembered(request: Request) -> str:
    return unquote(request.cookies.get(_REASON, ""))[:_LONGEST_REASON]


def _remember(request: Request, response: Response, reason: str) -> Response:
    if reason:
        response.set_cookie(
            _REASON, quote(reason, safe=""), httponly=True, samesite="strict", path="/console/customers",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return response
