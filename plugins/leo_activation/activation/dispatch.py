"""Drain a run's ledger: claim, check again, send, record, until nothing is due or the time is up.

Any number of workers may drain one run, in threads, processes or on several machines; a worker that dies leaves nothing
behind that the reaper does not settle. Running it again does what is left.
"""

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from leo_activation.activation.approval import StaleApproval, run_state
from leo_activation.activation.audience import read_run
from leo_activation.activation.channels import Answer, Channel, Message, Session
from leo_activation.activation.content import CampaignContent, read_content
from leo_activation.activation.guard import SendingGuard
from leo_activation.activation.ledger import Attempt, Conditions, Ledger, RetryPolicy, reap
from leo_activation.activation.links import UnsubscribeLinks
from leo_activation.activation.messages import Recipient, compose
from leo_activation.activation.states import Outcome, RunState, SkipReason
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

SHORTEST_WAIT_S = 0.05


@dataclass(frozen=True)
class DispatchLimits:
    """Bounds of one call of `dispatch`.

    `lease` must be longer than a channel's own time limits together, or an answer can come late.
    """

    batch: int = 50
    time_limit: timedelta = timedelta(minutes=30)
    lease: timedelta = timedelta(minutes=5)
    retry: RetryPolicy = field(default_factory=RetryPolicy)


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
) -> DispatchCounts:
    """Send what an approved run has ready.

    Args:
        channels: every channel that the campaign uses, by name.
        worker: who is at work, for the record of each attempt.
        links: makes the unsubscribe link of each marketing message.

    Returns:
        What this call did. `open` above zero means that retries wait or that other workers are busy: call again.

    Raises:
        SendingStopped: the kill switch is engaged; what was not sent stays ready.
        StaleApproval: the campaign or its segment's definition changed after the approval.
        Permanent: the run was not approved.
        Configuration: a channel of the campaign is not among `channels`, or refuses this installation.
        Transient: a provider or the warehouse cannot be reached; nobody's attempts were used up.
    """
    limits = limits or DispatchLimits()
    reap(warehouse, tenant_id)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        content = _approved_content(connection, tenant_id, campaign_run_id, channels)
    if content is None:
        return DispatchCounts()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection, ExitStack() as stack:
        ledger = Ledger(connection, tenant_id, f"{worker}:{uuid4().hex[:8]}", limits.lease)
        sessions = {name: stack.enter_context(channels[name].open()) for name in content.channels}
        drain = _Drain(tenant_id, campaign_run_id, content, ledger, channels, sessions, guard, links, limits)
        try:
            drain.run()
        finally:
            if not connection.closed:
                ledger.release(campaign_run_id)
        connection.execute(statement("activation/finish_runs"), {"tenant_id": tenant_id})
        return drain.counts()


def _approved_content(
    connection: Connection, tenant_id: str, campaign_run_id: int, channels: Mapping[str, Channel]
) -> CampaignContent | None:
    state = run_state(connection, tenant_id, campaign_run_id)
    if state is RunState.FINISHED:
        return None
    if state not in {RunState.APPROVED, RunState.SENDING}:
        raise Permanent(f"The campaign run {campaign_run_id} is {state}; only an approved one is sent.")
    run = read_run(connection, tenant_id, campaign_run_id)
    content = read_content(connection, tenant_id, run.campaign_id)
    if content.hash != run.hash:
        raise StaleApproval(
            f"The campaign '{run.campaign_id}' is not what was approved any more: run {campaign_run_id} stays unsent."
        )
    if absent := [name for name in content.channels if name not in channels]:
        raise Configuration(f"The campaign '{run.campaign_id}' needs the channel {absent[0]}, which is not set up.")
    connection.execute(statement("activation/start_run"), {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id})
    return content


class _Drain:
    """One worker's way through one run."""

    def __init__(
        self,
        tenant_id: str,
        campaign_run_id: int,
        content: CampaignContent,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        sessions: Mapping[str, Session[Any]],
        guard: SendingGuard,
        links: UnsubscribeLinks,
        limits: DispatchLimits,
    ) -> None:
        self._tenant_id = tenant_id
        self._campaign_run_id = campaign_run_id
        self._content = content
        self._ledger = ledger
        self._channels = channels
        self._sessions = sessions
        self._links = links
        self._limits = limits
        self._conditions = Conditions(content.segment_id, content.message_class, guard)
        self._counted = dict.fromkeys(DispatchCounts.__dataclass_fields__, 0)

    def run(self) -> None:
        """Claim and send until nothing is due within the time limit."""
        ends_at = time.monotonic() + self._limits.time_limit.total_seconds()
        while time.monotonic() < ends_at:
            claims = self._ledger.claim(self._campaign_run_id, self._limits.batch)
            for claim in claims:
                if time.monotonic() >= ends_at:
                    return
                self._sessions[claim.channel].ready()
                begun = self._ledger.begin(claim, self._conditions)
                if isinstance(begun, Attempt):
                    self._send(begun)
                elif isinstance(begun, SkipReason):
                    self._counted["skipped"] += 1
                else:
                    logger.warning("Run %d: a lease ended before its delivery began.", self._campaign_run_id)
            progress = self._ledger.progress(self._campaign_run_id)
            done = progress.total - progress.open
            logger.info("Run %d: %d of %d deliveries done.", self._campaign_run_id, done, progress.total)
            if not claims:
                if progress.due_in_s is None or time.monotonic() + progress.due_in_s >= ends_at:
                    return
                time.sleep(max(progress.due_in_s, SHORTEST_WAIT_S))

    def counts(self) -> DispatchCounts:
        """What was done so far, and what is open now."""
        return DispatchCounts(**{**self._counted, "open": self._ledger.progress(self._campaign_run_id).open})

    def _send(self, attempt: Attempt) -> None:
        channel = attempt.claim.channel
        try:
            payload = self._channels[channel].build(self._message(attempt))
        except Permanent as error:
            answer = Answer(outcome=Outcome.REJECTED, phase="build", detail=str(error))
        else:
            answer = self._sessions[channel].send(payload)
        state = self._ledger.finish(attempt, answer, self._limits.retry)
        self._counted["late" if state is None else state] += 1

    def _message(self, attempt: Attempt) -> Message:
        claim = attempt.claim
        recipient = Recipient(
            delivery_id=claim.delivery_id,
            tenant_id=self._tenant_id,
            channel=claim.channel,
            address=attempt.address,
            first_name=attempt.first_name,
        )
        return compose(self._content, recipient, self._links)
