"""Reading the mailbox for bounces, from a server that behaves and one that does not."""

import socket
from dataclasses import replace

import pytest

from notifier.channels.email.mailbox import Mailbox, MailboxAway, read_new
from tests.imap import PASSWORD, ImapServer, Kept
from tests.mail import own_certificate


@pytest.fixture
def server():
    with ImapServer() as running:
        running.folder.mails = [
            Kept(raw=b"To: a\r\n\r\none"),
            Kept(raw=b"seen", is_seen=True),
            Kept(raw=b"\xff\x00two"),
        ]
        yield running


def box(server, **changes):
    plain = Mailbox(host="127.0.0.1", port=server.port, security="none", username="bounces", password=PASSWORD)
    return replace(plain, **changes)


def read(server, **changes):
    came: list[bytes] = []
    read_new(box(server, **changes), came.append, lambda: False)
    return came


def test_every_mail_not_seen_yet_is_read_once_to_the_byte(server):
    assert read(server) == [b"To: a\r\n\r\none", b"\xff\x00two"]
    assert read(server) == []
    assert len(server.folder.mails) == 3, "nothing is removed"


def test_a_mail_of_a_megabyte_is_read_as_far_as_reports_go(server):
    server.folder.mails = [Kept(raw=b"x" * 1_000_000)]
    assert [len(each) for each in read(server)] == [256 * 1024]


def test_what_could_not_be_taken_in_is_read_again(server):
    def fail(raw):
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        read_new(box(server), fail, lambda: False)
    assert len(read(server)) == 2


def test_the_end_comes_between_two_mails(server):
    came: list[bytes] = []
    assert read_new(box(server), came.append, lambda: bool(came)) == 1
    assert server.folder.unseen() == [b"\xff\x00two"]


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH", "STORE"])
@pytest.mark.parametrize("manner", ["refuses", "drops"])
def test_whatever_goes_wrong_is_told_in_one_kind_of_error_without_the_password(server, command, manner):
    getattr(server.folder, manner).add(command)
    with pytest.raises(MailboxAway) as caught:
        read(server)
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in repr(box(server))
    getattr(server.folder, manner).clear()
    assert len(read(server)) == 2, "nothing is lost"


def test_a_server_that_is_not_there_is_told(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(MailboxAway):
            read(server, port=free.getsockname()[1])


def test_the_connection_is_encrypted_and_strangers_are_not_trusted():
    with own_certificate() as own, ImapServer(own.server_context()) as server:
        server.folder.mails = [Kept(raw=b"one")]
        with pytest.raises(MailboxAway):
            read(server, security="tls")
        assert read(server, security="tls", tls_context=own.client_context()) == [b"one"]


def test_a_folder_with_a_quote_in_its_name_is_one_name(server):
    assert len(read(server, folder='a "b" \\c')) == 2
