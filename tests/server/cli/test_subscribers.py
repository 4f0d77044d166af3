import csv
import stat

from records.store import letters, subscribers
from records.subscribers import Basis, SubscriberKind, SubscriberState
from records.times import now_utc
from tests.cast import DAY, MINUTE

FILE = """email,components,language
Gwen@Mail.example,website eth-withdrawals,fr
hugo@mail.example,,
"""
BAD = """email,components,language
nonsense,,
iris@mail.example,nothing;website,
jon@mail.example,,xx
,website,
gwen@mail.example,website,
"""


def found(kept, address):
    return subscribers.by_address(kept, SubscriberKind.EMAIL, address)


def test_whoever_comes_from_a_file_is_asked_first(program, kept):
    program.write("subscribers.csv", FILE)
    assert "2 of 2 records taken in, 2 changed." in program.says("subscribers", "import", "subscribers.csv")
    gwen = found(kept, "gwen@mail.example")
    assert (gwen.state, gwen.components, gwen.language) == (
        SubscriberState.PENDING, ("eth-withdrawals", "website"), "fr"
    )  # fmt: skip
    assert len(letters.claim(kept, now_utc() + MINUTE, lease=MINUTE)) == 2
    assert "2 of 2 records taken in, 0 changed." in program.says("subscribers", "import", "subscribers.csv")


def test_with_a_basis_they_are_confirmed_and_the_basis_is_kept(program, kept):
    program.write("subscribers.csv", FILE)
    program.says("subscribers", "import", "subscribers.csv", "--confirmed", "ticked the box in March 2026")
    hugo = found(kept, "hugo@mail.example")
    assert (hugo.state, hugo.basis, hugo.components, hugo.language) == (
        SubscriberState.CONFIRMED, Basis.IMPORT, (), "en"
    )  # fmt: skip
    assert letters.claim(kept, now_utc() + DAY, lease=MINUTE) == []
    details = " ".join(row["detail"] for row in kept.rows("SELECT detail FROM audit"))
    assert "ticked the box in March 2026" in details
    assert "mail.example" not in details
    assert "on what basis" in program.refusal("subscribers", "import", "subscribers.csv", "--confirmed", " ")


def test_bad_lines_of_subscribers_are_listed_and_never_repeated(program, kept):
    program.write("bad.csv", BAD)
    said = program.says("subscribers", "import", "bad.csv")
    assert "line 2: email: not an e-mail address" in said
    assert "line 3: components: there is no component or group nothing" in said
    assert "line 4: language: not a language of the page (use en, fr)" in said
    assert "line 5: email: missing" in said
    assert "1 of 5 records taken in" in said
    assert "nonsense" not in said
    assert found(kept, "gwen@mail.example").components == ("website",)


def test_the_list_names_nobody_and_the_export_everybody(program, kept):
    program.write("subscribers.csv", FILE)
    program.says("subscribers", "import", "subscribers.csv", "--confirmed", "they asked by telephone")
    listed = program.json("subscribers", "list", "--state", "confirmed")
    assert [(one["components"], one["language"]) for one in listed] == [
        (["eth-withdrawals", "website"], "fr"),
        ([], "en"),
    ]
    assert "mail.example" not in program.says("subscribers", "list")
    assert program.json("subscribers", "list", "--state", "pending") == []
    program.says("subscribers", "export", "--to", "out.csv")
    path = program.folder / "out.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["address"], row["components"], row["basis"]) for row in rows] == [
        ("gwen@mail.example", "eth-withdrawals website", "import"), ("hugo@mail.example", "", "import")
    ]  # fmt: skip
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept.rows("SELECT deed FROM audit WHERE deed = 'subscriber.export'") != []
    assert "hugo@mail.example" in program.says("subscribers", "export")


def test_removing_erases_the_address(program, kept):
    program.write("subscribers.csv", FILE)
    program.says("subscribers", "import", "subscribers.csv")
    gwen, hugo = found(kept, "gwen@mail.example"), found(kept, "hugo@mail.example")
    assert f"Subscriber {gwen.id} is removed" in program.says("subscribers", "remove", "GWEN@mail.example")
    program.says("subscribers", "remove", str(hugo.id))
    for one in (gwen, hugo):
        assert subscribers.contact(kept, one.id) is None
        assert subscribers.subscriber(kept, one.id).state is SubscriberState.UNSUBSCRIBED
    assert "Nobody follows the page" in program.refusal("subscribers", "remove", "gwen@mail.example")
    assert "2" in program.says("subscribers", "list")


def test_a_list_of_nobody_says_so(embedded):
    assert "Nobody follows the page so far." in embedded.says("subscribers", "list")
