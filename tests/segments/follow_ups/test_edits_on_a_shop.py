"""Said of a shop with known customers, an edit is the operation on sets of customers that its words mean.

Plans and conditions are drawn, the condition is said as a sentence says it, and the members of what the grammar makes
of the follow-up are compared with those of both.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from leo_activation.segments.cut import Cut
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import Condition, Or, SegmentPlan, conjuncts, plan_of
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import explain, explain_condition
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from tests.segments.random_shop import AS_OF, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans

pytestmark = pytest.mark.timeout(3600)

SEED = 1
USUAL = max(settings().max_examples // 4, 10)
NARROW = {Language.ENGLISH: "only those {}", Language.VIETNAMESE: "chỉ lấy những khách hàng {}"}
EXCLUDE = {Language.ENGLISH: "without those {}", Language.VIETNAMESE: "trừ những khách hàng {}"}
UNITE = {Language.ENGLISH: "also everyone {}", Language.VIETNAMESE: "thêm tất cả khách hàng {}"}


@dataclass(frozen=True)
class Drawn:
    """A plan, a condition that a follow-up says, and what came of it."""

    plan: SegmentPlan
    condition: Condition
    answer: PlannedRequest | NeedsClarification


@dataclass(frozen=True, eq=False)
class OpenShop:
    """A shop with a connection to its tables, and a reviser that knows its names."""

    shop: RandomShop
    writer: Connection
    reviser: GrammarReviser

    def members(self, where: Condition | None) -> set[str]:
        """The customers of whom the condition holds, by SQL over the tables."""
        plan = plan_of(where, currency=self.shop.catalogue.currency)
        compiled = compile_sql(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        return set((compiled.cut or Cut()).of(read_tables(self.writer, compiled)))

    def revised(self, plan: SegmentPlan, text: str, language: Language) -> PlannedRequest | NeedsClarification:
        """What the grammar makes of a follow-up."""
        sentence = explain(plan, self.shop.catalogue, language=language)
        at_hand = PlanAtHand("a request", language, segment_id="a_segment", plan=plan, sentence=sentence)
        return self.reviser.revise(at_hand, text, self.shop.catalogue, AS_OF)

    def can_be_said(self, drawn: Drawn) -> bool:
        """Whether the grammar of requests reads the condition that was drawn, and a plan can hold the result."""
        catalogue, language = self.shop.catalogue, drawn.answer.language
        sentence = explain(plan_of(drawn.condition, currency=catalogue.currency), catalogue, language=language)
        request = GrammarPlanner().plan(sentence, catalogue, AS_OF)
        asked = drawn.answer.questions if isinstance(drawn.answer, NeedsClarification) else ()
        return isinstance(request, PlannedRequest) and "cannot be planned" not in str(asked)


@pytest.fixture(scope="module")
def opened(warehouse: Warehouse) -> Iterator[OpenShop]:
    shop = open_random_shop(warehouse, SEED)
    with warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as writer:
        yield OpenShop(shop, writer, GrammarReviser())


def draw(opened: OpenShop, data: st.DataObject, forms: dict[Language, str]) -> Drawn:
    plans = Plans(opened.shop.catalogue)
    language = data.draw(st.sampled_from(Language))
    where = data.draw(st.one_of(plans.conditions(), plans.attributes()))
    condition = data.draw(st.one_of(plans.attributes(), plans.behaviours(), plans.conditions()))
    plan = plan_of(where, currency=opened.shop.catalogue.currency)
    text = forms[language].format(explain_condition(condition, opened.shop.catalogue, language))
    note(explain(plan, opened.shop.catalogue, language=language))
    note(text)
    answer = opened.revised(plan, text, language)
    note(repr(answer))
    return Drawn(plan, condition, answer)


def lost(opened: OpenShop, before: SegmentPlan, answer: PlannedRequest) -> set[str]:
    """The outermost conditions that are not in both plans and that no note names."""
    if isinstance(answer.plan.where, Or) and answer.plan.where.conditions[0] == before.where:
        return set()  # all of it stands in one alternative
    catalogue = opened.shop.catalogue
    had = {explain_condition(one, catalogue, answer.language) for one in conjuncts(before.where)}
    has = {explain_condition(one, catalogue, answer.language) for one in conjuncts(answer.plan.where)}
    told = " ".join(answer.notes)
    return {words for words in had ^ has if f"“{words}”" not in told}


def count_and_check(opened: OpenShop, forms: dict[Language, str], wanted_of: str) -> Counter[str]:
    outcomes: Counter[str] = Counter()

    @settings(deadline=None, max_examples=USUAL)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        drawn = draw(opened, data, forms)
        before, named = opened.members(drawn.plan.where), opened.members(drawn.condition)
        wanted = {"both": before & named, "less": before - named, "either": before | named}[wanted_of]
        if isinstance(drawn.answer, NeedsClarification):
            # Asked back is what no request can say either, and what would change nothing or leave nobody.
            outcomes["asked"] += 1
            assert not wanted or wanted == before or not opened.can_be_said(drawn)
            return
        assert lost(opened, drawn.plan, drawn.answer) == set()
        found = opened.members(drawn.answer.plan.where)
        if found != wanted and wanted_of == "both":
            # Only what cannot hold together gives way, so nobody has both.
            outcomes["replaced"] += 1
            assert not wanted
            assert found <= named
            return
        outcomes["made"] += 1
        assert found == wanted

    check()
    return outcomes


def test_only_those_are_the_members_that_have_both_and_what_gave_way_is_named(opened: OpenShop) -> None:
    outcomes = count_and_check(opened, NARROW, "both")
    assert outcomes["made"] > outcomes["asked"]


def test_without_those_are_the_members_less_those_named(opened: OpenShop) -> None:
    outcomes = count_and_check(opened, EXCLUDE, "less")
    assert outcomes["made"] > outcomes["asked"]


def test_also_all_are_the_members_and_all_those_named(opened: OpenShop) -> None:
    outcomes = count_and_check(opened, UNITE, "either")
    assert outcomes["made"] > outcomes["asked"]


@settings(deadline=None, max_examples=USUAL)
@given(data=st.data())
def test_what_was_left_out_is_there_again_when_that_is_dropped(opened: OpenShop, data: st.DataObject) -> None:
    plans = Plans(opened.shop.catalogue)
    where, left_out = data.draw(plans.attributes()), data.draw(plans.behaviours())
    plan = plan_of(where, currency=opened.shop.catalogue.currency)
    said = explain_condition(left_out, opened.shop.catalogue)
    less = opened.revised(plan, f"without those {said}", Language.ENGLISH)
    assume(isinstance(less, PlannedRequest))
    assert isinstance(less, PlannedRequest)
    again = opened.revised(less.plan, f"forget those {said}", Language.ENGLISH)
    assert isinstance(again, PlannedRequest)
    assert again.plan == plan
