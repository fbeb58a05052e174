"""The segments that the tenant's marketers already keep in LEO, with the rule of each."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.sample_data.moments import DAY
from sandbox.sample_data.people import Consent, Contact, Kind, Shopper
from sandbox.sample_data.streams import stable_key
from sandbox.sample_data.summary import Summary, bought_luxury, funnel_stage

DYNAMIC, STATIC, GEN_AI_PROMPT = 1, 2, 30


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule may look at."""

    shopper: Shopper
    contact: Contact | None
    consent: Consent
    summary: Summary
    as_of: int


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    description: str
    type: int
    index_score: int
    field: str
    operator: str
    value: str | float
    holds: Callable[[Case], bool]

    def key(self, seed: int) -> str:
        return stable_key(seed, "segment", self.name)

    def rules(self) -> str:
        """The tree of jQuery QueryBuilder that LEO stores as a string."""
        kind = "string" if isinstance(self.value, str) else "double"
        rule = {"id": self.field, "field": self.field, "type": kind, "input": "text", "operator": self.operator,
                "value": self.value}  # fmt: skip
        return json.dumps({"condition": "AND", "rules": [rule], "valid": True}, ensure_ascii=False)


def _abandoned(case: Case) -> bool:
    return bool(case.summary.cart) and case.summary.cart_at >= case.as_of - 30 * DAY


def _inactive(case: Case) -> bool:
    return case.shopper.kind is Kind.KNOWN and case.summary.last_at < case.as_of - 180 * DAY


SEGMENTS = (
    Segment("High value customers", "Net spending of 5 million VND or more", DYNAMIC, 9,
            "totalCLV", "greater_or_equal", 5_000_000, lambda case: case.summary.net >= 5_000_000),
    Segment("Repeat buyers", "Two orders or more", DYNAMIC, 8,
            "behavioralEvents", "contains_any", "repurchase", lambda case: case.summary.orders >= 2),
    Segment("Shopping cart abandoners", "A cart of the last 30 days that was not bought", DYNAMIC, 6,
            "nextBestActions", "contains_any", "checkout-items-in-cart", _abandoned),
    Segment("Prospects", "Carted and never bought", DYNAMIC, 3,
            "funnelStage", "equal", "prospect",
            lambda case: funnel_stage(case.shopper, case.summary) == "prospect"),
    Segment("Inactive customers", "Known people without an event for 180 days", DYNAMIC, 2,
            "churnScore", "greater_or_equal", 0.5, _inactive),
    Segment("Newsletter", "Agreed to e-mail and has an address", DYNAMIC, 4,
            "receiveEmail", "equal", 1,
            lambda case: case.contact is not None and bool(case.contact.email) and case.consent.email == 1),
    Segment("Outdoor panel 2025", "Picked by hand for the outdoor survey", STATIC, 5,
            "personaUri", "contains", "weekend-hiker",
            lambda case: case.shopper.persona.name == "weekend-hiker" and case.shopper.index % 3 == 0),
    Segment("People who love luxury", "Prompt: who buys luxury goods?", GEN_AI_PROMPT, 7,
            "productKeywords", "contains_any", "luxury", lambda case: bought_luxury(case.summary)),
)  # fmt: skip
