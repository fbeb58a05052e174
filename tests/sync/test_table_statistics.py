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


def test_a_first_load_is_known_to_the_planner_when_it_ends(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    customers = [
        {**CUSTOMER, "customer_id": str(number), "email": f"person{number}@example.com"} for number in range(600)
    ]
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path, customers, [{**EVENT, "customer_id": "1"}]))))
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        known = connection.execute(
            "SELECT 1 FROM pg_stats WHERE schemaname = 'core' AND tablename = 'profile' AND attname = 'tenant_id' "
            "AND %s = ANY (most_common_vals::text::text[])",
            [tenant.tenant_id],
        ).fetchone()
    assert known is not None
