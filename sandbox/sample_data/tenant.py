"""The LEO tenant's own records: goods, metrics, journeys, touchpoints, campaigns and segments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.sample_data import metrics
from sandbox.sample_data.campaigns import Campaign
from sandbox.sample_data.metrics import METRICS
from sandbox.sample_data.moments import DAY, HOUR, iso_ms, revision
from sandbox.sample_data.names import slug
from sandbox.sample_data.segments import SEGMENTS
from sandbox.sample_data.streams import stable_key
from sandbox.sample_data.world import Product, World

Document = dict[str, object]

SHOP_HOST = "shop.example.com"
DEFAULT_JOURNEY = "id_default_journey"
DEFAULT_JOURNEY_NAME = "DEFAULT JOURNEY MAP"
APP_JOURNEY_NAME = "MOBILE APP JOURNEY"
_DAYS_SINCE_SET_UP = 950


@dataclass(frozen=True, slots=True)
class Hub:
    key: str
    name: str
    type: int
    type_name: str
    url: str
    journey: str
    level: int


@dataclass(frozen=True, slots=True)
class Touchpoint:
    key: str
    name: str
    type: int
    type_name: str
    url: str
    hub: Hub

    @property
    def host(self) -> str:
        return self.url.split("/")[2]


class Touchpoints:
    """Where events happen (pages and screens) and where visitors come from."""

    def __init__(self, world: World) -> None:
        seed = world.seed
        self.app_journey = stable_key(seed, "journey", APP_JOURNEY_NAME)

        def hub(name: str, type_: int, type_name: str, url: str, journey: str, level: int) -> Hub:
            return Hub(stable_key(seed, "hub", name), name, type_, type_name, url, journey, level)

        self.website = hub("Phố Nhỏ online shop", 3, "WEBSITE", f"https://{SHOP_HOST}/", DEFAULT_JOURNEY, 2)
        self.app = hub("Phố Nhỏ mobile app", 4, "MOBILE_APP", "https://app.example.com/", self.app_journey, 2)
        self.mail = hub("E-mail", 35, "EMAIL_CAMPAIGN", "https://mail.example.com/", DEFAULT_JOURNEY, 1)
        self.zalo = hub("Zalo OA", 38, "OTT_MESSAGING_APP", "https://zalo.example.com/oa", DEFAULT_JOURNEY, 1)
        self.facebook = hub("Facebook page", 9, "SOCIAL_MEDIA", "https://social.example.com/page", DEFAULT_JOURNEY, 1)
        self.search = hub("Search engine", 1, "SEARCH_ENGINE", "https://search.example.com/", DEFAULT_JOURNEY, 1)
        self.hubs = (self.website, self.app, self.mail, self.zalo, self.facebook, self.search)

        def point(of: Hub, name: str, path: str) -> Touchpoint:
            key = stable_key(seed, "touchpoint", f"{of.name}/{name}")
            return Touchpoint(key, name, of.type, of.type_name, of.url + path, of)

        categories = sorted({product.category for product in world.products})
        self.pages = {
            of.key: {
                "home": point(of, f"{of.name}: home", ""),
                "search": point(of, f"{of.name}: search", "search"),
                "account": point(of, f"{of.name}: account", "account"),
                "blog": point(of, f"{of.name}: stories", "stories"),
                "cart": point(of, f"{of.name}: cart and checkout", "checkout"),
            }
            | {name: point(of, f"{of.name}: {name}", f"c/{slug(name)}") for name in categories}
            for of in (self.website, self.app)
        }
        self.inbox = point(self.mail, "E-mail inbox", "newsletter")
        self.sources = {
            "direct": None,
            "google": point(self.search, "Search results", "results"),
            "facebook": point(self.facebook, "Facebook post", "/posts"),
            "zalo": point(self.zalo, "Zalo message", "/message"),
            "email": self.inbox,
        }
        self.all = tuple(
            [page for pages in self.pages.values() for page in pages.values()]
            + [self.inbox]
            + [page for name, page in self.sources.items() if page and name != "email"]
        )

    def page_of(self, hub: Hub, metric: str, category: str) -> Touchpoint:
        pages = self.pages[hub.key]
        if category:
            return pages[category]
        if metric == metrics.SEARCH:
            return pages["search"]
        if metric in {metrics.REGISTER, metrics.LOGIN}:
            return pages["account"]
        if metric == metrics.CONTENT_VIEW:
            return pages["blog"]
        return pages["cart"] if metric in _AT_CHECKOUT else pages["home"]


_AT_CHECKOUT = metrics.PURCHASES | metrics.GIVEN_BACK | {metrics.CHECKOUT}


def _head(collection: str, key: str, written: int) -> Document:
    return {"_key": key, "_id": f"{collection}/{key}", "_rev": revision(written, 0)}


def product_documents(world: World) -> list[Document]:
    made = world.as_of - _DAYS_SINCE_SET_UP * DAY
    documents = []
    for product in world.products:
        created = made + product.place * HOUR
        url = f"https://{SHOP_HOST}/p/{slug(product.title)}-{product.product_id.lower()}"
        image = f"https://static.example.com/p/{product.product_id.lower()}.jpg"
        documents.append(
            _head("cdp_productitem", product.key, created)
            | {
                "productId": product.product_id, "productIdType": "item_ID", "productCode": product.product_id,
                "productType": "general_product", "title": product.title,
                "description": f"{product.title} by {product.brand}. {', '.join(product.keywords).capitalize()}.",
                "categoryName": product.category,
                "categoryId": stable_key(world.seed, "category", product.category),
                "categoryIds": [stable_key(world.seed, "category", product.category)],
                "brand": product.brand, "keywords": list(product.keywords),
                "originalPrice": product.original_price, "salePrice": product.original_price,
                "priceCurrency": product.currency, "quantity": 20 + product.place * 7 % 400,
                "customData": {"colors": ",".join(product.colours), "tier": product.tier.value},
                "fullUrl": url, "headlineImageUrl": image, "siteDomain": SHOP_HOST, "siteName": "Phố Nhỏ",
                "slug": f"{slug(product.title)}-{product.key}", "itemCondition": "new", "availability": "in-stock",
                "sellerName": "Phố Nhỏ", "storeIds": ["online"], "promoCodes": {}, "groupIds": ["main-catalogue"],
                "contentClass": "product", "type": 1, "assetType": 10, "networkId": 0, "privacyStatus": 0,
                "createdAt": iso_ms(created), "updatedAt": iso_ms(created), "status": 1,
            }
        )  # fmt: skip
    return documents


def metric_documents(world: World) -> list[Document]:
    made = world.as_of - _DAYS_SINCE_SET_UP * DAY
    return [
        _head("cdp_eventmetric", metric.name, made)
        | {
            "eventName": metric.name, "eventLabel": metric.label, "score": metric.score,
            "cumulativePoint": metric.cumulative_point, "scoreModel": metric.score_model,
            "journeyStage": metric.journey_stage, "funnelStageId": metric.funnel_stage,
            "flowName": "general_business_event", "dataType": 1, "showInObserverJS": True,
            "systemMetric": metric.system, "journeyMapId": "", "status": 1,
            "createdAt": iso_ms(made), "updatedAt": iso_ms(made),
        }
        for metric in METRICS.values()
    ]  # fmt: skip


def journey_documents(world: World, points: Touchpoints) -> list[Document]:
    made = world.as_of - _DAYS_SINCE_SET_UP * DAY
    named = ((DEFAULT_JOURNEY, DEFAULT_JOURNEY_NAME), (points.app_journey, APP_JOURNEY_NAME))
    return [
        _head("cdp_journeymap", key, made)
        | {
            "name": name, "status": 1, "createdAt": iso_ms(made), "updatedAt": iso_ms(made),
            "defaultMetricName": metrics.PAGE_VIEW, "authorizedViewers": [], "authorizedEditors": [],
        }
        for key, name in named
    ]  # fmt: skip


def hub_documents(world: World, points: Touchpoints) -> list[Document]:
    made = world.as_of - _DAYS_SINCE_SET_UP * DAY
    return [
        _head("cdp_touchpointhub", hub.key, made)
        | {
            "name": hub.name, "type": hub.type, "typeAsType": hub.type_name, "firstPartyData": hub.level == 2,
            "isRootNode": True, "url": hub.url, "hostname": hub.url.split("/")[2], "countryCode": "VN",
            "journeyLevel": hub.level, "journeyMapId": hub.journey, "observerId": observer_of(world, hub),
            "keywords": [], "status": 1, "createdAt": iso_ms(made), "updatedAt": iso_ms(made),
        }
        for hub in points.hubs
    ]  # fmt: skip


def touchpoint_documents(world: World, points: Touchpoints) -> list[Document]:
    made = world.as_of - _DAYS_SINCE_SET_UP * DAY
    return [
        _head("cdp_touchpoint", page.key, made)
        | {
            "name": page.name, "type": page.type, "typeAsType": page.type_name, "url": page.url,
            "hostname": page.host, "firstPartyData": page.hub.level == 2, "isRootNode": False,
            "parentId": page.hub.key, "journeyMapId": page.hub.journey, "keywords": [], "unitCost": 0.0,
            "status": 1, "createdAt": iso_ms(made), "updatedAt": iso_ms(made),
        }
        for page in points.all
    ]  # fmt: skip


def observer_of(world: World, hub: Hub) -> str:
    return stable_key(world.seed, "observer", hub.name)


def campaign_documents(world: World, campaigns: Sequence[Campaign]) -> list[Document]:
    """The past campaigns (LEO's status 3, completed) and one draft (0)."""
    newsletter = next(segment for segment in SEGMENTS if segment.name == "Newsletter").key(world.seed)
    documents = []
    for campaign in campaigns:
        sent = campaign.sent_day * DAY + 2 * HOUR
        documents.append(
            _head("cdp_campaign", campaign.key, sent)
            | {
                "name": campaign.name, "description": campaign.description, "tagName": campaign.tag, "type": 1,
                "status": 3, "targetSegmentId": newsletter, "keywords": ["e-mail", campaign.coupon],
                "ownerUsername": "superadmin", "reportedUsernames": ["superadmin"],
                "maxBudget": campaign.max_budget, "spentBudget": round(campaign.max_budget * 0.83),
                "communicationFrequency": 1, "timeUnit": 3, "automatedFlowJson": "{}", "agentPersona": "",
                "createdAt": iso_ms(sent - 5 * DAY), "updatedAt": iso_ms(sent + DAY), "startDate": iso_ms(sent),
                "lastRunAt": iso_ms(sent), "endDate": iso_ms(sent + 3 * DAY),
            }
        )  # fmt: skip
    made = world.as_of - 4 * DAY
    documents.append(
        _head("cdp_campaign", stable_key(world.seed, "campaign", "draft"), made)
        | {
            "name": "Luxury red evening (draft)", "description": "Not planned yet", "tagName": "luxury_red_evening",
            "type": 1, "status": 0, "targetSegmentId": "", "keywords": [], "ownerUsername": "superadmin",
            "reportedUsernames": ["superadmin"], "maxBudget": 40_000_000.0, "spentBudget": 0.0,
            "communicationFrequency": 1, "timeUnit": 3, "automatedFlowJson": "{}", "agentPersona": "",
            "createdAt": iso_ms(made), "updatedAt": iso_ms(made), "startDate": None, "lastRunAt": None,
            "endDate": None,
        }
    )  # fmt: skip
    return documents


def segment_documents(world: World, members: Counter[str]) -> list[Document]:
    made = world.as_of - 600 * DAY
    counted = world.as_of - HOUR
    return [
        _head("cdp_segment", segment.key(world.seed), counted)
        | {
            "name": segment.name, "description": segment.description, "type": segment.type, "status": 1,
            "indexScore": segment.index_score, "totalCount": members[segment.name],
            "jsonQueryRules": segment.rules(), "customQueryFilter": "",
            "queryHashedId": stable_key(world.seed, "query", segment.rules()), "keywords": [], "selectedFields": [],
            "ownerUsername": "superadmin", "authorizedViewers": [], "authorizedEditors": [],
            "forEmailMarketing": True, "forPersonalization": True, "managedBySystem": False, "campaignIds": [],
            "disableDateRangeFilter": True, "beginFilterDate": "", "endFilterDate": "",
            "createdAt": iso_ms(made), "updatedAt": iso_ms(counted),
        }
        for segment in SEGMENTS
    ]  # fmt: skip


def product_reference(product: Product) -> str:
    """The key of a product as edges name it."""
    return f"cdp_productitem/{product.key}"
