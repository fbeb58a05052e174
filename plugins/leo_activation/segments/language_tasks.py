"""What drafting asks of words beside a plan: a change to a plan, a second reading of one, and an answer in plain words.

Each stands behind a Protocol, so that a grammar, a language model or nobody may do it. None of them approves anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.request import ActivationDraft, Language, NeedsClarification, PlannedRequest, Planner


@dataclass(frozen=True)
class PlanAtHand:
    """What a follow-up changes: the plan of the request before it, and how it was read back.

    Where that request was asked back its `text` and the words `unplaced` stand here, with the `questions` that the
    follow-up may answer; a plan there is then only where that request was itself a change to one. `activation` is what
    was to be sent. `is_undone`: the request before was asked back or failed, so that the plan is of one before it.
    """

    text: str
    language: Language
    segment_id: str | None = None
    segment_name: str | None = None
    plan: SegmentPlan | None = None
    sentence: str | None = None
    unplaced: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    activation: ActivationDraft | None = None
    is_undone: bool = False


class Reviser(Protocol):
    """Turns a follow-up in words into the whole plan that results; pure, given the catalogue."""

    @property
    def name(self) -> str:
        """What `segment.request.planner` says, for example 'grammar'."""
        ...

    def revise(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
    ) -> PlannedRequest | NeedsClarification:
        """The plan at hand as `text` changes it, or what is missing; `as_of` is an aware datetime.

        Raises:
            Transient: a reviser that asks a service could not reach it.
        """
        ...


@dataclass(frozen=True)
class PlanReview:
    """A second reading of a plan that a model made: `differences` between request and plan, in the request's language.

    `agrees` None: there was no reading, and `problem` says why.
    """

    agrees: bool | None
    differences: tuple[str, ...] = ()
    problem: str | None = None
    model: str | None = None
    prompt_version: int | None = None


class PlanReviewer(Protocol):
    """Reads a request and what a planner made of it, and names what differs. It cannot approve."""

    def review(self, text: str, sentence: str, language: Language) -> PlanReview:
        """What differs between the request's `text` and the plan's `sentence`.

        Raises:
            Transient: the service cannot be reached now.
        """
        ...


@dataclass(frozen=True)
class ResultFacts:
    """All that an explanation of a result may say: counts and names, no person.

    `state` is the request's state; `funnel` each condition with the customers left after it, from all customers down;
    `reachable` customers by channel.
    """

    request_text: str
    state: str
    language: Language
    sentence: str | None = None
    member_count: int | None = None
    funnel: tuple[tuple[str, int], ...] = ()
    reachable: Mapping[str, int] | None = None
    unplaced: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    problem: str | None = None


class Explainer(Protocol):
    """Says in a few sentences what came of a request."""

    def explain(self, facts: ResultFacts) -> str:
        """A short explanation for the requester, in `facts.language`, that says nothing beyond the facts.

        Raises:
            Transient: a service cannot be reached now.
        """
        ...


@dataclass(frozen=True)
class LanguageTasks:
    """Who does each task for one request: planners and revisers in the order in which they are asked.

    `reviewer` None: nobody reads a second time. `explainer` None: the plain one, from the facts.
    """

    planners: Sequence[Planner]
    revisers: Sequence[Reviser] = ()
    reviewer: PlanReviewer | None = None
    explainer: Explainer | None = None
