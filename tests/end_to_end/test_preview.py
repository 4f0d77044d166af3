"""What the preview shows is what arrives, byte for byte: at customers, at subscribers, and on the record."""

import re
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from records.subscribers import TOKEN_SLOT
from tests.end_to_end.test_story import components, import_customers
from tests.end_to_end.world import INAPP_KEY, Forewarn, forewarn
from tests.mail import Mail

LANGUAGE_OF = {"ana@example.org": "fr", "bob@example.org": "en", "dan@example.org": "ro"}
SUBSCRIBER = "reader@example.net"
AWKWARD = (
    "Withdrawals of “Ether” & <friends> wait 🕒.\n\nA line that is longer than seventy-eight characters, so that mail "
    "has to fold it somewhere.\n.A line that begins with a dot.\n\nמשיכות מתעכבות"
)


def parts(mail: Mail) -> tuple[str, str]:
    """Text and HTML as a mail program shows them."""
    found = {each.get_content_type(): each for each in mail.parsed.walk() if not each.is_multipart()}
    return tuple(_content(found[kind]) for kind in ("text/plain", "text/html"))  # type: ignore[return-value]


def _content(part: Any) -> str:
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def approved(house: Forewarn) -> dict[str, Any]:
    """The preview of a notice that waited, after somebody said yes to it."""
    shown: dict[str, Any] = house.run_json("notice", "preview", "INC-1")
    assert house.run_json("notice", "preview", "INC-1") == shown
    house.run("notice", "approve", "INC-1", "--break-glass", "a test has nobody else")
    return shown


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_mail_is_what_the_preview_showed(tmp_path: Path, store_url: str):
    settings = {"components": components("ethereum", "Ethereum", "ETH")}
    access = {"inapp": {"key": INAPP_KEY}, "approvals": {"second_person_above": 0}}
    with forewarn(tmp_path, store_url, **settings, access=access) as (house, mail, _):
        import_customers(house)
        followers = tmp_path / "followers.csv"
        followers.write_text(f"email,components,language\n{SUBSCRIBER},,fr\n", encoding="utf-8")
        house.run("subscribers", "import", str(followers), "--confirmed", "asked them in this test")
        house.start()
        house.run(
            "incident", "open", "--name", "Withdrawals <wait> & “pause”", "--body", AWKWARD,
            "--component", "eth-withdrawals=partial_outage", "--audience", "everyone",
        )  # fmt: skip
        shown = approved(house)
        house.until(lambda: len(mail.mails) >= 4, "four mails")
        house.until(house.all_settled, "every delivery settled")

        for each in mail.mails:
            kind = "subscribers" if each.recipient == SUBSCRIBER else "texts"
            expected = shown[kind][LANGUAGE_OF.get(each.recipient, "fr")]
            text, html = parts(each)
            token = _token(text)
            assert len(token) == len(TOKEN_SLOT)
            assert text == expected["body_text"].replace(TOKEN_SLOT, token)
            assert html == expected["body_html"].replace(TOKEN_SLOT, token)
            assert each.parsed["Subject"] == expected["subject"]
        assert sorted(mail.recipients()) == sorted([*LANGUAGE_OF, SUBSCRIBER])
        for name, language in {"ana": "fr", "bob": "en", "cai": "en", "dan": "ro"}.items():
            record = house.run_json("customers", "show", name, "--reason", "test")
            told = {each["sha256"] for each in record["ledger"] if each["outcome"] == "accepted"}
            assert told == {shown["texts"][language]["sha256"]}, name
        [shown_in_app] = house.plate("cai")
        assert shown_in_app["title"] == shown["texts"]["en"]["subject"]


def _token(text: str) -> str:
    """A subscriber's own, from the link to their subscription; a customer has none."""
    found = re.search(r"/subscriptions/([\w-]+)", text)
    return found[1] if found else TOKEN_SLOT
