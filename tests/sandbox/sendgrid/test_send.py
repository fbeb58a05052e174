"""POST /v3/mail/send over a real socket: what is taken, what is refused, and each fault."""

import gzip
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.process import SandboxProcess
from tests.sandbox.sendgrid.conftest import KEY, Client, mail


def test_a_message_is_accepted_and_journaled_with_its_custom_arguments(client: Client, sandbox: SandboxProcess) -> None:
    answer = client.send(mail("a@example.com", headers={"List-Unsubscribe": "<https://shop.example/u/1>"}))
    (line,) = sandbox.journal()
    assert (answer.status_code, answer.content) == (202, b"")
    assert (line["channel"], line["outcome"], line["recipient"]) == ("sendgrid", "accepted", "a@example.com")
    assert line["provider_message_id"] == answer.headers["X-Message-Id"]
    assert line["headers"]["From"] == "Shop <offers@shop.example>"
    assert line["headers"]["List-Unsubscribe"] == "<https://shop.example/u/1>"
    assert json.loads(line["message"])["custom_args"] == {"delivery_id": "d-a@example.com"}


def test_each_recipient_of_each_personalization_is_an_effect_of_its_own(
    client: Client, sandbox: SandboxProcess
) -> None:
    parts = [
        {"to": [{"email": "a@example.com"}], "cc": [{"email": "b@example.com"}], "subject": "One"},
        {"to": [{"email": "c@example.com"}]},
    ]
    assert client.send(mail(personalizations=parts)).status_code == 202
    received = [(line["recipient"], line["headers"]["Subject"]) for line in sandbox.journal()]
    assert received == [("a@example.com", "One"), ("b@example.com", "One"), ("c@example.com", "Ưu đãi cho bạn")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (mail(personalizations=[]), "personalizations"),
        (mail(personalizations=[{"to": []}]), "personalizations.0.to"),
        (mail(personalizations=[{}]), "personalizations.0.to"),
        (mail(personalizations=[{"to": [{"email": "no address"}]}]), "personalizations.0.to.0.email"),
        (
            mail(personalizations=[{"to": [{"email": "a@b.example"}], "cc": [{"email": "A@b.example"}]}]),
            "personalizations.0",
        ),
        (mail(personalizations=[{"to": [{"email": f"{n}@b.example"} for n in range(1001)]}]), "personalizations"),
        ({name: value for name, value in mail().items() if name != "from"}, "from"),
        (mail(subject=None), "subject"),
        (mail(content=None), "content"),
        (mail(content=[{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]), "content"),
        (mail(content=[{"type": "text/plain", "value": ""}]), "content.0.value"),
        (mail(custom_args={"number": 7}), "personalizations.0.custom_args"),
        (mail(custom_args={"long": "x" * 10_000}), "personalizations.0.custom_args"),
        (mail(headers={"Subject": "Two"}), "headers.Subject"),
        (mail(headers={"X-Note": "a\r\nBcc: all@example.com"}), "headers.X-Note"),
        (mail(send_at=int(time.time()) + 73 * 3600), "send_at"),
        (mail(categories=["a"] * 11), "categories"),
        ([], None),
    ],
)
def test_what_the_contract_forbids_is_refused_with_its_field(
    client: Client, sandbox: SandboxProcess, body: object, field: str | None
) -> None:
    answer = client.send(body)
    assert answer.status_code == 400
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert sandbox.journal() == []


@pytest.mark.parametrize(
    ("key", "message"), [("", "Permission denied"), ("not one", "authorization grant is invalid"), ("SG.", "invalid")]
)
def test_without_a_key_of_its_form_nothing_is_taken(
    client: Client, sandbox: SandboxProcess, key: str, message: str
) -> None:
    answer = client.send(mail(), key=key)
    assert answer.status_code == 401
    assert message in answer.json()["errors"][0]["message"]
    assert sandbox.journal() == []


def test_another_content_type_method_or_a_body_that_is_no_json_is_refused(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.sendgrid_url}/v3/mail/send"
    headers = {"Authorization": f"Bearer {KEY}"}
    assert httpx.post(url, content=b"x", headers={**headers, "Content-Type": "text/plain"}).status_code == 415
    assert httpx.post(url, content=b"{", headers={**headers, "Content-Type": "application/json"}).status_code == 400
    assert httpx.get(url, headers=headers).status_code == 405


def test_a_compressed_body_is_read_and_a_broken_one_refused(client: Client, sandbox: SandboxProcess) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    url = f"{sandbox.sendgrid_url}/v3/mail/send"
    whole = gzip.compress(json.dumps(mail()).encode())
    assert httpx.post(url, content=whole, headers=headers).status_code == 202
    assert httpx.post(url, content=whole[:20], headers=headers).status_code == 400


def test_sandbox_mode_checks_and_sends_nothing(client: Client, sandbox: SandboxProcess) -> None:
    assert client.send(mail(mail_settings={"sandbox_mode": {"enable": True}})).status_code == 200
    assert sandbox.journal() == []


def test_the_rate_limit_is_told_and_kept(client: Client, sandbox: SandboxProcess) -> None:
    sandbox.sendgrid_limit(2, 3600)
    answers = [client.send(mail(f"{n}@example.com")) for n in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert 0 < int(answers[2].headers["X-RateLimit-Reset"]) - time.time() <= 3600
    assert len(sandbox.journal()) == 2


@pytest.mark.parametrize(
    ("scenario", "status", "outcome"),
    [
        ("rate_limited", 429, "rejected"),
        ("server_error_rejected", 500, "rejected"),
        ("server_error_accepted", 500, "accepted"),
        ("unavailable", 503, "rejected"),
        ("malformed_accepted", 202, "accepted"),
        ("malformed_rejected", 200, "rejected"),
        ("error_in_200", 200, "rejected"),
        ("bad_request", 400, "rejected"),
        ("credits_exceeded", 401, "rejected"),
        ("unauthorized", 401, "rejected"),
        ("forbidden", 403, "rejected"),
        ("too_large", 413, "rejected"),
    ],
)
def test_a_fault_has_its_status_and_the_journal_says_what_was_taken(
    client: Client, sandbox: SandboxProcess, scenario: str, status: int, outcome: str
) -> None:
    sandbox.scenario("sendgrid", scenario)
    answer = client.send(mail())
    (line,) = sandbox.journal()
    assert answer.status_code == status
    assert "X-Message-Id" not in answer.headers
    assert (line["outcome"], line["scenario"], line["answer"]) == (outcome, scenario, str(status))


@pytest.mark.parametrize(
    ("scenario", "error", "outcome"),
    [
        ("stall", httpx.ReadTimeout, "accepted"),
        ("reset_before_reading", httpx.ReadError, "rejected"),
        ("accept_then_reset", httpx.ReadError, "accepted"),
    ],
)
def test_silence_may_mean_either_and_the_journal_knows(
    client: Client, sandbox: SandboxProcess, scenario: str, error: type[Exception], outcome: str
) -> None:
    sandbox.scenario("sendgrid", scenario, attempts=1)
    with pytest.raises(error):
        client.send(mail())
    assert [(line["outcome"], line["answer"]) for line in sandbox.journal()] == [(outcome, "")]
    assert client.send(mail()).status_code == 202


def test_a_slow_answer_is_taken_all_the_same(sandbox: SandboxProcess) -> None:
    sandbox.scenario("sendgrid", "slow_drip")
    with pytest.raises(httpx.ReadTimeout):
        Client(sandbox, timeout_s=0.1).send(mail())
    assert [line["outcome"] for line in sandbox.journal()] == ["accepted"]


def test_a_drip_brings_one_byte_at_a_time(sandbox: SandboxProcess) -> None:
    sandbox.scenario("sendgrid", "slow_drip")
    body = json.dumps(mail()).encode()
    where = urlsplit(sandbox.url)
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=1.0) as connection:
        head = (
            f"POST /sendgrid/v3/mail/send HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert [connection.recv(100) for _ in range(4)] == [b"H", b"T", b"T", b"P"]


def test_the_same_seed_gives_the_same_faults(client: Client, sandbox: SandboxProcess) -> None:
    people = [f"person{n}@example.com" for n in range(12)]

    def statuses(order: list[str]) -> dict[str, int]:
        return {person: client.send(mail(person)).status_code for person in order}

    mix = {"ok": 0.5, "forbidden": 0.5}
    sandbox.mix("sendgrid", mix, seed=7)
    forth, back = statuses(people), statuses(people[::-1])
    assert forth == back
    assert set(forth.values()) == {202, 403}


def test_the_page_shows_both_ways_of_mail_with_what_became_of_it(client: Client, sandbox: SandboxProcess) -> None:
    client.send(mail("taken@example.com"))
    sandbox.scenario("sendgrid", "forbidden", key="refused@example.com")
    client.send(mail("refused@example.com"))
    page = httpx.get(sandbox.url).text
    rows: dict[str, Any] = {name: page.index(f"{name}@example.com") for name in ("refused", "taken")}
    assert rows["refused"] < rows["taken"]
    assert "1 message received, 1 refused" in page
    assert page.count('<span class="badge plain">E-mail by SendGrid</span>') == 2
    assert "fault forbidden" in page
    assert "Ưu đãi cho bạn" in page
    assert "Xin chào" in page
