"""SMTP once more, against a mail server that nobody here wrote: Debian's exim4."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest

from leo_activation.activation.aftermath.mail_reports import read_report
from leo_activation.activation.channels import Message
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.states import EventKind, Outcome
from leo_activation.errors import Configuration
from leo_activation.settings import read_settings
from tests.activation.channels.conformance import send
from tests.activation.channels.exim import BOUNCES, CLOSED, DOMAIN, KNOWN, Exim, NoMailServer, running_exim
from tests.activation.channels.test_conformance import MESSAGE

DOTTED = ".\n..\n.dotted\n...\n\n.\nend"


@pytest.fixture(scope="module")
def exim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exim]:
    try:
        server = running_exim(read_settings().home, tmp_path_factory.mktemp("exim"))
        running = server.__enter__()
    except NoMailServer as error:
        pytest.skip(str(error))
    try:
        yield running
    finally:
        server.__exit__(None, None, None)


def channel(exim: Exim, **settings: Any) -> SmtpChannel:
    return SmtpChannel(
        SmtpSettings("127.0.0.1", exim.port, timeout_s=10, return_path=f"{BOUNCES}@{DOMAIN}", **settings)
    )


def message(local_part: str = KNOWN, **change: Any) -> Message:
    return replace(MESSAGE, delivery_id=uuid4(), recipient=f"{local_part}@{DOMAIN}", **change)


def of(mails: list[EmailMessage], sent: Message) -> EmailMessage:
    (mail,) = [mail for mail in mails if str(sent.delivery_id) in mail["Message-ID"]]
    return mail


def lines(mail: EmailMessage, kind: str) -> list[str]:
    part = mail.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.splitlines()


def test_headers_and_texts_arrive_as_they_were_written(exim: Exim) -> None:
    vietnamese = message(subject="Ưu đãi dành riêng cho chị Nguyễn Thị Ánh Tuyết, chỉ trong hôm nay thôi, đừng bỏ lỡ")
    dotted = message(text=DOTTED, html=None)
    long = message(text="không xuống dòng " * 200)

    answers = send(channel(exim), vietnamese, dotted, long)

    assert [answer.outcome for answer in answers] == [Outcome.ACCEPTED] * 3
    mails = exim.mail(KNOWN, 3)
    mail = of(mails, vietnamese)
    assert mail["Subject"] == vietnamese.subject
    assert mail["From"].addresses == (Address("Cửa hàng Tất Đỏ", "news", "shop.example"),)
    assert mail["List-Unsubscribe"] == f"<{vietnamese.unsubscribe_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert lines(mail, "plain") == vietnamese.text.splitlines()
    assert lines(mail, "html") == [vietnamese.html]
    assert lines(of(mails, dotted), "plain") == DOTTED.splitlines()
    assert lines(of(mails, long), "plain") == long.text.splitlines()


def test_an_unknown_recipient_is_refused_and_the_connection_goes_on(exim: Exim) -> None:
    before, refused, after = message(), message("nobody"), message()

    first, second, third = send(channel(exim), before, refused, after)

    assert (first.outcome, third.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert (second.outcome, second.phase) == (Outcome.REJECTED, "rcpt")
    assert "@" not in second.detail
    mails = exim.mail(KNOWN, 2)
    assert of(mails, before)
    assert of(mails, after)


def test_a_bounce_is_read_back_to_its_delivery_and_brings_no_text(exim: Exim) -> None:
    sent = message(CLOSED, text="what nobody else shall read", html=None)

    (answer,) = send(channel(exim), sent)

    assert answer.outcome is Outcome.ACCEPTED
    (bounce,) = exim.mail(BOUNCES)
    (report,) = read_report(bounce.as_bytes(), datetime.now(UTC))
    assert report.event.delivery_id == sent.delivery_id
    assert (report.event.kind, report.event.permanent) == (EventKind.BOUNCED, True)
    assert set(report.recipients) == {sent.recipient}
    assert f"Original-Recipient: rfc822;{sent.recipient}".encode() in bounce.as_bytes()
    assert f"Original-Envelope-ID: {sent.delivery_id}".encode() in bounce.as_bytes()
    assert sent.text.encode() not in bounce.as_bytes()


def test_a_server_whose_certificate_nobody_signed_gets_no_mail(exim: Exim) -> None:
    with channel(exim, security="starttls").open() as session, pytest.raises(Configuration, match="trusted"):
        session.ready()
