"""A new encoder runs no approved version by itself: it asks for another approval of the same plan."""

import pytest

from leo_activation.profiles.embeddings import embed_due
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.re_evaluation import re_evaluate
from leo_activation.segments.requests import (
    RequestState,
    SegmentRequest,
    collect_requests,
    read_request,
    submit_request,
)
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def draft(warehouse: Warehouse, tenant: Tenant, request_id: int, encoder: FakeEncoder) -> Draft:
    embed_due(warehouse, tenant.tenant_id, encoder)
    return draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )


def approve(warehouse: Warehouse, tenant: Tenant, text: str, encoder: FakeEncoder) -> Draft:
    request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    drafted = draft(warehouse, tenant, request_id, encoder)
    decide(warehouse, tenant, request_id)
    return drafted


def decide(warehouse: Warehouse, tenant: Tenant, request_id: int) -> RequestState:
    shown = review(warehouse, tenant.tenant_id, request_id)
    return record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision="approve",
        decided_by="approver",
        decided_at=NOW,
        hash=shown.hash,
    )


def read(warehouse: Warehouse, tenant: Tenant, request_id: int) -> SegmentRequest:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return read_request(connection, tenant.tenant_id, request_id)


def versions(warehouse: Warehouse, tenant: Tenant, segment_id: str) -> list[tuple[int, str, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(
            "SELECT version, state, meaning -> 0 ->> 'model' FROM segment.definition WHERE segment_id = %s "
            "ORDER BY version",
            [segment_id],
        ).fetchall()


def test_the_encoder_that_read_a_version_asks_for_nothing(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, "red socks and luxury", encoder)
    assert re_evaluate(warehouse, tenant.tenant_id, encoder) == ()


def test_only_versions_with_phrases_are_asked_for_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, "red socks", encoder)
    assert re_evaluate(warehouse, tenant.tenant_id, FakeEncoder(model="other")) == ()


@pytest.mark.parametrize("other", [FakeEncoder(model="other"), FakeEncoder(precision="bf16")])
def test_another_model_or_precision_asks_once_for_each_active_version(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, other: FakeEncoder
) -> None:
    first = approve(warehouse, tenant, "red socks and luxury", encoder)
    made = re_evaluate(warehouse, tenant.tenant_id, other)
    assert re_evaluate(warehouse, tenant.tenant_id, other) == ()
    (request_id,) = made
    request = read(warehouse, tenant, request_id)
    assert (request.requested_by, request.planner, request.state) == (
        "re-evaluation",
        "re-evaluation",
        RequestState.SUBMITTED,
    )
    assert request.revises_request_id == first.request_id
    assert f"{other.model} ({other.precision})" in request.text
    assert request_id in collect_requests(warehouse, tenant.tenant_id)


def test_the_same_plan_becomes_the_next_version_under_the_new_encoder_and_the_old_one_serves_until_it_is_approved(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = approve(warehouse, tenant, "red socks and luxury", encoder)
    other = FakeEncoder(model="other")
    (request_id,) = re_evaluate(warehouse, tenant.tenant_id, other)
    second = draft(warehouse, tenant, request_id, other)
    assert first.segment_id is not None
    assert (second.state, second.segment_id, second.version) == (RequestState.DRAFTED, first.segment_id, 2)
    assert second.hash != first.hash
    assert versions(warehouse, tenant, first.segment_id) == [(1, "active", "fake"), (2, "draft", "other")]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        plans = connection.execute("SELECT count(DISTINCT plan) FROM segment.definition").fetchone()
    assert plans == (1,)
    assert decide(warehouse, tenant, request_id) is RequestState.APPROVED
    assert versions(warehouse, tenant, first.segment_id) == [(1, "retired", "fake"), (2, "active", "other")]
    assert re_evaluate(warehouse, tenant.tenant_id, other) == ()


def test_what_was_rejected_is_not_asked_for_again(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    approve(warehouse, tenant, "red socks and luxury", encoder)
    other = FakeEncoder(model="other")
    (request_id,) = re_evaluate(warehouse, tenant.tenant_id, other)
    draft(warehouse, tenant, request_id, other)
    shown = review(warehouse, tenant.tenant_id, request_id)
    record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision="reject",
        decided_by="approver",
        decided_at=NOW,
        hash=shown.hash,
    )
    assert re_evaluate(warehouse, tenant.tenant_id, other) == ()


def test_a_third_encoder_voids_the_open_request_for_the_second_and_going_back_asks_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, "red socks and luxury", encoder)
    second, third = FakeEncoder(model="second"), FakeEncoder(model="third")
    (for_second,) = re_evaluate(warehouse, tenant.tenant_id, second)
    draft(warehouse, tenant, for_second, second)
    review(warehouse, tenant.tenant_id, for_second)
    (for_third,) = re_evaluate(warehouse, tenant.tenant_id, third)
    assert read(warehouse, tenant, for_second).state is RequestState.VOIDED
    (again,) = re_evaluate(warehouse, tenant.tenant_id, second)
    assert again not in {for_second, for_third}
    assert read(warehouse, tenant, for_third).state is RequestState.VOIDED
    assert re_evaluate(warehouse, tenant.tenant_id, encoder) == ()
    assert read(warehouse, tenant, again).state is RequestState.VOIDED
