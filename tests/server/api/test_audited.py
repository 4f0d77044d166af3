"""The audit log has a line for every deed over the API, and for every look at customers' rows."""

import pytest

from records.desk.blocks import block
from records.people import COMMAND_LINE, Right
from records.store import people
from server.api.table import OPERATIONS
from tests.server.conftest import NOW

TICKET = {"external_id": "4711", "system": "freshdesk", "requester": "c-1", "subject": "Where is it?",
          "created_at": "2026-11-22T13:00:00Z"}  # fmt: skip
INCIDENT = {"name": "Trouble", "body": "Words.", "components": [{"id": "website", "status": "major_outage"}]}
DEPOSITS = {"id": "eth-deposits", "status": "major_outage"}
WINDOW = {"name": "Upgrade", "body": "Words.", "scheduled_for": "2026-11-25T02:00:00Z",
          "scheduled_until": "2026-11-25T04:00:00Z", "components": ["website"]}  # fmt: skip
#: Addresses that show rows of customers, or of subscribers.
LOOKS = {
    "/customers/{external_id:path}/ledger",
    "/customers/{external_id:path}",
    "/incidents/{id}/tickets",
    "/notices/{id}/deliveries",
    "/subscribers",
    "/suppressions",
    "/tickets",
}


class House:
    """Everything an operation may be about, made as it is asked for."""

    def __init__(self, admin, context):
        self.admin = admin
        self.context = context
        admin.put("/api/v1/customers/c-1", json={"email": "ana@example.org", "tags": ["holds:BTC"]})

    def post(self, path, body):
        answer = self.admin.post(f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def incident(self, **more):
        return self.post("/incidents", INCIDENT | {"publish": True} | more)

    def draft(self):
        return self.incident(publish=False)

    def window(self, **more):
        return self.post("/maintenances", WINDOW | more)

    def notice(self):
        self.incident()
        return self.admin.get("/api/v1/notices").json()["items"][0]

    def ticket(self):
        return self.post("/tickets", TICKET)

    def user(self):
        return self.post("/users", {"name": "ben", "role": "ops"})["user"]

    def token(self):
        return self.post("/tokens", {"label": "x", "role": "ops"})["token"]

    def blocked(self):
        block(self.context.desk, "c-1", "bounced", COMMAND_LINE, NOW, reason="a letter")


def linked(house):
    incident, ticket = house.incident(), house.ticket()
    house.post(f"/incidents/{incident['id']}/tickets", {"ticket_ids": [ticket["id"]]})
    return f"/incidents/{incident['id']}/tickets/{ticket['id']}", None


def subscriber(house):
    return house.post("/subscribers", {"email": "sue@example.org", "confirmed": "by letter, 3 May"})


def split(house):
    both = [*INCIDENT["components"], DEPOSITS]
    body = {"name": "Deposits", "body": "Words.", "components": [DEPOSITS]}
    return f"/incidents/{house.incident(components=both)['id']}/split", body


#: By operation, what makes it do something: its address and body.
DEEDS = {
    "POST /incidents": lambda house: ("/incidents", INCIDENT),
    "POST /incidents/{id}/updates": lambda house: (f"/incidents/{house.incident()['id']}/updates", {"body": "More."}),
    "POST /incidents/{id}/updates/{update_id}/correct": lambda house: (
        lambda one: (f"/incidents/{one['id']}/updates/{one['updates'][0]['id']}/correct", {"body": "Better."})
    )(house.incident()),
    "POST /incidents/{id}/times": lambda house: (
        f"/incidents/{house.incident()['id']}/times", {"started_at": "2026-11-22T12:00:00Z", "reason": "logs"},
    ),
    "POST /incidents/{id}/merge": lambda house: (
        f"/incidents/{house.incident()['id']}/merge", {"into": house.incident()["id"]},
    ),
    "POST /incidents/{id}/split": split,
    "POST /incidents/{id}/publish": lambda house: (f"/incidents/{house.draft()['id']}/publish", {}),
    "POST /incidents/{id}/discard": lambda house: (f"/incidents/{house.draft()['id']}/discard", {}),
    "POST /incidents/{id}/tickets": lambda house: (
        f"/incidents/{house.incident()['id']}/tickets", {"ticket_ids": [house.ticket()["id"]]},
    ),
    "DELETE /incidents/{id}/tickets/{ticket_id}": linked,
    "POST /maintenances": lambda house: ("/maintenances", WINDOW),
    "POST /maintenances/{id}/extend": lambda house: (
        f"/maintenances/{house.window()['id']}/extend", {"scheduled_until": "2026-11-25T05:00:00Z"},
    ),
    "POST /maintenances/{id}/reschedule": lambda house: (
        f"/maintenances/{house.window()['id']}/reschedule",
        {"scheduled_for": "2026-11-26T02:00:00Z", "scheduled_until": "2026-11-26T03:00:00Z"},
    ),
    "POST /maintenances/{id}/stop-repeating": lambda house: (
        f"/maintenances/{house.window(recurrence='FREQ=WEEKLY;BYDAY=WE')['id']}/stop-repeating", None,
    ),
    "POST /maintenances/{id}/cancel": lambda house: (f"/maintenances/{house.window()['id']}/cancel", {}),
    "POST /notices/{id}/cancel": lambda house: (f"/notices/{house.notice()['id']}/cancel", None),
    "PUT /customers/{external_id:path}": lambda house: ("/customers/c-2", {"tags": []}),
    "POST /subscribers": lambda house: ("/subscribers", {"email": "sue@example.org", "confirmed": "by letter"}),
    "DELETE /subscribers/{id}": lambda house: (f"/subscribers/{subscriber(house)['id']}", None),
    "POST /suppressions": lambda house: (
        "/suppressions", {"external_id": "c-1", "kind": "bounced", "reason": "a letter"},
    ),
    "POST /suppressions:lift": lambda house: (
        house.blocked(), ("/suppressions:lift", {"external_id": "c-1", "reason": "they wrote"}),
    )[1],
    "POST /tickets": lambda house: ("/tickets", TICKET),
    "POST /tickets:link": lambda house: (
        "/tickets:link", {"incident_id": house.incident()["id"], "ticket_ids": [house.ticket()["id"]]},
    ),
    "POST /audience:preview": lambda house: ("/audience:preview", {"audience": "everyone"}),
    "POST /users": lambda house: ("/users", {"name": "ben", "role": "ops"}),
    "POST /users/{id}/role": lambda house: (f"/users/{house.user()['id']}/role", {"role": "viewer"}),
    "POST /users/{id}/email": lambda house: (f"/users/{house.user()['id']}/email", {"email": "b@acme.example"}),
    "POST /users/{id}/disable": lambda house: (f"/users/{house.user()['id']}/disable", None),
    "POST /users/{id}/sign-out": lambda house: (f"/users/{house.user()['id']}/sign-out", None),
    "POST /users/{id}/reset-password": lambda house: (f"/users/{house.user()['id']}/reset-password", None),
    "POST /users/{id}/single-sign-on": lambda house: (f"/users/{house.user()['id']}/single-sign-on", None),
    "POST /tokens": lambda house: ("/tokens", {"label": "x", "role": "ops"}),
    "POST /tokens/{id}/revoke": lambda house: (f"/tokens/{house.token()['id']}/revoke", None),
}  # fmt: skip
#: Tried where what they need is at hand: a notice that waits, a window that runs, somebody disabled, many lines.
ELSEWHERE = {
    "POST /notices/{id}/approve": "tests/records/desk/test_waiting.py",
    "POST /notices/{id}/send-now": "tests/records/desk/test_sending_now.py",
    "POST /notices/{id}/test": "tests/server/api/test_trials.py",
    "POST /maintenances/{id}/complete": "tests/records/desk/test_maintenance.py",
    "POST /users/{id}/enable": "tests/server/api/test_people.py",
    "POST /customers:import": "tests/server/api/test_customers.py",
}


@pytest.fixture
def engine() -> str:
    """What is kept does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def house(admin, context):
    return House(admin, context)


def test_every_operation_that_changes_something_is_tried():
    changing = {f"{one.method} {one.path}" for one in OPERATIONS if one.method != "GET"}
    assert changing - set(DEEDS) - set(ELSEWHERE) == set()
    assert set(DEEDS) - changing == set()


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_leaves_a_line_that_names_who_did_it(house, admin, store, name):
    path, body = DEEDS[name](house)
    before = people.audit_entries(store)[0].id
    answer = admin.request(name.split()[0], f"/api/v1{path}", json=body)
    assert answer.status_code in (200, 201), answer.text
    newest = [each for each in people.audit_entries(store, limit=20) if each.id > before]
    assert newest != []
    assert {each.actor for each in newest} == {"token:admin"}


def test_every_address_that_shows_customers_is_tried():
    assert {one.path for one in OPERATIONS if one.method == "GET" and one.right is Right.READ_CUSTOMERS} == LOOKS


@pytest.mark.parametrize("path", sorted(LOOKS))
def test_each_look_at_customers_leaves_a_line(house, admin, store, path):
    notice, incident = house.notice(), house.incident()
    about = incident["id"] if "incidents" in path else notice["id"]
    address = path.replace("{external_id:path}", "c-1").replace("{id}", about)
    for _ in range(2):
        before = people.audit_entries(store)[0].id
        assert (
            admin.get(f"/api/v1{address}", params={"reason": "ticket 4711"} if "c-1" in address else {}).status_code
            == 200
        )
        [line] = [each for each in people.audit_entries(store, limit=5) if each.id > before]
        assert line.actor == "token:admin"
