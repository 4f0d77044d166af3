"""The console's addresses. What changes something is a POST; `server.csrf` refuses those that come from elsewhere."""

from starlette.routing import BaseRoute, Route

from server.console import (
    corrections,
    customers,
    incidents,
    maintenances,
    merging,
    notices,
    now,
    sign_in,
    subscribers,
    support,
    watching,
)
from server.console.assets import asset

ROUTES: list[BaseRoute] = [
    Route("/console/static/{name}", asset),
    Route("/console/sign-in", sign_in.sign_in_page),
    Route("/console/sign-in", sign_in.sign_in, methods=["POST"]),
    Route("/console/sign-out", sign_in.sign_out, methods=["POST"]),
    Route("/console", now.now),
    Route("/console/board", now.board),
    Route("/console/auto-publish", now.auto_publish, methods=["POST"]),
    Route("/console/reports/mute", now.mute_reports, methods=["POST"]),
    Route("/console/incidents", incidents.listing),
    Route("/console/incidents", incidents.declare, methods=["POST"]),
    Route("/console/incidents/new", incidents.new),
    Route("/console/incidents/check.json", incidents.check),
    Route("/console/incidents/{id}", incidents.one),
    Route("/console/incidents/{id}/review.md", incidents.draft_of_review),
    Route("/console/incidents/{id}/edit", incidents.edit),
    Route("/console/incidents/{id}/publish", incidents.publish, methods=["POST"]),
    Route("/console/incidents/{id}/discard", incidents.discard, methods=["POST"]),
    Route("/console/incidents/{id}/updates", incidents.update, methods=["POST"]),
    Route("/console/incidents/{id}/updates/{update_id}/correct", corrections.form),
    Route("/console/incidents/{id}/updates/{update_id}/correct", corrections.correct, methods=["POST"]),
    Route("/console/incidents/{id}/merge", merging.merge, methods=["POST"]),
    Route("/console/incidents/{id}/split", merging.form),
    Route("/console/incidents/{id}/split", merging.split, methods=["POST"]),
    Route("/console/incidents/{id}/unlink", support.unlink, methods=["POST"]),
    Route("/console/maintenances", maintenances.listing),
    Route("/console/maintenances", maintenances.announce, methods=["POST"]),
    Route("/console/maintenances/new", maintenances.new),
    Route("/console/maintenances/check.json", maintenances.check),
    Route("/console/maintenances/{id}", maintenances.one),
    *(
        Route(f"/console/maintenances/{{id}}/{deed}", maintenances.act_as(deed), methods=["POST"])
        for deed in maintenances.DEEDS
    ),
    Route("/console/notices/{id}", notices.one),
    Route("/console/notices/{id}/stop", notices.stop, methods=["POST"]),
    Route("/console/notices/{id}/approve", notices.approve, methods=["POST"]),
    Route("/console/notices/{id}/decline", notices.decline, methods=["POST"]),
    Route("/console/monitors", watching.listing),
    Route("/console/monitors/{id}", watching.one),
    Route("/console/monitors/{id}/hours.json", watching.hours),
    Route("/console/support", support.support),
    Route("/console/support/link", support.link, methods=["POST"]),
    Route("/console/customers", customers.search),
    Route("/console/customers/{ref:path}", customers.customer),
    Route("/console/subscribers", subscribers.listing),
    Route("/console/subscribers/{id}/remove", subscribers.remove, methods=["POST"]),
    Route("/console/subscribers/{id}/lift", subscribers.lift, methods=["POST"]),
    Route("/console/audit", watching.audit),
]
