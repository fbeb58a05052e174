"""Who asks and who approves is told by e-mail, over a real socket; a mail that cannot be sent costs seconds at most."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default as email_policy
from pathlib import Path

import psycopg
import pytest

from leo_activation.errors import Permanent
from leo_activation.orchestration import notifications
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, about_request, tell_approvers
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, list_staff, read_staff, remove_staff_address, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop

LINK = "http://airflow.example/dags/draft_segment/runs/r/tasks/review/required_actions?map_index=-1"
EXPIRES = datetime(2026, 2, 23, 9, 30, tzinfo=UTC)
HOSTILE = "red socks {{ 7 * 7 }} {% raw %} <script>alert(1)</script>\r\nBcc: all@example.com call 0912345678"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture(autouse=True)
def connections(warehouse: Warehouse, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow's connections: the warehouse of the tests, and the sandbox's mail server."""
    sandbox.reset()
    for role in ("loader", "writer", "reader"):
        parts = psycopg.conninfo.conninfo_to_dict(warehouse.urls[DatabaseRole(role)])
        connection = {
            "conn_type": "postgres",
            "host": parts["host"],
            "port": int(str(parts["port"])),
            "login": parts["user"],
            "password": parts["password"],
            "schema": parts["dbname"],
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.upper()}", json.dumps(connection))
    use_mail_server(monkeypatch, sandbox.smtp_port)
    for member in (StaffMember("ann", "ann@staff.example", "en"), StaffMember("binh", "binh@staff.example", "vi")):
        set_staff_address(warehouse, member)


def use_mail_server(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"from_email": "leo@shop.example", "disable_ssl": True, "disable_tls": True}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_LEO_STAFF_SMTP", json.dumps(connection))


def mails(sandbox: SandboxProcess) -> dict[str, EmailMessage]:
    found = {}
    for line in sandbox.journal():
        message = message_from_string(line["message"], policy=email_policy)
        assert isinstance(message, EmailMessage)
        found[line["recipient"]] = message
    return found


def words(message: EmailMessage) -> str:
    [html] = [part for part in message.walk() if part.get_content_type() == "text/html"]
    return str(html.get_content())


def waiting(*user_ids: str, title: str = "red socks") -> TellStaff:
    return tell_approvers(user_ids, title, LINK, EXPIRES, count=1234)


def test_approvers_are_told_what_waits_each_in_their_language(sandbox: SandboxProcess) -> None:
    waiting("ann", "binh", "nobody-with-an-address")({})
    told = mails(sandbox)
    assert set(told) == {"ann@staff.example", "binh@staff.example"}
    assert told["ann@staff.example"]["Subject"] == "A decision is needed: red socks"
    assert told["binh@staff.example"]["Subject"] == "Cần bạn quyết định: red socks"
    assert told["ann@staff.example"]["From"] == "leo@shop.example"
    for mail in told.values():
        assert "<b>red socks</b>" in words(mail)
        assert LINK.replace("&", "&amp;") in words(mail)
    assert "It finds 1,234 customers." in words(told["ann@staff.example"])
    assert "Tìm thấy 1.234 khách hàng." in words(told["binh@staff.example"])
    assert "No answer by 2026-02-23 09:30 UTC counts as a rejection." in words(told["ann@staff.example"])
    assert "trước 23/02/2026 09:30 UTC thì coi như từ chối" in words(told["binh@staff.example"])


def test_each_hears_only_of_themselves(sandbox: SandboxProcess) -> None:
    waiting("ann", "binh")({})
    assert all(str(mail["To"]) == address for address, mail in mails(sandbox).items())


def test_words_of_a_request_are_neither_template_nor_markup_nor_header_nor_contact_data(
    sandbox: SandboxProcess,
) -> None:
    waiting("ann", title=HOSTILE)({})
    assert [line["recipient"] for line in sandbox.journal()] == ["ann@staff.example"]
    [mail] = mails(sandbox).values()
    assert mail["Bcc"] is None
    assert "{{ 7 * 7 }}" in mail["Subject"]
    assert "{{ 7 * 7 }} {% raw %} &lt;script&gt;" in words(mail)
    assert "0912345678" not in words(mail)
    assert "all@example.com" not in words(mail)


def test_an_answer_that_did_not_count_is_told_with_its_reason(sandbox: SandboxProcess) -> None:
    tell_approvers(("ann",), "draft_segment, request-t-1", LINK, EXPIRES, again_because="The largest size is 2.")({})
    [mail] = mails(sandbox).values()
    assert mail["Subject"] == "A decision is needed again: draft_segment, request-t-1"
    assert "What was said: The largest size is 2." in words(mail)


def test_the_requester_is_told_what_was_decided(warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess) -> None:
    encoder = open_shop(warehouse, tenant)
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "ann", edited_by="binh")
    assert about_request(tenant.tenant_id, request_id, LINK) is None
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant.tenant_id, request_id)
    assert about_request(tenant.tenant_id, request_id, LINK) is None
    record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision="ask",
        decided_by="cy",
        decided_at=NOW,
        note="Which socks? Ask cy@example.com",
        hash=shown.hash,
    )
    notifier = about_request(tenant.tenant_id, request_id, LINK)
    assert notifier is not None
    notifier({})
    told = mails(sandbox)
    assert set(told) == {"ann@staff.example", "binh@staff.example"}
    said = words(told["ann@staff.example"])
    assert told["ann@staff.example"]["Subject"] == "Sent back to you: red socks"
    assert "It finds 3 customers." in said
    assert "This is how your request was read" in said
    assert "reviews it next" not in said, "that was told before it was decided"
    assert "What was said: Which socks? Ask […]" in said
    assert f"Answer by a follow-up to request {request_id}." in said
    assert "Tìm thấy 3 khách hàng." in words(told["binh@staff.example"])


def test_a_request_that_is_asked_back_is_told_with_its_questions(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    encoder = open_shop(warehouse, tenant)
    request_id = submit_request(warehouse, tenant.tenant_id, "gloves", "ann")
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    notifier = about_request(tenant.tenant_id, request_id, LINK)
    assert notifier is not None
    notifier({})
    [mail] = mails(sandbox).values()
    assert mail["Subject"] == "A question about your request: gloves"
    assert "What do you mean?" in words(mail)
    assert "customers." not in words(mail)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_words_in_every_language(event: Event, language: str) -> None:
    notice = Notice(event, "red socks", request_id=7)
    assert notice.subject(language).endswith(": red socks")
    assert len(notice.subject(language)) > len(": red socks")
    assert "<b>red socks</b>" in notice.html(language)


def test_without_the_connection_nobody_is_told_and_the_log_says_so_once(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_LEO_STAFF_SMTP")
    with caplog.at_level(logging.INFO, logger=notifications.__name__):
        waiting("ann", "binh")({})
    assert mails(sandbox) == {}
    assert [record.message for record in caplog.records if record.name == notifications.__name__] == [
        "Airflow has no connection leo_staff_smtp, so nobody is told by e-mail."
    ]


def test_one_address_that_is_refused_keeps_nobody_else_from_being_told_and_stands_in_no_log(
    sandbox: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.scenario("smtp", "rcpt_5xx", key="ann@staff.example")
    with caplog.at_level(logging.INFO):
        waiting("ann", "binh")({})
    accepted = {line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted"}
    assert accepted == {"binh@staff.example"}
    assert "1 of 2 people were not told by e-mail (SMTPRecipientsRefused)." in caplog.text
    assert "@" not in caplog.text


def test_a_mail_server_that_is_not_there_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    use_mail_server(monkeypatch, port)
    with caplog.at_level(logging.WARNING):
        waiting("ann")({})
    assert "1 of 1 people were not told by e-mail (ConnectionRefusedError)." in caplog.text


def test_a_mail_server_that_says_nothing_delays_a_task_by_no_more_than_the_limit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_mail_server(monkeypatch, silent.getsockname()[1])
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            TellStaff(("ann", "binh"), Notice(Event.WAITS, "red socks"), limit_s=1.0)({})
        took = time.monotonic() - began
    assert 1.0 <= took < notifications.STEP_TIMEOUT_S
    assert "2 of 2 people were not told by e-mail (the mail server takes too long)." in caplog.text


def test_no_step_takes_longer_than_its_own_time_out_whatever_the_connection_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_mail_server(monkeypatch, silent.getsockname()[1])
        accepting = threading.Thread(target=lambda: accepted.append(silent.accept()[0]), daemon=True)
        accepting.start()
        began = time.monotonic()
        waiting("ann")({})
        assert time.monotonic() - began < notifications.SEND_LIMIT_S
        accepting.join(5)
    for one in accepted:
        one.close()


def test_only_the_writer_reads_where_staff_are_reached(warehouse: Warehouse, tenant: Tenant) -> None:
    assert [member.user_id for member in read_staff(warehouse, ["ann", "nobody"])] == ["ann"]
    for role in (DatabaseRole.READER, DatabaseRole.LOADER):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            warehouse.connect(role, tenant.tenant_id) as connection,
        ):
            connection.execute("SELECT * FROM ops.staff_address")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
    ):
        connection.execute("UPDATE ops.staff_address SET email = 'x@y'")


def test_report_roles_have_no_right_to_staff_addresses(warehouse: Warehouse) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        rows = connection.execute(
            "SELECT role, has_table_privilege(role, 'ops.staff_address', 'SELECT') "
            "FROM unnest(ARRAY['leo_report_owner', 'leo_reporter', 'leo_reader']) AS role"
        ).fetchall()
    assert rows == [("leo_report_owner", False), ("leo_reporter", False), ("leo_reader", False)]


@pytest.mark.parametrize(
    ("user", "email", "language"),
    [
        ("", "a@b.example", "en"),
        ("ann", "no address", "en"),
        ("ann", "a@b.example\nBcc: c@d.example", "en"),
        ("ann", "a@b.example,c@d.example", "en"),
        ("ann", "a" * 250 + "@b.example", "en"),
        ("ann", "a@b.example", "de"),
    ],
)
def test_what_is_no_staff_address_is_refused(warehouse: Warehouse, user: str, email: str, language: str) -> None:
    with pytest.raises(Permanent) as refusal:
        set_staff_address(warehouse, StaffMember(user, email, language))
    assert "b.example" not in str(refusal.value)


def test_an_address_is_changed_listed_and_removed(warehouse: Warehouse) -> None:
    set_staff_address(warehouse, StaffMember("dee", "dee@staff.example", "en"))
    set_staff_address(warehouse, StaffMember("dee", "dee@new.example", "vi"))
    assert StaffMember("dee", "dee@new.example", "vi") in list_staff(warehouse)
    assert remove_staff_address(warehouse, "dee")
    assert not remove_staff_address(warehouse, "dee")
    assert "dee" not in [member.user_id for member in list_staff(warehouse)]


def test_an_address_is_not_shown_where_a_member_is_printed() -> None:
    assert "@" not in repr(StaffMember("ann", "ann@staff.example", "en"))


def test_the_templates_are_one_of_each_kind_and_language() -> None:
    from leo_activation.orchestration.notices import TEMPLATES

    names = {path.name for path in Path(TEMPLATES).iterdir()}
    assert names == {"subject.en.txt", "subject.vi.txt", "notice.en.html", "notice.vi.html"}
