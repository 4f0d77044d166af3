"""`forewarn doctor`: is everything there that the settings count on? One line each, with what to do."""

import asyncio
import os
import platform
import smtplib
import ssl
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from records.errors import ForewarnError, Invalid
from records.observations import TELLS_NOTHING, Seen
from records.store.health import health_of
from server.cli.command import DONE, FAILED, Command, no_arguments
from server.cli.finding import Finding, State
from server.cli.output import one_line, print_json, say

if TYPE_CHECKING:
    from server.config import Settings
    from server.config.sections.delivery import Smtp

_SMTP_SECONDS = 10.0


def _doctor(args: Namespace) -> int:
    findings = [_python()]
    settings, found = _settings(args)
    findings += found
    if settings is not None:
        for examine in (_store, _smtp, _names, _accounts, _crm, _monitors):
            findings += examine(settings)
    if args.json:
        print_json([{"what": f.what, "state": f.state.value, "said": f.said, "hint": f.hint} for f in findings])
    else:
        for finding in findings:
            hint = f" - {finding.hint}" if finding.hint else ""
            say(one_line(f"{finding.state:4} {finding.what}: {finding.said}{hint}"))
    return FAILED if any(finding.state is State.FAIL for finding in findings) else DONE


def _python() -> Finding:
    return Finding(what="python", state=State.OK, said=f"{platform.python_version()} on {platform.system()}")


def _settings(args: Namespace) -> "tuple[Settings | None, list[Finding]]":
    from server.config import load_settings, notes, settings_path

    path = settings_path(args.config, os.environ)
    try:
        settings = load_settings(args.config, os.environ)
    except Invalid as error:
        hint = "`forewarn check` lists all of them"
        said = f"{path} has {len(error.faults)} faults, the first: {error.faults[0]}"
        return None, [Finding(what="settings", state=State.FAIL, said=said, hint=hint)]
    found = [Finding(what="settings", state=State.OK, said=f"{path} is fine")]
    found += [
        Finding(what="settings", state=State.WARN, said=f"{note.path}: {note.message}", hint=note.hint)
        for note in notes(settings)
    ]
    if not settings.smtp:
        said, hint = "no mail relay is named, so no e-mail leaves", "add smtp"
        found.append(Finding(what="settings", state=State.WARN, said=said, hint=hint))
    return settings, found


def _store(settings: "Settings") -> Iterator[Finding]:
    try:
        health = health_of(settings.store.url.get_secret_value())
    except ForewarnError as error:
        yield Finding(what="store", state=State.FAIL, said=str(error), hint="see store.url in the settings")
        return
    yield Finding(what="store", state=State.OK, said=health.engine)
    for concern in health.concerns:
        yield Finding(what="store", state=State.WARN, said=concern.said, hint=concern.hint)
    if health.missing:
        hint = "`forewarn serve` and every data command bring it up to date"
        said = f"the schema lacks {', '.join(health.missing)}"
        yield Finding(what="schema", state=State.WARN, said=said, hint=hint)
    else:
        yield Finding(what="schema", state=State.OK, said="up to date")


def _smtp(settings: "Settings") -> Iterator[Finding]:
    smtp = settings.smtp
    if smtp is None:
        return
    where = f"{smtp.host} port {smtp.port}"
    try:
        _log_in(smtp)
    except smtplib.SMTPAuthenticationError as error:
        said = f"{where} refuses the login ({error.smtp_code})"
        yield Finding(what="smtp", state=State.FAIL, said=said, hint="see smtp.username and smtp.password")
    except ssl.SSLError as error:
        said = f"{where} and we agree on no encryption: {error.reason}"
        yield Finding(what="smtp", state=State.FAIL, said=said, hint="see smtp.security and the relay's certificate")
    except (OSError, smtplib.SMTPException) as error:
        said = f"{where} cannot be used: {error}"
        yield Finding(what="smtp", state=State.FAIL, said=said, hint="is the relay running, is the address right?")
    else:
        yield Finding(
            what="smtp", state=State.OK, said=f"{where} answers" + (" and lets us in" if smtp.username else "")
        )


def _log_in(smtp: "Smtp") -> None:
    """A conversation without a message, by the standard library: no need for the courier's lanes here."""
    connect: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if smtp.security == "tls" else smtplib.SMTP
    with connect(smtp.host, smtp.port, timeout=_SMTP_SECONDS) as relay:
        if smtp.security == "starttls":
            relay.starttls(context=ssl.create_default_context())
        if smtp.username and smtp.password:
            relay.login(smtp.username, smtp.password.get_secret_value())
        relay.noop()


def _names(settings: "Settings") -> Iterator[Finding]:
    from server.cli.mail_records import examine_records

    return examine_records(settings)


def _crm(settings: "Settings") -> Iterator[Finding]:
    from server.cli.crm_probe import examine_crm

    return examine_crm(settings)


def _accounts(settings: "Settings") -> Iterator[Finding]:
    from server.cli.accounts import examine_accounts

    return examine_accounts(settings)


def _monitors(settings: "Settings") -> Iterator[Finding]:
    from server.cli.looking import look_once

    for outcome in asyncio.run(look_once(settings)):
        for seen in outcome.observations:
            what = f"monitor {seen.monitor}" + (f" {seen.target}" if seen.target != seen.monitor else "")
            if seen.seen is Seen.OK:
                yield Finding(what=what, state=State.OK, said="answers")
            else:
                state = State.WARN if seen.seen in (*TELLS_NOTHING, Seen.WARMING) else State.FAIL
                hint = "`forewarn check --once` shows more"
                yield Finding(what=what, state=state, said=f"{seen.seen}: {seen.note}", hint=hint)


DOCTOR = Command(
    help="say whether everything is there that the settings count on, and what to do where not",
    add_arguments=no_arguments,
    run=_doctor,
    has_json=True,
)
