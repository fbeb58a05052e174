"""A person's decision about a planned run: what they are shown, and what their answer binds."""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leo_activation.activation.audience import AudienceStep, CampaignRun, read_run
from leo_activation.activation.content import CampaignContent, read_content
from leo_activation.activation.guard import SendingGuard
from leo_activation.activation.rows import only_row
from leo_activation.activation.states import CampaignState, DeliveryState, RunState
from leo_activation.activation.templates import INVENTED_PEOPLE, preview
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

STEP_WORDS = {
    "matched": ("Matched", "members of the segment"),
    "not_suppressed": ("Not suppressed", "unsubscribed, bounced or complained"),
    "consented": ("Consented", "no consent on record for this purpose; unknown is no"),
    "addressable": ("Addressable", "no working address"),
    "one_message_an_address": ("One message an address", "somebody else gets it at the same address"),
    "allowed": ("Allowed", "not on the allow-list of the sending guard"),
    "not_held_out": ("Not held out", "kept out to measure the effect"),
    "to_send": ("**To send**", ""),
}


class Decision(StrEnum):
    """What a person may decide about a planned run."""

    APPROVE = "approve"
    REJECT = "reject"


class StaleApproval(Permanent):
    """What was approved is not what would run now."""


@dataclass(frozen=True)
class RunReview:
    """What the approver is shown; `body` is Markdown and holds no contact data, `hash` is what an approval names."""

    subject: str
    body: str
    hash: str
    requested_by: str
    to_send: int


def review_run(
    warehouse: Warehouse, tenant_id: str, campaign_run_id: int, guard: SendingGuard | None = None
) -> RunReview:
    """The waterfall of a planned run and its message, rendered for invented people.

    Raises:
        Permanent: there is no such run, or its campaign cannot run any more.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        run = read_run(connection, tenant_id, campaign_run_id)
        content = read_content(connection, tenant_id, run.campaign_id)
    return RunReview(
        subject=f"Send '{content.name}' to {run.to_send:,} of {run.matched:,} people?",
        body=_body(run, content, guard),
        hash=run.hash,
        requested_by=content.requested_by,
        to_send=run.to_send,
    )


def decide_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    *,
    decision: Decision,
    decided_by: str,
    decided_at: datetime,
    hash: str,  # noqa: A002 - the word of the tables and of the review
) -> RunState:
    """Record a decision and let the deliveries follow: ready, or cancelled.

    The same decision again changes nothing. A rejection needs no hash: it is safe whatever it was about.

    Raises:
        StaleApproval: audience definition, content or policy changed since they were shown.
        Permanent: the requester approved their own campaign, or the run was decided otherwise before.
    """
    approved = decision is Decision.APPROVE
    aim = RunState.APPROVED if approved else RunState.REJECTED
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        run = read_run(connection, tenant_id, campaign_run_id)
        connection.execute(
            statement("activation/lock_campaign"), {"tenant_id": tenant_id, "campaign_id": run.campaign_id}
        )
        state = run_state(connection, tenant_id, campaign_run_id)
        if state is not RunState.PLANNED:
            if (state is RunState.REJECTED) == approved:
                raise Permanent(f"The campaign run {campaign_run_id} is {state} already.")
            return state
        if approved:
            _check_approval(read_content(connection, tenant_id, run.campaign_id), run, decided_by, hash)
        moved = connection.execute(
            statement("activation/decide_run"),
            {
                "tenant_id": tenant_id,
                "campaign_run_id": campaign_run_id,
                "run_state": aim,
                "delivery_state": DeliveryState.READY if approved else DeliveryState.CANCELLED,
                "decided_by": decided_by,
                "decided_at": decided_at,
            },
        )
        followed = int(only_row(moved)[0])
        connection.execute(
            statement("activation/set_campaign_state"),
            {
                "tenant_id": tenant_id,
                "campaign_id": run.campaign_id,
                "state": CampaignState.APPROVED if approved else CampaignState.REJECTED,
            },
        )
    logger.info("Run %d is %s; %d deliveries follow.", campaign_run_id, aim, followed)
    return aim


def stop_run(warehouse: Warehouse, tenant_id: str, campaign_run_id: int) -> int:
    """Stop a run for good; an attempt that has begun keeps its own end.

    Returns:
        How many deliveries were cancelled.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        cancelled = connection.execute(
            statement("activation/stop_run"), {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
        )
        return int(only_row(cancelled)[0])


def run_state(connection: Connection, tenant_id: str, campaign_run_id: int) -> RunState:
    """Where a run stands.

    Raises:
        Permanent: there is no such run.
    """
    row = connection.execute(
        statement("activation/read_run"), {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    ).fetchone()
    if row is None:
        raise Permanent(f"There is no campaign run {campaign_run_id}.")
    return RunState(row[4])


def _check_approval(content: CampaignContent, run: CampaignRun, decided_by: str, shown: str) -> None:
    if decided_by == content.requested_by:
        raise Permanent(f"The campaign '{run.campaign_id}' cannot be approved by {decided_by}, who asked for it.")
    if not shown == run.hash == content.hash:
        raise StaleApproval(
            f"The campaign '{run.campaign_id}' changed after it was planned: plan it again and ask again."
        )


def _body(run: CampaignRun, content: CampaignContent, guard: SendingGuard | None) -> str:
    lines = [
        f"**Segment** {content.segment_name}, version {content.segment_version}: {content.segment_sentence}",
        "",
        f"**Message** {content.message_class}, on {', then '.join(content.channels)}, from {content.brand}",
        "",
        "| Step | Left | Out | Why |",
        "| --- | ---: | ---: | --- |",
        *[_step_line(step) for step in run.steps],
        "",
    ]
    if guard is not None:
        lines += [guard.describe(), ""]
    for channel in content.channels:
        for first_name in INVENTED_PEOPLE:
            shown = preview(
                content.templates[channel], brand=content.brand, message=content.message, first_name=first_name
            )
            person = f"an invented {first_name}" if first_name else "somebody whose name is not known"
            lines += [f"**On {channel}, for {person}**", "", "```text"]
            lines += [f"Subject: {shown.subject}", ""] if shown.subject is not None else []
            lines += [shown.text.replace("```", "'''").rstrip(), "```", ""]
    lines += [f"Approving binds exactly this: `{run.hash[:16]}`. Nothing is sent before it."]
    return "\n".join(lines)


def _step_line(step: AudienceStep) -> str:
    name, why = STEP_WORDS[step.step]
    dropped = f"−{step.dropped:,}" if step.dropped else ""
    reason = why if step.dropped or step.step == "matched" else ""
    return f"| {name} | {step.kept:,} | {dropped} | {reason} |"
