"""Mail that comes back: written here as mail servers write it, and read by the product as theirs would be."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from leo_activation.activation.aftermath.mail_reports import read_report
from leo_activation.activation.states import EventKind
from sandbox.process import SandboxProcess, running_sandbox

DELIVERY = UUID("0189fb1c-1111-4222-8333-444455556666")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def sandbox(tmp_path: Path, maildir: Path) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path / "journal.jsonl", reports=maildir) as process:
        yield process


def send(sandbox: SandboxProcess) -> None:
    mail = EmailMessage()
    mail["From"] = "Shop <offers@shop.example>"
    mail["To"] = "a@example.com"
    mail["Subject"] = "An offer"
    mail["Message-ID"] = f"<{DELIVERY}@shop.example>"
    mail.set_content("Hello")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as client:
        client.send_message(mail)


@pytest.mark.parametrize(
    ("scenario", "kind", "event"),
    [
        ("accept_then_bounce", "delivery-status", EventKind.BOUNCED),
        ("accept_then_complain", "feedback-report", EventKind.COMPLAINED),
    ],
)
def test_a_message_that_was_accepted_is_reported_on_later(
    sandbox: SandboxProcess, maildir: Path, scenario: str, kind: str, event: EventKind
) -> None:
    sandbox.scenario("smtp", scenario)
    send(sandbox)
    (file,) = (maildir / "new").iterdir()
    report = message_from_bytes(file.read_bytes(), policy=default)
    assert report.get_content_type() == "multipart/report"
    assert report["Content-Type"].params["report-type"] == kind
    (read,) = read_report(file.read_bytes(), datetime.now(UTC))
    assert (read.event.delivery_id, read.event.kind) == (DELIVERY, event)
    assert [line["outcome"] for line in sandbox.journal()] == ["accepted"]


def test_nothing_is_reported_of_a_message_that_arrived(sandbox: SandboxProcess, maildir: Path) -> None:
    send(sandbox)
    assert list((maildir / "new").iterdir()) == []
