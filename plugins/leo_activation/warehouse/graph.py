"""The graph of one tenant in Apache AGE: made from `graph_schema`, read by Cypher as the reader.

Each label is a table in the schema named as the graph, so that rows are written set-based by SQL. Ids are
deterministic, `label id << 48 | graph_key` (AGE's own layout), so that an edge is written without looking its ends
up and writing the same thing twice changes nothing.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from leo_activation.warehouse.statements import statement

Scalar = str | int | float | bool
Parameters = Mapping[str, Scalar | Sequence[Scalar]]

READ_TIMEOUT_MS = 30_000
WRITERS = sql.SQL("leo_loader, leo_writer")

TOUCH_TRIGGER = "note_touched"
"""How the names of the triggers begin that note touched customers."""
_OPERATIONS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("INSERT", "REFERENCING NEW TABLE AS written"),
    ("UPDATE", "REFERENCING OLD TABLE AS gone NEW TABLE AS written"),
    ("DELETE", "REFERENCING OLD TABLE AS gone"),
    ("TRUNCATE", ""),
)
_TOUCHED_ENDS = {"MEMBER_OF_HOUSEHOLD": "both", "REFERRED": "both", "IN_SEGMENT": "start_by_end"}
"""Edges that say something of more than the customer they start from."""


def use_graph(connection: Connection) -> None:
    """Put AGE's types and operators on the search path until the transaction ends."""
    connection.execute("SET LOCAL search_path = ag_catalog, public")


def create_graph(connection: Connection, graph_name: str) -> None:
    """Create what is missing of the graph: labels, indexes, rights. As the owner; safe to run again."""
    use_graph(connection)
    if not connection.execute("SELECT 1 FROM ag_graph WHERE name = %s", [graph_name]).fetchone():
        connection.execute("SELECT create_graph(%s)", [graph_name])
    present = {
        str(name)
        for (name,) in connection.execute(
            "SELECT l.name FROM ag_label AS l JOIN ag_graph AS g ON g.graphid = l.graph WHERE g.name = %s",
            [graph_name],
        )
    }
    for vertex in VERTICES.values():
        if vertex.label not in present:
            connection.execute("SELECT create_vlabel(%s, %s)", [graph_name, vertex.label])
        _create_index(connection, graph_name, vertex.label, vertex.key, unique=True)
        for key in vertex.indexed:
            _create_index(connection, graph_name, vertex.label, key)
    for edge in EDGES.values():
        if edge.label not in present:
            connection.execute("SELECT create_elabel(%s, %s)", [graph_name, edge.label])
        connection.execute(
            sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} (id)").format(
                sql.Identifier(f"{edge.label}_id_key"), label_table(graph_name, edge.label)
            )
        )
        for key in edge.indexed:
            _create_index(connection, graph_name, edge.label, key)
    _note_touched(connection, graph_name)
    _grant(connection, graph_name)


def label_table(graph_name: str, label: str) -> sql.Identifier:
    """The table that holds the vertices or edges of a label.

    Raises:
        Permanent: the schema has no such label.
    """
    if label not in VERTICES and label not in EDGES:
        raise Permanent(f"The graph has no label {label}.")
    return sql.Identifier(graph_name, label)


def label_statement(name: str, graph_name: str, **labels: str) -> sql.Composed:
    """The named statement with each `{placeholder}` replaced by the table of the label given for it.

    Example: `label_statement("segments/project_membership", "graph_acme", edges="IN_SEGMENT")`.
    """
    tables = {placeholder: label_table(graph_name, label) for placeholder, label in labels.items()}
    return sql.SQL(statement(name)).format(**tables)


def read_graph(
    connection: Connection,
    graph_name: str,
    cypher: str,
    parameters: Parameters,
    *,
    timeout_ms: int = READ_TIMEOUT_MS,
) -> list[str]:
    """The customer ids that a gated query returns, in its order.

    `connection` is the reader's and in no transaction; the query runs in one that is read-only, has a time limit and
    is always rolled back: by closing the connection where something failed. Values travel as one agtype map in a bind
    parameter, which also makes PostgreSQL's extended protocol refuse a second statement. `cypher` must be the canonical
    text that the gate printed.

    Raises:
        psycopg.errors.QueryCanceled: the query took longer than `timeout_ms`.
    """
    try:
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SET LOCAL search_path = ag_catalog")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        rows = connection.execute(cypher_call(graph_name, cypher), [json.dumps(parameters)]).fetchall()
    except psycopg.Error:
        # Not a ROLLBACK: see `Warehouse.connect`.
        connection.close()
        raise
    connection.rollback()
    return [str(row[0]) for row in rows]


def cypher_call(graph_name: str, cypher: str) -> sql.Composed:
    """`SELECT customer_id FROM cypher(…)` around a gated query, between dollar tags that nobody can foresee.

    Raises:
        Permanent: the text holds a character by which it could leave the quotes.
    """
    tag = f"$q{secrets.token_hex(8)}$"
    if "\0" in cypher or "$$" in cypher or tag in cypher:
        raise Permanent("The Cypher holds a character that the gate should have refused.")
    # psycopg reads % as a placeholder, and the accepted subset has the operator %.
    body = cypher.replace("%", "%%")
    return sql.SQL(
        "SELECT customer_id::text FROM ag_catalog.cypher({graph}, {open}{body}{close}, %s) AS (customer_id agtype)"
    ).format(
        graph=sql.Literal(graph_name),
        open=sql.SQL(tag),
        body=sql.SQL(body),
        close=sql.SQL(tag),
    )


def count_labels(connection: Connection, graph_name: str) -> dict[str, int]:
    """How many vertices or edges each label of the graph has."""
    counts = {}
    for label in (*VERTICES, *EDGES):
        query = sql.SQL("SELECT count(*) FROM {}").format(label_table(graph_name, label))
        row = connection.execute(query).fetchone()
        counts[label] = int(row[0]) if row else 0
    return counts


def _create_index(connection: Connection, graph_name: str, label: str, key: str, *, unique: bool = False) -> None:
    connection.execute(
        sql.SQL(
            "CREATE {unique} INDEX IF NOT EXISTS {name} ON {table} "
            "(agtype_access_operator(VARIADIC ARRAY[properties, {key}::agtype]))"
        ).format(
            unique=sql.SQL("UNIQUE" if unique else ""),
            name=sql.Identifier(f"{label}_{key}_idx"),
            table=label_table(graph_name, label),
            key=sql.Literal(json.dumps(key)),
        )
    )


def touch_triggers() -> int:
    """How many triggers note who is touched, where none is missing."""
    return len(_OPERATIONS) * (len(VERTICES) + len(EDGES)) - (len(VERTICES) - 1)


def _note_touched(connection: Connection, graph_name: str) -> None:
    """Triggers that note in `ops.graph_touch` who is touched by a change, in the transaction of the change.

    On the tables, and not in each statement that writes them: so that no writer can forget it.
    """
    present = {
        (str(label), str(name))
        for label, name in connection.execute(
            "SELECT class.relname, trigger.tgname FROM pg_trigger AS trigger "
            "JOIN pg_class AS class ON class.oid = trigger.tgrelid WHERE class.relnamespace = %s::regnamespace",
            [sql.Identifier(graph_name).as_string()],
        )
    }
    missing: list[sql.Composed] = []
    for vertex in VERTICES.values():
        operations = _OPERATIONS if vertex.label == "Customer" else _OPERATIONS[1:]
        asked = [each for each in operations if (vertex.label, _trigger_name(each[0])) not in present]
        missing.extend(_triggers(graph_name, vertex.label, asked, sql.SQL("ops.note_touched_vertices"), []))
    for edge in EDGES.values():
        touches = _TOUCHED_ENDS.get(edge.label, "start")
        asked = [each for each in _OPERATIONS if (edge.label, _trigger_name(each[0])) not in present]
        missing.extend(_triggers(graph_name, edge.label, asked, sql.SQL("ops.note_touched_edges"), [touches]))
    if missing:
        connection.execute(sql.SQL("; ").join(missing))


def _trigger_name(operation: str) -> str:
    return f"{TOUCH_TRIGGER}_{operation.lower()}"


def _triggers(
    graph_name: str,
    label: str,
    operations: Sequence[tuple[LiteralString, LiteralString]],
    function: sql.SQL,
    arguments: Sequence[str],
) -> Iterator[sql.Composed]:
    given = [graph_name.removeprefix("graph_"), label, *arguments]
    for operation, tables in operations:
        yield sql.SQL(
            "CREATE TRIGGER {name} AFTER {operation} ON {table} {tables} "
            "FOR EACH STATEMENT EXECUTE FUNCTION {function}({arguments})"
        ).format(
            name=sql.Identifier(_trigger_name(operation)),
            operation=sql.SQL(operation),
            table=label_table(graph_name, label),
            tables=sql.SQL(tables),
            function=function,
            arguments=sql.SQL(", ").join(sql.Literal(argument) for argument in given),
        )


def _grant(connection: Connection, graph_name: str) -> None:
    schema = sql.Identifier(graph_name)
    tables = sql.SQL(", ").join(label_table(graph_name, label) for label in (*VERTICES, *EDGES))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}, leo_reader").format(schema, WRITERS))
    connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON {} TO {}").format(tables, WRITERS))
    connection.execute(sql.SQL("GRANT SELECT ON {} TO leo_reader").format(tables))
