"""`./leo preview`, `members`, `import-segments`, `sync` and `status` on a shop with a handful of customers."""

import json
import secrets
from pathlib import Path

import pytest

from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import collect_requests, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant
from tests.cli.conftest import Leo, told, told_lines
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import open_shop
from tests.sync.small_sources import CUSTOMER, EVENT, write_csv

AS_OF = ("--as-of", "2026-02-20")
IN_POLAND = "MATCH (c:Customer) WHERE c.country = 'PL' RETURN c.customer_id"


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Tenant:
    open_shop(warehouse, tenant)
    return tenant


@pytest.fixture
def segment(warehouse: Warehouse, shop: Tenant) -> str:
    """An approved and refreshed segment of the Poles."""
    tenant_id, encoder = shop.tenant_id, FakeEncoder()
    request = submit_request(warehouse, tenant_id, "Customers from Poland", "marketer")
    drafted = draft_request(warehouse, tenant_id, request, as_of=NOW, encoder=encoder, planners=[GrammarPlanner()])
    shown = review(warehouse, tenant_id, request)
    record_decision(
        warehouse, tenant_id, request, decision=Decision.APPROVE, hash=shown.hash, decided_by="reviewer",
        decided_at=NOW,
    )  # fmt: skip
    assert drafted.segment_id is not None
    refresh_segment(warehouse, tenant_id, drafted.segment_id, NOW, encoder=encoder)
    return drafted.segment_id


def of(tenant: Tenant) -> tuple[str, ...]:
    return ("--tenant", tenant.tenant_id, *AS_OF)


def test_a_request_is_previewed_step_by_step(leo: Leo, shop: Tenant) -> None:
    answer = told(leo("preview", "Customers from Poland who bought red socks", *of(shop)))
    assert (answer["status"], answer["count"]) == ("previewed", 2)
    assert [step["kept"] for step in answer["funnel"]] == [5, 2, 2]
    assert sorted(answer["sample"]) == ["ann", "bob"]
    assert answer["as_of"] == "2026-02-20T00:00:00+00:00"
    assert answer["agreement"] == {
        "graph_count": 2, "sql_count": 2, "only_in_graph": [], "only_in_sql": [], "agrees": True,
    }  # fmt: skip


def test_graph_and_tables_that_disagree_are_shown(leo: Leo, warehouse: Warehouse, shop: Tenant) -> None:
    with warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET country = 'AT' WHERE profile_id = 'ann'")
    result = leo("preview", "Customers from Poland", *of(shop))
    answer = told(result)
    assert (result.exit_code, answer["status"], answer["agreement"]["agrees"]) == (4, "refused", False)
    assert (answer["agreement"]["graph_count"], answer["agreement"]["sql_count"]) == (2, 1)
    assert answer["agreement"]["only_in_graph"] == ["ann"]


def test_a_request_that_is_not_understood_is_asked_back(leo: Leo, shop: Tenant) -> None:
    result = leo("preview", "qwertz uiop", *of(shop))
    assert (result.exit_code, told(result)["status"]) == (3, "needs_clarification")


def test_a_query_is_previewed_through_the_gate(leo: Leo, shop: Tenant) -> None:
    answer = told(leo("preview", "--cypher", "-", *of(shop), given=IN_POLAND))
    assert (answer["count"], sorted(answer["sample"])) == (2, ["ann", "bob"])
    refused = leo("preview", "--cypher", "-", *of(shop), given="MATCH (c) DELETE c")
    assert (refused.exit_code, told(refused)["status"]) == (4, "refused")


def test_a_query_written_by_hand_needs_the_administrators_login(leo: Leo, shop: Tenant) -> None:
    result = leo("preview", "--cypher", "-", *of(shop), given=IN_POLAND, more={"LEO_OWNER_URL": ""})
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Only an administrator" in result.stderr


def test_a_segment_has_its_kept_members_and_those_of_a_moment(leo: Leo, shop: Tenant, segment: str) -> None:
    kept = told(leo("members", segment, "--tenant", shop.tenant_id))
    assert (kept["members"], kept["count"], kept["as_of"]) == (["ann", "bob"], 2, None)
    then = told(leo("members", segment, *of(shop)))
    assert (then["members"], then["as_of"]) == (["ann", "bob"], "2026-02-20T00:00:00+00:00")
    previewed = told(leo("preview", "--segment", segment, *of(shop)))
    assert (previewed["count"], previewed["is_what_was_approved"]) == (2, True)


def test_a_segment_is_listed_and_retired(leo: Leo, shop: Tenant, segment: str) -> None:
    of_shop = ("--tenant", shop.tenant_id)
    [known] = told_lines(leo("segments", "list", *of_shop))
    assert (known["segment_id"], known["active_version"], known["members"]) == (segment, 1, 2)
    assert told(leo("segments", "retire", segment, "--by", "linh", "--json", *of_shop)) == {
        "segment": segment, "version": 1, "exited": 2,
    }  # fmt: skip
    [ended] = told_lines(leo("segments", "list", *of_shop))
    assert (ended["state"], ended["active_version"], ended["members"]) == ("retired", None, 0)
    again = leo("segments", "retire", segment, "--by", "linh", *of_shop)
    assert (again.exit_code, "has no active version" in again.stderr) == (1, True)


def test_a_segment_that_is_not_there_is_one_sentence(leo: Leo, shop: Tenant) -> None:
    for command in (("members", "none"), ("preview", "--segment", "none")):
        result = leo(*command, *of(shop))
        assert result.exit_code == 1
        assert "has no active version" in result.stderr


def test_the_status_of_a_tenant(leo: Leo, shop: Tenant, segment: str) -> None:
    answer = told(leo("status", "--tenant", shop.tenant_id))
    assert answer["tenant"]["currency"] == "EUR"
    assert answer["tenant"]["tenant_id"] == shop.tenant_id
    assert answer["graph"]["counts"]["Customer"] == 5
    [known] = answer["segments"]
    assert (known["segment_id"], known["members"], known["state"]) == (segment, 2, "active")
    assert answer["requests"] == {"approved": 1}
    assert answer["kill_switch"] == {"engaged": False, "reason": None}


def test_a_sync_runs_all_steps_here(leo: Leo, warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "csv", [{**CUSTOMER, "customer_id": str(n)} for n in range(1, 4)], [EVENT])
    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder)))
    home = {"LEO_HOME": str(tmp_path / "home")}
    answer = told(leo("sync", "--tenant", tenant.tenant_id, more=home))
    assert (answer["mode"], answer["check"]["rows_passed"]) == ("incremental", 4)
    assert told(leo("status", "--tenant", tenant.tenant_id))["last_sync"]["state"] == "projected"
    again = told(leo("sync", "--tenant", tenant.tenant_id, more=home))
    assert again["sync_run_id"] > answer["sync_run_id"]
    assert told(leo("plan", "all customers", "--members", "--tenant", tenant.tenant_id))["count"] == 3


def test_a_live_source_names_the_variable_that_is_missing(leo: Leo, warehouse: Warehouse, tenant: Tenant) -> None:
    register_tenant(warehouse, tenant, SourceLocation("arangodb", "leo_of_test"))
    missing = leo("sync", "--tenant", tenant.tenant_id)
    assert (missing.exit_code, "AIRFLOW_CONN_LEO_OF_TEST" in missing.stderr) == (1, True)
    secret = secrets.token_hex(8)
    connection = {"host": "127.0.0.1", "port": 1, "login": "reader", "password": secret}
    wrong = leo("sync", "--tenant", tenant.tenant_id, more={"AIRFLOW_CONN_LEO_OF_TEST": json.dumps(connection)})
    assert wrong.exit_code == 1
    assert "must name host, login" in wrong.stderr
    assert secret not in wrong.output


def document(key: str, name: str, *rules: tuple[str, str, object], **more: object) -> dict[str, object]:
    tree = {
        "condition": "AND",
        "rules": [
            {"id": field, "field": field, "operator": operator, "value": value} for field, operator, value in rules
        ],
        "valid": True,
    }
    return {"_key": key, "name": name, "status": 1, "type": 1, "jsonQueryRules": json.dumps(tree), **more}


DOCUMENTS = [
    document("1", "Người Ba Lan", ("livingCountry", "equal", "Poland")),
    document("2", "By mail", ("primaryEmail", "is_not_empty", None)),
    document("3", "By AQL", ("age", "greater", 3), customQueryFilter="d.age > 3"),
    document("4", "Bought socks", ("purchasedItemIds", "contains_any", ["socks"])),
    document("5", "Gone", ("age", "greater", 3), status=0),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cdp_segment.data.json"
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in DOCUMENTS), encoding="utf-8")
    return path


def test_leo_segments_are_read_or_their_problems_named(leo: Leo, shop: Tenant, file: Path) -> None:
    result = leo("import-segments", str(file), *of(shop))
    answers = told_lines(result)
    assert result.exit_code == 0
    assert [answer["status"] for answer in answers] == ["imported", "refused", "refused", "imported", "skipped"]
    assert "Poland" in answers[0]["sentence"]
    assert (answers[1]["problems"][0]["path"], answers[1]["problems"][0]["field"]) == ("rules[0]", "primaryEmail")
    assert answers[2]["problems"][0]["field"] == "customQueryFilter"
    assert "socks" in answers[3]["sentence"]
    assert all(answer["request_id"] is None for answer in answers)


def test_imported_segments_wait_for_a_person(leo: Leo, warehouse: Warehouse, shop: Tenant, file: Path) -> None:
    answers = told_lines(leo("import-segments", str(file), "--draft", "--by", "importer", *of(shop)))
    drafted = [answer for answer in answers if answer["status"] == "imported"]
    assert [(answer["segment"], answer["version"], answer["count"]) for answer in drafted] == [
        ("nguoi_ba_lan", 1, 2), ("bought_socks", 1, 4),
    ]  # fmt: skip
    requests = [answer["request_id"] for answer in drafted]
    assert collect_requests(warehouse, shop.tenant_id) == requests
    assert collect_requests(warehouse, shop.tenant_id) == []
    with warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        states = connection.execute("SELECT state, planner, requested_by FROM segment.request").fetchall()
        active = connection.execute("SELECT count(*) FROM segment.definition WHERE state = 'active'").fetchall()
        keys = connection.execute("SELECT leo_key, segment_id FROM segment.leo_key ORDER BY leo_key").fetchall()
    assert (set(states), active) == ({("drafted", "import", "importer")}, [(0,)])
    assert keys == [("1", "nguoi_ba_lan"), ("4", "bought_socks")]
    assert "Poland" in review(warehouse, shop.tenant_id, requests[0]).body


def test_a_reviewer_sees_what_an_import_read_together(leo: Leo, warehouse: Warehouse, shop: Tenant, file: Path) -> None:
    bought = document("1", "Buyers", ("behavioralEvents", "contains_any", ["repurchase"]))
    file.write_text(json.dumps(bought), encoding="utf-8")
    [answer] = told_lines(leo("import-segments", str(file), "--draft", "--by", "importer", *of(shop)))
    assert answer["notes"] == ["LEO's “repurchase” is read together with “purchase”, “first-purchase”"]
    assert answer["notes"][0] in review(warehouse, shop.tenant_id, answer["request_id"]).body


def test_importing_again_drafts_only_what_changed(leo: Leo, shop: Tenant, file: Path) -> None:
    draft = ("import-segments", str(file), "--draft", "--by", "importer", *of(shop))
    leo(*draft)
    again = told_lines(leo(*draft))
    assert [answer["status"] for answer in again] == ["skipped", "refused", "refused", "skipped", "skipped"]
    changed = document("1", "Người Ba Lan", ("livingCountry", "equal", "Austria"))
    file.write_text(json.dumps(changed), encoding="utf-8")
    [answer] = told_lines(leo(*draft))
    assert (answer["status"], answer["segment"], answer["version"]) == ("imported", "nguoi_ba_lan", 2)


def test_two_segments_of_one_name_are_not_mixed_up(leo: Leo, shop: Tenant, file: Path) -> None:
    twins = [DOCUMENTS[0], document("9", "Nguoi Ba-Lan", ("livingCountry", "equal", "Austria"))]
    file.write_text(json.dumps(twins), encoding="utf-8")
    answers = told_lines(leo("import-segments", str(file), "--draft", "--by", "importer", *of(shop)))
    assert [answer["status"] for answer in answers] == ["imported", "refused"]
    assert "has the name of this one" in answers[1]["problems"][0]["reason"]


def test_a_draft_names_who_asks(leo: Leo, shop: Tenant, file: Path) -> None:
    assert leo("import-segments", str(file), "--draft", *of(shop)).exit_code == 2
