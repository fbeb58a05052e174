"""Drain a run's ledger: claim, check again, send, record, until nothing is due or the time is up.

Any number of workers may drain one run, in threads, processes or on several machines; a worker that dies leaves nothing
behind that the reaper does not settle. Running it again does what is left.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from leo_activation.activation.audience.conditions import StillQualifies, conditions_of
from leo_activation.activation.audience.freshness import require_fresh_data
from leo_activation.activation.audience.waterfall import read_run
from leo_activation.activation.campaigns.composing import PersonalValues, Recipient, compose, personal_slots
from leo_activation.activation.campaigns.content import CampaignContent, read_content
from leo_activation.activation.channels import Answer, Channel, Message, Session
from leo_activation.activation.channels.file import EMAIL, FileChannel
from leo_activation.activation.messages.links import LinkTarget, UnsubscribeLinks
from leo_activation.activation.messages.optout import unsubscribe
from leo_activation.activation.runs.approval import StaleApproval, run_state
from leo_activation.activation.safety.deliverability import refuse_unchecked
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.activation.safety.routes import GRANTED_ROUTES
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.activation.sending.ledger import Answered, Attempt, Claim, Ledger, RetryPolicy, reap
from leo_activation.activation.sending.pacing import Pacing, Way, pacing_of, sending_domain
from leo_activation.activation.sending.rate_limits import open_limits
from leo_activation.activation.states import Outcome, RecipientKind, RunState
from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.05, 30.0
TELL_EVERY_S = 30.0
NOT_SENT = Answer(Outcome.RETRY, "not_sent", "Nothing of the message had left.")


class Point(StrEnum):
    """The named moments of a worker's way, at each of which it may die without harm."""

    AFTER_CLAIM = "after_claim"
    BEFORE_BEGIN = "before_begin"
    AFTER_BEGIN = "after_begin"
    BEFORE_SEND = "before_send"
    AFTER_SEND = "after_send"
    BEFORE_FINISH = "before_finish"
    AFTER_FINISH = "after_finish"
    BEFORE_RELEASE = "before_release"


def _pass_by(point: Point) -> None:
    """Nobody watches the worker."""


@dataclass(frozen=True)
class DispatchLimits:
    """Bounds of one call of `dispatch`.

    `lease` must be longer than a channel's own time limits together, or an answer can come late. `in_flight` attempts
    begin in one transaction and are sent one after the other: more are faster, and so many can be unknown after a
    kill, or leave after an opt-out that was committed meanwhile. What did not leave `send_within` so long after it
    began is given back. `pacing` bounds providers and new senders where the tenant set nothing itself; None: by where
    this installation stands.
    """

    batch: int = 50
    in_flight: int = 8
    send_within: timedelta = timedelta(seconds=30)
    time_limit: timedelta = timedelta(minutes=30)
    lease: timedelta = timedelta(minutes=5)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    pacing: Pacing | None = None


@dataclass(frozen=True)
class DispatchCounts:
    """What one call did, and how many deliveries of the run are still open."""

    accepted: int = 0
    rejected: int = 0
    retry: int = 0
    unknown: int = 0
    skipped: int = 0
    late: int = 0
    open: int = 0


def dispatch(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    channels: Mapping[str, Channel],
    *,
    worker: str,
    guard: SendingGuard,
    links: UnsubscribeLinks,
    limits: DispatchLimits | None = None,
    still_qualifies: StillQualifies | None = None,
    sealer: Sealer | None = None,
    at: Callable[[Point], None] = _pass_by,
) -> DispatchCounts:
    """Send what an approved run has ready.

    Args:
        channels: every channel that the campaign uses, by name.
        worker: who is at work, for the record of each attempt.
        links: makes the unsubscribe link of each marketing message.
        still_qualifies: asks the segments' conditions again of each batch; who no longer meets them is skipped.
        sealer: opens what people gave a provider for a route; None: no such route can be used.
        at: called at each named point, for whoever watches the worker.

    Returns:
        What this call did. `open` above zero means that retries wait or that other workers are busy: call again.

    Raises:
        SendingStopped: the kill switch is engaged; what was not sent stays ready.
        StaleApproval: the campaign or its segment's definition changed after the approval.
        StaleData: the data is older than the tenant's policy allows; what was not sent stays ready.
        Permanent: the run was not approved.
        Configuration: a channel of the campaign is not among `channels`, or refuses this installation; in production
            also where no check of the DNS of an e-mail's domain has passed.
        Transient: a provider or the warehouse cannot be reached; nobody's attempts were used up. What goes by the
            run's other providers has been sent before a provider's error is raised.
    """
    limits = limits or DispatchLimits()
    reap(warehouse, tenant_id)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        content = _approved_content(connection, tenant_id, campaign_run_id, channels)
    if content is None:
        return DispatchCounts()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection, ExitStack() as stack:
        ways = [Way(name, channels[name].provider, sending_domain(content.senders[name])) for name in content.channels]
        if guard.in_production:
            by_mail = [one for one in ways if one.channel == EMAIL and one.provider != FileChannel.provider]
            refuse_unchecked(connection, tenant_id, [content.senders[one.channel] or "" for one in by_mail])
        open_limits(connection, tenant_id, ways, limits.pacing or pacing_of(guard))
        connection.commit()
        ledger = Ledger(connection, tenant_id, f"{worker}:{uuid4().hex[:8]}", limits.lease, ways)
        sessions = {name: stack.enter_context(channels[name].open()) for name in content.channels}
        personal = PersonalValues(connection, tenant_id, personal_slots(content))
        drain = _Drain(
            warehouse,
            tenant_id,
            campaign_run_id,
            content,
            ledger,
            channels,
            sessions,
            guard,
            links,
            limits,
            still_qualifies,
            at,
            personal,
            sealer,
        )
        try:
            drain.run()
        finally:
            if not connection.closed:
                at(Point.BEFORE_RELEASE)
                ledger.release(campaign_run_id)
        reap(warehouse, tenant_id)
        drain.refuse_where_down()
        return drain.counts()


def _approved_content(
    connection: Connection, tenant_id: str, campaign_run_id: int, channels: Mapping[str, Channel]
) -> CampaignContent | None:
    state = run_state(connection, tenant_id, campaign_run_id)
    if state is RunState.FINISHED:
        return None
    if state not in {RunState.APPROVED, RunState.SENDING}:
        raise Permanent(f"The campaign run {campaign_run_id} is {state}; only an approved one is sent.")
    require_fresh_data(connection, tenant_id, now=datetime.now(UTC))
    run = read_run(connection, tenant_id, campaign_run_id)
    content = read_content(connection, tenant_id, run.campaign_id)
    if content.hash != run.hash:
        raise StaleApproval(
            f"The campaign '{run.campaign_id}' is not what was approved any more: run {campaign_run_id} stays unsent."
        )
    if absent := [name for name in content.channels if name not in channels]:
        raise Configuration(f"The campaign '{run.campaign_id}' needs the channel {absent[0]}, which is not set up.")
    connection.execute(
        statement("activation/sending/start_run"), {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    )
    return content


class _Drain:
    """One worker's way through one run."""

    def __init__(
        self,
        warehouse: Warehouse,
        tenant_id: str,
        campaign_run_id: int,
        content: CampaignContent,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        sessions: Mapping[str, Session[Any]],
        guard: SendingGuard,
        links: UnsubscribeLinks,
        limits: DispatchLimits,
        still_qualifies: StillQualifies | None,
        at: Callable[[Point], None],
        personal: PersonalValues,
        sealer: Sealer | None,
    ) -> None:
        self._warehouse = warehouse
        self._personal = personal
        self._sealer = sealer
        self._tenant_id = tenant_id
        self._run_id = campaign_run_id
        self._content = content
        self._ledger = ledger
        self._channels = channels
        self._sessions = sessions
        self._links = links
        self._limits = limits
        self._still_qualifies = still_qualifies
        self._at = at
        self._conditions = conditions_of(content, guard)
        self._down: dict[str, LeoError] = {}
        self._leased_until = time.monotonic()
        self._counted = dict.fromkeys(DispatchCounts.__dataclass_fields__, 0)

    def run(self) -> None:
        """Claim and send until nothing is due within the time limit."""
        ends_at = time.monotonic() + self._limits.time_limit.total_seconds()
        told_at = time.monotonic()
        while time.monotonic() < ends_at:
            self._leased_until = time.monotonic() + self._limits.lease.total_seconds()
            claims = self._ledger.claim(self._run_id, self._limits.batch)
            if claims:
                self._at(Point.AFTER_CLAIM)
            left = self._left(claims)
            for first in range(0, len(claims), self._limits.in_flight):
                if time.monotonic() >= ends_at:
                    return
                if not self._attempt(claims[first : first + self._limits.in_flight], left):
                    break
            # Counting costs what the run is long: only when there is nothing else to do, and now and then to tell.
            if claims and time.monotonic() < told_at + TELL_EVERY_S:
                continue
            told_at = time.monotonic()
            backlog = self._ledger.backlog(self._run_id)
            done = backlog.total - backlog.open
            resting = f" Resting: {backlog.resting}" if backlog.resting else ""
            logger.info(
                "Sending run %d of %s: %s of %s deliveries done.%s",
                self._run_id, self._tenant_id, f"{done:,}", f"{backlog.total:,}", resting,
            )  # fmt: skip
            if not claims:
                if backlog.due_in_s is None or time.monotonic() + backlog.due_in_s >= ends_at:
                    return
                time.sleep(min(max(backlog.due_in_s, SHORTEST_WAIT_S), LONGEST_WAIT_S))

    def counts(self) -> DispatchCounts:
        """What was done so far, and what is open now."""
        return DispatchCounts(**{**self._counted, "open": self._ledger.backlog(self._run_id).open})

    def _left(self, claims: Sequence[Claim]) -> frozenset[str]:
        """The customers among the claims for whom the segments' own conditions no longer hold."""
        if self._still_qualifies is None or not claims:
            return frozenset()
        asked = {claim.customer_id for claim in claims if claim.kind is RecipientKind.CUSTOMER}
        return frozenset(asked.difference(self._still_qualifies(sorted(asked)))) if asked else frozenset()

    def refuse_where_down(self) -> None:
        """Raise the error of the first channel whose provider could not be reached, or refused this installation."""
        for error in self._down.values():
            raise error

    def _is_ready(self, channel: str) -> bool:
        """Whether the channel's provider can be reached; one that cannot holds up nobody else's messages."""
        try:
            self._sessions[channel].ready()
        except (Transient, Configuration) as error:
            self._leave_out(channel, error)
            return False
        return True

    def _leave_out(self, channel: str, error: LeoError) -> None:
        logger.warning("Run %d: nothing more goes by %s now: %s", self._run_id, channel, error)
        self._down[channel] = error
        self._ledger.leave_out(channel)

    def _attempt(self, claims: Sequence[Claim], left: frozenset[str]) -> bool:
        """Begin a few attempts in one transaction, send them one after the other, and record the answers in another.

        Returns:
            False where claims were given back and are to be made anew: a provider could not be reached, or somebody
            held a delivery just when it was to begin, which may be a worker that only looks for something to claim.
        """
        down = len(self._down)
        if not all(self._is_ready(channel) for channel in dict.fromkeys(claim.channel for claim in claims)):
            self._ledger.release(self._run_id)
            return False
        self._personal.read([claim.delivery_id for claim in claims])
        self._at(Point.BEFORE_BEGIN)
        begun = self._ledger.begin(claims, self._conditions, left=left, coupon_pool=self._content.policy.coupon_pool)
        began_at = time.monotonic()
        self._at(Point.AFTER_BEGIN)
        self._counted["skipped"] += len(begun.skipped)
        if begun.lost:
            logger.warning("Run %d: %d claimed deliveries did not begin now.", self._run_id, len(begun.lost))
        waiting = list(begun.attempts)
        answered: list[Answered] = []
        try:
            while waiting and time.monotonic() - began_at < self._limits.send_within.total_seconds():
                attempt = waiting[0]
                session = self._sessions[attempt.claim.channel]
                try:
                    payload = self._payload(attempt)
                except Configuration as error:
                    # What people gave the provider was sealed with a key that this process was not given.
                    self._leave_out(attempt.claim.channel, error)
                    break
                if isinstance(payload, Answer):
                    answered.append(Answered(waiting.pop(0), payload))
                    continue
                if answered and not self._is_ready(attempt.claim.channel):
                    break
                self._at(Point.BEFORE_SEND)
                waiting.pop(0)
                answer = session.send(payload)
                self._at(Point.AFTER_SEND)
                answered.append(Answered(attempt, answer))
                if answer.pause is not None or (answer.limits is not None and answer.limits.remaining == 0):
                    break
        finally:
            # Whatever ended the loop, even a signal: of these nothing has left. The one that was on its way stays as it
            # is, and the reaper will call it unknown.
            self._finish(answered + [Answered(attempt, NOT_SENT, unsent=True) for attempt in waiting])
        # Of what is lost while the lease lasts, somebody held the row; what outlived its lease is the reaper's.
        were_held = bool(begun.lost) and began_at < self._leased_until
        if were_held or len(self._down) > down:
            self._ledger.release(self._run_id)
            return False
        return True

    def _payload(self, attempt: Attempt) -> Any:
        """The message in its provider's form, or the answer where the provider cannot honour it."""
        try:
            return self._channels[attempt.claim.channel].build(self._message(attempt))
        except Permanent as error:
            return Answer(outcome=Outcome.REJECTED, phase="build", detail=str(error))

    def _finish(self, answered: Sequence[Answered]) -> None:
        if not answered:
            return
        self._at(Point.BEFORE_FINISH)
        for each in answered:
            if each.answer.opted_out and each.attempt.kind is RecipientKind.CUSTOMER:
                # Before the answer is recorded: whoever dies in between has the opt-out on record, not the other way.
                target = LinkTarget(self._tenant_id, each.attempt.claim.delivery_id)
                unsubscribe(self._warehouse, target, source=self._channels[each.attempt.claim.channel].provider)
        for each, settled in zip(answered, self._ledger.finish(answered, self._limits.retry), strict=True):
            if settled.late or settled.state is None:
                self._counted["late"] += 1
            elif not each.unsent:
                self._counted[settled.state] += 1
        self._at(Point.AFTER_FINISH)

    def _message(self, attempt: Attempt) -> Message:
        claim = attempt.claim
        recipient = Recipient(
            delivery_id=claim.delivery_id,
            tenant_id=self._tenant_id,
            channel=claim.channel,
            address=attempt.address,
            kind=attempt.kind,
            language=attempt.language,
            variant=attempt.variant,
            first_name=attempt.first_name,
            personal=self._personal.of(claim.delivery_id),
            route=attempt.route,
            grant=self._grant(attempt),
            coupon=attempt.coupon,
        )
        return compose(self._content, recipient, self._links)

    def _grant(self, attempt: Attempt) -> str | None:
        if attempt.sealed_grant is None or self._sealer is None or attempt.route not in GRANTED_ROUTES:
            return None
        return self._sealer.open(attempt.sealed_grant)
