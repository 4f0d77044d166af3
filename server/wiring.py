"""From settings to the values that each wing works with, and to a desk on an opened, migrated store."""

import hashlib
import secrets
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path

from monitors.settings import Role
from monitors.transactions import FAMILIES
from notifier.channels.contract import Channel
from notifier.channels.email import DkimKey, Email
from notifier.channels.email.connect import Relay
from notifier.channels.hooks.reach import Reach
from notifier.channels.hooks.slack import Slack, link
from notifier.channels.hooks.webhook import Webhook
from notifier.channels.inapp import InApp
from notifier.channels.shared import Shared
from notifier.message import House
from records.desk.configuration import configure
from records.desk.desk import Desk
from records.desk.signing import take_key
from records.people import COMMAND_LINE
from records.policies import Policy
from records.store import meta, monitors, people, reports
from records.store.engine import Store, open_store
from records.store.migrations import migrate
from records.subscribers import SubscriberKind
from server.config import Settings
from server.config.monitors import alert_listeners, chain_monitors, heartbeat_tokens, push_tokens
from server.config.rows import component_rows, monitor_entries
from server.config.sections.delivery import Policy as PolicySettings
from server.config.sections.delivery import Smtp
from server.config.sections.mail import Dkim
from server.context import Context
from server.hours import hours_in_words, opening_hours
from server.posting import accounts_of, names_of
from server.subscriptions.introduction import room_link_words
from server.words import several
from statuspage.page import Contact, Page

#: Fact that names the configuration the store was last made to match.
_APPLIED = "configuration_applied"
_MAIL_SECRET = "mail_secret"  # noqa: S105 - the name of it


def open_context(settings: Settings) -> Context:
    """Open the store, bring its schema up to date, and stand a desk on it. Raises Invalid, StoreUnavailable."""
    store = open_store(settings.store.url.get_secret_value())
    migrate(store)
    context = Context(desk=desk_on(store, settings), settings=settings)
    if context.desk.signing_key is not None:
        take_key(context.desk, context.desk.signing_key, context.now())
    return context


def desk_on(store: Store, settings: Settings) -> Desk:
    """The desk of this house."""
    channels = ["inapp"]
    if settings.smtp is not None:
        channels.insert(0, "email")
    if settings.social:
        channels.append("social")
    return Desk(
        store=store,
        default_language=settings.page.languages[0],
        channels=tuple(channels),
        social_accounts=names_of(settings),
        policies=tuple(_policy(each, channels) for each in settings.policies),
        second_person_above=settings.access.approvals.second_person_above,
        updates_wait=settings.notices.updates_wait,
        digest=settings.notices.digest(several(settings.page.languages)),
        required_languages=settings.page.required_languages,
        page_url=settings.page.url.rstrip("/"),
        signing_key=settings.signing.private,
    )


def _policy(given: PolicySettings, there: Sequence[str]) -> Policy:
    """As records know it. Without a mail relay or social accounts, its usual channels are those that are there."""
    return Policy(
        kinds=given.kinds,
        impacts=frozenset(given.impact),
        audience=given.audience,
        channels=tuple(each for each in given.channels if each in there or each.startswith("social:")),
        category=given.category,
        needs_yes=given.approval != "auto",
        needs_second=given.approval == "second_person",
    )


def apply_configuration(context: Context) -> bool:
    """Make the store's components and monitors match the settings. False when they did already."""
    with context.desk.store.tx():
        if meta.read(context.desk.store, _APPLIED) == _digest(context.settings):
            return False
        configure_store(context)
    return True


def configure_store(context: Context) -> None:
    """The same, whatever was applied before: also where somebody changed the store since."""
    desk, now = context.desk, context.now()
    rows, entries = component_rows(context.settings, now), monitor_entries(context.settings)
    with desk.store.tx():
        configure(desk, rows, entries, COMMAND_LINE, now)
        for token, monitor_id in heartbeat_tokens(context.settings).items():
            monitors.put_heartbeat(desk.store, monitor_id, people.hashed(token))
        pushers, listeners = push_tokens(context.settings), alert_listeners(context.settings)
        reports.put_reporters(desk.store, {one: people.hashed(token) for token, one in pushers.items()})
        reports.put_listeners(desk.store, {one: people.hashed(token) for one, token in listeners.items()})
        meta.write(desk.store, _APPLIED, _digest(context.settings))


def _digest(settings: Settings) -> str:
    """Changes when components, chains or monitors do; tokens enter as their hashes."""
    parts = [
        one.model_dump_json() for group in (settings.components, settings.chains, settings.monitors) for one in group
    ]
    tokens = [*heartbeat_tokens(settings).items(), *push_tokens(settings).items()]
    tokens += [(token, monitor) for monitor, token in alert_listeners(settings).items()]
    parts += [people.hashed(token) + monitor for token, monitor in sorted(tokens)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def house_of(settings: Settings) -> House:
    """Who speaks in notices."""
    page, smtp = settings.page, settings.smtp
    return House(
        name=page.name,
        url=page.url.rstrip("/"),
        official_domains=page.official_domains,
        # The house speaks under its own name; of `Acme <status@acme.example>` only the address counts.
        sender=parseaddr(smtp.sender)[1] if smtp else "",
        reply_to=parseaddr(smtp.reply_to)[1] if smtp and smtp.reply_to else None,
        contact_email=page.contact.email,
        contact_phone=page.contact.phone,
        contact_hours=hours_in_words(page),
        postal_address=page.contact.address,
        time_zone=page.time_zone,
    )


def page_of(settings: Settings) -> Page:
    """Who speaks on the page."""
    page = settings.page
    return Page(
        name=page.name,
        url=page.url.rstrip("/"),
        time_zone=page.time_zone,
        languages=page.languages,
        official_domains=page.official_domains,
        official_accounts=page.official_accounts,
        contact=Contact(
            email=page.contact.email,
            phone=page.contact.phone,
            hours=hours_in_words(page),
            open=opening_hours(page),
            address=page.contact.address,
        ),
        confirmations={chain.chain: chain.confirmations for chain in settings.chains if chain.confirmations},
        faq_folder=Path(page.faq) if page.faq else None,
        accent=page.theme.accent if "accent" in page.theme.model_fields_set else None,
        reports_address=f"{(page.reports.address or '').rstrip('/')}/reports" if page.reports.ask else None,
        shows_reports=page.reports.ask and page.reports.show,
        subscribe_path="/subscribe" if ways_to_follow(settings) else None,
        has_mail=settings.smtp is not None,
        transactions_path="/transactions" if _can_find_transactions(settings) else None,
    )


def ways_to_follow(settings: Settings) -> tuple[SubscriberKind, ...]:
    """By what the page can be followed."""
    offered = {
        SubscriberKind.EMAIL: settings.smtp is not None,
        SubscriberKind.WEBHOOK: settings.subscribers.webhooks,
        SubscriberKind.SLACK: settings.subscribers.slack,
    }
    return tuple(kind for kind, is_offered in offered.items() if is_offered)


def reach_of(settings: Settings) -> Reach:
    """The way out to receivers that strangers named."""
    return Reach(allowed=settings.subscribers.allow_networks)


def _can_find_transactions(settings: Settings) -> bool:
    """Whether a chain whose nodes know transactions has one of our own."""
    own = [each for each in chain_monitors(settings) if any(node.role is Role.OWN for node in each.nodes)]
    return any(each.kind in FAMILIES for each in own)


def mail_secret(context: Context) -> bytes:
    """What makes Message-IDs unforgeable: made at the first start, kept for good, so that a repeat is recognised."""
    return bytes.fromhex(meta.write_once(context.desk.store, _MAIL_SECRET, secrets.token_hex(32)))


def channels_of(settings: Settings, secret: bytes) -> dict[str, Channel]:
    """The channels this house can send through, by the names that deliveries carry. Raises Invalid."""
    channels: dict[str, Channel] = {"inapp": InApp()}
    if settings.smtp is not None:
        # Customers' notices, subscribers', letters about subscriptions, and tests to oneself: one set, one rate.
        mail = Shared(Email(relay_of(settings.smtp), house_of(settings), secret=secret), users=4)
        channels["email"] = channels[SubscriberKind.EMAIL.channel] = mail
    return channels | _receivers(settings) | accounts_of(settings)


def _receivers(settings: Settings) -> dict[str, Channel]:
    """The ways to what follows the page besides mailboxes; webhooks hear of incidents and of changes."""
    reach, url = reach_of(settings), settings.page.url.rstrip("/")
    channels: dict[str, Channel] = {}
    if settings.subscribers.webhooks:
        channels[SubscriberKind.WEBHOOK.channel] = Webhook(reach)
    if settings.subscribers.slack:
        channels[SubscriberKind.SLACK.channel] = Slack(
            reach, footer=lambda language, token: link(f"{url}/subscriptions/{token}", room_link_words(language))
        )
    return channels


def relay_of(smtp: Smtp) -> Relay:
    """The mail relay as the mail channel knows it."""
    return Relay(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=smtp.password.get_secret_value() if smtp.password else None,
        connections=smtp.connections,
        rate_per_second=smtp.rate_per_second,
        bounce_domain=smtp.bounces.domain if smtp.bounces else None,
        dkim=_keys_of(smtp.dkim) if smtp.dkim else (),
    )


def _keys_of(dkim: Dkim) -> tuple[DkimKey, ...]:
    signers = (dkim, dkim.second) if dkim.second else (dkim,)
    return tuple(DkimKey(domain=dkim.domain, selector=each.selector, key=each.key) for each in signers)
