"""`forewarn publish`: the public page as files that any web server can show."""

import signal
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path

from records.errors import Fault, Invalid
from server.cli.command import DONE, Command
from server.cli.output import complain, say
from server.cli.workplace import Workplace, workplace


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to", action="append", metavar="DIR", help="write it here (default: the places in the settings)"
    )
    parser.add_argument("--watch", action="store_true", help="keep it up to date until stopped")


def _publish(args: Namespace) -> int:
    from server.wiring import page_of
    from statuspage.publish import publish_to_directory
    from statuspage.publisher import Publisher

    with workplace(args) as at:
        places = _places(at, args)
        targets = {str(place): partial(publish_to_directory, target=place) for place in places}
        publisher = Publisher(at.desk.store, page_of(at.settings), targets, signing_key=at.desk.signing_key)
        if args.watch:
            _watch(publisher.run)
            return DONE
        site = publisher.rebuild()
        for place in places:
            publish_to_directory(site, place)
            say(f"Published {len(site.files)} files; let the web server show {place / 'current'}.")
    return DONE


def _watch(run: Callable[[threading.Event], None]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    complain("publishing each change until stopped")
    run(stop)


def _places(at: Workplace, args: Namespace) -> list[Path]:
    """The directories to write to. Raises Invalid for none, and for a bucket."""
    named = args.to or [target.to for target in at.settings.publish]
    if not named:
        raise Invalid(
            Fault(path="--to", message="no place to publish to", hint="name a directory, or add it to publish")
        )
    if buckets := [place for place in named if place.startswith("s3://")]:
        message = f"{buckets[0]} is a bucket, and only directories are written so far"
        raise Invalid(Fault(path="--to", message=message, hint="publish to a directory and copy that"))
    return [Path(place) for place in named]


PUBLISH = Command(help="write the public page as files", add_arguments=_arguments, run=_publish)
