"""From a request in words to a definition with its preview, ready for review.

Planners are asked in order; what they make is read by meaning, compiled, gated and previewed. A word that nobody could
place, or a phrase that cannot be judged, sends the request back with questions: no condition is ever dropped.
"""

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import Definition, Readings, define
from leo_activation.segments.meaning import READINGS, PhraseNotUnderstood, read_phrases
from leo_activation.segments.preview import Preview, preview_definition
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Planner, Question, plan_with
from leo_activation.segments.requests import RequestState, SegmentRequest, lock_request, read_request
from leo_activation.segments.sentences import describe
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

OPEN = frozenset({RequestState.SUBMITTED, RequestState.FAILED})
MAX_NAME = 120
MAX_SEGMENT_ID = 63


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
    sentence: str
    readings: Readings
    definition: Definition
    preview: Preview


def draft_request(
    warehouse: Warehouse,
    tenant_id: str,
    request_id: int,
    *,
    as_of: datetime,
    encoder: Encoder,
    planners: Sequence[Planner],
) -> Draft:
    """Draft a request as of its own moment, else as of `as_of`; a request that was drafted is only read.

    Drafting reads first and writes last, in one transaction that looks at the state again: of two that draft at once
    one writes and both return the same draft. A failed request may be drafted again.

    Raises:
        Permanent: there is no such request. (A request that cannot be compiled or takes too long ends in `failed`.)
        Transient: the warehouse or a planner's service cannot be reached, or vectors are still due.
        Configuration: a planner's service is not set up.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = read_request(connection, tenant_id, request_id)
        if request.state not in OPEN:
            return _stored(connection, tenant_id, request)
        catalogue = load_catalogue(connection, tenant_id)
    moment = request.as_of or as_of
    planner, answer = plan_with(planners, request.text, catalogue, moment)
    outcome: _Drafted | NeedsClarification | Permanent
    if isinstance(answer, NeedsClarification):
        outcome = answer
    else:
        try:
            outcome = _draft(warehouse, catalogue, answer, moment, encoder)
        except PhraseNotUnderstood as problem:
            question = Question(text=problem.question, readings=problem.readings)
            outcome = NeedsClarification(unplaced=(problem.phrase,), questions=(question,))
        except Permanent as problem:
            outcome = problem
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state in OPEN:
            _keep(connection, tenant_id, request, planner, outcome)
            request = read_request(connection, tenant_id, request_id)
        draft = _stored(connection, tenant_id, request)
    logger.info("Request %d of %s is %s (planner %s).", request_id, tenant_id, draft.state, planner)
    return draft


def segment_id_for(name: str | None, text: str, request_id: int) -> str:
    """The id of the segment: of its name, else of the request's first words and number.

    A named segment is meant again by the same name, and becomes its next version; an unnamed one is a segment of its
    own.
    """
    if name is not None and (slug := _slug(name)):
        return slug[:MAX_SEGMENT_ID].rstrip("_")
    number = f"_{request_id}"
    return ((_slug(text) or "segment")[: MAX_SEGMENT_ID - len(number)].rstrip("_")) + number


def _slug(text: str) -> str:
    # đ has no decomposition; every other Vietnamese letter loses its marks here.
    plain = unicodedata.normalize("NFKD", text.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _draft(
    warehouse: Warehouse, catalogue: Catalogue, planned: PlannedRequest, as_of: datetime, encoder: Encoder
) -> _Drafted:
    with warehouse.connect(DatabaseRole.READER, catalogue.tenant_id) as connection:
        readings = read_phrases(connection, catalogue.tenant_id, planned.plan, encoder)
    definition = define(planned.plan, catalogue, readings, as_of)
    preview = preview_definition(
        warehouse, definition, planned.plan, catalogue, readings, as_of, encoder, language=planned.language
    )
    return _Drafted(planned, describe(planned, catalogue), readings, definition, preview)


def _keep(
    connection: Connection,
    tenant_id: str,
    request: SegmentRequest,
    planner: str,
    outcome: _Drafted | NeedsClarification | Permanent,
) -> None:
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "request_id": request.request_id,
        "planner": planner,
        "sentence": None,
        "unplaced": [],
        "questions": [],
        "activation": None,
        "problem": None,
    }
    match outcome:
        case _Drafted():
            _keep_definition(connection, tenant_id, request, outcome)
            activation = outcome.planned.activation
            values |= {
                "state": RequestState.DRAFTED,
                "sentence": outcome.sentence,
                "activation": None if activation is None else Jsonb(activation.model_dump(mode="json")),
            }
        case NeedsClarification():
            values |= {
                "state": RequestState.NEEDS_CLARIFICATION,
                "unplaced": list(outcome.unplaced),
                "questions": [str(question) for question in outcome.questions],
            }
        case Permanent():
            values |= {"state": RequestState.FAILED, "problem": str(outcome)}
    connection.execute(statement("segments/set_request_drafted"), values)


def _keep_definition(connection: Connection, tenant_id: str, request: SegmentRequest, drafted: _Drafted) -> None:
    planned, definition, preview = drafted.planned, drafted.definition, drafted.preview
    segment_id = segment_id_for(planned.segment_name, request.text, request.request_id)
    key = {"tenant_id": tenant_id, "segment_id": segment_id}
    connection.execute(statement("segments/lock_segment"), key)
    [(version,)] = connection.execute(
        statement("segments/insert_definition"),
        {
            **key,
            "request_id": request.request_id,
            "name": (planned.segment_name or request.text)[:MAX_NAME],
            "plan": Jsonb(planned.plan.model_dump(mode="json")),
            "sentence": drafted.sentence,
            "cypher": definition.cypher,
            "parameters": Jsonb(dict(definition.parameters)),
            "meaning": Jsonb(READINGS.dump_python(tuple(drafted.readings), mode="json")),
            "schema_version": definition.schema_version,
            "hash": definition.hash,
        },
    )
    connection.execute(
        statement("segments/insert_preview"),
        {
            **key,
            "version": version,
            "as_of": preview.as_of,
            "member_count": preview.member_count,
            "funnel": Jsonb([asdict(step) for step in preview.funnel]),
            "reachable": Jsonb(dict(preview.reachable)),
            "sample": list(preview.sample),
            "close_calls": Jsonb([call.model_dump(mode="json") for call in preview.close_calls]),
            "took_ms": preview.took_ms,
            "agreed_count": preview.agreed_count,
        },
    )


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
