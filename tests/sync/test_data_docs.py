"""What the check writes for people to read: every expectation with its verdict, no value, nothing from elsewhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.sources import Source, open_source
from leo_activation.sync.data_docs import write_data_docs
from leo_activation.sync.quality import CollectionMeasure, QualityLimits, judge
from leo_activation.sync.runs import SyncMode
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.sync.conftest import AS_OF
from tests.sync.small_sources import PROFILE, TRACKING_EVENT, write_dump

PEOPLE = [
    {
        **PROFILE,
        "_key": f"person-{number}",
        "firstName": f"Xuanthi{number}",
        "primaryEmail": f"xuanthi{number}@nguoi.example",
        "primaryPhone": f"+8490123{number:04}",
    }
    for number in range(100, 130)
]
EVENTS = [
    {**TRACKING_EVENT, "_key": f"happened-{number}", "refProfileId": f"person-{number}"} for number in range(100, 130)
]
VALUES = re.compile(r"xuanthi|nguoi|person-|happened-|8490123|SKU1|wool|item-view", re.IGNORECASE)


def checked(warehouse: Warehouse, tenant: Tenant, source: Source, docs: Path, name: str = "run") -> int:
    run = sync.open_run(warehouse, tenant.tenant_id, name, as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, source)
    sync.check(warehouse, tenant.tenant_id, run, docs=docs)
    return run


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def bad(tmp_path: Path) -> Source:
    broken = [{**PEOPLE[0], "_key": "person-bad", "primaryEmail": "xuanthi@@nguoi"}]
    return open_source("arangodump", str(write_dump(tmp_path / "dump", profiles=[*PEOPLE, *broken], events=EVENTS)))


def test_every_collection_of_a_run_has_a_page_with_its_verdicts(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    run = checked(warehouse, leo_tenant, bad, docs)
    site = docs / leo_tenant.tenant_id / "site"
    pages = {path.stem: path.read_text(encoding="utf-8") for path in site.glob(f"validations/*/run-{run}/*/*.html")}
    assert {"cdp_eventmetric", "cdp_productitem", "cdp_profile", "cdp_trackingevent"} <= set(pages)
    text = " ".join(pages["cdp_profile"].split())
    assert "Rule bad_email: the e-mail is none. Rows that break it: 1 of 31; at most 10%." in text
    assert "Rows read: 31; a whole read has at least 1." in text
    index = (site / "index.html").read_text(encoding="utf-8")
    for collection in pages:
        (link,) = re.findall(rf'href="(validations/{collection}/run-{run}/[^"]+)"', index)
        assert (site / link).is_file()


def test_a_run_that_stopped_says_so_on_its_page(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "run", as_of=AS_OF)
    sync.extract(warehouse, leo_tenant.tenant_id, run, bad)
    limits = sync.QualityLimits(largest_bad_share=0.01)
    with pytest.raises(Permanent, match=r"more than 1% rows that break the rule bad_email \(1 of 31\)"):
        sync.check(warehouse, leo_tenant.tenant_id, run, limits=limits, docs=docs)
    (page,) = (docs / leo_tenant.tenant_id / "site").glob(f"validations/cdp_profile/run-{run}/*/*.html")
    assert "Failed" in page.read_text(encoding="utf-8")


def test_no_value_of_a_customer_stands_in_any_file(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    checked(warehouse, leo_tenant, bad, docs)
    files = list(files_of(docs))
    assert len(files) > 8
    for file in files:
        assert not VALUES.search(file.read_text(encoding="utf-8")), file


def test_the_pages_ask_nothing_of_other_servers(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    checked(warehouse, leo_tenant, bad, docs)
    pages = [path.read_text(encoding="utf-8") for path in files_of(docs / leo_tenant.tenant_id / "site")]
    assert len(pages) >= 5
    for page in pages:
        assert not re.search(r"https?:|//[a-z]|<script|<link|<img|@import|url\(", page, re.IGNORECASE)


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    measure = CollectionMeasure("cdp_profile", 30, 30, 0, 30, 30, 30)
    for run in (9, 10, 11):
        verdict = judge([measure], QualityLimits(), SyncMode.WHOLE)
        write_data_docs(tmp_path, "mine", run, AS_OF + timedelta(days=run), verdict.results, keep=2)
    for part in ("results/*/run-*", "site/validations/*/run-*"):
        kept = {path.name for path in (tmp_path / "mine").glob(part) if any(files_of(path))}
        assert kept == {"run-10", "run-11"}
    index = (tmp_path / "mine" / "site" / "index.html").read_text(encoding="utf-8")
    # The latest first.
    assert [*dict.fromkeys(re.findall(r"run-\d+", index))] == ["run-11", "run-10"]


def test_each_tenant_has_a_site_of_its_own(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    other = Tenant(
        tenant_id="docs_other", name="Other", currency="VND", minor_units=0, interest_model="leo_event_metric"
    )
    register_tenant(warehouse, other)
    runs = {tenant.tenant_id: checked(warehouse, tenant, bad, docs) for tenant in (leo_tenant, other)}
    for tenant_id, run in runs.items():
        index = (docs / tenant_id / "site" / "index.html").read_text(encoding="utf-8")
        assert set(re.findall(r"run-(\d+)", index)) == {str(run)}


def test_pages_that_cannot_be_written_fail_no_run(
    warehouse: Warehouse, leo_tenant: Tenant, bad: Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    docs = tmp_path / "docs"
    docs.write_text("a file where the folder should be")
    run = checked(warehouse, leo_tenant, bad, docs)
    assert f"The data docs of sync run {run} could not be written" in caplog.text
