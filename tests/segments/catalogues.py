"""Two tenants' catalogues as planners see them: the audience-discovery data, and a shop of many kinds of goods."""

from datetime import UTC, datetime

from leo_activation.segments.catalogue import Catalogue

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)

_CLOTHES = ("jacket", "shoes", "socks", "tshirt")
_COLORS = ("black", "blue", "green", "red", "white")

DISCOVERY = Catalogue(
    tenant_id="discovery",
    currency="EUR",
    minor_units=2,
    products=_CLOTHES,
    categories=_CLOTHES,
    colors=_COLORS,
    countries=("AT", "CZ", "DE", "PL"),
    topics={"product": _CLOTHES, "category": _CLOTHES, "color": _COLORS, "tag": ("likes luxury items",)},
    luxury_tag="likes luxury items",
)

RETAIL = Catalogue(
    tenant_id="retail",
    currency="USD",
    minor_units=2,
    time_zone="Asia/Ho_Chi_Minh",
    products=("Espresso Beans", "Summit Tent", "Trail Runner 2", "Wool Hiking Socks"),
    categories=("Camping Gear", "Coffee", "Health & Beauty", "Shoes", "Socks"),
    brands=("Luna", "Northpeak"),
    colors=("black", "navy blue", "red"),
    countries=("DE", "US", "VN"),
    cities=("Berlin", "Hanoi", "Ho Chi Minh City"),
    genders=("female", "male"),
    languages=("de", "en", "vi"),
    funnel_stages=("customer-advocate", "first-time-customer", "new-visitor"),
    segments={"vip": "VIP", "weekend_hikers": "Weekend Hikers"},
    topics={
        "category": ("Camping Gear", "Coffee", "Shoes", "Socks"),
        "brand": ("Luna", "Northpeak"),
        "color": ("black", "navy blue", "red"),
        "keyword": ("running", "trekking"),
    },
)

CATALOGUES = {"discovery": DISCOVERY, "retail": RETAIL}
