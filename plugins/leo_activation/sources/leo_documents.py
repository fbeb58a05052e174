"""LEO CDP's documents as rows: which collections are read, and which of their fields become columns.

Shared by every way of reaching an ArangoDB of LEO CDP. The names are LEO's own (`docs/sources/leo_cdp.md`).
"""

import json
from collections.abc import Mapping

from leo_activation.sources.source import Collection

PROFILE = Collection(
    "cdp_profile",
    (
        "_key", "_rev", "status", "createdAt", "updatedAt", "identities", "primaryEmail", "primaryPhone",
        "primaryLanguage", "firstName", "lastName", "gender", "age", "dateOfBirth", "livingCountry", "livingCity",
        "locationCode", "receiveEmail", "receiveSMS", "receiveWebPush", "receiveAppPush", "receiveAds",
        "notificationUserIds", "socialMediaProfiles", "personalInterests", "contentKeywords", "productKeywords",
        "totalTransactionValue", "totalLeadScore", "totalProspectScore", "totalEngagementScore", "totalCLV",
        "totalLoyaltyScore", "rfmScore", "churnScore", "totalCFS", "totalCES", "totalCSAT", "totalNPS",
        "funnelStage", "extAttributes",
    ),
)  # fmt: skip
PRODUCT = Collection(
    "cdp_productitem",
    (
        "_key", "_rev", "status", "productId", "title", "name", "categoryName", "brand", "salePrice",
        "originalPrice", "priceCurrency", "keywords",
    ),
)  # fmt: skip
EVENT_METRIC = Collection("cdp_eventmetric", ("_key", "_rev", "eventName", "score"))
EVENT = Collection(
    "cdp_trackingevent",
    (
        "_key", "_rev", "createdAt", "metricName", "refProfileId", "refItemId", "refCampaignId", "transactionId",
        "transactionCurrency", "orderedItems", "eventData",
    ),
)  # fmt: skip
COLLECTIONS: Mapping[str, Collection] = {each.name: each for each in (EVENT_METRIC, PRODUCT, PROFILE, EVENT)}


def column_texts(document: Mapping[str, object], columns: tuple[str, ...]) -> tuple[str | None, ...]:
    """The document's fields as texts: text as it is, numbers and booleans as JSON, objects and arrays as JSON.

    A field that is absent, null or an empty text is None: LEO writes all three for "not known".
    """
    return tuple([_text(document.get(column)) for column in columns])


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False)
