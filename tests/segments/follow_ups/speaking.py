"""Following up by the grammar on a tenant's catalogue: a request, then words that change it."""

from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe
from tests.segments.catalogues import AS_OF, VIETNAM

PLANNER, REVISER = GrammarPlanner(), GrammarReviser()


def planned(text: str) -> PlannedRequest:
    """A request that the grammar understands."""
    answer = PLANNER.plan(text, VIETNAM, AS_OF)
    assert isinstance(answer, PlannedRequest), answer
    return answer


def at_hand(text: str) -> PlanAtHand:
    """The plan of a request, or its questions, as a follow-up finds it."""
    answer = PLANNER.plan(text, VIETNAM, AS_OF)
    if isinstance(answer, NeedsClarification):
        questions = tuple(str(question) for question in answer.questions)
        return PlanAtHand(text, answer.language, unplaced=answer.unplaced, questions=questions)
    return after(text, answer)


def after(text: str, request: PlannedRequest) -> PlanAtHand:
    """What a follow-up of a planned request finds."""
    return PlanAtHand(
        text=text,
        language=request.language,
        segment_id="a_segment",
        segment_name=request.segment_name,
        plan=request.plan,
        sentence=describe(request, VIETNAM),
        activation=request.activation,
    )


def revised(before: str, *follow_ups: str) -> PlannedRequest | NeedsClarification:
    """What follow-ups make of a request, one after another."""
    at = at_hand(before)
    answer: PlannedRequest | NeedsClarification | None = None
    for text in follow_ups:
        answer = REVISER.revise(at, text, VIETNAM, AS_OF)
        if isinstance(answer, PlannedRequest):
            at = after(text, answer)
        else:
            questions = tuple(str(question) for question in answer.questions)
            at = PlanAtHand(
                text,
                answer.language,
                segment_id=at.segment_id,
                segment_name=at.segment_name,
                plan=at.plan,
                sentence=at.sentence,
                unplaced=answer.unplaced,
                questions=questions,
                activation=at.activation,
            )
    assert answer is not None
    return answer
