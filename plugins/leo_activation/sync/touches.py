"""Of whom it has to be looked up anew what became of campaigns' messages, so that a run costs what changed.

Looking at some ends in the same rows as looking at everybody (`sync/keep_campaign_touches`); the comparison does the
latter.
"""

from collections.abc import Mapping

from psycopg import sql

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


def touched_customers(connection: Connection, values: Mapping[str, object], stage: str | None) -> list[str] | None:
    """The customers whose messages, deeds or orders changed since the touches were last kept; None: look at everybody.

    Args:
        values: what the statements may name.
        stage: the schema of the run whose merge changed something; None between two syncs, when only messages and what
            people do with them change.
    """
    row = connection.execute(statement("sync/find_touched_by_messages"), values).fetchone()
    if row is None or row[0]:
        return None
    customers = set(row[1])
    if stage is not None:
        merged = sql.SQL(statement("sync/find_touched_by_merge")).format(stage=sql.Identifier(stage))
        customers.update(customer for (customer,) in connection.execute(merged, values))
    return sorted(customers)


def note_touches_kept(connection: Connection, values: Mapping[str, object]) -> None:
    """Note, in the transaction that kept them, until when messages were looked through."""
    connection.execute(statement("sync/note_touches_kept"), values)
