"""LEO CDP's documents as rows: which collections are read, which of their fields become columns, what is left out.

Shared by every way of reaching an ArangoDB of LEO CDP.
The names are LEO's own, of its public source.
"""

import json
from collections.abc import Mapping

from leo_activation.sources.never_copied import drop_never_copied, is_never_copied
from leo_activation.sources.source import Collection

PROFILE = Collection(
    "cdp_profile",
    (
        "_key", "_rev", "status", "createdAt", "updatedAt", "primaryEmail", "primaryPhone",
        "primaryLanguage", "firstName", "lastName", "gender", "age", "dateOfBirth", "livingCountry", "livingCity",
        "locationCode", "receiveEmail", "receiveSMS", "receiveWebPush", "receiveAppPush", "receiveAds",
        "notificationUserIds", "personalInterests", "contentKeywords", "productKeywords",
        "totalTransactionValue", "totalLeadScore", "totalProspectScore", "totalEngagementScore", "totalCLV",
        "totalLoyaltyScore", "rfmScore", "churnScore", "totalCFS", "totalCES", "totalCSAT", "totalNPS",
        "funnelStage", "extAttributes",
        "crmRefId", "identities", "loyaltyIDs", "secondaryEmails", "secondaryPhones",
        "livingLocation", "livingDistrict", "currentZipCode",
    ),
    key="_key", rev="_rev", moment="updatedAt",
)  # fmt: skip
PROFILE_EDGE = Collection(
    "cdp_profile2profile",
    ("_key", "_rev", "updatedAt", "_from", "_to", "relationshipTypes"),
    key="_key", rev="_rev", moment="updatedAt", optional=True,
)  # fmt: skip
PRODUCT = Collection(
    "cdp_productitem",
    (
        "_key", "_rev", "status", "updatedAt", "productId", "title", "categoryName", "brand", "salePrice",
        "originalPrice", "priceCurrency", "keywords",
    ),
    key="_key", rev="_rev", moment="updatedAt",
)  # fmt: skip
CAMPAIGN = Collection("cdp_campaign", ("_key", "_rev", "name"), key="_key", rev="_rev", optional=True)
EVENT_METRIC = Collection("cdp_eventmetric", ("_key", "_rev", "eventName", "score"), key="_key", rev="_rev")
EVENT = Collection(
    "cdp_trackingevent",
    (
        "_key", "_rev", "createdAt", "metricName", "refProfileId", "refJourneyId", "refItemId", "refCampaignId",
        "transactionId", "transactionValue", "transactionCurrency", "transactionStatus", "orderedItems", "eventData",
        "message",
    ),
    key="_key", rev="_rev", moment="createdAt", partition="refJourneyId",
)  # fmt: skip
COLLECTIONS: Mapping[str, Collection] = {
    each.name: each for each in (EVENT_METRIC, PRODUCT, CAMPAIGN, PROFILE, PROFILE_EDGE, EVENT)
}

# Its keys are the values that an event's refJourneyId can have, beside '' for no journey.
JOURNEYS = "cdp_journeymap"

# The top-level fields that a server is told to leave out, in LEO's own spelling.
NEVER_COPIED_FIELDS = ("password", "webCookies", "governmentIssuedIDs")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# LEO lists cookies and citizen numbers among a profile's identities; only the kinds known to be harmless are kept.
KEPT_IDENTITIES = ("crm:", "email:", "phone:", "visitor:", "fgp:", "app:", "device:", "loyalty:", "fintech:", "zalo:")


def without_never_copied(document: dict[str, object]) -> dict[str, object]:
    """The document less the fields that are never copied and the identities that could repeat their values."""
    kept = {name: drop_never_copied(value) for name, value in document.items() if not is_never_copied(name)}
    identities = kept.get("identities")
    if isinstance(identities, list):
        kept["identities"] = [each for each in identities if str(each).startswith(KEPT_IDENTITIES)]
    elif identities:
        # In any other form it cannot be told which of them are harmless.
        del kept["identities"]
    return kept


def column_texts(document: Mapping[str, object], columns: tuple[str, ...]) -> tuple[str | None, ...]:
    """The document's fields as texts: text as it is, anything else as JSON.

    A field that is absent, null or empty is None: LEO writes all of them for "not known".
    """
    return tuple([_text(document.get(column)) for column in columns])


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if value is None or value == [] or value == {}:
        return None
    return _encode(value)
