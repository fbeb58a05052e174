"""What a profile's events add up to: the totals, scores and stage that LEO keeps on the profile itself."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sandbox.sample_data import metrics
from sandbox.sample_data.behaviour import Action, Line, Order
from sandbox.sample_data.metrics import METRICS
from sandbox.sample_data.moments import DAY
from sandbox.sample_data.people import Kind, Shopper
from sandbox.sample_data.world import VND_PER_USD, Product, Tier

_LEAD, _PROSPECT, _ENGAGEMENT = 1, 2, 3
FUNNEL = (
    "new-visitor", "returning-visitor", "lead", "prospect", "new-customer", "engaged-customer", "happy-customer",
    "customer-advocate", "unhappy-customer", "terminated-customer",
)  # fmt: skip
_EDGE_METRICS = {metrics.ITEM_VIEW, metrics.ADD_TO_CART} | metrics.PURCHASES


@dataclass(slots=True)
class Tie:
    """How a profile and a product are tied: LEO keeps one edge for both, whatever the events were."""

    score: int = 0
    events: int = 0
    metric: str = ""
    first: int = 0
    last: int = 0


@dataclass(slots=True)
class Summary:
    """Money is in VND. ``gross`` is what was ordered, ``net`` what is left of it after returns and cancellations."""

    counts: Counter[str] = field(default_factory=Counter)
    lead: int = 0
    prospect: int = 0
    engagement: int = 0
    gross: float = 0.0
    net: float = 0.0
    orders: int = 0
    sessions: int = 0
    last_at: int = 0
    last_order_at: int = 0
    stars: list[int] = field(default_factory=list)
    cart: dict[int, Line] = field(default_factory=dict)
    cart_at: int = 0
    bought: dict[int, Product] = field(default_factory=dict)
    ties: dict[int, Tie] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    read: dict[str, None] = field(default_factory=dict)
    campaigns: dict[str, None] = field(default_factory=dict)

    def _touch(self, product: Product, action: Action, weight: int) -> None:
        tie = self.ties.setdefault(product.place, Tie(first=action.at))
        tie.score += METRICS[action.metric].score
        tie.events += 1
        tie.metric = action.metric
        tie.last = action.at
        for word in product.keywords:
            self.words[word] += weight

    def _order(self, action: Action, order: Order) -> None:
        if action.metric in metrics.PURCHASES:
            self.gross += order.in_vnd()
            self.net += order.in_vnd()
            self.orders += 1
            self.last_order_at = action.at
            self.cart.clear()
            for line in order.lines:
                self.bought[line.product.place] = line.product
                self._touch(line.product, action, 3)
        elif action.metric in metrics.GIVEN_BACK:
            self.net -= order.in_vnd()

    def add(self, action: Action) -> None:
        metric = METRICS[action.metric]
        self.counts[action.metric] += 1
        self.last_at = action.at
        self.sessions = max(self.sessions, action.session)
        if metric.score_model == _LEAD:
            self.lead += metric.score
        elif metric.score_model == _PROSPECT:
            self.prospect += metric.score
        elif metric.score_model == _ENGAGEMENT:
            self.engagement += metric.score
        if action.order:
            self._order(action, action.order)
        elif action.line:
            self._line(action, action.line)
        if action.campaign:
            self.campaigns[action.campaign] = None
        if action.metric == metrics.RATING:
            self.stars.append(int(action.text))
        elif action.metric in {metrics.SEARCH, metrics.CONTENT_VIEW}:
            self.read[action.text] = None

    def _line(self, action: Action, line: Line) -> None:
        place = line.product.place
        if action.metric in _EDGE_METRICS:
            self._touch(line.product, action, 2 if action.metric == metrics.ADD_TO_CART else 1)
        if action.metric == metrics.ADD_TO_CART:
            self.cart[place] = line
            self.cart_at = action.at
        elif action.metric == metrics.REMOVE_FROM_CART:
            self.cart.pop(place, None)


def summarise(actions: Iterable[Action]) -> Summary:
    summary = Summary()
    for action in actions:
        summary.add(action)
    return summary


def funnel_stage(shopper: Shopper, summary: Summary) -> str:
    """The stage in LEO's customer funnel that the events support; terminated means that nothing bought was kept."""
    counts = summary.counts
    if summary.orders:
        if summary.net < summary.gross * 0.02:
            return "terminated-customer"
        if counts[metrics.NEGATIVE_FEEDBACK] > counts[metrics.POSITIVE_FEEDBACK]:
            return "unhappy-customer"
        if counts[metrics.POSITIVE_FEEDBACK]:
            return "customer-advocate" if summary.orders >= 4 else "happy-customer"
        return "engaged-customer" if summary.orders >= 2 else "new-customer"
    if counts[metrics.ADD_TO_CART]:
        return "prospect"
    if shopper.kind is not Kind.ANONYMOUS:
        return "lead"
    return "returning-visitor" if summary.sessions >= 2 else "new-visitor"


def _fifth(value: float, steps: Sequence[float]) -> int:
    return 1 + sum(value >= step for step in steps)


def rfm(summary: Summary, as_of: int) -> int:
    """Recency, frequency and money of the orders, one digit of 1 to 5 each (555 is best); 0 without an order."""
    if not summary.orders:
        return 0
    days = (as_of - summary.last_order_at) / DAY
    recency = 6 - _fifth(days, (30, 75, 150, 270))
    return (
        recency * 100
        + _fifth(summary.orders, (2, 3, 5, 9)) * 10
        + _fifth(summary.net, (300_000, 1_000_000, 3_000_000, 10_000_000))
    )


def rfe(summary: Summary, as_of: int) -> int:
    """The same with engagement (all scores together) in the place of money; 0 without an event."""
    if not summary.last_at:
        return 0
    days = (as_of - summary.last_at) / DAY
    engagement = summary.lead + summary.prospect + summary.engagement
    return (
        (6 - _fifth(days, (7, 30, 90, 180))) * 100
        + _fifth(summary.sessions, (2, 4, 8, 16)) * 10
        + _fifth(engagement, (20, 60, 150, 400))
    )


def churn(summary: Summary, as_of: int) -> float:
    """0 (here today) to 1 (gone for a year), by the days since the last event."""
    if not summary.last_at:
        return 0.9
    return round(min(1.0, (as_of - summary.last_at) / DAY / 365), 3)


def bought_luxury(summary: Summary) -> bool:
    return any(product.tier is Tier.LUXURY for product in summary.bought.values())


def cart_value(summary: Summary) -> float:
    """What lies in the cart, in VND."""
    return sum(line.value * (VND_PER_USD if line.product.currency == "USD" else 1) for line in summary.cart.values())
