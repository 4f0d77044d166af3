"""The demo's people: a thousand invented customers, forty tickets of theirs, and three colleagues with a login."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from records.customers import CustomerEntry
from records.people import Role
from records.subscribers import SubscriberEntry
from records.tickets import TicketChannel, TicketEntry, TicketKind

#: The customer of the walk-through: holds ETH and BTC, and waits for an Ethereum deposit.
FIRST_CUSTOMER = "c-1001"
CUSTOMERS = 1000
#: Shown on the page: it opens nothing but a demo on this machine.
PASSWORD = "forewarn-demo"  # noqa: S105 - see above
COLLEAGUES = {"ops": Role.OPS, "support": Role.SUPPORT, "admin": Role.ADMIN}

#: Who follows the page by mail, without being a customer.
FOLLOWERS = (
    SubscriberEntry(address="newsdesk@example.org", language="en"),
    SubscriberEntry(address="trading.desk@example.net", language="en", components=("group-bitcoin", "group-ethereum")),
    SubscriberEntry(address="marie.suit@example.com", language="fr", components=("website",)),
)
LATE_FOLLOWER = SubscriberEntry(address="ioana.urmareste@example.com", language="ro", components=("group-bitcoin",))

_FIRST_NAMES = "ana ion mara luca elena radu chloe hugo lea jules manon noah emma liam olivia ethan maya omar sofia ken"
_LAST_NAMES = "popescu ionescu dumitru stan martin bernard durand petit smith jones brown garcia kim okafor novak silva"
#: Region, language, time zone, and how many of twenty live there.
_PLACES = (
    ("RO", "ro", "Europe/Bucharest", 5),
    ("FR", "fr", "Europe/Paris", 4),
    ("BE", "fr", "Europe/Brussels", 1),
    ("GB", "en", "Europe/London", 3),
    ("US-NY", "en", "America/New_York", 3),
    ("US-CA", "en", "America/Los_Angeles", 2),
    ("SG", "en", "Asia/Singapore", 1),
    ("AU", "en", "Australia/Sydney", 1),
)
#: Ticker, network it moves on, share of customers who hold it.
_HOLDINGS = (
    ("BTC", "bitcoin", 0.70),
    ("ETH", "ethereum", 0.62),
    ("USDT", "ethereum", 0.35),
    ("POL", "polygon", 0.24),
    ("LTC", "litecoin", 0.18),
)


def customers() -> list[CustomerEntry]:
    """The same thousand at every start, `c-1001` to `c-2000`."""
    drawn = random.Random(1001)
    return [_first_customer(), *(_customer(number, drawn) for number in range(1002, 1001 + CUSTOMERS))]


def _first_customer() -> CustomerEntry:
    return CustomerEntry(
        external_id=FIRST_CUSTOMER,
        email="alex.martin.1001@example.com",
        language="en",
        time_zone="Europe/London",
        region="GB",
        tags=("holds:BTC", "holds:ETH", "network:bitcoin", "network:ethereum", "pending:ethereum", "product:card"),
    )


def _customer(number: int, drawn: random.Random) -> CustomerEntry:
    region, language, zone, _ = drawn.choices(_PLACES, weights=[place[3] for place in _PLACES])[0]
    first, last = drawn.choice(_FIRST_NAMES.split()), drawn.choice(_LAST_NAMES.split())
    domain = drawn.choice(("example.com", "example.org", "example.net"))
    return CustomerEntry(
        external_id=f"c-{number}",
        email=f"{first}.{last}.{number}@{domain}",
        language=language,
        time_zone=zone,
        region=region,
        tags=tuple(sorted(set(_tags(drawn)))),
    )


def _tags(drawn: random.Random) -> Iterator[str]:
    for ticker, network, share in _HOLDINGS:
        if drawn.random() >= share:
            continue
        yield f"holds:{ticker}"
        yield f"network:{network}"
        if drawn.random() < 0.04:
            yield f"pending:{network}"
    if drawn.random() < 0.3:
        yield "product:card"


#: Topic, subject, text, and how many customers wrote so.
_WORRIES = (
    ("deposit", "Where is my Ethereum deposit?", "I sent 0.4 ETH an hour ago and see nothing in the app.", 7),
    ("withdrawal", "ETH withdrawal is stuck", "My Ethereum withdrawal says pending since this morning.", 6),
    ("deposit", "USDT has not arrived", "Sent over Ethereum (ERC-20), the explorer shows it as confirmed.", 3),
    ("withdrawal", "Bitcoin withdrawal pending", "How long does a Bitcoin withdrawal take today?", 7),
    ("deposit", "Missing BTC", "My Bitcoin deposit has 5 confirmations and is not credited.", 5),
    ("fees", "Network fee is very high", "Why is the fee for Bitcoin so high today?", 2),
    ("sign-in", "I do not get the code", "The sign-in code does not reach my phone.", 4),
    ("card", "Card declined", "My card was declined in a shop although there is money.", 3),
    ("verification", "Verification takes long", "I sent my papers three days ago.", 2),
    ("other", "How do I change my address?", "I moved and want to change my postal address.", 1),
)
_CHANNELS = (TicketChannel.EMAIL, TicketChannel.CHAT, TicketChannel.WEB_FORM, TicketChannel.PHONE)


def tickets(now: datetime) -> list[TicketEntry]:
    """Forty tickets of the last hours, newest last; the first worry is the walk-through customer's own."""
    drawn = random.Random(40)
    worries = [worry for worry in _WORRIES for _ in range(worry[3])]
    rest = worries[1:]
    drawn.shuffle(rest)
    return [_ticket(index, worry, drawn, now) for index, worry in enumerate([worries[0], *rest])]


def _ticket(index: int, worry: tuple[str, str, str, int], drawn: random.Random, now: datetime) -> TicketEntry:
    topic, subject, text, _ = worry
    requester = FIRST_CUSTOMER if index == 0 else f"c-{drawn.randrange(1002, 1001 + CUSTOMERS)}"
    if index % 13 == 12:
        # Some write from an address that no record knows.
        requester = f"somebody.{index}@example.net"
    created_at = now - timedelta(minutes=6 * (40 - index))
    answered_at = created_at + timedelta(minutes=5 + 7 * index % 31)
    return TicketEntry(
        external_id=f"{5001 + index}",
        system="demo-helpdesk",
        requester=requester,
        channel=_CHANNELS[index % len(_CHANNELS)],
        kind=TicketKind.COMPLAINT if index % 8 == 7 else TicketKind.REQUEST,
        topic=topic,
        subject=subject,
        text=text,
        created_at=created_at,
        resolved_at=None,
        # The newest wait for somebody, and every ninth was overlooked.
        first_response_at=answered_at if answered_at <= now and index % 9 != 8 else None,
    )
