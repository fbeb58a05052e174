"""A request becomes a definition with its preview, or questions, or a failure: never nothing, never twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from leo_activation.errors import Permanent, Transient
from leo_activation.segments.approval import review
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.drafting import Draft, draft_request, give_up
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand, PlanReview, ResultFacts
from leo_activation.segments.naming import segment_id_for
from leo_activation.segments.plan import And, Channel, SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import IN_POLAND, RED_SOCKS, CannedPlanner, day, open_shop


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


# --- follow-ups, second readings and explanations ---------------------------------------------------------------------


class CannedReviser:
    """Answers every follow-up with one plan, and keeps what it was shown."""

    def __init__(self, plan: SegmentPlan, name: str = "grammar", segment_name: str | None = None) -> None:
        """Answer with `plan`."""
        self.name = name
        self.shown: list[PlanAtHand] = []
        self._planned = PlannedRequest(plan=plan, segment_name=segment_name)

    def revise(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
    ) -> PlannedRequest | NeedsClarification:
        """The one plan."""
        self.shown.append(at_hand)
        return self._planned


class CannedReviewer:
    """Finds the differences it is given, or raises; keeps what it was asked."""

    def __init__(self, finding: PlanReview | Exception) -> None:
        """Answer with `finding`."""
        self.finding = finding
        self.asked: list[tuple[str, str]] = []

    def review(self, text: str, sentence: str, language: Language) -> PlanReview:
        """The finding."""
        self.asked.append((text, sentence))
        if isinstance(self.finding, Exception):
            raise self.finding
        return self.finding


class FailingExplainer:
    """Whose service cannot be reached."""

    def explain(self, facts: ResultFacts) -> str:
        """Raise."""
        raise Transient("The service that explains cannot be reached.")


def submit(warehouse: Warehouse, tenant: Tenant, text: str, revises: int | None = None) -> int:
    return submit_request(warehouse, tenant.tenant_id, text, "marketer", revises_request_id=revises)


def follow_up(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, revises: int, reviser: CannedReviser, text: str = "more"
) -> Draft:
    request_id = submit(warehouse, tenant, text, revises)
    return draft_request(
        warehouse,
        tenant.tenant_id,
        request_id,
        as_of=NOW,
        encoder=encoder,
        planners=[CannedPlanner()],
        revisers=[reviser],
    )


def read(warehouse: Warehouse, tenant: Tenant, request_id: int) -> SegmentRequest:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return read_request(connection, tenant.tenant_id, request_id)


def plan_review(warehouse: Warehouse, tenant: Tenant) -> list[tuple[object, ...]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(
            "SELECT request_id, agrees, differences, problem, model, prompt_version FROM segment.plan_review"
        ).fetchall()


IN_POLAND_TOO = SegmentPlan(where=And(conditions=(RED_SOCKS, IN_POLAND)))


def test_a_follow_up_is_shown_the_plan_at_hand_and_becomes_the_next_version_of_its_segment(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "red socks")
    reviser = CannedReviser(IN_POLAND_TOO)
    second = follow_up(warehouse, tenant, encoder, first.request_id, reviser)
    assert (second.segment_id, second.version, second.member_count) == (first.segment_id, 2, 2)
    (shown,) = reviser.shown
    assert shown.plan == SegmentPlan(where=RED_SOCKS)
    assert (shown.text, shown.segment_id, shown.segment_name) == ("red socks", first.segment_id, None)
    assert shown.sentence is not None
    assert "red" in shown.sentence
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        names = connection.execute("SELECT DISTINCT name FROM segment.definition").fetchall()
    assert names == [("red socks",)]


def test_a_follow_up_of_a_named_segment_keeps_its_id_under_another_name(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "hikers")
    reviser = CannedReviser(IN_POLAND_TOO, segment_name="Polish socks")
    second = follow_up(warehouse, tenant, encoder, first.request_id, reviser)
    third = follow_up(warehouse, tenant, encoder, second.request_id, CannedReviser(SegmentPlan(where=RED_SOCKS)))
    assert reviser.shown[0].segment_name == "Weekend hikers"
    assert [one.segment_id for one in (first, second, third)] == ["weekend_hikers"] * 3
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute("SELECT name FROM segment.definition ORDER BY version").fetchall()
    assert rows == [("Weekend hikers",), ("Polish socks",), ("Polish socks",)]


def test_a_follow_up_overtakes_what_still_waits_for_a_decision_and_nothing_else(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first, other = draft(warehouse, tenant, encoder, "red socks"), draft(warehouse, tenant, encoder, "hikers")
    review(warehouse, tenant.tenant_id, first.request_id)
    second = follow_up(warehouse, tenant, encoder, first.request_id, CannedReviser(IN_POLAND_TOO))
    third = follow_up(warehouse, tenant, encoder, second.request_id, CannedReviser(SegmentPlan(where=IN_POLAND)))
    assert read(warehouse, tenant, first.request_id).state is RequestState.VOIDED
    overtaken = read(warehouse, tenant, second.request_id)
    assert overtaken.state is RequestState.VOIDED
    assert overtaken.problem == f"Overtaken by request {third.request_id}, which changes it."
    assert third.state is RequestState.DRAFTED
    assert read(warehouse, tenant, other.request_id).state is RequestState.DRAFTED


def test_a_follow_up_that_is_asked_back_overtakes_nothing(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "red socks")
    request_id = submit(warehouse, tenant, "purple unicorns", first.request_id)
    asked = draft_request(
        warehouse,
        tenant.tenant_id,
        request_id,
        as_of=NOW,
        encoder=encoder,
        planners=[CannedPlanner()],
        revisers=[GrammarReviser()],
    )
    assert asked.state is RequestState.NEEDS_CLARIFICATION
    assert read(warehouse, tenant, first.request_id).state is RequestState.DRAFTED


def test_a_follow_up_of_one_that_was_asked_back_is_shown_its_words_and_the_plan_before_it(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "red socks")
    asked = submit(warehouse, tenant, "purple unicorns", first.request_id)
    draft_request(warehouse, tenant.tenant_id, asked, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    reviser = CannedReviser(IN_POLAND_TOO)
    answered = follow_up(warehouse, tenant, encoder, asked, reviser)
    (shown,) = reviser.shown
    assert (shown.text, shown.unplaced) == ("purple unicorns", ("unicorns",))
    assert shown.questions == ("What do you mean? (socks / hats)",)
    assert shown.plan == SegmentPlan(where=RED_SOCKS)
    assert (answered.segment_id, answered.version) == (first.segment_id, 2)


def test_an_answer_to_a_request_without_a_plan_makes_a_segment_that_is_called_by_what_it_is(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    asked = draft(warehouse, tenant, encoder, "purple unicorns")
    answered = follow_up(warehouse, tenant, encoder, asked.request_id, CannedReviser(SegmentPlan(where=RED_SOCKS)))
    assert answered.version == 1
    assert answered.segment_id is not None
    assert answered.segment_id.startswith("customers_who_bought")


def test_a_follow_up_waits_for_the_request_before_it(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = submit(warehouse, tenant, "red socks")
    with pytest.raises(Transient, match=f"Request {first} of .* is not drafted yet"):
        follow_up(warehouse, tenant, encoder, first, CannedReviser(IN_POLAND_TOO))


def test_two_follow_ups_of_one_request_become_two_versions(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "red socks")
    plans = (IN_POLAND_TOO, SegmentPlan(where=IN_POLAND))
    with ThreadPoolExecutor(2) as pool:
        drafts = list(
            pool.map(
                lambda plan: follow_up(warehouse, tenant, encoder, first.request_id, CannedReviser(plan)),
                plans,
            )
        )
    assert {one.segment_id for one in drafts} == {first.segment_id}
    assert {one.version for one in drafts} == {2, 3}


def test_what_an_approved_request_wanted_sent_is_not_sent_by_its_follow_up_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first = draft(warehouse, tenant, encoder, "red socks")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute('UPDATE segment.request SET activation = \'{"channel": "zalo"}\'')
    reviser = CannedReviser(IN_POLAND_TOO)
    follow_up(warehouse, tenant, encoder, first.request_id, reviser)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.request SET state = 'approved' WHERE request_id = %s", [first.request_id])
    follow_up(warehouse, tenant, encoder, first.request_id, reviser)
    before, after = (shown.activation for shown in reviser.shown)
    assert before is not None
    assert before.channel is Channel.ZALO
    assert after is None


@pytest.mark.parametrize(
    ("finding", "kept"),
    [
        (
            PlanReview(agrees=False, differences=("No age was asked for.",), model="m-1", prompt_version=2),
            (False, ["No age was asked for."], None, "m-1", 2),
        ),
        (Transient("The model cannot be reached."), (None, [], "The model cannot be reached.", None, None)),
        (Permanent("The day's budget is used up."), (None, [], "The day's budget is used up.", None, None)),
    ],
)
def test_a_plan_of_a_model_is_read_a_second_time_and_the_approver_sees_what_was_found_or_why_nothing_was(
    warehouse: Warehouse,
    tenant: Tenant,
    encoder: FakeEncoder,
    finding: PlanReview | Exception,
    kept: tuple[object, ...],
) -> None:
    planner = CannedPlanner()
    planner.name = "llm"
    reviewer = CannedReviewer(finding)
    request_id = submit(warehouse, tenant, "red socks")
    for _ in range(2):
        drafted = draft_request(
            warehouse,
            tenant.tenant_id,
            request_id,
            as_of=NOW,
            encoder=encoder,
            planners=[planner],
            reviewer=reviewer,
        )
        assert drafted.state is RequestState.DRAFTED
    assert plan_review(warehouse, tenant) == [(request_id, *kept)]
    assert len(reviewer.asked) == 1
    assert reviewer.asked[0][0] == "red socks"


def test_a_plan_of_the_grammar_is_not_read_a_second_time(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    reviewer = CannedReviewer(PlanReview(agrees=True))
    request_id = submit(warehouse, tenant, "red socks")
    draft_request(
        warehouse,
        tenant.tenant_id,
        request_id,
        as_of=NOW,
        encoder=encoder,
        planners=[CannedPlanner()],
        reviewer=reviewer,
    )
    assert reviewer.asked == []
    assert plan_review(warehouse, tenant) == []


@pytest.mark.parametrize(
    ("text", "said"), [("red socks", "3"), ("purple unicorns", "unicorns"), ("over 100 dollars", "counts in USD")]
)
def test_whatever_comes_of_a_request_is_explained(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str, said: str
) -> None:
    drafted = draft(warehouse, tenant, encoder, text)
    explanation = read(warehouse, tenant, drafted.request_id).explanation
    assert explanation is not None
    assert said in explanation


def test_a_draft_does_not_fail_for_want_of_an_explanation(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id = submit(warehouse, tenant, "red socks")
    drafted = draft_request(
        warehouse,
        tenant.tenant_id,
        request_id,
        as_of=NOW,
        encoder=encoder,
        planners=[CannedPlanner()],
        explainer=FailingExplainer(),
    )
    assert drafted.state is RequestState.DRAFTED
    assert read(warehouse, tenant, request_id).explanation is None


def test_a_draft_that_was_given_up_says_why_and_may_be_drafted_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id = submit(warehouse, tenant, "red socks")
    problem = "The model could not be reached in three attempts."
    assert give_up(warehouse, tenant.tenant_id, request_id, problem) is RequestState.FAILED
    assert read(warehouse, tenant, request_id).problem == problem
    again = draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )
    assert again.state is RequestState.DRAFTED
    assert read(warehouse, tenant, request_id).problem is None
    assert give_up(warehouse, tenant.tenant_id, request_id, problem) is RequestState.DRAFTED
    assert read(warehouse, tenant, request_id).problem is None


def test_a_follow_up_in_words_is_read_by_the_grammar_down_to_the_members(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    counts, before = [], None
    for text in (
        "customers who bought red socks in the last 60 days",
        "only those from Poland",
        "make it the last 15 days",
        "also everyone from Austria",
    ):
        before = submit(warehouse, tenant, text, before)
        drafted = draft_request(
            warehouse,
            tenant.tenant_id,
            before,
            as_of=NOW,
            encoder=encoder,
            planners=[GrammarPlanner()],
            revisers=[GrammarReviser()],
        )
        counts.append((drafted.version, drafted.member_count))
    assert counts == [(1, 3), (2, 2), (3, 1), (4, 3)]
    sentence = read(warehouse, tenant, before).sentence if before is not None else None
    assert sentence is not None
    assert sentence.endswith("Changed: also all customers “who live in Austria”.")


def test_a_follow_up_of_one_that_failed_changes_the_plan_before_it_and_says_what_was_left_aside(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    def by_grammar(request_id: int) -> Draft:
        return draft_request(
            warehouse,
            tenant.tenant_id,
            request_id,
            as_of=NOW,
            encoder=encoder,
            planners=[GrammarPlanner()],
            revisers=[GrammarReviser()],
        )

    first = submit(warehouse, tenant, "customers who bought red socks")
    by_grammar(first)
    failed = submit(warehouse, tenant, "only those from Poland", first)
    give_up(warehouse, tenant.tenant_id, failed, "The warehouse could not be reached in three attempts.")
    last = submit(warehouse, tenant, "make it the last 15 days", failed)
    assert by_grammar(last).state is RequestState.DRAFTED
    sentence = read(warehouse, tenant, last).sentence
    assert sentence is not None
    assert "Poland" not in sentence.partition("Changed: ")[0]
    assert "“only those from Poland” is left aside" in sentence
