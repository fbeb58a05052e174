"""From a plan to one SQL statement over the tables: the second opinion about what the graph answers.

Written from the plan language alone: nothing is shared with the compiler to Cypher but the plan, its windows and the
tenant's catalogue, so that a misreading of the one is not the other's too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cut import Cut, require_each_by_itself
from leo_activation.segments.plan import (
    CustomerProperty,
    InterestScore,
    Measure,
    Order,
    ProfilePhrase,
    Relation,
    SegmentPlan,
    conjuncts,
    leaves,
)
from leo_activation.segments.sql.behaviours import measured
from leo_activation.segments.sql.conditions import Customers
from leo_activation.segments.sql.parameters import ParametersOfPlan, Value
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.sql.standing import scored
from leo_activation.segments.sql.tables import PRESENT, Tables

FEW = 1_000
"""Up to so many customers are looked up by the indexes of their ids; for more the tables are read."""


@dataclass(frozen=True)
class CompiledSql:
    """A plan as a statement that gives the ids of its customers, in the plan's order, with what SQL leaves out.

    `profile_phrases` are applied afterwards inside the ids that the statement gives; then `cut` cuts (None: nothing).
    `asks_few`: every table is read for a few customers only.
    """

    query: sql.Composed
    parameters: Mapping[str, Value]
    profile_phrases: tuple[ProfilePhrase, ...] = ()
    cut: Cut | None = None
    asks_few: bool = False


def compile_sql(
    plan: SegmentPlan,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    topics: Mapping[str, Sequence[str]] | None = None,
    among: Sequence[str] | None = None,
    tables: Tables = PRESENT,
) -> CompiledSql:
    """The statement of a plan over the tables of the catalogue's tenant.

    `as_of` is an aware datetime; `topics` gives for every interest phrase the topic ids that it means.
    With `among`, customer ids, only these are asked: what is found is what the whole statement finds of them. `tables`
    is what is asked, the present or what stands for it.

    Raises:
        Permanent: a phrase was not resolved, the plan counts money in another currency or finer than its minor unit, or
            some customers are asked of a plan that is cut or ordered.
    """
    if plan.currency not in {None, catalogue.currency}:
        raise Permanent(f"The plan counts in {plan.currency} and the tenant in {catalogue.currency}.")
    if among is not None:
        require_each_by_itself(plan)
    # What is asked of related people is asked of whoever they are, so there the tables are read whole.
    is_of_themselves = not any(isinstance(leaf, Relation) for leaf in leaves(plan.where))
    few = sorted(set(among)) if among and is_of_themselves else None
    parameters = ParametersOfPlan(catalogue, as_of, among=few, tables=tables)
    relations = Relations(parameters)
    customers = Customers(relations, topics or {}, sql.Identifier("member"))
    where = sql.SQL("true") if plan.where is None else customers.meets(plan.where)
    if among is not None and parameters.among is None:
        asked = parameters.bind("among", sorted(set(among)))
        where = sql.SQL("({}) AND member.customer_id = ANY ({}::text[])").format(where, asked)
    phrases = tuple(part for part in conjuncts(plan.where) if isinstance(part, ProfilePhrase))
    sorted_by: list[sql.Composable] = []
    if plan.order is not None:
        sorted_by.append(_sorted_by(customers, plan.order))
    if plan.order is not None or plan.limit is not None:
        sorted_by.append(sql.SQL('member.customer_id COLLATE "C"'))
    query = sql.SQL("SELECT member.customer_id FROM {} WHERE {}").format(customers.source(), where)
    if sorted_by:
        query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(sorted_by))
    if plan.limit is not None and not phrases:
        query += sql.SQL(" LIMIT {}").format(parameters.bind("limit", plan.limit))
    asks_few = parameters.among is not None and len(parameters.among) <= FEW
    return CompiledSql(relations.with_clause() + query, parameters.values, phrases, _cut(plan, phrases), asks_few)


def _cut(plan: SegmentPlan, phrases: Sequence[ProfilePhrase]) -> Cut | None:
    if plan.percent is not None:
        return Cut(percent=plan.percent)
    return Cut(limit=plan.limit) if phrases and plan.limit is not None else None


def _sorted_by(customers: Customers, order: Order) -> sql.Composable:
    relations = customers.relations
    match order.by:
        case "random":
            return relations.shuffle(customers.alias)
        case CustomerProperty():
            value = relations.column(customers.alias, order.by)
        case Measure():
            value = sql.SQL("{}.measured").format(customers.join(measured(relations, order.by)))
        case InterestScore():
            found = customers.join(scored(relations.parameters, order.by.topic))
            value = sql.SQL("{}.measured").format(found)
    direction = sql.SQL("DESC" if order.descending else "ASC")
    return sql.SQL("{} {} NULLS LAST").format(value, direction)
