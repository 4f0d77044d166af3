"""The pages themselves: the layout of the public page around a form or an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from records.components import Component, in_language
from records.store.receivers import Result
from records.subscribers import Subscriber, SubscriberKind
from records.zones import zones_to_choose
from server.sheets import layout
from statuspage.page import Page
from templates.environment import render
from templates.tongues import own_name

#: Quiet hours begin and end on the half hour.
_CLOCK_TIMES = tuple(f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30"))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One group or single row that can be followed, with what stands in it."""

    component: Component
    children: tuple[Component, ...]


def choices(known: Sequence[Component]) -> tuple[Choice, ...]:
    """What can be followed, as the page shows it: groups with their rows, and rows without a group."""
    tops = [each for each in known if each.group_id is None]
    return tuple(
        Choice(component=top, children=tuple(each for each in known if each.group_id == top.id)) for top in tops
    )


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What stands in the form."""

    address: str = ""
    language: str
    #: Ids of what is ticked; with `is_everything` they do not count.
    components: frozenset[str] = frozenset()
    is_everything: bool = True
    #: Mailbox of whoever runs a receiver.
    owner: str = ""
    #: When what can wait is not to come, `22:00`; empty for never. And where.
    quiet_from: str = ""
    quiet_until: str = ""
    zone: str = ""


def wish_of(subscriber: Subscriber) -> Wish:
    """What somebody follows now."""
    begin, _, end = (subscriber.quiet_hours or "").partition("-")
    return Wish(
        quiet_from=begin,
        quiet_until=end,
        zone=subscriber.time_zone or "",
        language=subscriber.language,
        components=frozenset(subscriber.components),
        is_everything=not subscriber.components,
    )


def subscribe_sheet(
    page: Page,
    language: str,
    known: Sequence[Component],
    *,
    kind: SubscriberKind,
    ways: Sequence[SubscriberKind],
    wish: Wish,
    wrong: str = "",
    wait_seconds: int | None = None,
    is_asked: bool = False,
    is_taken: bool = True,
) -> str:
    """The form; or, once it is sent, what happens next. `wrong` is `address`, `components` or `owner`, or empty.

    `ways` are all by which the page can be followed, `kind` is the one of this form.
    """
    return render(
        "page/subscribe.html",
        language,
        **layout(page, language, "/subscribe", tone="planned" if is_asked else "ok", tongues=page.languages),
        choices=choices(known),
        wish=wish,
        tongues=[(each, own_name(each)) for each in page.languages],
        wrong=wrong,
        wait_seconds=wait_seconds,
        is_asked=is_asked,
        is_taken=is_taken,
        kind=kind.value,
        ways=[each.value for each in ways],
    )


def manage_sheet(
    page: Page,
    subscriber: Subscriber,
    known: Sequence[Component],
    *,
    token: str,
    address: str,
    owner: str = "",
    secret: str = "",
    posts: Sequence[Result] = (),
    said: str = "",
    wrong: str = "",
) -> str:
    """What somebody follows, and what they can do about it; `said` is the deed just done: `confirmed`, `changed` …

    `secret` is shown where it is given, which is once; `posts` are the last ones to a receiver.
    """
    language = subscriber.language if subscriber.language in page.languages else page.languages[0]
    return render(
        "page/subscription.html",
        language,
        # An address with a token in it is one person's, and has one language: theirs.
        **layout(page, language, f"/subscriptions/{token}"),
        subscriber=subscriber,
        choices=choices(known),
        wish=replace(wish_of(subscriber), owner=owner),
        zones=zones_to_choose(),
        clock_times=_CLOCK_TIMES,
        followed=[in_language(each.name, language) for each in known if each.id in subscriber.components],
        tongues=[(each, own_name(each)) for each in page.languages],
        address=address,
        kind=subscriber.kind.value,
        secret=secret,
        posts=posts,
        said=said,
        wrong=wrong,
    )


def resume_sheet(page: Page, subscriber: Subscriber, *, address: str) -> str:
    """The button that lets a paused receiver go on, or the word that it does."""
    language = subscriber.language if subscriber.language in page.languages else page.languages[0]
    return render(
        "page/resume.html", language, **layout(page, language, ""), state=subscriber.state.value, address=address
    )


def leave_sheet(page: Page, language: str, kind: SubscriberKind, *, is_left: bool) -> str:
    """The button that ends it, or the word that it is ended."""
    return render("page/unsubscribe.html", language, **layout(page, language, ""), is_left=is_left, kind=kind.value)


def invalid_sheet(page: Page, language: str) -> str:
    """The link opens nothing any more, or never did."""
    return render(
        "page/subscription_gone.html",
        language,
        **layout(page, language, "/subscribe", tone="unknown", tongues=page.languages),
    )
