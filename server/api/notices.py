"""Notices: what is being said to customers, how far it has come, and stopping it."""

from records.desk import approvals
from records.desk import notices as desk_notices
from records.errors import Conflict, NotFound
from records.notices import Notice, NoticeState
from records.store import incidents, lists, maintenance, notices, waits
from records.store.engine import Store
from records.store.people import audit
from records.subscribers import is_subscriber_channel
from server.api import cursors, shapes_people
from server.api.asking import Ask
from server.api.bodies import ApproveNotice, Nothing
from server.api.queries import ListQuery, NoQuery, NoticeQuery, NoticesQuery
from server.api.shapes_people import DeliveryShape, NoticeShape


def list_notices(ask: Ask[Nothing, NoticesQuery]) -> cursors.PageShape[NoticeShape]:
    """Notices with their counts, newest first."""
    place, subject = cursors.read(ask.query.cursor, str), ask.query.subject
    found = lists.notices_before(
        ask.desk.store,
        place[0] if place else lists.FIRST,
        subject_id=None if subject is None else _subject_id(ask.desk.store, subject),
        states=(ask.query.state,) if ask.query.state else (),
        limit=ask.query.limit + 1,
    )
    return cursors.page(found, ask.query.limit, lambda one: _shape(ask.desk.store, one), lambda one: [one.id])


def _subject_id(store: Store, name: str) -> str:
    """The id of an incident or window, whichever of its names was used; what is unknown has no notices."""
    try:
        if name.upper().startswith("MNT-"):
            return maintenance.maintenance(store, name).id
        return incidents.incident(store, name).id
    except NotFound:
        return name


def get_notice(ask: Ask[Nothing, NoticeQuery]) -> NoticeShape:
    """One notice with its counts, and its words where a language is given."""
    found = notices.notice(ask.desk.store, ask.path["id"])
    return _shape(ask.desk.store, found, ask.query.language)


def _shape(store: Store, one: Notice, language: str | None = None) -> NoticeShape:
    texts = notices.texts(store, one.id, one.version, language) if language else {}
    status, newer = notices.status(store, one.id), waits.successor(store, one)
    return shapes_people.notice(one, status, {language: texts} if language and texts else {}, superseded_by=newer)


def approve_notice(ask: Ask[ApproveNotice, NoQuery]) -> NoticeShape:
    """Say yes to a notice that waits for it; not its own author where a second person is asked, but in an emergency."""
    done = approvals.approve_notice(ask.desk, ask.path["id"], ask.actor, ask.now, break_glass=ask.body.break_glass)
    return _shape(ask.desk.store, done)


def send_notice_now(ask: Ask[Nothing, NoQuery]) -> NoticeShape:
    """Let a notice go that would leave by itself a little later; one that has left already stays as it is."""
    return _shape(ask.desk.store, approvals.send_now(ask.desk, ask.path["id"], ask.actor, ask.now))


def cancel_notice(ask: Ask[Nothing, NoQuery]) -> NoticeShape:
    """Stop whatever nobody has begun to send; one that waits is declined, and nobody hears it."""
    store = ask.desk.store
    with store.tx():
        found = notices.notice(store, ask.path["id"])
        if found.state is NoticeState.DONE:
            raise Conflict(f"Notice {found.id} is done; there is nothing left to stop.")
        desk_notices.cancel_notice(ask.desk, found.id, ask.actor.name, ask.now)
    return _shape(store, notices.notice(store, found.id))


def list_deliveries(ask: Ask[Nothing, ListQuery]) -> cursors.PageShape[DeliveryShape]:
    """All that became of a notice, by customer and channel; the look is audited."""
    found = notices.notice(ask.desk.store, ask.path["id"])
    place = cursors.read(ask.query.cursor, int, str, int, str)
    after: lists.Place = (place[0], place[1], place[2], place[3]) if place else (-1, "", 0, "")
    audit(ask.desk.store, ask.actor.name, "notice.deliveries", found.id, ask.now)
    rows = _rows(ask.desk.store, found.id, after, ask.query.limit + 1)
    return cursors.page(rows, ask.query.limit, shapes_people.delivery, _place)


def _rows(store: Store, notice_id: str, after: lists.Place, limit: int) -> list[lists.DeliveryRow]:
    """Customers first, then those who follow the page: their numbers are told apart by the channel."""
    if is_subscriber_channel(after[1]):
        return lists.deliveries_to_subscribers(store, notice_id, after, limit=limit)
    rows = lists.deliveries_after(store, notice_id, after, limit=limit)
    if len(rows) < limit:
        rows += lists.deliveries_to_subscribers(store, notice_id, limit=limit - len(rows))
    return rows


def _place(row: lists.DeliveryRow) -> lists.Place:
    return (row.customer_id, row.channel, row.version, row.outcome.value if row.outcome else "")
