"""From an entry of somebody's page or feed to a finding."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.checks.announcements import REQUIRED_FRESH, finding, is_about, is_required, plain, release
from monitors.wishes import FeedWish
from records.findings import Finding, FindingKind, Severity
from tests.monitors.cast import BEGIN

WISH = FeedWish(chain="ethereum", component="card")


def made(source: str = "infura", entry_id: str = "one", **changes: str) -> Finding:
    said = {"title": "Errors", "url": "https://status.example/1", "said": "We look into it."} | changes
    return finding(
        source,
        WISH,
        entry_id,
        kind=FindingKind.UPSTREAM_INCIDENT,
        title=said["title"],
        url=said["url"],
        since=BEGIN,
        ended_at=None,
        said=said["said"],
    )


def test_an_entry_keeps_its_id_however_it_is_edited_and_no_two_share_one():
    assert made().id == made(title="Worse", said="Still.").id
    assert len({made().id, made(entry_id="two").id, made(source="alchemy").id}) == 3


def test_each_edit_changes_the_hash_and_nothing_else_does():
    assert made().content_hash == made().content_hash
    assert len({one.content_hash for one in (made(), made(title="E"), made(said="S"), made(url="https://a"))}) == 4
    assert replace(made(), since=BEGIN).content_hash == made().content_hash


def test_a_finding_is_attached_to_what_its_monitor_is_about():
    assert (made().chain, made().component, made().source) == ("ethereum", "card", "infura")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("  Two\nlines\t here ", "Two lines here"),
        ("<b>Bold</b> &amp; <script>alert(1)</script>", "Bold & alert(1)"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("x" * 900, "x" * 200),
    ],
)
def test_a_title_is_one_line_of_words(title, shown):
    assert made(title=title).title == shown


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://status.example/1?a=b#c", "https://status.example/1?a=b#c"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//status.example/1", ""),
        ("https://a b", ""),
        ("https://[", ""),
        ("https://status.example/" + "x" * 600, ""),
        ("", ""),
    ],
)
def test_only_a_web_address_is_kept_as_one(url, kept):
    assert made(url=url).url == kept


def test_markup_becomes_words_and_entities_are_resolved_once():
    assert plain("<p>d&eacute;p&ocirc;t<br>non <!-- SC_OFF -->cr&amp;eacute;dit</p>") == "dépôt non cr&eacute;dit"


@pytest.mark.parametrize(
    ("words", "text", "about"),
    [((), "anything", True), (("Ethereum",), "ethereum mainnet", True), (("Solana", "BTC"), "Ethereum", False)],
)
def test_words_choose_entries(words, text, about):
    assert is_about(FeedWish(words=words), text) is about


@pytest.mark.parametrize(
    ("text", "required"),
    [
        ("This release is mandatory for the hard fork at block 25000000.", True),
        ("Hard fork at epoch 1234. Upgrade before December 3, 2026 14:00 UTC.", True),
        ("All node operators must upgrade.", True),
        ("A required update for mainnet", True),
        ("Contains a consensus-breaking change", True),
        ("This is not a mandatory update.", False),
        ("A non-mandatory release with fixes", False),
        ("No hard fork is planned.", False),
        ("Bug fixes and faster sync.", False),
        ("No content.", False),
    ],
)
def test_an_upgrade_that_must_not_be_skipped_is_recognised(text, required):
    assert is_required(text) is required


def test_a_release_counts_for_a_while_and_a_required_one_longer():
    plain_one = release("geth", WISH, "v1", title="v1.17.2", url="", at=BEGIN, text="Fixes.")
    must = release("geth", WISH, "v2", title="Mandatory update", url="", at=BEGIN, text="")
    assert (plain_one.ended_at, plain_one.required) == (BEGIN + timedelta(days=30), False)
    assert (must.ended_at, must.required, must.severity) == (BEGIN + REQUIRED_FRESH, True, Severity.MAJOR)
