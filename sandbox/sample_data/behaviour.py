"""What a shopper does: sessions with views, carts, orders, second thoughts; everything in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from random import Random

from sandbox.sample_data import metrics
from sandbox.sample_data.campaigns import Response
from sandbox.sample_data.moments import DAY, HOUR, MINUTE, SECOND
from sandbox.sample_data.people import Kind, Shopper
from sandbox.sample_data.rhythm import HOUR_OF_DAY, Market, near_tet, promotion_rate
from sandbox.sample_data.streams import Choice, between, new_key, pick
from sandbox.sample_data.world import RED, VND_PER_USD, Product, World

_LONGEST_CART = 5
_BOUGHT_IN_NUMBERS = frozenset({"Socks", "Baby & Kids", "Skincare", "Books", "socks", "tshirt"})
_PAYMENTS: Choice[str] = Choice({"COD": 44, "momo": 20, "zalopay": 13, "credit-card": 14, "bank-transfer": 9})


@dataclass(frozen=True, slots=True)
class Line:
    """One article in one colour; ``price`` is what one piece cost that day, in the product's currency."""

    product: Product
    colour: str
    quantity: int
    price: float

    @property
    def value(self) -> float:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    """An order, or what of it is given back. ``value`` is the goods less the discount, without shipping."""

    number: str
    lines: tuple[Line, ...]
    value: float
    discount: float
    shipping: float
    currency: str
    payment: str
    coupon: str
    status: str

    def in_vnd(self) -> float:
        return self.value * VND_PER_USD if self.currency == "USD" else self.value


@dataclass(frozen=True, slots=True)
class Action:
    """One tracked event. ``text`` is what was searched, read or rated."""

    at: int
    metric: str
    session: int
    line: Line | None = None
    order: Order | None = None
    campaign: str = ""
    text: str = ""


_AT = attrgetter("at")


class _Life:
    """One shopper's history under construction: what lies in the cart, what was seen, how often they bought."""

    def __init__(self, rng: Random, world: World, shopper: Shopper) -> None:
        self.rng = rng
        self.world = world
        self.shopper = shopper
        self.actions: list[Action] = []
        self.cart: list[Line] = []
        self.seen: list[Product] = []
        self.orders = 0
        self.session = 0
        self.campaign = ""
        self.clock = 0

    def act(self, metric: str, *, line: Line | None = None, order: Order | None = None, text: str = "") -> None:
        self.actions.append(Action(self.clock, metric, self.session, line, order, self.campaign, text))

    def later(self, at: int, metric: str, order: Order | None = None, text: str = "") -> None:
        self.actions.append(Action(at, metric, self.session, None, order, "", text))

    def wait(self, least: int, most: int) -> None:
        self.clock += between(self.rng, least, most)

    def visit(self, start: int, *, first: bool, response: Response | None) -> None:
        rng, shopper = self.rng, self.shopper
        known = shopper.kind is not Kind.ANONYMOUS
        self.session += 1
        # One session at a time: nobody buys in one what they carted in another that is still going on.
        self.clock = max(start, self.clock + between(rng, 6 * MINUTE, 40 * MINUTE)) if self.clock else start
        self.campaign = response.campaign.key if response else ""
        if response:
            self.act(metrics.EMAIL_CLICK)
            self.wait(2 * SECOND, 8 * SECOND)
        self.act(metrics.PAGE_VIEW)
        if known and first and shopper.joined >= self.world.history_start:
            self.wait(30 * SECOND, 4 * MINUTE)
            self.act(metrics.REGISTER)
        elif known and rng.random() < 0.25:
            self.wait(5 * SECOND, 40 * SECOND)
            self.act(metrics.LOGIN)
        if shopper.persona.reads and rng.random() < 0.14:
            self.wait(10 * SECOND, 2 * MINUTE)
            self.act(metrics.CONTENT_VIEW, text=pick(rng, shopper.persona.reads))
        self.browse(known)
        self.decide(known, eager=1.5 if response else 1.0, coupon=response.campaign.coupon if response else "")

    def browse(self, known: bool) -> None:
        rng, persona = self.rng, self.shopper.persona
        goes_on = 0.62 if known else 0.42
        while rng.random() < goes_on:
            product = self.choose()
            if rng.random() < 0.12:
                self.wait(4 * SECOND, 40 * SECOND)
                self.act(metrics.SEARCH, text=pick(rng, product.keywords))
            self.wait(8 * SECOND, 3 * MINUTE)
            line = self.line_of(product)
            self.act(metrics.ITEM_VIEW, line=line)
            self.seen.append(product)
            likely = (0.21 if known else 0.07) * persona.cart
            if rng.random() < likely and len(self.cart) < _LONGEST_CART and self.fits(line):
                self.wait(10 * SECOND, 90 * SECOND)
                self.act(metrics.ADD_TO_CART, line=line)
                self.cart.append(line)

    def choose(self) -> Product:
        rng = self.rng
        if self.seen and rng.random() < 0.28:
            return self.seen[-1 - int(rng.random() * min(6, len(self.seen)))]
        if rng.random() < 0.82:
            return self.world.taste[self.shopper.persona.name].draw(rng)
        return self.world.bestseller.draw(rng)

    def line_of(self, product: Product) -> Line:
        rng = self.rng
        day = self.clock // DAY
        colour = ""
        if product.colours:
            if self.world.market is Market.VIETNAM and RED in product.colours and near_tet(day) and rng.random() < 0.2:
                colour = RED
            elif rng.random() < 0.6:
                colour = next((liked for liked in self.shopper.colours if liked in product.colours), "")
            colour = colour or self.world.shelf[product.place].draw(rng)
        quantity = 1
        if product.category in _BOUGHT_IN_NUMBERS and rng.random() < 0.24:
            quantity = 2 if rng.random() < 0.7 else between(rng, 3, 5)
        return Line(product, colour, quantity, product.price(promotion_rate(day, self.world.market)))

    def fits(self, line: Line) -> bool:
        """A cart holds an article once, and one currency."""
        return all(
            held.product is not line.product and held.product.currency == line.product.currency for held in self.cart
        )

    def decide(self, known: bool, *, eager: float, coupon: str) -> None:
        """Buy what lies in the cart, put something back, or leave it for another day (most carts are abandoned)."""
        rng, persona = self.rng, self.shopper.persona
        if not self.cart:
            return
        dear = 0.6 if sum(_in_vnd(line) for line in self.cart) > 4_000_000 else 1.0
        if known and rng.random() < 0.40 * persona.buy * eager * dear:
            self.wait(20 * SECOND, 3 * MINUTE)
            order = self.order_of(coupon)
            self.act(metrics.CHECKOUT, order=order)
            if rng.random() < 0.78:
                self.wait(20 * SECOND, 4 * MINUTE)
                self.buy(order)
                return
        if rng.random() < 0.12:
            self.wait(5 * SECOND, MINUTE)
            self.act(metrics.REMOVE_FROM_CART, line=self.cart.pop())

    def order_of(self, coupon: str) -> Order:
        rng = self.rng
        lines = tuple(self.cart)
        goods = sum(line.value for line in lines)
        currency = lines[0].product.currency
        if not coupon and rng.random() < self.shopper.persona.uses_coupons:
            coupon = pick(rng, ("FREESHIP", "HELLO10", "APP5"))
        share = {"MEGA20": 0.1, "OUTDOOR10": 0.1, "HELLO10": 0.1, "APP5": 0.05}.get(coupon, 0.0)
        discount = _rounded(goods * share, currency)
        free = coupon == "FREESHIP" or goods > 1_000_000 or currency != "VND"
        return Order(
            number=f"ORD-{new_key(rng)[-10:].upper()}",
            lines=lines,
            value=_rounded(goods - discount, currency),
            discount=discount,
            shipping=0.0 if free else 30_000.0,
            currency=currency,
            payment=_PAYMENTS.draw(rng) if currency == "VND" else "credit-card",
            coupon=coupon,
            status="completed",
        )

    def buy(self, order: Order) -> None:
        rng = self.rng
        self.act(metrics.REPURCHASE if self.orders else metrics.PURCHASE, order=order)
        self.orders += 1
        self.cart = []
        chance = rng.random()
        if chance < 0.03:
            self.later(
                self.clock + between(rng, 10 * MINUTE, 20 * HOUR), metrics.CANCEL, _given_back(order, "cancelled")
            )
            return
        if chance < 0.075:
            when = self.clock + between(rng, 4 * DAY, 14 * DAY)
            self.later(when, metrics.RETURN, _given_back(_one_line(rng, order), "returned"))
            if rng.random() < 0.25:
                self.later(when + between(rng, HOUR, 2 * DAY), metrics.NEGATIVE_FEEDBACK, text=pick(rng, _COMPLAINTS))
            return
        if chance < 0.1:
            part = _rounded(order.value * pick(rng, (0.1, 0.2, 0.3)), order.currency)
            money = Order(order.number, (), part, 0.0, 0.0, order.currency, order.payment, "", "refunded")
            self.later(self.clock + between(rng, 3 * DAY, 20 * DAY), metrics.REFUND, money)
        if rng.random() < 0.12:
            stars = 5 if rng.random() < 0.62 else 4 if rng.random() < 0.7 else between(rng, 1, 3)
            when = self.clock + between(rng, 4 * DAY, 12 * DAY)
            self.later(when, metrics.RATING, text=str(stars))
            if stars == 5 and rng.random() < 0.4:
                self.later(when + MINUTE, metrics.POSITIVE_FEEDBACK, text=pick(rng, _PRAISE))
            elif stars <= 2:
                self.later(when + MINUTE, metrics.NEGATIVE_FEEDBACK, text=pick(rng, _COMPLAINTS))


_COMPLAINTS = ("Late delivery", "Wrong size", "Colour differs from the photo", "Damaged box")
_PRAISE = ("Fast delivery", "Great quality", "Friendly service", "Exactly as shown")


def _rounded(amount: float, currency: str) -> float:
    return round(amount, 0) if currency == "VND" else round(amount, 2)


def _in_vnd(line: Line) -> float:
    return line.value * VND_PER_USD if line.product.currency == "USD" else line.value


def _one_line(rng: Random, order: Order) -> Order:
    """Most returns are of one line; what comes back is worth its share of what was paid."""
    line = order.lines[int(rng.random() * len(order.lines))]
    goods = sum(each.value for each in order.lines)
    value = _rounded(order.value * line.value / goods, order.currency)
    return Order(order.number, (line,), value, 0.0, 0.0, order.currency, order.payment, "", order.status)


def _given_back(order: Order, status: str) -> Order:
    return Order(order.number, order.lines, order.value, 0.0, 0.0, order.currency, order.payment, "", status)


def live(rng: Random, world: World, shopper: Shopper, got: Sequence[Response] = ()) -> list[Action]:
    """All that a shopper did before as-of, by time. Every cart follows a view, every purchase a checkout."""
    life = _Life(rng, world, shopper)
    hours = HOUR_OF_DAY[shopper.persona.hours]
    visits: list[tuple[int, Response | None]] = []
    for number in range(shopper.visits):
        if number == 0 and shopper.joined >= world.history_start:
            start = shopper.joined
        else:
            start = world.calendar.draw_ms(rng, shopper.active_from, shopper.active_until, hours, shopper.offset_ms)
        visits.append((start, None))
    for response in got:
        life.actions.append(Action(response.sent, metrics.EMAIL_SENT, 0, campaign=response.campaign.key))
        if response.opened:
            life.actions.append(Action(response.opened, metrics.EMAIL_OPEN, 0, campaign=response.campaign.key))
        if response.clicked:
            visits.append((response.clicked, response))
    visits.sort(key=lambda visit: visit[0])
    for number, (start, prompted) in enumerate(visits):
        life.visit(start, first=number == 0, response=prompted)
    return sorted((action for action in life.actions if action.at < world.as_of), key=_AT)


def glance(rng: Random, world: World, shopper: Shopper) -> list[Action]:
    """A single page view: all that a profile does whose record is spoiled on purpose, so that no truth hangs on it."""
    return [Action(max(shopper.active_from, world.as_of - between(rng, 2, 300) * DAY), metrics.PAGE_VIEW, 1)]
