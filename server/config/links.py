"""What only shows when parts of the file are held side by side: names that lead nowhere, doubles, circles, domains."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from records.dependencies import way_back
from records.errors import Fault
from server.config.document import Place, path_of
from server.config.faults import did_you_mean
from server.config.outline import Entry
from server.config.sections.feeds import SourceSettings
from server.config.settings import Settings
from server.config.values import domain_of

#: Ways a notice can go besides single social accounts.
CHANNELS = ("inapp", "email", "social")

#: What tells the members of each list apart.
_NAMED_BY = {"components": "id", "monitors": "id", "chains": "chain", "social": "name", "publish": "to"}

Found = Iterator[tuple[Place, Fault]]


def link_faults(root: Entry) -> Found:
    """Every fault between parts of the file. Parts that are wrong in themselves are passed over: reported elsewhere."""
    yield from _doubles(root)
    yield from _shared_tokens(root)
    yield from _unknown_components(root)
    yield from _circles(root)
    yield from _policies(root)
    yield from _foreign_senders(root)
    yield from _languages(root)


def _fault(place: Place, message: str, hint: str) -> tuple[Place, Fault]:
    return place, Fault(path=path_of(place), message=message, hint=hint)


def _doubles(root: Entry) -> Found:
    lists = [(root.entries(section), key) for section, key in _NAMED_BY.items()]
    lists += [(chain.entries("nodes"), "name") for chain in root.entries("chains")]
    lists += [(phrases, "key") for phrases in _phrases(root)]
    for entries, key in lists:
        first: dict[str, Place] = {}
        for entry in entries:
            name = entry.text(key)
            if name is None:
                continue
            if name in first:
                message = f"`{name}` was used already by {path_of(first[name])}"
                yield _fault((*entry.place, key), message, "give each its own")
            first.setdefault(name, entry.place)


def _phrases(root: Entry) -> list[list[Entry]]:
    """The lists of words agreed on beforehand; a key is one within its list."""
    section = root.entry("phrases")
    return [section.entries(kind) for kind in ("incident", "update", "maintenance")] if section else []


def _shared_tokens(root: Entry) -> Found:
    """Two jobs with one token could not be told apart; those who listen to one Alertmanager share its token."""
    first: dict[str, tuple[Place, str | None]] = {}
    for monitor in root.entries("monitors"):
        token, kind = monitor.text("token"), monitor.text("kind")
        if token in first:
            if kind == first[token][1] == "alertmanager":
                continue
            yield _fault((*monitor.place, "token"), f"is that of {path_of(first[token][0])} too", "give each its own")
        elif token:
            first[token] = monitor.place, kind


def _unknown_components(root: Entry) -> Found:
    ids = list(dict.fromkeys(name for component in root.entries("components") if (name := component.text("id"))))
    wanted = [found for component in root.entries("components") for found in component.texts("depends_on")]
    wanted += [found for monitor in root.entries("monitors") for found in monitor.texts("component")]
    wanted += [found for phrases in _phrases(root) for phrase in phrases for found in phrase.texts("components")]
    for place, name in wanted:
        if name not in ids:
            yield _fault(place, f"there is no component `{name}`", did_you_mean(name, ids, what="components"))


def _circles(root: Entry) -> Found:
    """Each circle once, at the component of it that stands first in the file."""
    components = {name: entry for entry in root.entries("components") if (name := entry.text("id"))}
    needs = {name: [target for _, target in entry.texts("depends_on")] for name, entry in components.items()}
    reported: set[str] = set()
    for start in components:
        circle = way_back(start, needs)
        if circle and not reported & set(circle):
            reported |= set(circle)
            message = f"goes round in a circle: {' > '.join([*circle, start])}"
            yield _fault((*components[start].place, "depends_on"), message, "remove one of these dependencies")


def _policies(root: Entry) -> Found:
    accounts = [f"social:{name}" for account in root.entries("social") if (name := account.text("name"))]
    for policy in root.entries("policies"):
        for place, channel in policy.texts("channels"):
            if channel == "email" and root.entry("smtp") is None:
                yield _fault(place, "there is no mail relay to send e-mail through", "add smtp, or drop email here")
            elif channel == "social" and not accounts:
                yield _fault(place, "there is no social account to post to", "add one to social, or drop social here")
            elif channel not in (*CHANNELS, *accounts):
                hint = did_you_mean(channel, [*CHANNELS, *accounts], what="channels")
                yield _fault(place, f"there is no channel `{channel}`", hint)
        events = [name for _, name in policy.texts("on")]
        if "impact" in policy.data and events and not any(name.startswith("incident.") for name in events):
            place = (*policy.place, "impact")
            yield _fault(place, "planned events have no impact", "drop impact, or name an incident in on")


def _foreign_senders(root: Entry) -> Found:
    """Mail that does not come from our own domain teaches customers to believe anyone (R3)."""
    page, smtp = root.entry("page"), root.entry("smtp")
    if page is None or smtp is None:
        return
    official = [domain.lower() for _, domain in page.texts("official_domains")]
    if not official and "official_domains" not in page.data:
        official = [host] if (host := _host_of(page.text("url") or "")) else []
    domains = [((*smtp.place, key), domain_of(smtp.text(key) or "")) for key in ("from", "reply_to")]
    if (bounces := smtp.entry("bounces")) is not None:
        domains.append(((*bounces.place, "domain"), (bounces.text("domain") or "").lower()))
    for place, domain in domains:
        if domain and official and not any(domain == ours or domain.endswith(f".{ours}") for ours in official):
            message = f"the domain {domain} is not one of ours ({', '.join(official)})"
            yield _fault(place, message, "use one of them or a name below it, or add it to page.official_domains")


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _languages(root: Entry) -> Found:
    page = root.entry("page")
    ours = [language for _, language in page.texts("languages")] if page else []
    for account in root.entries("social"):
        for place, language in account.texts("languages"):
            if language not in (ours or ["en"]):
                yield _fault(
                    place, f"the page has no language `{language}`", "add it to page.languages, or drop it here"
                )


def notes(settings: Settings) -> list[Fault]:
    """What is allowed but may not be meant; `forewarn check` shows it, nothing is refused."""
    watched = {chain.chain for chain in settings.chains}
    # What is read of others sets no state.
    monitored = {monitor.component for monitor in settings.monitors if not isinstance(monitor, SourceSettings)}
    found = []
    for index, component in enumerate(settings.components):
        path = f"components[{index}]"
        if component.chain and component.chain not in watched:
            message = f"nothing watches the chain {component.chain}"
            found.append(Fault(path=f"{path}.chain", message=message, hint="add it to chains to see its state"))
        elif (component.chain is None or component.direction is None) and component.id not in monitored:
            message = f"nothing watches {component.id}: its state changes only by hand"
            found.append(
                Fault(path=path, message=message, hint="add a monitor, or a chain and direction, or leave it so")
            )
    for index, chain in enumerate(settings.chains):
        if all(node.role == "reference" for node in chain.nodes):
            message = "has only reference nodes: alone they never cause a public outage"
            found.append(Fault(path=f"chains[{index}].nodes", message=message, hint="add a node of your own"))
    return found
