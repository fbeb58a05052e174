"""Which events count: their product, their price, their time; and the bounds of what is counted."""

from collections.abc import Sequence

from psycopg import sql

from leo_activation.segments.plan import EventKind, ProductFilter, Range, Window
from leo_activation.segments.sql.parameters import ParametersOfPlan
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.windows import resolve


def source_of(relations: Relations, alias: sql.Identifier, kind: str, *products: ProductFilter | None) -> sql.Composed:
    """What stands after FROM: the events of a kind, with what they cost where one of the filters asks for a price."""
    source = sql.SQL("{} AS {}").format(relations.events(kind), alias)
    if kind != EventKind.PURCHASE or not any(wanted is not None and wanted.price is not None for wanted in products):
        return source
    return source + sql.SQL(" JOIN {} AS {} ON {}.graph_key = {}.graph_key").format(
        relations.purchase_prices(), _price_alias(alias), _price_alias(alias), alias
    )


def of_product(
    parameters: ParametersOfPlan, alias: sql.Identifier, kind: str, wanted: ProductFilter | None
) -> list[sql.Composable]:
    """What has to hold of an event that is about a product; null where a colour, price or brand is unknown."""
    if wanted is None:
        return []
    named = (
        ("product", wanted.names),
        ("category", wanted.categories),
        ("brand", wanted.brands),
        ("color", wanted.colors),
    )
    conditions: list[sql.Composable] = [
        sql.SQL("{}.{} = ANY ({})").format(alias, sql.Identifier(name), parameters.bind(name, list(values)))
        for name, values in named
        if values
    ]
    if wanted.price is not None:
        holder = _price_alias(alias) if kind == EventKind.PURCHASE else alias
        conditions.extend(in_range(parameters, sql.SQL("{}.price").format(holder), "price", wanted.price))
    return conditions


def within(parameters: ParametersOfPlan, moment: sql.Composable, window: Window | None) -> list[sql.Composable]:
    """A moment lies in a window, the beginning inside and the end not."""
    if window is None:
        return []
    bounds = resolve(window, parameters.as_of, parameters.catalogue.time_zone)
    conditions: list[sql.Composable] = []
    if bounds.since is not None:
        conditions.append(sql.SQL("{} >= {}").format(moment, parameters.bind_moment("since", bounds.since)))
    if bounds.until is not None:
        conditions.append(sql.SQL("{} < {}").format(moment, parameters.bind_moment("until", bounds.until)))
    return conditions


def in_range(
    parameters: ParametersOfPlan,
    amount: sql.Composable,
    name: str,
    bounds: Range,
    *,
    pieces: sql.Composable | None = None,
) -> list[sql.Composable]:
    """An amount in minor units lies in a range of major units; with `pieces`, the amount of each piece does.

    The bound is multiplied by the pieces rather than the amount divided by them, so that nothing is rounded.
    """
    tests = (("{} >= {}", bounds.at_least), ("{} > {}", bounds.more_than), ("{} <= {}", bounds.at_most),
             ("{} < {}", bounds.less_than))  # fmt: skip
    conditions: list[sql.Composable] = []
    for test, bound in tests:
        if bound is None:
            continue
        limit: sql.Composable = parameters.bind_amount(name, bound)
        if pieces is not None:
            limit = sql.SQL("{}::numeric * {}").format(limit, pieces)
        conditions.append(sql.SQL(test).format(amount, limit))
    return conditions


def in_count_range(
    parameters: ParametersOfPlan, count: sql.Composable, at_least: int | None, at_most: int | None
) -> list[sql.Composable]:
    """A whole number lies between two, both inside."""
    conditions: list[sql.Composable] = []
    if at_least is not None:
        conditions.append(sql.SQL("{} >= {}").format(count, parameters.bind("at_least", at_least)))
    if at_most is not None:
        conditions.append(sql.SQL("{} <= {}").format(count, parameters.bind("at_most", at_most)))
    return conditions


def all_of(conditions: Sequence[sql.Composable]) -> sql.Composable:
    """All conditions hold; none is true."""
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _price_alias(alias: sql.Identifier) -> sql.Identifier:
    return sql.Identifier("price of " + alias.as_string().strip('"'))
