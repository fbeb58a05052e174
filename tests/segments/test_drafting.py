"""A request becomes a definition with its preview, or questions, or a failure: never nothing, never twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from leo_activation.errors import Permanent, Transient
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.naming import segment_id_for
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, day, open_shop


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def draft(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> Draft:
    request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    return draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )


def preview_row(warehouse: Warehouse, tenant: Tenant, column: str) -> object:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        row = connection.execute("SELECT to_jsonb(preview) -> %s FROM segment.preview", [column]).fetchone()
    return row[0] if row else None


def test_a_request_that_is_understood_is_drafted_with_its_count(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "red socks")
    assert drafted.state is RequestState.DRAFTED
    assert drafted.member_count == 3
    assert drafted.version == 1
    assert drafted.hash is not None
    assert len(drafted.hash) == 64


def test_drafting_twice_makes_one_definition(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    planner = CannedPlanner()
    first, second = (
        draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[planner])
        for _ in range(2)
    )
    assert first == second
    assert planner.asked == 1


def test_words_that_nobody_placed_come_back_with_the_questions(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "purple unicorns")
    assert drafted.state is RequestState.NEEDS_CLARIFICATION
    assert drafted.unplaced == ("unicorns",)
    assert drafted.questions == ("What do you mean? (socks / hats)",)
    assert drafted.segment_id is None


def test_the_funnel_shows_what_each_condition_keeps(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    draft(warehouse, tenant, encoder, "red socks in Poland")
    funnel = preview_row(warehouse, tenant, "funnel")
    assert isinstance(funnel, list)
    assert [step["kept"] for step in funnel] == [5, 3, 2]
    assert funnel[0]["condition"] == "all customers"


def test_meaning_narrows_what_behaviour_found(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    drafted = draft(warehouse, tenant, encoder, "red socks and luxury")
    assert drafted.member_count == 2
    sample = preview_row(warehouse, tenant, "sample")
    assert isinstance(sample, list)
    assert set(sample) == {"ann", "cy"}
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(meaning, parameters)] = connection.execute("SELECT meaning, parameters FROM segment.definition").fetchall()
    assert [match["topic_id"] for match in meaning[0]["chosen"]] == ["tag:likes luxury items"]
    assert ["tag:likes luxury items"] in parameters.values()


def test_a_profile_phrase_stores_its_threshold_and_the_narrow_decisions(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "hikers")
    assert drafted.segment_id == "weekend_hikers"
    calls = preview_row(warehouse, tenant, "close_calls")
    assert isinstance(calls, list)
    kept = {call["customer_id"] for call in calls if call["kept"]}
    assert drafted.member_count == len(kept)
    assert {call["kept"] for call in calls} == {True, False}


def test_a_plan_that_the_tenant_cannot_run_ends_in_failed_with_the_reason(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "over 100 dollars")
    assert drafted.state is RequestState.FAILED
    assert drafted.problem == "The plan counts in USD and the tenant in EUR."


@pytest.mark.parametrize(
    ("text", "phrase", "question"),
    [
        ("noble taste", "quantum physics", "No topic of the catalogue is near enough to “quantum physics”"),
        ("German phrase", "Luxus und Mode", "knows only English"),
    ],
)
def test_a_phrase_that_cannot_be_judged_is_asked_back(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str, phrase: str, question: str
) -> None:
    drafted = draft(warehouse, tenant, encoder, text)
    assert drafted.state is RequestState.NEEDS_CLARIFICATION
    assert drafted.unplaced == (phrase,)
    assert question in drafted.questions[0]


def test_a_request_waits_while_vectors_are_due(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "hikers", "marketer")
    stale = FakeEncoder(model="another")
    with pytest.raises(Transient, match="wait for their vectors"):
        draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=stale, planners=[CannedPlanner()])
    again = draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )
    assert again.state is RequestState.DRAFTED


def test_a_request_with_its_own_moment_is_drafted_as_of_then(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer", as_of=day(60))
    drafted = draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )
    assert drafted.member_count == 1


def test_the_hash_does_not_depend_on_the_moment(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    hashes = set()
    for moment in (NOW, day(3)):
        request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer", as_of=moment)
        drafted = draft_request(
            warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
        )
        hashes.add(drafted.hash)
    assert len(hashes) == 1


def test_different_requests_have_different_hashes(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    texts = ("red socks", "red socks in Poland", "red socks and luxury", "hikers", "everybody")
    hashes = {draft(warehouse, tenant, encoder, text).hash for text in texts}
    assert len(hashes) == len(texts)


def test_a_request_that_is_not_there_is_refused(warehouse: Warehouse, tenant: Tenant) -> None:
    with pytest.raises(Permanent):
        draft_request(
            warehouse, tenant.tenant_id, 123_456, as_of=NOW, encoder=FakeEncoder(), planners=[CannedPlanner()]
        )


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("High Value", "whatever", "high_value"),
        ("Khách hàng Đà Nẵng", "whatever", "khach_hang_da_nang"),
        (None, "Customers who bought red socks!", "customers_who_bought_red_socks_7"),
        (None, "顧客", "segment_7"),
        ("顧客", "red", "red_7"),
        (None, "x" * 200, "x" * 61 + "_7"),
        ("y" * 200, "red", "y" * 63),
    ],
)
def test_a_segment_is_called_by_its_name_or_by_the_request(name: str | None, text: str, expected: str) -> None:
    assert segment_id_for(name, text, 7) == expected


def test_two_that_draft_at_once_make_one_definition(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    both_are_planning = Barrier(2, timeout=30)

    class Slow(CannedPlanner):
        def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
            both_are_planning.wait()
            return super().plan(text, catalogue, as_of)

    def one() -> Draft:
        return draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[Slow()])

    with ThreadPoolExecutor(2) as pool:
        first, second = (future.result() for future in [pool.submit(one), pool.submit(one)])
    assert first == second
    assert first.version == 1
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert connection.execute("SELECT count(*) FROM segment.definition").fetchone() == (1,)


def test_two_requests_for_one_name_become_two_versions(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    requests = [submit_request(warehouse, tenant.tenant_id, "hikers", "marketer") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        drafts = list(
            pool.map(
                lambda request_id: draft_request(
                    warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
                ),
                requests,
            )
        )
    assert {one.version for one in drafts} == {1, 2}
