"""Read what mail servers send back: failures and delays (RFC 3464), complaints (RFC 5965).

Anybody can write such a mail. Only one with the code of a delivery of ours is believed, and only about that one.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

from notifier.channels.contract import tidy_reply
from notifier.channels.email.codes import Codes
from notifier.retry import Trouble, of_smtp_reply
from records.bounces import Bounce, Verdict

#: What is told stands at the front; behind it comes the mail itself, whole at worst.
_READ_BYTES = 256 * 1024
_MOST_PARTS = 20
_DEEPEST = 3
#: What names the mailbox a bounce was sent to, the surest first; servers add the first three.
_SENT_TO = ("X-Original-To", "Delivered-To", "Envelope-To", "To")
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"\b([45]\d\d)\b")
_TYPE = re.compile(r"[a-z-]{1,40}")


def read_bounce(raw: bytes, codes: Codes) -> Bounce | None:
    """The report in a mail; None when it is none, or carries no code of ours. Whatever comes in, nothing is raised."""
    try:
        mail = message_from_bytes(raw[:_READ_BYTES])
        parts = list(_parts(mail))
        told = _complaint(parts) or _failure(parts)
        delivery = _delivery(mail, parts, codes) if told is not None else None
        return None if told is None or delivery is None else replace(told, delivery=delivery)
    # Strangers write these mails: the parser of the standard library raises a dozen kinds of error on some.
    except Exception:  # noqa: BLE001
        return None


def _parts(mail: Message, depth: int = 0) -> Iterator[Message]:
    """Its parts, without what is inside of the mail that came back."""
    if mail.get_content_maintype() != "multipart" or depth >= _DEEPEST:
        yield mail
        return
    for part in _inside(mail):
        yield from _parts(part, depth + 1)


def _inside(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload[:_MOST_PARTS] if isinstance(each, Message)] if isinstance(payload, list) else []


def _blocks(parts: list[Message], content_type: str) -> list[Message]:
    """The groups of fields that parts of this type consist of."""
    return [block for part in parts if part.get_content_type() == content_type for block in _inside(part)]


def _text(block: Message, name: str) -> str:
    """A field's value on one line; empty when it is not there."""
    value = block.get(name)
    return "" if value is None else " ".join(str(value).split())[:2_000]


# Until its code is looked for, a report is about no delivery.


def _complaint(parts: list[Message]) -> Bounce | None:
    for block in _blocks(parts, "message/feedback-report"):
        kind = _text(block, "Feedback-Type").lower()
        if kind in _COMPLAINTS:
            recipient = _mailbox(_text(block, "Original-Rcpt-To"))
            return Bounce(delivery="", verdict=Verdict.COMPLAINED, status=kind, recipient=recipient)
    return None


def _failure(parts: list[Message]) -> Bounce | None:
    """The worst that is said of any recipient; we send to one at a time, so there are several only by forwarding."""
    delayed = None
    for block in _blocks(parts, "message/delivery-status"):
        action = _text(block, "Action").lower()
        if action == "failed":
            return _told(block, _verdict(block))
        if action == "delayed":
            delayed = delayed or _told(block, Verdict.DELAYED)
    return delayed


def _told(block: Message, verdict: Verdict) -> Bounce:
    who = _text(block, "Original-Recipient") or _text(block, "Final-Recipient")
    said = tidy_reply(_text(block, "Diagnostic-Code"))
    recipient = _mailbox(who.rpartition(";")[2])
    return Bounce(delivery="", verdict=verdict, status=_status(block), said=said, recipient=recipient)


def _verdict(block: Message) -> Verdict:
    """By the same table as refusals in the talk itself."""
    status, said = _status(block), _text(block, "Diagnostic-Code")
    code = _CODE.search(said.partition(";")[2] or said)
    known = "" if status.endswith(".0.0") else status
    number = int(code[1]) if code else (550 if status.startswith("5") else 450)
    if number < 500 and status.startswith("5"):
        # It was put off until the server gave up, as its own status says.
        number = 550
    trouble = of_smtp_reply("rcpt", number, f"{known} {said.partition(';')[2]}")
    return Verdict.GONE if trouble is Trouble.ADDRESS else Verdict.UNDELIVERED


def _status(block: Message) -> str:
    """The enhanced status; the one in the far server's own words where the field says only "failed"."""
    found = _ENHANCED.search(_text(block, "Status"))
    status = found[1] if found else "5.0.0"
    inner = _ENHANCED.search(_text(block, "Diagnostic-Code"))
    return inner[1] if inner and status.endswith(".0.0") else status


def _mailbox(text: str) -> str:
    return text.strip().strip("<>").strip().lower()[:320]


def _delivery(mail: Message, parts: list[Message], codes: Codes) -> str | None:
    """Whose code it carries: where it was sent to first, then what the report itself names."""
    for text in _sent_to(mail):
        if (found := codes.of_address(text)) is not None:
            return found
    for block in _blocks(parts, "message/delivery-status"):
        if (found := codes.of_envelope_id(_text(block, "Original-Envelope-Id"))) is not None:
            return found
    for text in _named_in(parts):
        if (found := codes.of_address(text)) is not None:
            return found
    return None


def _sent_to(mail: Message) -> Iterator[str]:
    for name in _SENT_TO:
        for value in (mail.get_all(name) or [])[:_MOST_PARTS]:
            yield str(value)[:2_000]


def _named_in(parts: list[Message]) -> Iterator[str]:
    """Complaints come to a mailbox of their own; they name the return path of the mail complained about."""
    for block in _blocks(parts, "message/feedback-report"):
        yield _text(block, "Original-Mail-From")
    for block in _blocks(parts, "message/rfc822"):
        yield _text(block, "Return-Path")
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            yield from (line for line in _decoded(part).split("\n") if line.lower().startswith("return-path:"))


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload[:20_000].decode("latin-1") if isinstance(payload, bytes) else ""
