"""Ask somebody else's PostgreSQL for one number. Here, because this is the one door to psycopg.

Not through the store: what is asked is not our database, it is asked without a pool, read-only, and on the event loop,
so that a server that hangs costs a deadline and not a thread.
"""

import asyncio
import decimal
import math
from enum import StrEnum

import psycopg

from records.errors import ForewarnError

#: What our question shows up as in `pg_stat_activity`.
_NAME = "forewarn-monitor"


class Refusal(StrEnum):
    """In which way there was no answer."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    LOGIN = "login"
    STARTING = "starting"
    FULL = "full"
    QUERY = "query"


class NoAnswer(ForewarnError):
    """The database gave no answer; `refusal` says in which way."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"The database gave no answer: {refusal.value}.")
        self.refusal = refusal


async def ask_number(address: str, query: str, deadline_seconds: float) -> float | None:
    """The first column of the first row of one read-only statement; None for no row, NULL, or no finite number.

    Raises NoAnswer, and TimeoutError after `deadline_seconds`.
    """
    async with asyncio.timeout(deadline_seconds):
        try:
            connection = await psycopg.AsyncConnection.connect(
                address, autocommit=True, options=_options(deadline_seconds)
            )
        except psycopg.Error as error:
            raise NoAnswer(_connecting(error)) from None
        try:
            # Prepared: then it is one statement and no more, whatever stands in the configuration.
            cursor = await connection.execute(query.encode(), prepare=True)
            row = await cursor.fetchone() if cursor.description else None
            return _number(row[0]) if row else None
        except psycopg.Error as error:
            raise NoAnswer(_asking(error)) from None
        finally:
            await connection.close()


def _options(deadline_seconds: float) -> str:
    milliseconds = max(1, int(deadline_seconds * 1000))
    return (
        f"-c application_name={_NAME} -c default_transaction_read_only=on -c statement_timeout={milliseconds}"
        f" -c lock_timeout={milliseconds}"
    )


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | decimal.Decimal):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _connecting(error: psycopg.Error) -> Refusal:
    # While it connects, libpq tells the server's reason in words only.
    text = str(error).lower()
    if "password authentication failed" in text or "pg_hba.conf" in text or "does not exist" in text:
        return Refusal.LOGIN
    if "starting up" in text or "shutting down" in text or "recovery mode" in text:
        return Refusal.STARTING
    if "too many" in text or "remaining connection slots" in text:
        return Refusal.FULL
    return Refusal.REFUSED if "refused" in text else Refusal.UNREACHABLE


def _asking(error: psycopg.Error) -> Refusal:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return Refusal.UNREACHABLE
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Refusal.LOGIN
    return Refusal.QUERY if error.sqlstate is not None else Refusal.UNREACHABLE
