"""Whether graph and tables find the same customers: two compilers that share nothing but the plan language.

What is compared is what the two queries give: before the phrases of profiles are judged, since those are judged by one
and the same code, and after a cut where no such phrase comes between. Where a plan names an order, the order is
compared too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leo_activation.errors import Permanent, Transient
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import Definition, Readings, query_graph
from leo_activation.segments.meaning import topics_of
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

SAMPLE = 10


@dataclass(frozen=True)
class Agreement:
    """What both found. The samples hold at most ten customer ids each, the smallest of those that one side lacks."""

    graph_count: int
    sql_count: int
    only_in_graph: tuple[str, ...]
    only_in_sql: tuple[str, ...]
    agrees: bool

    def __str__(self) -> str:
        """The comparison as one sentence."""
        if self.agrees:
            return f"Graph and tables agree: {self.graph_count:,} customers."
        counts = f"the graph finds {self.graph_count:,} customers and the tables {self.sql_count:,}"
        if not self.only_in_graph and not self.only_in_sql:
            return f"Graph and tables do not agree: {counts}, the same ones in another order."
        differences = [
            f"only in the {place}: {', '.join(ids)}{', …' if len(ids) == SAMPLE else ''}"
            for place, ids in (("graph", self.only_in_graph), ("tables", self.only_in_sql))
            if ids
        ]
        return f"Graph and tables do not agree: {counts}; {'; '.join(differences)}."


class Disagreement(Permanent):
    """Graph and tables find different customers: nothing may come of the segment until they find the same."""

    def __init__(self, agreement: Agreement, consequence: str | None = None) -> None:
        """Keep what both found; `consequence` is a sentence about the segment that comes before theirs."""
        super().__init__(str(agreement) if consequence is None else f"{consequence} {agreement}")
        self.agreement = agreement


def compare(in_graph: Sequence[str], in_tables: Sequence[str], *, in_order: bool) -> Agreement:
    """Two lists of customer ids; `in_order`, whether their order matters."""
    graph, tables = set(in_graph), set(in_tables)
    same = list(in_graph) == list(in_tables) if in_order else graph == tables and len(in_graph) == len(in_tables)
    return Agreement(
        graph_count=len(in_graph),
        sql_count=len(in_tables),
        only_in_graph=tuple(sorted(graph - tables)[:SAMPLE]),
        only_in_sql=tuple(sorted(tables - graph)[:SAMPLE]),
        agrees=same,
    )


def join(agreements: Sequence[Agreement]) -> Agreement:
    """What several comparisons, each of other customers, say together; none of them: that nothing differs."""
    return Agreement(
        graph_count=sum(one.graph_count for one in agreements),
        sql_count=sum(one.sql_count for one in agreements),
        only_in_graph=tuple(sorted(who for one in agreements for who in one.only_in_graph)[:SAMPLE]),
        only_in_sql=tuple(sorted(who for one in agreements for who in one.only_in_sql)[:SAMPLE]),
        agrees=all(one.agrees for one in agreements),
    )


def require_agreement(
    warehouse: Warehouse,
    definition: Definition,
    plan: SegmentPlan,
    catalogue: Catalogue,
    readings: Readings,
    as_of: datetime,
    in_graph: Sequence[str],
    *,
    among: Sequence[str] | None = None,
) -> Agreement:
    """Compare what the graph returned (`in_graph`) with what the tables hold for the same plan and moment.

    With `among`, customer ids of whom alone `definition` asks, the tables are asked of the same.

    Where they differ both are asked once more: somebody may have written between the two readings.

    Raises:
        Disagreement: they differ.
        Permanent: the plan does not fit the tenant, or a query took too long.
        Transient: customers' data is being changed, or a sync has merged and not yet brought the graph in line.
    """
    compiled = compile_sql(plan, catalogue, as_of=as_of, topics=topics_of(readings), among=among)
    cut = None if definition.refinements else definition.cut
    in_order = plan.order is not None

    def against_tables(connection: Connection) -> Agreement:
        in_tables = read_tables(connection, compiled)
        if cut is None:
            return compare(in_graph, in_tables, in_order=in_order)
        return compare(cut.of(in_graph), cut.of(in_tables), in_order=in_order)

    with warehouse.connect(DatabaseRole.WRITER, catalogue.tenant_id) as connection:
        agreement = against_tables(connection)
        if agreement.agrees:
            return agreement
        if not compare(query_graph(warehouse, definition), in_graph, in_order=in_order).agrees:
            raise Transient(f"The graph of '{catalogue.tenant_id}' changed while the segment was read.")
        agreement = against_tables(connection)
        if agreement.agrees:
            return agreement
        _require_projection(connection, catalogue.tenant_id)
    raise Disagreement(agreement)


def _require_projection(connection: Connection, tenant_id: str) -> None:
    row = connection.execute(statement("segments/find_unprojected_sync"), {"tenant_id": tenant_id}).fetchone()
    if row is not None:
        raise Transient(
            f"Sync run {row[0]} of '{tenant_id}' has changed the tables and not yet the graph; both can be "
            "compared when sync_cdp has ended."
        )
