"""The data set as a whole: what stops a run, and that it then changed nothing."""

from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF, Sync
from tests.sync.small_sources import CUSTOMER, EVENT, write_csv
from tests.sync.stored import contents, rows

CUSTOMERS = [{**CUSTOMER, "customer_id": str(number)} for number in range(1, 21)]
EVENTS = [{**EVENT, "event_id": str(number)} for number in range(100, 140)]


def stopped(warehouse: Warehouse, tenant: Tenant, folder: Path, match: str) -> int:
    run = sync.open_run(warehouse, tenant.tenant_id, folder.name, as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, open_source("csv", str(folder)))
    with pytest.raises(Permanent, match=match):
        sync.check(warehouse, tenant.tenant_id, run)
    return run


def test_an_empty_collection_stops_the_run(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    stopped(warehouse, tenant, write_csv(tmp_path, CUSTOMERS, []), r"clickstream_events has no rows\. Mend the source")


def test_too_many_bad_rows_stop_the_run_and_are_counted(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    bad = [{**customer, "email": "none"} for customer in CUSTOMERS[:3]]
    write_csv(tmp_path, [*bad, *CUSTOMERS[3:]], [{**event, "customer_id": "9"} for event in EVENTS])
    stopped(warehouse, tenant, tmp_path, r"crm_customers has more than 10% bad rows \(3 of 20\)\.")


def test_rows_without_ids_stop_the_run(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    write_csv(tmp_path, CUSTOMERS, [{**EVENTS[0], "event_id": ""}, *EVENTS])
    stopped(warehouse, tenant, tmp_path, r"clickstream_events has an id on fewer than 98% of its rows\.")


def test_a_collection_that_shrank_stops_the_run_and_loses_nothing(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "whole", CUSTOMERS, EVENTS))))
    before = contents(warehouse, tenant)
    write_csv(tmp_path / "half", CUSTOMERS, EVENTS[:19])
    stopped(
        warehouse,
        tenant,
        tmp_path / "half",
        r"clickstream_events has shrunk to less than 50% of the last run \(19 rows after 40\)\.",
    )
    assert contents(warehouse, tenant) == before


def test_a_stopped_run_stays_stopped_and_keeps_its_quarantine(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, pseudonym_key: bytes
) -> None:
    bad = [{**customer, "email": "none"} for customer in CUSTOMERS]
    run = stopped(warehouse, tenant, write_csv(tmp_path, bad, EVENTS), "bad rows")
    for step in (
        lambda: sync.check(warehouse, tenant.tenant_id, run),
        lambda: sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=pseudonym_key),
        lambda: sync.project(warehouse, tenant.tenant_id, run),
    ):
        with pytest.raises(Permanent, match=f"Sync run {run} of tenant {tenant.tenant_id} was stopped: .*bad rows"):
            step()
    assert rows(warehouse, tenant, "SELECT count(*) FROM core.profile") == [(0,)]
    assert rows(warehouse, tenant, "SELECT count(*) FROM ops.quarantine") == [(60,)]
    assert rows(warehouse, tenant, "SELECT state, problem IS NOT NULL FROM ops.sync_run") == [("stopped", True)]
