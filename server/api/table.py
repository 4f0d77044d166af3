"""Every operation of the management API: routes, rights and the OpenAPI document all come from this list."""

from collections.abc import Callable
from typing import Any, TypeVar

from records.people import Right
from server.api import (
    bodies,
    bodies_planned,
    components,
    customers,
    imports,
    incidents,
    maintenances,
    notices,
    queries,
    subscribers,
    suppressions,
    tickets,
)
from server.api.asking import Ask, Operation, Upload
from server.api.audiences import PreviewShape, preview_audience
from server.api.audits import list_audit
from server.api.bodies import Nothing
from server.api.bodies_subscribers import AddSubscriber, SubscribersQuery
from server.api.cursors import PageShape
from server.api.delivery import AlarmShape, FlowShape, get_delivery, list_alarms
from server.api.findings import FindingShape, list_findings
from server.api.queries import NoQuery
from server.api.shapes import ComponentShape, IncidentShape, MaintenanceShape, MonitorShape
from server.api.shapes_people import AuditShape, CustomerShape, DeliveryShape, LedgerShape, NoticeShape, TicketShape
from server.api.shapes_subscribers import SubscriberShape
from server.api.table_people import PEOPLE
from server.api.trials import TriedShape, TryNotice, try_notice
from server.api.values import Body

B = TypeVar("B", bound=Body)
Q = TypeVar("Q", bound=Body)


def _get(
    path: str, right: Right, query: type[Q], do: Callable[[Ask[Nothing, Q]], Any], answers: Any
) -> Operation[Nothing, Q]:
    return Operation(method="GET", path=path, right=right, body=Nothing, query=query, answers=answers, do=do)


def _does(
    method: str, path: str, right: Right, body: type[B], do: Callable[[Ask[B, NoQuery]], Any], answers: Any,
    *, status: int = 200,
) -> Operation[B, NoQuery]:  # fmt: skip
    return Operation(
        method=method, path=path, right=right, body=body, query=NoQuery, answers=answers, do=do, status=status
    )


OPERATIONS: tuple[Operation[Any, Any] | Upload, ...] = (
    _get("/components", Right.READ, NoQuery, components.list_components, PageShape[ComponentShape]),
    _get("/components/{id}", Right.READ, NoQuery, components.get_component, ComponentShape),
    _get("/monitors", Right.READ, NoQuery, components.list_monitors, PageShape[MonitorShape]),
    _get("/monitors/{id}", Right.READ, NoQuery, components.get_monitor, MonitorShape),
    _get("/findings", Right.READ, NoQuery, list_findings, PageShape[FindingShape]),
    #
    _get("/incidents", Right.READ, queries.IncidentsQuery, incidents.list_incidents, PageShape[IncidentShape]),
    _does(
        "POST", "/incidents", Right.OPERATE, bodies.OpenIncident, incidents.open_incident, IncidentShape, status=201
    ),
    _get("/incidents/{id}", Right.READ, NoQuery, incidents.get_incident, IncidentShape),
    _does(
        "POST", "/incidents/{id}/updates", Right.OPERATE, bodies.UpdateIncident, incidents.update_incident,
        IncidentShape, status=201,
    ),
    _does(
        "POST", "/incidents/{id}/updates/{update_id}/correct", Right.OPERATE, bodies.CorrectUpdate,
        incidents.correct_update, IncidentShape, status=201,
    ),
    _does("POST", "/incidents/{id}/times", Right.OPERATE, bodies.CorrectTimes, incidents.correct_times, IncidentShape),
    _does(
        "POST", "/incidents/{id}/merge", Right.OPERATE, bodies.MergeIncident, incidents.merge_incident, IncidentShape,
    ),
    _does(
        "POST", "/incidents/{id}/split", Right.OPERATE, bodies.SplitIncident, incidents.split_incident,
        IncidentShape, status=201,
    ),
    _does(
        "POST", "/incidents/{id}/publish", Right.OPERATE, bodies.PublishIncident, incidents.publish_incident,
        IncidentShape,
    ),
    _does(
        "POST", "/incidents/{id}/discard", Right.OPERATE, bodies.DiscardIncident, incidents.discard_incident,
        IncidentShape,
    ),
    _get(
        "/incidents/{id}/tickets", Right.READ_CUSTOMERS, queries.ListQuery, tickets.list_incident_tickets,
        PageShape[TicketShape],
    ),
    _does(
        "POST", "/incidents/{id}/tickets", Right.TICKETS, bodies.LinkTickets, tickets.link_incident_tickets,
        tickets.LinkedShape,
    ),
    _does(
        "DELETE", "/incidents/{id}/tickets/{ticket_id}", Right.TICKETS, Nothing, tickets.unlink_ticket,
        tickets.UnlinkedShape,
    ),
    #
    _get(
        "/maintenances", Right.READ, queries.MaintenancesQuery, maintenances.list_maintenances,
        PageShape[MaintenanceShape],
    ),
    _does(
        "POST", "/maintenances", Right.OPERATE, bodies_planned.AnnounceMaintenance, maintenances.announce_maintenance,
        MaintenanceShape, status=201,
    ),
    _get("/maintenances/{id}", Right.READ, NoQuery, maintenances.get_maintenance, MaintenanceShape),
    _does(
        "POST", "/maintenances/{id}/extend", Right.OPERATE, bodies_planned.ExtendMaintenance,
        maintenances.extend_maintenance, MaintenanceShape,
    ),
    _does(
        "POST", "/maintenances/{id}/reschedule", Right.OPERATE, bodies_planned.RescheduleMaintenance,
        maintenances.reschedule_maintenance, MaintenanceShape,
    ),
    _does(
        "POST", "/maintenances/{id}/stop-repeating", Right.OPERATE, Nothing, maintenances.stop_repeating,
        MaintenanceShape,
    ),
    _does(
        "POST", "/maintenances/{id}/complete", Right.OPERATE, bodies_planned.Step, maintenances.complete_maintenance,
        MaintenanceShape,
    ),
    _does(
        "POST", "/maintenances/{id}/cancel", Right.OPERATE, bodies_planned.Step, maintenances.cancel_maintenance,
        MaintenanceShape,
    ),
    #
    _get("/notices", Right.READ, queries.NoticesQuery, notices.list_notices, PageShape[NoticeShape]),
    _get("/notices/{id}", Right.READ, queries.NoticeQuery, notices.get_notice, NoticeShape),
    _does("POST", "/notices/{id}/approve", Right.APPROVE, bodies.ApproveNotice, notices.approve_notice, NoticeShape),
    _does("POST", "/notices/{id}/send-now", Right.OPERATE, Nothing, notices.send_notice_now, NoticeShape),
    _does("POST", "/notices/{id}/test", Right.OPERATE, TryNotice, try_notice, TriedShape),
    _does("POST", "/notices/{id}/cancel", Right.OPERATE, Nothing, notices.cancel_notice, NoticeShape),
    _get(
        "/notices/{id}/deliveries", Right.READ_CUSTOMERS, queries.ListQuery, notices.list_deliveries,
        PageShape[DeliveryShape],
    ),
    _get("/delivery", Right.READ, NoQuery, get_delivery, FlowShape),
    _get("/alarms", Right.READ, queries.AlarmsQuery, list_alarms, PageShape[AlarmShape]),
    # The ledger first: a reference may have slashes in it.
    _get(
        "/customers/{external_id:path}/ledger", Right.READ_CUSTOMERS, queries.LedgerQuery, customers.list_ledger,
        PageShape[LedgerShape],
    ),
    _get("/customers/{external_id:path}", Right.READ_CUSTOMERS, queries.ReasonQuery, customers.get_customer,
         CustomerShape),
    _does(
        "PUT", "/customers/{external_id:path}", Right.WRITE_CUSTOMERS, bodies.PutCustomer, customers.put_customer,
        CustomerShape,
    ),
    Upload(
        method="POST", path="/customers:import", right=Right.WRITE_CUSTOMERS, media_type="application/x-ndjson",
        body=bodies.ImportCustomer, answers=imports.ImportShape, do=imports.import_customers, query=NoQuery,
    ),
    #
    _get(
        "/suppressions", Right.READ_CUSTOMERS, queries.ListQuery, suppressions.list_suppressions,
        PageShape[suppressions.SuppressionShape],
    ),
    _does(
        "POST", "/suppressions", Right.WRITE_CUSTOMERS, suppressions.AddSuppression, suppressions.add_suppression,
        suppressions.SuppressionShape, status=201,
    ),
    _does(
        "POST", "/suppressions:lift", Right.WRITE_CUSTOMERS, suppressions.LiftSuppression,
        suppressions.lift_suppression, suppressions.LiftedShape,
    ),
    #
    _get(
        "/subscribers", Right.READ_CUSTOMERS, SubscribersQuery, subscribers.list_subscribers,
        PageShape[SubscriberShape],
    ),
    _does(
        "POST", "/subscribers", Right.WRITE_CUSTOMERS, AddSubscriber, subscribers.add_subscriber, SubscriberShape,
        status=201,
    ),
    _does(
        "DELETE", "/subscribers/{id}", Right.WRITE_CUSTOMERS, Nothing, subscribers.remove_subscriber, SubscriberShape,
    ),
    #
    _get("/tickets", Right.READ_CUSTOMERS, queries.TicketsQuery, tickets.list_tickets, PageShape[TicketShape]),
    _does("POST", "/tickets", Right.TICKETS, bodies.RecordTicket, tickets.record_ticket, TicketShape, status=201),
    _does("POST", "/tickets:link", Right.TICKETS, bodies.LinkTicketsTo, tickets.link_tickets, tickets.LinkedShape),
    #
    _does("POST", "/audience:preview", Right.OPERATE, bodies.PreviewAudience, preview_audience, PreviewShape),
    _get("/audit", Right.AUDIT, queries.AuditQuery, list_audit, PageShape[AuditShape]),
    #
    *PEOPLE,
)  # fmt: skip
