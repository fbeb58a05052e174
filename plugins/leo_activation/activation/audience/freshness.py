"""Nothing is planned or sent on data that nobody has brought up to date for too long.

The age of the data is the time since the last finished sync began: whatever the source held then has been seen. The
moment of the latest event (`ops.sync_run.as_of`) says less: a shop where nothing happened at night is not stale, and
sample data stays of its past however often it is read. A replay of quarantined rows does not ask the source, so it does
not count. A tenant of whom no sync was ever recorded has no age that could be judged.
"""

from datetime import datetime, timedelta

from leo_activation.activation.safety.tenant_policy import read_policy
from leo_activation.errors import Transient
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


class StaleData(Transient):
    """The data is too old to act on; what was not sent waits unchanged until a sync has finished."""


def require_fresh_data(connection: Connection, tenant_id: str, *, now: datetime) -> None:
    """Pass only while the last finished sync is recent enough for the tenant's policy.

    Raises:
        StaleData: it is not.
    """
    row = connection.execute(statement("activation/audience/read_last_sync"), {"tenant_id": tenant_id}).fetchone()
    if row is None:
        return
    stale_after = timedelta(hours=read_policy(connection, tenant_id).policy.stale_after.hours)
    age = now - row[0]
    if age > stale_after:
        raise StaleData(
            Told.of(
                "The data of '{tenant_id}' was last read {age} hours ago, and its policy allows {most}: nothing is "
                "planned or sent before sync_cdp has finished again.",
                tenant_id=tenant_id,
                age=_hours(age),
                most=_hours(stale_after),
            )
        )


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
