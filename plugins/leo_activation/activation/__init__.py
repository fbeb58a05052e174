"""Campaigns: whom a message may reach, the ledger of every delivery, and the channels that carry it.

The modules in the order of a campaign's life: `campaigns` (submit, draft, due), `audience` (the waterfall),
`approval` (a person's decision), `dispatch` (claim, check again, send, record), `ledger` (the states behind it),
`optout` (what a recipient may do). `docs/concepts/ledger.md` draws the states.
"""

from leo_activation.activation.audience.fallback import fall_back
from leo_activation.activation.audience.freshness import StaleData
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
from leo_activation.activation.runs.seeds import add_seeds, set_seed_list
from leo_activation.activation.sending.dispatch import DispatchCounts, DispatchLimits, Point, dispatch
from leo_activation.activation.sending.guard import (
    SendingGuard,
    SendingStopped,
    allow_addresses,
    engage_kill_switch,
    kill_switch_reason,
    release_kill_switch,
)
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
