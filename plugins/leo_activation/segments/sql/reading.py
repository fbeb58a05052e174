"""Running a plan's statement on the tables: read-only, with a time limit, and always rolled back."""

from psycopg import Error, errors

from leo_activation.errors import Permanent
from leo_activation.segments.sql.compiler import CompiledSql
from leo_activation.warehouse.connections import Connection

READ_TIMEOUT_MS = 300_000
"""Longer than the graph gets: purchases are netted anew for each plan, and a second opinion may take its time."""


def read_tables(connection: Connection, compiled: CompiledSql, *, timeout_ms: int = READ_TIMEOUT_MS) -> list[str]:
    """The customer ids of a plan, in its order.

    `connection` is the writer's, bound to the tenant and in no transaction; an error closes it.

    Raises:
        Permanent: the statement took longer than `timeout_ms`.
    """
    try:
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SET LOCAL jit = off")
        # PostgreSQL expects one row of what stands behind windows and functions, and then reads a table again for each
        # of many: a second opinion has to take about as long whatever is asked.
        if not compiled.asks_few:
            connection.execute("SET LOCAL enable_nestloop = off")
        # The windows that net purchases sort every line of every order, a dozen times.
        connection.execute("SET LOCAL work_mem = '128MB'")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        rows = connection.execute(compiled.query, dict(compiled.parameters)).fetchall()
    except Error as error:
        # The session ends with its transaction: after an error, AGE 1.8 may fail a ROLLBACK, and then it leaves a
        # lock behind (docs/decisions/gate.md, the start-up self-test).
        connection.close()
        if isinstance(error, errors.QueryCanceled):
            raise Permanent(
                f"Counting the segment in the tables took longer than {timeout_ms / 1000:g} s and was stopped; "
                "narrow it down."
            ) from error
        raise
    connection.rollback()
    return [str(customer_id) for (customer_id,) in rows]
