"""In Airflow itself: a review asks again until an answer counts, tells people, and lets nobody else answer."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leo_activation.segments.limits import default_limits
from leo_activation.segments.requests import submit_request
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.profiles.people import NOW
from tests.segments.shop import open_shop

SCRIPT = Path(__file__).with_name("answering.py")
LIMIT_S = 600
PASSWORDS = {"mallory": "p1", "ann": "p2", "bob": "p3"}
KEPT = ("LEO_TOOLS", "LEO_HOME", "LEO_EMBEDDING_MODEL", "LEO_EMBEDDING_RUNTIME")


@dataclass(frozen=True)
class Stage:
    """A request that waits in a shop, the mail server, and the environment of an Airflow of its own."""

    warehouse: Warehouse
    tenant: Tenant
    request_id: int
    sandbox: SandboxProcess
    environment: dict[str, str]

    def run(self, answers: list[dict[str, Any]]) -> dict[str, Any]:
        """What came of the DAG run whose review is answered so."""
        conf = {"tenant": self.tenant.tenant_id, "request_id": self.request_id}
        return run_in_airflow("draft_segment", conf, answers, self.environment)

    def rows(self, query: str) -> list[Any]:
        """What the writer reads of the tenant."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant.tenant_id) as connection:
            return connection.execute(query.encode()).fetchall()

    def mails(self) -> list[tuple[str, str]]:
        """Recipient and subject of each mail, in order."""
        return [(line["recipient"], line["headers"]["Subject"]) for line in self.sandbox.journal()]


def run_in_airflow(
    dag_id: str, conf: dict[str, Any], answers: list[dict[str, Any]], environment: dict[str, str]
) -> dict[str, Any]:
    """What came of a run of a DAG whose reviews are answered so."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *(json.dumps(one) for one in (dag_id, conf, PASSWORDS, answers))],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env=environment,
        cwd=environment["AIRFLOW_HOME"],
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    result: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
    return result


@pytest.fixture
def stage(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> Iterator[Stage]:
    open_shop(warehouse, tenant)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, as_of, finished_at) "
            "VALUES (%s, 'a sync', 'projected', %s, now())",
            [tenant.tenant_id, NOW],
        )
    words = "customers who bought red socks in the last 60 days"
    request_id = submit_request(warehouse, tenant.tenant_id, words, "marketer")
    for user in ("ann", "bob", "marketer"):
        set_staff_address(warehouse, StaffMember(user, f"{user}@staff.example", "en"))
    with running_sandbox(tmp_path / "journal.jsonl") as sandbox:
        yield Stage(warehouse, tenant, request_id, sandbox, environment(warehouse, sandbox, tmp_path))


def environment(warehouse: Warehouse, sandbox: SandboxProcess, home: Path) -> dict[str, str]:
    """Airflow on a database of its own, with the tests' warehouse and the sandbox's mail server."""
    (home / "passwords.json").write_text(json.dumps(PASSWORDS), encoding="utf-8")
    extra = {"from_email": "leo@shop.example", "disable_ssl": True, "disable_tls": True}
    found = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO_"))}
    found |= {name: os.environ[name] for name in KEPT if name in os.environ}
    found |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": "http://airflow.example",
        "AIRFLOW__API_AUTH__JWT_SECRET": "only the tests know this secret, which is 64 characters long at least",
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "mallory:admin,ann:user,bob:user",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW_CONN_LEO_STAFF_SMTP": json.dumps(
            {"conn_type": "smtp", "host": "127.0.0.1", "port": sandbox.smtp_port, "extra": extra}
        ),
        "LEO_APPROVERS": "ann,bob",
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
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
        found[f"AIRFLOW_CONN_LEO_{role.upper()}"] = json.dumps(connection)
    return found


def test_a_review_asks_again_until_an_answer_counts_and_tells_people(stage: Stage) -> None:
    result = stage.run(
        [
            {"user": "mallory", "option": "Approve", "form": {}},
            {"user": "ann", "option": "Approve", "form": {"largest_size": 1}},
            {"user": "ann", "option": "Approve", "form": {"definition": "0" * 64}},
            {"user": "ann", "option": "Approve", "form": {}, "approvers": "bob"},
            {"user": "bob", "option": "Approve", "form": {"largest_size": 9, "note": "go"}},
        ]
    )
    assert result["run"] == "success"
    assert set(result["tasks"].values()) == {"success"}
    assert [answer["status"] for answer in result["answers"]] == [403, 200, 200, 200, 200]
    shown = result["answers"][0]
    assert shown["assigned"] == ["ann", "bob"]
    assert shown["form"]["largest_size"] == 100
    assert stage.rows("SELECT round, void_reason, answered_by FROM ops.review_round ORDER BY round") == [
        (1, "The largest size is 1, but the segment finds 3 customers already: it would never be published.", "ann"),
        (2, "The answer does not name what was shown.", "ann"),
        (3, "ann is not among those who may answer.", "ann"),
        (4, None, None),
    ]
    assert stage.rows("SELECT count(DISTINCT expires_at) FROM ops.review_round") == [(1,)]
    assert stage.rows("SELECT decision, decided_by, hash FROM segment.approval") == [
        ("approve", "bob", shown["form"]["definition"])
    ]
    assert stage.rows("SELECT max_members, max_change_percent, set_by FROM segment.version_limit") == [
        (9, default_limits(3).largest_change_percent, "bob")
    ]
    title = "customers who bought red socks in the last 60 days"
    again = f"A decision is needed again: draft_segment, {result['run_id']}"
    assert stage.mails() == [
        ("ann@staff.example", f"A decision is needed: {title}"),
        ("bob@staff.example", f"A decision is needed: {title}"),
        *[(f"{user}@staff.example", again) for _ in range(3) for user in ("ann", "bob")],
        ("marketer@staff.example", "Approved: customers who bought red socks in the last 60 days"),
    ]


def test_a_review_whose_answers_never_count_voids_the_request_and_says_so(stage: Stage) -> None:
    result = stage.run([{"user": "ann", "option": "Approve", "form": {"largest_size": n}} for n in (0, 1, 2, -1, 0)])
    told = {name: result["tasks"][name] for name in ("review", "approved", "publish", "draft_campaigns", "tell")}
    assert told == {
        "review": "success",
        "approved": "success",
        "publish": "skipped",
        "draft_campaigns": "skipped",
        "tell": "success",
    }
    [(state, problem)] = stage.rows("SELECT state, problem FROM segment.request")
    assert state == "voided"
    assert problem.startswith("5 answers in a row did not count. The last one: The largest size is 0")
    assert stage.rows("SELECT count(*) FROM segment.approval") == [(0,)]
    assert stage.mails()[-1] == (
        "marketer@staff.example",
        "No longer valid: customers who bought red socks in the last 60 days",
    )


def test_an_edit_starts_the_next_request_and_is_told(stage: Stage) -> None:
    words = "customers in Poland who bought red socks in the last 60 days"
    result = stage.run([{"user": "ann", "option": "Edit", "form": {"note": words}}])
    assert (result["tasks"]["publish"], result["tasks"]["tell"]) == ("skipped", "success")
    assert stage.rows(
        "SELECT text, requested_by, edited_by, state FROM segment.request ORDER BY request_id DESC LIMIT 1"
    ) == [(words, "marketer", "ann", "submitted")]
    assert stage.mails()[-1][1].startswith("Sent back to you: ")
