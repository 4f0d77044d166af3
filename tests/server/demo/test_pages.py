"""The demo's pages around a real world, asked through the application itself."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage

import httpx2
import pytest
from starlette.applications import Starlette

from records.components import Cause, Direction, Status
from records.desk.inheritance import AutoWords
from records.desk.judgement import take_verdict
from records.store import monitors
from records.times import now_utc
from records.verdicts import Verdict, VerdictKind
from server.context import Context
from server.demo import people
from server.demo.node import Fault
from server.demo.pages import demo_routes
from server.demo.seed import seed
from server.demo.service import ServiceFault
from server.demo.view import FAULT_WORDS, NODE_BUTTONS, SERVICE_BUTTONS, SERVICE_WORDS, VERDICT_WORDS
from server.demo.world import World, opened_world
from server.problems import HANDLERS
from server.wiring import open_context


@dataclass
class Demo:
    world: World
    context: Context
    client: httpx2.AsyncClient

    async def press(self, path: str, **form: str) -> httpx2.Response:
        return await self.client.post(path, data=form, headers={"sec-fetch-site": "same-origin"})


@pytest.fixture
async def demo(tmp_path) -> AsyncIterator[Demo]:
    async with opened_world(tmp_path, 8000) as world:
        seed(world.settings, now_utc())
        context = open_context(world.settings)
        app = Starlette(routes=demo_routes(world), exception_handlers=HANDLERS)
        app.state.context = context
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield Demo(world, context, client)
        context.desk.store.close()


def test_every_fault_and_verdict_has_its_words():
    assert set(FAULT_WORDS) == set(Fault)
    assert set(NODE_BUTTONS) == set(Fault) - {Fault.STALL}
    assert set(SERVICE_WORDS) == set(SERVICE_BUTTONS) == set(ServiceFault)
    assert set(VERDICT_WORDS) == set(VerdictKind)


async def test_the_control_page_shows_every_node_and_how_to_sign_in(demo):
    page = await demo.client.get("/demo")
    assert page.status_code == 200
    for network in demo.world.networks:
        for host in network.hosts:
            assert f"<b>{host.node.name}</b>" in page.text
    assert f"<code>{people.PASSWORD}</code>" in page.text
    assert "No open incident." in page.text


async def test_pages_run_nothing_but_files_of_ours(demo):
    for path in ("/demo", "/demo/mailbox", "/demo/social"):
        page = await demo.client.get(path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]* src=)|<style| style=|\son[a-z]+=", page.text)


async def test_the_files_that_pages_name_are_there(demo):
    page = (await demo.client.get("/demo")).text
    named = re.findall(r'(?:src|href)="(/demo/assets/[^"]+)"', page)
    assert len(named) == 3
    for path in named:
        assert (await demo.client.get(path)).status_code == 200
    assert (await demo.client.get("/demo/assets/none.css")).status_code == 404


async def test_a_button_breaks_a_network_and_another_heals_it(demo):
    network = demo.world.network("ethereum")
    answer = await demo.press("/demo/networks/ethereum", deed="halt")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/demo#network-ethereum"
    assert network.chain.halted
    assert "The network stands still" in (await demo.client.get("/demo")).text
    await demo.press("/demo/networks/ethereum", deed="heal")
    assert network.well


async def test_every_button_on_the_page_works(demo):
    page = (await demo.client.get("/demo")).text
    forms = re.findall(r'<form class="acts[^>]*action="([^"]+)".*?</form>', page, re.DOTALL)
    bodies = re.findall(r'<form class="acts.*?</form>', page, re.DOTALL)
    buttons = [
        (path, name, value)
        for path, body in zip(forms, bodies, strict=True)
        for name, value in re.findall(r'<button[^>]*name="(\w+)" value="(\w+)"', body)
    ]
    assert len(buttons) == 4 * 5 + 12 * 6 + 4
    for path, name, value in buttons:
        assert (await demo.press(path, **{name: value})).status_code == 303, (path, value)
    await demo.press("/demo/heal")
    assert all(network.well for network in demo.world.networks)
    assert demo.world.website.fault is ServiceFault.NONE


async def test_a_node_can_be_broken_alone(demo):
    await demo.press("/demo/networks/bitcoin/nodes/btc-1", fault="kill")
    assert demo.world.network("bitcoin").host("btc-1").node.fault is Fault.KILL
    page = (await demo.client.get("/demo")).text
    assert "refuses connections" in page
    assert "Broken: btc-1" in page


async def test_buttons_that_do_not_exist_are_refused(demo):
    assert (await demo.press("/demo/networks/dogecoin", deed="halt")).status_code == 404
    assert (await demo.press("/demo/networks/bitcoin/nodes/eth-1", fault="kill")).status_code == 404
    assert (await demo.press("/demo/networks/bitcoin", deed="explode")).status_code == 422
    assert (await demo.press("/demo/website")).status_code == 422


async def test_another_sites_page_cannot_press_a_button(demo):
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await demo.client.post("/demo/networks/ethereum", data={"deed": "halt"}, headers=headers)
        assert answer.status_code == 403
        assert (await demo.client.post("/demo/heal", headers=headers)).status_code == 403
    assert demo.world.network("ethereum").well


async def test_a_draft_leads_to_the_console_with_the_judges_reasons_beside_it(demo):
    verdict = Verdict(
        monitor="chain:bitcoin",
        kind=VerdictKind.NETWORK_HALT,
        since=now_utc(),
        at=now_utc(),
        chain="bitcoin",
        component=None,
        statuses={Direction.DEPOSITS: Status.MAJOR_OUTAGE, Direction.WITHDRAWALS: Status.MAJOR_OUTAGE},
        corroborated=True,
        cause=Cause.LEDGER,
        reasoning="no node saw a new block",
    )
    store = demo.context.desk.store
    monitors.keep_round(store, "chain:bitcoin", verdict, "{}", seen_at=now_utc())
    words = AutoWords(name={"en": "Bitcoin <stands> still"}, body={"en": "It does."})
    draft = take_verdict(demo.context.desk, verdict, lambda *_: words, now_utc())
    assert draft is not None
    page = (await demo.client.get("/demo")).text
    assert f'<a href="/console/incidents/{draft.id}">Bitcoin &lt;stands&gt; still</a>' in page
    assert "The whole network stands still" in page
    assert "no node saw a new block" in page


def add_mail(demo: Demo, to: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "status@acme.example", to, subject
    message.set_content("Words <b> as text")
    message.add_alternative("<h1>Words</h1><script>alert(1)</script>", subtype="html")
    demo.world.mailbox.add(to, message.as_bytes())


async def test_the_mailbox_lists_searches_and_pages(demo):
    assert "No mail yet." in (await demo.client.get("/demo/mailbox")).text
    for number in range(60):
        add_mail(demo, f"c{number}@example.org", f"Notice <{number}>")
    first = (await demo.client.get("/demo/mailbox")).text
    assert "Notice &lt;59&gt;" in first
    assert "Notice &lt;9&gt;" not in first
    assert "Notice &lt;9&gt;" in (await demo.client.get("/demo/mailbox?page=2")).text
    found = (await demo.client.get("/demo/mailbox", params={"to": "c7@"})).text
    assert "Notice &lt;7&gt;" in found
    assert "Notice &lt;59&gt;" not in found
    assert "No mail to such a recipient." in (await demo.client.get("/demo/mailbox?to=nobody")).text
    for odd in ("-1", "x", "99999999999999999999", "²"):
        assert (await demo.client.get("/demo/mailbox", params={"page": odd})).status_code == 200


async def test_a_mail_is_shown_as_text_as_html_in_a_sandbox_and_raw(demo):
    add_mail(demo, "ana@example.org", "Notice")
    page = (await demo.client.get("/demo/mailbox/1")).text
    assert "Words &lt;b&gt; as text" in page
    assert 'src="/demo/mailbox/1/html"' in page
    html = await demo.client.get("/demo/mailbox/1/html")
    assert "<h1>Words</h1>" in html.text
    assert html.headers["content-security-policy"].startswith("sandbox allow-popups ")
    assert "allow-scripts" not in html.headers["content-security-policy"]
    raw = await demo.client.get("/demo/mailbox/1/source")
    assert raw.headers["content-type"].startswith("text/plain")
    assert "Subject: Notice" in raw.text
    assert (await demo.client.get("/demo/mailbox/2")).status_code == 404
