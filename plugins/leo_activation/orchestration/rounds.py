"""The rounds of a review: whom a waiting task asked, about what, since when, and why an answer counted for nothing.

Airflow keeps one answer a task and forgets it when the task asks again; a round stays. All rounds of a review end at
the same moment, so that answers which do not count cannot keep a request open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Round:
    """One time that people were asked; `hash` is of what was shown, None where the review binds none."""

    number: int
    hash: str | None
    assigned: tuple[str, ...]
    shown_at: datetime
    expires_at: datetime
    void_reason: str | None = None

    def __post_init__(self) -> None:
        """Turn what the database gives into the type promised."""
        object.__setattr__(self, "assigned", tuple(self.assigned))


@dataclass(frozen=True)
class ReviewRounds:
    """The rounds of one waiting task; `reviewed` is Airflow's name of it, below the tenant."""

    warehouse: Warehouse
    tenant_id: str
    reviewed: str

    def last(self) -> Round | None:
        """The last round, open or void; None before anybody was asked."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return self._last(connection)

    def open(self, shown_hash: str | None, assigned: Sequence[str], now: datetime, deadline: timedelta) -> Round:
        """The round in which these people are asked about this; a task that starts over goes on with its round.

        What was shown by an open round and is not what it was any more voids that round.
        """
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            before = self._last(connection)
            if before is not None and before.void_reason is None:
                if before.hash == shown_hash and set(before.assigned) <= set(assigned):
                    return before
                self._void(connection, before, Told.of("What was shown, or who may answer, changed."), None, None)
            expires_at = now + deadline if before is None else before.expires_at
            number = 1 if before is None else before.number + 1
            opened = Round(number, shown_hash, tuple(assigned), now, expires_at)
            self._insert(connection, opened)
        return opened

    def again(self, before: Round, reason: str, answered_by: str | None, answered_at: datetime, now: datetime) -> Round:
        """Void a round, and open the next one for the same people and the same thing."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            self._void(connection, before, reason, answered_by, answered_at)
            opened = Round(before.number + 1, before.hash, before.assigned, now, before.expires_at)
            self._insert(connection, opened)
        return opened

    def void(self, last: Round, reason: str, answered_by: str | None, answered_at: datetime) -> None:
        """Void the last round; nobody is asked again."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            self._void(connection, last, reason, answered_by, answered_at)

    def _last(self, connection: Connection) -> Round | None:
        with connection.cursor(row_factory=class_row(Round)) as cursor:
            return cursor.execute(statement("orchestration/read_round"), self._key()).fetchone()

    def _insert(self, connection: Connection, opened: Round) -> None:
        values = {name: value for name, value in vars(opened).items() if name != "void_reason"}
        values["assigned"] = list(opened.assigned)
        connection.execute(statement("orchestration/insert_round"), {**self._key(), **values})

    def _void(
        self,
        connection: Connection,
        round_: Round,
        reason: str,
        answered_by: str | None,
        answered_at: datetime | None,
    ) -> None:
        voided = {
            **self._key(),
            "number": round_.number,
            "reason": reason,
            "answered_by": answered_by,
            "answered_at": answered_at,
        }
        connection.execute(statement("orchestration/void_round"), voided)

    def _key(self) -> dict[str, object]:
        return {"tenant_id": self.tenant_id, "reviewed": self.reviewed}
