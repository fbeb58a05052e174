"""The actions that there are."""

from leo_activation.actions import campaigns, drafts, explanations, recollections
from leo_activation.actions.arguments import ActivateOnChannel, CreateSegment, Explain, Recall, UpdateSegment
from leo_activation.actions.permissions import Permission
from leo_activation.actions.registry import Action

CREATE_SEGMENT = "create_segment"
UPDATE_SEGMENT = "update_segment"
EXPLAIN = "explain"
RECALL = "recall"
ACTIVATE_ON_CHANNEL = "activate_on_channel"

ACTIONS = (
    Action(
        name=CREATE_SEGMENT,
        description="Plan a segment that is asked for in words and draft it up to its review.",
        arguments=CreateSegment,
        permission=Permission.ASK,
        handler=drafts.create_segment,
    ),
    Action(
        name=UPDATE_SEGMENT,
        description="Change an earlier request in words, or answer its questions: the segment's next version.",
        arguments=UpdateSegment,
        permission=Permission.ASK,
        handler=drafts.update_segment,
    ),
    Action(
        name=EXPLAIN,
        description="Say why a customer is in a segment or not, what a segment says, or how far a request has come.",
        arguments=Explain,
        permission=Permission.READ,
        handler=explanations.explain,
    ),
    Action(
        name=RECALL,
        description="Find segments, requests and campaigns of before that are near in meaning to words or a segment.",
        arguments=Recall,
        permission=Permission.READ,
        handler=recollections.recall,
    ),
    Action(
        name=ACTIVATE_ON_CHANNEL,
        description="Draft a campaign on an active segment for one channel. People approve it; nothing is sent.",
        arguments=ActivateOnChannel,
        permission=Permission.DRAFT_CAMPAIGN,
        handler=campaigns.activate_on_channel,
    ),
)
