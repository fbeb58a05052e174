"""Campaigns: whom a message may reach, the ledger of every delivery, and the channels that carry it.

The modules in the order of a campaign's life: `campaigns` (submit, draft, due), `audience` (the waterfall),
`approval` (a person's decision), `dispatch` (claim, check again, send, record), `ledger` (the states behind it),
`optout` (what a recipient may do). `docs/concepts/ledger.md` draws the states.
"""

from leo_activation.activation.approval import Decision, RunReview, StaleApproval, decide_run, review_run, stop_run
from leo_activation.activation.audience import AudienceStep, CampaignRun, plan_run
from leo_activation.activation.campaigns import (
    Campaign,
    Policy,
    Submitted,
    TemplateVersion,
    draft_campaigns,
    due_campaigns,
    save_template,
    set_sender,
    submit_campaign,
)
from leo_activation.activation.dispatch import DispatchCounts, DispatchLimits, Point, dispatch
from leo_activation.activation.guard import (
    SendingGuard,
    SendingStopped,
    allow_addresses,
    engage_kill_switch,
    kill_switch_reason,
    release_kill_switch,
)
from leo_activation.activation.ledger import ReapCounts, RetryPolicy, reap
from leo_activation.activation.links import LinkTarget, UnsubscribeLinks
from leo_activation.activation.optout import Subscription, subscription, unsubscribe
from leo_activation.activation.states import CampaignState, DeliveryState, MessageClass, Outcome, RunState, SkipReason
from leo_activation.activation.templates import Template

__all__ = [
    "AudienceStep",
    "Campaign",
    "CampaignRun",
    "CampaignState",
    "Decision",
    "DeliveryState",
    "DispatchCounts",
    "DispatchLimits",
    "LinkTarget",
    "MessageClass",
    "Outcome",
    "Point",
    "Policy",
    "ReapCounts",
    "RetryPolicy",
    "RunReview",
    "RunState",
    "SendingGuard",
    "SendingStopped",
    "SkipReason",
    "StaleApproval",
    "Submitted",
    "Subscription",
    "Template",
    "TemplateVersion",
    "UnsubscribeLinks",
    "allow_addresses",
    "decide_run",
    "dispatch",
    "draft_campaigns",
    "due_campaigns",
    "engage_kill_switch",
    "kill_switch_reason",
    "plan_run",
    "reap",
    "release_kill_switch",
    "review_run",
    "save_template",
    "set_sender",
    "stop_run",
    "submit_campaign",
    "subscription",
    "unsubscribe",
]
