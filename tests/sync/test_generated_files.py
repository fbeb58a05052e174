"""Generated CSV files from end to end, held against what their maker counted while making them."""

import json
from pathlib import Path

from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_csv import CsvSettings, write_csv
from tests.sync.conftest import Sync
from tests.sync.stored import rows

RULE_OF_FAULT = {
    "bad_date": "bad_date",
    "missing_customer_id": "no_id",
    "negative_price": "negative_price",
    "unknown_event_type": "unknown_event",
    "unreadable_age": "bad_number",
}


def test_faults_are_set_aside_and_the_answers_are_those_that_the_maker_counted(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    as_of = parse_as_of("2026-02-20T00:00:00Z")
    write_csv(CsvSettings(profiles=400, seed=5, as_of=as_of, fault_share=0.0005, workers=1), tmp_path / "files")
    manifest = json.loads((tmp_path / "files" / "manifest.json").read_text())
    synced = run_sync(tenant, open_source("csv", str(tmp_path / "files")), as_of=None)

    planned = {
        (collection.removesuffix(".csv"), RULE_OF_FAULT[fault], told["count"])
        for collection, faults in manifest["faults"].items()
        for fault, told in faults.items()
    }
    found = rows(warehouse, tenant, "SELECT collection, rule, count(*) FROM ops.quarantine GROUP BY 1, 2")
    assert set(found) == planned
    assert synced.report.rows_read == sum(file["rows"] for file in manifest["files"].values())

    truth = {question: told["profiles"] for question, told in manifest["truth"].items()}
    bought = (
        "SELECT count(DISTINCT profile_id) FROM core.event WHERE event_type = 'purchase' "
        "AND occurred_at >= timestamptz '2026-02-20 00:00Z' - interval '60 days'"
    )
    assert rows(warehouse, tenant, bought) == [(truth["bought_anything_60d"],)]
    assert rows(warehouse, tenant, bought + " AND product_id = 'socks' AND color = 'red'") == [
        (truth["bought_red_socks_60d"],)
    ]
    assert rows(warehouse, tenant, "SELECT count(*) FROM core.profile WHERE total_spent_minor > 80000") == [
        (truth["total_spent_above_800"],)
    ]
