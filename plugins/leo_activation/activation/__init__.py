"""Campaigns: whom a message may reach, the ledger of every delivery, and the channels that carry it.

The packages, each of which knows only those below it (checked with the layers of the whole):

    aftermath   what becomes of a message afterwards: events, bounces, evidence, runs that stop by themselves
    page_posts  posts on a Facebook Page, with a small ledger of their own
    sending     the dispatcher, the ledger behind it, and how fast messages may leave
    runs        what people decide about a planned run, and how they keep hold of it
    audience    the waterfall, and what holds again at the moment of sending
    campaigns   what a campaign is, how it comes in, when it is due, and the message that it makes for one person
    messages    templates, languages, slots, links, opt-outs, and copy that a model drafts
    safety      the guard, a tenant's rules, and the check of a sending domain
    channels    one provider each

`docs/concepts/ledger.md` draws the states.
"""

from leo_activation.activation.audience.fallback import fall_back
from leo_activation.activation.audience.freshness import StaleData
from leo_activation.activation.audience.seeds import add_seeds, set_seed_list
from leo_activation.activation.audience.waterfall import (
    AudiencePreview,
    AudienceStep,
    CampaignRun,
    Explanation,
    explain_person,
    plan_run,
    preview_run,
)
from leo_activation.activation.campaigns.campaign import Campaign, set_sender
from leo_activation.activation.campaigns.due import DueCampaign, due_campaigns
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.schedules import Once, OnEntry, Recurring, ReEntry
from leo_activation.activation.campaigns.submission import Submitted, draft_campaigns, submit_campaign
from leo_activation.activation.messages.links import LinkTarget, UnsubscribeLinks
from leo_activation.activation.messages.optout import Subscription, subscription, unsubscribe
from leo_activation.activation.messages.template_store import TemplateVersion, save_template
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.runs.approval import (
    CHANGED,
    NOBODY,
    ApprovalRefused,
    Decision,
    StaleApproval,
    Standing,
    decide_run,
    pass_within_limits,
    run_standing,
)
from leo_activation.activation.runs.interventions import cancel_campaign, pause_campaign, resume_campaign, stop_run
from leo_activation.activation.runs.reviewer_tests import send_test
from leo_activation.activation.runs.run_outcome import RunOutcome, RunProgress, run_outcome, run_progress, runs_to_drain
from leo_activation.activation.runs.run_review import RunReview, review_run
from leo_activation.activation.safety.guard import (
    SendingGuard,
    SendingStopped,
    allow_addresses,
    engage_kill_switch,
    kill_switch_reason,
    release_kill_switch,
)
from leo_activation.activation.sending.dispatch import DispatchCounts, DispatchLimits, Point, dispatch
from leo_activation.activation.sending.ledger import ReapCounts, RetryPolicy, reap
from leo_activation.activation.states import CampaignState, DeliveryState, MessageClass, Outcome, RunState, SkipReason

__all__ = [
    "CHANGED",
    "NOBODY",
    "ApprovalRefused",
    "AudiencePreview",
    "AudienceStep",
    "Campaign",
    "CampaignRun",
    "CampaignState",
    "Decision",
    "DeliveryState",
    "DispatchCounts",
    "DispatchLimits",
    "DueCampaign",
    "Explanation",
    "LinkTarget",
    "MessageClass",
    "OnEntry",
    "Once",
    "Outcome",
    "Point",
    "Policy",
    "ReEntry",
    "ReapCounts",
    "Recurring",
    "RetryPolicy",
    "RunOutcome",
    "RunProgress",
    "RunReview",
    "RunState",
    "SendingGuard",
    "SendingStopped",
    "SkipReason",
    "StaleApproval",
    "StaleData",
    "Standing",
    "Submitted",
    "Subscription",
    "Template",
    "TemplateVersion",
    "UnsubscribeLinks",
    "add_seeds",
    "allow_addresses",
    "cancel_campaign",
    "decide_run",
    "dispatch",
    "draft_campaigns",
    "due_campaigns",
    "engage_kill_switch",
    "explain_person",
    "fall_back",
    "kill_switch_reason",
    "pass_within_limits",
    "pause_campaign",
    "plan_run",
    "preview_run",
    "reap",
    "release_kill_switch",
    "resume_campaign",
    "review_run",
    "run_outcome",
    "run_progress",
    "run_standing",
    "runs_to_drain",
    "save_template",
    "send_test",
    "set_seed_list",
    "set_sender",
    "stop_run",
    "submit_campaign",
    "subscription",
    "unsubscribe",
]
