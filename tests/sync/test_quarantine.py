"""The life of a row that was set aside, and the way back for one that was repaired."""

import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, LiteralString

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.sync.proof import read_proof
from leo_activation.sync.replay import ReplayReport, export_aside, list_aside, replay
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant
from tests.sync.conftest import AS_OF, Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import CUSTOMER, EVENT, METRIC, PRODUCT, PROFILE, TRACKING_EVENT, write_csv, write_dump
from tests.sync.stored import contents, rows, versions
from tests.sync.test_steps import cut_before_commit

# So many sound rows that one bad row among them stops no run.
PROFILES = [{**PROFILE, "_key": f"p{number}", "_rev": f"r{number}"} for number in range(1, 61)]
BAD_EMAIL = {**PROFILE, "_key": "p99", "_rev": "bad1", "primaryEmail": "lan@@example.com"}
EVENTS = [
    {**TRACKING_EVENT, "_key": f"e{number}", "_rev": f"v{number}", "refProfileId": f"p{number % 60 + 1}"}
    for number in range(1, 61)
]
CUSTOMERS = [{**CUSTOMER, "customer_id": str(number)} for number in range(1, 61)]
CSV_EVENTS = [{**EVENT, "event_id": str(number), "customer_id": str(number % 60 + 1)} for number in range(100, 160)]
LIFE: LiteralString = "SELECT source_key, source_rev, rule, state FROM ops.quarantine ORDER BY quarantine_id"


Documents = Sequence[Mapping[str, object]]


def dump(
    folder: Path,
    *,
    profiles: Documents = PROFILES,
    events: Documents = EVENTS,
    products: Documents = (PRODUCT,),
    metrics: Documents = (METRIC,),
) -> Source:
    write_dump(folder, profiles=profiles, events=events, products=products, metrics=metrics)
    return open_source("arangodump", str(folder))


def proven(warehouse: Warehouse, tenant: Tenant, run: int) -> bool:
    proofs = read_proof(warehouse, tenant.tenant_id, run)
    return bool(proofs) and all(each.equal for each in proofs.values())


def aside(warehouse: Warehouse, tenant: Tenant, file: Path, *, rule: str | None = None) -> list[dict[str, Any]]:
    export_aside(warehouse, tenant.tenant_id, file, rule=rule)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def repaired(file: Path, lines: Sequence[Mapping[str, object]]) -> Path:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


def with_raw(line: Mapping[str, Any], *changes: tuple[str, str]) -> dict[str, Any]:
    raw = line["raw"]
    for before, after in changes:
        assert before in raw
        raw = raw.replace(before, after)
    return {**line, "raw": raw}


# What becomes of a row that is left as it is


def test_a_row_that_is_set_aside_already_is_counted_and_not_entered_again(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    source = dump(tmp_path, profiles=[*PROFILES, BAD_EMAIL])
    first = run_sync(leo_tenant, source)
    before = versions(warehouse, leo_tenant)
    entered = rows(warehouse, leo_tenant, "SELECT ctid::text, xmin::text, quarantine_id FROM ops.quarantine")
    second = run_sync(leo_tenant, source)
    assert first.report == second.report
    assert second.report.by_rule == {"bad_email": 1}
    assert second.report.rows_read == second.report.rows_passed + second.report.rows_quarantined
    assert rows(warehouse, leo_tenant, "SELECT ctid::text, xmin::text, quarantine_id FROM ops.quarantine") == entered
    assert versions(warehouse, leo_tenant) == before


def test_rows_that_are_equal_are_told_apart_by_counting_them(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    thrice = [*CSV_EVENTS, CSV_EVENTS[0], CSV_EVENTS[0]]
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "thrice", CUSTOMERS, thrice))))
    again = run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "again", CUSTOMERS, thrice))))
    assert rows(warehouse, tenant, "SELECT rule, state FROM ops.quarantine") == [("duplicate_row", "open")] * 2
    assert proven(warehouse, tenant, again.sync_run_id)
    once_less = run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "twice", CUSTOMERS, thrice[:-1]))))
    assert sorted(rows(warehouse, tenant, "SELECT state FROM ops.quarantine")) == [("open",), ("superseded",)]
    assert proven(warehouse, tenant, once_less.sync_run_id)


def test_a_row_that_was_mended_at_the_source_is_superseded(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    mended = {**BAD_EMAIL, "_rev": "good", "primaryEmail": "lan@example.com"}
    run = run_sync(leo_tenant, dump(tmp_path / "mended", profiles=[*PROFILES, mended])).sync_run_id
    assert rows(warehouse, leo_tenant, LIFE) == [("p99", "bad1", "bad_email", "superseded")]
    closed = rows(warehouse, leo_tenant, "SELECT closed_by_run, closed_at IS NOT NULL FROM ops.quarantine")
    assert closed == [(run, True)]
    assert rows(warehouse, leo_tenant, "SELECT source_rev FROM core.profile WHERE profile_id = 'p99'") == [("good",)]
    assert proven(warehouse, leo_tenant, run)


def test_a_row_that_breaks_another_rule_is_superseded_by_itself(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "one", profiles=[*PROFILES, BAD_EMAIL]))
    worse = {**PROFILE, "_key": "p99", "_rev": "bad2", "livingCountry": "Atlantis"}
    run = run_sync(leo_tenant, dump(tmp_path / "other", profiles=[*PROFILES, worse])).sync_run_id
    assert rows(warehouse, leo_tenant, LIFE) == [
        ("p99", "bad1", "bad_email", "superseded"),
        ("p99", "bad2", "bad_country", "open"),
    ]
    assert proven(warehouse, leo_tenant, run)


def test_a_row_that_has_left_the_source_is_gone_with_its_bytes(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "one", profiles=[*PROFILES, BAD_EMAIL]))
    worse = {**BAD_EMAIL, "_rev": "bad2", "livingCountry": "Atlantis"}
    run_sync(leo_tenant, dump(tmp_path / "two", profiles=[*PROFILES, worse]))
    run = run_sync(leo_tenant, dump(tmp_path / "none")).sync_run_id
    # Also of the state that another one had taken the place of.
    assert rows(warehouse, leo_tenant, "SELECT state, raw FROM ops.quarantine ORDER BY quarantine_id") == [
        ("superseded", b""),
        ("gone", b""),
    ]
    assert proven(warehouse, leo_tenant, run)


def test_a_row_that_nothing_names_is_gone_when_its_bytes_are(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    broken = write_csv(tmp_path / "broken", CUSTOMERS, CSV_EVENTS)
    with (broken / "clickstream_events.csv").open("a", encoding="utf-8") as file:
        file.write("only,three,fields\n")
    for _ in range(2):
        run_sync(tenant, open_source("csv", str(broken)))
    assert rows(warehouse, tenant, "SELECT source_key, rule, state FROM ops.quarantine") == [("", "malformed", "open")]
    run = run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "mended", CUSTOMERS, CSV_EVENTS)))).sync_run_id
    assert rows(warehouse, tenant, "SELECT state, raw FROM ops.quarantine") == [("gone", b"")]
    assert proven(warehouse, tenant, run)


def test_what_a_stopped_run_set_aside_is_evidence_and_not_open(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    bad = [{**BAD_EMAIL, "_key": f"b{number}"} for number in range(20)]
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "stopped", as_of=AS_OF)
    sync.extract(warehouse, leo_tenant.tenant_id, run, dump(tmp_path / "bad", profiles=[*PROFILES, *bad]))
    with pytest.raises(Permanent, match="bad rows"):
        sync.check(warehouse, leo_tenant.tenant_id, run)
    assert rows(warehouse, leo_tenant, "SELECT count(*) FROM ops.quarantine WHERE state = 'open'") == [(20,)]
    assert list_aside(warehouse, leo_tenant.tenant_id) == []
    # The same row in a run that goes through is set aside by that run.
    run = run_sync(leo_tenant, dump(tmp_path / "one", profiles=[*PROFILES, bad[0]])).sync_run_id
    assert rows(warehouse, leo_tenant, "SELECT sync_run_id, source_key FROM ops.open_quarantine") == [(run, "b0")]
    assert proven(warehouse, leo_tenant, run)
    # And what the stopped one kept of the others is emptied: they are not at the source.
    assert rows(warehouse, leo_tenant, "SELECT count(*) FROM ops.quarantine WHERE raw <> ''") == [(2,)]


def test_the_report_shows_what_is_open(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    shown: LiteralString = (
        "SELECT collection, rule, age, rows_open FROM report.quarantine WHERE tenant_id = %s AND rows_open > 0"
    )
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("SET ROLE leo_report_owner")
        found = connection.execute(shown, [leo_tenant.tenant_id]).fetchall()
    assert found == [("Profiles (cdp_profile)", "Bad email", "1 under a day", 1)]
    run_sync(leo_tenant, dump(tmp_path / "none"))
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("SET ROLE leo_report_owner")
        assert connection.execute(shown, [leo_tenant.tenant_id]).fetchall() == []


# In runs that read a part


@pytest.fixture
def live(leo_tenant: Tenant, run_sync: Sync) -> LiveShop:
    """As `live_shop`, after the first run."""
    shop = live_shop(leo_tenant, run_sync)
    shop.sync()
    return shop


def live_shop(leo_tenant: Tenant, run_sync: Sync) -> LiveShop:
    """Sixty people in a live source, one of them set aside by the first run, with an event that waits for it."""
    source = LiveDocuments()
    for profile, event in zip(PROFILES, EVENTS, strict=True):
        source.put("cdp_profile", profile)
        source.put("cdp_trackingevent", event)
    source.put("cdp_profile", BAD_EMAIL, updatedAt=minutes_ago(5))
    source.put("cdp_trackingevent", {**TRACKING_EVENT, "_key": "e99", "refProfileId": "p99"})
    # The others are not within the overlap of this one.
    source.put("cdp_trackingevent", {**TRACKING_EVENT, "_key": "late"}, createdAt=minutes_ago(30))
    return LiveShop(leo_tenant, source, run_sync)


STATES: LiteralString = "SELECT source_key, state FROM ops.quarantine ORDER BY quarantine_id"


def test_a_row_read_again_within_the_overlap_is_not_entered_again(warehouse: Warehouse, live: LiveShop) -> None:
    again = live.sync()
    assert again.report.by_rule.get("bad_email") == 1
    assert rows(warehouse, live.tenant, STATES) == [("p99", "open"), ("e99", "open")]


def test_what_a_run_set_aside_that_was_overtaken_after_its_merge_stays_open(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, pseudonym_key: bytes
) -> None:
    live, tenant_id = live_shop(leo_tenant, run_sync), leo_tenant.tenant_id
    overtaken = sync.open_run(warehouse, tenant_id, "overtaken")
    sync.extract(warehouse, tenant_id, overtaken, live.source)
    sync.check(warehouse, tenant_id, overtaken)
    sync.merge(warehouse, tenant_id, overtaken, pseudonym_key=pseudonym_key)
    run = live.sync().sync_run_id
    assert rows(warehouse, leo_tenant, "SELECT sync_run_id FROM ops.sync_run WHERE state = 'stopped'") == [(overtaken,)]
    assert rows(warehouse, leo_tenant, STATES) == [("p99", "open"), ("e99", "open")]
    assert rows(warehouse, leo_tenant, "SELECT count(*) FROM ops.open_quarantine") == [(2,)]
    assert proven(warehouse, leo_tenant, run)


def test_a_run_of_what_is_new_supersedes_what_was_mended(warehouse: Warehouse, live: LiveShop) -> None:
    live.source.change("cdp_profile", "p99", primaryEmail="lan@example.com", updatedAt=minutes_ago(1))
    run = live.sync().sync_run_id
    assert rows(warehouse, live.tenant, STATES) == [("p99", "superseded"), ("e99", "open")]
    assert proven(warehouse, live.tenant, run)
    # The event that waited for its profile has not changed: the full comparison reads it again.
    run = live.sync("comparison").sync_run_id
    assert rows(warehouse, live.tenant, STATES) == [("p99", "superseded"), ("e99", "superseded")]
    assert rows(warehouse, live.tenant, "SELECT profile_id FROM core.event WHERE event_id = 'e99'") == [("p99",)]
    assert proven(warehouse, live.tenant, run)


def test_the_comparison_alone_finds_that_a_row_set_aside_is_gone(warehouse: Warehouse, live: LiveShop) -> None:
    live.source.delete("cdp_profile", "p99")
    live.sync()
    assert rows(warehouse, live.tenant, STATES)[0] == ("p99", "open")
    run = live.sync("comparison").sync_run_id
    assert rows(warehouse, live.tenant, "SELECT state, raw FROM ops.quarantine WHERE source_key = 'p99'") == [
        ("gone", b"")
    ]
    assert proven(warehouse, live.tenant, run)


@pytest.mark.parametrize("mode", ["incremental", "comparison", "whole"])
def test_a_repair_outlives_a_run_of_every_mode(
    warehouse: Warehouse, live: LiveShop, tmp_path: Path, replays: Any, mode: str
) -> None:
    bad, _ = aside(warehouse, live.tenant, tmp_path / "rows.jsonl")
    assert replays(live.tenant, repaired(tmp_path / "repaired.jsonl", [with_raw(bad, ("@@", "@"))])).replayed == 1
    kept: LiteralString = "SELECT email FROM core.profile WHERE profile_id = 'p99'"
    for _ in range(2):
        run = live.sync(mode).sync_run_id
        assert rows(warehouse, live.tenant, kept) == [("lan@example.com",)]
        assert rows(warehouse, live.tenant, STATES)[0] == ("p99", "replayed")
        assert proven(warehouse, live.tenant, run)
    live.source.change("cdp_profile", "p99", primaryEmail="other@example.com", updatedAt=minutes_ago(0))
    run = live.sync(mode).sync_run_id
    assert rows(warehouse, live.tenant, kept) == [("other@example.com",)]
    assert rows(warehouse, live.tenant, STATES)[0] == ("p99", "superseded")
    assert proven(warehouse, live.tenant, run)


# What is listed and exported


def test_the_list_holds_counts_and_ids_and_no_values(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    orphan = {**TRACKING_EVENT, "_key": "e99", "_rev": "o", "refProfileId": "p99"}
    run_sync(leo_tenant, dump(tmp_path, profiles=[*PROFILES, BAD_EMAIL], events=[*EVENTS, orphan]))
    ids = {
        str(rule): number
        for number, rule in rows(warehouse, leo_tenant, "SELECT quarantine_id, rule FROM ops.quarantine")
    }
    tenant_id = leo_tenant.tenant_id
    assert [vars(each) for each in list_aside(warehouse, tenant_id)] == [
        {"tenant": tenant_id, "collection": "cdp_profile", "rule": "bad_email", "rows": 1,
         "quarantine_ids": [ids["bad_email"]]},
        {"tenant": tenant_id, "collection": "cdp_trackingevent", "rule": "unknown_profile", "rows": 1,
         "quarantine_ids": [ids["unknown_profile"]]},
    ]  # fmt: skip
    assert [each.rule for each in list_aside(warehouse, tenant_id, rule="bad_email")] == ["bad_email"]


def test_an_export_is_for_its_owner_alone_and_overwrites_nothing(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    secret = {**BAD_EMAIL, "password": "hunter2", "webCookies": {"a": "b"}, "governmentIssuedIDs": ["079"]}
    run_sync(leo_tenant, dump(tmp_path / "dump", profiles=[*PROFILES, secret]))
    file = tmp_path / "rows.jsonl"
    (line,) = aside(warehouse, leo_tenant, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {**line, "quarantine_id": 0, "raw": json.loads(line["raw"])} == {
        "quarantine_id": 0, "collection": "cdp_profile", "rule": "bad_email", "raw": BAD_EMAIL,
    }  # fmt: skip
    with pytest.raises(Permanent, match="is there already"):
        export_aside(warehouse, leo_tenant.tenant_id, file)


# The way back


@pytest.fixture
def replays(warehouse: Warehouse, pseudonym_key: bytes) -> Any:
    def take(tenant: Tenant, file: Path) -> ReplayReport:
        return replay(warehouse, tenant.tenant_id, file, pseudonym_key=pseudonym_key)

    return take


def test_a_repaired_document_is_merged_and_stays_repaired_until_its_source_changes(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    orphan = {**TRACKING_EVENT, "_key": "e99", "_rev": "o", "refProfileId": "p99"}
    unrepaired = dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL], events=[*EVENTS, orphan])
    run_sync(leo_tenant, unrepaired)
    bad, waiting = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    report = replays(leo_tenant, repaired(tmp_path / "repaired.jsonl", [with_raw(bad, ("@@", "@")), waiting]))
    assert (report.replayed, report.still_open) == (2, {})
    assert proven(warehouse, leo_tenant, report.sync_run_id)
    kept: LiteralString = "SELECT email, source_rev FROM core.profile WHERE profile_id = 'p99'"
    assert rows(warehouse, leo_tenant, kept) == [("lan@example.com", "bad1")]
    assert rows(warehouse, leo_tenant, "SELECT profile_id FROM core.event WHERE event_id = 'e99'") == [("p99",)]
    assert rows(warehouse, leo_tenant, "SELECT DISTINCT state, closed_by_run FROM ops.quarantine") == [
        ("replayed", report.sync_run_id)
    ]
    # The source still has the bad row: nothing changes, and it is not open again.
    before = versions(warehouse, leo_tenant)
    again = run_sync(leo_tenant, unrepaired)
    assert versions(warehouse, leo_tenant) == before
    assert rows(warehouse, leo_tenant, LIFE) == [
        ("p99", "bad1", "bad_email", "replayed"),
        ("e99", "o", "unknown_profile", "superseded"),
    ]
    assert again.report.rows_read == again.report.rows_passed + again.report.rows_quarantined
    assert proven(warehouse, leo_tenant, again.sync_run_id)
    # When the row changes there, the source wins, good or bad.
    other = {**BAD_EMAIL, "_rev": "bad2", "primaryEmail": "still@@wrong"}
    run = run_sync(leo_tenant, dump(tmp_path / "other", profiles=[*PROFILES, other])).sync_run_id
    assert rows(warehouse, leo_tenant, "SELECT source_rev, state FROM ops.open_quarantine") == [("bad2", "open")]
    assert proven(warehouse, leo_tenant, run)
    good = {**BAD_EMAIL, "_rev": "good", "primaryEmail": "lan.le@example.com"}
    run = run_sync(leo_tenant, dump(tmp_path / "good", profiles=[*PROFILES, good])).sync_run_id
    assert rows(warehouse, leo_tenant, kept) == [("lan.le@example.com", "good")]
    assert rows(warehouse, leo_tenant, "SELECT count(*) FROM ops.open_quarantine") == [(0,)]
    assert proven(warehouse, leo_tenant, run)


def test_a_replay_gives_what_a_sound_source_would_have_given(
    warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    product = {**PRODUCT, "_key": "k9", "productId": "SKU9", "salePrice": -5}
    metric = {**METRIC, "_key": "m9", "eventName": "try-on", "score": "high"}
    others = [PRODUCT, *({**PRODUCT, "_key": f"o{n}", "productId": f"O{n}"} for n in range(20))]
    metrics = [METRIC, *({**METRIC, "_key": f"n{n}", "eventName": f"metric-{n}"} for n in range(20))]
    event = {**TRACKING_EVENT, "_key": "e99", "_rev": "o", "metricName": "try-on", "refItemId": "k9"}
    events = [*EVENTS, event]
    good = {"products": [*others, {**product, "salePrice": 5}], "metrics": [*metrics, {**metric, "score": 3}]}
    bad = {"products": [*others, product], "metrics": [*metrics, metric]}
    run_sync(leo_tenant, dump(tmp_path / "good", events=events, products=good["products"], metrics=good["metrics"]))
    run_sync(tenant, dump(tmp_path / "bad", events=events, products=bad["products"], metrics=bad["metrics"]))
    lines = {line["rule"]: line for line in aside(warehouse, tenant, tmp_path / "rows.jsonl")}
    assert set(lines) == {"negative_price", "bad_number", "unknown_event"}
    mended = [
        with_raw(lines["negative_price"], ("-5", "5")),
        with_raw(lines["bad_number"], ('"high"', "3")),
        lines["unknown_event"],
    ]
    report = replays(tenant, repaired(tmp_path / "repaired.jsonl", mended))
    assert report.still_open == {}
    wanted, found = contents(warehouse, leo_tenant), contents(warehouse, tenant)
    for name in ("event_metric", "product", "event"):
        assert [_plain(each) for each in found[name]] == [_plain(each) for each in wanted[name]]


def _plain(row: str) -> str:
    # The tenants differ in their currency.
    told = json.loads(row)
    incidental = ("currency", "source_rev")
    return json.dumps({name: value for name, value in told.items() if name not in incidental and "minor" not in name})


def test_a_row_that_is_still_bad_stays_open_and_its_reason_is_said(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    other = {**BAD_EMAIL, "_key": "p98", "_rev": "bad2"}
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL, other]))
    first, second = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    lines = [with_raw(first, ("@@", "@"), ("Vietnam", "Atlantis")), with_raw(second, ("@@", "@"))]
    report = replays(leo_tenant, repaired(tmp_path / "repaired.jsonl", lines))
    assert (report.replayed, report.still_open) == (1, {first["quarantine_id"]: "bad_country"})
    assert rows(warehouse, leo_tenant, LIFE) == [
        ("p99", "bad1", "bad_email", "open"),
        ("p98", "bad2", "bad_email", "replayed"),
    ]
    assert proven(warehouse, leo_tenant, report.sync_run_id)
    # A second attempt with the same file is another run; one with a good row succeeds.
    fewer = repaired(tmp_path / "again.jsonl", [with_raw(first, ("@@", "@"))])
    assert replays(leo_tenant, fewer).replayed == 1


def test_an_event_of_the_csv_form_is_repaired_beside_its_namesakes(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    # The ids of this form stand on several events; two of the three with this one are bad.
    bad = [{**EVENT, "event_id": "100", "color": color, "price": "-1"} for color in ("red", "blue")]
    folder = write_csv(tmp_path / "csv", CUSTOMERS, [*CSV_EVENTS, *bad])
    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder)))
    unrepaired = open_source("csv", str(folder))
    run_sync(tenant, unrepaired)
    line, _ = aside(warehouse, tenant, tmp_path / "rows.jsonl")
    assert line["columns"] == list(EVENT)
    report = replays(tenant, repaired(tmp_path / "repaired.jsonl", [with_raw(line, (",-1,", ",7.50,"))]))
    assert (report.replayed, report.still_open) == (1, {})
    namesakes: LiteralString = "SELECT color, price_minor FROM core.event WHERE event_id = '100' ORDER BY 2"
    assert rows(warehouse, tenant, namesakes) == [("red", 750), ("red", 990)]
    before = versions(warehouse, tenant)
    run = run_sync(tenant, unrepaired).sync_run_id
    assert versions(warehouse, tenant) == before
    assert proven(warehouse, tenant, run)
    # The row was mended at the source: it takes the place of the repair.
    mended = [*CSV_EVENTS, {**bad[0], "price": "8.00"}, bad[1]]
    run = run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "mended", CUSTOMERS, mended)))).sync_run_id
    assert rows(warehouse, tenant, namesakes) == [("red", 800), ("red", 990)]
    assert proven(warehouse, tenant, run)


def test_a_repaired_customer_of_the_csv_form_is_merged(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    bad = {**CUSTOMER, "customer_id": "99", "email": "none", "first_name": 'An "Li", Le'}
    folder = write_csv(tmp_path / "csv", [*CUSTOMERS, bad], CSV_EVENTS)
    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder)))
    run_sync(tenant, open_source("csv", str(folder)))
    (line,) = aside(warehouse, tenant, tmp_path / "rows.jsonl")
    assert replays(tenant, repaired(tmp_path / "r.jsonl", [with_raw(line, ("none", "li@example.com"))])).replayed == 1
    kept: LiteralString = "SELECT first_name, email FROM core.profile WHERE profile_id = '99'"
    assert rows(warehouse, tenant, kept) == [('An "Li", Le', "li@example.com")]
    run = run_sync(tenant, open_source("csv", str(folder))).sync_run_id
    assert rows(warehouse, tenant, kept) == [('An "Li", Le', "li@example.com")]
    assert proven(warehouse, tenant, run)


def test_bytes_that_were_no_text_must_be_written_anew(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    folder = write_dump(tmp_path / "dump", profiles=PROFILES, events=EVENTS)
    (data,) = folder.glob("cdp_profile_*.data.json")
    with data.open("ab") as file:
        file.write(b'{"_key":"p99","_rev":"x1","status":1,"createdAt":"2025-06-01T08:00:00Z","firstName":"L\xe0n"}\n')
    run_sync(leo_tenant, open_source("arangodump", str(folder)))
    (line,) = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    report = replays(leo_tenant, repaired(tmp_path / "same.jsonl", [line]))
    assert report.still_open == {line["quarantine_id"]: "not_utf8"}
    mended = repaired(tmp_path / "mended.jsonl", [with_raw(line, ("\N{REPLACEMENT CHARACTER}", "à"))])
    assert replays(leo_tenant, mended).replayed == 1
    assert rows(warehouse, leo_tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p99'") == [("Làn",)]
    run = run_sync(leo_tenant, open_source("arangodump", str(folder))).sync_run_id
    assert proven(warehouse, leo_tenant, run)


def test_what_is_never_copied_does_not_come_in_by_a_repair(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    (line,) = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    smuggled = with_raw(line, ("@@", "@"), ('"firstName"', '"password": "hunter2", "firstName"'))
    assert replays(leo_tenant, repaired(tmp_path / "r.jsonl", [smuggled])).replayed == 1
    assert "hunter2" not in str(contents(warehouse, leo_tenant))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quarantine_id": 10**12}, "has no row 1000000000000 in quarantine"),
        ({"raw": '{"_key": "p1", "_rev": "bad1"}'}, "names another record of cdp_profile"),
        ({"raw": None}, "Line 1 of .* has no quarantine_id, no raw"),
        ({"columns": "a,b"}, "columns that are no list"),
    ],
)
def test_a_file_that_is_none_of_repairs_is_refused_and_changes_nothing(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any,
    change: Mapping[str, object], message: str,
) -> None:  # fmt: skip
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    (line,) = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    before = versions(warehouse, leo_tenant)
    with pytest.raises(Permanent, match=message):
        replays(leo_tenant, repaired(tmp_path / "r.jsonl", [{**line, **change}]))
    assert versions(warehouse, leo_tenant) == before
    assert rows(warehouse, leo_tenant, "SELECT state FROM ops.quarantine") == [("open",)]


def test_rows_that_are_not_open_or_are_mended_elsewhere_are_refused(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL, PROFILES[0], {**PROFILE, "_key": ""}]))
    lines = {line["rule"]: line for line in aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")}
    for rule, message in (("duplicate_id", "another row has its id"), ("no_id", "cannot be told from others")):
        with pytest.raises(Permanent, match=message):
            replays(leo_tenant, repaired(tmp_path / f"{rule}.jsonl", [lines[rule]]))
    good = repaired(tmp_path / "good.jsonl", [with_raw(lines["bad_email"], ("@@", "@"))])
    replays(leo_tenant, good)
    with pytest.raises(Permanent, match="is not open but replayed"):
        replays(leo_tenant, good)
    with pytest.raises(Permanent, match=r"repairs row \d+ once more"):
        replays(leo_tenant, repaired(tmp_path / "twice.jsonl", [lines["bad_email"], lines["bad_email"]]))


def test_a_replay_waits_for_a_sync_that_has_begun(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    (line,) = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "under way", as_of=AS_OF)
    with pytest.raises(Transient, match=f"Sync run {run} of tenant"):
        replays(leo_tenant, repaired(tmp_path / "r.jsonl", [with_raw(line, ("@@", "@"))]))


def test_a_replay_that_was_cut_off_goes_on_with_the_same_file(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync, replays: Any
) -> None:
    run_sync(leo_tenant, dump(tmp_path / "bad", profiles=[*PROFILES, BAD_EMAIL]))
    (line,) = aside(warehouse, leo_tenant, tmp_path / "rows.jsonl")
    file = repaired(tmp_path / "r.jsonl", [with_raw(line, ("@@", "@"))])
    with cut_before_commit(warehouse, leo_tenant, "merged"), pytest.raises(Transient, match="was lost"):
        replays(leo_tenant, file)
    runs: LiteralString = "SELECT sync_run_id, state FROM ops.sync_run WHERE mode = 'replay'"
    assert [state for _, state in rows(warehouse, leo_tenant, runs)] == ["checked"]
    report = replays(leo_tenant, file)
    assert rows(warehouse, leo_tenant, runs) == [(report.sync_run_id, "projected")]
    assert report.replayed == 1
