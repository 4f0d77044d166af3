"""Every command there is, in the order of `forewarn --help`. One more: one module, one line here, one in docs."""

from server.cli import (
    customers,
    doctor,
    incident,
    keeping,
    keys,
    ledger,
    maintenance,
    notice,
    people,
    publish,
    report,
    running,
    setup,
    subscribers,
    tickets,
)
from server.cli.command import Command, Group

COMMANDS: dict[str, Command | Group] = {
    "demo": running.DEMO,
    "init": setup.INIT,
    "check": setup.CHECK,
    "serve": running.SERVE,
    "doctor": doctor.DOCTOR,
    "incident": incident.GROUP,
    "maintenance": maintenance.GROUP,
    "notice": notice.GROUP,
    "customers": customers.GROUP,
    "subscribers": subscribers.GROUP,
    "tickets": tickets.GROUP,
    "ledger": ledger.GROUP,
    "report": report.GROUP,
    "publish": publish.PUBLISH,
    "keys": keys.GROUP,
    "user": people.USER,
    "token": people.TOKEN,
    "backup": keeping.BACKUP,
    "restore": keeping.RESTORE,
}
