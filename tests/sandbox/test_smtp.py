"""The mail server over a real socket, driven phase by phase with smtplib."""

import smtplib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from sandbox.process import SandboxProcess

TIMEOUT_S = 1.0


def message(recipient: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Shop <offers@shop.example>"
    mail["To"] = recipient
    mail["Subject"] = "Ưu đãi cho bạn"
    mail["Message-ID"] = "<delivery-1@shop.example>"
    mail["List-Unsubscribe"] = "<https://shop.example/u/1>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Xin chào")
    mail.add_alternative("<p>Xin <b>chào</b></p>", subtype="html")
    return mail


def connect(sandbox: SandboxProcess) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=TIMEOUT_S)
    client.ehlo("client.example")
    return client


def send(sandbox: SandboxProcess, recipient: str) -> tuple[int, bytes]:
    with connect(sandbox) as client:
        client.mail("bounces@shop.example")
        code, text = client.rcpt(recipient)
        if code != 250:
            return code, text
        return client.data(message(recipient).as_bytes())


def test_an_accepted_message_is_in_the_journal_with_its_bytes_and_queue_id(sandbox: SandboxProcess) -> None:
    code, answer = send(sandbox, "a@example.com")
    (line,) = sandbox.journal()
    assert code == 250
    assert answer.decode().endswith(line["provider_message_id"])
    assert (line["channel"], line["outcome"], line["recipient"]) == ("smtp", "accepted", "a@example.com")
    assert line["message_id"] == "<delivery-1@shop.example>"
    assert line["headers"]["List-Unsubscribe"] == "<https://shop.example/u/1>"
    raw = line["message"].encode("utf-8", "surrogateescape")
    assert line["size"] == len(raw)
    assert message_from_bytes(raw, policy=SMTP)["Subject"] == "Ưu đãi cho bạn"


@pytest.mark.parametrize(
    ("scenario", "code"), [("rcpt_4xx", 450), ("rcpt_5xx", 550), ("data_4xx", 451), ("data_5xx", 554)]
)
def test_a_refusal_has_its_code_and_leaves_no_accepted_message(
    sandbox: SandboxProcess, scenario: str, code: int
) -> None:
    sandbox.scenario("smtp", scenario)
    assert send(sandbox, "a@example.com")[0] == code
    assert [(line["outcome"], line["scenario"]) for line in sandbox.journal()] == [("rejected", scenario)]


@pytest.mark.parametrize(
    ("scenario", "outcome", "answer"),
    [
        ("close_at_data", "rejected", ""),
        ("close_before_reading", "rejected", "354"),
        ("accept_then_close", "accepted", ""),
        ("stall", "accepted", ""),
    ],
)
def test_silence_after_data_may_mean_either_and_the_journal_knows(
    sandbox: SandboxProcess, scenario: str, outcome: str, answer: str
) -> None:
    sandbox.scenario("smtp", scenario)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(sandbox, "a@example.com")
    assert [(line["outcome"], line["answer"]) for line in sandbox.journal()] == [(outcome, answer)]


def test_one_refused_recipient_does_not_stop_the_others(sandbox: SandboxProcess) -> None:
    sandbox.scenario("smtp", "rcpt_5xx", key="gone@example.com")
    with connect(sandbox) as client:
        client.mail("bounces@shop.example")
        codes = [client.rcpt(address)[0] for address in ("a@example.com", "gone@example.com", "b@example.com")]
        client.data(message("a@example.com").as_bytes())
    assert codes == [250, 550, 250]
    accepted = [line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted"]
    assert accepted == ["a@example.com", "b@example.com"]


def test_a_second_message_on_the_connection_chooses_anew(sandbox: SandboxProcess) -> None:
    sandbox.scenario("smtp", "data_4xx", attempts=1)
    with connect(sandbox) as client:
        codes = []
        for _ in range(2):
            client.mail("bounces@shop.example")
            client.rcpt("a@example.com")
            codes.append(client.data(message("a@example.com").as_bytes())[0])
    assert codes == [451, 250]


def test_a_login_is_optional_but_not_empty(sandbox: SandboxProcess) -> None:
    with connect(sandbox) as client:
        assert client.login("pipeline", "any secret")[0] == 235
    with connect(sandbox) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login("pipeline", "")


def test_the_same_seed_gives_the_same_faults_in_any_order(sandbox: SandboxProcess) -> None:
    people = [f"person{n}@example.com" for n in range(12)]
    sandbox.mix("smtp", {"ok": 0.5, "rcpt_5xx": 0.5}, seed=7)
    forth = {person: send(sandbox, person)[0] for person in people}
    back = {person: send(sandbox, person)[0] for person in reversed(people)}
    assert forth == back
    assert set(forth.values()) == {250, 550}
