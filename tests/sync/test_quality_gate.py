"""The data set as a whole: what stops a run, and that it then changed nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.sources import open_source
from leo_activation.sync.forms import FORMS
from leo_activation.sync.quality import SUITES, CollectionMeasure, QualityLimits, judge
from leo_activation.sync.runs import SyncMode
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import SQL_FOLDER
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import joined
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


def measured(**counts: Any) -> CollectionMeasure:
    """A sound collection of 2,000 profiles, but for `counts`."""
    sound: dict[str, Any] = {
        "collection": "cdp_profile", "rows": 2000, "rows_with_key": 2000, "rows_rejected": 0, "rows_passed": 2000,
        "size": 2000, "size_last_run": 2000, "known": 2000,
    }  # fmt: skip
    return CollectionMeasure(**{**sound, **counts})


def said(mode: SyncMode, **counts: Any) -> tuple[str, ...]:
    return judge([measured(**counts)], QualityLimits(), mode).failures


@pytest.mark.parametrize("mode", SyncMode)
def test_a_sound_collection_meets_every_expectation(mode: SyncMode) -> None:
    assert said(mode) == ()


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"size": 999}, "has shrunk to less than 50% of the last run (999 rows after 2000)."),
        ({"size": 6001}, "has grown to more than 3 times the last run (6001 rows after 2000)."),
        ({"gone": 201}, "has lost 201 of its 2000 known rows at the source, more than 10%."),
        (
            {"size": 0, "rows": 0, "rows_with_key": 0},
            "has shrunk to less than 50% of the last run (0 rows after 2000).",
        ),
        ({"rows_with_key": 1959}, "has an id on fewer than 98% of its rows."),
        ({"emptied": ("livingCity",)}, "has nothing any more in what was filled in most rows: livingCity."),
    ],
)
@pytest.mark.parametrize("mode", [SyncMode.WHOLE, SyncMode.INCREMENTAL, SyncMode.COMPARISON])
def test_what_is_implausible_stops_a_run_of_every_mode(mode: SyncMode, counts: dict[str, Any], sentence: str) -> None:
    assert f"cdp_profile {sentence}" in said(mode, **counts)


@pytest.mark.parametrize("mode", [SyncMode.INCREMENTAL, SyncMode.COMPARISON, SyncMode.REPLAY])
def test_a_run_that_reads_a_part_may_read_nothing(mode: SyncMode) -> None:
    assert said(mode, rows=0, rows_with_key=0, rows_passed=0) == ()


def test_shares_of_a_part_are_judged_from_twenty_rows_up() -> None:
    few = {"rows": 19, "rows_with_key": 19, "rows_rejected": 19, "rows_passed": 0, "by_rule": {"bad_email": 19}}
    more = {"rows": 20, "rows_with_key": 20, "rows_rejected": 3, "rows_passed": 17, "by_rule": {"bad_email": 3}}
    assert said(SyncMode.INCREMENTAL, **few) == ()
    assert said(SyncMode.INCREMENTAL, **more) == (
        "cdp_profile has more than 10% bad rows (3 of 20).",
        "cdp_profile has more than 10% rows that break the rule bad_email (3 of 20): the e-mail is none.",
    )
    assert said(SyncMode.REPLAY, **more) == ()


def test_a_small_collection_may_grow_and_lose_some_rows() -> None:
    assert said(SyncMode.WHOLE, rows=999, size=999, size_last_run=10) == ()
    assert said(SyncMode.WHOLE, known=12, gone=10) == ()
    assert said(SyncMode.WHOLE, known=12, gone=11) != ()


def test_the_reason_names_the_limit_that_would_let_the_run_through() -> None:
    mass = measured(gone=500, size=500)
    problem = judge([mass], QualityLimits(), SyncMode.COMPARISON).problem
    assert problem is not None
    assert problem.endswith("start one sync with another least_volume and largest_gone_share.")
    assert judge([mass], QualityLimits(least_volume=0, largest_gone_share=1), SyncMode.COMPARISON).problem is None


def test_an_optional_collection_may_be_empty() -> None:
    edges = measured(collection="cdp_profile2profile", rows=0, rows_with_key=0, rows_passed=0, size=0, size_last_run=0)
    assert judge([edges], QualityLimits(), SyncMode.WHOLE, frozenset({"cdp_profile2profile"})).failures == ()
    assert judge([edges], QualityLimits(), SyncMode.WHOLE).failures == ("cdp_profile2profile has no rows.",)


def test_collections_judged_together_get_the_verdict_of_each_alone_as_the_fixtures_join_it() -> None:
    bad = {"rows_rejected": 400, "rows_passed": 1600}
    measures = [
        measured(**bad),
        measured(collection="cdp_productitem"),
        measured(collection="cdp_trackingevent", **bad, size=900),
    ]
    together = judge(measures, QualityLimits(), SyncMode.WHOLE)
    alone = joined([judge([measure], QualityLimits(), SyncMode.WHOLE) for measure in measures])
    assert len(together.failures) == 3
    assert (together.failures, together.remedies) == (alone.failures, alone.remedies)
    said = [{name: result.success for name, result in verdict.results.items()} for verdict in (together, alone)]
    assert said[0] == said[1]
    assert list(said[0].values()) == [False, True, False]


def test_every_rule_of_a_collection_has_an_expectation_in_its_suite() -> None:
    told: dict[str, set[str]] = {}
    for file in SQL_FOLDER.glob("sync/*/reject_*.sql"):
        text = file.read_text(encoding="utf-8")
        (collection,) = set(re.findall(r"SELECT '(\w+)', (?:\w+\.)?line", text))
        rules = set(re.findall(r"THEN\s+'(\w+)'", text)) | set(re.findall(r"_key, '(\w+)'\n", text))
        told.setdefault(collection, {"not_utf8", "malformed"}).update(rules)
    assert len(told) >= 6
    assert set(told) == {name for form in FORMS.values() for name in form.parts}
    for collection, rules in told.items():
        suite = json.loads((SUITES / f"{collection}.json").read_text(encoding="utf-8"))
        columns = {each["kwargs"]["column"] for each in suite["expectations"]}
        assert {column.removeprefix("broke_") for column in columns if column.startswith("broke_")} == rules
