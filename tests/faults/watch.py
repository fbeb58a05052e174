"""A look into the ledger that outlives interruptions of the database."""

import time
from collections.abc import Collection
from datetime import datetime
from typing import Any

import psycopg

from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

SECONDS_TO_TRY = 120
PAUSE_S = 0.05
Begun = tuple[str, int]
"""An attempt: its delivery and its fence."""


class Watch:
    """Questions about the runs of one tenant."""

    def __init__(self, warehouse: Warehouse, tenant_id: str) -> None:
        """Connects when it is first asked."""
        self._warehouse = warehouse
        self._tenant_id = tenant_id
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query whose first value is the tenant; asked again while the database is away.

        Raises:
            Transient: it was away for too long.
        """
        ends_at = time.monotonic() + SECONDS_TO_TRY
        while True:
            try:
                if self._connection is None:
                    url = self._warehouse.urls[DatabaseRole.WRITER]
                    self._connection = psycopg.connect(
                        url, autocommit=True, connect_timeout=5, application_name="fault test"
                    )
                    self._connection.execute("SELECT set_config('leo.tenant_id', %s, false)", [self._tenant_id])
                return self._connection.execute(query.encode(), [self._tenant_id, *values]).fetchall()
            except psycopg.OperationalError as error:
                self.close()
                if time.monotonic() > ends_at:
                    raise Transient("The database was away for too long.") from error
                time.sleep(PAUSE_S)

    def close(self) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def now(self) -> datetime:
        """The server's clock."""
        moment: datetime = self.ask("SELECT clock_timestamp(), %s::text")[0][0]
        return moment

    def done(self, runs: Collection[int]) -> int:
        """How many deliveries of some runs have come to their end, of those that were begun."""
        rows = self.ask(
            "SELECT count(*) FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = ANY (%s) "
            "AND state IN ('accepted', 'rejected', 'unknown')",
            list(runs),
        )
        return int(rows[0][0])

    def done_of(self, run: int) -> int:
        """How many deliveries of a run a provider took."""
        rows = self.ask(
            "SELECT count(*) FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s "
            "AND state = 'accepted'",
            run,
        )
        return int(rows[0][0])

    def holders(self) -> list[str]:
        """The names of the workers that hold deliveries."""
        rows = self.ask(
            "SELECT DISTINCT split_part(leased_by, ':', 1) FROM activation.delivery "
            "WHERE tenant_id = %s AND state IN ('claimed', 'sending') ORDER BY 1"
        )
        return [row[0] for row in rows]

    def sending(self, worker: str, since: datetime) -> list[Begun]:
        """The attempts that a worker is at; what it was at before `since`, it is at no more."""
        rows = self.ask(
            "SELECT delivery_id::text, fence FROM activation.delivery "
            "WHERE tenant_id = %s AND state = 'sending' AND leased_by LIKE %s AND state_changed_at > %s",
            f"{worker}:%",
            since,
        )
        return [(row[0], row[1]) for row in rows]

    def standing(self, begun: Begun) -> tuple[bool, bool, bool]:
        """Whether an attempt still holds its delivery, whether it has an answer, and whether that came late."""
        rows = self.ask(
            "SELECT delivery.state = 'sending' AND delivery.fence = attempt.fence, attempt.outcome IS NOT NULL, late "
            "FROM activation.attempt JOIN activation.delivery USING (tenant_id, delivery_id) "
            "WHERE tenant_id = %s AND delivery_id = %s AND attempt.fence = %s",
            *begun,
        )
        return rows[0][0], rows[0][1], rows[0][2]

    def run_states(self) -> dict[int, str]:
        """Where each run stands."""
        return dict(self.ask("SELECT campaign_run_id, state FROM activation.run WHERE tenant_id = %s"))
