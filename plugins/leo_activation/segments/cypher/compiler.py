"""The whole query of a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cut import Cut, require_each_by_itself
from leo_activation.segments.cypher.chain import Chain
from leo_activation.segments.cypher.returning import returned
from leo_activation.segments.cypher.sorting import sorted_by
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.printer import print_query
from leo_activation.segments.gate.tree import Clause, SortKey, Unwind, Variable
from leo_activation.segments.plan import (
    InterestPhrase,
    ProfilePhrase,
    SegmentPlan,
    conjuncts,
    leaves,
)
from leo_activation.warehouse.graph import Parameters

ASKED = "asked"
"""The variable of a customer's id where only some are asked."""


@dataclass(frozen=True)
class CompiledCypher:
    """A plan as Cypher, with what Cypher cannot say.

    `timed` names the parameters that move with as-of: an approval of a recurring segment binds all others.
    `profile_phrases` are applied afterwards inside the ids that the query returns, and then `cut` to those in the
    query's order (None: all of them are members).
    """

    text: str
    parameters: Parameters
    timed: frozenset[str] = frozenset()
    profile_phrases: tuple[ProfilePhrase, ...] = ()
    cut: Cut | None = None


def phrases_of(plan: SegmentPlan) -> tuple[str, ...]:
    """The interest phrases whose topics `compile_plan` needs, each once, in the plan's order."""
    return tuple(dict.fromkeys(leaf.phrase for leaf in leaves(plan.where) if isinstance(leaf, InterestPhrase)))


def compile_plan(
    plan: SegmentPlan,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    topics: Mapping[str, Sequence[str]] | None = None,
    among: Sequence[str] | None = None,
) -> CompiledCypher:
    """The Cypher of a plan for the graph of the catalogue's tenant.

    `as_of` is an aware datetime; `topics` gives for every phrase of `phrases_of` the topic ids that it means (none: the
    phrase matches nobody). With `among`, customer ids, only these are asked, each by itself: what is found is what the
    whole query finds of them.

    Raises:
        Permanent: a phrase was not resolved, the plan counts money in another currency or finer than its minor unit, or
            some customers are asked of a plan that is cut or ordered, where all of them decide about each.
    """
    if plan.currency is not None and plan.currency != catalogue.currency:
        raise Permanent(f"The plan counts in {plan.currency} and the tenant in {catalogue.currency}.")
    values = Values(catalogue, as_of, topics or {})
    parts = conjuncts(plan.where)
    phrases = tuple(part for part in parts if isinstance(part, ProfilePhrase))
    is_sorted = plan.limit is not None or plan.percent is not None
    asked: list[Clause] = []
    if among is not None:
        require_each_by_itself(plan)
        asked.append(Unwind(values.parameter("among", sorted(set(among))), ASKED))
    chain = Chain(values, among=None if among is None else Variable(ASKED))
    clauses, repeats = chain.clauses(parts, may_repeat=not is_sorted)
    order: tuple[SortKey, ...] = ()
    if is_sorted:
        found, order = sorted_by(plan.order, values)
        clauses.extend(found)
    cuts_here = plan.limit is not None and not phrases
    limit = values.parameter("limit", plan.limit) if plan.limit is not None and cuts_here else None
    cut = None if cuts_here or not order else Cut(plan.limit, plan.percent)
    query = returned([*asked, *clauses], order, limit, repeats=repeats)
    return CompiledCypher(print_query(query), values.parameters, frozenset(values.timed), phrases, cut)
