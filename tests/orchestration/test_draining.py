"""What is due is drained run by run: one that cannot be sent keeps back no other, and is stopped where it changed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.sending.pacing import Rate
from leo_activation.activation.sending.rate_limits import set_rate
from leo_activation.orchestration.draining import drain_due, what_is_left
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import CAMPAIGN, MARKETER, Shop

CONTEXT: Any = {"task_instance": SimpleNamespace(dag_id="reconcile_deliveries", run_id="a look")}


@pytest.fixture
def shop(
    warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """Two people, and an Airflow whose messages go into a folder."""
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    monkeypatch.setenv("AIRFLOW_CONN_LEO_FILE", f"file:///?path={tmp_path}")
    monkeypatch.setenv("LEO_HOME", str(tmp_path))
    monkeypatch.setenv("LEO_PSEUDONYM_KEY", pseudonym_key.decode())
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        for name in "ab":
            shop.person(name)
        yield shop


def another(shop: Shop) -> activation.CampaignRun:
    """A run of another campaign to the same two people, approved."""
    shop.campaign(campaign_id="cold_hands", message="Cold hands need gloves.")
    run = shop.plan(name="run-2", campaign_id="cold_hands")
    shop.approve(run)
    return run


def test_every_run_with_something_due_is_drained_once(shop: Shop) -> None:
    first = shop.approved_run()
    second = another(shop)
    assert drain_due(CONTEXT, shop.tenant_id, "w")["accepted"] == 4
    assert drain_due(CONTEXT, shop.tenant_id, "w") == {}
    assert what_is_left(shop.tenant_id, first.campaign_run_id) == {"states": {"accepted": 2}, "waiting": 0}
    assert set(shop.states(second).values()) == {"accepted"}


def test_a_run_that_waits_for_its_provider_keeps_back_neither_the_others_nor_the_next_look(shop: Shop) -> None:
    shop.approved_run()
    another(shop)
    set_rate(shop.warehouse, shop.tenant_id, "file", "", Rate(per_second=0.1, burst=1), set_by="anna")

    # At this rate the four messages take half a minute.
    assert drain_due(CONTEXT, shop.tenant_id, "w", within=timedelta(seconds=2)) | {"state": ""} == {
        "accepted": 1,
        "rejected": 0,
        "retry": 0,
        "unknown": 0,
        "skipped": 0,
        "late": 0,
        "open": 3,
        "state": "",
    }


def test_a_run_whose_campaign_changed_is_stopped_with_its_reason_and_the_others_are_sent(shop: Shop) -> None:
    first = shop.approved_run()
    second = another(shop)
    shop.execute(
        "UPDATE activation.campaign SET message = 'Something else.' WHERE tenant_id = %s AND campaign_id = %s",
        shop.tenant_id,
        CAMPAIGN,
    )
    assert drain_due(CONTEXT, shop.tenant_id, "w")["accepted"] == 2
    assert set(shop.states(first).values()) == {"cancelled"}
    assert set(shop.states(second).values()) == {"accepted"}
    stopped = activation.run_outcome(shop.warehouse, shop.tenant_id, first.campaign_run_id)
    assert (stopped.state, bool(stopped.stop_reason)) == (activation.RunState.STOPPED, True)


def test_nothing_is_sent_and_nothing_fails_while_the_kill_switch_is_engaged(shop: Shop) -> None:
    run = shop.approved_run()
    activation.engage_kill_switch(shop.warehouse, reason="a drill", changed_by=MARKETER)
    try:
        assert drain_due(CONTEXT, shop.tenant_id, "w") == {}
        assert set(shop.states(run).values()) == {"ready"}
    finally:
        activation.release_kill_switch(shop.warehouse, changed_by=MARKETER)
    assert drain_due(CONTEXT, shop.tenant_id, "w")["accepted"] == 2


def test_what_waits_for_a_later_moment_is_told_and_left_alone(shop: Shop) -> None:
    run = shop.approved_run()
    shop.execute(
        "UPDATE activation.delivery SET not_before = now() + interval '1 day' "
        "WHERE tenant_id = %s AND customer_id = 'a'",
        shop.tenant_id,
    )
    assert drain_due(CONTEXT, shop.tenant_id, "w")["accepted"] == 1
    assert what_is_left(shop.tenant_id, run.campaign_run_id) == {"states": {"accepted": 1, "ready": 1}, "waiting": 1}
    assert drain_due(CONTEXT, shop.tenant_id, "w") == {}
