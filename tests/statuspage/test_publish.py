import gzip
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import brotli  # type: ignore[import-untyped] # ships no types
import pytest

from statuspage.publish import Directory, PublishRefused, file_name, publish_to_directory
from statuspage.site import Site, file
from tests.statuspage import world

NOW = world.NOW
PATHS = ("/", "/fr/", "/history", "/incidents/3k2x9q81m0aa", "/api/v2/summary.json")


def site(number: int) -> Site:
    """A site all of whose files carry the same number."""
    body = f"<p>{number}</p>".encode() * 200
    made = {path: file(body, "text/html") for path in PATHS}
    made["/static/page.0123456789ab.css"] = file(b"p{}" * 200, "text/css", is_immutable=True)
    return Site(
        generated_at=NOW + timedelta(seconds=number),
        version=f"{number:012x}",
        files=made,
        languages=("en", "fr"),
        sources={},
    )


def numbers(folder: Path) -> set[str]:
    names = [folder / file_name(path) for path in PATHS]
    return {number for name in names for number in re.findall(r"<p>(\d+)</p>", name.read_text())}


def test_pages_lie_where_web_servers_look_for_them(tmp_path):
    publish_to_directory(site(1), tmp_path)
    current = tmp_path / "current"
    for name in ("index.html", "fr/index.html", "history.html", "incidents/3k2x9q81m0aa.html", "api/v2/summary.json"):
        assert (current / name).is_file()
    assert gzip.decompress((current / "index.html.gz").read_bytes()) == (current / "index.html").read_bytes()
    assert brotli.decompress((current / "index.html.br").read_bytes()) == (current / "index.html").read_bytes()


def test_three_releases_are_kept(tmp_path):
    for number in range(1, 6):
        publish_to_directory(site(number), tmp_path)
    assert len(list((tmp_path / "releases").iterdir())) == 3
    assert numbers(tmp_path / "current") == {"5"}


def test_an_older_site_does_not_overwrite_a_newer_one(tmp_path):
    publish_to_directory(site(2), tmp_path)
    publish_to_directory(site(1), tmp_path)
    assert numbers(tmp_path / "current") == {"2"}


def test_what_has_not_changed_is_not_written_again(tmp_path):
    one = publish_to_directory(site(1), tmp_path)
    two = publish_to_directory(site(2), tmp_path)
    name = "static/page.0123456789ab.css"
    assert (one / name).stat().st_ino == (two / name).stat().st_ino
    assert (one / "index.html").stat().st_ino != (two / "index.html").stat().st_ino


def test_a_publisher_that_goes_on_links_what_it_wrote_and_heals_what_others_cut_short(tmp_path):
    directory = Directory(tmp_path)
    one = directory.publish(site(1))
    name = "static/page.0123456789ab.css"
    two = directory.publish(site(2))
    assert (one / name).stat().st_ino == (two / name).stat().st_ino
    assert numbers(two) == {"2"}
    (two / name).write_bytes(b"")
    three = directory.publish(site(3))
    assert (three / name).read_bytes() == site(3).files[f"/{name}"].body
    # Another process published meanwhile: what lies there is not what we remember.
    publish_to_directory(site(4), tmp_path)
    assert numbers(directory.publish(site(5))) == {"5"}


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "current").mkdir()
    with pytest.raises(PublishRefused):
        publish_to_directory(site(1), tmp_path)


def test_a_reader_never_sees_two_releases_mixed(tmp_path):
    publish_to_directory(site(1), tmp_path)
    stop, torn, reads = threading.Event(), list[set[str]](), 0

    def read():
        nonlocal reads
        while not stop.is_set():
            # A web server opens the link once for a page and what belongs to it.
            seen = numbers((tmp_path / "current").resolve())
            reads += 1
            if len(seen) != 1:
                torn.append(seen)

    reader = threading.Thread(target=read)
    reader.start()
    newest = 1
    # Readers hold a release for the length of one read; three are kept, so slow down to what a minute would be.
    while reads < 400 and newest < 2_000:
        newest += 1
        before = reads
        publish_to_directory(site(newest), tmp_path)
        while reads < before + 2 and reader.is_alive():
            pass
    stop.set()
    reader.join()
    assert torn == []
    assert reads >= 400
    assert numbers(tmp_path / "current") == {str(newest)}


def test_a_publisher_that_is_killed_leaves_a_whole_page(tmp_path):
    script = (
        "import sys; from pathlib import Path; from tests.statuspage.test_publish import site, publish_to_directory\n"
        "number = int(sys.argv[2])\n"
        "while True:\n"
        "    number += 1; publish_to_directory(site(number), Path(sys.argv[1])); print(number, flush=True)\n"
    )
    number = 0
    for round_number in range(4):
        command = [sys.executable, "-c", script, str(tmp_path), str(number)]
        root = Path(__file__).parent.parent.parent
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ})
        assert process.stdout is not None
        for _ in range(3 + 7 * round_number):
            number = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        (found,) = numbers(tmp_path / "current")
        assert int(found) >= number
        number = int(found)
