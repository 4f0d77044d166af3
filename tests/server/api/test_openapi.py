"""The document says what the API does, all of it and nothing else."""

import json
import re
from pathlib import Path

from starlette.routing import Mount, Route

from server.api.openapi import document
from server.api.routes import ROUTES
from server.api.table import OPERATIONS


def test_the_document_lists_every_route_and_no_other(anybody):
    answer = anybody.get("/api/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in answer.json()["paths"].items() for method in methods}
    served = {
        (method, mount.path + route.path.replace(":path}", "}"))
        for mount in ROUTES
        if isinstance(mount, Mount)
        for route in mount.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert described == served
    assert len(described) == len(OPERATIONS)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does():
    operations = [each for methods in document()["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"] for each in operations)


def test_every_reference_leads_somewhere():
    text = json.dumps(document())
    for section, name in set(re.findall(r'"#/components/(\w+)/([^"]+)"', text)):
        assert name in document()["components"][section], name


def test_answers_have_the_fields_that_the_document_names(ops):
    body = {"name": "Trouble", "body": "Words.", "components": [{"id": "website", "status": "major_outage"}]}
    incident = ops.post("/api/v1/incidents", json=body).json()
    schemas = document()["components"]["schemas"]
    assert set(incident) == set(schemas["IncidentShape"]["properties"])
    assert set(ops.get("/api/v1/components").json()["items"][0]) == set(schemas["ComponentShape"]["properties"])
    assert set(ops.get("/api/v1/monitors").json()["items"][0]) == set(schemas["MonitorShape"]["properties"])
    assert set(ops.get("/api/v1/notices").json()["items"][0]) == set(schemas["NoticeShape"]["properties"])
    assert set(ops.get("/api/v1/incidents/none").json()) == set(schemas["ProblemShape"]["properties"])


def test_every_address_is_in_the_documents():
    said = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    missing = [path for path in document()["paths"] if path.removeprefix("/api/v1") not in said]
    assert missing == []


def test_one_component_and_one_monitor_are_shown(ops):
    assert ops.get("/api/v1/components/website").json()["name"] == {"en": "Website"}
    assert ops.get("/api/v1/monitors/chain:ethereum").json()["every_seconds"] == 1.0
    assert ops.get("/api/v1/monitors/none").status_code == 404


def test_another_method_is_refused_with_those_there_are(ops):
    answer = ops.delete("/api/v1/incidents")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}
