"""`forewarn init` and `forewarn check`: settings to start from, and what is wrong with them."""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records.errors import Fault, Invalid
from records.times import iso
from server.cli.command import DONE, FAILED, Command
from server.cli.output import complain, print_json, say, table, when
from server.cli.verdicts import tell

if TYPE_CHECKING:
    from monitors.rounds import Outcome
    from records.findings import Finding
    from records.store.monitors import MonitorRecord
    from server.config import Settings

#: More than this nobody reads in a terminal.
_FINDINGS_SHOWN = 20


def _init_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="where to write it (here); made if need be"
    )


def _init(args: Namespace) -> int:
    from server.config.example import write_example

    path = write_example(args.folder)
    say(f"Wrote {path}. Make it yours, then run `forewarn check`.")
    return DONE


def _check_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="also run each monitor once, and print what it saw")


def _check(args: Namespace) -> int:
    from server.config import load_settings, notes, settings_path

    path = settings_path(args.config, os.environ)
    try:
        settings = load_settings(args.config, os.environ)
    except Invalid as error:
        return _report_faults(path, error.faults, as_json=args.json)
    hints = notes(settings)
    outcomes, running = _look(settings) if args.once else ([], {})
    if args.json:
        print_json(
            {
                "path": str(path),
                "faults": [],
                "notes": [_fault_shape(note) for note in hints],
                "monitors": [_outcome_shape(outcome, running) for outcome in outcomes] if args.once else None,
            }
        )
        return DONE
    say(f"{path} is fine.")
    for note in hints:
        say(f"note: {note}")
    if args.once:
        _print_outcomes(outcomes, running, settings)
    return DONE


def _look(settings: "Settings") -> "tuple[list[Outcome], Mapping[str, MonitorRecord]]":
    from server.cli.looking import look_once, standing

    return asyncio.run(look_once(settings)), standing(settings)


def _report_faults(path: Path, faults: Sequence[Fault], *, as_json: bool) -> int:
    if as_json:
        print_json(
            {"path": str(path), "faults": [_fault_shape(fault) for fault in faults], "notes": [], "monitors": None}
        )
    else:
        for fault in faults:
            say(str(fault))
    complain(f"{path} has {len(faults)} {'fault' if len(faults) == 1 else 'faults'}; correct what is listed")
    return FAILED


def _fault_shape(fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "message": fault.message, "hint": fault.hint}


def _print_outcomes(
    outcomes: "Sequence[Outcome]", running: "Mapping[str, MonitorRecord]", settings: "Settings"
) -> None:
    from server.cli.looking import explorers

    if not outcomes:
        say("There is nothing to watch yet: add chains or monitors.")
        return
    tell(outcomes, running, explorers(settings))
    found = [one for outcome in outcomes for one in _findings(outcome)]
    if found:
        say()
        table(("FOUND BY", "KIND", "ABOUT", "SINCE", "TITLE"), [_finding_row(one) for one in found[:_FINDINGS_SHOWN]])
        if len(found) > _FINDINGS_SHOWN:
            say(f"… and {len(found) - _FINDINGS_SHOWN} more.")


def _findings(outcome: "Outcome") -> "list[Finding]":
    """What the monitor's source announces and still counts."""
    sightings = [(seen.sighting, seen.at) for seen in outcome.observations if seen.sighting is not None]
    return [one for sighting, at in sightings for one in sighting.findings if one.is_open(at)]


def _finding_row(one: "Finding") -> tuple[object, ...]:
    kind = one.kind.value.replace("_", " ") + (", required" if one.required else "")
    return one.source, kind, one.chain or one.component or "-", when(one.since), one.title


def _outcome_shape(outcome: "Outcome", running: "Mapping[str, MonitorRecord]") -> dict[str, Any]:
    from server.api.findings import shaped

    readings = {node.name: node for node in outcome.nodes}
    return {
        "monitor": outcome.raw.monitor,
        "verdict": outcome.raw.kind.value,
        "reason": outcome.raw.reasoning,
        "statuses": {way.value if way else "all": status.value for way, status in outcome.raw.statuses.items()},
        "targets": [
            {
                "target": seen.target,
                "at": iso(seen.at),
                "seen": seen.seen.value,
                "height": seen.height,
                "lag_blocks": readings[seen.target].lag_blocks if seen.target in readings else None,
                "latency_ms": seen.latency_ms,
                "state": readings[seen.target].state.value if seen.target in readings else None,
                "why": (readings[seen.target].why if seen.target in readings else "") or seen.note,
            }
            for seen in outcome.observations
        ],
        "running": _running_shape(running.get(outcome.raw.monitor)),
        "findings": [shaped(one) for one in _findings(outcome)],
    }


def _running_shape(known: "MonitorRecord | None") -> dict[str, Any] | None:
    if known is None:
        return None
    since = None if known.verdict_since is None else iso(known.verdict_since)
    return {"verdict": known.verdict, "since": since, "reason": known.reasoning}


INIT = Command(
    help="write a commented forewarn.yaml to start from", add_arguments=_init_arguments, run=_init, has_settings=False
)
CHECK = Command(
    help="say everything that is wrong with the settings, with path and hint",
    add_arguments=_check_arguments,
    run=_check,
    has_json=True,
)
