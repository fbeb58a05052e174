"""Retention: what is beyond its time goes in batches, and does not come back from the source."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from leo_activation.errors import Configuration
from leo_activation.rights.retention import Keep, RetentionAct, RetentionPolicy, count_expired, enforce, read_retention
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.rights.known_person import known_person
from tests.sync.conftest import Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import TRACKING_EVENT
from tests.sync.stored import rows


@pytest.fixture
def alone(warehouse: Warehouse, tenant: Tenant) -> Iterator[Connection]:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        yield connection


def test_a_batch_at_once_is_deleted_and_what_was_deleted_is_told(alone: Connection, tenant: Tenant) -> None:
    alone.execute(
        "INSERT INTO ops.action_call (tenant_id, action, arguments, caller, permission, outcome, called_at) "
        "SELECT %s, 'why', '{}', 'linh', 'read', 'done', now() - make_interval(days => day) "
        "FROM generate_series(395, 405) AS day",
        [tenant.tenant_id],
    )
    policy = read_retention()
    assert count_expired(alone, tenant, policy)["ops.action_call"] == 6
    assert enforce(alone, tenant, policy, batch=4, most_batches=1) == {"ops.action_call": 4}
    assert enforce(alone, tenant, policy, batch=4) == {"ops.action_call": 2}
    assert enforce(alone, tenant, policy) == {}
    told = alone.execute("SELECT rows FROM rights.retention_run ORDER BY retention_run_id").fetchall()
    assert told == [({"ops.action_call": 4},), ({"ops.action_call": 2},)]


def test_events_beyond_their_time_leave_tables_graph_and_partitions_and_stay_away(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync
) -> None:
    source = LiveDocuments()
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="old", createdAt="2019-03-05T10:00:00.000Z")
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="new", createdAt=minutes_ago(60))
    live = LiveShop(leo_tenant, source, run_sync)
    live.sync()
    keep = Keep(days=2_500, moment="occurred_at", act=RetentionAct.DELETE_EVENTS)
    policy = RetentionPolicy(version=7, tables={"core.event": keep})
    with beside_syncs(warehouse, leo_tenant.tenant_id) as alone:
        assert alone is not None
        assert enforce(*alone, policy) == {"core.event": 1}
    here = "SELECT event_id FROM core.event ORDER BY 1"
    graph = f"""SELECT count(*) FROM {leo_tenant.graph_name}."VIEWED" """
    assert rows(warehouse, leo_tenant, here) == [("e1",), ("new",)]
    assert rows(warehouse, leo_tenant, graph) == [(2,)]
    assert rows(warehouse, leo_tenant, "SELECT to_regclass('core.event_201903') IS NULL") == [(True,)]
    for mode in ("whole", "comparison", "incremental"):
        source.change("cdp_trackingevent", "old", metricName="item-view")
        live.sync(mode)
        assert rows(warehouse, leo_tenant, here) == [("e1",), ("new",)], mode
    assert rows(warehouse, leo_tenant, graph) == [(2,)]


@pytest.mark.parametrize(
    "told",
    [
        "core.event: {}",
        "core.event: {days: 3}",
        "core.event: {keep: ever, days: 3, moment: occurred_at, act: delete}",
        "core.event: {days: 0, moment: occurred_at, act: delete}",
        "core.nothing: {keep: ever}",
    ],
)
def test_a_policy_that_cannot_be_is_refused(told: str, tmp_path: Path) -> None:
    file = tmp_path / "retention.yaml"
    file.write_text(f"version: 1\ntables:\n  {told}\n")
    with pytest.raises(Configuration):
        read_retention(file)


def test_a_dry_run_counts_what_a_run_does_and_nothing_else_changes(
    warehouse: Warehouse, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path
) -> None:
    """Everything that is held of one person is made ten years older."""
    policy = read_retention()
    with known_person(warehouse, run_sync, pseudonym_key, tmp_path) as world:
        with warehouse.connect(DatabaseRole.OWNER) as owner:
            owner.execute(
                "UPDATE core.profile_history SET valid_from = valid_from - interval '10 years' WHERE tenant_id = %s",
                [world.tenant_id],
            )
            owner.execute(
                "UPDATE ops.quarantine SET state = 'gone', closed_at = now() WHERE quarantine_id = "
                "(SELECT min(quarantine_id) FROM ops.quarantine WHERE tenant_id = %s)",
                [world.tenant_id],
            )
            for table, keep in policy.limited().items():
                owner.execute(
                    sql.SQL("UPDATE {table} SET {moment} = {moment} - interval '10 years' WHERE tenant_id = %s").format(
                        table=sql.Identifier(*table.split(".")), moment=sql.Identifier(keep.moment or "")
                    ),
                    [world.tenant_id],
                )
        counts = "SELECT (SELECT count(*) FROM activation.delivery), (SELECT count(*) FROM activation.attempt)"
        before = rows(warehouse, world.live.tenant, counts)
        with beside_syncs(warehouse, world.tenant_id) as alone:
            assert alone is not None
            connection, tenant = alone
            counted = count_expired(connection, tenant, policy)
            assert {table for table, number in counted.items() if number} >= {
                "activation.delivery", "activation.attempt", "activation.provider_event", "core.profile_history",
                "ops.quarantine", "ops.action_call", "segment.answer", "segment.membership_change",
            }  # fmt: skip
            assert enforce(connection, tenant, policy) == {table: number for table, number in counted.items() if number}
            assert set(count_expired(connection, tenant, policy).values()) == {0}
        assert rows(warehouse, world.live.tenant, counts) == before
        # What is not settled keeps the address that it is sent to.
        kept = "SELECT count(*) FROM activation.delivery WHERE state = 'ready' AND address IS NOT NULL"
        assert rows(warehouse, world.live.tenant, kept) != [(0,)]
