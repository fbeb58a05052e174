"""Proof, at start-up, that the role which runs segment queries cannot write, whatever the query says.

Apache AGE below 1.7 let a role with nothing but SELECT commit SET, REMOVE and DELETE, even in a READ ONLY transaction
(GRANT and READ ONLY guard the tables, and Cypher went past both). So the version is not trusted: the reader tries
each kind of write on a canary and its edge, and the system does not run where one of them is not refused.
"""

from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from leo_activation.errors import Configuration, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import cypher_call, label_statement, use_graph
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

CANARY = "canary of the self-test"
LOOK = "MATCH (s:Segment)-[e:IN_SEGMENT]->(t:Segment) WHERE s.segment_id = $canary RETURN s.segment_id"
_FOUND = "MATCH (s:Segment) WHERE s.segment_id = $canary"
_EDGE = "MATCH (s:Segment)-[e:IN_SEGMENT]->(t:Segment) WHERE s.segment_id = $canary"
WRITES = {
    "CREATE": "CREATE (s:Segment {segment_id: 'another canary'}) RETURN s.segment_id",
    "CREATE of a label": "CREATE (s:Canary {segment_id: $canary}) RETURN s.segment_id",
    "CREATE of an edge": f"{_FOUND} CREATE (s)-[:IN_SEGMENT]->(s) RETURN s.segment_id",
    "CREATE of an edge's label": f"{_FOUND} CREATE (s)-[:CANARY]->(s) RETURN s.segment_id",
    "MERGE": "MERGE (s:Segment {segment_id: 'no such segment'}) RETURN s.segment_id",
    "MERGE of an edge": f"{_FOUND} MERGE (s)-[:IN_SEGMENT]->(:Segment {{segment_id: 'another'}}) RETURN s.segment_id",
    "SET": f"{_FOUND} SET s.changed = true RETURN s.segment_id",
    "SET of everything": f"{_FOUND} SET s = {{segment_id: 'changed'}} RETURN s.segment_id",
    "SET of an edge": f"{_EDGE} SET e.since = 1 RETURN s.segment_id",
    "REMOVE": f"{_FOUND} REMOVE s.segment_id RETURN s.segment_id",
    "REMOVE of an edge": f"{_EDGE} REMOVE e.since RETURN s.segment_id",
    "DELETE": f"{_EDGE} DELETE e, s RETURN s.segment_id",
    "DELETE of an edge": f"{_EDGE} DELETE e RETURN s.segment_id",
    "DETACH DELETE": f"{_FOUND} DETACH DELETE s RETURN s.segment_id",
}
WAYS = (sql.SQL(""), sql.SQL("EXPLAIN "), sql.SQL("EXPLAIN ANALYZE "))
ROLLBACK = b"self_test_rollback"
REFUSALS = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)


def prove_reader_cannot_write(warehouse: Warehouse, tenant_id: str) -> None:
    """Try every kind of write as the reader, run, explained and analysed, in a READ ONLY and a READ WRITE transaction.

    Nothing is kept: each try is rolled back, and the canary is taken away at the end.

    Raises:
        Configuration: a write was not refused, or the reader cannot even see the canary, so that nothing is proved.
        Permanent: there is no such tenant.
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as writer:
        graph_name = read_tenant(writer, tenant_id).graph_name
        values = {"graph_name": graph_name, "properties": f'{{"segment_id": "{CANARY}"}}'}
        writer.execute(statement("segments/lock_self_test"), values)
        use_graph(writer)
        writer.execute(label_statement("segments/add_canary", graph_name, segments="Segment"), values)
        writer.execute(label_statement("segments/add_canary_edge", graph_name, memberships="IN_SEGMENT"), values)
        writer.commit()
        try:
            with warehouse.connect(DatabaseRole.READER, tenant_id) as reader:
                reader.pgconn.prepare(ROLLBACK, b"ROLLBACK")
                _try_everything(reader, graph_name)
        finally:
            use_graph(writer)
            writer.execute(label_statement("segments/remove_canary_edge", graph_name, memberships="IN_SEGMENT"), values)
            writer.execute(label_statement("segments/remove_canary", graph_name, segments="Segment"), values)
            # Here and not by the block's end, which rolls back where the proof failed.
            writer.commit()


def _try_everything(reader: Connection, graph_name: str) -> None:
    for mode in (sql.SQL("READ ONLY"), sql.SQL("READ WRITE")):
        if not _rows(reader, mode, cypher_call(graph_name, LOOK)):
            raise Configuration(f"The reader cannot see the graph {graph_name}; its rights were not set up.")
        for name, cypher in WRITES.items():
            for way in WAYS:
                if _rows(reader, mode, way + cypher_call(graph_name, cypher)) is not None:
                    raise Configuration(
                        f"The read-only role can write: {way.as_string()}{name} passed in a {mode.as_string()} "
                        f"transaction on {graph_name}. Install Apache AGE 1.7 or later and revoke the role's rights."
                    )


def _rows(reader: Connection, mode: sql.SQL, query: sql.Composed) -> int | None:
    """How many rows the query gave; None where the server refused it for want of rights."""
    try:
        reader.execute(sql.SQL("SET TRANSACTION ") + mode)
        reader.execute("SET LOCAL search_path = ag_catalog")
        return len(reader.execute(query, [f'{{"canary": "{CANARY}"}}']).fetchall())
    except REFUSALS:
        return None
    finally:
        _roll_back(reader)


def _roll_back(reader: Connection) -> None:
    """Roll back by the statement that was parsed before anything failed.

    AGE 1.8 looks the catalogue up whenever a statement is parsed, also in a failed transaction. Where others changed
    thousands of catalogue rows meanwhile, that look-up fails ("ResourceOwnerEnlarge called after release started") and
    leaves a lock behind, by which later sessions of any role die ("failed to re-find shared lock object").
    """
    reader.pgconn.exec_prepared(ROLLBACK, None)
    if reader.info.transaction_status is not TransactionStatus.IDLE:
        reader.close()
        raise Transient("A try of the self-test could not be rolled back; its session was ended.")
