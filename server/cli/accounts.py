"""For `forewarn doctor`: who we are on each public account, asked without posting anything."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.channels.contract import ChannelError
from notifier.channels.social import service_of
from notifier.channels.social.service import Standing
from notifier.retry import Trouble
from records.errors import Invalid
from server.cli.finding import Finding, State

if TYPE_CHECKING:
    from server.config import Settings
    from server.config.sections.delivery import SocialAccount

#: Accounts are asked side by side, and none keeps the doctor any longer.
_SECONDS = 15.0


def examine_accounts(settings: "Settings") -> Iterator[Finding]:
    """One finding for each account."""
    return iter(asyncio.run(_all(settings.social)))


async def _all(accounts: "tuple[SocialAccount, ...]") -> list[Finding]:
    return list(await asyncio.gather(*(_one(account) for account in accounts)))


async def _one(account: "SocialAccount") -> Finding:
    what = f"social {account.name}"
    try:
        service = service_of(
            account.url.get_secret_value(),
            secret=account.secret.get_secret_value() if account.secret else None,
            limit=account.limit_chars,
        )
        async with asyncio.timeout(_SECONDS):
            standing = await service.examine()
    except Invalid:
        # Its own words would name the settings by another path.
        hint = "see docs/social.md and the address formats of Apprise"
        return Finding(what=what, state=State.FAIL, said="its address is none that we can use", hint=hint)
    except ChannelError as error:
        return _refused(what, error)
    except TimeoutError:
        return Finding(what=what, state=State.FAIL, said=f"no answer within {_SECONDS:g} seconds")
    return _known(what, service.manner.service, standing)


def _known(what: str, service: str, standing: Standing) -> Finding:
    if standing.hint:
        return Finding(what=what, state=State.WARN, said=f"{service}: {standing.said}", hint=standing.hint)
    return Finding(what=what, state=State.OK, said=f"{service}: {standing.said}")


def _refused(what: str, error: ChannelError) -> Finding:
    if error.trouble in (Trouble.CONFIGURATION, Trouble.PERMANENT):
        hint = "see its token in social, and what the token allows"
        said = f"refuses us ({error.code}): {error.reply}"
    else:
        hint = "is the address right, is the service up?"
        said = f"cannot be asked ({error.code}): {error.reply}"
    return Finding(what=what, state=State.FAIL, said=said.rstrip(": "), hint=hint)
