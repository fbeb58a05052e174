"""What mail servers send back later about a message that was accepted: a delivery report, or a complaint.

Delivery reports are RFC 3464 in the container of RFC 6522, complaints RFC 5965. They are put into a Maildir, as a local
mail server would deliver them.
"""

import os
import secrets
import socket
import time
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser, HeaderParser
from email.policy import compat32
from email.utils import formatdate, make_msgid
from pathlib import Path

OUR_NAME = "sandbox.invalid"


class Maildir:
    """A folder in the form of Maildir: a message appears in `new` whole and on disk."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where there is none."""
        self.folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def deliver(self, mail: Message) -> None:
        """Put a message in."""
        name = f"{time.time_ns()}.{os.getpid()}_{secrets.token_hex(4)}.{socket.gethostname()}"
        partial = self.folder / "tmp" / name
        with partial.open("wb") as file:
            file.write(mail.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self.folder / "new" / name)


def delivery_report(original: bytes, sender: str, recipient: str) -> Message:
    """That a message could not be delivered for good (RFC 3464); the message's headers are returned."""
    report = _report("delivery-status", sender, "Undelivered Mail Returned to Sender", "mailer-daemon")
    report.attach(MIMEText("The mail system could not deliver your message to the recipient named below.", "plain"))
    status = Message(policy=compat32)
    status["Content-Type"] = "message/delivery-status"
    status.set_payload(
        [
            _fields(f"Reporting-MTA: dns; {OUR_NAME}\nArrival-Date: {formatdate()}\n"),
            _fields(
                f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
                "Diagnostic-Code: smtp; 550 5.1.1 The mailbox does not exist\n"
            ),
        ]
    )
    report.attach(status)
    headers = original.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
    report.attach(_part("text/rfc822-headers", headers.decode("utf-8", "replace")))
    return report


def complaint(original: bytes, sender: str, recipient: str) -> Message:
    """That a reader called a message unwanted (RFC 5965); the whole message is returned."""
    report = _report("feedback-report", sender, "Email Feedback Report", "feedback")
    report.attach(MIMEText("This is an email abuse report for a message that you sent.", "plain"))
    report.attach(
        _part(
            "message/feedback-report",
            "Feedback-Type: abuse\nUser-Agent: LEO-Sandbox/1.0\nVersion: 1\n"
            f"Original-Mail-From: <{sender}>\nOriginal-Rcpt-To: <{recipient}>\nArrival-Date: {formatdate()}\n",
        )
    )
    report.attach(MIMEMessage(BytesParser(policy=compat32).parsebytes(original)))
    return report


def _report(kind: str, to: str, subject: str, name: str) -> MIMEMultipart:
    report = MIMEMultipart("report")
    report.set_param("report-type", kind)
    report["From"] = f"<{name}@{OUR_NAME}>"
    report["To"] = f"<{to}>"
    report["Subject"] = subject
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain=OUR_NAME)
    report["Auto-Submitted"] = "auto-replied"
    return report


def _fields(text: str) -> Message:
    return HeaderParser(policy=compat32).parsestr(text + "\n")


def _part(content_type: str, text: str) -> Message:
    part = Message(policy=compat32)
    part["Content-Type"] = content_type
    part.set_payload(text)
    return part
