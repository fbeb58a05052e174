"""From a plan's conditions to one SQL condition on a relation of customers.

Every leaf that leaves the customer becomes a relation of the customers it finds, each once, and is joined from the
left: whether it found the customer is then a test for null, which `and`, `or` and `not` may combine as they like.
What is unknown of a customer is false, so that `not` of it is true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Condition,
    EventKind,
    Exposure,
    Interest,
    InterestPhrase,
    Not,
    Or,
    OrderContents,
    ProfilePhrase,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.sql.attributes import known_of
from leo_activation.segments.sql.behaviours import did, did_in_sequence, finds_absence
from leo_activation.segments.sql.orders import ordered
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.sql.standing import belongs, interested, interested_in_any, reached, touched

PAIRS = {
    RelationKind.HOUSEHOLD: sql.SQL(
        "SELECT mine.customer_id, theirs.customer_id AS other_id "
        "FROM core.household_member AS mine JOIN core.household_member AS theirs USING (tenant_id, household_id) "
        "WHERE mine.tenant_id = %(tenant_id)s"
    ),
    RelationKind.REFERRED_BY: sql.SQL(
        "SELECT mine.customer_id, theirs.customer_id AS other_id FROM core.profile_relation AS relation "
        "JOIN core.profile AS mine ON mine.tenant_id = %(tenant_id)s AND mine.profile_id = relation.to_profile_id "
        "JOIN core.profile AS theirs ON theirs.tenant_id = %(tenant_id)s "
        "AND theirs.profile_id = relation.from_profile_id "
        "WHERE relation.tenant_id = %(tenant_id)s AND relation.kind = 'referral' "
        "AND mine.deleted_at IS NULL AND theirs.deleted_at IS NULL"
    ),
    RelationKind.REFERRED: sql.SQL(
        "SELECT mine.customer_id, theirs.customer_id AS other_id FROM core.profile_relation AS relation "
        "JOIN core.profile AS mine ON mine.tenant_id = %(tenant_id)s AND mine.profile_id = relation.from_profile_id "
        "JOIN core.profile AS theirs ON theirs.tenant_id = %(tenant_id)s "
        "AND theirs.profile_id = relation.to_profile_id "
        "WHERE relation.tenant_id = %(tenant_id)s AND relation.kind = 'referral' "
        "AND mine.deleted_at IS NULL AND theirs.deleted_at IS NULL"
    ),
}
"""Who stands to whom in a relation: customer_id and other_id, which may be the same."""


@dataclass
class Customers:
    """A relation of customers under an alias, with what is joined to it for the conditions on it."""

    relations: Relations
    topics: Mapping[str, Sequence[str]]
    alias: sql.Identifier
    joins: list[sql.Composable] = field(default_factory=list)

    def source(self) -> sql.Composable:
        """What stands after FROM, once all conditions were asked for."""
        return sql.SQL(" ").join([sql.SQL("member AS {}").format(self.alias), *self.joins])

    def joined_on(self, customer_id: sql.Composable) -> sql.Composable:
        """What stands after JOIN, where the relation is another one's."""
        on = sql.SQL("member AS {0} ON {0}.customer_id = {1}").format(self.alias, customer_id)
        return sql.SQL(" ").join([on, *self.joins])

    def meets(self, condition: Condition) -> sql.Composable:
        """What has to hold of a row, true or false and never null.

        Raises:
            Permanent: a phrase was not resolved, or an amount is finer than the currency's minor unit.
        """
        match condition:
            case And() | Or():
                joined = " AND " if isinstance(condition, And) else " OR "
                parts = [self.meets(part) for part in condition.conditions]
                return sql.SQL("({})").format(sql.SQL(joined).join(parts))
            case Not():
                return sql.SQL("NOT {}").format(self.meets(condition.condition))
            case ProfilePhrase():
                return sql.SQL("true")
            case Attribute():
                return sql.SQL("(({}) IS TRUE)").format(known_of(self.relations, self.alias, condition))
            case Behaviour() if finds_absence(condition):
                return self._is_found(did(self.relations, condition), "({} IS NULL)")
            case _:
                return self._is_found(self._finding(condition), "({} IS NOT NULL)")

    def join(self, query: sql.Composable) -> sql.Identifier:
        """Join from the left what a query says of customers."""
        found = self.relations.number(query)
        self.joins.append(sql.SQL("LEFT JOIN {0} ON {0}.customer_id = {1}.customer_id").format(found, self.alias))
        return found

    def _is_found(self, query: sql.Composable, test: str) -> sql.Composable:
        return sql.SQL(test).format(sql.SQL("{}.customer_id").format(self.join(query)))

    def _finding(self, leaf: Condition) -> sql.Composable:
        parameters = self.relations.parameters
        match leaf:
            case Behaviour():
                return did(self.relations, leaf)
            case EventSequence():
                return did_in_sequence(self.relations, leaf)
            case OrderContents():
                return ordered(self.relations, leaf)
            case Interest():
                return interested(parameters, leaf)
            case InterestPhrase():
                if leaf.phrase not in self.topics:
                    raise Permanent(f"The phrase '{leaf.phrase}' was not compared with the tenant's topics.")
                return interested_in_any(parameters, self.topics[leaf.phrase])
            case SegmentMember():
                return belongs(parameters, leaf)
            case Exposure():
                return touched(parameters, leaf)
            case Reachable():
                return reached(parameters, leaf)
            case Relation():
                return self._related(leaf)
            case _:
                raise Permanent(f"A condition of the kind '{leaf.kind}' has no form in the tables.")

    def _related(self, leaf: Relation) -> sql.Composable:
        others = Customers(self.relations, self.topics, sql.Identifier("other"))
        meets = sql.SQL("true") if leaf.of is None else others.meets(leaf.of)
        if leaf.relation is RelationKind.CO_PURCHASE:
            return self._bought_the_same(leaf, others.joined_on(sql.SQL("theirs.customer_id")), meets)
        return sql.SQL(
            "SELECT pair.customer_id FROM ({}) AS pair JOIN {} "
            "WHERE pair.customer_id <> pair.other_id AND {} "
            "GROUP BY pair.customer_id HAVING count(DISTINCT pair.other_id) >= {}"
        ).format(
            PAIRS[leaf.relation],
            others.joined_on(sql.SQL("pair.other_id")),
            meets,
            self.relations.parameters.bind("others", leaf.min_count),
        )

    def _bought_the_same(self, leaf: Relation, others: sql.Composable, meets: sql.Composable) -> sql.Composable:
        values = {
            "purchase": self.relations.events(EventKind.PURCHASE),
            "others": others,
            "meets": meets,
        }
        if leaf.min_count == 1:
            # A product that two others bought has another buyer than the customer, whoever that is: so it is enough to
            # know two of a product's buyers, and pairs, which are many, are not made.
            return sql.SQL(
                "SELECT DISTINCT mine.customer_id FROM {purchase} AS mine JOIN ("
                "SELECT theirs.product_id, min(theirs.customer_id) AS one_id, max(theirs.customer_id) AS another_id "
                "FROM {purchase} AS theirs JOIN {others} WHERE {meets} GROUP BY theirs.product_id"
                ") AS sold ON sold.product_id = mine.product_id "
                "WHERE mine.customer_id <> sold.one_id OR mine.customer_id <> sold.another_id"
            ).format(**values)
        return sql.SQL(
            "SELECT mine.customer_id FROM {purchase} AS mine "
            "JOIN {purchase} AS theirs ON theirs.product_id = mine.product_id "
            "AND theirs.customer_id <> mine.customer_id "
            "JOIN {others} WHERE {meets} "
            "GROUP BY mine.customer_id HAVING count(DISTINCT theirs.customer_id) >= {count}"
        ).format(**values, count=self.relations.parameters.bind("others", leaf.min_count))
