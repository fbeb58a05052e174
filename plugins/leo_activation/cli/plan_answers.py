"""From a request in words to the answer of `./leo plan`: plan, sentence, Cypher and, if asked for, members."""

from dataclasses import dataclass

from leo_activation.cli.lines import Answer, Id
from leo_activation.cli.session import Session
from leo_activation.errors import Permanent
from leo_activation.segments.definition import Definition, Readings, define, find_customers
from leo_activation.segments.meaning import PhraseNotUnderstood, read_phrases
from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question
from leo_activation.segments.sentences import describe
from leo_activation.settings import DatabaseRole

PLANNED = "planned"
NEEDS_CLARIFICATION = "needs_clarification"
REFUSED = "refused"


@dataclass(frozen=True)
class Planned:
    """A request that was understood, with how its phrases were read and what would run."""

    request: PlannedRequest
    readings: Readings
    definition: Definition


def plan_request(session: Session, planner: GrammarPlanner, text: str) -> Planned | NeedsClarification:
    """Plan a request and compile it through the gate.

    What cannot be compiled or judged is asked back or refused with the reason as its question, as drafting does.

    Raises:
        Transient: the warehouse cannot be reached, or vectors are still due.
        Configuration: there is no such tenant, or the embedding model is not set up.
    """
    answer = planner.plan(text, session.catalogue, session.as_of)
    if isinstance(answer, NeedsClarification):
        return answer
    try:
        readings = read_meaning(session, answer.plan)
        return Planned(answer, readings, define(answer.plan, session.catalogue, readings, session.as_of))
    except PhraseNotUnderstood as problem:
        question = Question(text=problem.question, readings=problem.readings)
        return NeedsClarification(
            unplaced=(problem.phrase,), questions=(question,), ignored=answer.ignored, language=answer.language
        )
    except Permanent as problem:
        return _refused(answer, problem)


def read_meaning(session: Session, plan: SegmentPlan) -> Readings:
    """How the plan's phrases are read; a plan without any asks neither model nor database. Raises as `read_phrases`."""
    if not any(isinstance(leaf, InterestPhrase | ProfilePhrase) for leaf in leaves(plan.where)):
        return ()
    with session.warehouse.connect(DatabaseRole.READER, session.tenant_id) as connection:
        return read_phrases(connection, session.tenant_id, plan, session.encoder)


def find_members(session: Session, definition: Definition, plan: SegmentPlan) -> list[str]:
    """The members' ids: in the plan's order where it has one, else in alphabetical order.

    Raises as `find_customers`.
    """
    found = find_customers(session.warehouse, definition, session.encoder).customer_ids
    return found if plan.order is not None else sorted(found)


def answer_request(session: Session, planner: GrammarPlanner, line_id: Id, text: str, *, with_members: bool) -> Answer:
    """The answer of one line; raises Transient and Configuration as `plan_request`."""
    planned = plan_request(session, planner, text)
    members: list[str] | None = None
    if isinstance(planned, Planned) and with_members:
        try:
            members = find_members(session, planned.definition, planned.request.plan)
        except Permanent as problem:
            planned = _refused(planned.request, problem)
    if isinstance(planned, NeedsClarification):
        return _answer(
            line_id,
            status=REFUSED if planned.refused else NEEDS_CLARIFICATION,
            unplaced=list(planned.unplaced),
            questions=[question.model_dump(mode="json") for question in planned.questions],
            ignored=list(planned.ignored),
            language=planned.language.value,
        )
    request, definition = planned.request, planned.definition
    return _answer(
        line_id,
        status=PLANNED,
        plan=request.plan.model_dump(mode="json", exclude_none=True),
        sentence=describe(request, session.catalogue),
        cypher=definition.cypher,
        parameters=dict(definition.parameters),
        activation=None if request.activation is None else request.activation.model_dump(mode="json"),
        members=members or [],
        count=None if members is None else len(members),
        segment_name=request.segment_name,
        notes=list(request.notes),
        ignored=list(request.ignored),
        spans=[span.model_dump() for span in request.spans],
        language=request.language.value,
    )


def not_planned(line_id: Id, problem: str) -> Answer:
    """The answer of a line that is no request, or that could not be answered."""
    return _answer(line_id, error=problem)


def _refused(request: PlannedRequest, problem: Permanent) -> NeedsClarification:
    return NeedsClarification(
        unplaced=(),
        questions=(Question(text=str(problem)),),
        refused=True,
        ignored=request.ignored,
        language=request.language,
    )


def _answer(line_id: Id, **said: object) -> Answer:
    answer: Answer = {
        "id": line_id,
        "status": REFUSED,
        "plan": None,
        "sentence": None,
        "cypher": None,
        "parameters": None,
        "unplaced": [],
        "questions": [],
        "activation": None,
        "members": [],
        "count": None,
        "segment_name": None,
        "notes": [],
        "ignored": [],
        "spans": [],
        "language": None,
        "error": None,
    }
    return answer | said
