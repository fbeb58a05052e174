"""The proof that the copy is complete: what both sides say, and that a copy that is not does not pass."""

import logging
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.sync.proof import Digest
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF, Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, TRACKING_EVENT, write_csv, write_dump
from tests.sync.stored import contents, rows

Rows = Sequence[tuple[str, str]]
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


def digest_of(pairs: Rows) -> Digest:
    digest = Digest()
    for key, rev in pairs:
        digest.add(key, rev)
    return digest


@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=20), seed=st.randoms(use_true_random=False))
def test_a_digest_knows_a_multiset_in_any_order_and_forgets_what_is_taken_out(
    pairs: list[tuple[str, str]], seed: Random
) -> None:
    shuffled = list(pairs)
    seed.shuffle(shuffled)
    digest = digest_of([*shuffled, ("more", "1"), ("more", "1")])
    assert digest.tally != digest_of(pairs).tally
    digest.remove("more", "1")
    assert digest.tally != digest_of(pairs).tally
    digest.remove("more", "1")
    assert digest.tally == digest_of(pairs).tally


def test_a_digest_of_nothing_is_zeros_and_pairs_are_not_joined_at_another_place() -> None:
    assert Digest().tally.digest == "0" * 32
    assert digest_of([("a", "bc")]).tally != digest_of([("ab", "c")]).tally
    # From md5sum: printf 'p1\x1f_a' | md5sum
    assert digest_of([("p1", "_a")]).tally.digest == "5dc0d03eb07fdc8d92c8f55a02da40d3"


@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=40))
def test_the_database_computes_the_same_digest(warehouse: Warehouse, pairs: list[tuple[str, str]]) -> None:
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        row = connection.execute(
            "SELECT ops.digest_half(sum(('x' || left(hash, 16))::bit(64)::bigint)) "
            "|| ops.digest_half(sum(('x' || right(hash, 16))::bit(64)::bigint)) "
            "FROM (SELECT md5(key || chr(31) || rev) AS hash "
            "FROM unnest(%s::text[], %s::text[]) AS pair (key, rev)) AS hashed",
            [[key for key, _ in pairs], [rev for _, rev in pairs]],
        ).fetchone()
    assert row == (digest_of(pairs).tally.digest,)


def test_a_whole_run_proves_every_collection_and_says_so(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    people = [{**PROFILE, "_key": f"p{n}", "primaryEmail": f"p{n}@example.com"} for n in range(30)]
    people[7]["primaryEmail"] = "no e-mail"
    events = [{**TRACKING_EVENT, "_key": f"e{n}", "refProfileId": f"p{n % 30}"} for n in range(60)]
    folder = write_dump(tmp_path, profiles=[*people, people[3]], events=events)
    with caplog.at_level(logging.INFO):
        run = run_sync(leo_tenant, open_source("arangodump", str(folder)))
    proof = sync.read_proof(warehouse, leo_tenant.tenant_id, run.sync_run_id)
    assert {name: (each.source.rows, each.target and each.target.rows) for name, each in proof.items()} == {
        "cdp_eventmetric": (1, 1), "cdp_productitem": (1, 1), "cdp_profile": (31, 31),
        "cdp_trackingevent": (60, 60),
    }  # fmt: skip
    assert all(each.equal and each.scope is sync.Scope.WHOLE for each in proof.values())
    assert (
        proof["cdp_profile"].source
        == digest_of([(str(each["_key"]), str(each["_rev"])) for each in [*people, people[3]]]).tally
    )
    assert "cdp_profile: 31 rows at the source, 31 here, digest equal." in caplog.text


def test_files_without_revisions_are_proved_by_the_hash_of_their_rows(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    customers = [{**CUSTOMER, "customer_id": str(n), "email": f"c{n}@example.com"} for n in range(20)]
    # An id that stands on two events, an event that stands twice, and one that is bad beside a good one of its id.
    events = [EVENT, {**EVENT, "product": "hat"}, {**EVENT, "event_id": "7"}, {**EVENT, "event_id": "7"}]
    events += [{**EVENT, "event_id": str(n)} for n in range(200, 240)] + [{**EVENT, "event_id": "200", "price": "-1"}]
    source = open_source("csv", str(write_csv(tmp_path, customers, events)))
    for _ in range(2):
        run = run_sync(tenant, source)
        proof = sync.read_proof(warehouse, tenant.tenant_id, run.sync_run_id)
        told = {name: (each.equal, each.source.rows) for name, each in proof.items()}
        assert told == {"crm_customers": (True, 20), "clickstream_events": (True, 45)}
    assert run.report.by_rule == {"duplicate_row": 1, "negative_price": 1}


@pytest.fixture
def shop(leo_tenant: Tenant, run_sync: Sync) -> LiveShop:
    source = LiveDocuments()
    for number in range(20):
        source.put("cdp_profile", PROFILE, _key=f"n{number}", primaryEmail=f"n{number}@example.com")
    made = LiveShop(leo_tenant, source, run_sync)
    made.sync()
    return made


def test_an_incremental_run_proves_what_it_read(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.change("cdp_profile", "n1", firstName="New", updatedAt=minutes_ago(2))
    shop.source.change("cdp_profile", "n2", age="old", updatedAt=minutes_ago(1))
    run = shop.sync()
    assert run.report.by_rule == {"bad_number": 1}
    proof = sync.read_proof(warehouse, shop.tenant.tenant_id, run.sync_run_id)["cdp_profile"]
    assert (proof.scope, proof.source.rows, proof.equal) == (sync.Scope.READ, 21, True)
    proof = sync.read_proof(warehouse, shop.tenant.tenant_id, shop.sync().sync_run_id)["cdp_profile"]
    # n2 was the latest, and n1 lies within the overlap before it.
    assert (proof.source.rows, proof.equal) == (2, True)


def test_a_comparison_proves_the_whole_though_it_reads_only_differences(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.change("cdp_profile", "n1", firstName="Silent")
    shop.source.delete("cdp_profile", "n2")
    run = shop.sync("comparison")
    proof = sync.read_proof(warehouse, shop.tenant.tenant_id, run.sync_run_id)["cdp_profile"]
    assert (proof.scope, proof.source.rows, proof.equal) == (sync.Scope.LISTED, 20, True)


SPOILERS = {
    "a row is missing": "DELETE FROM core.event WHERE event_id = 'e7'",
    "a row is here in another state": "UPDATE core.event SET source_rev = 'x' WHERE event_id = 'e7'",
    "a row is here that the source lacks": (
        "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
        "source_rev) SELECT tenant_id, 'x', 'x', profile_id, event_type, metric_name, occurred_at, source_rev "
        "FROM core.event WHERE event_id = 'e7'"
    ),
}


@pytest.mark.parametrize("what", SPOILERS)
def test_a_copy_that_is_not_complete_stops_the_run_and_nothing_is_merged(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, pseudonym_key: bytes, what: str
) -> None:
    events = [{**TRACKING_EVENT, "_key": f"e{n}"} for n in range(20)]
    source = open_source("arangodump", str(write_dump(tmp_path, events=events)))
    tenant_id = leo_tenant.tenant_id
    run = sync.open_run(warehouse, tenant_id, "spoiled", as_of=AS_OF)
    sync.extract(warehouse, tenant_id, run, source)
    sync.check(warehouse, tenant_id, run)
    before = contents(warehouse, leo_tenant)
    _spoil(warehouse, tenant_id, SPOILERS[what])
    with pytest.raises(
        Permanent, match=r"nothing of it was merged: The copy is not complete\. cdp_trackingevent: 20 rows"
    ):
        sync.merge(warehouse, tenant_id, run, pseudonym_key=pseudonym_key)
    _spoil(warehouse, tenant_id, None)
    assert contents(warehouse, leo_tenant) == before
    assert rows(warehouse, leo_tenant, "SELECT state, problem LIKE 'The copy is not complete.%' FROM ops.sync_run") == [
        ("stopped", True)
    ]
    proof = sync.read_proof(warehouse, tenant_id, run)
    assert [name for name, each in proof.items() if not each.equal] == ["cdp_trackingevent"]
    with pytest.raises(Permanent, match="was stopped: The copy is not complete"):
        sync.merge(warehouse, tenant_id, run, pseudonym_key=pseudonym_key)


def _spoil(warehouse: Warehouse, tenant_id: str, query: str | None) -> None:
    """Run a statement behind the back of the merge of a tenant, after its events; None takes that away."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("DROP TRIGGER IF EXISTS spoil ON core.consent; DROP FUNCTION IF EXISTS ops.spoil")
        if query is None:
            return
        body = f"BEGIN IF NEW.tenant_id = '{tenant_id}' THEN {query}; END IF; RETURN NEW; END"
        connection.execute(
            f"CREATE FUNCTION ops.spoil() RETURNS trigger LANGUAGE plpgsql AS $spoil$ {body} $spoil$".encode()
        )
        connection.execute(
            "CREATE TRIGGER spoil AFTER INSERT ON core.consent FOR EACH ROW EXECUTE FUNCTION ops.spoil()"
        )
