"""A dump of LEO CDP from end to end, held against what its maker counted while making it."""

import gzip
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from psycopg import sql

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.sync.conftest import AS_OF, Sync, Synced
from tests.sync.stored import rows, versions

RULE_OF_FAULT = {
    ("cdp_profile", "bad_date"): "bad_date",
    ("cdp_profile", "bad_email"): "bad_email",
    ("cdp_profile", "impossible_birth_date"): "bad_birth_date",
    ("cdp_profile", "over_long_text"): "over_long_text",
    ("cdp_profile", "unknown_country"): "bad_country",
    # These three are no fault of the row: what is made of the value is the business of identity and addresses.
    ("cdp_profile", "blank_name"): None,
    ("cdp_profile", "blocked_phone"): None,
    ("cdp_profile", "shop_phone"): None,
    ("cdp_trackingevent", "bad_date"): "bad_date",
    ("cdp_trackingevent", "future_event"): "future_event",
    ("cdp_trackingevent", "negative_value"): "negative_price",
    ("cdp_trackingevent", "no_profile"): "unknown_profile",
    ("cdp_trackingevent", "over_long_text"): "over_long_text",
    ("cdp_trackingevent", "unknown_metric"): "unknown_event",
    ("cdp_trackingevent", "vanished_profile"): "unknown_profile",
}
Faults = Mapping[str, Mapping[str, Mapping[str, object]]]


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> Tenant:
    shop = Tenant(
        tenant_id="generated", name="Generated", currency="VND", minor_units=0, interest_model="leo_event_metric"
    )
    register_tenant(warehouse, shop)
    return shop


@pytest.fixture(scope="module")
def synced(run_sync: Sync, shop: Tenant, generated_dump: tuple[Path, Mapping[str, object]]) -> Synced:
    return run_sync(shop, open_source("arangodump", str(generated_dump[0])))


def test_the_quarantine_holds_every_planned_fault_and_nothing_else(
    warehouse: Warehouse, shop: Tenant, synced: Synced, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    faults = cast(Faults, generated_dump[1]["faults"])
    planned: Counter[tuple[str, str]] = Counter()
    for collection, kinds in faults.items():
        for kind, told in kinds.items():
            if rule := RULE_OF_FAULT[collection, kind]:
                planned[collection, rule] += cast(int, told["count"])
                if collection == "cdp_profile":
                    # A spoiled profile looked at one page, and that event has no profile any more.
                    planned["cdp_trackingevent", "unknown_profile"] += cast(int, told["count"])
    found = rows(warehouse, shop, "SELECT collection, rule, count(*) FROM ops.quarantine GROUP BY 1, 2")
    assert {(collection, rule): count for collection, rule, count in found} == dict(planned)
    assert synced.report.rows_quarantined == sum(planned.values())


def test_every_row_read_has_passed_or_is_in_quarantine(
    warehouse: Warehouse, shop: Tenant, synced: Synced, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    documents = cast(Mapping[str, int], generated_dump[1]["documents"])
    read = (
        "cdp_campaign", "cdp_eventmetric", "cdp_productitem", "cdp_profile", "cdp_profile2profile", "cdp_trackingevent"
    )  # fmt: skip
    assert synced.report.rows_read == sum(documents[name] for name in read)
    assert synced.report.rows_read == synced.report.rows_passed + synced.report.rows_quarantined
    assert rows(
        warehouse, shop, "SELECT rows_read, rows_passed, rows_quarantined FROM ops.sync_run WHERE state = 'projected'"
    ) == [(synced.report.rows_read, synced.report.rows_passed, synced.report.rows_quarantined)]


def test_events_by_metric_are_those_that_were_made(
    warehouse: Warehouse, shop: Tenant, synced: Synced, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    made = cast(Mapping[str, int], generated_dump[1]["events_by_metric"])
    quarantined = rows(warehouse, shop, "SELECT count(*) FROM ops.quarantine WHERE collection = 'cdp_trackingevent'")
    counted = rows(warehouse, shop, "SELECT metric_name, count(DISTINCT event_id) FROM core.event GROUP BY metric_name")
    found = {str(metric): cast(int, count) for metric, count in counted}
    bought = ("purchase", "repurchase", "add-to-cart", "item-view", "product-return", "email-open")
    assert {name: found.get(name, 0) for name in bought} == {name: made.get(name, 0) for name in bought}
    spoiled = cast(Mapping[str, int], generated_dump[1]["spoiled"])["cdp_trackingevent"]
    assert sum(found.values()) + cast(int, quarantined[0][0]) == sum(made.values()) + spoiled


QUESTIONS = {
    "bought_socks_60d": "e.event_type = 'purchase' AND p.category = 'Socks' AND occurred_at >= from_day(60)",
    "bought_red_socks_60d": "e.event_type = 'purchase' AND p.category = 'Socks' AND e.color = 'red' "
    "AND occurred_at >= from_day(60)",
    "viewed_an_item_30d": "e.event_type = 'view' AND occurred_at >= from_day(30)",
    "returned_365d": "e.event_type = 'return' AND occurred_at >= from_day(365)",
    "mega_sale_email_opened": "e.event_type = 'email_open' AND e.campaign_ref = campaign('mega_sale_email')",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_are_those_that_the_maker_counted(
    warehouse: Warehouse,
    shop: Tenant,
    synced: Synced,
    generated_dump: tuple[Path, Mapping[str, object]],
    question: str,
) -> None:
    truth = cast(Mapping[str, Mapping[str, int]], generated_dump[1]["truth"])[question]["profiles"]
    campaigns = cast(Mapping[str, str], generated_dump[1]["campaigns"])
    condition = QUESTIONS[question].replace("campaign('mega_sale_email')", f"'{campaigns['mega_sale_email']}'")
    for days in (30, 60, 365):
        condition = condition.replace(
            f"from_day({days})", f"timestamptz '{AS_OF.isoformat()}' - interval '{days} days'"
        )
    query = sql.SQL(
        "SELECT count(DISTINCT e.profile_id) FROM core.event AS e JOIN core.profile USING (tenant_id, profile_id) "
        "LEFT JOIN core.product AS p USING (tenant_id, product_id) WHERE profile.deleted_at IS NULL AND {}"
    ).format(sql.SQL(condition))
    with warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        assert connection.execute(query).fetchall() == [(truth,)]


def test_the_same_dump_again_writes_nothing(
    warehouse: Warehouse,
    run_sync: Sync,
    shop: Tenant,
    synced: Synced,
    generated_dump: tuple[Path, Mapping[str, object]],
) -> None:
    before = versions(warehouse, shop)
    again = run_sync(shop, open_source("arangodump", str(generated_dump[0])))
    assert set(vars(again.merged).values()) == {0}
    assert (again.graph.changed, again.graph.by_label) == (0, synced.graph.by_label)
    assert versions(warehouse, shop) == before


def test_what_is_never_copied_stands_nowhere_in_the_database(
    warehouse: Warehouse, shop: Tenant, synced: Synced, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    mark = str(cast(Mapping[str, object], generated_dump[1]["never_copied"])["mark"])
    with gzip.open(next(generated_dump[0].glob("cdp_profile_*.data.json.gz"))) as file:
        assert file.read().count(mark.encode()) > 50
    # A run between two steps, so that its stage is there to be searched.
    source = open_source("arangodump", str(generated_dump[0]))
    waiting = sync.open_run(warehouse, shop.tenant_id, "waiting", as_of=AS_OF)
    sync.extract(warehouse, shop.tenant_id, waiting, source)
    sync.check(warehouse, shop.tenant_id, waiting)
    searched = 0
    for role in (DatabaseRole.OWNER, DatabaseRole.LOADER):
        with warehouse.connect(role, shop.tenant_id) as connection:
            connection.execute("SET search_path = public, ag_catalog")
            tables = connection.execute(
                "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
                "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
                "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
            ).fetchall()
            for schema, table in tables:
                query = sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE %(text)s OR t::text LIKE %(hex)s")
                wanted = {"text": f"%{mark}%", "hex": f"%{mark.encode().hex()}%"}
                found = connection.execute(query.format(sql.Identifier(schema, table)), wanted).fetchone()
                assert found == (0,), f"{schema}.{table}"
                # Each table is locked until the transaction ends, and there are those of every graph of the server.
                connection.commit()
                searched += 1
            assert (f"stage_{waiting}", "cdp_profile") in tables or role is DatabaseRole.OWNER
    assert searched > 60


def test_only_the_loader_reaches_the_stage(
    warehouse: Warehouse, leo_tenant: Tenant, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "staged", as_of=AS_OF)
    sync.extract(warehouse, leo_tenant.tenant_id, run, open_source("arangodump", str(generated_dump[0])))
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        for role in ("leo_writer", "leo_reader", "leo_reporter", "leo_report_owner"):
            asked = connection.execute("SELECT has_schema_privilege(%s, %s, 'USAGE')", [role, f"stage_{run}"])
            assert asked.fetchone() == (False,), role
