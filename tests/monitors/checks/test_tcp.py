"""The look at a port."""

import time

import pytest

from monitors.checks.target import Target, Tools
from monitors.checks.tcp import look, split_address
from monitors.client import Client, CouldNotSee
from records.observations import Seen
from tests.monitors.fault_server import FaultServer
from tests.nodes import free_port


async def see(client: Client, address: str):
    target = Target(monitor="db", name="db", url=address, deadline_seconds=0.3)
    return await look(target, Tools(client=client))


@pytest.mark.parametrize("scheme", ["", "tcp://"])
async def test_a_port_that_accepts_is_fine(client: Client, faults: FaultServer, scheme: str):
    seen = await see(client, f"{scheme}127.0.0.1:{faults.port}")
    assert seen.seen is Seen.OK
    assert seen.latency_ms is not None


async def test_a_port_that_refuses_is_a_transport_failure_that_proves_the_network(client: Client):
    seen = await see(client, f"127.0.0.1:{free_port()}")
    assert (seen.seen, seen.note, seen.facts) == (Seen.TRANSPORT, "the connection was refused", {"refused": True})


async def test_an_address_that_swallows_everything_costs_the_deadline_and_no_more(client: Client):
    begun = time.monotonic()
    # Reserved for documentation (RFC 5737): nobody answers there.
    seen = await see(client, "192.0.2.1:9")
    assert seen.seen is Seen.TRANSPORT
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("address", ["", "host", "host:", ":80", "host:0", "host:99999", "host:http"])
async def test_an_address_without_a_port_is_said_to_be_none(client: Client, address: str):
    with pytest.raises(CouldNotSee):
        split_address(address)
    assert (await see(client, address)).note == "the configured address is not host:port"
