"""What a delete at the source reaches: every table that knows the person, before anything is sent again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from leo_activation import profiles, sync
from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.sending.ledger import Ledger
from leo_activation.activation.sending.pacing import Way
from leo_activation.activation.states import DeliveryState, MessageClass
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import SANDBOX, SEGMENT, Shop
from tests.sync.conftest import AS_OF, Sync
from tests.sync.live_documents import LiveDocuments, LiveShop
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, TRACKING_EVENT, write_csv, write_dump
from tests.sync.stored import rows, versions

LAN = {
    "firstName": "Lanlanlan",
    "lastName": "Lelele",
    "primaryEmail": "lan@example.com",
    "primaryPhone": "0912345678",
    "dateOfBirth": "1990-05-17",
    "livingCity": "Hanoi",
    "personalInterests": ["running"],
    "extAttributes": {"favoriteColor": "red", "note": "Lanlanlan's note"},
    "notificationUserIds": {"firebase": ["token-of-lan"]},
}
MAI = {"_key": "p2", "firstName": "Mai", "primaryEmail": "mai@example.com", "livingCity": "Hue"}
PERSONAL = ("Lanlanlan", "Lelele", "lan@example.com", "912345678", "1990-05-17", "token-of-lan")


@pytest.fixture
def source() -> LiveDocuments:
    fresh = LiveDocuments()
    fresh.put("cdp_profile", PROFILE, **LAN)
    fresh.put("cdp_profile", PROFILE, **MAI)
    fresh.put("cdp_trackingevent", TRACKING_EVENT, _key="e2", refProfileId="p2")
    return fresh


@pytest.fixture
def live(leo_tenant: Tenant, source: LiveDocuments, run_sync: Sync) -> LiveShop:
    made = LiveShop(leo_tenant, source, run_sync)
    made.sync()
    return made


@pytest.fixture
def shop(warehouse: Warehouse, live: LiveShop, pseudonym_key: bytes) -> Iterator[Shop]:
    """Both people are in a segment, and a campaign to it is approved."""
    with warehouse.connect(DatabaseRole.WRITER, live.tenant.tenant_id) as connection:
        connection.autocommit = True
        made = Shop(warehouse, live.tenant.tenant_id, pseudonym_key, connection)
        made.execute(
            "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
            "SELECT tenant_id, %s, customer_id, %s FROM core.customer WHERE tenant_id = %s",
            SEGMENT,
            AS_OF,
            made.tenant_id,
        )
        made.approved_run()
        yield made


def deliveries(shop: Shop) -> list[tuple[object, ...]]:
    return shop.execute(
        "SELECT customer_id, state, skip_reason, address IS NULL FROM activation.delivery "
        "WHERE tenant_id = %s ORDER BY customer_id",
        shop.tenant_id,
    )


def found_anywhere(warehouse: Warehouse, tenant: Tenant, words: tuple[str, ...]) -> set[tuple[str, str]]:
    """The tables that hold one of the words, in text or in bytes, with the word; of all schemas that hold customers."""
    found = set()
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("SET search_path = ag_catalog, public")
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND (n.nspname IN ('core', 'profile', 'ops') OR n.nspname = %s "
            "OR n.nspname IN (SELECT 'stage_' || sync_run_id FROM ops.sync_run)) "
            "AND has_table_privilege(c.oid, 'SELECT')",
            [tenant.graph_name],
        ).fetchall()
        for schema, table in tables:
            for word in words:
                query = f'SELECT count(*) FROM "{schema}"."{table}" AS t WHERE t::text LIKE %s OR t::text LIKE %s'
                values = [f"%{word}%", f"%{word.encode().hex()}%"]
                row = connection.execute(query.encode(), values).fetchone()
                if row and row[0]:
                    found.add((f"{schema}.{table}", word))
    return found


def test_nothing_personal_is_left_of_a_profile_that_the_source_deleted(warehouse: Warehouse, live: LiveShop) -> None:
    tenant = live.tenant
    profiles.compute_interests(warehouse, tenant.tenant_id, AS_OF)
    profiles.write_texts(warehouse, tenant.tenant_id, AS_OF)
    # A state of the profile that was set aside holds its bytes as well.
    live.source.change("cdp_profile", "p1", age="old", updatedAt="2026-01-02T00:00:00.000Z")
    live.sync()
    before = found_anywhere(warehouse, tenant, PERSONAL)
    assert ("profile.interest", "running") in found_anywhere(warehouse, tenant, ("running",))
    assert {table for table, _ in before} >= {
        "core.profile", "core.channel_address", "ops.quarantine",
    }  # fmt: skip
    live.source.delete("cdp_profile", "p1")
    live.sync("comparison")
    assert found_anywhere(warehouse, tenant, PERSONAL) == set()
    # A topic that interests nobody is a word of the shop's; the next computation drops it.
    tables = {table for table, _ in found_anywhere(warehouse, tenant, ("running",))}
    assert tables <= {"profile.topic", f"{tenant.graph_name}.Topic"}
    profiles.compute_interests(warehouse, tenant.tenant_id, AS_OF)
    assert found_anywhere(warehouse, tenant, ("running",)) == set()
    assert rows(
        warehouse, tenant,
        "SELECT profile_id, deleted_at IS NOT NULL, gone_at IS NOT NULL, keywords, ext_attributes, scores "
        "FROM core.profile WHERE profile_id = 'p1'",
    ) == [("p1", True, True, [], {}, {})]  # fmt: skip
    assert rows(warehouse, tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p2'") == [("Mai",)]


def test_consent_and_suppression_outlive_the_person(warehouse: Warehouse, live: LiveShop, shop: Shop) -> None:
    shop.suppress("lan@example.com")
    live.source.delete("cdp_profile", "p1")
    live.sync("comparison")
    assert rows(warehouse, live.tenant, "SELECT state FROM core.consent WHERE profile_id = 'p1'") == [("granted",)]
    assert rows(warehouse, live.tenant, "SELECT reason FROM core.suppression") == [("unsubscribed",)]


def test_memberships_and_what_was_not_yet_sent_go_with_the_person(
    warehouse: Warehouse, live: LiveShop, shop: Shop
) -> None:
    assert deliveries(shop) == [("p1", "ready", None, False), ("p2", "ready", None, False)]
    live.source.delete("cdp_profile", "p1")
    live.sync("comparison")
    assert deliveries(shop) == [("p1", "skipped", "left_segment", True), ("p2", "ready", None, False)]
    assert rows(warehouse, live.tenant, "SELECT customer_id FROM segment.membership") == [("p2",)]
    assert rows(
        warehouse, live.tenant,
        "SELECT customer_id, change, cause, member_count, entered, exited, as_of FROM segment.membership_change "
        "JOIN segment.run USING (tenant_id, run_id)",
    ) == [("p1", "exit", "source", 1, 0, 1, AS_OF)]  # fmt: skip
    before = versions(warehouse, live.tenant)
    assert live.sync("comparison").merged.people_gone == 0
    assert versions(warehouse, live.tenant) == before


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        ("planned", "skipped"), ("ready", "skipped"), ("claimed", "skipped"), ("retry", "skipped"),
        ("sending", "sending"), ("accepted", "accepted"), ("rejected", "rejected"), ("unknown", "unknown"),
        ("cancelled", "cancelled"),
    ],
)  # fmt: skip
def test_what_has_begun_keeps_its_own_end(live: LiveShop, shop: Shop, state: str, becomes: str) -> None:
    shop.execute("UPDATE activation.delivery SET state = %s WHERE customer_id = 'p1'", state)
    live.source.change("cdp_profile", "p1", status=-4)
    live.sync("comparison")
    assert [row[1] for row in deliveries(shop)] == [becomes, "ready"]


def test_a_worker_that_holds_a_claim_sends_nothing_to_a_person_who_is_gone(
    warehouse: Warehouse, live: LiveShop, shop: Shop
) -> None:
    [(run,)] = shop.execute(
        "SELECT DISTINCT campaign_run_id FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id
    )
    shop.execute("UPDATE activation.run SET state = 'sending' WHERE tenant_id = %s", shop.tenant_id)
    with warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        ledger = Ledger(connection, shop.tenant_id, "worker", timedelta(minutes=5), [Way("email", "fake", "")])
        claims = {claim.customer_id: claim for claim in ledger.claim(run, 10)}
        assert set(claims) == {"p1", "p2"}
        live.source.delete("cdp_profile", "p1")
        live.sync("comparison")
        conditions = Conditions(SEGMENT, MessageClass.MARKETING, SANDBOX)
        begun = ledger.begin(list(claims.values()), conditions)
    assert begun.lost == {claims["p1"].delivery_id}
    assert [row[1] for row in deliveries(shop)] == [DeliveryState.SKIPPED, DeliveryState.SENDING]


def test_nobody_who_is_gone_is_planned_though_a_refresh_saw_them_last(live: LiveShop, shop: Shop) -> None:
    live.source.delete("cdp_profile", "p1")
    live.sync("comparison")
    # A refresh that read the graph before the projection writes the member again.
    shop.execute(
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, 'p1', %s)",
        shop.tenant_id,
        SEGMENT,
        AS_OF,
    )
    shop.campaign(campaign_id="again")
    run = shop.plan(name="again", campaign_id="again")
    assert (run.matched, run.to_send) == (2, 1)


def test_interests_texts_and_vectors_go_but_a_vector_that_others_share_stays(
    warehouse: Warehouse, live: LiveShop
) -> None:
    tenant = live.tenant
    live.source.put("cdp_profile", PROFILE, _key="p3", primaryEmail="twin@example.com", livingCity="Hue")
    live.source.put("cdp_profile", PROFILE, _key="p4", primaryEmail="four@example.com", livingCity="Can Tho")
    live.source.put("cdp_trackingevent", TRACKING_EVENT, _key="e3", refProfileId="p3")
    live.sync("comparison")
    profiles.compute_interests(warehouse, tenant.tenant_id, AS_OF)
    profiles.write_texts(warehouse, tenant.tenant_id, AS_OF)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO profile.embedding (tenant_id, model, precision, input_hash, vector) "
            "SELECT DISTINCT tenant_id, 'm', 'int8', input_hash, '[1,2]'::public.vector FROM profile.text"
        )
    texts = rows(warehouse, tenant, "SELECT customer_id, input_hash FROM profile.text ORDER BY 1")
    assert [row[0] for row in texts] == ["p1", "p2", "p3", "p4"]
    assert texts[1][1] == texts[2][1] != texts[0][1]
    for key in ("p1", "p2"):
        live.source.delete("cdp_profile", key)
    live.sync("comparison")
    for table in ("interest", "interest_input", "text"):
        found = rows(warehouse, tenant, f"SELECT DISTINCT customer_id FROM profile.{table}")
        assert {row[0] for row in found} <= {"p3", "p4"}, table
        assert ("p3",) in found, table
    assert rows(warehouse, tenant, "SELECT count(*) FROM profile.embedding") == [(2,)]
    assert (texts[2][1],) in rows(warehouse, tenant, "SELECT input_hash FROM profile.embedding")
    graph = tenant.graph_name
    interested = rows(warehouse, tenant, f'SELECT count(DISTINCT start_id) FROM "{graph}"."INTERESTED_IN"')
    assert interested == [(1,)]


def test_a_profile_that_comes_back_is_taken_again(warehouse: Warehouse, live: LiveShop) -> None:
    before = dict(live.source.documents("cdp_profile")["p1"])
    live.source.delete("cdp_profile", "p1")
    live.sync("comparison")
    live.source.put("cdp_profile", before)
    synced = live.sync("comparison")
    assert (synced.merged.profiles, synced.merged.addresses) == (1, 3)
    assert rows(
        warehouse, live.tenant, "SELECT first_name, gone_at, deleted_at FROM core.profile WHERE profile_id = 'p1'"
    ) == [("Lanlanlan", None, None)]
    assert (synced.graph.by_label["Customer"], synced.graph.by_label["VIEWED"]) == (2, 2)


def test_a_snapshot_shows_its_deletes_in_each_run(
    warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    both = [PROFILE, {**PROFILE, **MAI}]
    for place, people in enumerate((both, both[1:])):
        folder = write_dump(
            tmp_path / f"dump{place}",
            profiles=people,
            events=[{**TRACKING_EVENT, "_key": key, "refProfileId": "p2"} for key in ("e1", "e2")[place:]],
        )
        dumped = run_sync(leo_tenant, open_source("arangodump", str(folder)))
    assert (dumped.merged.profiles_gone, dumped.merged.events_gone) == (1, 1)
    assert (dumped.graph.by_label["Customer"], dumped.graph.by_label["VIEWED"]) == (1, 1)
    customers = [CUSTOMER, {**CUSTOMER, "customer_id": "2", "email": "mai@example.com"}]
    events = [{**EVENT, "customer_id": "2"}, {**EVENT, "event_id": "101", "customer_id": "2"}]
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "csv0", customers, events))))
    copied = run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "csv1", customers[1:], events[1:]))))
    assert (copied.merged.profiles_gone, copied.merged.events_gone) == (1, 1)
    assert rows(warehouse, tenant, "SELECT event_id FROM core.event") == [("101",)]


def test_rows_that_cannot_be_identified_withhold_the_deletes_of_their_collection(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    both = [PROFILE, {**PROFILE, **MAI}]
    events = [{**TRACKING_EVENT, "_key": key, "refProfileId": "p2"} for key in ("e1", "e2")]
    run_sync(leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "0", profiles=both, events=events))))
    folder = write_dump(tmp_path / "1", profiles=both[1:], events=events[1:])
    [file] = folder.glob("cdp_profile_*.data.json")
    file.write_bytes(file.read_bytes() + b'{"_k\n')
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "broken", as_of=AS_OF)
    sync.extract(warehouse, leo_tenant.tenant_id, run, open_source("arangodump", str(folder)))
    sync.check(warehouse, leo_tenant.tenant_id, run, limits=sync.QualityLimits(largest_bad_share=1, least_key_share=0))
    merged = sync.merge(warehouse, leo_tenant.tenant_id, run, pseudonym_key=b"k" * 32)
    assert (merged.profiles_gone, merged.events_gone) == (0, 1)
    proof = sync.read_proof(warehouse, leo_tenant.tenant_id, run)["cdp_profile"]
    assert (proof.equal, proof.withheld, proof.source.rows) == (True, 1, 2)
    sync.project(warehouse, leo_tenant.tenant_id, run)
    mended = run_sync(
        leo_tenant, open_source("arangodump", str(write_dump(tmp_path / "2", profiles=both[1:], events=events[1:])))
    )
    assert mended.merged.profiles_gone == 1
