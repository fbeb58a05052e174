"""The tables of a past moment: filled once for each, in a transaction that is rolled back when they were read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg import Error, errors, sql

from leo_activation.errors import Permanent
from leo_activation.segments.sql import CompiledSql
from leo_activation.segments.sql.tables import Tables
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

FOLDER = "segments/as_of"
FOREVER = "infinity"


@dataclass(frozen=True)
class PastMoment:
    """A moment, and before when a thing must have been recorded to be known, as PostgreSQL writes it."""

    moment: datetime
    known_until: str

    @property
    def tables(self) -> Tables:
        """What the second compiler reads of it; within `opened` alone."""
        return Tables(FOLDER, {"then": self.moment, "known_until": self.known_until})


def past_moment(connection: Connection, tenant_id: str, moment: datetime, *, as_known_now: bool) -> PastMoment:
    """What was known of a moment: then, or by now."""
    if as_known_now:
        return PastMoment(moment, FOREVER)
    [(known_until,)] = connection.execute(
        statement("segments/as_of/read_known_until"), {"tenant_id": tenant_id, "then": moment}
    )
    return PastMoment(moment, str(known_until))


@contextmanager
def opened(
    connection: Connection,
    tenant_id: str,
    currency: str,
    past: PastMoment,
    compiled: CompiledSql,
    *,
    timeout_ms: int,
    customer_id: str | None = None,
) -> Iterator[None]:
    """Fill the tables of the moment and let them be read, all of one snapshot; nothing is kept.

    `connection` is the writer's, bound to the tenant and in no transaction; an error closes it. Filled is what
    `compiled` reads, and with `customer_id` of this customer alone.

    Raises:
        Permanent: a statement took longer than `timeout_ms`.
    """
    values = {"tenant_id": tenant_id, "currency": currency, **past.tables.values}
    try:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # As `read_tables`: what stands behind windows and functions is read once, and needs room to be sorted.
        connection.execute("SET LOCAL jit = off")
        connection.execute("SET LOCAL enable_nestloop = off")
        connection.execute("SET LOCAL work_mem = '128MB'")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        connection.execute(statement("segments/as_of/create_then_profile"), values)
        if customer_id is not None:
            connection.execute(statement("segments/as_of/keep_then_customer"), {"customer_id": customer_id})
        connection.execute("ANALYZE then_profile")
        read = compiled.query.as_string()
        # Interests are weighed by what was kept.
        for table, readers in (("then_item", ("then_item", "then_interest")), ("then_interest", ("then_interest",))):
            if any(reader in read for reader in readers):
                connection.execute(statement(f"segments/as_of/create_{table}"), values)
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        connection.execute(statement("segments/as_of/create_then_member"))
        # From here on nothing but these temporary tables could be written.
        connection.execute("SET TRANSACTION READ ONLY")
        yield
    except Error as error:
        # Not a ROLLBACK: see `Warehouse.connect`.
        connection.close()
        if isinstance(error, errors.QueryCanceled):
            raise Permanent(
                Told.of(
                    "The segment as of {moment} took longer than {seconds:g} s and was stopped; narrow it down.",
                    moment=past.moment.isoformat(),
                    seconds=timeout_ms / 1000,
                )
            ) from error
        raise
    connection.rollback()
