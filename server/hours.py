"""Opening hours from the settings: for the page by weekday, for notices in words."""

from records.components import Words
from records.hours import WEEKDAYS, OpeningHours, week_of
from server.config.sections.page import Page
from templates.hours import in_words


def opening_hours(page: Page) -> OpeningHours | None:
    """The hours of a week; None when none are set."""
    wanted = page.contact.open
    if wanted is None:
        return None
    days = {day: getattr(wanted, day) for day in WEEKDAYS}
    return OpeningHours(zone=wanted.zone or page.time_zone, week=week_of(days), holidays=frozenset(wanted.holidays))


def hours_in_words(page: Page) -> Words:
    """As somebody wrote them, else from the hours by weekday in each language of the page."""
    hours = opening_hours(page)
    if page.contact.hours or hours is None:
        return page.contact.hours
    return {each: in_words(hours.week, hours.zone, each) for each in page.languages}
