"""What a leaf rests on for one customer, read from the tables by the second compiler's own relations and filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from psycopg import sql

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import Readings
from leo_activation.segments.meaning import InterestReading, topics_of
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    Exposure,
    Interest,
    InterestPhrase,
    Leaf,
    Occurrence,
    OrderContents,
    Range,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    TopicName,
    canonical_decimal,
    is_product_event,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.sql.behaviours import begins, count_of, follows
from leo_activation.segments.sql.conditions import PAIRS, Customers
from leo_activation.segments.sql.filters import all_of, of_product, source_of, within
from leo_activation.segments.sql.orders import such_orders
from leo_activation.segments.sql.parameters import ParametersOfPlan, Value
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.sql.standing import such_touches
from leo_activation.segments.sql.tables import PRESENT, Tables
from leo_activation.segments.why.facts import (
    AmountFact,
    CountFact,
    EventFact,
    Fact,
    InterestFact,
    MemberFact,
    OrderFact,
    PairFact,
    ReachFact,
    RelatedFact,
    TouchFact,
    ValueFact,
)
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph_schema import ValueType
from leo_activation.warehouse.statements import statement

SHOWN = 5
"""The newest of each kind of thing that a condition rests on."""

_EVENT = sql.Identifier("event")
_EDGES = {
    RelationKind.HOUSEHOLD: "lives with",
    RelationKind.REFERRED_BY: "was brought by",
    RelationKind.REFERRED: "brought",
    RelationKind.CO_PURCHASE: "bought the same as",
}
_NEWEST = frozenset({Occurrence.ANY, Occurrence.LAST, Occurrence.LAST_OF_ALL})


@dataclass(frozen=True)
class Evidence:
    """Reads what a customer's conditions rest on.

    `connection` is the writer's, bound to the tenant; the caller has made its transaction read-only and ends it.
    `tables` are those of the present, or of a past moment, filled of this customer alone: see `of_the_past`.
    """

    connection: Connection
    catalogue: Catalogue
    readings: Readings
    as_of: datetime
    customer_id: str
    tables: Tables = PRESENT

    def of(self, leaf: Leaf) -> tuple[Fact, ...]:
        """What the leaf rests on; of phrases of profiles `asking` knows it already."""
        match leaf:
            case Attribute():
                return (self._value(leaf.property),)
            case Behaviour():
                return self._did(leaf)
            case EventSequence():
                return self._followed(leaf)
            case OrderContents():
                return self._ordered(leaf)
            case Interest():
                return self._interested(leaf)
            case InterestPhrase():
                return self._interested_in_any(leaf)
            case SegmentMember():
                return (self._member(leaf),)
            case Exposure():
                return self._touched(leaf)
            case Reachable():
                return (self._reached(leaf),)
            case Relation():
                return self._related(leaf)
            case _:
                return ()

    def of_the_past(self, leaf: Leaf) -> tuple[Fact, ...]:
        """As `of`, where that is read from the tables alone of which `tables` has a past."""
        return self.of(leaf) if isinstance(leaf, Attribute | Behaviour | EventSequence | OrderContents) else ()

    def _relations(self, *, of_all: bool = False) -> Relations:
        asked = None if of_all else [self.customer_id]
        return Relations(ParametersOfPlan(self.catalogue, self.as_of, among=asked, tables=self.tables))

    def _rows(self, relations: Relations, query: sql.Composable) -> list[tuple[Any, ...]]:
        values: dict[str, Value] = {**relations.parameters.values, "customer_id": self.customer_id, "shown": SHOWN}
        return self.connection.execute(relations.with_clause() + query, values).fetchall()

    def _named(self, name: str, **values: object) -> list[tuple[Any, ...]]:
        asked = {"tenant_id": self.catalogue.tenant_id, "customer_id": self.customer_id, **values}
        return self.connection.execute(statement(f"segments/why/{name}"), asked).fetchall()

    def _value(self, asked: CustomerProperty) -> ValueFact:
        relations = self._relations()
        column = relations.column(sql.Identifier("member"), asked)
        rows = self._rows(relations, sql.SQL("SELECT {} FROM member").format(column))
        return ValueFact(asked.value, self._written(asked, rows[0][0]) if rows else None)

    def _written(self, asked: CustomerProperty, value: Any) -> str | None:
        if value is None:
            return None
        if asked is CustomerProperty.BIRTHDAY:
            return f"{value // 100:02}-{value % 100:02}"
        match asked.value_type:
            case ValueType.MONEY_MINOR:
                return self._money(value)
            case ValueType.TIME_US:
                return str(value.isoformat())
            case ValueType.FLOAT | ValueType.INTEGER:
                return canonical_decimal(str(value))
            case _:
                return str(value)

    def _did(self, leaf: Behaviour) -> tuple[Fact, ...]:
        relations = self._relations()
        parameters = relations.parameters
        of_all = leaf.occurrence in {Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL}
        # The first or last event is shown whether or not it lies in the window, or is of the product: that decides.
        conditions = [] if of_all else of_product(parameters, _EVENT, leaf.event, leaf.product)
        if leaf.occurrence is Occurrence.ANY:
            conditions = [*conditions, *within(parameters, sql.SQL("event.at"), leaf.window)]
        source = source_of(relations, _EVENT, leaf.event, None if of_all else leaf.product)
        where = all_of(conditions)
        shown = self._events(leaf.event, relations, source, where, newest=leaf.occurrence in _NEWEST)
        if leaf.occurrence is not Occurrence.ANY:
            return tuple(event for event in shown if event.at == shown[0].at)
        return (*self._counts(leaf, relations, source, where), *shown)

    def _counts(
        self, leaf: Behaviour, relations: Relations, source: sql.Composable, where: sql.Composable
    ) -> list[Fact]:
        """The numbers that were asked for, against their bounds."""
        known = is_product_event(leaf.event)
        total = sql.SQL("sum(event.value)" if known else "NULL::bigint")
        orders = sql.SQL("count(DISTINCT event.order_ref)" if leaf.event == EventKind.PURCHASE else "0")
        query = sql.SQL("SELECT {}, {}, {} FROM {} WHERE {}").format(count_of(leaf), total, orders, source, where)
        [(count, value, number_of_orders)] = self._rows(relations, query)
        facts: list[Fact] = [CountFact(leaf.counted.value, int(count or 0), leaf.min_count, leaf.max_count)]
        if leaf.value is not None:
            facts.append(_amount("value", None if value is None else self._money(value), leaf.value))
        if leaf.average_order is not None:
            average = None if value is None else self._money(round(Decimal(value) / number_of_orders))
            facts.append(_amount("average order", average, leaf.average_order))
        return facts

    def _events(
        self, event: str, relations: Relations, source: sql.Composable, where: sql.Composable, *, newest: bool = True
    ) -> tuple[EventFact, ...]:
        found = sql.SQL("SELECT event.* FROM {} WHERE {}").format(source, where)
        query = sql.SQL("SELECT {} FROM ({}) AS event {} ORDER BY event.at {}, event.graph_key LIMIT %(shown)s").format(
            _columns(event, _EVENT), found, _told(_EVENT), sql.SQL("DESC" if newest else "ASC")
        )
        return tuple(self._event(row) for row in self._rows(relations, query))

    def _event(self, row: Sequence[Any]) -> EventFact:
        event_id, event, at, product, color, quantity, value, order = row
        amount = None if value is None else self._money(value)
        return EventFact(
            event_id, event, at, product, color, None if quantity is None else int(quantity), amount, order
        )

    def _followed(self, leaf: EventSequence) -> tuple[PairFact, ...]:
        """Pairs, and events that nothing followed: first those by which the condition holds."""
        relations = self._relations()
        first, following = sql.Identifier("first"), sql.Identifier("following")
        begin, is_begin = begins(relations, leaf)
        end, is_end = follows(relations, leaf)
        query = sql.SQL(
            "SELECT {first_columns}, {then_columns} "
            "FROM (SELECT first.* FROM {begin} WHERE {is_begin}) AS first {first_told} "
            "LEFT JOIN LATERAL ("
            "SELECT following.* FROM {end} WHERE {is_end} ORDER BY following.at, following.graph_key LIMIT 1"
            ") AS following ON true {then_told} "
            "ORDER BY following.at IS NULL {order}, first.at DESC, first.graph_key LIMIT %(shown)s"
        ).format(
            first_columns=_columns(leaf.first.event, first),
            then_columns=_columns(leaf.then.event, following),
            begin=begin,
            is_begin=is_begin,
            first_told=_told(first),
            end=end,
            is_end=is_end,
            then_told=_told(following),
            order=sql.SQL("DESC" if leaf.then_not else "ASC"),
        )
        rows = self._rows(relations, query)
        half = len(EventFact.__match_args__)
        return tuple(
            PairFact(self._event(row[:half]), None if row[half] is None else self._event(row[half:])) for row in rows
        )

    def _ordered(self, leaf: OrderContents) -> tuple[Fact, ...]:
        relations = self._relations()
        line = sql.Identifier("line")
        such = relations.number(such_orders(relations, leaf))
        query = sql.SQL(
            "SELECT shown.order_ref, shown.at, shown.is_such, (SELECT count(*) FROM {such}), {columns} FROM ("
            "SELECT line.order_ref, max(line.at) AS at, such.order_ref IS NOT NULL AS is_such "
            "FROM {purchases} AS line LEFT JOIN {such} AS such USING (order_ref) WHERE {in_window} "
            "GROUP BY line.order_ref, such.order_ref ORDER BY is_such DESC, at DESC, line.order_ref LIMIT %(shown)s"
            ") AS shown JOIN {purchases} AS line USING (order_ref) {told} "
            "ORDER BY shown.is_such DESC, shown.at DESC, shown.order_ref, line.graph_key"
        ).format(
            such=such,
            purchases=relations.events(EventKind.PURCHASE),
            in_window=all_of(within(relations.parameters, sql.SQL("line.at"), leaf.window)),
            columns=_columns(EventKind.PURCHASE, line),
            told=_told(line),
        )
        rows = self._rows(relations, query)
        orders: dict[str, OrderFact] = {}
        for order_ref, at, is_such, _, *event in rows:
            known = orders.get(order_ref)
            lines = () if known is None else known.lines
            orders[order_ref] = OrderFact(order_ref, at, (*lines, self._event(event)), is_such)
        number = int(rows[0][3]) if rows else 0
        return (CountFact("such orders", number, leaf.min_orders), *orders.values())

    def _interested(self, leaf: Interest) -> tuple[InterestFact, ...]:
        topics: list[Interest | TopicName] = [leaf] if leaf.more_than is None else [leaf, leaf.more_than]
        ids = [f"{topic.topic_type.value}:{topic.topic}" for topic in topics]
        found = {row[0]: row for row in self._named("read_interests", topic_ids=ids)}
        return tuple(
            InterestFact(
                topic_id,
                found[topic_id][1] if topic_id in found else None,
                is_primary=topic_id in found and bool(found[topic_id][2]),
                at_least=leaf.min_score if topic_id == ids[0] else None,
            )
            for topic_id in ids
        )

    def _interested_in_any(self, leaf: InterestPhrase) -> tuple[InterestFact, ...]:
        near = {
            match.topic_id: match.similarity
            for reading in self.readings
            if isinstance(reading, InterestReading) and reading.phrase == leaf.phrase
            for match in reading.chosen
        }
        found = self._named("read_interests", topic_ids=list(near))
        has = [
            InterestFact(topic_id, score, is_primary=is_primary, similarity=near[topic_id])
            for topic_id, score, is_primary in found
        ]
        # Who has none of the topics is shown the nearest ones that would have counted.
        lacks = [InterestFact(topic_id, None, similarity=similarity) for topic_id, similarity in near.items()]
        return tuple((has or lacks)[:SHOWN])

    def _member(self, leaf: SegmentMember) -> MemberFact:
        rows = self._named("read_membership", segment_id=leaf.segment_id)
        return MemberFact(leaf.segment_id, rows[0][0] if rows else None)

    def _touched(self, leaf: Exposure) -> tuple[Fact, ...]:
        relations = self._relations()
        parameters = relations.parameters
        query = sql.SQL(
            "SELECT touch.exposure, touch.campaign_id, touch.channel, touch.occurred_at, count(*) OVER () "
            "FROM {touches} WHERE {such} {among} ORDER BY touch.occurred_at DESC, touch.campaign_id LIMIT %(shown)s"
        ).format(
            touches=parameters.tables.source("touches", "touch"),
            such=such_touches(parameters, leaf),
            among=parameters.of_asked("touch.customer_id"),
        )
        rows = self._rows(relations, query)
        count = CountFact("messages", int(rows[0][4]) if rows else 0, leaf.min_count)
        return (count, *(TouchFact(*row[:4]) for row in rows))

    def _reached(self, leaf: Reachable) -> ReachFact:
        [(addresses, suppressed, is_recorded, is_granted, has_basis)] = self._named(
            "describe_reach", channel=leaf.channel.value
        )
        by_own_basis = not is_recorded and has_basis
        lacks = []
        if leaf.by is not Reachability.CONSENT and addresses == suppressed:
            lacks.append("an address that is not suppressed" if addresses else "an active address")
        if leaf.by is not Reachability.ADDRESS and not (is_granted or by_own_basis):
            lacks.append("consent")
        said: Literal["granted", "refused", "not recorded"] = (
            "granted" if is_granted else "refused" if is_recorded else "not recorded"
        )
        return ReachFact(leaf.channel.value, int(addresses), int(suppressed), said, by_own_basis, tuple(lacks))

    def _related(self, leaf: Relation) -> tuple[Fact, ...]:
        relations = self._relations(of_all=True)
        others = Customers(relations, topics_of(self.readings), sql.Identifier("other"))
        meets = sql.SQL("true") if leaf.of is None else others.meets(leaf.of)
        if leaf.relation is RelationKind.CO_PURCHASE:
            pairs: sql.Composable = sql.SQL(
                "SELECT mine.customer_id, theirs.customer_id AS other_id, mine.product FROM {purchase} AS mine "
                "JOIN {purchase} AS theirs ON theirs.product_id = mine.product_id"
            ).format(purchase=relations.events(EventKind.PURCHASE))
        else:
            pairs = sql.SQL("SELECT pair.*, NULL::text AS product FROM ({}) AS pair").format(PAIRS[leaf.relation])
        query = sql.SQL(
            "SELECT pair.other_id, min(pair.product), count(*) OVER () FROM ({pairs}) AS pair JOIN {others} "
            "WHERE pair.customer_id = %(customer_id)s AND pair.other_id <> pair.customer_id AND {meets} "
            'GROUP BY pair.other_id ORDER BY pair.other_id COLLATE "C" LIMIT %(shown)s'
        ).format(pairs=pairs, others=others.joined_on(sql.SQL("pair.other_id")), meets=meets)
        rows = self._rows(relations, query)
        count = CountFact("others", int(rows[0][2]) if rows else 0, leaf.min_count)
        edge = _EDGES[leaf.relation]
        return (count, *(RelatedFact(other, edge, product) for other, product, _ in rows))

    def _money(self, minor: int) -> str:
        return canonical_decimal(str(Decimal(minor).scaleb(-self.catalogue.minor_units)))


def _amount(of: Any, amount: str | None, asked: Range) -> AmountFact:
    return AmountFact(of, amount, asked.at_least, asked.more_than, asked.at_most, asked.less_than)


def _columns(event: str, alias: sql.Identifier) -> sql.Composable:
    """The columns of an `EventFact`, of a relation of events with the row that tells of it (see `_told`)."""
    told = sql.Identifier(f"told of {alias.as_string().strip(chr(34))}")
    if is_product_event(event):
        own = sql.SQL("{0}.product, {1}.color, {0}.quantity, {0}.value").format(alias, told)
    else:
        own = sql.SQL("NULL::text, {}.color, NULL::integer, NULL::bigint").format(told)
    return sql.SQL("{0}.event_id, {0}.event_type, {0}.occurred_at, {1}, {0}.order_id").format(told, own)


def _told(alias: sql.Identifier) -> sql.Composable:
    """Joins the row of core.event by the beginning of its key, which has the moment and not the surrogate."""
    told = sql.Identifier(f"told of {alias.as_string().strip(chr(34))}")
    return sql.SQL(
        "LEFT JOIN core.event AS {0} ON {0}.tenant_id = %(tenant_id)s AND {0}.occurred_at = {1}.at "
        "AND {0}.graph_key = {1}.graph_key"
    ).format(told, alias)
