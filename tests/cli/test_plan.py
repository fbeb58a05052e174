"""`./leo plan`: what a request means, for a person once and for a program line by line."""

import json
from collections.abc import Mapping

import pytest

from leo_activation.segments.plan import SegmentPlan
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told, told_lines
from tests.segments.shop import open_shop

AS_OF = ("--as-of", "2026-02-20")
KEYS = {
    "id", "status", "plan", "sentence", "cypher", "parameters", "unplaced", "questions", "activation", "members",
    "count", "segment_name", "notes", "ignored", "spans", "language", "error",
}  # fmt: skip


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Tenant:
    open_shop(warehouse, tenant)
    return tenant


def of(tenant: Tenant) -> tuple[str, ...]:
    return ("--tenant", tenant.tenant_id, *AS_OF)


def lines(*asked: Mapping[str, object]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in asked)


def test_a_request_is_planned_and_its_members_are_found(leo: Leo, shop: Tenant) -> None:
    result = leo("plan", "Customers from Poland", *of(shop), "--members")
    answer = told(result)
    assert result.exit_code == 0, result.output
    assert answer.keys() == KEYS
    assert (answer["status"], answer["members"], answer["count"]) == ("planned", ["ann", "bob"], 2)
    assert SegmentPlan.model_validate(answer["plan"]).model_dump(mode="json", exclude_none=True) == answer["plan"]
    assert answer["cypher"].startswith("MATCH (c:Customer)")
    assert "PL" in answer["parameters"].values()
    assert "Poland" in answer["sentence"]
    assert (answer["questions"], answer["unplaced"], answer["error"]) == ([], [], None)


def test_members_are_found_only_where_asked_for(leo: Leo, shop: Tenant) -> None:
    answer = told(leo("plan", "Customers from Poland", *of(shop)))
    assert (answer["members"], answer["count"]) == ([], None)


def test_members_of_an_ordered_plan_keep_its_order(leo: Leo, shop: Tenant) -> None:
    answer = told(leo("plan", "The top 2 customers by total spent", *of(shop), "--members"))
    assert answer["members"] == ["ann", "cy"]


def test_words_that_nobody_placed_are_named_and_end_with_3(leo: Leo, shop: Tenant) -> None:
    result = leo("plan", "Customers who bought purple unicorns", *of(shop))
    answer = told(result)
    assert (result.exit_code, answer["status"]) == (3, "needs_clarification")
    assert any("unicorns" in words for words in answer["unplaced"])
    assert all(question.keys() == {"text", "readings"} for question in answer["questions"])
    assert answer["plan"] is answer["cypher"] is None


def test_lines_are_answered_in_order_and_bad_ones_are_told(leo: Leo, shop: Tenant) -> None:
    given = lines({"id": "a", "text": "Customers from Poland"}, {"id": "b"}, {"id": "c", "text": "qwertz uiop"})
    result = leo("plan", "--jsonl", *of(shop), given=given + "no json\n" + lines({"id": "d", "text": ""}))
    answers = told_lines(result)
    assert result.exit_code == 0, result.output
    assert all(answer.keys() == KEYS for answer in answers)
    assert [(answer["id"], answer["status"]) for answer in answers[:4]] == [
        ("a", "planned"), ("b", "refused"), ("c", "needs_clarification"), (None, "refused"),
    ]  # fmt: skip
    assert answers[1]["error"] == "The object's “text” must be a text."
    assert answers[4]["id"] == "d"
    assert answers[4]["status"] != "planned"


def test_a_text_of_a_megabyte_is_asked_back(leo: Leo, shop: Tenant) -> None:
    given = lines({"id": 1, "text": "customers " * 100_000}, {"id": 2, "text": "Customers from Poland"})
    long, short = told_lines(leo("plan", "--jsonl", *of(shop), given=given))
    assert (long["id"], long["status"]) == (1, "needs_clarification")
    assert (short["id"], short["status"]) == (2, "planned")


def test_text_or_lines_but_not_both(leo: Leo, tenant: Tenant) -> None:
    assert leo("plan", "--tenant", tenant.tenant_id).exit_code == 2
    assert leo("plan", "everybody", "--jsonl", "--tenant", tenant.tenant_id).exit_code == 2
    assert leo("plan", "everybody", "--as-of", "yesterday").exit_code == 2
    assert leo("plan", "everybody", "--as-of", "0001-01-01").exit_code == 2
    assert leo("plan", b"\xff".decode(errors="surrogateescape"), *AS_OF).exit_code == 2


def test_a_tenant_without_data_needs_a_moment(leo: Leo, tenant: Tenant) -> None:
    result = leo("plan", "all customers", "--tenant", tenant.tenant_id)
    assert result.exit_code == 1
    assert "none of its syncs was complete" in result.stderr


def test_a_tenant_that_is_not_there_is_one_sentence(leo: Leo) -> None:
    result = leo("plan", "--jsonl", "--tenant", "nobody_here", *AS_OF, given=lines({"id": 1, "text": "x"}))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "leo: There is no tenant 'nobody_here'.\n"


def test_the_default_tenant_answers(leo: Leo, shop: Tenant) -> None:
    answer = told(leo("plan", "Customers from Poland", *AS_OF, more={"LEO_DEFAULT_TENANT": shop.tenant_id}))
    assert answer["status"] == "planned"


def test_a_moment_without_an_offset_is_in_utc(leo: Leo, shop: Tenant) -> None:
    text = "Customers who bought anything in the last 10 days"
    moments = ("2026-02-20", "2026-02-20T00:00", "2026-02-20T07:00:00+07:00")
    answers = [leo("plan", text, "--tenant", shop.tenant_id, "--as-of", moment) for moment in moments]
    assert len({json.dumps(told(answer)["parameters"]) for answer in answers}) == 1
