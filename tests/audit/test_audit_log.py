"""The audit log holds what was done, and every way of changing it afterwards is found."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from leo_activation import activation
from leo_activation.audit import AnchorFile, FindingKind, Verified, entries_about, pseudonym, seal, verify
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection
from tests.activation.shop import APPROVER, FakeChannel, Shop

AT_ONCE = timedelta(0)


def checked(shop: Shop, folder: Path) -> Verified:
    return verify(shop.warehouse, shop.tenant_id, folder, grace=AT_ONCE)


def sealed(shop: Shop, folder: Path, *, batch: int = 4) -> None:
    seal(shop.warehouse, shop.tenant_id, folder, shop.key, batch=batch)


def sent_campaign(shop: Shop) -> activation.CampaignRun:
    """A campaign to three people, approved and sent."""
    for name in ("an", "binh", "chi"):
        shop.person(name)
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    return run


def as_owner(shop: Shop, query: str, *values: object) -> None:
    """What only somebody with the database's own rights can do."""
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        connection.execute(query.encode(), [shop.tenant_id, *values])


def test_a_campaign_leaves_its_whole_story_and_no_name(shop: Shop, tmp_path: Path) -> None:
    run = sent_campaign(shop)
    sealed(shop, tmp_path)
    entries = entries_about(shop.warehouse, shop.tenant_id)
    actions = [entry.action for entry in entries]
    about_run = [entry.action for entry in entries if entry.reference == f"run:{run.campaign_run_id}"]
    assert about_run == ["run.planned", "decision.approve", "run.approved", "run.sending", "run.finished"]
    assert actions.count("send.began") == actions.count("send.answered") == 3
    assert actions.count("address.allowed") == 3
    approved = next(entry for entry in entries if entry.action == "run.approved")
    assert approved.actor == pseudonym(shop.tenant_id, "user", APPROVER, shop.key).hex()
    assert approved.facts["hash"] == run.hash
    told = json.dumps([vars(entry) for entry in entries], default=str)
    assert not [name for name in ("an@example", "binh", "Lan", APPROVER) if name in told]


def test_what_was_done_to_a_customer_is_found_by_their_pseudonym(shop: Shop, tmp_path: Path) -> None:
    run = sent_campaign(shop)
    sealed(shop, tmp_path)
    person = pseudonym(shop.tenant_id, "customer", "binh", shop.key)
    [entry] = entries_about(shop.warehouse, shop.tenant_id, person=person)
    assert (entry.action, entry.reference) == ("send.began", f"delivery:{shop.delivery_id(run, 'binh')}")


def test_that_a_person_was_erased_at_the_source_is_noted_once(shop: Shop, tmp_path: Path) -> None:
    for name in ("an", "binh"):
        shop.person(name)
    for _ in range(2):
        with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
            connection.execute(
                "UPDATE core.profile SET gone_at = clock_timestamp(), email = NULL "
                "WHERE tenant_id = %s AND customer_id = 'an'",
                [shop.tenant_id],
            )
    sealed(shop, tmp_path)
    person = pseudonym(shop.tenant_id, "customer", "an", shop.key)
    assert [entry.action for entry in entries_about(shop.warehouse, shop.tenant_id, person=person)] == ["person.erased"]


def test_what_a_log_adds_to_an_attempt_is_no_second_answer(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        connection.execute(
            "UPDATE activation.attempt SET answer = 'the log says so' WHERE tenant_id = %s", [shop.tenant_id]
        )
    sealed(shop, tmp_path)
    actions = [entry.action for entry in entries_about(shop.warehouse, shop.tenant_id)]
    assert actions.count("send.answered") == 3


def test_a_log_that_nobody_changed_is_intact_whatever_the_size_of_its_batches(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path, batch=3)
    shop.suppress("an@example.com", "complained")
    sealed(shop, tmp_path, batch=1000)
    found = checked(shop, tmp_path)
    assert found.intact
    assert found.pending == 0
    assert found.batches == found.anchors > 3


def test_sealing_again_seals_nothing(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path)
    before = AnchorFile(tmp_path, shop.tenant_id).path.read_bytes()
    done = seal(shop.warehouse, shop.tenant_id, tmp_path, shop.key)
    assert (done.batches, done.entries, done.anchored) == (0, 0, 0)
    assert AnchorFile(tmp_path, shop.tenant_id).path.read_bytes() == before


CHANGES: dict[str, tuple[FindingKind, list[str]]] = {
    "the facts of an entry": (
        FindingKind.ALTERED,
        ["UPDATE audit.log SET facts = '{}' WHERE tenant_id = %s AND position = 5"],
    ),
    "the moment of an entry": (
        FindingKind.ALTERED,
        ["UPDATE audit.log SET happened_at = happened_at + interval '1 us' WHERE tenant_id = %s AND position = 5"],
    ),
    "who it was": (
        FindingKind.ALTERED,
        ["UPDATE audit.log SET actor = NULL WHERE tenant_id = %s AND action = 'run.approved'"],
    ),
    "an entry in the middle": (FindingKind.DELETED, ["DELETE FROM audit.log WHERE tenant_id = %s AND position = 6"]),
    "the last entry of a batch": (
        FindingKind.DELETED,
        ["DELETE FROM audit.log WHERE tenant_id = %s AND position = 8"],
    ),
    "a batch in the middle": (
        FindingKind.DELETED,
        [
            "DELETE FROM audit.log WHERE tenant_id = %s AND batch = 2",
            "DELETE FROM audit.batch WHERE tenant_id = %s AND batch = 2",
        ],
    ),
    "the order of two entries": (
        FindingKind.ALTERED,
        [
            "UPDATE audit.log SET position = 1000000 WHERE tenant_id = %s AND position = 5",
            "UPDATE audit.log SET position = 5 WHERE tenant_id = %s AND position = 6",
            "UPDATE audit.log SET position = 6 WHERE tenant_id = %s AND position = 1000000",
        ],
    ),
    "the last batch": (
        FindingKind.TRUNCATED,
        [
            "DELETE FROM audit.log WHERE batch = (SELECT max(batch) FROM audit.batch WHERE tenant_id = %s)",
            "DELETE FROM audit.batch AS last WHERE last.tenant_id = %s AND NOT EXISTS ("
            "SELECT FROM audit.log WHERE log.tenant_id = last.tenant_id AND log.batch = last.batch)",
        ],
    ),
    "the entries of the last batch": (
        FindingKind.TRUNCATED,
        ["DELETE FROM audit.log WHERE batch = (SELECT max(batch) FROM audit.batch WHERE tenant_id = %s)"],
    ),
    "everything": (
        FindingKind.TRUNCATED,
        ["DELETE FROM audit.log WHERE tenant_id = %s", "DELETE FROM audit.batch WHERE tenant_id = %s"],
    ),
}

# Hash an entry and everything after it anew, as somebody would who knows how it is done.
HASH_ENTRIES_ANEW = (
    "UPDATE audit.log SET hash = sha256(convert_to(jsonb_build_array(tenant_id, position, audit.moment(happened_at), "
    "action, reference, encode(actor, 'hex'), encode(person, 'hex'), facts::text)::text, 'UTF8')) WHERE tenant_id = %s"
)
HASH_BATCH_ANEW = (
    "WITH held AS (SELECT batch, sha256(string_agg(hash, ''::bytea ORDER BY position)) AS entries FROM audit.log "
    "WHERE tenant_id = %s GROUP BY batch), before AS ("
    "SELECT tenant_id, batch + 1 AS batch, hash FROM audit.batch) "
    "UPDATE audit.batch AS one SET previous_hash = coalesce(before.hash, ''), hash = sha256(convert_to("
    "jsonb_build_array(one.tenant_id, one.batch, first_position, last_position, "
    "encode(coalesce(before.hash, ''), 'hex'), audit.moment(sealed_at), encode(entries, 'hex'))::text, 'UTF8')) "
    "FROM held LEFT JOIN before ON before.batch = held.batch AND before.tenant_id = %s "
    "WHERE one.tenant_id = %s AND one.batch = held.batch AND one.batch = %s"
)


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_found(shop: Shop, tmp_path: Path, what: str) -> None:
    kind, statements = CHANGES[what]
    sent_campaign(shop)
    sealed(shop, tmp_path)
    assert checked(shop, tmp_path).intact
    for each in statements:
        as_owner(shop, each)
    assert kind in {finding.kind for finding in checked(shop, tmp_path).findings}


def hash_anew(shop: Shop, *, batches: int) -> None:
    as_owner(shop, HASH_ENTRIES_ANEW)
    for batch in range(1, batches + 1):
        as_owner(shop, HASH_BATCH_ANEW, shop.tenant_id, shop.tenant_id, batch)


def test_a_log_that_was_hashed_anew_to_its_end_is_found_by_its_anchors_alone(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path)
    batches = checked(shop, tmp_path).batches
    as_owner(shop, "UPDATE audit.log SET actor = NULL WHERE tenant_id = %s AND action = 'run.approved'")
    hash_anew(shop, batches=batches)
    assert {finding.kind for finding in checked(shop, tmp_path).findings} == {FindingKind.ALTERED}
    elsewhere = tmp_path / "no anchors"
    assert {finding.kind for finding in checked(shop, elsewhere).findings} == {FindingKind.NOT_ANCHORED}


def test_entries_that_changed_places_and_were_hashed_anew_break_their_batch(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path)
    for each in CHANGES["the order of two entries"][1]:
        as_owner(shop, each)
    as_owner(shop, HASH_ENTRIES_ANEW)
    assert FindingKind.REORDERED in {finding.kind for finding in checked(shop, tmp_path).findings}


def test_a_file_of_anchors_that_was_cut_is_found_and_one_that_was_lost(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path)
    path = AnchorFile(tmp_path, shop.tenant_id).path
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert [finding.kind for finding in checked(shop, tmp_path).findings] == [FindingKind.NOT_ANCHORED]
    path.unlink()
    assert len(checked(shop, tmp_path).findings) == len(lines)


def test_an_anchor_that_was_half_written_is_written_by_the_next_sealing(shop: Shop, tmp_path: Path) -> None:
    sent_campaign(shop)
    sealed(shop, tmp_path)
    path = AnchorFile(tmp_path, shop.tenant_id).path
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    sealed(shop, tmp_path)
    assert path.read_bytes() == whole


def test_a_line_that_is_no_anchor_is_refused(tmp_path: Path) -> None:
    file = AnchorFile(tmp_path, "shop")
    file.path.write_text('{"batch": 1}\n{"batch": 2}\n')
    with pytest.raises(Permanent, match="Line 1 of"):
        file.read()


FORBIDDEN: dict[str, str] = {
    "change the log": "UPDATE audit.log SET facts = '{}' WHERE tenant_id = %s",
    "shorten the log": "DELETE FROM audit.log WHERE tenant_id = %s",
    "drop what is pending": "DELETE FROM audit.pending WHERE tenant_id = %s",
    "invent an entry": "INSERT INTO audit.pending (tenant_id, action, reference) VALUES (%s, 'run.approved', 'run:1')",
    "change a batch": "UPDATE audit.batch SET hash = '' WHERE tenant_id = %s",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_login_of_the_pipeline_may(shop: Shop, what: str) -> None:
    sent_campaign(shop)
    for role in (DatabaseRole.WRITER, DatabaseRole.LOADER, DatabaseRole.READER):
        with (
            pytest.raises(Exception, match="permission denied"),
            shop.warehouse.connect(role, shop.tenant_id) as connection,
        ):
            connection.execute(FORBIDDEN[what].encode(), [shop.tenant_id])


@pytest.mark.parametrize("role", [DatabaseRole.WRITER, DatabaseRole.LOADER])
def test_no_login_can_hang_the_logs_own_triggers_on_a_table_of_its_own(shop: Shop, role: DatabaseRole) -> None:
    with (
        pytest.raises(Exception, match="permission denied"),
        shop.warehouse.connect(role, shop.tenant_id) as connection,
    ):
        forge(connection)


def forge(connection: Connection) -> None:
    connection.execute(
        "CREATE TEMP TABLE request AS SELECT 'another' AS tenant_id, 'approved' AS state, 1 AS request_id, "
        "'linh' AS requested_by LIMIT 0"
    )
    connection.execute(
        "CREATE TRIGGER forge AFTER INSERT ON request FOR EACH ROW EXECUTE FUNCTION audit.note_request()"
    )
    connection.execute("INSERT INTO request VALUES ('another', 'approved', 1, 'linh')")


def test_what_runs_with_the_owners_rights_looks_into_nobodys_temporary_schema_first(shop: Shop) -> None:
    found = shop.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND prosecdef"
    )
    assert found
    assert [name for name, settings in found if settings != ["search_path=pg_catalog, pg_temp"]] == []


def test_nothing_is_noted_of_what_was_taken_back(shop: Shop) -> None:
    before = pending(shop)
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        submit(connection, shop.tenant_id)
        connection.rollback()
    assert pending(shop) == before
    shop.request("{}", state="submitted")
    assert pending(shop) == before + 1


def submit(connection: Connection, tenant_id: str) -> None:
    connection.execute(
        "INSERT INTO segment.request (tenant_id, text, requested_by) VALUES (%s, 'words', 'linh')", [tenant_id]
    )


def pending(shop: Shop) -> int:
    return int(shop.execute("SELECT count(*) FROM audit.pending WHERE tenant_id = %s", shop.tenant_id)[0][0])


def test_sealers_side_by_side_and_writers_beside_them_make_one_chain(shop: Shop, tmp_path: Path) -> None:
    def write() -> None:
        for _ in range(40):
            with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
                submit(connection, shop.tenant_id)

    def seal_often() -> None:
        for _ in range(10):
            sealed(shop, tmp_path, batch=7)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for work in (write, write, seal_often, seal_often)]:
            done.result(timeout=120)
    sealed(shop, tmp_path)
    found = checked(shop, tmp_path)
    assert found.intact
    submitted = shop.execute(
        "SELECT count(DISTINCT reference), count(*) FROM audit.log "
        "WHERE tenant_id = %s AND action = 'request.submitted'",
        shop.tenant_id,
    )
    assert submitted == [(80, 80)]


def test_a_worker_that_notes_waits_for_no_sealer(shop: Shop, tmp_path: Path) -> None:
    shop.request("{}", state="submitted")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as sealing:
        sealing.execute("SELECT audit.seal(%s, %s, 10)", [shop.tenant_id, shop.key])
        shop.execute("SET lock_timeout = '2s'")
        shop.request("{}", state="submitted")
    sealed(shop, tmp_path)
    assert checked(shop, tmp_path).intact


def test_another_tenants_log_is_not_sealed_by_this_one(shop: Shop) -> None:
    with (
        pytest.raises(Exception, match="not bound to the tenant"),
        shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection,
    ):
        connection.execute("SELECT audit.seal('another', %s, 10)", [shop.key])
