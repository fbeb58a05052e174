"""The life of a row that was set aside: open until the source or a repair settles it.

open → superseded: the source has another state of the row, which passed or was set aside itself.
open → replayed: a repaired row was merged in its place; it stays so until the row changes at the source.
open → gone: the source no longer has the row; its bytes are emptied.
The rows of a run that was stopped before its merge are evidence of why; they do not count as part of what the tenant
has. Those of a run that was stopped after it (overtaken before its projection) do.
"""

import logging
from collections.abc import Mapping
from typing import cast

from psycopg import sql

from leo_activation.sync.runs import Step, SyncMode
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


def set_aside(step: Step) -> Mapping[str, str]:
    """Enter the rejected rows of the stage, in the transaction of the check.

    A row that is set aside already, or that was repaired, with the same rule and bytes is not entered again. The rows
    of a replay stay as they are; then the ids of those that were rejected are given, with the rule of each.
    """
    step.connection.execute(statement("sync/forget_quarantine"), step.parameters())
    if step.run.mode == SyncMode.REPLAY:
        rejected = step.connection.execute(statement("sync/list_rejected")).fetchall()
        return {str(line): rule for line, rule in rejected}
    for collection in _scopes(step):
        _execute(step, "sync/quarantine_rows", collection)
    return {}


def settle(step: Step) -> Mapping[str, int]:
    """Close what this run has settled, in the transaction of the merge; gives the rows closed, by how they were."""
    closed = {"superseded": 0, "replayed": 0, "gone": 0}
    for collection, scope in _scopes(step).items():
        if step.run.mode == SyncMode.REPLAY:
            closed["replayed"] += _execute(step, "sync/close_replayed_rows", collection)
            continue
        closed["superseded"] += _execute(step, "sync/supersede_quarantine", collection)
        closed["gone"] += _execute(step, "sync/forget_gone_rows", collection, whole=scope == "whole")
    for state, rows in closed.items():
        if rows:
            logger.info("Quarantine: %s rows %s.", rows, state)
    return closed


def _scopes(step: Step) -> Mapping[str, str]:
    """What was read of each collection that this run staged: whole, listed or read."""
    return cast(Mapping[str, str], step.run.counts["staged"]["scope"])


def _execute(step: Step, name: str, collection: str, **values: object) -> int:
    query = sql.SQL(statement(name)).format(collection=sql.Identifier(collection))
    return step.connection.execute(query, {**step.parameters(), "collection": collection, **values}).rowcount
