"""What a condition rests on: one type for each kind of thing, none of it contact data.

Amounts are decimal numbers as text, in major units of the tenant's currency. `words` tells a fact on one line.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class EventFact:
    """Something the customer did; of a purchase, `quantity` and `value` are what was kept of it."""

    event_id: str
    event: str
    at: datetime
    product: str | None = None
    color: str | None = None
    quantity: int | None = None
    value: str | None = None
    order: str | None = None
    kind: Literal["event"] = field(default="event", init=False)

    def words(self) -> str:
        """Moment, event, goods, and where it stands."""
        goods = " ".join(part for part in (self.color, self.product) if part)
        parts = [f"{self.at:%Y-%m-%d %H:%M} {self.event}"]
        if goods:
            parts.append(goods if self.quantity in {None, 1} else f"{self.quantity} × {goods}")
        if self.value is not None:
            parts.append(f"for {self.value}")
        if self.order is not None:
            parts.append(f"order {self.order}")
        return f"{', '.join(parts)} (event {self.event_id})"


@dataclass(frozen=True)
class CountFact:
    """How many there are of something, against the bounds asked."""

    counted: str
    count: int
    at_least: int | None = None
    at_most: int | None = None
    kind: Literal["count"] = field(default="count", init=False)

    def words(self) -> str:
        """The number, and what was asked."""
        return f"{self.counted}: {self.count:,}, asked: {_bounds(at_least=self.at_least, at_most=self.at_most)}"


@dataclass(frozen=True)
class AmountFact:
    """A sum of money, against the bounds asked; None where there is nothing to sum."""

    of: Literal["value", "average order"]
    amount: str | None
    at_least: str | None = None
    more_than: str | None = None
    at_most: str | None = None
    less_than: str | None = None
    kind: Literal["amount"] = field(default="amount", init=False)

    def words(self) -> str:
        """The amount, and what was asked."""
        asked = _bounds(
            at_least=self.at_least, more_than=self.more_than, at_most=self.at_most, less_than=self.less_than
        )
        return f"{self.of} {self.amount or 'none'}, asked: {asked}"


@dataclass(frozen=True)
class PairFact:
    """One thing, and what followed it; None: nothing of what was asked for did."""

    first: EventFact
    then: EventFact | None
    kind: Literal["pair"] = field(default="pair", init=False)

    def words(self) -> str:
        """Both on a line."""
        return f"{self.first.words()} → {'nothing' if self.then is None else self.then.words()}"


@dataclass(frozen=True)
class OrderFact:
    """An order with its kept lines; `is_such`: it holds what is asked of one."""

    order: str
    at: datetime
    lines: tuple[EventFact, ...]
    is_such: bool
    kind: Literal["order"] = field(default="order", init=False)

    def words(self) -> str:
        """The order and its lines."""
        lines = "; ".join(
            f"{line.quantity} × {' '.join(part for part in (line.color, line.product) if part)} for {line.value}"
            for line in self.lines
        )
        return f"{self.at:%Y-%m-%d %H:%M} order {self.order}{'' if self.is_such else ' (not such a one)'}: {lines}"


@dataclass(frozen=True)
class ValueFact:
    """What a property of the customer is; None: it is not known."""

    property: str
    value: str | None
    kind: Literal["value"] = field(default="value", init=False)

    def words(self) -> str:
        """Property and value."""
        return f"{self.property}: {'not known' if self.value is None else self.value}"


@dataclass(frozen=True)
class InterestFact:
    """The customer's score of a topic, 0 to 1; None: none was computed. `similarity` is the topic's to a phrase."""

    topic_id: str
    score: float | None
    is_primary: bool = False
    at_least: float | None = None
    similarity: float | None = None
    kind: Literal["interest"] = field(default="interest", init=False)

    def words(self) -> str:
        """Topic, score, and what was asked."""
        score = "no interest" if self.score is None else f"score {self.score:g}{', primary' if self.is_primary else ''}"
        asked = "" if self.at_least is None else f", asked: at least {self.at_least:g}"
        near = "" if self.similarity is None else f", similarity of the topic {self.similarity:.3f}"
        return f"{self.topic_id}: {score}{asked}{near}"


@dataclass(frozen=True)
class PhraseFact:
    """How near the customer's profile is to a phrase (cosine); None: there is no text to compare."""

    phrase: str
    similarity: float | None
    threshold: float
    kind: Literal["phrase"] = field(default="phrase", init=False)

    def words(self) -> str:
        """Similarity and threshold."""
        near = "no profile text" if self.similarity is None else f"similarity {self.similarity:.3f}"
        return f"“{self.phrase}”: {near}, asked: at least {self.threshold:.3f}"


@dataclass(frozen=True)
class MemberFact:
    """Membership of another segment; `since` None: the customer is not a member."""

    segment_id: str
    since: datetime | None
    kind: Literal["member"] = field(default="member", init=False)

    def words(self) -> str:
        """Since when."""
        return (
            f"segment {self.segment_id}: {'no member' if self.since is None else f'since {self.since:%Y-%m-%d %H:%M}'}"
        )


@dataclass(frozen=True)
class TouchFact:
    """What became of a campaign's message to the customer."""

    exposure: str
    campaign_id: str
    channel: str | None
    at: datetime
    kind: Literal["touch"] = field(default="touch", init=False)

    def words(self) -> str:
        """Moment, exposure, campaign."""
        by = "" if self.channel is None else f" by {self.channel}"
        return f"{self.at:%Y-%m-%d %H:%M} {self.exposure} {self.campaign_id}{by}"


@dataclass(frozen=True)
class ReachFact:
    """What there is to reach the customer by on a channel, by numbers alone, and what lacks of what was asked.

    `addresses` are the active ones, `suppressed` those of them that may not be written to. `consent` is what the
    customer said; where nothing was recorded, `by_own_basis` says whether the tenant's own basis stands for it.
    """

    channel: str
    addresses: int
    suppressed: int
    consent: Literal["granted", "refused", "not recorded"]
    by_own_basis: bool
    lacks: tuple[str, ...]
    kind: Literal["reach"] = field(default="reach", init=False)

    def words(self) -> str:
        """What lacks, or that nothing does."""
        basis = ", the tenant's own basis stands for it" if self.by_own_basis else ""
        told = f"{self.addresses} active addresses, {self.suppressed} of them suppressed; consent {self.consent}{basis}"
        return f"{self.channel}: {told}; lacks {', '.join(self.lacks) or 'nothing'}"


@dataclass(frozen=True)
class RelatedFact:
    """Another customer to whom the relation leads, who meets what is asked; by which product where that is the edge."""

    customer_id: str
    edge: str
    product: str | None = None
    kind: Literal["related"] = field(default="related", init=False)

    def words(self) -> str:
        """The edge and who stands at its other end."""
        by = "" if self.product is None else f" ({self.product})"
        return f"—{self.edge}{by}→ {self.customer_id}"


Fact = (
    EventFact
    | CountFact
    | AmountFact
    | PairFact
    | OrderFact
    | ValueFact
    | InterestFact
    | PhraseFact
    | MemberFact
    | TouchFact
    | ReachFact
    | RelatedFact
)


def _bounds(**bounds: int | str | None) -> str:
    said = [f"{name.replace('_', ' ')} {bound}" for name, bound in bounds.items() if bound is not None]
    return " and ".join(said) or "any"
