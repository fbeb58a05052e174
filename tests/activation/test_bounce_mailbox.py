"""Reports that come back: taken in once, by IMAP over a real socket or from a folder; forged ones never."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath import bounce_mailbox
from leo_activation.activation.aftermath.bounce_mailbox import (
    LARGEST_MAIL_BYTES,
    ImapMailbox,
    ImapSettings,
    Mailbox,
    MaildirMailbox,
    MailReportCounts,
    read_mail_reports,
)
from leo_activation.activation.aftermath.mail_reports import Aside
from leo_activation.errors import Configuration, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.imap_server import PASSWORD, USER, ImapServer, running_imap_server
from tests.activation.shop import FakeChannel, Shop
from tests.activation.test_mail_reports import DELIVERY, sample


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ImapServer]:
    with running_imap_server(tmp_path) as server:
        yield server


@pytest.fixture
def run(shop: Shop) -> activation.CampaignRun:
    """A run that was sent to a@example.com and b@example.com."""
    shop.person("a")
    shop.person("b")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    return run


def imap(server: ImapServer, password: str = PASSWORD, folder: str = "INBOX", ca: bool = True) -> ImapMailbox:
    ca_file = str(server.certificate) if ca else None
    return ImapMailbox(ImapSettings("127.0.0.1", USER, password, server.port, folder, ca_file, timeout_s=5))


def about(name: str, delivery_id: UUID, recipient: str = "a@example.com") -> bytes:
    return (
        sample(name)
        .replace(str(DELIVERY).encode(), str(delivery_id).encode())
        .replace(b"a@example.com", recipient.encode())
    )


def read(shop: Shop, mailbox: Mailbox, **bounds: int) -> MailReportCounts:
    return read_mail_reports(shop.warehouse, [shop.tenant_id], mailbox, shop.key, **bounds)


def suppressions(shop: Shop) -> list[str]:
    rows = shop.execute("SELECT reason FROM core.suppression WHERE tenant_id = %s ORDER BY reason", shop.tenant_id)
    return [row[0] for row in rows]


def test_a_bounce_and_a_complaint_that_came_back_are_taken_in_and_marked(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    server.deliver(about("postfix", shop.delivery_id(run, "a")))
    server.deliver(about("complaint", shop.delivery_id(run, "b"), "b@example.com"))

    assert read(shop, imap(server)) == MailReportCounts(read=2, kept=2, aside={})

    assert suppressions(shop) == ["bounced", "complained"]
    assert server.flags() == [{r"\Seen"}, {r"\Seen"}]
    assert read(shop, imap(server)) == MailReportCounts(read=0, kept=0, aside={})


@pytest.mark.parametrize(
    "poison",
    [
        (b"Date: ", b"Date: Mon, 1 Jan 2026 00:00:00 +99999999999999999999\nX-Date: "),
        (b"a@example.com", b"a\x00@example.com"),
    ],
    ids=["a date beyond all dates", "a NUL"],
)
def test_a_mail_that_is_made_to_fail_holds_up_no_other(
    shop: Shop, run: activation.CampaignRun, server: ImapServer, poison: tuple[bytes, bytes]
) -> None:
    server.deliver(about("postfix", shop.delivery_id(run, "b")).replace(*poison))
    server.deliver(about("postfix", shop.delivery_id(run, "a")))

    read(shop, imap(server))

    assert suppressions(shop) == ["bounced"]
    assert server.flags()[:2] == [{r"\Seen"}, {r"\Seen"}]


def test_a_report_that_is_forged_in_any_part_suppresses_nobody_and_goes_aside(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    delivery_id = shop.delivery_id(run, "a")
    server.deliver(about("postfix", uuid4()))
    server.deliver(about("postfix", delivery_id, "b@example.com"))
    server.deliver(about("complaint", delivery_id, "b@example.com"))
    server.deliver(about("complaint", uuid4()).replace(b"Original-Rcpt-To: <a@example.com>\n", b""))
    server.deliver(b"Subject: Hello\n\nYour invoice.")
    server.deliver(b"x" * (LARGEST_MAIL_BYTES + 1))

    counts = read(shop, imap(server))

    assert (counts.read, counts.kept) == (6, 0)
    assert counts.aside == {
        Aside.UNKNOWN_MESSAGE: 2,
        Aside.OTHER_RECIPIENT: 2,
        Aside.NO_REPORT: 1,
        Aside.TOO_LARGE: 1,
    }
    assert suppressions(shop) == []
    assert {folder: len(mails) for folder, mails in server.folders.items()} == {
        "INBOX": 6,
        "leo-aside-unknown_message": 2,
        "leo-aside-other_recipient": 2,
        "leo-aside-no_report": 1,
        "leo-aside-too_large": 1,
    }
    assert server.flags() == [{r"\Seen"}] * 6


def test_one_mailbox_serves_all_tenants_and_each_takes_its_own(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    other = Tenant(f"u{shop.tenant_id[1:]}", "Another", "EUR", "event_weight", luxury_threshold_minor=1)
    register_tenant(shop.warehouse, other)
    server.deliver(about("postfix", shop.delivery_id(run, "a")))
    for tenant_ids, aside in (
        ([other.tenant_id], {Aside.UNKNOWN_MESSAGE: 1}),
        ([other.tenant_id, shop.tenant_id], {}),
    ):
        server.folders["INBOX"][0].flags.clear()
        counts = read_mail_reports(shop.warehouse, tenant_ids, imap(server), shop.key)
        assert counts.aside == aside
    assert suppressions(shop) == ["bounced"]


def test_a_server_that_writes_the_address_in_small_letters_is_understood(shop: Shop, server: ImapServer) -> None:
    shop.person("a", address="Anh.Tran@example.com")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    server.deliver(about("postfix", shop.delivery_id(run, "a"), "anh.tran@example.com"))

    assert read(shop, imap(server)).kept == 1


def test_a_complaint_that_names_nobody_counts_by_the_message_that_only_its_recipient_has(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    complaint = about("complaint", shop.delivery_id(run, "a")).replace(b"Original-Rcpt-To: <a@example.com>\n", b"")
    server.deliver(complaint.replace(b"To: <a@example.com>\n", b""))

    assert read(shop, imap(server)).kept == 1
    assert suppressions(shop) == ["complained"]


def test_a_mail_is_marked_only_after_it_was_recorded_and_read_again_changes_nothing(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    server.deliver(about("postfix", shop.delivery_id(run, "a")))
    server.cut_at = "UID STORE"
    with pytest.raises(Transient, match="broke off"):
        read(shop, imap(server))
    assert suppressions(shop) == ["bounced"]
    assert server.flags() == [set()]

    assert read(shop, imap(server)) == MailReportCounts(read=1, kept=0, aside={})
    assert server.flags() == [{r"\Seen"}]


def test_nothing_is_marked_while_the_warehouse_is_down(
    shop: Shop, run: activation.CampaignRun, server: ImapServer
) -> None:
    server.deliver(about("postfix", shop.delivery_id(run, "a")))
    unreachable = Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"})

    with pytest.raises(Transient):
        read_mail_reports(unreachable, [shop.tenant_id], imap(server), shop.key)

    assert server.flags() == [set()]


def test_a_call_reads_no_more_than_its_bound(shop: Shop, run: activation.CampaignRun, server: ImapServer) -> None:
    for _ in range(5):
        server.deliver(about("postfix", shop.delivery_id(run, "a")))

    assert read(shop, imap(server), batch=2, most=3).read == 3
    assert len([flags for flags in server.flags() if flags]) == 3


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda server: imap(server, password="wrong"), Configuration, "refuses the login"),
        (lambda server: imap(server, folder="Lost"), Configuration, "no folder 'Lost'"),
        (lambda server: imap(server, ca=False), Configuration, "certificate"),
        (lambda _: ImapMailbox(ImapSettings("127.0.0.1", USER, PASSWORD, port=1)), Transient, "cannot be reached"),
    ],
)
def test_a_mailbox_that_cannot_be_opened_says_why(
    shop: Shop, server: ImapServer, change: Callable[[ImapServer], ImapMailbox], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(shop, change(server))


def test_the_password_is_not_shown() -> None:
    assert PASSWORD not in repr(ImapMailbox(ImapSettings("mail.example", USER, PASSWORD)))


def test_a_folder_of_mail_is_read_once_and_what_is_no_report_goes_beside(
    shop: Shop, run: activation.CampaignRun, tmp_path: Path
) -> None:
    maildir = tmp_path / "bounces"
    (maildir / "new").mkdir(parents=True)
    (maildir / "new" / "1.host").write_bytes(about("exim", shop.delivery_id(run, "a")))
    (maildir / "new" / "2.host").write_bytes(b"Subject: Hello\n\nHi.")
    (maildir / "new" / "3.host").write_bytes(b"x" * (LARGEST_MAIL_BYTES + 1))

    counts = read(shop, MaildirMailbox(maildir))

    assert counts == MailReportCounts(read=3, kept=1, aside={Aside.NO_REPORT: 1, Aside.TOO_LARGE: 1})
    files = sorted(str(file.relative_to(maildir)) for file in maildir.rglob("*") if file.is_file())
    assert files == [
        "cur/1.host:2,S",
        f"{bounce_mailbox.ASIDE_FOLDER}/no_report/2.host",
        f"{bounce_mailbox.ASIDE_FOLDER}/too_large/3.host",
    ]
    assert read(shop, MaildirMailbox(maildir)).read == 0


def test_a_folder_that_is_no_maildir_is_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Configuration, match="no Maildir"):
        read(shop, MaildirMailbox(tmp_path))
