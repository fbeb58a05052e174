"""The delivery ledger: never lost, never blindly sent twice.

    ready, retry -> claimed -> sending -> accepted | rejected | retry | unknown
                    claimed -> ready      the lease ended, nothing had left
                    sending -> unknown    the lease ended, something may have left: never ready again

Three rules carry the promise. A claim gives a lease and a fencing token; whoever comes back with an older token changes
nothing. The attempt is committed before the first byte leaves. And the transaction that begins an attempt holds the
row of the person in `core.customer`, as the transaction of an opt-out does: so each attempt has begun either before an
opt-out was committed, or not at all.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from leo_activation.activation.channels import Answer
from leo_activation.activation.guard import SendingGuard, SendingStopped, refuse_when_stopped
from leo_activation.activation.rows import only_row
from leo_activation.activation.states import DeliveryState, MessageClass, SkipReason
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class RetryPolicy:
    """How often and after what wait a delivery is tried again that was proved not accepted.

    The wait is first_delay * factor^(attempts - 1), or the provider's own wish where that is longer.
    """

    max_attempts: int = 4
    first_delay: timedelta = timedelta(minutes=1)
    factor: int = 4

    def delay(self, attempts: int, wish: timedelta | None) -> timedelta:
        """The wait after the attempt of this number, counted from 1."""
        growth: int = self.factor ** (attempts - 1)
        return max(self.first_delay * growth, wish or timedelta(0))


@dataclass(frozen=True)
class Conditions:
    """What has to hold at the moment of sending, beside consent and suppression."""

    segment_id: str
    purpose: MessageClass
    guard: SendingGuard


@dataclass(frozen=True)
class Claim:
    """A delivery that a worker may begin while its lease lasts; `fence` is its token."""

    delivery_id: UUID
    fence: int
    customer_id: str
    channel: str


@dataclass(frozen=True)
class Attempt:
    """An attempt that is on record: now the message may leave. `number` counts from 1."""

    claim: Claim
    address: str
    first_name: str | None
    number: int


@dataclass(frozen=True)
class Progress:
    """How far a run is: deliveries in all, those still open, and seconds until one is due (None: none ever is)."""

    total: int
    open: int
    due_in_s: float | None


@dataclass(frozen=True)
class ReapCounts:
    """Deliveries of workers that did not come back: given back, and unknown for ever."""

    returned: int
    unknown: int


class Ledger:
    """The ledger of one tenant over one connection, for one worker at a time.

    The connection commits by itself, so that every step here is a transaction that has ended when the call returns.
    """

    def __init__(self, connection: Connection, tenant_id: str, worker: str, lease: timedelta) -> None:
        """Take over the connection, which must not be in a transaction."""
        connection.autocommit = True
        self._connection = connection
        self._tenant_id = tenant_id
        self._worker = worker
        self._lease = lease

    def claim(self, campaign_run_id: int, batch: int) -> list[Claim]:
        """Take at most `batch` deliveries that are due.

        Raises:
            SendingStopped: the kill switch is engaged.
        """
        refuse_when_stopped(self._connection)
        rows = self._connection.execute(
            statement("activation/claim_deliveries"),
            {
                "tenant_id": self._tenant_id,
                "campaign_run_id": campaign_run_id,
                "worker": self._worker,
                "lease": self._lease,
                "batch": batch,
            },
        )
        return [Claim(*row) for row in rows]

    def begin(self, claim: Claim, conditions: Conditions) -> Attempt | SkipReason | None:
        """Check everything once more and put the attempt on record.

        Returns:
            The attempt; or the reason why the person is skipped after all; or None where the lease was lost.

        Raises:
            SendingStopped: the kill switch is engaged; the claim stands and can be released.
        """
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute(
                statement("activation/lock_person"), {"tenant_id": self._tenant_id, "customer_id": claim.customer_id}
            )
            row = self._connection.execute(
                statement("activation/begin_attempt"),
                {
                    "tenant_id": self._tenant_id,
                    "delivery_id": claim.delivery_id,
                    "fence": claim.fence,
                    "worker": self._worker,
                    "lease": self._lease,
                    "segment_id": conditions.segment_id,
                    "purpose": conditions.purpose,
                    "in_production": conditions.guard.in_production,
                },
            ).fetchone()
        if row is None:
            return None
        verdict, address, first_name, number = row
        if verdict == "stopped":
            raise SendingStopped("The kill switch is engaged. Nothing is sent until it is released.")
        if verdict == "send":
            return Attempt(claim=claim, address=address, first_name=first_name, number=number)
        return SkipReason(verdict)

    def finish(self, attempt: Attempt, answer: Answer, retry: RetryPolicy) -> DeliveryState | None:
        """Record the answer.

        Returns:
            The state that the delivery came to, or None where it had been taken away: then the answer is kept as
            evidence only.
        """
        settled = self._connection.execute(
            statement("activation/finish_attempt"),
            {
                "tenant_id": self._tenant_id,
                "delivery_id": attempt.claim.delivery_id,
                "fence": attempt.claim.fence,
                "outcome": answer.outcome,
                "phase": answer.phase,
                "answer": answer.detail,
                "provider_message_id": answer.provider_message_id,
                "max_attempts": retry.max_attempts,
                "delay": retry.delay(attempt.number, answer.retry_after),
            },
        )
        state = only_row(settled)[0]
        return None if state is None else DeliveryState(state)

    def release(self, campaign_run_id: int) -> None:
        """Give back what this worker claimed and did not begin."""
        self._connection.execute(
            statement("activation/release_deliveries"),
            {"tenant_id": self._tenant_id, "campaign_run_id": campaign_run_id, "worker": self._worker},
        )

    def progress(self, campaign_run_id: int) -> Progress:
        """How far a run is."""
        counted = self._connection.execute(
            statement("activation/count_open"), {"tenant_id": self._tenant_id, "campaign_run_id": campaign_run_id}
        )
        return Progress(*only_row(counted))


def reap(warehouse: Warehouse, tenant_id: str) -> ReapCounts:
    """Settle the deliveries whose lease ended, and close the runs that are done; safe beside running workers."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        returned, unknown = only_row(
            connection.execute(statement("activation/reap_deliveries"), {"tenant_id": tenant_id})
        )
        connection.execute(statement("activation/finish_runs"), {"tenant_id": tenant_id})
    return ReapCounts(returned=returned, unknown=unknown)
