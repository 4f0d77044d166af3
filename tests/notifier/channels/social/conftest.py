"""One account at every service, each with a server of its own."""

import pytest

from tests.notifier.channels.social.cast import ACCOUNTS, Account


@pytest.fixture(params=list(ACCOUNTS))
def account(request):
    with ACCOUNTS[request.param][0]() as server:
        yield Account(request.param, server)


@pytest.fixture
def account_at():
    """Makes accounts by kind."""
    running = []

    def make(kind):
        server = ACCOUNTS[kind][0]()
        running.append(server.__enter__())
        return Account(kind, server)

    yield make
    for server in running:
        server.__exit__(None, None, None)
