"""Zalo by Airflow's connection: the channel, the registry, and what a person is told when the grant is lost."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection
from click.testing import CliRunner, Result

from leo_activation.activation import set_sender
from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.activation.safety.provider_tokens import list_tokens
from leo_activation.activation.states import Outcome
from leo_activation.cli import main
from leo_activation.errors import Configuration
from leo_activation.orchestration.provider_templates import sync_or_tell, sync_templates
from leo_activation.orchestration.providers import Providers
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.zalo.api import APP_ID, APP_SECRET
from tests.activation.channels.conformance import send
from tests.activation.channels.test_zalo import CARE

CONTEXT: Any = {"task_instance": SimpleNamespace(dag_id="sync_provider_templates", run_id="a look")}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def airflow(
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Warehouse,
    tenant: Tenant,
    sandbox: SandboxProcess,
    pseudonym_key: bytes,
) -> dict[str, Any]:
    """Airflow's connections to the warehouse and to the stand-in of Zalo."""
    monkeypatch.setenv("LEO_PSEUDONYM_KEY", pseudonym_key.decode())
    monkeypatch.delenv("LEO_TOKEN_KEY", raising=False)
    monkeypatch.setenv("LEO_APPROVERS", "hoa")
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    zalo = {
        "conn_type": "http",
        "host": sandbox.zalo_url,
        "login": APP_ID,
        "password": APP_SECRET,
        "extra": {"refresh_token": f"first-{tenant.tenant_id}"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_LEO_ZALO", json.dumps(zalo))
    set_sender(warehouse, tenant.tenant_id, "zalo", "Tất Đỏ", provider="zalo")
    return zalo


def leo(warehouse: Warehouse, *arguments: str, given: str | None = None) -> Result:
    urls = {f"LEO_{role.name}_URL": warehouse.urls[role] for role in DatabaseRole}
    return CliRunner(env=urls).invoke(main, list(arguments), input=given)


def test_a_lost_grant_is_told_and_one_token_from_a_person_is_all_that_it_takes(
    airflow: dict[str, Any],
    warehouse: Warehouse,
    tenant: Tenant,
    sandbox: SandboxProcess,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    own = ("--tenant", tenant.tenant_id)
    synced = json.loads(leo(warehouse, "template", "sync", *own, "--json").stdout)
    assert (synced["listed"], synced["approved"], synced["gone"]) == (5, 3, 0)
    listed = [json.loads(line) for line in leo(warehouse, "template", "list", *own).stdout.splitlines()]
    assert {each["provider_template_id"]: each["price_by_user"] for each in listed}["100002"] == 350
    (quota,) = [json.loads(line) for line in leo(warehouse, "template", "list", "--quota", *own).stdout.splitlines()]
    assert quota["daily_remaining"] == 5000

    sandbox.order("zalo", "tokens/end", grants=True)
    with pytest.raises(Configuration, match="authorised again by a person"):
        sync_or_tell(CONTEXT, tenant.tenant_id)
    assert "nobody is told by e-mail" in caplog.text
    (shown,) = [json.loads(line) for line in leo(warehouse, "provider", "tokens", *own).stdout.splitlines()]
    assert (shown["provider"], shown["state"]) == ("zalo", "authorise again")
    assert "token" not in json.dumps({name: value for name, value in shown.items() if name != "lost_reason"})

    given = sandbox.order("zalo", "authorise")["refresh_token"]
    authorise = ("provider", "authorise", "zalo", "--by", "Hoa", *own, "--json")
    assert json.loads(leo(warehouse, *authorise, given=f"{given}\n").stdout)["authorised"] is True
    assert json.loads(leo(warehouse, *authorise, given=f"{given}\n").stdout)["authorised"] is False
    again = sync_templates(tenant.tenant_id)
    assert again is not None
    assert again.listed == 5
    (state,) = list_tokens(warehouse, tenant.tenant_id)
    assert (state.state, state.granted_by) == ("valid", "Hoa")
    assert given not in caplog.text
    assert APP_SECRET not in caplog.text


def test_a_tenant_that_names_zalo_is_sent_on_by_it(
    airflow: dict[str, Any], tenant: Tenant, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    connection = Connection(conn_id="leo_zalo", **{**airflow, "extra": json.dumps(airflow["extra"])})
    found = Providers(tenant.tenant_id, {"leo_zalo": connection}.get, tmp_path).channels({"zalo": "zalo"})
    channel = found["zalo"]
    (answer,) = send(channel, CARE)

    assert isinstance(channel, ZaloChannel)
    assert answer.outcome is Outcome.ACCEPTED


def test_a_connection_without_the_app_s_id_is_refused_in_words(tmp_path: Path) -> None:
    connection = Connection(conn_id="leo_zalo", conn_type="http", password="a-secret")
    with pytest.raises(Configuration, match="no login"):
        Providers("retail", {"leo_zalo": connection}.get, tmp_path).channels({"zalo": "zalo"})


def test_nothing_is_synced_without_a_connection_nor_for_a_tenant_that_does_not_send_by_zalo(
    airflow: dict[str, Any], tenant: Tenant, monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_LEO_ZALO")
    assert sync_templates(tenant.tenant_id) is None

    monkeypatch.setenv("AIRFLOW_CONN_LEO_ZALO", json.dumps(airflow))
    set_sender(warehouse, tenant.tenant_id, "zalo", "Tất Đỏ", provider="file")
    assert sync_templates(tenant.tenant_id) is None
    assert list_tokens(warehouse, tenant.tenant_id) == [], "the grant is left to who sends by Zalo"
    assert "trigger the DAG" in leo(warehouse, "template", "sync", "--tenant", tenant.tenant_id).output
