"""One transaction that is tried again where it and another one waited for each other."""

import logging
from collections.abc import Callable
from typing import TypeVar

import psycopg

from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse

logger = logging.getLogger(__name__)

TRIES = 4
"""The server looks for deadlocks after a second, so that so many tries take a few seconds at most."""

Result = TypeVar("Result")


def in_transaction(
    warehouse: Warehouse, role: DatabaseRole, tenant_id: str, work: Callable[[Connection], Result]
) -> Result:
    """What `work` returns, committed; from the start again, on a new connection, where the server ended it to break a
    deadlock. So `work` may be called up to four times and may do nothing outside of the transaction.

    Raises:
        Transient: the warehouse cannot be reached, cannot take it now, or ended each try; nothing was kept.
    """
    for left in reversed(range(TRIES)):
        try:
            with warehouse.connect(role, tenant_id) as connection:
                return work(connection)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
            logger.info("A transaction of %s met a %s; %d tries are left.", tenant_id, type(error).__name__, left)
        except psycopg.OperationalError as error:
            raise Transient(f"The warehouse cannot take it now: {type(error).__name__}.") from error
    raise Transient(f"A transaction was ended {TRIES} times because another one stood against it.")
