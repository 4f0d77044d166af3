"""What came back, from a mailbox onto the ledger."""

import asyncio

from notifier.channels.email.codes import Codes
from records.desk.incidents import open_incident
from records.notices import Outcome
from records.store import ledger
from server.bounces import mailbox_of, watch_mailbox
from server.config.sections.mail import Bounces
from server.wiring import mail_secret
from tests.bounced import failure
from tests.cast import ANA, NOW, acme, an_incident, deliver, fan_out, number_of, the_notice
from tests.imap import PASSWORD, ImapServer, Kept
from tests.server.house import context_on


def settings(port):
    return Bounces.model_validate(
        {
            "domain": "bounce.acme.example",
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "username": "bounces",
            "password": PASSWORD,
        }
    )


async def test_a_mailbox_is_watched_and_what_it_says_is_on_the_ledger(store):
    context = context_on(store, now=lambda: NOW)
    incident = open_incident(acme(store), an_incident(), ANA, NOW)
    fan_out(store)
    deliver(store)
    ada = number_of(store, "ada")
    key = f"{the_notice(store, incident.id).id}.1.{ada}"
    address = f"b+{key}.{Codes(mail_secret(context)).mac(key)}@bounce.acme.example"
    with ImapServer() as server:
        server.folder.refuses.add("SELECT")
        server.folder.mails = [Kept(raw=b"a holiday note"), Kept(raw=failure(address))]
        stop, mailbox = asyncio.Event(), mailbox_of(settings(server.port))
        assert mailbox is not None
        watching = asyncio.create_task(watch_mailbox(context, mailbox, 0.02, stop))
        while server.folder.commands.count("SELECT") < 2:
            await asyncio.sleep(0.01)
        server.folder.refuses.clear()
        while server.folder.unseen():
            await asyncio.sleep(0.01)
        stop.set()
        await watching
    assert Outcome.BOUNCED in {each.outcome for each in ledger.of_customer(store, ada)}


def test_without_a_host_there_is_no_mailbox():
    hook = Bounces.model_validate({"domain": "bounce.acme.example", "token": "0123456789abcdef"})
    assert mailbox_of(hook) is None
    assert mailbox_of(None) is None
