"""`forewarn publish`: the public page as files that any web server can show."""

import signal
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from records.errors import Fault, Invalid
from server.cli.command import DONE, FAILED, Command
from server.cli.output import complain, one_line, say
from server.cli.workplace import Workplace, workplace

if TYPE_CHECKING:
    from server.config.sections.publishing import PublishTarget
    from statuspage.hands import Target
    from statuspage.site import Site


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        action="append",
        metavar="PLACE",
        help="write it here: a directory or s3://bucket/prefix (default: the settings)",
    )
    parser.add_argument("--watch", action="store_true", help="keep it up to date until stopped")


def _publish(args: Namespace) -> int:
    from server.targets import targets_of
    from server.wiring import page_of
    from statuspage.publisher import Publisher

    with workplace(args) as at:
        places = _places(at, args)
        targets = targets_of(places)
        publisher = Publisher(at.desk.store, page_of(at.settings), targets, signing_key=at.desk.signing_key)
        if args.watch:
            _watch(publisher.run)
            return DONE
        site = publisher.rebuild()
        failed = [_written(place, targets[place.to], site) for place in places].count(False)
    return FAILED if failed else DONE


def _written(place: "PublishTarget", write: "Target", site: "Site") -> bool:
    """Write one place; what goes wrong there is said, and holds up no other."""
    try:
        write(site)
    except Exception as error:  # noqa: BLE001 # a target may fail in any way
        complain(f"{place.to} was not written: {one_line(str(error))[:300]}")
        return False
    shown = place.to if place.directory is None else place.directory / "current"
    say(f"Published {len(site.files)} files; let the web server show {shown}.")
    return True


def _watch(run: Callable[[threading.Event], None]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    complain("publishing each change until stopped")
    run(stop)


def _places(at: Workplace, args: Namespace) -> list["PublishTarget"]:
    """The places to write to; one that the settings know keeps what they say of it. Raises Invalid for none."""
    from pydantic import ValidationError

    from server.config.sections.publishing import PublishTarget

    known = {place.to: place for place in at.settings.publish}
    if not args.to:
        if known:
            return list(known.values())
        hint = "name a directory or s3://bucket/prefix, or add it to publish"
        raise Invalid(Fault(path="--to", message="no place to publish to", hint=hint))
    try:
        named = [PublishTarget(to=place) for place in args.to]
    except ValidationError as error:
        said = error.errors()[0]
        raise Invalid(Fault(path="--to", message=said["msg"], hint=said.get("ctx", {}).get("hint", ""))) from error
    return [known.get(place.to, place) for place in named]


PUBLISH = Command(help="write the public page as files", add_arguments=_arguments, run=_publish)
