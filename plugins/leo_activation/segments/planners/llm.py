"""The planner that asks a language model, for requests that the grammar cannot place, in any language.

The model fills the same type as the grammar and nothing else: it sees the catalogue's names and the request's own
words, gets no tools, and its plan takes the same way through compiler, gate and review. Names are checked here
because the type cannot: a model that invents one gets its plan sent back as a question.
"""

import json
import logging
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic_ai.models import Model

from leo_activation.errors import Permanent
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    Exposure,
    Interest,
    InterestScore,
    Leaf,
    Measure,
    Operator,
    OrderContents,
    ProductFilter,
    Relation,
    SegmentMember,
    SegmentPlan,
    Sequence,
    leaves,
)
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question
from leo_activation.warehouse.graph_schema import EVENT_EDGES

logger = logging.getLogger(__name__)

PROMPT = "plan_segment"
MAX_NAMES = 300
"""Names of one kind that a question lists; a longer list costs more than it helps."""
_FREE_TEXT = frozenset({Operator.CONTAINS, Operator.STARTS_WITH})


@dataclass(frozen=True)
class LanguageModelPlanner:
    """Asks `model` with the newest version of the prompt `plan_segment`; every call stands in the ledger."""

    model: Model
    ledger: CallLedger
    request_id: int | None = None

    @property
    def name(self) -> str:
        """What `segment.request.planner` says."""
        return "llm"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The model's plan of `text`, or its questions; see `Planner.plan`.

        A model that refuses or finds no valid answer is no reason to fail: the request goes back to the requester.

        Raises:
            Transient: the model cannot be reached now.
            Configuration: its key, name or quota needs a person.
        """
        question = "\n\n".join(
            (
                f"CATALOGUE\n{_catalogue_text(catalogue)}",
                f"AS OF\n{as_of.isoformat()}",
                f"REQUEST\n{text}",
            )
        )
        forms = (PlannedRequest, NeedsClarification)
        try:
            answer: PlannedRequest | NeedsClarification = ask_structured(
                self.model, load_prompt(PROMPT), forms, question, ledger=self.ledger, request_id=self.request_id
            )
        except Permanent as error:
            logger.warning("Request %s: %s", self.request_id, error)
            return NeedsClarification(
                unplaced=(text,), questions=(Question(text="Could you say it in other words? No plan could be made."),)
            )
        if isinstance(answer, NeedsClarification):
            return answer
        return _checked(answer, catalogue)


def unknown_names(plan: SegmentPlan, catalogue: Catalogue) -> list[tuple[str, str]]:
    """The names of a plan that the catalogue does not have, each with its kind."""
    known: dict[str, Collection[str]] = {
        "product": catalogue.products,
        "category": catalogue.categories,
        "brand": catalogue.brands,
        "color": catalogue.colors,
        "segment": tuple(catalogue.segments),
        "campaign": tuple(catalogue.campaigns),
        "event": catalogue.events,
        "currency": (catalogue.currency,),
        **{f"{kind} topic": names for kind, names in catalogue.topics.items()},
        CustomerProperty.COUNTRY: catalogue.countries,
        CustomerProperty.CITY: catalogue.cities,
        CustomerProperty.GENDER: catalogue.genders,
        CustomerProperty.LANGUAGE: catalogue.languages,
        CustomerProperty.FUNNEL_STAGE: catalogue.funnel_stages,
        CustomerProperty.FAVORITE_COLOR: catalogue.colors,
    }
    return [(kind, name) for kind, name in _names(plan) if name not in known.get(kind, ())]


def _names(plan: SegmentPlan) -> Iterator[tuple[str, str]]:
    if plan.currency is not None:
        yield "currency", plan.currency
    by = plan.order.by if plan.order is not None else None
    if isinstance(by, Measure):
        yield from _event_names(by.event, by.product)
    if isinstance(by, InterestScore):
        yield f"{by.topic.topic_type} topic", by.topic.topic
    for leaf in leaves(plan.where):
        yield from _leaf_names(leaf)


def _leaf_names(leaf: Leaf) -> Iterator[tuple[str, str]]:
    match leaf:
        case Behaviour():
            yield from _event_names(leaf.event, leaf.product)
        case Sequence():
            yield from _event_names(leaf.first.event, leaf.first.product)
            yield from _event_names(leaf.then.event, leaf.then.product)
        case OrderContents():
            for wanted in (leaf.product, *leaf.together_with):
                yield from _product_names(wanted)
        case Interest():
            yield f"{leaf.topic_type} topic", leaf.topic
            if leaf.more_than is not None:
                yield f"{leaf.more_than.topic_type} topic", leaf.more_than.topic
        case SegmentMember():
            yield "segment", leaf.segment_id
        case Exposure():
            for campaign in leaf.campaigns:
                yield "campaign", campaign
        case Relation(of=other) if other is not None:
            yield from _leaf_names(other)
        case Attribute() if leaf.property.value_type == "text" and leaf.operator not in _FREE_TEXT:
            for value in leaf.values:
                yield leaf.property, value
        case _:
            return


def _event_names(event: str, wanted: ProductFilter | None) -> Iterator[tuple[str, str]]:
    if event not in EVENT_EDGES:
        yield "event", event
    yield from _product_names(wanted)


def _product_names(wanted: ProductFilter | None) -> Iterator[tuple[str, str]]:
    if wanted is None:
        return
    for kind, names in (
        ("product", wanted.names),
        ("category", wanted.categories),
        ("brand", wanted.brands),
        ("color", wanted.colors),
    ):
        for name in names:
            yield kind, name


def _checked(answer: PlannedRequest, catalogue: Catalogue) -> PlannedRequest | NeedsClarification:
    unknown = unknown_names(answer.plan, catalogue)
    if unknown:
        return NeedsClarification(
            unplaced=tuple(name for _, name in unknown),
            questions=tuple(
                Question(text=f"There is no {kind} “{name}” here. Which one is meant?") for kind, name in unknown
            ),
        )
    # Where a model says its words stand is a claim that nobody checks, so it is not kept.
    return answer.model_copy(update={"spans": ()})


def _catalogue_text(catalogue: Catalogue) -> str:
    """The names as JSON: data, which cannot be taken for the prompt's own words."""
    names = asdict(catalogue)
    del names["tenant_id"]
    for kind, listed in names.items():
        if isinstance(listed, tuple):
            names[kind] = listed[:MAX_NAMES]
    names["topics"] = {kind: listed[:MAX_NAMES] for kind, listed in catalogue.topics.items()}
    names["segments"] = dict(list(catalogue.segments.items())[:MAX_NAMES])
    names["campaigns"] = dict(list(catalogue.campaigns.items())[:MAX_NAMES])
    return json.dumps(names, ensure_ascii=False)
