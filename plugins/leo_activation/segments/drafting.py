"""From a request in words to a definition with its preview, ready for review.

Planners are asked in order, or, where the request changes one before it, revisers; what they make is read by meaning,
compiled, gated and previewed. A word that nobody could place, or a phrase that cannot be judged, sends the request back
with questions: no condition is ever dropped. Whoever asks a service does so outside of every transaction.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from psycopg.types.json import Jsonb

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.progress import Steps
from leo_activation.segments.at_hand import Revised, read_revised
from leo_activation.segments.building import require_sound_building
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import Definition, Readings, define
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.language_tasks import (
    Explainer,
    PlanAtHand,
    PlanReview,
    PlanReviewer,
    ResultFacts,
    Reviser,
)
from leo_activation.segments.meaning import READINGS, PhraseNotUnderstood, read_phrases
from leo_activation.segments.naming import MAX_NAME, segment_id_for
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.planners.router import plan_with, revise_with
from leo_activation.segments.preview import Preview, preview_definition
from leo_activation.segments.request import (
    Language,
    NeedsClarification,
    PlannedRequest,
    Planner,
    Question,
)
from leo_activation.segments.requests import (
    RE_EVALUATION,
    RequestState,
    SegmentRequest,
    lock_request,
    read_request,
    set_state,
)
from leo_activation.segments.sentences import describe
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

OPEN = frozenset({RequestState.SUBMITTED, RequestState.FAILED})
BY_A_MODEL = "llm"
"""What the name of a planner or reviser says where a language model made the plan."""


@dataclass(frozen=True)
class Draft:
    """What a request led to: a definition with its hash, or the words and questions in its way, or a failure."""

    request_id: int
    state: RequestState
    segment_id: str | None = None
    version: int | None = None
    hash: str | None = None
    member_count: int | None = None
    unplaced: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Drafted:
    planned: PlannedRequest
    segment_id: str
    sentence: str
    readings: Readings
    definition: Definition
    preview: Preview


@dataclass(frozen=True)
class _Outcome:
    """What came of a request, by whom; `review` is None where no model made the plan."""

    by: str
    language: Language
    result: _Drafted | NeedsClarification | Permanent
    revised: Revised | None = None
    review: PlanReview | None = None
    explanation: str | None = None

    @property
    def state(self) -> RequestState:
        """The state that the request goes to."""
        match self.result:
            case _Drafted():
                return RequestState.DRAFTED
            case NeedsClarification():
                return RequestState.NEEDS_CLARIFICATION
            case Permanent():
                return RequestState.FAILED


def draft_request(
    warehouse: Warehouse,
    tenant_id: str,
    request_id: int,
    *,
    as_of: datetime,
    encoder: Encoder,
    planners: Sequence[Planner],
    revisers: Sequence[Reviser] = (),
    reviewer: PlanReviewer | None = None,
    explainer: Explainer | None = None,
) -> Draft:
    """Draft a request as of its own moment, else as of `as_of`; a request that was drafted is only read.

    A request that changes another is given to the revisers with the plan at hand (where there are none, its words are
    planned as they stand), and becomes the next version of the same segment; what it overtakes in review is voided.
    Where a model made the plan, `reviewer` reads it a second time. `explainer` None is the plain one.

    Drafting reads first and writes last, in one transaction that looks at the state again: of two that draft at once
    one writes and both return the same draft. A failed request may be drafted again.

    Raises:
        Permanent: there is no such request. (A request that cannot be compiled or takes too long ends in `failed`.)
        Transient: the warehouse or a planner's service cannot be reached, vectors are still due, or the request that
            this one changes is not drafted yet. Who retries no more tells the requester by `give_up`.
        Configuration: a planner's service is not set up.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = read_request(connection, tenant_id, request_id)
        if request.state not in OPEN:
            return _stored(connection, tenant_id, request)
        revised = read_revised(connection, tenant_id, request)
        catalogue = load_catalogue(connection, tenant_id)
    steps = Steps(logger, f"Drafting request {request_id} of {tenant_id}", 4)
    outcome = _outcome(
        warehouse, catalogue, request, revised, request.as_of or as_of, encoder, planners, revisers, steps
    )
    steps.done("previewed" if isinstance(outcome.result, _Drafted) else "no preview")
    outcome = replace(outcome, review=_second_reading(request, outcome, reviewer))
    steps.done("no second reading" if outcome.review is None else "read a second time")
    outcome = replace(outcome, explanation=_explanation(request, outcome, explainer or PlainExplainer()))
    steps.done("no explanation" if outcome.explanation is None else "explained")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state in OPEN:
            _keep(connection, tenant_id, request, outcome)
            request = read_request(connection, tenant_id, request_id)
        draft = _stored(connection, tenant_id, request)
    logger.info("Request %d of %s is %s (planner %s).", request_id, tenant_id, draft.state, outcome.by)
    return draft


def read_draft(warehouse: Warehouse, tenant_id: str, request_id: int) -> Draft:
    """What a request led to so far; nothing is drafted.

    Raises:
        Permanent: there is no such request.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _stored(connection, tenant_id, read_request(connection, tenant_id, request_id))


def give_up(warehouse: Warehouse, tenant_id: str, request_id: int, problem: str) -> RequestState:
    """Tell the requester that a draft failed for the last time; returns where the request stands now.

    A request that waits for its draft becomes `failed` with `problem`, and may be drafted again; any other stays as it
    is: somebody else finished its draft.

    Raises:
        Permanent: there is no such request.
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state is not RequestState.SUBMITTED:
            return request.state
        set_state(connection, tenant_id, request_id, RequestState.FAILED, problem)
    logger.warning("Request %d of %s was given up: %s", request_id, tenant_id, problem)
    return RequestState.FAILED


def _outcome(
    warehouse: Warehouse,
    catalogue: Catalogue,
    request: SegmentRequest,
    revised: Revised | None,
    as_of: datetime,
    encoder: Encoder,
    planners: Sequence[Planner],
    revisers: Sequence[Reviser],
    steps: Steps,
) -> _Outcome:
    by: str
    answer: PlannedRequest | NeedsClarification
    if revised is not None and request.planner == RE_EVALUATION and revised.at_hand.plan is not None:
        by, answer = RE_EVALUATION, _same_plan(revised.at_hand, revised.at_hand.plan)
    elif revised is not None and revisers:
        by, answer = revise_with(revisers, revised.at_hand, request.text, catalogue, as_of)
    else:
        by, answer = plan_with(planners, request.text, catalogue, as_of)
    steps.done(f"read by {by}")
    result: _Drafted | NeedsClarification | Permanent
    if isinstance(answer, NeedsClarification):
        result = answer
    else:
        try:
            result = _draft(warehouse, catalogue, request, revised, answer, as_of, encoder)
        except PhraseNotUnderstood as problem:
            question = Question(text=problem.question, readings=problem.readings)
            result = NeedsClarification(unplaced=(problem.phrase,), questions=(question,), language=answer.language)
        except Permanent as problem:
            result = problem
    return _Outcome(by, answer.language, result, revised)


def _same_plan(at_hand: PlanAtHand, plan: SegmentPlan) -> PlannedRequest:
    return PlannedRequest(plan=plan, segment_name=at_hand.segment_name, language=at_hand.language)


def _draft(
    warehouse: Warehouse,
    catalogue: Catalogue,
    request: SegmentRequest,
    revised: Revised | None,
    planned: PlannedRequest,
    as_of: datetime,
    encoder: Encoder,
) -> _Drafted:
    sentence = describe(planned, catalogue)
    # The words of an answer say little without the question: the segment is then called by what it is.
    words = request.text if revised is None else sentence
    segment_id = revised.at_hand.segment_id if revised is not None else None
    segment_id = segment_id or segment_id_for(planned.segment_name, masked(words), request.request_id)
    with warehouse.connect(DatabaseRole.WRITER, catalogue.tenant_id) as connection:
        require_sound_building(connection, catalogue.tenant_id, segment_id, planned.plan)
    with warehouse.connect(DatabaseRole.READER, catalogue.tenant_id) as connection:
        readings = read_phrases(connection, catalogue.tenant_id, planned.plan, encoder)
    definition = define(planned.plan, catalogue, readings, as_of)
    preview = preview_definition(
        warehouse,
        definition,
        planned.plan,
        catalogue,
        readings,
        as_of,
        encoder,
        language=planned.language,
        segment_id=segment_id,
    )
    return _Drafted(planned, segment_id, sentence, readings, definition, preview)


def _second_reading(request: SegmentRequest, outcome: _Outcome, reviewer: PlanReviewer | None) -> PlanReview | None:
    """What a second reading of a model's plan found; the approver is shown where there was none, and why."""
    if reviewer is None or BY_A_MODEL not in outcome.by or not isinstance(outcome.result, _Drafted):
        return None
    before = outcome.revised.at_hand if outcome.revised is not None else None
    text = request.text if before is None else f"{before.sentence or before.text}\n{request.text}"
    try:
        return reviewer.review(text, outcome.result.sentence, outcome.language)
    except (Transient, Permanent) as problem:
        return PlanReview(agrees=None, problem=str(problem))


def _explanation(request: SegmentRequest, outcome: _Outcome, explainer: Explainer) -> str | None:
    """What came of the request in plain words; a draft does not fail for want of them."""
    facts = ResultFacts(request_text=request.text, state=outcome.state, language=outcome.language)
    match outcome.result:
        case _Drafted() as drafted:
            preview = drafted.preview
            facts = replace(
                facts,
                sentence=drafted.sentence,
                member_count=preview.member_count,
                funnel=tuple((step.condition, step.kept) for step in preview.funnel),
                reachable=preview.reachable,
            )
        case NeedsClarification() as asked:
            questions = tuple(str(question) for question in asked.questions)
            facts = replace(facts, unplaced=asked.unplaced, questions=questions)
        case Permanent() as problem:
            facts = replace(facts, problem=str(problem))
    try:
        return explainer.explain(facts)
    except (Transient, Permanent) as problem:
        logger.warning("Request %d has no explanation: %s", request.request_id, problem)
        return None


def _keep(connection: Connection, tenant_id: str, request: SegmentRequest, outcome: _Outcome) -> None:
    key = {"tenant_id": tenant_id, "request_id": request.request_id}
    values: dict[str, object] = {
        **key,
        "state": outcome.state,
        "planner": outcome.by,
        "sentence": None,
        "unplaced": [],
        "questions": [],
        "activation": None,
        "problem": None,
        "language": outcome.language,
        "explanation": outcome.explanation,
    }
    match outcome.result:
        case _Drafted() as drafted:
            problem = f"Overtaken by request {request.request_id}, which changes it."
            connection.execute(statement("segments/void_overtaken_requests"), {**key, "problem": problem})
            _keep_definition(connection, tenant_id, request, drafted, outcome.revised)
            activation = drafted.planned.activation
            values |= {
                "sentence": drafted.sentence,
                "activation": None if activation is None else Jsonb(activation.model_dump(mode="json")),
            }
        case NeedsClarification() as asked:
            values |= {
                "unplaced": list(asked.unplaced),
                "questions": [str(question) for question in asked.questions],
            }
        case Permanent() as failed:
            values |= {"problem": str(failed)}
    connection.execute(statement("segments/set_request_drafted"), values)
    if outcome.review is not None:
        connection.execute(
            statement("segments/insert_plan_review"),
            {**key, **asdict(outcome.review), "differences": list(outcome.review.differences)},
        )


def _keep_definition(
    connection: Connection, tenant_id: str, request: SegmentRequest, drafted: _Drafted, revised: Revised | None
) -> None:
    planned, definition, preview = drafted.planned, drafted.definition, drafted.preview
    words = request.text if revised is None else drafted.sentence
    name = planned.segment_name or (revised.kept_name if revised is not None else None) or words
    key = {"tenant_id": tenant_id, "segment_id": drafted.segment_id}
    connection.execute(statement("segments/lock_segment"), key)
    [(version,)] = connection.execute(
        statement("segments/insert_definition"),
        {
            **key,
            "request_id": request.request_id,
            # A name goes where its request does not: into sheets, reports, memory and its vectors.
            "name": masked(name)[:MAX_NAME],
            "plan": Jsonb(planned.plan.model_dump(mode="json")),
            "sentence": drafted.sentence,
            "cypher": definition.cypher,
            "parameters": Jsonb(dict(definition.parameters)),
            "meaning": Jsonb(READINGS.dump_python(tuple(drafted.readings), mode="json")),
            "schema_version": definition.schema_version,
            "hash": definition.hash,
        },
    )
    connection.execute(statement("segments/insert_preview"), {**key, "version": version, **preview.columns()})


def _stored(connection: Connection, tenant_id: str, request: SegmentRequest) -> Draft:
    values = {"tenant_id": tenant_id, "request_id": request.request_id}
    row = connection.execute(statement("segments/read_draft"), values).fetchone()
    segment_id, version, definition_hash, member_count = row if row is not None else (None, None, None, None)
    return Draft(
        request_id=request.request_id,
        state=request.state,
        segment_id=segment_id,
        version=version,
        hash=definition_hash,
        member_count=member_count,
        unplaced=request.unplaced,
        questions=request.questions,
        problem=request.problem,
    )
