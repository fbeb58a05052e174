"""The base relations of a statement: each is read once, and only where the plan asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString

from psycopg import sql

from leo_activation.segments.plan import CustomerProperty, EventKind
from leo_activation.segments.plan.leaves import is_product_event
from leo_activation.segments.sql.parameters import ParametersOfPlan
from leo_activation.warehouse.graph_schema import SCORES

_SCORE: LiteralString = (
    "CASE WHEN jsonb_typeof(profile.scores -> {key}) = 'number' THEN (profile.scores ->> {key})::double precision END"
)
_COLUMNS: Mapping[CustomerProperty, LiteralString] = {
    CustomerProperty.COUNTRY: "profile.country::text",
    CustomerProperty.CITY: "profile.city",
    CustomerProperty.GENDER: "profile.gender",
    CustomerProperty.AGE: (
        "coalesce(extract(year FROM age((synced.as_of AT TIME ZONE 'UTC')::date, profile.date_of_birth)), profile.age)"
    ),
    CustomerProperty.BIRTH_MONTH: "extract(month FROM profile.date_of_birth)",
    CustomerProperty.BIRTHDAY: "to_char(profile.date_of_birth, 'MMDD')::integer",
    CustomerProperty.LANGUAGE: "profile.language",
    CustomerProperty.FUNNEL_STAGE: "profile.funnel_stage",
    CustomerProperty.FAVORITE_COLOR: "profile.favorite_color",
    CustomerProperty.TOTAL_SPENT: "coalesce(profile.total_spent_minor, spent.total_minor)",
    CustomerProperty.LIFETIME_VALUE: (
        "round((profile.scores ->> 'total_clv')::numeric * power(10::numeric, %(minor_units)s))"
    ),
    CustomerProperty.CREATED_AT: "profile.source_created_at",
    **{CustomerProperty(name): _SCORE for name in SCORES},
}
"""What a customer's property is of `core.profile`, the row that speaks for the customer."""

SHUFFLE: LiteralString = "core.shuffle(customer.tenant_id, customer.customer_id)"


@dataclass
class Relations:
    """The common table expressions of one statement, in the order in which they were first asked for.

    `asked` are the properties of customers that the statement reads.
    """

    parameters: ParametersOfPlan
    expressions: dict[str, sql.Composable] = field(default_factory=dict)
    asked: dict[str, sql.Composable] = field(default_factory=dict)

    def events(self, kind: str) -> sql.Identifier:
        """The relation of the events of a kind: purchases are those that were kept."""
        if kind == EventKind.PURCHASE:
            return self._table("purchase", "purchases", "item.customer_id")
        name = "product_events" if is_product_event(kind) else "other_events"
        return self._table(f"{kind} event", name, "profile.customer_id", event_type=kind)

    def purchase_prices(self) -> sql.Identifier:
        """The relation of what pieces cost when they were bought."""
        return self._table("purchase price", "purchase_prices")

    def number(self, query: sql.Composable) -> sql.Identifier:
        """A relation of its own for what one leaf finds."""
        name = f"leaf {sum(each.startswith('leaf ') for each in self.expressions) + 1}"
        self.expressions[name] = query
        return sql.Identifier(name)

    def column(self, of: sql.Identifier, asked: CustomerProperty) -> sql.Composable:
        """A property of the customers of a relation that is made of `members`."""
        if asked.value not in self.asked:
            score = SCORES.get(asked.value)
            self.asked[asked.value] = (
                sql.SQL(_COLUMNS[asked]) if score is None else sql.SQL(_SCORE).format(key=sql.Literal(score))
            )
        return sql.SQL("{}.{}").format(of, sql.Identifier(asked.value))

    def shuffle(self, of: sql.Identifier) -> sql.Composable:
        """A number by which customers stand in a random order that stays the same."""
        self.asked["shuffle"] = sql.SQL(SHUFFLE)
        return sql.SQL("{}.shuffle").format(of)

    def with_clause(self) -> sql.Composed:
        """Everything that the statement reads from, the customers first."""
        expressions = {"member": self._members(), **self.expressions}
        parts = [sql.SQL("{} AS (\n{}\n)").format(sql.Identifier(name), each) for name, each in expressions.items()]
        return sql.SQL("WITH {}\n").format(sql.SQL(", ").join(parts))

    def _members(self) -> sql.Composed:
        columns = [
            sql.SQL("{} AS {}").format(expression, sql.Identifier(name)) for name, expression in self.asked.items()
        ]
        sources: list[sql.Composable] = []
        tables = self.parameters.tables
        if CustomerProperty.AGE in self.asked:
            sources.append(sql.SQL("CROSS JOIN ({}) AS synced").format(tables.text("synced")))
        if CustomerProperty.TOTAL_SPENT in self.asked:
            spent = tables.text("spent").format(among=self.parameters.of_asked("customer_id"))
            sources.append(sql.SQL("LEFT JOIN ({}) AS spent USING (customer_id)").format(spent))
        return tables.text("members").format(
            columns=sql.SQL("").join(sql.SQL(", {}").format(column) for column in columns),
            sources=sql.SQL(" ").join(sources),
            among=self.parameters.of_asked("customer.customer_id"),
        )

    def _table(self, name: str, file: str, customer_id: LiteralString | None = None, **values: str) -> sql.Identifier:
        if name not in self.expressions:
            bound: dict[str, sql.Composable] = {
                each: self.parameters.bind(each, value) for each, value in values.items()
            }
            if customer_id is not None:
                bound["among"] = self.parameters.of_asked(customer_id)
            self.expressions[name] = self.parameters.tables.text(file).format(**bound)
        return sql.Identifier(name)
