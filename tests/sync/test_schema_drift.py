"""A source that changes its form without a word: each row is sound, and what it said is lost."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.sources import open_source
from leo_activation.sync.drift import Drift, Look, compare, recall, remember
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF, Sync
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, write_csv, write_dump
from tests.sync.stored import contents, rows

PROFILES = [
    {**PROFILE, "_key": f"p{number}", "_rev": "r1", "age": 30 + number % 9, "livingCity": "Huế"}
    for number in range(150)
]
CUSTOMERS = [{**CUSTOMER, "customer_id": str(number)} for number in range(150)]


def stopped(
    warehouse: Warehouse, tenant: Tenant, kind: str, folder: Path, limits: sync.QualityLimits | None = None
) -> str:
    """Why the check of a source stops the run."""
    run = sync.open_run(warehouse, tenant.tenant_id, folder.name, as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, open_source(kind, str(folder)))
    with pytest.raises(Permanent) as stop:
        sync.check(warehouse, tenant.tenant_id, run, limits=limits)
    return str(stop.value)


def test_a_column_that_was_filled_and_is_empty_now_stops_the_run_and_is_named(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "before", profiles=PROFILES))))
    before = contents(warehouse, leo_tenant)
    renamed = [
        {**{name: value for name, value in profile.items() if name != "livingCity"}, "homeCity": "Huế", "_rev": "r2"}
        for profile in PROFILES
    ]
    problem = stopped(warehouse, leo_tenant, "arangodump", write_dump(tmp_path / "after", profiles=renamed))
    assert "cdp_profile has nothing any more in what was filled in most rows: livingCity." in problem
    assert "start one sync with another most_changed_columns" in problem
    assert contents(warehouse, leo_tenant) == before
    # What the source calls it now is known too.
    counted = rows(
        warehouse, leo_tenant, "SELECT counts #> '{checked,new_attributes}' FROM ops.sync_run WHERE state = 'stopped'"
    )
    assert counted == [({"cdp_profile": ["homeCity"]},)]


def test_the_same_change_goes_through_when_it_is_allowed_once(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "before", profiles=PROFILES))))
    without = [{name: value for name, value in profile.items() if name != "livingCity"} for profile in PROFILES]
    folder = write_dump(tmp_path / "after", profiles=[{**profile, "_rev": "r2"} for profile in without])
    stopped(warehouse, leo_tenant, "arangodump", folder)
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "allowed", as_of=AS_OF)
    sync.extract(warehouse, leo_tenant.tenant_id, run, open_source("arangodump", str(folder)))
    report = sync.check(warehouse, leo_tenant.tenant_id, run, limits=sync.QualityLimits(most_changed_columns=1))
    assert report.rows_passed >= 150


def test_a_column_that_holds_another_kind_of_content_stops_the_run_and_is_named(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "before", profiles=PROFILES))))
    nested = [{**profile, "_rev": "r2", "livingCity": {"name": "Huế"}} for profile in PROFILES]
    problem = stopped(warehouse, leo_tenant, "arangodump", write_dump(tmp_path / "after", profiles=nested))
    assert "holds another kind of content than in the last run: livingCity (object instead of text)." in problem


def test_moments_that_no_longer_parse_stop_the_run_by_their_column_and_rule(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "before", profiles=PROFILES))))
    american = [{**profile, "_rev": "r2", "createdAt": "06/01/2025 08:00"} for profile in PROFILES]
    problem = stopped(warehouse, leo_tenant, "arangodump", write_dump(tmp_path / "after", profiles=american))
    assert (
        "cdp_profile holds another kind of content than in the last run: createdAt (text instead of moment)." in problem
    )
    assert "more than 10% rows that break the rule bad_date (150 of 150)" in problem


def test_a_csv_column_that_is_empty_now_stops_the_run(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "before", CUSTOMERS, [EVENT]))))
    empty = [{**customer, "email": ""} for customer in CUSTOMERS]
    problem = stopped(warehouse, tenant, "csv", write_csv(tmp_path / "after", empty, [EVENT]))
    assert "crm_customers has nothing any more in what was filled in most rows: email." in problem


def test_new_attributes_are_noticed_by_their_names_and_stop_nothing(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "before", profiles=PROFILES))))
    assert "did not have before" not in caplog.text
    richer = [{**PROFILES[0], "_rev": "r2", "shoeSize": "forty-three", "petName": "Rex"}, *PROFILES[1:]]
    report = run_sync(
        leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "after", profiles=richer)))
    ).report
    assert report.new_attributes == {"cdp_profile": ["petName", "shoeSize"]}
    assert "cdp_profile has attributes that it did not have before: petName, shoeSize." in caplog.text
    told = cast(list[tuple[Any]], rows(warehouse, leo_tenant, "SELECT counts::text FROM ops.sync_run"))
    assert not any("forty-three" in text or "Rex" in text for (text,) in told)
    again = run_sync(leo_tenant, open_source("arangodump", str(tmp_path / "after"))).report
    assert again.new_attributes == {}


LAST = Look(200, {"city": 180, "zip": 20}, {"city": "text"}, ("city", "zip"))


@pytest.mark.parametrize(
    ("now", "drift"),
    [
        (Look(150, {"city": 0, "zip": 0}, {}, ()), Drift(emptied=("city",))),
        (Look(150, {"city": 1, "zip": 0}, {}, ()), Drift()),
        (Look(99, {"city": 0, "zip": 0}, {}, ()), Drift()),
        (Look(150, {"city": 150, "zip": 0}, {"city": "number"}, ()), Drift(changed=("city (number instead of text)",))),
        (Look(150, {"city": 150}, {"city": "text", "new": "number"}, ("new",)), Drift(new_attributes=("new",))),
    ],
)
def test_what_counts_as_a_change(now: Look, drift: Drift) -> None:
    assert compare(now, LAST) == drift


def test_a_run_of_a_few_rows_leaves_what_the_next_one_is_held_against() -> None:
    few = Look(5, {"city": 0, "zip": 0}, {}, ("street",))
    told = cast(Mapping[str, Any], remember(few, LAST))
    kept = recall(told)
    assert kept is not None
    assert (kept.rows, kept.filled, kept.kinds) == (LAST.rows, LAST.filled, LAST.kinds)
    assert list(kept.attributes) == ["city", "street", "zip"]
