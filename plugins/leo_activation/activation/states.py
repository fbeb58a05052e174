"""The closed lists of states and words of activation, as the tables spell them."""

from enum import StrEnum


class MessageClass(StrEnum):
    """What a message is for; also the purpose that consent must name."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class CampaignState(StrEnum):
    """Where a campaign stands; a `draft` says in `missing` what it lacks."""

    DRAFT = "draft"
    READY = "ready"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    FINISHED = "finished"
    REJECTED = "rejected"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class RecipientKind(StrEnum):
    """Who a delivery goes to; only customers count in reports, caps and exposure."""

    CUSTOMER = "customer"
    SEED = "seed"
    REVIEWER = "reviewer"


class RunState(StrEnum):
    """Where one run of a campaign stands."""

    PLANNED = "planned"
    APPROVED = "approved"
    SENDING = "sending"
    FINISHED = "finished"
    REJECTED = "rejected"
    STOPPED = "stopped"


class DeliveryState(StrEnum):
    """Where one delivery stands; drawn in `docs/concepts/ledger.md`."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class SkipReason(StrEnum):
    """Why a person who matched was not sent to."""

    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    RESTRICTED = "restricted"
    NOT_ELIGIBLE = "not_eligible"
    NO_COUPON = "no_coupon"
    DUPLICATE_ADDRESS = "duplicate_address"
    RE_ENTRY = "re_entry"
    CAPPED = "capped"
    QUOTA = "quota"
    BUDGET = "budget"
    CONTROL_GROUP = "control_group"
    HOLDOUT = "holdout"
    NOT_ALLOWED = "not_allowed"
    LEFT_SEGMENT = "left_segment"
    PAST_SEND_BY = "past_send_by"
    NO_QUIET_HOURS_LEFT = "no_quiet_hours_left"


class EventKind(StrEnum):
    """What a provider can tell about a message afterwards; `activation.provider_event` spells them so."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


class Outcome(StrEnum):
    """What is proved about one attempt.

    `rejected` and `retry` are proofs that the provider did not take the message; `unknown` is the lack of one.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"
