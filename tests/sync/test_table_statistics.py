"""Statistics are gathered where a load makes the old ones useless, and not by a run that changes little."""

from pathlib import Path

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.sync.table_statistics import mislead
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync
from tests.sync.small_sources import CUSTOMER, EVENT, write_csv


@pytest.mark.parametrize(
    ("changed", "rows", "misleads"),
    [(499, 499, False), (500, 500, True), (500, 5_000, True), (500, 5_001, False), (500, -1, True), (0, 0, False)],
)
def test_a_tenth_of_the_rows_misleads_but_never_fewer_than_500(changed: int, rows: int, misleads: bool) -> None:
    assert mislead(changed, rows) is misleads


def times_analyzed(warehouse: Warehouse) -> int:
    """How often statistics of `core.profile` were gathered by command; sessions report it when they end."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        row = connection.execute(
            "SELECT analyze_count FROM pg_stat_user_tables WHERE relid = 'core.profile'::regclass"
        ).fetchone()
    return int(row[0]) if row else 0


def test_a_first_load_is_analyzed_and_a_small_change_is_not(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    customers = [
        {**CUSTOMER, "customer_id": str(number), "email": f"person{number}@example.com"} for number in range(6_000)
    ]
    before = times_analyzed(warehouse)
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "first", customers, [{**EVENT, "customer_id": "1"}]))))
    loaded = times_analyzed(warehouse)
    assert loaded > before
    changed = [{**each, "first_name": "Changed"} if number < 550 else each for number, each in enumerate(customers)]
    later = run_sync(
        tenant, open_source("csv", str(write_csv(tmp_path / "later", changed, [{**EVENT, "customer_id": "1"}])))
    )
    assert later.merged.profiles == 550
    assert times_analyzed(warehouse) == loaded
