"""A simulated website: what Forewarn watches besides chains."""

import asyncio
from enum import StrEnum

from server.demo.rpc import Reply
from server.demo.wire import Request, Wire

#: More than the demo's settings call slow, less than they wait.
_SLOW_SECONDS = 1.2


class ServiceFault(StrEnum):
    """What can be wrong with it."""

    NONE = "none"
    SLOW = "slow"
    #: It answers with status 500.
    ERRORS = "errors"
    #: Connections are refused.
    KILL = "kill"


class Service:
    """One web address that answers, late or wrongly or not at all."""

    def __init__(self) -> None:
        self.wire = Wire(self._reply)
        self.fault = ServiceFault.NONE

    async def set_fault(self, fault: ServiceFault) -> None:
        """Give it this fault instead of what it had; NONE heals it."""
        self.fault = fault
        await (self.wire.close() if fault is ServiceFault.KILL else self.wire.open())

    async def _reply(self, _: Request) -> Reply:
        if self.fault is ServiceFault.SLOW:
            await asyncio.sleep(_SLOW_SECONDS)
        if self.fault is ServiceFault.ERRORS:
            return Reply(status=500, body=b'{"status": "error"}')
        return Reply(status=200, body=b'{"status": "ok"}')
