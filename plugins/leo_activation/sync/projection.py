"""Three ways of one projection: build an empty graph, compare the whole of it, or follow what a run changed.

What a label is to hold is said once, by its `sync/wanted_…` statement. Building copies its rows into the empty label;
comparing merges them into the label, deleting what is not among them; following a run does the same for the rows that
the run concerns.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum

from psycopg import errors, sql

from leo_activation.errors import Transient
from leo_activation.progress import Steps
from leo_activation.settings import DatabaseRole
from leo_activation.sync import table_statistics
from leo_activation.sync.projected import LABELS, SOURCES, GraphSource, ProjectedLabel
from leo_activation.sync.runs import Step
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_statement, label_table, use_graph
from leo_activation.warehouse.graph_schema import EDGES
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

# A build takes its labels for itself. Whoever reads the empty graph meanwhile is waited for this long, and waits.
LABEL_LOCK_TIMEOUT = "10s"
# Rows are written many at a time: one by one they cost the worker half as much again.
COPY_BLOCK_BYTES = 64 * 1024


class Way(StrEnum):
    """How a run brought the graph in line."""

    BUILT = "built"
    COMPARED = "compared"
    FOLLOWED = "followed"


class Projection:
    """The projection of one run, in the transaction of its step; `values` are what the statements may name."""

    def __init__(self, step: Step, values: Mapping[str, object]) -> None:
        self._step = step
        self._connection = step.connection
        self._graph = step.tenant.graph_name
        self._net_purchase = sql.Identifier(step.run.schema, "net_purchase")
        self._values = {**step.parameters(), "graph_name": self._graph, **values}

    def is_empty(self) -> bool:
        """Whether no label of the sync holds anything."""
        for label in LABELS:
            query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(label_table(self._graph, label.label))
            row = self._connection.execute(query).fetchone()
            if row and row[0]:
                return False
        return True

    def build(self, warehouse: Warehouse) -> dict[str, int]:
        """Load the empty labels by COPY and give the rows of each; indexes and statistics come after the rows.

        A second connection reads the rows, in one snapshot: reading and writing then use a process each, or more.

        Raises:
            Transient: somebody holds a label for longer than `LABEL_LOCK_TIMEOUT`.
        """
        steps = self._steps()
        self._net_purchases("sync/net_all_purchases", steps)
        # The second connection sees what is committed: this table, and the names. A repetition makes them anew.
        self._connection.commit()
        use_graph(self._connection)
        loaded: dict[str, int] = {}
        with warehouse.connect(DatabaseRole.LOADER, self._step.tenant.tenant_id) as reader:
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            use_graph(reader)
            # The rows leave the server anyhow, so handing them from one process to another costs nothing more.
            reader.execute("SET LOCAL parallel_tuple_cost = 0")
            for label in LABELS:
                table = label_table(self._graph, label.label).as_string(self._connection)
                self._take(label.label, table)
                loaded[label.label] = self._copy(reader, label)
                self._connection.execute("SELECT ops.create_label_indexes(%s::regclass)", [table])
                self._analyze(label.label)
                steps.done(label.label, loaded[label.label])
        return loaded

    def compare(self) -> dict[str, int]:
        """Bring every label in line with the tables, whatever it holds; gives the rows changed of each."""
        steps = self._steps()
        self._net_purchases("sync/net_all_purchases", steps)
        changed: dict[str, int] = {}
        for label in LABELS:
            wanted = self._wanted(label, sql.Identifier(*label.source.table))
            changed[label.label] = self._merge("whole", label, wanted)
            steps.done(label.label, changed[label.label])
        if changed["Customer"]:
            changed |= self._delete_dangling("sync/delete_dangling_edges", changed)
        self._analyze_much_changed(changed)
        return changed

    def follow(self) -> dict[str, int]:
        """Bring in line what the run's merge noted as changed; gives the rows changed of each label."""
        steps = self._steps()
        self._find_concerned()
        self._net_purchases("sync/net_concerned_purchases", steps)
        changed: dict[str, int] = {}
        for label in LABELS:
            wanted = self._wanted(label, sql.Identifier(label.source.place))
            changed[label.label] = self._merge("changed", label, wanted)
            steps.done(label.label, changed[label.label])
        if changed["Customer"]:
            changed |= self._delete_dangling("sync/delete_concerned_dangling_edges", changed)
        self._analyze_much_changed(changed)
        return changed

    def count(self) -> dict[str, int]:
        """What each label holds."""
        counted: dict[str, int] = {}
        for label in LABELS:
            query = sql.SQL("SELECT count(*) FROM {}").format(label_table(self._graph, label.label))
            row = self._connection.execute(query).fetchone()
            counted[label.label] = int(row[0]) if row else 0
        return counted

    def count_wanted(self) -> dict[str, int]:
        """What each label is to hold, counted in the tables by a statement that knows nothing of the projection's."""
        wanted = dict.fromkeys((label.label for label in LABELS), 0)
        return wanted | dict(self._connection.execute(statement("sync/count_core"), self._values).fetchall())

    def _steps(self) -> Steps:
        """One of the purchases, and one of each label."""
        return Steps(logger, f"Projecting the graph of {self._step.tenant.tenant_id}", len(LABELS) + 1)

    def _find_concerned(self) -> None:
        path = sql.SQL("SET LOCAL search_path = {}, ag_catalog, public").format(sql.Identifier(self._step.run.schema))
        self._connection.execute(path)
        for source in SOURCES:
            find_concerned(self._connection, source, self._values)
        self._connection.execute("ANALYZE concerned_key")

    def _net_purchases(self, name: str, steps: Steps) -> None:
        self._connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(self._net_purchase))
        for each in ("sync/create_net_purchases", name):
            query = sql.SQL(statement(each)).format(net_purchase=self._net_purchase)
            self._connection.execute(query, self._values)
        self._connection.execute(sql.SQL("ANALYZE {}").format(self._net_purchase))
        steps.done("purchases")

    def _take(self, label: str, table: str) -> None:
        """Have a label for oneself, without indexes; only this wait is bounded, not those of the rest of the step."""
        self._connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LABEL_LOCK_TIMEOUT))
        try:
            self._connection.execute("SELECT ops.drop_label_indexes(%s::regclass)", [table])
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            raise Transient(
                f"The label {label} of tenant {self._step.tenant.tenant_id} is being read; "
                "the graph can be built when that has ended."
            ) from error
        self._connection.execute("SET LOCAL lock_timeout TO DEFAULT")

    def _copy(self, reader: Connection, label: ProjectedLabel) -> int:
        wanted = self._wanted(label, sql.Identifier(*label.source.table))
        out = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(wanted)
        into = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(label_table(self._graph, label.label))
        with reader.cursor() as reading, self._connection.cursor() as writing:
            with reading.copy(out, _values_of(label, self._values)) as rows, writing.copy(into) as place:
                block = bytearray()
                for row in rows:
                    block += row
                    if len(block) >= COPY_BLOCK_BYTES:
                        place.write(block)
                        block = bytearray()
                place.write(block)
            return writing.rowcount

    def _merge(self, way: str, label: ProjectedLabel, wanted: sql.Composed) -> int:
        return merge_label(self._connection, way, label, wanted, self._values)

    def _wanted(self, label: ProjectedLabel, source: sql.Identifier) -> sql.Composed:
        return sql.SQL(statement(label.wanted)).format(source=source, net_purchase=self._net_purchase)

    def _delete_dangling(self, name: str, changed: Mapping[str, int]) -> dict[str, int]:
        """Edges that other parts of the program keep go with the customer whom they start from."""
        deleted: dict[str, int] = {}
        for edge in EDGES.values():
            if edge.start == "Customer" and edge.label not in changed:
                query = label_statement(name, self._graph, edges=edge.label, vertices="Customer")
                deleted[edge.label] = self._connection.execute(query, self._values).rowcount
        return deleted

    def _analyze_much_changed(self, changed: Mapping[str, int]) -> None:
        for label, rows in changed.items():
            table = label_table(self._graph, label).as_string(self._connection)
            known = self._connection.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            row = known.fetchone()
            if row and table_statistics.mislead(rows, row[0]):
                self._analyze(label)

    def _analyze(self, label: str) -> None:
        table_statistics.analyze(self._step, [label_table(self._graph, label).as_string(self._connection)])


def find_concerned(connection: Connection, source: GraphSource, values: Mapping[str, object]) -> None:
    """Put the rows that concern the graph into a temporary table of the source's, and their surrogates among the keys.

    `values` are what the source's statements may name, graph_name among them.
    """
    place = sql.Identifier(source.place)
    table = sql.Identifier(*source.table)
    connection.execute(sql.SQL(statement("sync/create_concerned")).format(concerned=place, source=table))
    places = {"concerned": place, "table": table, "customers": label_table(str(values["graph_name"]), "Customer")}
    for name in (*source.concern, "sync/concern_keys"):
        connection.execute(sql.SQL(statement(name)).format(**places), {**values, "source": source.name})
    # Or the planner takes it for nearly empty, and compares each of its rows with each that is wanted.
    connection.execute(sql.SQL("ANALYZE {}").format(place))


def merge_label(
    connection: Connection, way: str, label: ProjectedLabel, wanted: sql.Composed, values: Mapping[str, object]
) -> int:
    """Bring a label in line with what is wanted of it, as a whole or where rows changed; gives the rows changed."""
    kind = "edges" if label.label in EDGES else "vertices"
    query = sql.SQL(statement(f"sync/project_{way}_{kind}")).format(
        label=label_table(str(values["graph_name"]), label.label), wanted=wanted
    )
    return connection.execute(query, _values_of(label, values)).rowcount


def _values_of(label: ProjectedLabel, values: Mapping[str, object]) -> Mapping[str, object]:
    edge = EDGES.get(label.label)
    ends = {"start_label": edge.start, "end_label": edge.end} if edge else {}
    return {**values, **ends, **label.values, "label": label.label, "source": label.source.name}
