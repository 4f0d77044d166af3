"""What went wrong, as an answer."""

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from records.errors import Conflict, EditedMeanwhile, Fault, Invalid, MoveRefused, NotFound, StoreUnavailable
from server.auth import NotAllowed, NotSignedIn, TooManyTries
from server.problems import HANDLERS, MIDDLEWARE, LastResort, Malformed, TooFast, pointer


def client(error, **state):
    async def fail(request):
        raise error

    app = Starlette(
        routes=[Route("/api/x", fail), Route("/console/x", fail), Route("/verify/x", fail)],
        exception_handlers=HANDLERS,
        middleware=MIDDLEWARE,
    )
    for name, value in state.items():
        setattr(app.state, name, value)
    return TestClient(app)


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (Malformed("x"), 400, "malformed"),
        (NotSignedIn("x"), 401, "not-signed-in"),
        (NotAllowed("x"), 403, "not-allowed"),
        (NotFound("x"), 404, "not-found"),
        (Conflict("x"), 409, "conflict"),
        (MoveRefused("x"), 409, "move-refused"),
        (EditedMeanwhile("x"), 409, "edited-meanwhile"),
        (Invalid("x"), 422, "invalid"),
        (TooManyTries("x"), 429, "too-many-tries"),
        (StoreUnavailable("x"), 503, "store-unavailable"),
        (HTTPException(405), 405, "method-not-allowed"),
        (HTTPException(418, "short and stout"), 418, "i'm-a-teapot"),
    ],
)
def test_every_error_has_one_shape(error, status, name):
    answer = client(error).get("/api/x")
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert problem["type"] == f"urn:forewarn:problem:{name}"
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_faults_have_json_pointers():
    faults = [
        Fault(path="audience", message="a", hint="b"),
        Fault(path="/x/0", message="c"),
        Fault(path="", message="d"),
    ]
    assert client(Invalid(faults)).get("/api/x").json()["errors"] == [
        {"pointer": "/audience", "message": "a", "hint": "b"},
        {"pointer": "/x/0", "message": "c", "hint": ""},
        {"pointer": "", "message": "d", "hint": ""},
    ]
    assert pointer("store.url") == "/store/url"


def test_whoever_must_wait_is_told_how_long():
    assert client(TooFast(7)).get("/api/x").headers["retry-after"] == "7"
    assert client(TooManyTries("x")).get("/api/x").headers["retry-after"] == "60"
    assert client(StoreUnavailable("x")).get("/api/x").headers["retry-after"] == "5"


def test_what_the_database_says_stays_in_the_log():
    with capture_logs() as logs:
        answer = client(StoreUnavailable("postgresql://secret@db does not answer")).get("/api/x")
    assert "secret" not in answer.text
    assert "secret" in logs[0]["why"]


def test_what_nobody_foresaw_is_logged_once_and_tells_nothing_of_itself():
    with capture_logs() as logs:
        answer = client(RuntimeError("the secret")).get("/api/x")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    [entry] = logs
    assert entry["log_level"] == "error"
    assert entry["exc_info"]
    assert entry["reference"] in answer.json()["detail"]


async def test_an_answer_that_has_begun_cannot_be_taken_back():
    async def fail_late(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("too late")

    async def nothing():
        return {"type": "http.disconnect"}

    async def sending(message):
        sent.append(message)

    sent: list[object] = []
    with pytest.raises(RuntimeError, match="too late"):
        await LastResort(fail_late)({"type": "http", "method": "GET", "path": "/"}, nothing, sending)
    assert len(sent) == 1


def test_people_get_a_page_where_somebody_draws_one():
    def draw(request, problem):
        return PlainTextResponse(f"drawn: {problem.detail}", status_code=problem.status)

    asking = client(NotFound("There is no <incident>."), problem_pages={"/console": draw})
    assert asking.get("/console/x").text == "drawn: There is no <incident>."
    assert asking.get("/api/x").json()["detail"] == "There is no <incident>."


def test_people_get_a_plain_page_where_nobody_draws_one():
    asking = client(NotFound("There is no <incident>."))
    answer = asking.get("/verify/x", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert "There is no &lt;incident&gt;." in answer.text
    assert asking.get("/api/x", headers={"Accept": "text/html,*/*"}).json()["status"] == 404


def test_whoever_hangs_up_is_no_fault_of_ours():
    with capture_logs() as logs:
        assert client(ClientDisconnect()).get("/api/x").status_code == 400
    assert logs == []
