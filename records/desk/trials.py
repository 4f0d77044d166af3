"""The deed of sending a notice to oneself before anybody else gets it."""

from collections.abc import Mapping
from datetime import datetime

from records.desk.desk import Desk
from records.errors import Conflict, Fault, Invalid, NotFound
from records.people import Actor
from records.store import people, trials
from records.store.people import audit
from records.trials import MOST_TRIALS, TRIALS_WITHIN


def try_out(
    desk: Desk, to: str, notice_id: str, words: Mapping[str, Mapping[str, str]], by: Actor, now: datetime
) -> str:
    """Queue the words, by language and form, to the person called `to`; returns their address.

    No customer's record knows of it. Raises NotFound, Conflict, Invalid.
    """
    if not words:
        raise Invalid(Fault(path="languages", message="none is chosen", hint="choose at least one"))
    if "email" not in desk.channels:
        raise Conflict("No mail is sent here (smtp is not set), so no test either.")
    with desk.deed():
        user = people.user(desk.store, to)
        if user is None or user.disabled_at is not None:
            raise NotFound(f"There is no user {to} who could get it.")
        if user.email is None:
            raise Conflict(f"No e-mail address is known of {to}. An admin gives one under People.")
        if trials.count_lately(desk.store, user.id, now) + len(words) > MOST_TRIALS:
            minutes = int(TRIALS_WITHIN.total_seconds() // 60)
            raise Conflict(f"More than {MOST_TRIALS} tests went to {to} within {minutes} minutes. Wait a little.")
        for language, forms in words.items():
            trials.queue(desk.store, user.id, user.email, notice_id, language, forms, now)
        languages = sorted(words)
        audit(desk.store, by.name, "notice.test", notice_id, now, to=f"user:{to}", languages=languages)
        return user.email
