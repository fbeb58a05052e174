"""Asking a golden set of a prompt and a model, case by case, as requests are asked in production.

Each case that was answered is kept at once. A run that ends early (a rate limit, a kill) goes on where it stopped; only
a whole run is an evaluation.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from leo_activation.errors import Configuration, LeoError, Permanent
from leo_activation.llm.activations import (
    Candidate,
    CaseEnd,
    Evaluation,
    Verdict,
    active_candidate,
    asked_cases,
    finish_evaluation,
    keep_case,
    read_evaluation,
    released_prompt,
)
from leo_activation.llm.budget import BudgetScope, OverBudget
from leo_activation.llm.calls import CallEnd, CallLedger, CallOutcome, SentCall
from leo_activation.llm.prompts import PROMPT_FOLDER
from leo_activation.segments.golden import AS_OF, GoldenCase, GoldenSet
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.router import PlansTheRest
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Planner
from leo_activation.warehouse.connections import Warehouse

logger = logging.getLogger(__name__)

PlannerOf = Callable[[Candidate, CallLedger], Planner]
"""A planner that asks the candidate's model with its prompt and books the calls in the ledger."""

_FOR_A_PERSON = {CallOutcome.QUOTA_EXHAUSTED, CallOutcome.NOT_AUTHORISED}
_ANSWERED = {CallOutcome.OK, CallOutcome.ANSWERED}


@dataclass
class _Watched:
    """A ledger that remembers how the calls of one case ended: a planner turns many of those ends into a question."""

    ledger: CallLedger
    ends: dict[int, CallEnd] = field(default_factory=dict)
    refused: OverBudget | None = None

    def begin(self, call: SentCall) -> int:
        try:
            return self.ledger.begin(call)
        except OverBudget as error:
            self.refused = error
            raise

    def end(self, call_id: int, end: CallEnd) -> None:
        self.ledger.end(call_id, end)
        self.ends[call_id] = end


def lacking(
    warehouse: Warehouse,
    candidate: Candidate,
    golden: GoldenSet,
    *,
    again: bool = False,
    folder: Path = PROMPT_FOLDER,
) -> tuple[Candidate, ...]:
    """Who has to be asked the golden set before the candidate can be judged; nobody, where nothing has changed.

    What serves comes first, the candidate last, who is asked `again`, if wanted, although that was done before.
    """
    active = active_candidate(warehouse, candidate.task, folder)
    if not again and active == candidate:
        return ()
    serving = active or Candidate(released_prompt(candidate.task, folder), candidate.model, candidate.connection_id)
    parties = (candidate,) if serving.asks_the_same_as(candidate) else (serving, candidate)
    return tuple(
        party
        for party in parties
        if (party is candidate and again) or read_evaluation(warehouse, party, golden.sha256) is None
    )


def evaluate(
    warehouse: Warehouse, candidate: Candidate, planner_of: PlannerOf, ledger: CallLedger, golden: GoldenSet, run: str
) -> Evaluation:
    """Ask every case that the run has not asked yet, and sum up.

    Raises:
        Transient: the model cannot be reached now; what was asked is kept for the next try of the same run.
        Configuration: its key, name or quota needs a person.
        OverBudget: the budget of evaluations is used up.
    """
    asked = asked_cases(warehouse, candidate, golden.sha256, run)
    for number, case in enumerate(golden.cases, start=1):
        if case.id in asked:
            continue
        end = _ask(case, candidate, planner_of, ledger, golden)
        keep_case(warehouse, candidate, golden.sha256, run, case.id, end)
        logger.info("%s: case %d of %d, %s, is %s.", candidate, number, len(golden.cases), case.id, end.verdict)
    finish_evaluation(warehouse, candidate, golden.sha256, run, len(golden.cases))
    evaluation = read_evaluation(warehouse, candidate, golden.sha256)
    if evaluation is None:
        raise Permanent(f"The evaluation of {candidate} is not whole: its cases are not those of the golden set.")
    counts = ", ".join(f"{evaluation.count(verdict)} {verdict}" for verdict in Verdict)
    logger.info("%s: %s.", candidate, counts)
    return evaluation


def _ask(
    case: GoldenCase, candidate: Candidate, planner_of: PlannerOf, ledger: CallLedger, golden: GoldenSet
) -> CaseEnd:
    watched = _Watched(ledger)
    try:
        answer = _answer(case, planner_of(candidate, watched), golden)
    except LeoError:
        if watched.refused is not None:
            raise watched.refused from None
        raise
    if watched.refused is not None and watched.refused.scope is not BudgetScope.QUESTION:
        raise watched.refused
    if not watched.ends:
        raise Permanent(f"The case {case.id} was answered without the model of {candidate}.")
    ends = list(watched.ends.values())
    last = ends[-1].outcome
    if last in _FOR_A_PERSON:
        raise Configuration(f"The evaluation of {candidate} stopped at {case.id}: the provider says {last}.")
    costs = [end.cost_micro_usd for end in ends]
    return CaseEnd(
        verdict=case.verdict(answer) if last in _ANSWERED else Verdict.NO_ANSWER,
        input_tokens=sum(end.input_tokens or 0 for end in ends),
        output_tokens=sum(end.output_tokens or 0 for end in ends),
        cost_micro_usd=None if None in costs else sum(cost or 0 for cost in costs),
    )


def _answer(case: GoldenCase, planner: Planner, golden: GoldenSet) -> PlannedRequest | NeedsClarification:
    """The answer of the planner, which is told what the grammar could not place, as in production."""
    left = GrammarPlanner().plan(case.text, golden.catalogue, AS_OF)
    if isinstance(left, NeedsClarification) and isinstance(planner, PlansTheRest):
        return planner.plan_rest(case.text, golden.catalogue, AS_OF, left)
    return planner.plan(case.text, golden.catalogue, AS_OF)
