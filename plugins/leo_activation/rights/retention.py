"""For how long tables keep their rows, as versioned data, and its enforcement in bounded batches.

Every batch is a transaction of its own, so that a run that is cut off has done what it has done and the next goes on.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leo_activation.errors import Configuration
from leo_activation.progress import Progress
from leo_activation.rights.registry import HELD
from leo_activation.settings import REPOSITORY
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.graph_schema import EVENT_EDGES, OTHER_EVENT_EDGE
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant

logger = logging.getLogger(__name__)

RETENTION = REPOSITORY / "include" / "policies" / "retention.yaml"
ROWS_A_BATCH = 5_000
BATCHES_A_TABLE = 400
"""In one run; what is left is done by the next."""
EVENTS = "core.event"


class RetentionAct(StrEnum):
    """What is done when the time is over: the row goes, or the column that the name of the act tells."""

    DELETE = "delete"
    DELETE_SETTLED = "delete_settled"
    DELETE_EVENTS = "delete_events"
    EMPTY_ADDRESSES = "empty_addresses"
    EMPTY_ANSWERS = "empty_answers"
    EMPTY_DETAILS = "empty_details"


# The statement of each act, and the condition of its rows beside their age.
_STATEMENTS: Mapping[RetentionAct, tuple[str, str]] = {
    RetentionAct.DELETE: ("rights/delete_expired", "true"),
    RetentionAct.DELETE_SETTLED: ("rights/delete_expired", "old.state IN ('superseded', 'gone')"),
    RetentionAct.DELETE_EVENTS: ("rights/delete_expired_events", "true"),
    RetentionAct.EMPTY_ADDRESSES: (
        "rights/empty_expired",
        "old.address IS NOT NULL AND old.state IN ('accepted', 'rejected', 'skipped', 'cancelled')",
    ),
    RetentionAct.EMPTY_ANSWERS: ("rights/empty_expired", "old.answer IS NOT NULL"),
    RetentionAct.EMPTY_DETAILS: ("rights/empty_expired", "old.detail IS NOT NULL"),
}
_EMPTIED: Mapping[RetentionAct, str] = {
    RetentionAct.EMPTY_ADDRESSES: "address",
    RetentionAct.EMPTY_ANSWERS: "answer",
    RetentionAct.EMPTY_DETAILS: "detail",
}


class Keep(BaseModel):
    """How long one table keeps its rows: `days` from `moment`, or for good with the reason `keep`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(default=None, ge=1, le=36_500)
    moment: str | None = Field(default=None, pattern=r"^[a-z_]+$")
    act: RetentionAct | None = None
    keep: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        limited = (self.days, self.moment, self.act)
        if (self.keep is None) == (None in limited) or (self.keep is not None and any(limited)):
            raise ValueError("a table has days, moment and act, or the reason to keep its rows")
        return self


class RetentionPolicy(BaseModel):
    """How long every table keeps its rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    tables: dict[str, Keep]

    def limited(self) -> Mapping[str, Keep]:
        """The tables whose rows have an end."""
        return {table: keep for table, keep in self.tables.items() if keep.days is not None}


@cache
def read_retention(file: Path = RETENTION) -> RetentionPolicy:
    """The policy that holds.

    Raises:
        Configuration: the file is not there, says what cannot be, or names a table that there is not.
    """
    try:
        policy = RetentionPolicy.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise Configuration(f"The retention policy cannot be read from {file}: {error.strerror}.") from None
    except (ValidationError, yaml.YAMLError) as error:
        raise Configuration(f"The retention policy in {file} is wrong: {str(error).splitlines()[0]}") from None
    if unknown := set(policy.tables) - {held.table for held in HELD}:
        raise Configuration(f"The retention policy in {file} names tables that there are not: {', '.join(unknown)}.")
    return policy


def count_expired(connection: Connection, tenant: Tenant, policy: RetentionPolicy) -> dict[str, int]:
    """How many rows of each limited table are beyond their time now; deletes nothing."""
    found = {}
    for table, keep in policy.limited().items():
        found[table] = _count(connection, tenant, table, keep)
    return found


def enforce(
    connection: Connection,
    tenant: Tenant,
    policy: RetentionPolicy,
    *,
    batch: int = ROWS_A_BATCH,
    most_batches: int = BATCHES_A_TABLE,
) -> dict[str, int]:
    """Delete or empty what is beyond its time; gives the rows by table, and notes them in the audit log.

    Args:
        connection: the loader's, bound to the tenant and alone with it: no sync is at work.
        batch: rows of one transaction.
        most_batches: transactions of one table in one call.
    """
    done: dict[str, int] = {}
    for table, keep in policy.limited().items():
        rows = 0
        if keep.act is RetentionAct.DELETE_EVENTS:
            _set_horizon(connection, tenant, keep)
        work = f"Rows of {table} of {tenant.tenant_id} beyond {keep.days} days"
        progress = Progress(logger, work, _count(connection, tenant, table, keep), "rows")
        for _ in range(most_batches):
            changed = _one_batch(connection, tenant, table, keep, batch)
            connection.commit()
            rows += changed
            if changed:
                progress.done(rows)
            if changed < batch:
                break
        if rows:
            done[table] = rows
        if keep.act is RetentionAct.DELETE_EVENTS and keep.days is not None:
            _drop_partitions(connection, keep.days)
    if done:
        values = {"tenant_id": tenant.tenant_id, "version": policy.version, "rows": Jsonb(done)}
        connection.execute(statement("rights/note_retention"), values)
        connection.commit()
    return done


def _count(connection: Connection, tenant: Tenant, table: str, keep: Keep) -> int:
    query = _composed("rights/count_expired", table, keep)
    row = connection.execute(query, {"tenant_id": tenant.tenant_id, "days": keep.days}).fetchone()
    return int(row[0]) if row else 0


def _one_batch(connection: Connection, tenant: Tenant, table: str, keep: Keep, batch: int) -> int:
    if keep.act is None:
        return 0
    values: dict[str, object] = {"tenant_id": tenant.tenant_id, "days": keep.days, "batch": batch}
    query = _composed(_STATEMENTS[keep.act][0], table, keep)
    if keep.act is not RetentionAct.DELETE_EVENTS:
        return connection.execute(query, values).rowcount
    keys = [row[0] for row in connection.execute(query, values)]
    use_graph(connection)
    for label in {*EVENT_EDGES.values(), OTHER_EVENT_EDGE}:
        edges = label_statement("rights/delete_event_edges", tenant.graph_name, edges=label)
        connection.execute(edges, {"graph_name": tenant.graph_name, "label": label, "graph_keys": keys})
    return len(keys)


def _composed(name: str, table: str, keep: Keep) -> sql.Composed:
    if keep.act is None or keep.moment is None:
        raise Configuration(f"The table {table} has no end to its rows.")
    return sql.SQL(statement(name)).format(
        table=sql.Identifier(*table.split(".")),
        moment=sql.Identifier(keep.moment),
        only=sql.SQL(_STATEMENTS[keep.act][1]),
        emptied=sql.Identifier(_EMPTIED.get(keep.act, keep.moment)),
    )


def _set_horizon(connection: Connection, tenant: Tenant, keep: Keep) -> None:
    """First of all, so that no sync brings back what goes now."""
    values = {"tenant_id": tenant.tenant_id, "table": EVENTS, "days": keep.days}
    connection.execute(statement("rights/set_horizon"), values)
    connection.commit()


def _drop_partitions(connection: Connection, days: int) -> None:
    before = datetime.now(UTC) - timedelta(days=days)
    row = connection.execute(statement("rights/drop_partitions"), {"before": before}).fetchone()
    connection.commit()
    logger.info("%s partitions of events without a row were dropped.", row[0] if row else 0)
