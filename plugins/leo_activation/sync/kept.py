"""Tables that follow from others: who can be reached, who was touched by which campaign, who brought whom.

They are brought in line before the graph is, and the graph then says what they say. Reachability follows from consents
and suppressions too, and touches from messages, which change between syncs: `reach` brings both in line by itself.
"""

import logging
from collections.abc import Mapping, Sequence

from psycopg import sql

from leo_activation.progress import Steps
from leo_activation.sync import table_statistics
from leo_activation.sync.projected import PRODUCT_EVENTS, GraphSource
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


def keep(connection: Connection, values: Mapping[str, object], sources: Sequence[GraphSource]) -> int:
    """Bring those of the sources' tables in line that follow from others, and name what stands in no table.

    Makes `concerned_key`, which lasts as long as the transaction, and notes the surrogates of all that changed in it.

    Returns:
        Rows made, changed or deleted.
    """
    connection.execute(statement("sync/create_concerned_keys"))
    changed = 0
    followed = [(source, source.kept) for source in sources if source.kept]
    steps = Steps(logger, f"Keeping tables of {values['tenant_id']}", len(followed))
    for source, kept in followed:
        rows = connection.execute(statement(kept), {**values, "source": source.name}).rowcount
        _renew_statistics(connection, source, rows)
        steps.done(".".join(source.table), rows)
        changed += rows
    connection.execute(statement("sync/name_vertices"), {**values, "product_events": PRODUCT_EVENTS})
    return changed


def _renew_statistics(connection: Connection, source: GraphSource, changed: int) -> None:
    table = sql.Identifier(*source.table).as_string(connection)
    known = connection.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table]).fetchone()
    if known and table_statistics.mislead(changed, known[0]):
        connection.execute("SELECT ops.analyze_table(%s::regclass)", [table])
