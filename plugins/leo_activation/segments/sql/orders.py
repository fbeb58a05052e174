"""What one and the same order holds."""

from psycopg import sql

from leo_activation.segments.plan import EventKind, OrderContents, ProductFilter
from leo_activation.segments.sql.filters import all_of, in_count_range, in_range, of_product, source_of, within
from leo_activation.segments.sql.relations import Relations

_LINE = sql.Identifier("line")


def ordered(relations: Relations, leaf: OrderContents) -> sql.Composed:
    """The customers with enough such orders; lines of which nothing was kept are none."""
    return sql.SQL(
        "SELECT this_order.customer_id FROM ({}) AS this_order GROUP BY this_order.customer_id HAVING count(*) >= {}"
    ).format(such_orders(relations, leaf), relations.parameters.bind("orders", leaf.min_orders))


def such_orders(relations: Relations, leaf: OrderContents) -> sql.Composed:
    """Each order that holds what is asked: customer_id and order_ref."""
    parameters = relations.parameters

    def meets(wanted: ProductFilter | None) -> sql.Composable:
        return all_of(of_product(parameters, _LINE, EventKind.PURCHASE, wanted))

    asked: list[sql.Composable] = [
        sql.SQL("bool_or({})").format(meets(wanted)) for wanted in (leaf.product, *leaf.together_with)
    ]
    if leaf.units is not None:
        units = sql.SQL("sum(line.quantity) FILTER (WHERE {})").format(meets(leaf.product))
        asked.extend(in_count_range(parameters, units, leaf.units.at_least, leaf.units.at_most))
    if leaf.value is not None:
        value = sql.SQL("sum(line.value) FILTER (WHERE {})").format(meets(leaf.product))
        asked.extend(in_range(parameters, value, "value", leaf.value))
    return sql.SQL(
        "SELECT line.customer_id, line.order_ref FROM {} WHERE {} GROUP BY line.customer_id, line.order_ref HAVING {}"
    ).format(
        source_of(relations, _LINE, EventKind.PURCHASE, leaf.product, *leaf.together_with),
        all_of(within(parameters, sql.SQL("line.at"), leaf.window)),
        all_of(asked),
    )
