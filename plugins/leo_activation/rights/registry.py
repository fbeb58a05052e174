"""Every table that this program has: what it holds of people, and what an erasure, an export and retention do with it.

One entry a table, in the order in which an erasure works through them: what refers to a row goes before it. A test
compares the list with the database's catalogue, so that a new table cannot be forgotten. Tables that hold nothing of a
person are in it too, each with the reason why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Key(StrEnum):
    """By what a row is known to be a person's: `person.Person` holds the values of each."""

    CUSTOMER = "customers"
    PROFILE = "profiles"
    HOUSEHOLD = "households"
    ADDRESS_HASH = "address_hashes"
    DELIVERY = "deliveries"
    MERGE = "merges"
    TEXT_HASH = "text_hashes"


class Act(StrEnum):
    """What an erasure does with the rows: delete them, run a statement that empties columns, or keep them."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


class TextType(StrEnum):
    """The type of a column in which words may name a person."""

    TEXT = "text"
    JSON = "jsonb"
    TEXTS = "text[]"


@dataclass(frozen=True)
class Found:
    """A column, and the person's values that stand in it; `is_list` where the column is an array."""

    column: str
    by: Key
    is_list: bool = False


@dataclass(frozen=True)
class Held:
    """One table.

    found: any of these makes a row the person's; none: no row is a person's own.
    why: what it holds, or why it is kept.
    blank: the statement of `Act.BLANK`, below `include/sql/rights`.
    words: columns in which the person's ids, addresses and full name are replaced by `[erased]`, in every row.
    hidden: columns that an export leaves out: hashes, vectors and surrogates, which say nothing to a person.
    export: whether an export shows the person's rows.
    """

    table: str
    why: str
    found: tuple[Found, ...] = ()
    act: Act = Act.KEEP
    blank: str | None = None
    words: Mapping[str, TextType] | None = None
    hidden: tuple[str, ...] = ()
    export: bool = True


_CUSTOMER = (Found("customer_id", Key.CUSTOMER),)
_PROFILE = (Found("profile_id", Key.PROFILE),)
_DELIVERY = (Found("delivery_id", Key.DELIVERY),)
_ADDRESS = (Found("address_hash", Key.ADDRESS_HASH),)
_STAFF = "Staff's own words and numbers about everybody; nobody's data."
_COUNTS = "Counts and names of the program's own; nobody's data."
_CATALOGUE = "What the shop sells and does; nobody's data."


def _gone(table: str, why: str, found: tuple[Found, ...], *, hidden: tuple[str, ...] = (), export: bool = True) -> Held:
    return Held(table, why, found, Act.DELETE, hidden=hidden, export=export)


def _words(table: str, why: str, **words: TextType) -> Held:
    return Held(table, why, words=words)


HELD: tuple[Held, ...] = (
    Held("ops.sync_watermark", "Up to where was read; the key of the last row goes where it is the person's.",
         (Found("last_key", Key.PROFILE),), Act.BLANK, "rights/blank_watermarks", export=False),
    # What was computed of a person, and where they belong.
    _gone("profile.embedding", "The vector of a text that nobody else has.", (Found("input_hash", Key.TEXT_HASH),),
          export=False),
    _gone("profile.text", "The text that describes a person.", _CUSTOMER, hidden=("input_hash",)),
    _gone("profile.interest", "What a person is interested in.", _CUSTOMER, hidden=("graph_key",)),
    _gone("profile.interest_input", "From what the interests were computed.", _CUSTOMER, export=False),
    _gone("segment.membership_change", "When a person entered and left segments.", _CUSTOMER),
    _gone("segment.membership", "The segments that a person is in.", _CUSTOMER, hidden=("graph_key",)),
    # The ledger: rows stay for the counts, nobody's any more.
    _gone("core.customer_merge_delivery", "Deliveries that a merge of the person moved.",
          (*_DELIVERY, Found("merge_id", Key.MERGE)), export=False),
    Held("activation.provider_event", "What providers told of a person's messages: kind and time stay, for the rates.",
         _DELIVERY, Act.BLANK, "rights/blank_provider_events"),
    Held("activation.attempt", "The answers of providers: the outcome stays, as evidence; their words go.",
         _DELIVERY, Act.BLANK, "rights/blank_attempts"),
    Held("activation.delivery", "What was sent: the row stays for counts and evidence, under a name that is nobody's.",
         _CUSTOMER, Act.BLANK, "rights/blank_deliveries",
         hidden=("address_hash", "fence", "leased_by", "leased_until")),
    Held("activation.coupon", "The codes that a person was given: a code stays issued, and is nobody's.", _CUSTOMER,
         Act.BLANK, "rights/blank_coupons", hidden=("position",)),
    _gone("activation.contact_standing", "How a person stands with a provider.", _ADDRESS,
          hidden=("address_hash", "grant_token")),
    _gone("activation.seed_address", "Our own addresses; one that is the person's goes.", _ADDRESS,
          hidden=("address_hash",)),
    _gone("ops.allowed_address", "Addresses that may be written to outside production.", _ADDRESS,
          hidden=("address_hash",)),
    # What the person is and did.
    _gone("core.campaign_touch", "Messages that reached a person.", _CUSTOMER, hidden=("graph_key",)),
    _gone("core.reachability", "On which channels a person can be reached.", _CUSTOMER, hidden=("graph_key",)),
    _gone("core.referral", "Who brought whom.", (*_CUSTOMER, Found("referrer_id", Key.CUSTOMER)),
          hidden=("graph_key",)),
    _gone("core.household_member", "Who lives together; a household named after the person ends.",
          (*_CUSTOMER, Found("household_id", Key.HOUSEHOLD)), hidden=("graph_key",)),
    _gone("core.household", "A household named after the person.", (Found("household_id", Key.HOUSEHOLD),),
          export=False),
    _gone("core.event_history", "What events said before they were corrected.", _PROFILE, hidden=("graph_key",)),
    _gone("core.event", "What a person did.", _PROFILE, hidden=("graph_key",)),
    _gone("core.consent", "What a person agreed to, and when.", _PROFILE),
    _gone("core.channel_address", "Where a person can be reached.", _PROFILE, hidden=("address_hash",)),
    _gone("core.identity", "Keyed hashes of what a person is known by.", _PROFILE, export=False),
    _gone("core.identity_case_profile", "Questions about who is the same person.", _PROFILE, export=False),
    _gone("core.identity_due", "Profiles to be resolved anew.", _PROFILE, export=False),
    _gone("core.identity_split", "Profiles that a person took apart.",
          (Found("one_profile_id", Key.PROFILE), Found("other_profile_id", Key.PROFILE))),
    _gone("core.profile_relation", "Whom the source relates to a person.",
          (Found("from_profile_id", Key.PROFILE), Found("to_profile_id", Key.PROFILE))),
    _gone("core.customer_merge", "Which records became one person.",
          (Found("survivor_id", Key.CUSTOMER), Found("absorbed_id", Key.CUSTOMER),
           Found("survivor_profiles", Key.PROFILE, is_list=True),
           Found("absorbed_profiles", Key.PROFILE, is_list=True))),
    _gone("core.profile_history", "What a person's record said before.", _PROFILE),
    _gone("rights.restriction", "For what a person is not processed.", _PROFILE),
    _gone("core.profile", "A person's record.", _PROFILE),
    _gone("core.customer", "The person.", _CUSTOMER, hidden=("graph_key",)),
    # What was set aside on the way in.
    Held("ops.quarantine", "Rows that were set aside, with their bytes.", (Found("source_key", Key.PROFILE),),
         Act.BLANK,
         "rights/delete_quarantined"),
    # Words in which a person may be named: requests, their answers, what models were asked and said.
    _words("ops.sync_run", "Counts of a sync, and why it stopped.", problem=TextType.TEXT, counts=TextType.JSON),
    _words("ops.action_call", "What was asked of the program, and what it said.", arguments=TextType.JSON,
           results=TextType.JSON, problem=TextType.TEXT),
    _words("segment.request", "What was asked for in words.", text=TextType.TEXT, sentence=TextType.TEXT,
           unplaced=TextType.TEXTS, questions=TextType.TEXTS, activation=TextType.JSON, problem=TextType.TEXT,
           explanation=TextType.TEXT),
    _words("segment.answer", "What was answered.", answer=TextType.TEXT, debug=TextType.JSON),
    _words("segment.memory", "What is remembered of requests and segments.", title=TextType.TEXT, body=TextType.TEXT),
    _words("segment.plan_review", "What a second reader said.", differences=TextType.TEXTS, problem=TextType.TEXT),
    _words("segment.definition",
           "The plan of a segment. One that names a person is changed by this, and no longer runs: its hash is not the "
           "approved one any more.", name=TextType.TEXT, plan=TextType.JSON, sentence=TextType.TEXT,
           cypher=TextType.TEXT, parameters=TextType.JSON, meaning=TextType.JSON, retired_because=TextType.TEXT),
    _words("segment.preview", "Counts, and a sample of ids.", sample=TextType.TEXTS, close_calls=TextType.JSON,
           funnel=TextType.JSON),
    _words("segment.agreement", "Ids on which two compilers did not agree.", only_in_graph=TextType.TEXTS,
           only_in_sql=TextType.TEXTS),
    _words("segment.approval", "Who decided, and their note.", note=TextType.TEXT),
    _words("segment.held_refresh", "Refreshes that waited, with a note.", note=TextType.TEXT),
    # The rights themselves.
    Held("rights.request", "What a person asked for by right: the fact stays, as evidence that it was answered.",
         _CUSTOMER, Act.BLANK, "rights/blank_requests", hidden=("person_hash",)),
    Held("rights.erased_person", "Keyed hashes only, so that a sync does not bring an erased person back."),
    Held("rights.erasure", "The certificates: counts, and a keyed hash."),
    Held("rights.provider_erasure", "Addresses for a provider's erasure, sealed, until the provider has answered."),
    Held("rights.retention_run", _COUNTS),
    Held("rights.horizon", "Since when events are kept."),
    Held("core.suppression", "Keyed hashes only: the address stays suppressed.", _ADDRESS, hidden=("address_hash",)),
    Held("core.identity_case", "Keyed hashes, counts and a digest; whose it is stands in core.identity_case_profile."),
    Held("core.identity_block", "Keyed hashes of values that say nothing of a person, such as a shop's telephone."),
    Held("audit.log", "Keyed pseudonyms only, in a chain of hashes that a deletion would break."),
    Held("audit.batch", "Hashes of the log."),
    Held("audit.pending", "What is sealed within minutes, under pseudonyms; an erasure seals it at its end."),
    # Nothing of a person.
    Held("ops.graph_touch",
         "Numbers of vertices that changed, by which segments are refreshed; nothing leads from one to a person who is "
         "not in core.customer any more."),
    Held("llm.call", "What a call of a model cost; no words are kept of it."),
    *(Held(table, _CATALOGUE) for table in (
        "core.campaign", "core.source_campaign", "core.product", "core.event_metric", "profile.topic",
        "profile.topic_embedding", "profile.event_weight", "core.currency_rate", "ops.graph_name")),
    *(Held(table, _STAFF) for table in (
        "activation.approval", "activation.brand_voice", "activation.campaign", "activation.campaign_version",
        "activation.intervention", "activation.provider_pause", "activation.seed_list", "activation.sender",
        "activation.coupon_pool", "activation.page_post", "activation.page_post_attempt",
        "activation.page_post_decision", "activation.provider_template", "activation.provider_token",
        "activation.template", "activation.template_draft", "activation.tenant_policy",
        "activation.unfinished_campaign", "ops.kill_switch", "ops.agent_run",
        "ops.review_round", "ops.sending_stop", "ops.source", "ops.staff_address", "ops.tenant", "ops.tenant_access",
        "segment.asked_key", "segment.leo_key",
        "segment.version_limit")),
    *(Held(table, _COUNTS) for table in (
        "activation.audience_step", "activation.provider_quota", "core.touch_mark",
        "activation.preflight", "activation.ramp", "activation.rate_limit", "ops.dag_run",
        "activation.run", "llm.activation", "llm.evaluation", "llm.evaluation_case", "ops.label_index", "ops.migration",
        "segment.change_count", "segment.overlap", "segment.refreshed", "segment.replay_point", "segment.replay_run",
        "segment.run")),
)  # fmt: skip
"""In the order of an erasure."""
