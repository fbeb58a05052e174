"""The delivery ledger: never lost, never blindly sent twice.

    ready, retry -> claimed -> sending -> accepted | rejected | retry | unknown
                    claimed -> ready      the lease ended, nothing had left
                    sending -> unknown    the lease ended, something may have left: never ready again

Three rules carry the promise. A claim gives a lease and a fencing token; whoever comes back with an older token changes
nothing. The attempt is committed before the first byte leaves. And the transaction that begins an attempt holds the
row of the person in `core.customer`, as the transaction of an opt-out does: so each attempt has begun either before an
opt-out was committed, or not at all.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from leo_activation.activation.audience.conditions import Conditions
from leo_activation.activation.channels import Answer, RateLimits
from leo_activation.activation.finishing import finish_runs
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.guard import SendingStopped, refuse_when_stopped
from leo_activation.activation.sending.pacing import Way
from leo_activation.activation.sending.rate_limits import feed, pause_provider
from leo_activation.activation.states import DeliveryState, RecipientKind, SkipReason
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

PLAN_ONCE = "SET LOCAL plan_cache_mode = force_generic_plan"
"""For one transaction: its statements find rows by key, and planning them takes several times as long as they do."""


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
class Claim:
    """A delivery that a worker may begin while its lease lasts; `fence` is its token."""

    delivery_id: UUID
    fence: int
    customer_id: str
    channel: str
    kind: RecipientKind


@dataclass(frozen=True)
class Attempt:
    """An attempt that is on record: now the message may leave. `number` counts from 1.

    `route` is the one by which it goes; `sealed_grant` what the person gave the provider for it, as it is stored.
    """

    claim: Claim
    address: str
    first_name: str | None
    number: int
    kind: RecipientKind = RecipientKind.CUSTOMER
    language: str | None = None
    variant: str | None = None
    route: str | None = None
    sealed_grant: bytes | None = field(default=None, repr=False)
    coupon: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Begun:
    """What became of claims that were to begin.

    `put_back` are ready again and have a later time; of the `lost` the lease had ended, or somebody was ending them.
    """

    attempts: tuple[Attempt, ...] = ()
    skipped: Mapping[UUID, SkipReason] = field(default_factory=dict)
    put_back: frozenset[UUID] = frozenset()
    lost: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Answered:
    """An attempt and its answer; `unsent`: not a byte of it left, so that the attempt counts for nothing."""

    attempt: Attempt
    answer: Answer
    unsent: bool = False


@dataclass(frozen=True)
class Settled:
    """The state that a delivery came to by an answer (None: it changed nothing), and whether its lease had ended."""

    state: DeliveryState | None
    late: bool


@dataclass(frozen=True)
class Backlog:
    """What of a run is to be sent still: deliveries in all, those open, and seconds until one can be claimed.

    `due_in_s` is None where none will be without a person: nothing waits, the campaign is paused, or its provider rests
    until it is released. `resting` says which providers take nothing now, and why.
    """

    total: int
    open: int
    due_in_s: float | None
    resting: str | None = None


@dataclass(frozen=True)
class ReapCounts:
    """Deliveries of workers that did not come back, and of those that nobody will begin any more.

    `returned` are ready again, `unknown` wait for evidence, `skipped` were past their last moment, `cancelled` belong
    to a run that was stopped.
    """

    returned: int
    unknown: int
    skipped: int = 0
    cancelled: int = 0


class Ledger:
    """The ledger of one tenant over one connection, for one worker at a time.

    The connection commits by itself, so that every step here is a transaction that has ended when the call returns.
    """

    def __init__(
        self, connection: Connection, tenant_id: str, worker: str, lease: timedelta, ways: Sequence[Way]
    ) -> None:
        """Take over the connection, which must not be in a transaction; `ways` are the channels that are worked off."""
        connection.autocommit = True
        self._connection = connection
        self._tenant_id = tenant_id
        self._worker = worker
        self._lease = lease
        self._providers = {way.channel: way.provider for way in ways}
        self._ways = list(ways)
        self._left_out: set[str] = set()

    def leave_out(self, channel: str) -> None:
        """Claim nothing of a channel any more, and wait for nothing of it."""
        self._left_out.add(channel)

    def claim(self, campaign_run_id: int, batch: int) -> list[Claim]:
        """Take at most `batch` deliveries that are due.

        Raises:
            SendingStopped: the sending of all, or of the tenant, is stopped.
        """
        refuse_when_stopped(self._connection, self._tenant_id)
        rows = self._connection.execute(
            statement("activation/sending/claim_deliveries"),
            {
                "tenant_id": self._tenant_id,
                "campaign_run_id": campaign_run_id,
                "worker": self._worker,
                "lease": self._lease,
                "batch": batch,
                **_side_by_side(self._open_ways()),
            },
        )
        return [
            Claim(delivery_id, fence, customer_id, channel, RecipientKind(kind))
            for delivery_id, fence, customer_id, channel, kind in rows
        ]

    def begin(
        self,
        claims: Sequence[Claim],
        conditions: Conditions,
        *,
        left: Collection[str] = (),
        coupon_pool: str | None = None,
    ) -> Begun:
        """Check everything once more and put the attempts on record, in one transaction that holds all the people.

        Args:
            claims: few, because a worker that dies leaves each attempt that has begun as unknown.
            left: the customers for whom the segments' own conditions no longer hold.
            coupon_pool: where each person gets a code from who has none of the campaign yet; None: nobody gets one.

        Raises:
            SendingStopped: sending is stopped; nothing began, and the claims stand and can be released.
        """
        named = {"tenant_id": self._tenant_id, "customer_ids": [claim.customer_id for claim in claims]}
        asked = {
            "tenant_id": self._tenant_id,
            "delivery_ids": [claim.delivery_id for claim in claims],
            "fences": [claim.fence for claim in claims],
            "qualify": [claim.customer_id not in left for claim in claims],
            "providers": json.dumps(self._providers),
            "worker": self._worker,
            "lease": self._lease,
            "coupon_pool": coupon_pool,
            **conditions.parameters(),
        }

        with self._one_transaction():
            self._connection.execute(PLAN_ONCE)
            self._connection.execute(statement("activation/sending/lock_people"), named, prepare=True)
            if coupon_pool is not None:
                self._connection.execute(statement("activation/sending/issue_coupons"), asked, prepare=True)
            begun = self._connection.execute(statement("activation/sending/begin_attempt"), asked, prepare=True)
            if coupon_pool is not None:
                self._connection.execute(statement("activation/sending/return_coupons"), asked, prepare=True)
            rows = begun.fetchall()
        if any(row[1] == "stopped" for row in rows):
            raise SendingStopped("Sending was stopped meanwhile. Nothing is sent until it is released.")
        return _begun(claims, rows)

    @contextmanager
    def _one_transaction(self) -> Iterator[None]:
        """A transaction, its statements sent together; on an error the connection is closed (`Warehouse.connect`)."""
        with self._connection.transaction():
            try:
                with self._connection.pipeline():
                    yield
            except BaseException:
                # Before the transaction would send a ROLLBACK.
                self._connection.close()
                raise

    def finish(self, answered: Sequence[Answered], retry: RetryPolicy) -> list[Settled]:
        """Record the answers, and what they say of addresses and providers, in one transaction.

        Returns:
            What each of them led to, in the order of the answers.
        """
        settled = self._record(answered, retry)
        for provider, limits in _tightest(answered, self._providers).items():
            channels = [channel for channel, carrier in self._providers.items() if carrier == provider]
            with self._one_transaction():
                feed(self._connection, self._tenant_id, provider, channels, limits)
        return [settled[each.attempt.claim.delivery_id] for each in answered]

    def _record(self, answered: Sequence[Answered], retry: RetryPolicy) -> dict[UUID, Settled]:
        dead = [each for each in answered if each.answer.address_is_dead]
        with self._one_transaction():
            self._connection.execute(PLAN_ONCE)
            # Addresses before deliveries, as a sync takes them.
            if dead:
                self._connection.execute(
                    statement("activation/pacing/retire_dead_addresses"),
                    {
                        "tenant_id": self._tenant_id,
                        "delivery_ids": [each.attempt.claim.delivery_id for each in dead],
                        "reasons": [
                            f"{self._providers[each.attempt.claim.channel]}: {each.answer.detail}" for each in dead
                        ],
                    },
                )
            finished = self._connection.execute(
                statement("activation/sending/finish_attempts"),
                {
                    "tenant_id": self._tenant_id,
                    "delivery_ids": [each.attempt.claim.delivery_id for each in answered],
                    "fences": [each.attempt.claim.fence for each in answered],
                    "outcomes": [each.answer.outcome for each in answered],
                    "phases": [each.answer.phase for each in answered],
                    "answers": [each.answer.detail for each in answered],
                    "provider_message_ids": [each.answer.provider_message_id for each in answered],
                    "delays": [
                        timedelta(0) if each.unsent else retry.delay(each.attempt.number, each.answer.retry_after)
                        for each in answered
                    ],
                    "unsent": [each.unsent for each in answered],
                    "max_attempts": retry.max_attempts,
                },
                prepare=True,
            )
            for each in answered:
                if each.answer.pause is not None:
                    provider = self._providers[each.attempt.claim.channel]
                    pause_provider(self._connection, self._tenant_id, provider, each.answer.pause)
            rows = finished.fetchall()
        return {row[0]: Settled(None if row[1] is None else DeliveryState(row[1]), row[2]) for row in rows}

    def release(self, campaign_run_id: int) -> None:
        """Give back what this worker claimed and did not begin."""
        self._connection.execute(
            statement("activation/sending/release_deliveries"),
            {
                "tenant_id": self._tenant_id,
                "campaign_run_id": campaign_run_id,
                "worker": self._worker,
                **_side_by_side(self._ways),
            },
        )

    def backlog(self, campaign_run_id: int) -> Backlog:
        """What of a run is to be sent still."""
        counted = self._connection.execute(
            statement("activation/sending/count_open"),
            {"tenant_id": self._tenant_id, "campaign_run_id": campaign_run_id, **_side_by_side(self._open_ways())},
        )
        return Backlog(*only_row(counted))

    def _open_ways(self) -> list[Way]:
        return [way for way in self._ways if way.channel not in self._left_out]


def _side_by_side(ways: Sequence[Way]) -> dict[str, list[str | None]]:
    """The ways as the statements take them."""
    return {
        "channels": [way.channel for way in ways],
        "providers": [way.provider for way in ways],
        "senders": [way.sender for way in ways],
    }


def _tightest(answered: Sequence[Answered], providers: Mapping[str, str]) -> dict[str, RateLimits]:
    """The lowest of what each provider's answers left us."""
    lowest: dict[str, RateLimits] = {}
    for each in answered:
        provider, limits = providers[each.attempt.claim.channel], each.answer.limits
        if limits is not None and (provider not in lowest or limits.remaining <= lowest[provider].remaining):
            lowest[provider] = limits
    return lowest


def _begun(claims: Sequence[Claim], rows: Sequence[tuple[Any, ...]]) -> Begun:
    by_id = {row[0]: row[1:] for row in rows}
    attempts: list[Attempt] = []
    skipped: dict[UUID, SkipReason] = {}
    put_back: set[UUID] = set()
    for claim in claims:
        if claim.delivery_id not in by_id:
            continue
        verdict, state, address, first_name, number, kind, language, variant, route, grant, coupon = by_id[
            claim.delivery_id
        ]
        if state == DeliveryState.SENDING:
            whom = RecipientKind(kind)
            attempts.append(Attempt(claim, address, first_name, number, whom, language, variant, route, grant, coupon))
        elif state == DeliveryState.SKIPPED:
            skipped[claim.delivery_id] = SkipReason(verdict)
        else:
            put_back.add(claim.delivery_id)
    lost = frozenset(claim.delivery_id for claim in claims) - by_id.keys()
    return Begun(tuple(attempts), skipped, frozenset(put_back), lost)


def reap(warehouse: Warehouse, tenant_id: str) -> ReapCounts:
    """Settle the deliveries whose lease ended, and close the runs that are done; safe beside running workers."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        reaped = only_row(connection.execute(statement("activation/sending/reap_deliveries"), {"tenant_id": tenant_id}))
        # Whoever holds deliveries takes no campaign: a stop takes them the other way round.
        connection.commit()
        finish_runs(connection, tenant_id)
    return ReapCounts(*reaped)
