"""The page of received mail and the HTTP switches."""

import smtplib
from email.message import EmailMessage

import httpx
import pytest

from sandbox.process import SandboxProcess


def send(sandbox: SandboxProcess, number: int, html: str = "<p>Hello</p>") -> None:
    mail = EmailMessage()
    mail["From"] = "Shop <offers@shop.example>"
    mail["To"] = f"person{number}@example.com"
    mail["Subject"] = f"Offer <{number}> & more"
    mail["List-Unsubscribe"] = f"<https://shop.example/u/{number}>"
    mail.set_content(f"Hello person {number}")
    mail.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as client:
        client.send_message(mail)


def get(sandbox: SandboxProcess, path: str) -> httpx.Response:
    return httpx.get(sandbox.url + path, timeout=10)


def test_an_empty_inbox_says_what_will_appear(sandbox: SandboxProcess) -> None:
    assert "No message yet" in get(sandbox, "/").text


def test_the_newest_message_is_open_with_its_headers_escaped(sandbox: SandboxProcess) -> None:
    send(sandbox, 1)
    send(sandbox, 2)
    page = get(sandbox, "/").text
    assert page.index("person2@example.com") < page.index("person1@example.com")
    assert "Offer &lt;2&gt; &amp; more" in page
    assert '<a href="https://shop.example/u/2" rel="noreferrer">' in page
    assert "Hello person 2" in page
    assert "2 messages received" in page


def test_pages_hold_25_messages_and_lead_to_each_other(sandbox: SandboxProcess) -> None:
    for number in range(26):
        send(sandbox, number)
    first, second = get(sandbox, "/").text, get(sandbox, "/?page=2").text
    assert first.count("<li>") == 25
    assert 'href="/?page=2"' in first
    assert second.count("<li>") == 1
    assert "person0@example.com" in second


def test_the_html_of_a_message_can_neither_run_nor_load_anything(sandbox: SandboxProcess) -> None:
    send(sandbox, 1, "<script>alert(1)</script><img src='https://tracker.example/pixel.png'>")
    (line,) = sandbox.journal()
    page, body = get(sandbox, "/"), get(sandbox, f"/messages/{line['seq']}/html")
    assert '<iframe sandbox=""' in page.text
    assert "<script>" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "https:" not in policy


def test_the_journal_continues_after_a_number(sandbox: SandboxProcess) -> None:
    send(sandbox, 1)
    (line,) = sandbox.journal()
    send(sandbox, 2)
    assert [later["recipient"] for later in sandbox.journal(since=line["seq"])] == ["person2@example.com"]


@pytest.mark.parametrize(
    "order",
    [
        {"channel": "smtp", "scenario": "no such fault"},
        {"channel": "smtp"},
        {"channel": "smtp", "scenario": "ok", "shares": {"ok": 1}},
        {"channel": "smtp", "scenario": "ok", "surprise": 1},
    ],
)
def test_an_order_that_means_nothing_is_answered_422(sandbox: SandboxProcess, order: dict[str, object]) -> None:
    assert httpx.post(f"{sandbox.url}/sandbox/scenario", json=order, timeout=10).status_code == 422


def test_health_names_the_journal(sandbox: SandboxProcess) -> None:
    answer = get(sandbox, "/health").json()
    assert answer["status"] == "ok"
    assert answer["journal"].endswith("journal.jsonl")


def test_messages_of_every_channel_are_read_as_people_would(sandbox: SandboxProcess) -> None:
    send(sandbox, 1)
    sent = httpx.post(
        f"{sandbox.url}/twilio/2010-04-01/Accounts/AC{'0' * 32}/Messages.json",
        data={"To": "+84912345678", "From": "+15005550006", "Body": "<b>Your order</b> is on its way"},
        auth=(f"AC{'0' * 32}", "any"),
        timeout=10,
    )
    assert sent.status_code == 201, sent.text

    page = get(sandbox, "/").text
    assert "2 messages received" in page
    assert "SMS by Twilio" in page
    assert "&lt;b&gt;Your order&lt;/b&gt; is on its way" in page
    only = get(sandbox, "/?channel=twilio").text
    assert "person1@example.com" not in only
    assert "+84912345678" in only
    assert "List-Unsubscribe" not in only
