"""Reports by e-mail and the alert, through a Redis and a worker of Superset's of the test's own."""

import csv
import io
import json
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as email_policy
from pathlib import Path

import psycopg
import pytest
import yaml

from embedded import superset
from embedded.credentials import Credentials
from embedded.places import Places
from embedded.urls import role_url
from leo_activation.settings import REPOSITORY, DatabaseRole
from tests.end_to_end.conftest import READERS_DOMAIN, Instance, RunInSuperset

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600, func_only=True)]

REDIS = "/usr/bin/redis-check-rdb"
"""Debian's redis-server is a link to this program, which asks how it was called."""
ALL, RETAIL = (f"{who}-{secrets.token_hex(4)}@{READERS_DOMAIN}" for who in ("all", "retail"))
TASK_LIMIT_S = 360
CHANNELS = {
    "email": "E-mail",
    "sms": "SMS",
    "zalo": "Zalo",
    "messenger": "Messenger",
    "mobile_push": "Mobile push",
    "web_push": "Web push",
}
SET_TWICE = """
import sys
sys.path.insert(0, sys.argv[1])
from reports import set_reports
from superset.app import create_app

with create_app().app_context():
    set_reports()
    set_reports()
"""
RUN_NOW = """
import json, sys
from datetime import datetime, timezone
from celery import Celery

url, limit, *ids = json.loads(sys.argv[1])
app = Celery(broker=url, backend=url)
sent = [app.send_task("reports.execute", [one], eta=datetime.now(timezone.utc)) for one in ids]
for one in sent:
    one.get(timeout=limit)
"""
COLOURS = """
import json, sys
from PIL import Image

with Image.open(sys.argv[1]) as picture:
    colours = {"#%02x%02x%02x" % colour: count for count, colour in picture.convert("RGB").getcolors(2**24)}
    print(json.dumps({"size": picture.size, "colours": colours}))
"""


@dataclass(frozen=True)
class Reports:
    """What a test does with them: run some now by their names, and read what came for an address since."""

    run: Callable[[Sequence[str]], Mapping[str, str]]
    messages: Callable[[str], list[EmailMessage]]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis on a free port, that keeps nothing on disk."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    server = subprocess.Popen(
        ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
        executable=REDIS,
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not _answers(port):
            assert server.poll() is None
            assert time.monotonic() < deadline
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(20)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@pytest.fixture(scope="module")
def reports(
    instance: Instance, places: Places, credentials: Credentials, redis_url: str, run_in_superset: RunInSuperset
) -> Iterator[Reports]:
    """Reports for everybody and for one tenant, as the environment asks for them, and the worker that makes them."""
    asked_for = {
        "LEO_SUPERSET_REDIS_URL": redis_url,
        "LEO_SUPERSET_REPORT_RECIPIENTS": json.dumps({"*": [ALL], "retail": [RETAIL]}),
    }
    _printed(run_in_superset("-c", SET_TWICE, str(REPOSITORY / "superset"), limit_s=120, **asked_for))
    schedules = _schedules(places, credentials)
    assert len(schedules) == 2 * len(list((REPOSITORY / "superset" / "assets" / "reports").glob("*.yaml")))

    def run(names: Sequence[str]) -> Mapping[str, str]:
        told = json.dumps([redis_url, TASK_LIMIT_S, *(schedules[name] for name in names)])
        _printed(run_in_superset("-c", RUN_NOW, told, limit_s=TASK_LIMIT_S + 30, **asked_for))
        return {name: _last_state(places, credentials, schedules[name]) for name in names}

    def messages(address: str) -> list[EmailMessage]:
        journal = instance.home / "sandbox" / "journal.jsonl"
        records = [json.loads(line) for line in journal.read_text("utf-8").splitlines() if address in line]
        return [
            message_from_bytes(record["message"].encode("utf-8", "surrogateescape"), policy=email_policy)
            for record in records
            if record["recipient"] == address
        ]

    worker = superset.celery_services(places, credentials)[0]
    # It has nothing to finish when the tests are over.
    worker = replace(worker, environment={**worker.environment, **asked_for}, stop_signal=signal.SIGQUIT)
    worker.launch()
    try:
        worker.wait_until_ready()
        yield Reports(run, messages)
    finally:
        worker.stop()


def _printed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def _schedules(places: Places, credentials: Credentials) -> dict[str, int]:
    with psycopg.connect(role_url(places, credentials, "superset", "superset")) as connection:
        return dict(connection.execute("SELECT name, id FROM report_schedule WHERE active").fetchall())


def _last_state(places: Places, credentials: Credentials, schedule_id: int) -> str:
    query = "SELECT coalesce(error_message, state) FROM report_execution_log WHERE report_schedule_id = %s"
    with psycopg.connect(role_url(places, credentials, "superset", "superset")) as connection:
        row = connection.execute(query + " ORDER BY id DESC LIMIT 1", [schedule_id]).fetchone()
        assert row is not None
        return str(row[0])


def test_the_weekly_reports_hold_the_picture_and_the_figures_of_their_tenants(
    instance: Instance, reports: Reports, run_in_superset: RunInSuperset, tmp_path: Path
) -> None:
    asked = ["Activation, every week (retail)", "Campaigns, every week", "Campaigns, every week (retail)"]
    assert set(reports.run(asked).values()) == {"Success"}

    [everything] = [_table(message) for message in reports.messages(ALL)]
    picture, retail = sorted(reports.messages(RETAIL), key=lambda message: str(message["Subject"]))
    figures = _figures(instance)
    assert {tenant for tenant, _ in figures} > {_name_of(instance, "retail")}
    assert everything == figures
    assert _table(retail) == {key: sent for key, sent in figures.items() if key[0] == _name_of(instance, "retail")}

    [image] = [part for part in picture.walk() if part.get_content_type() == "image/png"]
    file = tmp_path / "report.png"
    file.write_bytes(_content(image))
    seen = json.loads(_printed(run_in_superset("-c", COLOURS, str(file), limit_s=60)))
    assert seen["size"][0] == 1440
    assert seen["size"][1] >= 700
    labels = yaml.safe_load((REPOSITORY / "superset" / "assets" / "colors.yaml").read_text("utf-8"))
    email = next(colours["E-mail"] for colours in labels.values() if "E-mail" in colours)
    assert seen["colours"].get(email.lower(), 0) > 1000, "no bar of e-mails is in the picture"


def _table(message: EmailMessage) -> dict[tuple[str, str], int]:
    """The messages sent by tenant and channel, of a report's CSV."""
    [part] = [part for part in message.walk() if (part.get_filename() or "").endswith(".csv")]
    found: dict[tuple[str, str], int] = {}
    for row in csv.DictReader(io.StringIO(_content(part).decode("utf-8-sig"))):
        key = (row["Tenant"], row["Channel"])
        found[key] = found.get(key, 0) + int(float(row["Sent"]))
    return found


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def _figures(instance: Instance) -> dict[tuple[str, str], int]:
    """The same out of the base tables."""
    found: dict[tuple[str, str], int] = {}
    for tenant in ("discovery", "retail"):
        with instance.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
            rows = connection.execute(
                """
                SELECT t.name, d.channel, count(*) FILTER (WHERE d.state = 'accepted')
                FROM activation.delivery AS d
                JOIN activation.run AS r USING (tenant_id, campaign_run_id)
                JOIN ops.tenant AS t USING (tenant_id)
                WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign'
                  AND d.state IN ('accepted', 'rejected', 'unknown')
                GROUP BY t.name, d.channel
                """
            ).fetchall()
            found |= {(str(name), CHANNELS[str(channel)]): int(count) for name, channel, count in rows}
    return found


def _name_of(instance: Instance, tenant: str) -> str:
    with instance.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
        row = connection.execute("SELECT name FROM ops.tenant WHERE tenant_id = %s", [tenant]).fetchone()
        assert row is not None
        return str(row[0])


def test_the_alert_fires_with_an_old_unknown_of_the_tenant_and_is_silent_without(
    instance: Instance, reports: Reports
) -> None:
    for_all = "Messages unknown for more than a day"
    for_retail = f"{for_all} (retail)"
    before = {address: len(reports.messages(address)) for address in (ALL, RETAIL)}
    assert set(reports.run([for_all, for_retail]).values()) == {"Not triggered"}
    assert {address: len(reports.messages(address)) for address in (ALL, RETAIL)} == before

    with an_old_unknown(instance, "discovery"):
        assert reports.run([for_all, for_retail]) == {for_all: "Success", for_retail: "Not triggered"}
    *_, message = reports.messages(ALL)
    assert len(reports.messages(RETAIL)) == before[RETAIL]
    assert message["Subject"].strip() == for_all
    body = message.get_body(("html",))
    assert body is not None
    text = str(body.get_content())
    assert _name_of(instance, "discovery") in text
    assert "E-mail" in text


@contextmanager
def an_old_unknown(instance: Instance, tenant: str) -> Iterator[None]:
    """While it lasts, one accepted e-mail of a tenant is unknown since three days."""
    with instance.warehouse.connect(DatabaseRole.OWNER, tenant) as connection:
        was = connection.execute(
            """
            UPDATE activation.delivery SET state = 'unknown', state_changed_at = now() - interval '3 days'
            FROM (
                SELECT d.delivery_id, d.state_changed_at FROM activation.delivery AS d
                JOIN activation.run AS r USING (tenant_id, campaign_run_id)
                WHERE d.tenant_id = %(tenant)s AND d.state = 'accepted' AND d.channel = 'email'
                  AND d.recipient_kind = 'customer' AND r.kind = 'campaign'
                ORDER BY d.delivery_id LIMIT 1
            ) AS was
            WHERE tenant_id = %(tenant)s AND delivery.delivery_id = was.delivery_id
            RETURNING was.state_changed_at, was.delivery_id
            """,
            {"tenant": tenant},
        ).fetchone()
        assert was is not None
    try:
        yield
    finally:
        with instance.warehouse.connect(DatabaseRole.OWNER, tenant) as connection:
            connection.execute(
                "UPDATE activation.delivery SET state = 'accepted', state_changed_at = %s "
                "WHERE delivery_id = %s AND tenant_id = %s",
                [*was, tenant],
            )
