"""What the providers say that they took, against what the ledger believes.

The checker shares no code with the dispatcher: it reads the tables, the stand-ins' journal and the file channel's
folder, and counts contradictions. It works on any tenant and any of its runs.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

FINAL = frozenset({"accepted", "rejected", "unknown", "skipped"})
DENIED = frozenset({"rejected", "skipped", "cancelled"})
OPENS_FALLBACK = frozenset({"rejected", "skipped"})
DENIED_BY_EVENT = frozenset({"dropped", "blocked"})
# Faults after which a client cannot know whether its message was taken.
DOUBTFUL = frozenset(
    {
        "close_before_reading",
        "accept_then_close",
        "stall",
        "server_error_rejected",
        "server_error_accepted",
        "unavailable",
        "reset_before_reading",
        "accept_then_reset",
        "malformed_accepted",
        "malformed_rejected",
        "slow_drip",
        "error_in_200",
    }
)
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NAMED = re.compile(UUID)
DELIVERY_OF_FILE = re.compile(rf"(?P<delivery>{UUID})\.(?:eml|txt)")
RECIPIENT_OF_FILE = re.compile(r"^To: <?(?P<address>[^\s<>]+)>?\s*$", re.MULTILINE)
DELIVERY_ARGUMENT = "delivery_id"
FILE = "file"
PROVIDERS = frozenset({"smtp", "sendgrid", "zalo", "messenger", "fcm", "webpush", "twilio", "brandname"})
"""Whose effects stand in the journal, under these names."""


@dataclass(frozen=True)
class Effect:
    """One message that a provider took: of which delivery, and to which address."""

    delivery_id: str
    provider: str
    address: str


@dataclass(frozen=True)
class Provided:
    """What the providers say.

    `doubts` are (provider, address) at which a client was left without knowledge by a fault that was ordered.
    `told` are the ids of the events that a webhook answered with 2xx; None: no webhook was posted to.
    """

    effects: Sequence[Effect]
    doubts: frozenset[tuple[str, str]] = frozenset()
    told: frozenset[str] | None = None


@dataclass(frozen=True)
class Attempt:
    """One row of `activation.attempt`; `outcome` is None where the worker never came back."""

    delivery_id: str
    worker: str
    provider: str | None
    started_at: datetime
    outcome: str | None
    late: bool


@dataclass(frozen=True)
class Delivery:
    """One row of `activation.delivery`; `address` is None where nobody has it any more, `kind` whom it is for."""

    delivery_id: str
    campaign_run_id: int
    customer_id: str
    channel: str
    step: int
    state: str
    skip_reason: str | None
    kind: str
    address: str | None


@dataclass(frozen=True)
class Records:
    """Some runs as the ledger has them.

    `opted_out_at` by customer and channel was read under the lock that an attempt takes too, so it orders the two.
    `proofs` are the kinds of event that are kept of a delivery, `events` all that are kept: provider, name, delivery.
    """

    members: Mapping[int, frozenset[str]]
    deliveries: Mapping[str, Delivery]
    attempts: Sequence[Attempt]
    opted_out_at: Mapping[tuple[str, str], datetime]
    proofs: Mapping[str, frozenset[str]]
    events: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Hold:
    """Runs of which nothing may begin from one moment to another; `until` is None where they were stopped for good."""

    campaign_run_ids: frozenset[int]
    since: datetime
    until: datetime | None = None

    def covers(self, campaign_run_id: int, moment: datetime) -> bool:
        return (
            campaign_run_id in self.campaign_run_ids
            and moment > self.since
            and (self.until is None or moment < self.until)
        )


@dataclass(frozen=True)
class Disturbances:
    """What was done to the workers, beside the faults of the providers.

    `workers` were killed or stopped, by the name that they were started with. `cuts` are the moments at which every
    worker lost its connection to the database; an attempt that began at most `lease` before one may have no answer.
    `holds` are pauses and stops. `allowed` are the only addresses that may be written to; None: any.
    """

    workers: Collection[str] = ()
    cuts: Sequence[datetime] = ()
    lease: timedelta = timedelta(0)
    holds: Sequence[Hold] = ()
    allowed: Collection[str] | None = None

    def explain(self, attempt: Attempt) -> bool:
        """Whether one of them can have kept the attempt's answer from the ledger."""
        return attempt.worker.partition(":")[0] in self.workers or any(
            attempt.started_at <= cut <= attempt.started_at + self.lease for cut in self.cuts
        )


@dataclass(frozen=True)
class Findings:
    """Contradictions, each of which a correct pipeline has none of."""

    lost: int
    phantom_accepts: int
    denied_effects: int
    sent_more_than_once: int
    effects_without_an_attempt: int
    attempts_after_an_opt_out: int
    unexplained_unknowns: int
    two_messages_to_an_address: int
    sent_outside_the_allow_list: int
    fallbacks_after_no_refusal: int
    attempts_while_held: int
    unknown_in_spite_of_proof: int
    events_lost: int
    events_nobody_told: int

    def table(self) -> str:
        """One line a finding."""
        return "\n".join(f"  {each.name.replace('_', ' '):34}{getattr(self, each.name):8}" for each in fields(self))


NONE = Findings(*[0] * len(fields(Findings)))


def read_records(warehouse: Warehouse, tenant_id: str, campaign_run_ids: Sequence[int] | None = None) -> Records:
    """The ledger of some runs of a tenant, by default of all of them; as the writer."""
    named = {"tenant_id": tenant_id, "runs": None if campaign_run_ids is None else list(campaign_run_ids)}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode(), named).fetchall()

        runs = "(%(runs)s::bigint[] IS NULL OR campaign_run_id = ANY (%(runs)s))"
        members: dict[int, set[str]] = {}
        for run, customer in rows(
            "SELECT run.campaign_run_id, member.customer_id FROM activation.run "
            "JOIN activation.campaign USING (tenant_id, campaign_id) "
            "JOIN segment.membership AS member ON member.tenant_id = run.tenant_id AND member.since <= run.planned_at "
            "AND (member.segment_id = campaign.segment_id OR member.segment_id = ANY (campaign.more_segment_ids)) "
            f"WHERE run.tenant_id = %(tenant_id)s AND run.kind = 'campaign' AND {runs} AND NOT EXISTS ("
            "SELECT FROM segment.membership AS other WHERE other.tenant_id = run.tenant_id "
            "AND other.customer_id = member.customer_id AND other.segment_id = ANY (campaign.without_segment_ids))"
        ):
            members.setdefault(run, set()).add(customer)
        deliveries = rows(
            "SELECT delivery_id::text, campaign_run_id, delivery.customer_id, delivery.channel, step, delivery.state, "
            "skip_reason, recipient_kind, coalesce(delivery.address, known.address) FROM activation.delivery "
            "LEFT JOIN core.channel_address AS known ON known.tenant_id = delivery.tenant_id "
            "AND known.profile_id = delivery.profile_id AND known.channel = delivery.channel "
            "AND known.address_hash = delivery.address_hash "
            f"WHERE delivery.tenant_id = %(tenant_id)s AND {runs}"
        )
        attempts = rows(
            "SELECT delivery_id::text, worker, provider, started_at, attempt.outcome, late FROM activation.attempt "
            f"JOIN activation.delivery USING (tenant_id, delivery_id) WHERE tenant_id = %(tenant_id)s AND {runs} "
            "ORDER BY delivery_id, attempt.fence"
        )
        opt_outs = rows(
            "SELECT customer_id, consent.channel, min(since) FROM core.consent "
            "JOIN core.profile USING (tenant_id, profile_id) WHERE tenant_id = %(tenant_id)s "
            "AND consent.purpose = 'marketing' AND consent.state = 'denied' GROUP BY customer_id, consent.channel"
        )
        events = rows(
            "SELECT provider, provider_event_id, delivery_id::text, event.kind FROM activation.provider_event AS event "
            f"JOIN activation.delivery USING (tenant_id, delivery_id) WHERE tenant_id = %(tenant_id)s AND {runs}"
        )
    proofs: dict[str, set[str]] = {}
    for _, _, delivery, kind in events:
        proofs.setdefault(delivery, set()).add(kind)
    return Records(
        members={run: frozenset(customers) for run, customers in members.items()},
        deliveries={row[0]: Delivery(*row) for row in deliveries},
        attempts=[Attempt(*row) for row in attempts],
        opted_out_at={(customer, channel): since for customer, channel, since in opt_outs},
        proofs={delivery: frozenset(kinds) for delivery, kinds in proofs.items()},
        events=[(provider, event, delivery) for provider, event, delivery, _ in events],
    )


def provided(
    journal: Iterable[Mapping[str, Any]],
    folders: Iterable[Path] = (),
    posted: Iterable[Mapping[str, Any]] | None = None,
) -> Provided:
    """What the stand-ins' journal, the folders of the file channel, and the posts to the webhook say."""
    effects = [_of_file(path) for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
    doubts = set()
    for line in journal:
        if line["channel"] not in PROVIDERS:
            continue
        if line["scenario"] in DOUBTFUL:
            doubts.add((line["channel"], line["recipient"]))
        if line["outcome"] == "accepted":
            effects.append(Effect(_delivery_of(line), line["channel"], line["recipient"]))
    told = None
    if posted is not None:
        honest = [post for post in posted if not (post["forged"] or post["stale"])]
        told = frozenset(event for post in honest if 200 <= post["status"] < 300 for event in post["event_ids"])
    return Provided([effect for effect in effects if effect is not None], frozenset(doubts), told)


def tell(records: Records, said: Provided, found: Mapping[str, Sequence[str]], most: int = 5) -> str:
    """A few of what was found, with all that ledger and providers say of each; empty where nothing was."""
    lines = []
    for name, deliveries in found.items():
        for delivery in deliveries[:most]:
            lines.append(f"  {name}: {records.deliveries.get(delivery, delivery)}")
            lines += [f"    {each}" for each in records.attempts if each.delivery_id == delivery]
            lines += [f"    {each}" for each in _resolved(records, said.effects) if each.delivery_id == delivery]
            lines += [f"    event {kind}" for kind in sorted(records.proofs.get(delivery, ()))]
    return "\n".join(lines)


def _delivery_of(line: Mapping[str, Any]) -> str:
    """The delivery that a line of the journal names; '' where the provider has no place for it."""
    if line["channel"] == "sendgrid":
        return str(json.loads(line["message"])["custom_args"].get(DELIVERY_ARGUMENT, line["provider_message_id"]))
    found = NAMED.search(line["message_id"])
    return found[0] if found else str(line["message_id"])


def _resolved(records: Records, effects: Sequence[Effect]) -> list[Effect]:
    """The effects, those that name no delivery by whom they went to: the one delivery that was attempted there."""
    begun = {attempt.delivery_id: attempt.provider for attempt in records.attempts}
    at = {
        (begun[each.delivery_id], as_seen(begun[each.delivery_id], each.address)): each.delivery_id
        for each in records.deliveries.values()
        if each.delivery_id in begun and each.address is not None
    }
    return [
        effect
        if effect.delivery_id
        else replace(effect, delivery_id=at.get((effect.provider, effect.address), f"to {effect.address}"))
        for effect in effects
    ]


def as_seen(provider: str | None, address: str) -> str:
    """An address of the ledger's as the provider's journal has it: a push service is told the endpoint alone."""
    return str(json.loads(address)["endpoint"]) if provider == "webpush" and address.startswith("{") else address


def _of_file(path: Path) -> Effect | None:
    """The message in a file of the file channel; None for one that was never given its name."""
    found = DELIVERY_OF_FILE.fullmatch(path.name)
    if found is None:
        return None
    to = RECIPIENT_OF_FILE.search(path.read_text("utf-8", "replace"))
    return Effect(found["delivery"], FILE, to["address"] if to else "")


def compare(records: Records, said: Provided, disturbances: Disturbances) -> Findings:
    """Count what providers and ledger say against each other."""
    found = contradictions(records, said, disturbances)
    return Findings(**{name: len(names) for name, names in found.items()})


def contradictions(records: Records, said: Provided, disturbances: Disturbances) -> dict[str, list[str]]:
    """The deliveries (or people, addresses, events) of each finding, by its name in `Findings`."""
    deliveries = records.deliveries
    effects = _resolved(records, said.effects)
    taken = Counter(effect.delivery_id for effect in effects)
    last = {attempt.delivery_id: attempt for attempt in records.attempts}
    states = {delivery.delivery_id: delivery.state for delivery in deliveries.values()}
    stopped = {run for hold in disturbances.holds if hold.until is None for run in hold.campaign_run_ids}
    steps = {(each.campaign_run_id, each.customer_id, each.step): each for each in deliveries.values()}

    def is_final(delivery: Delivery) -> bool:
        return delivery.state in FINAL or (delivery.state == "cancelled" and delivery.campaign_run_id in stopped)

    def explained(delivery: Delivery) -> bool:
        attempt = last.get(delivery.delivery_id)
        if attempt is None:
            return False
        if attempt.outcome is None or attempt.late:
            return disturbances.explain(attempt)
        provider = attempt.provider or "smtp"
        return (provider, as_seen(provider, delivery.address or "")) in said.doubts

    def opted_out_before(attempt: Attempt) -> bool:
        delivery = deliveries[attempt.delivery_id]
        moments = [records.opted_out_at.get((delivery.customer_id, channel)) for channel in (delivery.channel, "any")]
        return any(moment is not None and attempt.started_at > moment for moment in moments)

    def is_held(attempt: Attempt) -> bool:
        run = deliveries[attempt.delivery_id].campaign_run_id
        return any(hold.covers(run, attempt.started_at) for hold in disturbances.holds)

    def is_denied(delivery: str) -> bool:
        by_event = records.proofs.get(delivery, frozenset()) & DENIED_BY_EVENT
        return states[delivery] in DENIED and not by_event

    people = {(each.campaign_run_id, each.customer_id) for each in deliveries.values() if each.kind == "customer"}
    unplanned = [
        f"customer {who} of run {run}"
        for run, members in records.members.items()
        for who in members
        if (run, who) not in people
    ]
    to_address = Counter(
        (deliveries[effect.delivery_id].campaign_run_id, effect.provider, effect.address.lower())
        for effect in {each for each in effects if each.delivery_id in deliveries}
    )
    kept = {event for provider, event, _ in records.events if provider == "sendgrid"}
    # The others name their messages, not their events: what was never taken cannot have been told of.
    of_nothing = [
        f"{provider}: {event}"
        for provider, event, delivery in records.events
        if provider in PROVIDERS - {"sendgrid"} and not taken[delivery]
    ]
    fallbacks = [
        each.delivery_id
        for each in deliveries.values()
        if each.step > 1
        for before in [steps.get((each.campaign_run_id, each.customer_id, each.step - 1))]
        if before is None or before.state not in OPENS_FALLBACK
    ]
    return {
        "lost": unplanned + [each.delivery_id for each in deliveries.values() if not is_final(each)],
        "phantom_accepts": [name for name, state in states.items() if state == "accepted" and not taken[name]],
        "denied_effects": [name for name in states if taken[name] > 0 and is_denied(name)],
        "sent_more_than_once": [name for name, count in taken.items() if count > 1],
        "effects_without_an_attempt": [name for name in taken if name not in last],
        "attempts_after_an_opt_out": [each.delivery_id for each in records.attempts if opted_out_before(each)],
        "unexplained_unknowns": [
            each.delivery_id for each in deliveries.values() if each.state == "unknown" and not explained(each)
        ],
        "two_messages_to_an_address": [
            f"run {run} by {provider}" for (run, provider, _), count in to_address.items() if count > 1
        ],
        "sent_outside_the_allow_list": [
            effect.delivery_id
            for effect in effects
            if disturbances.allowed is not None and effect.address not in disturbances.allowed
        ],
        "fallbacks_after_no_refusal": fallbacks,
        "attempts_while_held": [each.delivery_id for each in records.attempts if is_held(each)],
        "unknown_in_spite_of_proof": [
            name for name, state in states.items() if state == "unknown" and records.proofs.get(name)
        ],
        "events_lost": sorted(said.told - kept) if said.told is not None else [],
        "events_nobody_told": of_nothing + (sorted(kept - said.told) if said.told is not None else []),
    }
