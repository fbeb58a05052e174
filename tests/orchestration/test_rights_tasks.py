"""What the DAG watch_rights does over real sockets: SendGrid is asked to erase, the approvers are told of clocks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from airflow.sdk import Context

from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.orchestration.rights_tasks import erase_at_providers, warn_of_clocks
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.requests import Ask, open_request
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.servers import HttpServer, http
from tests.activation.shop import Shop
from tests.orchestration.test_notifications import mails, use_mail_server

CONTEXT = cast(Context, {"task_instance": SimpleNamespace(dag_id="watch_rights", run_id="r")})


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop whose warehouse is reached by Airflow's connections."""
    for role in ("loader", "writer", "reader"):
        parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(warehouse.urls[DatabaseRole(role)])
        named = {"host": parts["host"], "port": int(parts["port"]), "login": parts["user"], "schema": parts["dbname"]}
        connection = {"conn_type": "postgres", "password": parts["password"], **named}
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.upper()}", json.dumps(connection))
    monkeypatch.setenv("LEO_PSEUDONYM_KEY", pseudonym_key.decode())
    monkeypatch.setenv("LEO_APPROVERS", "rita")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connected:
        connected.autocommit = True
        made = Shop(warehouse, tenant.tenant_id, pseudonym_key, connected)
        made.person("lan")
        yield made


def test_sendgrid_is_asked_once_for_what_waits_and_its_addresses_go(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = shop.execute(
        "INSERT INTO rights.erasure (tenant_id, person_hash, asked_by) VALUES (%s, '', 'dpo') RETURNING erasure_id",
        shop.tenant_id,
    )
    shop.execute(
        "INSERT INTO rights.provider_erasure (tenant_id, erasure_id, provider, sealed) VALUES (%s, %s, 'sendgrid', %s)",
        shop.tenant_id, rows[0][0], sealer_from(read_settings()).seal('["lan@example.com"]'),
    )  # fmt: skip
    state = "SELECT state, job, sealed IS NULL, attempts FROM rights.provider_erasure WHERE tenant_id = %s"
    waiting = erase_at_providers(shop.tenant_id)
    assert (waiting["done"], waiting["waiting"]) == (0, 1)
    assert shop.execute(state, shop.tenant_id) == [("queued", None, False, 1)]
    with HttpServer(lambda asked: http("202 Accepted", b'{"job_id": "j1"}')) as server:
        connection = {
            "conn_type": "http", "password": "SG.key", "host": server.url,
            "extra": {"clear_text": True, "timeout_s": 5},
        }  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_LEO_SENDGRID", json.dumps(connection))
        assert erase_at_providers(shop.tenant_id)["done"] == 1
        assert erase_at_providers(shop.tenant_id)["done"] == 0
    [asked] = server.asked
    assert json.loads(asked.body) == {"email_addresses": ["lan@example.com"]}
    assert shop.execute(state, shop.tenant_id) == [("done", "j1", True, 2)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


def test_the_approvers_are_told_of_a_clock_that_ends_and_of_nobody_s_name(
    shop: Shop, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_mail_server(monkeypatch, sandbox.smtp_port)
    set_staff_address(shop.warehouse, StaffMember("rita", "rita@staff.example", "en"))
    received = datetime.now(UTC) - timedelta(days=8)
    ask = Ask(RequestKind.ACCESS, "dpo", received, "vietnam")
    made = open_request(shop.warehouse, shop.tenant_id, "lan@example.com", ask, read_clocks(), pseudonym_key=shop.key)
    assert warn_of_clocks(CONTEXT, shop.tenant_id) == [made.request_id]
    told = mails(sandbox)
    assert set(told) == {"rita@staff.example"}
    body = told["rita@staff.example"].get_body(("html",))
    assert body is not None
    assert f"request {made.request_id} (access, vietnam) by" in body.get_content()
    assert "lan@" not in body.get_content()
    assert warn_of_clocks(CONTEXT, shop.tenant_id) == []
