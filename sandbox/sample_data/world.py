"""The two worlds: what is sold, to which kinds of people, in which market."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.sample_data.moments import DAY
from sandbox.sample_data.rhythm import Calendar, Market
from sandbox.sample_data.streams import Choice, stable_key

_CATALOGUE = Path(__file__).with_name("catalogue.csv")

RED = "red"
# One dated rate for the whole world; the totals that LEO keeps on a profile have no currency, so they are in VND.
VND_PER_USD = 25_400


class Tier(StrEnum):
    BUDGET = "budget"
    MASS = "mass"
    PREMIUM = "premium"
    LUXURY = "luxury"


@dataclass(frozen=True, slots=True)
class Product:
    """One article. Prices are in whole units of ``currency`` (VND has no minor unit; USD and EUR carry cents)."""

    place: int
    key: str
    product_id: str
    title: str
    category: str
    brand: str
    currency: str
    original_price: float
    tier: Tier
    colours: tuple[str, ...]
    keywords: tuple[str, ...]

    def price(self, share_off: float) -> float:
        """The sale price after a promotion, rounded as shops do: to 1,000 VND, to a cent otherwise."""
        reduced = self.original_price * (1 - share_off)
        return round(reduced, -3) if self.currency == "VND" else round(reduced, 2)

    def sku(self, colour: str) -> str:
        return f"{self.product_id}-{colour.upper()}" if colour else self.product_id


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of shopper: what draws them, how often they come, how easily they buy."""

    name: str
    label: str
    share: float
    women: float
    ages: tuple[int, int]
    affinity: Mapping[str, float]
    tiers: Mapping[Tier, float]
    interests: tuple[str, ...]
    reads: tuple[str, ...]
    jobs: tuple[str, ...]
    hours: str = "usual"
    visits: float = 1.0
    cart: float = 1.0
    buy: float = 1.0
    uses_coupons: float = 0.15


_PLAIN = {Tier.BUDGET: 1.0, Tier.MASS: 1.0, Tier.PREMIUM: 0.5, Tier.LUXURY: 0.06}
_THRIFTY = {Tier.BUDGET: 2.4, Tier.MASS: 0.9, Tier.PREMIUM: 0.12, Tier.LUXURY: 0.015}
_QUALITY = {Tier.BUDGET: 0.4, Tier.MASS: 1.0, Tier.PREMIUM: 1.4, Tier.LUXURY: 0.08}
_RICH = {Tier.BUDGET: 0.05, Tier.MASS: 0.3, Tier.PREMIUM: 1.2, Tier.LUXURY: 4.5}

PERSONAS = (
    Persona(
        "student", "Student", 0.17, 0.54, (18, 24),
        {"T-Shirts": 16, "Shoes": 13, "Electronics": 13, "Books": 14, "Socks": 12, "Bags": 9, "Skincare": 9,
         "Makeup & Fragrance": 8, "Sportswear": 6, "Jackets": 5, "Jewellery": 2},
        _THRIFTY,
        ("street style", "english learning", "music", "gaming", "student life"),
        ("exam tips", "dorm room ideas", "street style", "budget gadgets"),
        ("Student", "Part-time barista", "Intern"),
        hours="night", visits=1.0, cart=1.05, buy=0.75, uses_coupons=0.4,
    ),
    Persona(
        "young-parent", "Young parent", 0.15, 0.66, (26, 40),
        {"Baby & Kids": 46, "Home & Kitchen": 15, "Books": 6, "T-Shirts": 6, "Socks": 10, "Skincare": 5, "Dresses": 4,
         "Bags": 4, "Shoes": 4},
        _PLAIN,
        ("parenting", "family travel", "healthy food", "early learning"),
        ("sleep training", "baby food recipes", "family holiday", "child safety"),
        ("Accountant", "Teacher", "Nurse", "Office clerk"),
        hours="early", visits=1.25, cart=1.1, buy=1.2,
    ),
    Persona(
        "beauty-lover", "Beauty lover", 0.14, 0.93, (18, 45),
        {"Skincare": 36, "Makeup & Fragrance": 32, "Dresses": 9, "Jewellery": 6, "Bags": 6, "Shoes": 5},
        _PLAIN,
        ("skincare", "makeup", "korean beauty", "wellness"),
        ("skincare routine", "makeup tutorial", "sun protection", "ingredient guide"),
        ("Marketing executive", "Hair stylist", "Receptionist", "Sales associate"),
        visits=1.3, cart=1.15, buy=1.05, uses_coupons=0.2,
    ),
    Persona(
        "home-maker", "Home and cooking", 0.12, 0.68, (30, 60),
        {"Home & Kitchen": 52, "Books": 6, "Baby & Kids": 6, "T-Shirts": 5, "Skincare": 5, "Socks": 5, "Shoes": 4,
         "Dresses": 4},
        _PLAIN,
        ("home cooking", "interior design", "vietnamese coffee", "gardening"),
        ("weeknight recipes", "small flat ideas", "coffee brewing", "lunar new year decoration"),
        ("Civil servant", "Home-maker", "Shop owner", "Chef"),
        hours="early", visits=0.9, cart=1.0, buy=1.1,
    ),
    Persona(
        "bargain-hunter", "Bargain hunter", 0.13, 0.58, (20, 60),
        {"Socks": 17, "T-Shirts": 13, "Shoes": 10, "Home & Kitchen": 13, "Skincare": 10, "Bags": 8, "Books": 7,
         "Electronics": 8, "Jewellery": 4, "Jackets": 5, "Baby & Kids": 5},
        _THRIFTY,
        ("discounts", "flash sales", "vouchers"),
        ("voucher codes", "sale calendar", "price comparison"),
        ("Factory worker", "Driver", "Office clerk", "Retired"),
        hours="night", visits=1.1, cart=1.3, buy=0.8, uses_coupons=0.75,
    ),
    Persona(
        "sports-fan", "Runner and gym-goer", 0.09, 0.44, (20, 45),
        {"Sportswear": 38, "Shoes": 22, "Socks": 18, "Electronics": 7, "T-Shirts": 5, "Camping & Hiking": 4,
         "Jackets": 5},
        _QUALITY,
        ("running", "gym", "football", "yoga", "marathon"),
        ("marathon training plan", "home workout", "sports nutrition", "yoga for beginners"),
        ("Personal trainer", "Engineer", "Sales manager", "Architect"),
        hours="early", visits=1.1, cart=1.0, buy=1.15,
    ),
    Persona(
        "tech-enthusiast", "Tech enthusiast", 0.09, 0.22, (20, 48),
        {"Electronics": 66, "Books": 7, "Home & Kitchen": 6, "Bags": 5, "T-Shirts": 4, "Sportswear": 3},
        _QUALITY,
        ("gadgets", "gaming", "smart home", "photography", "programming"),
        ("phone review", "laptop buying guide", "smart home set-up", "mechanical keyboards"),
        ("Software engineer", "Data analyst", "IT support", "Video editor"),
        hours="night", visits=1.05, cart=0.8, buy=0.85,
    ),
    Persona(
        "weekend-hiker", "Weekend hiker", 0.07, 0.42, (22, 50),
        {"Camping & Hiking": 46, "Jackets": 13, "Shoes": 12, "Socks": 12, "Bags": 4, "Sportswear": 5, "Books": 3,
         "Electronics": 4},
        _QUALITY,
        ("hiking", "camping", "outdoor travel", "trail running", "nature photography"),
        ("Fansipan trek", "camping checklist", "Tà Năng trail", "tent buying guide", "weekend trips"),
        ("Engineer", "Teacher", "Photographer", "Tour guide"),
        visits=1.0, cart=1.0, buy=1.1,
    ),
    Persona(
        "luxury-fashion", "Luxury fashion lover", 0.04, 0.74, (27, 58),
        {"Bags": 24, "Jewellery": 19, "Dresses": 15, "Makeup & Fragrance": 12, "Shoes": 14, "Jackets": 7,
         "Skincare": 6, "Home & Kitchen": 2, "Socks": 5},
        _RICH,
        ("luxury fashion", "designer brands", "fine jewellery", "art", "travel"),
        ("fashion week", "designer handbags", "fine watches", "silk ao dai"),
        ("Company director", "Lawyer", "Banker", "Doctor"),
        visits=1.2, cart=0.75, buy=0.8, uses_coupons=0.05,
    ),
)  # fmt: skip

_COLOUR_SALES = {
    "black": 24, "white": 17, "blue": 14, RED: 10, "green": 9, "pink": 9, "grey": 8, "beige": 6, "brown": 6,
    "silver": 4, "gold": 2,
}  # fmt: skip
COLOUR_TASTE: Choice[str] = Choice(_COLOUR_SALES)


class World:
    """Everything that is the same for all profiles of one run."""

    def __init__(
        self,
        *,
        market: Market,
        seed: int,
        as_of: int,
        history_days: int,
        products: Sequence[Product],
        personas: Sequence[Persona],
    ) -> None:
        self.market = market
        self.seed = seed
        self.as_of = as_of
        self.history_start = as_of - history_days * DAY
        self.products = tuple(products)
        self.personas = tuple(personas)
        self.calendar = Calendar(market, self.history_start, as_of)
        self.persona: Choice[Persona] = Choice((persona, persona.share) for persona in personas)
        self.taste = {persona.name: _taste(self.products, persona) for persona in personas}
        self.bestseller: Choice[Product] = Choice(_popularity(self.products))
        # By product's place: which of its colours sells how well. A product without colours has no shelf.
        self.shelf = {
            product.place: Choice((colour, _COLOUR_SALES[colour]) for colour in product.colours)
            for product in self.products
            if product.colours
        }


def _popularity(products: Sequence[Product]) -> list[tuple[Product, float]]:
    """Zipf within each category: the r-th article of a category sells as r ** -0.9."""
    rank: dict[str, int] = defaultdict(int)
    weighted = []
    # The order of popularity is shuffled once by a hash, so that the first line of the catalogue is no favourite.
    for product in sorted(products, key=lambda each: stable_key(0, "popularity", each.product_id)):
        rank[product.category] += 1
        weighted.append((product, rank[product.category] ** -0.9))
    return weighted


def _taste(products: Sequence[Product], persona: Persona) -> Choice[Product]:
    weighted = []
    total: dict[str, float] = defaultdict(float)
    for product, popularity in _popularity(products):
        weight = popularity * persona.tiers[product.tier]
        total[product.category] += weight
        weighted.append((product, weight))
    return Choice(
        (product, persona.affinity.get(product.category, 0.0) * weight / total[product.category])
        for product, weight in weighted
    )


def retail_world(seed: int, as_of: int) -> World:
    """The LEO tenant: a Vietnamese retailer with about 200 articles and 400 days of history."""
    with _CATALOGUE.open(encoding="utf-8", newline="") as lines:
        products = [
            Product(
                place=place,
                key=stable_key(seed, "product", place),
                product_id=f"SKU{1001 + place}",
                title=row["title"],
                category=row["category"],
                brand=row["brand"],
                currency=row["currency"],
                original_price=float(row["price"]),
                tier=Tier(row["tier"]),
                colours=tuple(row["colours"].split(";")) if row["colours"] else (),
                keywords=tuple(row["keywords"].split(";")),
            )
            for place, row in enumerate(csv.DictReader(lines))
        ]
    return World(market=Market.VIETNAM, seed=seed, as_of=as_of, history_days=400, products=products, personas=PERSONAS)


# The CSV form's goods and colours are those of the public audience-discovery data: four goods, each in five colours.
_DISCOVERY_COLOURS = (RED, "blue", "green", "black", "white")
_DISCOVERY_GOODS = (
    ("socks", (6.9, 8.9, 9.9, 12.9, 16.9)),
    ("tshirt", (14.9, 19.9, 24.9, 29.9, 39.9)),
    ("shoes", (49.9, 64.9, 79.9, 99.9, 119.9)),
    ("jacket", (59.9, 79.9, 89.9, 109.9, 119.9)),
)
_DISCOVERY_PERSONAS = (
    ("basics", 0.34, {"socks": 40, "tshirt": 38, "shoes": 14, "jacket": 8}, _THRIFTY, 1.5, 0.9),
    ("runner", 0.22, {"shoes": 44, "socks": 34, "tshirt": 16, "jacket": 6}, _PLAIN, 1.7, 1.0),
    ("outdoor", 0.20, {"jacket": 46, "shoes": 24, "socks": 22, "tshirt": 8}, _QUALITY, 1.4, 0.95),
    ("fashion", 0.24, {"jacket": 28, "shoes": 30, "tshirt": 30, "socks": 12}, _QUALITY, 1.7, 0.8),
)


def discovery_world(seed: int, as_of: int) -> World:
    """The CSV tenant: socks, shirts, shoes and jackets for four countries, with 120 days of history."""
    tiers = (Tier.BUDGET, Tier.BUDGET, Tier.MASS, Tier.MASS, Tier.PREMIUM)
    products: list[Product] = []
    for good, prices in _DISCOVERY_GOODS:
        for price, tier in zip(prices, tiers, strict=True):
            place = len(products)
            products.append(
                Product(
                    place=place,
                    key=stable_key(seed, "good", place),
                    product_id=f"{good}-{place}",
                    title=good,
                    category=good,
                    brand="",
                    currency="EUR",
                    original_price=price,
                    tier=tier,
                    colours=_DISCOVERY_COLOURS,
                    keywords=(good,),
                )
            )
    personas = [
        Persona(name, name, share, 0.5, (18, 65), affinity, tiers_liked, (), (), (), visits=visits, cart=1.5, buy=buy)
        for name, share, affinity, tiers_liked, visits, buy in _DISCOVERY_PERSONAS
    ]
    return World(market=Market.EUROPE, seed=seed, as_of=as_of, history_days=120, products=products, personas=personas)
