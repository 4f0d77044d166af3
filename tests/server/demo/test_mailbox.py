import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from server.demo.mailbox import Mailbox, MailServer


def mail(to: str, *, subject: str = "Bitcoin withdrawals delayed", name: str = "Ana") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Acme <status@acme.example>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(f"Dear {name},\n" + "the same words for everyone\n" * 30)
    message.add_alternative(f"<p>Dear {name}</p>" + "\n<p>the same words</p>" * 30, subtype="html")
    return message


def source(to: str, **words: str) -> bytes:
    message = mail(to, **words)
    for part in message.walk():
        if part.is_multipart():
            part.set_boundary("b")
    return message.as_bytes()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(most=100)


def test_the_newest_mail_stands_first_and_a_search_finds_a_recipient(mailbox):
    for to in ("ana@example.org", "bob@example.org", "ana@example.org"):
        mailbox.add(to, source(to))
    assert [message.number for message in mailbox.newest()] == [3, 2, 1]
    assert [message.number for message in mailbox.newest(to=" ANA@ ")] == [3, 1]


def test_memory_is_bounded_and_the_oldest_go(mailbox):
    for number in range(250):
        mailbox.add(f"c{number}@example.org", source(f"c{number}@example.org"))
    assert len(mailbox) == 100
    assert mailbox.received == 250
    assert mailbox.message(150) is None
    found = mailbox.message(151)
    assert found is not None
    assert found.recipient == "c150@example.org"
    assert mailbox.message(251) is None


def test_what_mails_have_in_common_is_kept_once_and_let_go_with_the_last(mailbox):
    for number in range(100):
        mailbox.add(f"c{number}@example.org", source(f"c{number}@example.org", name=f"Customer {number}"))
    shared = mailbox.distinct_lines
    assert shared < 3 * 100 + 50  # of some 7,500 lines
    for number in range(1000):
        mailbox.add(f"d{number}@example.org", source(f"d{number}@example.org", name=f"Customer {number}"))
    assert mailbox.distinct_lines <= shared + 10


def test_a_mail_comes_back_byte_for_byte_and_in_both_forms(mailbox):
    sent = source("ana@example.org", subject="Întârziere")
    kept = mailbox.add("ana@example.org", sent)
    assert kept.source == sent
    assert kept.subject == "Întârziere"
    assert kept.body("plain").startswith("Dear Ana")
    assert kept.body("html").startswith("<p>Dear Ana")


def test_a_mail_without_html_has_none(mailbox):
    assert mailbox.add("a@example.org", b"Subject: x\r\n\r\nhello\r\n").body("html") == ""


async def test_the_mail_server_takes_what_a_real_client_sends(mailbox):
    server = MailServer(mailbox)
    await server.open()
    try:

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
                client.send_message(mail("Ana@Example.org"))
                client.send_message(mail("bob@example.org"))

        await asyncio.to_thread(send)
    finally:
        await server.close()
    assert [message.recipient for message in mailbox.newest()] == ["bob@example.org", "ana@example.org"]
