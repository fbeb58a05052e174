"""Tenants' catalogues as planners see them: the audience-discovery data and two shops of many kinds of goods."""

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
    events=("add-wishlist", "checkout", "page-view", "search"),
    campaigns={"spring_sale": "Spring Sale", "welcome": "Welcome Series"},
    topics={
        "category": ("Camping Gear", "Coffee", "Shoes", "Socks"),
        "brand": ("Luna", "Northpeak"),
        "color": ("black", "navy blue", "red"),
        "keyword": ("running", "trekking"),
    },
)

VIETNAM = Catalogue(
    tenant_id="vietnam",
    currency="VND",
    minor_units=0,
    time_zone="Asia/Ho_Chi_Minh",
    language="vi",
    products=("Lucky Red Tết Socks", "Merino Hiking Socks", "Trail Runner GTX"),
    categories=("Camping & Hiking", "Dresses", "Jackets", "Shoes", "Skincare", "Socks", "T-Shirts"),
    brands=("Aurelle", "Chạy Bền", "Fansi Trek", "Phố Nhỏ", "Sợi Mây"),
    colors=("beige", "black", "blue", "brown", "green", "grey", "pink", "red", "silver", "white"),
    countries=("AU", "DE", "GB", "SG", "US", "VN"),
    cities=("Berlin", "Can Tho", "Da Lat", "Da Nang", "Hanoi", "Ho Chi Minh City", "Hue", "London", "Singapore"),
    genders=("female", "male"),
    languages=("en", "vi"),
    funnel_stages=("customer-advocate", "first-time-customer", "new-visitor"),
    segments={"sneaker_fans": "Sneaker Fans", "vip": "VIP"},
    events=("add-wishlist", "page-view"),
    campaigns={"spring_sale": "Spring Sale", "tet": "Tết Sale"},
    topics={
        "category": ("Camping & Hiking", "Dresses", "Jackets", "Shoes", "Skincare", "Socks", "T-Shirts"),
        "brand": ("Aurelle", "Chạy Bền", "Fansi Trek", "Phố Nhỏ", "Sợi Mây"),
        "color": ("black", "blue", "pink", "red"),
        "keyword": ("camping", "hiking", "running"),
    },
)

CATALOGUES = {"discovery": DISCOVERY, "retail": RETAIL, "vietnam": VIETNAM}
