"""What was done before, found again by meaning: segments, requests with their explanations, and campaigns.

Each is a short English text without contact data (the name, the plan read back, what it was used for) with its vector.
Texts are made and embedded only where what they are made from is new or changed, or the model is another. Distances are
exact, and what is not near enough is not found: `docs/concepts/recall.md`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pgvector.psycopg import register_vector
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.progress import Progress
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.explaining import without_next_step
from leo_activation.segments.meaning import PhraseNotUnderstood, knows_language
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.planners.vietnamese.language import may_be_vietnamese
from leo_activation.segments.request import PlannedRequest
from leo_activation.segments.requests import RequestState
from leo_activation.segments.sentences import explain
from leo_activation.segments.stored import read_active
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

LEAST_SIMILARITY = 0.35
"""Below this cosine nothing is found; with the bundled model, words about something else stay below it."""
NEAR_BEST = 0.6
"""Of the best find's cosine: what is much further away than the best is another thing."""
LEAST_DUPLICATE = 0.9
"""From this cosine on, two plans that are read back say nearly the same: another number or one condition more."""
MAX_FOUND = 20
MAX_WORDS = 1000
"""Characters of the words that are searched for."""
_BATCH = 256


class MemoryKind(StrEnum):
    """What is found by words."""

    SEGMENT = "segment"
    REQUEST = "request"
    CAMPAIGN = "campaign"


PLAN = "plan"
"""What is remembered beside these: the plan of a request alone, by which near-duplicates are found."""
EXPLANATION = "explanation"
"""And what the requester was told; a search for requests finds them by either."""
EVERY_KIND = (PLAN, EXPLANATION, *MemoryKind)


@dataclass(frozen=True)
class MemoryCounts:
    """Things that were embedded, and forgotten because they are no longer there."""

    remembered: int
    forgotten: int


@dataclass(frozen=True)
class Remembered:
    """A thing that was found. `reference` is its request, segment or campaign id; `similarity` the cosine, to 1."""

    kind: MemoryKind
    reference: str
    title: str
    text: str
    similarity: float


@dataclass(frozen=True)
class SimilarRequest:
    """Another request that asks for nearly the same; `is_same`: its plan is equal, condition by condition."""

    request_id: int
    segment_id: str
    title: str
    sentence: str
    state: RequestState
    requested_by: str
    is_same: bool
    similarity: float

    def __post_init__(self) -> None:
        """Turn what the database gives into the type promised."""
        object.__setattr__(self, "state", RequestState(self.state))


@dataclass(frozen=True)
class _Due:
    kind: str
    reference: str
    inputs: dict[str, Any]
    input_hash: bytes


def remember(
    warehouse: Warehouse,
    tenant_id: str,
    encoder: Encoder,
    kinds: Sequence[str] = EVERY_KIND,
) -> MemoryCounts:
    """Embed what is new, changed or of another model, and forget what is gone; where nothing is due nothing is done.

    Raises:
        Transient: the warehouse cannot be reached; what was stored stays.
    """
    languages = None if encoder.languages is None else sorted(encoder.languages)
    values = _of_model(tenant_id, encoder) | {"kinds": list(kinds), "languages": languages}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        forgotten = connection.execute(statement("segments/forget_memories"), values).rowcount
        with connection.cursor(row_factory=class_row(_Due)) as cursor:
            due = cursor.execute(statement("segments/list_due_memories"), values).fetchall()
        connection.commit()
        if due:
            register_vector(connection)
            catalogue = load_catalogue(connection, tenant_id)
            progress = Progress(logger, f"Remembering what was done in {tenant_id}", len(due), "things")
            for start in range(0, len(due), _BATCH):
                _remember(connection, catalogue, encoder, due[start : start + _BATCH])
                connection.commit()
                progress.done(min(start + _BATCH, len(due)))
    return MemoryCounts(remembered=len(due), forgotten=forgotten)


def recall(
    warehouse: Warehouse,
    tenant_id: str,
    words: str,
    *,
    encoder: Encoder,
    kinds: Sequence[MemoryKind] = tuple(MemoryKind),
    limit: int = 5,
) -> tuple[Remembered, ...]:
    """What is near enough to the words, the nearest first; empty where nothing is.

    Words in a language that the model does not know are read as a request by the grammar, and its English sentence is
    searched for.

    Raises:
        PhraseNotUnderstood: nor can the grammar read them.
        Permanent: no words, too many, or a limit out of 1 to 20.
        Transient: what is remembered waits for the vectors of this model.
    """
    _check(words, limit)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        searched = _searchable(connection, tenant_id, words.strip(), encoder)
        return _nearest(connection, tenant_id, searched, encoder, kinds, limit)


def recall_like(
    warehouse: Warehouse,
    tenant_id: str,
    segment_id: str,
    *,
    encoder: Encoder,
    kinds: Sequence[MemoryKind] = (MemoryKind.SEGMENT,),
    limit: int = 5,
) -> tuple[Remembered, ...]:
    """What is near to an active segment, less the segment itself; raises as `recall` does.

    Raises:
        Permanent: the segment has no active version.
    """
    _check(segment_id, limit)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        active = read_active(connection, tenant_id, segment_id)
        catalogue = load_catalogue(connection, tenant_id)
        sentence = masked(explain(active.plan, catalogue))
        found = _nearest(connection, tenant_id, sentence, encoder, kinds, limit + 1)
    others = (one for one in found if (one.kind, one.reference) != (MemoryKind.SEGMENT, segment_id))
    return tuple(others)[:limit]


def similar_requests(
    warehouse: Warehouse, tenant_id: str, request_id: int, *, encoder: Encoder, limit: int = 3
) -> tuple[SimilarRequest, ...]:
    """Other requests whose plan is the same or reads nearly the same, less the request's own revisions.

    The plans of drafts that are not remembered yet are embedded first, so that two requests of the same hour are seen.
    A request without a plan is like no other.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    remember(warehouse, tenant_id, encoder, (PLAN,))
    values = _of_model(tenant_id, encoder) | {"request_id": request_id, "least": LEAST_DUPLICATE, "limit": limit}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(SimilarRequest)) as cursor,
    ):
        return tuple(cursor.execute(statement("segments/list_similar_requests"), values).fetchall())


def similar_to_plan(
    warehouse: Warehouse,
    tenant_id: str,
    plan: SegmentPlan,
    catalogue: Catalogue,
    *,
    encoder: Encoder,
    revises_request_id: int | None = None,
    limit: int = 3,
) -> tuple[SimilarRequest, ...]:
    """Requests whose plan is this one or reads nearly the same, before anybody has submitted it; nothing is written.

    Requests of which `revises_request_id` is a revision, or that revise it, are not among them. What is not remembered
    yet is not found.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    [vector] = encoder.encode([masked(explain(plan, catalogue))])
    values = _of_model(tenant_id, encoder) | {
        "plan": Jsonb(plan.model_dump(mode="json")),
        "phrase": vector,
        "request_id": revises_request_id,
        "least": LEAST_DUPLICATE,
        "limit": limit,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        register_vector(connection)
        with connection.cursor(row_factory=class_row(SimilarRequest)) as cursor:
            return tuple(cursor.execute(statement("segments/list_requests_like_plan"), values).fetchall())


def _remember(connection: Connection, catalogue: Catalogue, encoder: Encoder, due: Sequence[_Due]) -> None:
    bodies = [_body(connection, catalogue, encoder, one) for one in due]
    vectors = encoder.encode(bodies)
    model = _of_model(catalogue.tenant_id, encoder)
    for one, body, vector in zip(due, bodies, vectors, strict=True):
        row = {
            **model,
            "kind": one.kind,
            "reference": one.reference,
            "title": masked(str(one.inputs["name"])),
            "body": body,
            "input_hash": one.input_hash,
            "vector": vector,
        }
        connection.execute(statement("segments/upsert_memory"), row)


def _body(connection: Connection, catalogue: Catalogue, encoder: Encoder, due: _Due) -> str:
    """The text that is embedded: English as far as the model knows no other language, and without contact data."""
    inputs = due.inputs
    plan = inputs.get("plan")
    sentence = "" if plan is None else explain(SegmentPlan.model_validate(plan), catalogue)
    name = f"{inputs['name']}." if knows_language(encoder, inputs["name"]) else ""
    match due.kind:
        case MemoryKind.REQUEST:
            parts = [name, sentence]
        case "explanation":
            parts = [without_next_step(inputs["explanation"])]
        case MemoryKind.SEGMENT:
            used = [f"“{one['name']}” ({_listed(one['channels'])})" for one in inputs["campaigns"]]
            parts = [name, sentence, f"Used for the campaign {_listed(used)}." if used else ""]
        case MemoryKind.CAMPAIGN:
            parts = [*_campaign(connection, catalogue.tenant_id, due), sentence]
        case _:
            parts = [sentence]
    return masked(" ".join(part for part in parts if part))


def _campaign(connection: Connection, tenant_id: str, due: _Due) -> list[str]:
    inputs = due.inputs
    template = f" with the template {inputs['template']}" if inputs["template"] else ""
    told = [
        f"Campaign “{inputs['name']}” by {_listed(inputs['channels'])} to the segment "
        f"“{inputs['segment_name'] or inputs['segment_id']}”{template}, {inputs['message_class']}."
    ]
    values = {"tenant_id": tenant_id, "campaign_id": due.reference}
    [(runs, last_day, people, accepted, skipped)] = connection.execute(
        statement("segments/count_campaign_outcome"), values
    )
    if runs:
        told.append(
            f"Run {runs} times, last on {last_day}: planned for {people} customers, {accepted} messages accepted, "
            f"{skipped} skipped."
        )
    return told


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _searchable(connection: Connection, tenant_id: str, words: str, encoder: Encoder) -> str:
    if knows_language(encoder, words):
        return masked(words)
    catalogue = load_catalogue(connection, tenant_id)
    read = GrammarPlanner().plan(words, catalogue, datetime.now(UTC))
    if isinstance(read, PlannedRequest):
        return masked(explain(read.plan, catalogue))
    if may_be_vietnamese(words):
        raise PhraseNotUnderstood(
            words,
            f"Mô hình {encoder.model} chỉ hiểu tiếng Anh (knows only English). Xin viết “{masked(words)}” bằng tiếng "
            "Anh, hoặc như một yêu cầu về khách hàng.",
        )
    raise PhraseNotUnderstood(
        words,
        f"The model {encoder.model} knows only English. How would you say “{masked(words)}” in English, or as a "
        "request for customers?",
    )


def _nearest(
    connection: Connection, tenant_id: str, words: str, encoder: Encoder, kinds: Sequence[MemoryKind], limit: int
) -> tuple[Remembered, ...]:
    register_vector(connection)
    [vector] = encoder.encode([words])
    values: dict[str, object] = {
        **_of_model(tenant_id, encoder),
        "phrase": vector,
        "kinds": [*kinds, EXPLANATION] if MemoryKind.REQUEST in kinds else list(kinds),
        # A request may come twice, by its plan and by its explanation.
        "limit": 2 * limit,
    }
    rows = connection.execute(statement("segments/compare_memories"), values).fetchall()
    if rows and rows[0][-1] is None:
        raise Transient(f"What '{tenant_id}' remembers waits for its vectors; embed_profiles has to run first.")
    nearest: dict[tuple[MemoryKind, str], Remembered] = {}
    for remembered_as, reference, title, body, near in rows:
        kind = MemoryKind.REQUEST if remembered_as == EXPLANATION else MemoryKind(remembered_as)
        nearest.setdefault((kind, reference), Remembered(kind, reference, title, body, near))
    found = tuple(nearest.values())[:limit]
    least = max(LEAST_SIMILARITY, NEAR_BEST * found[0].similarity) if found else 1.0
    return tuple(one for one in found if one.similarity >= least)


def _check(words: str, limit: int) -> None:
    if not words.strip() or len(words) > MAX_WORDS:
        raise Permanent(f"What is searched for has 1 to {MAX_WORDS} characters, not {len(words.strip())}.")
    if not 1 <= limit <= MAX_FOUND:
        raise Permanent(f"At most {MAX_FOUND} things are found at once, and at least 1; not {limit}.")


def _of_model(tenant_id: str, encoder: Encoder) -> dict[str, object]:
    return {"tenant_id": tenant_id, "model": encoder.model, "precision": encoder.precision}
