"""Mail that mail servers write about mail: what is read of it, from samples in the forms of four servers."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.activation.aftermath.mail_reports import Aside, NotAReport, Reported, read_report
from leo_activation.activation.states import EventKind

MAIL = Path(__file__).parent / "mail"
DELIVERY = UUID("b076e02a-1505-47c6-9755-2b22c14e4aad")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sample(name: str) -> bytes:
    return (MAIL / f"{name}.eml").read_bytes()


def only(raw: bytes) -> Reported:
    (report,) = read_report(raw, NOW)
    return report


def failed(status: str, diagnostic: str = "", action: str = "failed") -> bytes:
    """A delivery report of this status."""
    return (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        "--x\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx\nOriginal-Envelope-Id: {DELIVERY}\n\n"
        f"Final-Recipient: rfc822; a@example.com\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n\n"
        "--x--\n"
    ).encode()


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 1 Jan 99999999999999999999 00:00:00 +0000",
        "Mon, 1 Jan 2026 00:00:00 +99999999999999999999",
        "Mon, 1 Jan 2147483648 00:00:00 +0000",
        "never",
    ],
)
def test_a_date_that_can_be_none_leaves_the_report_at_the_time_it_came(date: str) -> None:
    assert only(f"Date: {date}\n".encode() + failed("5.1.1")).event.occurred_at == NOW


def test_an_address_that_no_database_holds_names_nobody() -> None:
    with pytest.raises(NotAReport) as refused:
        read_report(failed("5.1.1").replace(b"a@example.com", b"a\x00b@example.com"), NOW)
    assert refused.value.reason is Aside.NO_CONCERN


@pytest.mark.parametrize(
    ("name", "kind", "permanent", "detail"),
    [
        ("postfix", EventKind.BOUNCED, True, "failed 5.1.1"),
        ("exim", EventKind.BOUNCED, True, "failed 5.1.1"),
        ("exchange", EventKind.BOUNCED, True, "failed 5.1.10"),
        ("gmail", EventKind.DEFERRED, None, "delayed 4.4.1"),
        ("complaint", EventKind.COMPLAINED, None, "abuse"),
    ],
)
def test_the_reports_of_known_servers_are_read(name: str, kind: EventKind, permanent: bool | None, detail: str) -> None:
    report = only(sample(name))

    assert report.event.delivery_id == DELIVERY
    assert (report.event.kind, report.event.permanent, report.event.detail) == (kind, permanent, detail)
    assert set(report.recipients) == {"a@example.com"}
    assert report.event.occurred_at.astimezone(UTC).date() == NOW.date()


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind", "permanent"),
    [
        ("5.1.1", "", EventKind.BOUNCED, True),
        ("5.0.0", "", EventKind.BOUNCED, True),
        ("5.0.0", "smtp; 550 5.7.1 refused by policy", EventKind.BLOCKED, None),
        ("5.0.0", "smtp; 550 from 5.1.2.3: no", EventKind.BOUNCED, True),
        ("5.7.26", "", EventKind.BLOCKED, None),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", EventKind.BOUNCED, False),
        ("5.3.4", "", EventKind.BOUNCED, False),
        ("4.4.7", "smtp; 451 4.7.1 try later", EventKind.BOUNCED, False),
        ("5.4.7", "", EventKind.BOUNCED, False),
        ("4.2.2", "", EventKind.BOUNCED, False),
    ],
)
def test_only_what_is_against_the_address_is_a_bounce_for_good(
    status: str, diagnostic: str, kind: EventKind, permanent: bool | None
) -> None:
    event = only(failed(status, diagnostic)).event

    assert (event.kind, event.permanent) == (kind, permanent)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delivered", EventKind.DELIVERED),
        ("relayed", EventKind.ACCEPTED),
        ("expanded", EventKind.ACCEPTED),
        ("Delayed", EventKind.DEFERRED),
    ],
)
def test_reports_of_success_and_delay_are_read_too(action: str, kind: EventKind) -> None:
    assert only(failed("2.0.0", action=action)).event.kind is kind


def test_a_report_that_comes_twice_is_the_same_event_and_another_failure_is_another() -> None:
    names = {only(failed(status)).event.provider_event_id for status in ("5.1.1", "5.1.1", "5.2.2")}

    assert len(names) == 2


def test_a_complaint_that_names_nobody_is_read_with_the_recipient_of_the_message_that_came_back() -> None:
    unnamed = sample("complaint").replace(b"Original-Rcpt-To: <a@example.com>\n", b"")

    assert only(unnamed).recipients == ("a@example.com",)
    assert only(unnamed.replace(b"To: <a@example.com>\n", b"")).recipients == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Aside.NO_REPORT),
        (b"Subject: I am on holiday\nAuto-Submitted: auto-replied\n\nUntil Monday.", Aside.NO_REPORT),
        (b"Content-Type: multipart/report; boundary=x\n\nno parts", Aside.NO_REPORT),
        (b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: text/plain\n\n\n--x--", Aside.NO_REPORT),
        (sample("postfix").replace(str(DELIVERY).encode(), b"20261120"), Aside.UNKNOWN_MESSAGE),
        (sample("complaint").replace(b"abuse\n", b"not-spam\n"), Aside.NO_CONCERN),
        (failed("5.1.1", action="lost"), Aside.NO_CONCERN),
        (failed("none"), Aside.NO_CONCERN),
        (failed("5.1.1").replace(b"a@example.com", b"nobody"), Aside.NO_CONCERN),
    ],
)
def test_whatever_else_comes_is_told_by_its_reason(raw: bytes, reason: Aside) -> None:
    with pytest.raises(NotAReport) as refused:
        read_report(raw, NOW)

    assert refused.value.reason is reason


def test_a_date_that_cannot_be_is_not_believed() -> None:
    assert only(sample("postfix").replace(b"20 Nov 2026", b"20 Nov 2099")).event.occurred_at == NOW
    assert only(failed("5.1.1")).event.occurred_at == NOW


def test_nobodys_address_is_shown() -> None:
    assert "a@example.com" not in repr(only(sample("postfix")))


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(["postfix", "exim", "exchange", "gmail", "complaint"]), data=st.data())
def test_no_mail_breaks_the_reader(name: str, data: st.DataObject) -> None:
    raw = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(raw)))
        raw[start : start + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=40))
    try:
        reports = read_report(bytes(raw), NOW)
    except NotAReport:
        return
    assert reports


def test_parts_within_parts_without_end_are_put_aside() -> None:
    deep = b"".join(b"Content-Type: multipart/report; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))

    with pytest.raises(NotAReport):
        read_report(deep, NOW)
