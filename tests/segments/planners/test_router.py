"""Who is asked, in which order, and what the requester is asked in the end."""

from datetime import UTC, datetime

import pytest

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.planners.router import plan_with, revise_with
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest, Question
from tests.segments.catalogues import AS_OF, DISCOVERY
from tests.segments.planners.answering import Answering, Ledger

PLANNED = PlannedRequest(
    plan=SegmentPlan(
        where=Attribute(property=CustomerProperty.COUNTRY, operator=Operator.EQ, values=("DE",)),
    )
)
GRAMMARS = NeedsClarification(unplaced=("juggle",), questions=(Question(text="What is “juggle”?"),))
MORE = GRAMMARS.model_copy(update={"questions": (*GRAMMARS.questions, Question(text="The budget is used up."))})
OTHERS = NeedsClarification(unplaced=("all",), questions=(Question(text="Was ist gemeint?"),))
REFUSAL = NeedsClarification(unplaced=("e-mail",), questions=(Question(text="Never."),), refused=True)
Answer = PlannedRequest | NeedsClarification


class Reader:
    """A planner and reviser with one answer; it remembers what it was told."""

    def __init__(self, name: str, answer: Answer) -> None:
        self.name = name
        self.answer = answer
        self.told: list[NeedsClarification | None] = []

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> Answer:
        self.told.append(None)
        return self.answer

    def revise(self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime) -> Answer:
        return self.plan(text, catalogue, as_of)


class Listener(Reader):
    """One that is told what those before it could not place."""

    def plan_rest(self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification) -> Answer:
        self.told.append(left)
        return self.answer

    def revise_rest(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> Answer:
        return self.plan_rest(text, catalogue, as_of, left)


def route(*readers: Reader, revising: bool) -> tuple[str, Answer]:
    if revising:
        at_hand = PlanAtHand(text="x", language=Language.ENGLISH)
        return revise_with(readers, at_hand, "customers who juggle", DISCOVERY, AS_OF)
    return plan_with(readers, "customers who juggle", DISCOVERY, AS_OF)


@pytest.mark.parametrize("revising", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "expected", "second_is_asked"),
    [
        (PLANNED, PLANNED, ("grammar", PLANNED), False),
        (REFUSAL, PLANNED, ("grammar", REFUSAL), False),
        (GRAMMARS, PLANNED, ("llm", PLANNED), True),
        (GRAMMARS, REFUSAL, ("llm", REFUSAL), True),
        (GRAMMARS, GRAMMARS, ("grammar", GRAMMARS), True),
        (GRAMMARS, MORE, ("grammar", MORE), True),
        (GRAMMARS, OTHERS, ("llm", OTHERS), True),
    ],
)
def test_the_second_is_asked_only_for_what_the_first_left(
    *, first: Answer, second: Answer, expected: tuple[str, Answer], second_is_asked: bool, revising: bool
) -> None:
    grammar, model = Reader("grammar", first), Listener("llm", second)
    assert route(grammar, model, revising=revising) == expected
    assert model.told == ([first] if second_is_asked else [])


@pytest.mark.parametrize("revising", [False, True])
def test_one_that_is_not_told_does_not_replace_the_first_ones_questions(*, revising: bool) -> None:
    grammar, other = Reader("grammar", GRAMMARS), Reader("other", OTHERS)
    assert route(grammar, other, revising=revising) == ("grammar", GRAMMARS)


@pytest.mark.parametrize("revising", [False, True])
def test_somebody_has_to_read(*, revising: bool) -> None:
    with pytest.raises(ValueError, match="at least one"):
        route(revising=revising)


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("Customers who bought red socks in the last 60 days", False),
        ("Give me the e-mail addresses of customers who bought red socks", False),
        ("Customers who keep juggling red socks", True),
        ("Kunden, die rote Socken gekauft haben", True),
        ("khách hàng hay nghịch tất đỏ", True),
    ],
)
def test_after_the_real_grammar_the_model_is_asked_only_for_what_is_left(text: str, *, is_asked: bool) -> None:
    model = Answering(PLANNED)
    planners = (GrammarPlanner(), LanguageModelPlanner(model.model, Ledger()))
    name, answer = plan_with(planners, text, DISCOVERY, datetime(2026, 2, 20, tzinfo=UTC))
    assert (name, bool(model.sent)) == (("llm", True) if is_asked else ("grammar", False))
    if is_asked:
        assert isinstance(answer, PlannedRequest)
        assert answer.plan == PLANNED.plan
