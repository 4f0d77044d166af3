"""Mails that come back, in the shapes that servers and providers write them."""

SECRET = b"stays the same over restarts"

_FAILURE = """\
Return-Path: <>
X-Original-To: {to}
From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="A9F/1.2"

This is a MIME-encapsulated message.

--A9F/1.2
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--A9F/1.2
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example
Original-Envelope-Id: {envelope_id}
X-Postfix-Queue-ID: A9F
Arrival-Date: Sun, 22 Nov 2026 13:10:01 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.customer.example
Diagnostic-Code: {diagnostic}

--A9F/1.2
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{return_path}>
From: Acme Wallet <status@acme.example>
To: {recipient}
Subject: Bitcoin withdrawals are delayed [INC-42]

--A9F/1.2--
"""

_COMPLAINT = """\
From: feedback@provider.example
To: complaints@acme.example
Subject: FW: Bitcoin withdrawals are delayed [INC-42]
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1
Original-Mail-From: <{mail_from}>
Arrival-Date: Sun, 22 Nov 2026 13:10:01 +0000
Reported-Domain: acme.example

--part
Content-Type: message/rfc822

Return-Path: <{return_path}>
From: Acme Wallet <status@acme.example>
To: undisclosed
Subject: Bitcoin withdrawals are delayed [INC-42]

Withdrawals wait their turn.

--part--
"""


def failure(
    to: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown",
    recipient: str = "ada@mail.example",
    envelope_id: str = "none",
    return_path: str = "",
) -> bytes:
    """A delivery status notification as Postfix writes it."""
    return _FAILURE.format(
        to=to,
        action=action,
        status=status,
        diagnostic=diagnostic,
        recipient=recipient,
        envelope_id=envelope_id,
        return_path=return_path,
    ).encode()


def complaint(*, kind: str = "abuse", mail_from: str = "", return_path: str = "") -> bytes:
    """A complaint as a provider's feedback loop sends it; most of them hide the recipient."""
    return _COMPLAINT.format(kind=kind, mail_from=mail_from, return_path=return_path).encode()
