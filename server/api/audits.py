"""What everybody did and looked at."""

from records.store import lists, people
from server.api import cursors, shapes_people
from server.api.asking import Ask
from server.api.bodies import Nothing
from server.api.queries import AuditQuery


def list_audit(ask: Ask[Nothing, AuditQuery]) -> cursors.PageShape[shapes_people.AuditShape]:
    """Deeds and looks, newest first."""
    place = cursors.read(ask.query.cursor, str)
    found = people.audit_entries(
        ask.desk.store,
        before=place[0] if place else lists.FIRST,
        subject=ask.query.subject,
        limit=ask.query.limit + 1,
    )
    return cursors.page(found, ask.query.limit, shapes_people.audit_entry, lambda one: [one.id])
