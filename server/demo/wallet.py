"""The wallet's back end in small: mints the token that names a customer, and asks for their notices as their app does.

It goes through the same address and over the same wire as a real wallet's app, so what it shows is what customers see.
"""

import asyncio
import json
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import jwt

from records.errors import ForewarnError
from records.times import now_utc
from server.config import Settings

_TOKEN_LIFE = timedelta(minutes=10)
_DEADLINE_SECONDS = 5.0


class AppUnreachable(ForewarnError):
    """The in-app view did not answer as it should."""


class Wallet:
    """Asks on behalf of customers."""

    def __init__(self, settings: Settings) -> None:
        assert settings.access.inapp is not None
        self._key = settings.access.inapp.key.get_secret_value()
        self._address = f"{settings.page.url}/inapp/v1/notices"

    def token(self, customer: str) -> str:
        """A token that names the customer, good for ten minutes."""
        claims = {"sub": customer, "exp": now_utc() + _TOKEN_LIFE}
        return jwt.encode(claims, self._key, algorithm="HS256")

    async def open_app(self, customer: str) -> list[dict[str, Any]]:
        """The customer's active notices; those not seen before are reported back as seen."""
        notices: list[dict[str, Any]] = (await self._ask(customer, ""))["notices"]
        for notice in notices:
            if notice["seen_at"] is None:
                await self._ask(customer, f"/{quote(notice['id'])}/seen", method="POST")
        return notices

    async def dismiss(self, customer: str, notice_id: str) -> None:
        """The customer closed one."""
        await self._ask(customer, f"/{quote(notice_id, safe='')}/dismissed", method="POST")

    async def _ask(self, customer: str, path: str, *, method: str = "GET") -> Any:
        headers = {"Authorization": f"Bearer {self.token(customer)}"}
        request = Request(self._address + path, headers=headers, method=method)  # noqa: S310 - our own address
        return await asyncio.to_thread(_answer, request)


def _answer(request: Request) -> Any:
    try:
        with urlopen(request, timeout=_DEADLINE_SECONDS) as answer:  # noqa: S310 - as above
            body = answer.read()
    except (HTTPError, URLError, TimeoutError) as error:
        raise AppUnreachable(f"The in-app view did not answer as it should: {error}.") from error
    return json.loads(body) if body else None
