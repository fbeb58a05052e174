"""Who reads a request, in which order: the grammar first, and a model only for what the grammar could not place.

The grammar is free and says exactly which words it could not place. Whoever comes after it is told those words and
questions, so that it concentrates on them. What one of them refuses no other is asked for.
"""

from collections.abc import Callable
from collections.abc import Sequence as Listed
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.language_tasks import PlanAtHand, Reviser
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Planner


@runtime_checkable
class PlansTheRest(Protocol):
    """A planner that is told what the one before it could not place."""

    def plan_rest(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> PlannedRequest | NeedsClarification:
        """The plan of the whole `text`, or what is asked of the requester: `left`, or better questions, or more.

        Raises:
            Transient: a service cannot be reached now, and it is worth asking again.
        """
        ...


@runtime_checkable
class RevisesTheRest(Protocol):
    """A reviser that is told what the one before it could not place."""

    def revise_rest(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> PlannedRequest | NeedsClarification:
        """The plan at hand as `text` changes it, or what is asked of the requester; see `PlansTheRest.plan_rest`."""
        ...


_Answer = PlannedRequest | NeedsClarification
_Reader = TypeVar("_Reader", Planner, Reviser)


def plan_with(planners: Listed[Planner], text: str, catalogue: Catalogue, as_of: datetime) -> tuple[str, _Answer]:
    """The name and plan of the first planner that understands, in the order given; if none does, what is to be asked.

    Raises:
        ValueError: there is no planner.
        Transient: a later planner could not be reached.
    """

    def ask(planner: Planner, left: NeedsClarification | None) -> _Answer:
        if left is not None and isinstance(planner, PlansTheRest):
            return planner.plan_rest(text, catalogue, as_of, left)
        return planner.plan(text, catalogue, as_of)

    return _first_to_understand(planners, ask, PlansTheRest)


def revise_with(
    revisers: Listed[Reviser], at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
) -> tuple[str, _Answer]:
    """The name and plan of the first reviser that understands, in the order given; if none does, what is to be asked.

    Raises:
        ValueError: there is no reviser.
        Transient: a later reviser could not be reached.
    """

    def ask(reviser: Reviser, left: NeedsClarification | None) -> _Answer:
        if left is not None and isinstance(reviser, RevisesTheRest):
            return reviser.revise_rest(at_hand, text, catalogue, as_of, left)
        return reviser.revise(at_hand, text, catalogue, as_of)

    return _first_to_understand(revisers, ask, RevisesTheRest)


def _first_to_understand(
    readers: Listed[_Reader], ask: Callable[[_Reader, NeedsClarification | None], _Answer], told: type
) -> tuple[str, _Answer]:
    """The first plan or refusal; else the first one's questions, or what those who were told of them made of them."""
    if not readers:
        raise ValueError("a request needs at least one planner or reviser")
    asked: tuple[str, NeedsClarification] | None = None
    for reader in readers:
        answer = ask(reader, asked[1] if asked is not None else None)
        if isinstance(answer, PlannedRequest) or answer.refused:
            return reader.name, answer
        if asked is None:
            asked = reader.name, answer
        elif isinstance(reader, told) and answer != asked[1]:
            keeps_them = answer.questions[: len(asked[1].questions)] == asked[1].questions
            asked = (asked[0] if keeps_them else reader.name), answer
    assert asked is not None  # noqa: S101 - the sequence is not empty
    return asked
