"""Activate on channel: a campaign on an active segment, which people approve; nothing is sent from here."""

import hashlib

from leo_activation.actions.arguments import ActivateOnChannel
from leo_activation.actions.explanations import not_a_segment
from leo_activation.actions.names import find_segment, known_segments, near_names
from leo_activation.actions.registry import Caller, Outcome, Result, Tools
from leo_activation.actions.wording import Say, say
from leo_activation.activation import Campaign, CampaignState, MessageClass, save_template, submit_campaign
from leo_activation.activation.messages.templates import message_layouts
from leo_activation.segments.plan import Channel
from leo_activation.segments.planners.llm_masking import masked

MAX_SEGMENT_PART = 48
"""Of a campaign's id; its request's number, or a hash of what it says, comes after."""


def activate_on_channel(tools: Tools, caller: Caller, asked: ActivateOnChannel) -> Result:
    """The handler of the action: the same arguments make the same campaign, and one that was planned is left alone."""
    language = caller.language
    segments = known_segments(tools.warehouse, tools.tenant_id)
    segment = find_segment(segments, asked.segment)
    if segment is None:
        return not_a_segment(language, asked.segment, near_names(segments, asked.segment))
    if segment.active_version is None:
        problem = say(language, Say.NOT_ACTIVE, name=masked(segment.name))
        return Result(problem, {"found": 0}, Outcome.ASKED_BACK, (problem,))
    template = None
    if asked.channel is Channel.EMAIL and asked.message:
        template = save_template(tools.warehouse, tools.tenant_id, *message_layouts())
    campaign_id = f"{segment.segment_id[:MAX_SEGMENT_PART]}_{caller.request_id or _digest(asked, segment.segment_id)}"
    submitted = submit_campaign(
        tools.warehouse,
        tools.tenant_id,
        Campaign(
            campaign_id=campaign_id,
            name=segment.name,
            segment_id=segment.segment_id,
            channels=(str(asked.channel),),
            message_class=MessageClass(asked.message_class),
            requested_by=caller.user,
            template=template,
            message=asked.message,
            request_id=caller.request_id,
        ),
    )
    data = {
        "campaign_id": campaign_id,
        "segment_id": segment.segment_id,
        "state": str(submitted.state),
        "missing": len(submitted.missing),
        "waits_for": "requester" if submitted.missing else "approver",
    }
    ready = submitted.state is CampaignState.READY
    answer = say(
        language,
        Say.CAMPAIGN_READY if ready else Say.CAMPAIGN_DRAFT,
        campaign_id=campaign_id,
        name=masked(segment.name),
        missing="; ".join(submitted.missing),
    )
    return Result(answer, data)


def _digest(asked: ActivateOnChannel, segment_id: str) -> str:
    said = f"{segment_id}\n{asked.channel}\n{asked.message_class}\n{asked.message or ''}"
    if asked.occasion is not None:
        said += f"\n{asked.occasion}"
    return hashlib.sha256(said.encode()).hexdigest()[:10]
