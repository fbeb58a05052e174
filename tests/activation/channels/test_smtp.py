"""SMTP over a real socket against the sandbox: each phase, each outcome, and what a mail program will read."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast
from uuid import UUID

import pytest

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.servers import Said, SmtpServer, Then

TIMEOUT_S = 1.0
LINK = "https://a-long-host-of-a-merchant.example/unsubscribe/" + "x" * 120
MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient="anh@example.com",
    sender="Cửa hàng Tất Đỏ <news@shop.example>",
    text="Xin chào Ánh,\n.dotted\n\nChân ấm cả mùa đông.",
    subject="Ưu đãi dành riêng cho bạn, chỉ trong hôm nay, đừng bỏ lỡ cơ hội này nhé chị Tuyết ơi",
    html="<p>Xin chào <b>Ánh</b></p>",
    unsubscribe_url=LINK,
)


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def channel(sandbox: SandboxProcess) -> SmtpChannel:
    return SmtpChannel(SmtpSettings(host="127.0.0.1", port=sandbox.smtp_port, timeout_s=TIMEOUT_S))


def send(smtp: SmtpChannel, *messages: Message) -> list[Answer]:
    answers = []
    with smtp.open() as session:
        for message in messages:
            session.ready()
            answers.append(session.send(smtp.build(message)))
    return answers


def send_to(server: SmtpServer, *messages: Message, **settings: Any) -> list[Answer]:
    with server:
        return send(SmtpChannel(SmtpSettings("127.0.0.1", server.port, timeout_s=TIMEOUT_S, **settings)), *messages)


def received(sandbox: SandboxProcess) -> list[EmailMessage]:
    lines: list[dict[str, Any]] = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    return [message_from_bytes(line["message"].encode("utf-8", "surrogateescape"), policy=SMTP) for line in lines]


def test_a_mail_program_reads_what_was_written(sandbox: SandboxProcess) -> None:
    (answer,) = send(channel(sandbox), MESSAGE)

    assert (answer.outcome, answer.phase) == (Outcome.ACCEPTED, "final_dot")
    (mail,) = received(sandbox)
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"].addresses == (Address("Cửa hàng Tất Đỏ", "news", "shop.example"),)
    assert mail["To"].addresses == (Address("", "anh", "example.com"),)
    assert mail["Date"].datetime is not None
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html.get_content().splitlines() == [MESSAGE.html]


def test_the_message_id_is_the_delivery_id_on_every_attempt(sandbox: SandboxProcess) -> None:
    send(channel(sandbox), MESSAGE, MESSAGE)

    assert [line["message_id"] for line in sandbox.journal()] == [f"<{MESSAGE.delivery_id}@shop.example>"] * 2


def test_the_unsubscribe_headers_reach_the_wire_as_rfc_8058_writes_them(sandbox: SandboxProcess) -> None:
    lines = channel(sandbox).build(MESSAGE).content.split(b"\r\n")

    assert f"List-Unsubscribe: <{LINK}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_a_message_without_a_link_has_no_unsubscribe_headers(sandbox: SandboxProcess) -> None:
    content = channel(sandbox).build(replace(MESSAGE, unsubscribe_url=None)).content

    assert b"List-Unsubscribe" not in content


def test_the_wire_form_is_seven_bits_in_lines_that_smtp_takes(sandbox: SandboxProcess) -> None:
    content = channel(sandbox).build(replace(MESSAGE, text="é" * 3000)).content

    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("scenario", "outcome", "phase"),
    [
        ("rcpt_4xx", Outcome.RETRY, "rcpt"),
        ("rcpt_5xx", Outcome.REJECTED, "rcpt"),
        ("data_4xx", Outcome.RETRY, "final_dot"),
        ("data_5xx", Outcome.REJECTED, "final_dot"),
        ("close_at_data", Outcome.RETRY, "data"),
        ("accept_then_close", Outcome.UNKNOWN, "final_dot"),
        ("stall", Outcome.UNKNOWN, "final_dot"),
    ],
)
def test_each_phase_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome, phase: str
) -> None:
    sandbox.scenario("smtp", scenario, key="anh@example.com")

    faulty, healthy = send(channel(sandbox), MESSAGE, replace(MESSAGE, recipient="lan@example.com"))

    assert (faulty.outcome, faulty.phase) == (outcome, phase)
    assert healthy.outcome is Outcome.ACCEPTED
    accepted = [line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted"]
    assert accepted.count("lan@example.com") == 1
    assert accepted.count("anh@example.com") == (outcome is Outcome.UNKNOWN)


def test_a_connection_that_breaks_inside_the_message_is_never_called_accepted(sandbox: SandboxProcess) -> None:
    sandbox.scenario("smtp", "close_before_reading", key="anh@example.com")

    (answer,) = send(channel(sandbox), replace(MESSAGE, text="x" * 200_000))

    assert answer.outcome in {Outcome.RETRY, Outcome.UNKNOWN}
    assert (answer.phase == "content") == (answer.outcome is Outcome.RETRY)


def test_one_connection_serves_many_messages_up_to_its_limit(sandbox: SandboxProcess) -> None:
    settings = SmtpSettings(host="127.0.0.1", port=sandbox.smtp_port, timeout_s=TIMEOUT_S, messages_a_connection=2)
    smtp = SmtpChannel(settings)
    ports = []
    with smtp.open() as session:
        for _ in range(3):
            session.ready()
            assert session._smtp is not None
            assert session._smtp.sock is not None
            ports.append(session._smtp.sock.getsockname()[1])
            session.send(smtp.build(MESSAGE))

    assert ports[0] == ports[1] != ports[2]
    assert len(received(sandbox)) == 3


def test_a_refusal_is_recorded_without_the_recipients_address() -> None:
    (answer,) = send_to(SmtpServer(rcpt=b"550 5.1.1 <anh@example.com>: no such user anh@example.com\r\n"), MESSAGE)

    assert answer.outcome is Outcome.REJECTED
    assert answer.detail.startswith("550 5.1.1")
    assert "@" not in answer.detail


@pytest.mark.parametrize(
    ("final", "outcome"),
    [
        (b"250 2.0.0 queued\r\n", Outcome.ACCEPTED),
        (b"421 closing\r\n", Outcome.RETRY),
        (b"garbage\r\n", Outcome.UNKNOWN),
        (b"354 again\r\n", Outcome.UNKNOWN),
        (b"25", Outcome.UNKNOWN),
    ],
)
def test_only_a_clear_answer_after_the_final_dot_decides(final: bytes, outcome: Outcome) -> None:
    (answer,) = send_to(SmtpServer(end=Said(final, then=Then.CLOSE)), MESSAGE)

    assert answer.outcome is outcome
    assert answer.phase == "final_dot"


def test_a_server_that_is_down_is_transient_before_any_attempt() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        smtp = SmtpChannel(SmtpSettings("127.0.0.1", port, timeout_s=TIMEOUT_S))
        with smtp.open() as session, pytest.raises(Transient, match="cannot be reached"):
            session.ready()


def test_a_server_without_starttls_is_not_written_to_in_the_clear(sandbox: SandboxProcess) -> None:
    settings = SmtpSettings("127.0.0.1", sandbox.smtp_port, security="starttls", timeout_s=TIMEOUT_S)
    with SmtpChannel(settings).open() as session, pytest.raises(Configuration, match="refuses"):
        session.ready()

    assert sandbox.journal() == []


def test_an_unknown_kind_of_security_is_refused_by_name() -> None:
    with pytest.raises(Configuration, match="'tls13'"):
        SmtpChannel(SmtpSettings("127.0.0.1", security=cast(Any, "tls13")))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "One\r\nBcc: all@example.com"},
        {"subject": "One\nTwo"},
        {"subject": None},
        {"sender": "Shop\r\nBcc: all@example.com <news@shop.example>"},
        {"sender": "Shop"},
        {"recipient": "anh@example.com>\r\nRCPT TO:<all@example.com"},
        {"recipient": "anh@example.com all@example.com"},
        {"recipient": "ánh@example.com"},
        {"recipient": "anh"},
        {"unsubscribe_url": "https://shop.example/\r\nBcc: all@example.com"},
        {"provider_template_id": "77"},
    ],
)
def test_what_would_break_a_header_or_cannot_be_honoured_is_refused(
    sandbox: SandboxProcess, change: dict[str, Any]
) -> None:
    with pytest.raises(Permanent):
        channel(sandbox).build(replace(MESSAGE, **change))


def test_a_domain_beyond_ascii_is_written_in_its_ascii_form(sandbox: SandboxProcess) -> None:
    payload = channel(sandbox).build(replace(MESSAGE, recipient="anh@bücher.example"))

    assert payload.envelope_to == "anh@xn--bcher-kva.example"


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(SmtpSettings("127.0.0.1", user="u", password="hunter2"))


def test_a_long_name_and_a_space_that_does_not_break_survive_the_wire(sandbox: SandboxProcess) -> None:
    name = "Cửa hàng Tất Đỏ của chị Nguyễn Thị Ánh Tuyết tại thành phố Hồ Chí Minh, phường Bến Nghé"
    subject = "Giảm 10\u00a0% " * 8

    send(channel(sandbox), replace(MESSAGE, sender=f'"{name}" <news@shop.example>', subject=subject.strip()))

    # Read by RFC 2047's rule, which drops the space between encoded words; EmailMessage's address parser keeps it.
    (line,) = sandbox.journal()
    mail = message_from_string(line["message"])
    assert str(make_header(decode_header(mail["From"]))) == f"{name} <news@shop.example>"
    assert str(make_header(decode_header(mail["Subject"]))) == subject.strip()


@pytest.mark.parametrize(
    ("verb", "reply", "outcome", "dead", "pauses"),
    [
        ("rcpt", b"550 5.1.1 no such user", Outcome.REJECTED, True, False),
        ("rcpt", b"550 5.1.2 no such host", Outcome.REJECTED, True, False),
        ("rcpt", b"551 5.1.6 moved", Outcome.REJECTED, True, False),
        ("rcpt", b"556 5.1.10 null MX", Outcome.REJECTED, True, False),
        ("rcpt", b"550 5.2.1 disabled", Outcome.REJECTED, True, False),
        ("end", b"550 5.1.1 no such user", Outcome.REJECTED, True, False),
        ("rcpt", b"550 no such user", Outcome.REJECTED, False, False),
        ("rcpt", b"552 5.2.2 mailbox full", Outcome.REJECTED, False, False),
        ("rcpt", b"550 5.7.1 this recipient does not want you", Outcome.REJECTED, False, False),
        ("rcpt", b"450 4.7.1 greylisted", Outcome.RETRY, False, False),
        ("rcpt", b"450 5.1.1 codes that do not agree", Outcome.RETRY, False, False),
        ("mail", b"450 4.1.8 your domain is not found now", Outcome.RETRY, False, False),
        ("mail", b"550 5.7.1 this sender may not", Outcome.RETRY, False, True),
        ("mail", b"530 5.7.0 authentication required", Outcome.RETRY, False, True),
        ("mail", b"552 5.3.4 too large", Outcome.REJECTED, False, False),
        ("rcpt", b"550 5.7.26 unauthenticated sender", Outcome.RETRY, False, True),
        ("end", b"550 5.7.23 SPF fails", Outcome.RETRY, False, True),
        ("end", b"421 4.7.28 unusual rate of mail", Outcome.RETRY, False, True),
        ("end", b"421 4.3.2 shutting down", Outcome.RETRY, False, True),
        ("end", b"421 closing", Outcome.RETRY, False, False),
    ],
)
def test_a_refusal_says_whom_it_is_about(verb: str, reply: bytes, outcome: Outcome, dead: bool, pauses: bool) -> None:
    (answer,) = send_to(SmtpServer(**{verb: Said(reply + b"\r\n")}), MESSAGE)

    assert (answer.outcome, answer.address_is_dead, answer.pause is not None) == (outcome, dead, pauses)


@pytest.mark.parametrize(("verb", "reply"), [("mail", b"251 forwarded\r\n"), ("rcpt", b"251 forwarded\r\n")])
def test_any_success_is_success(verb: str, reply: bytes) -> None:
    (answer,) = send_to(SmtpServer(**{verb: Said(reply)}), MESSAGE)

    assert answer.outcome is Outcome.ACCEPTED


def test_a_bounce_is_asked_for_by_the_delivery_s_id_where_the_server_can() -> None:
    server = SmtpServer(ehlo=b"250-scripted\r\n250 DSN\r\n")
    send_to(server, replace(MESSAGE, recipient="anh+shop=1@example.com"), return_path="bounces@shop.example")

    assert f"mail FROM:<bounces@shop.example> RET=HDRS ENVID={MESSAGE.delivery_id}" in server.commands
    # RFC 3461, section 4: in xtext, '+' and '=' are written by their numbers.
    expected = "rcpt TO:<anh+shop=1@example.com> NOTIFY=FAILURE ORCPT=rfc822;anh+2Bshop+3D1@example.com"
    assert expected in server.commands


def test_a_server_without_delivery_reports_is_not_asked_for_them() -> None:
    server = SmtpServer()
    send_to(server, MESSAGE)

    assert "mail FROM:<news@shop.example>" in server.commands
    assert "rcpt TO:<anh@example.com>" in server.commands


def test_a_return_path_that_is_no_address_is_refused() -> None:
    with pytest.raises(Permanent, match="return path"):
        SmtpChannel(SmtpSettings("127.0.0.1", return_path="bounces")).build(MESSAGE)


def test_the_answer_to_a_whole_message_may_take_longer_than_a_step() -> None:
    server = SmtpServer(end=Said(b"250 2.0.0 ok\r\n", drip_s=0.15))
    with server:
        settings = SmtpSettings("127.0.0.1", server.port, timeout_s=0.1, answer_timeout_s=3.0)
        (answer,) = send(SmtpChannel(settings), MESSAGE)

    assert answer.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1"])
def test_a_password_does_not_travel_in_the_clear(host: str) -> None:
    with pytest.raises(Configuration, match="password"):
        SmtpChannel(SmtpSettings(host, user="leo", password="secret"))
    SmtpChannel(SmtpSettings(host, user="leo", password="secret", security="starttls"))


@pytest.mark.parametrize(
    ("reply", "error"), [(b"535 5.7.8 wrong\r\n", Configuration), (b"454 4.7.0 not now\r\n", Transient)]
)
def test_a_login_is_refused_or_put_off_before_any_attempt(reply: bytes, error: type[Exception]) -> None:
    with SmtpServer(ehlo=b"250-scripted\r\n250 AUTH PLAIN\r\n", auth=reply) as server:
        settings = SmtpSettings("127.0.0.1", server.port, user="leo", password="secret", timeout_s=TIMEOUT_S)
        with SmtpChannel(settings).open() as session, pytest.raises(error) as raised:
            session.ready()

    assert "secret" not in str(raised.value)


def test_a_server_that_greets_with_a_refusal_is_down() -> None:
    with SmtpServer(hello=b"554 no service\r\n") as server:
        settings = SmtpSettings("127.0.0.1", server.port, timeout_s=TIMEOUT_S)
        with SmtpChannel(settings).open() as session, pytest.raises(Transient):
            session.ready()
