"""What the fields of LEO's profile are here, and why some have no place."""

from collections.abc import Mapping

from leo_activation.segments.plan import Channel, CustomerProperty
from leo_activation.sources.never_copied import is_never_copied

TEXTS: Mapping[str, CustomerProperty] = {
    "livingCountry": CustomerProperty.COUNTRY,
    "livingCity": CustomerProperty.CITY,
    "gender": CustomerProperty.GENDER,
    "primaryLanguage": CustomerProperty.LANGUAGE,
    "funnelStage": CustomerProperty.FUNNEL_STAGE,
    "extAttributes.favoriteColor": CustomerProperty.FAVORITE_COLOR,
}

NUMBERS: Mapping[str, CustomerProperty] = {
    "totalTransactionValue": CustomerProperty.TOTAL_SPENT,
    "totalCLV": CustomerProperty.LIFETIME_VALUE,
    "totalLeadScore": CustomerProperty.LEAD_SCORE,
    "totalProspectScore": CustomerProperty.PROSPECT_SCORE,
    "totalEngagementScore": CustomerProperty.ENGAGEMENT_SCORE,
    "totalLoyaltyScore": CustomerProperty.LOYALTY_SCORE,
    "rfmScore": CustomerProperty.RFM_SCORE,
    "churnScore": CustomerProperty.CHURN_SCORE,
    "totalCSAT": CustomerProperty.SATISFACTION_SCORE,
    "totalNPS": CustomerProperty.PROMOTER_SCORE,
}

CONSENTS: Mapping[str, Channel] = {
    "receiveEmail": Channel.EMAIL,
    "receiveSMS": Channel.SMS,
    "receiveMobileSms": Channel.SMS,
    "receiveWebPush": Channel.WEB_PUSH,
    "receiveAppPush": Channel.MOBILE_PUSH,
}

AGE = "age"
DATE_OF_BIRTH = "dateOfBirth"
CREATED_AT = "createdAt"
STATUS = "status"
SEGMENTS = ("inSegments", "inSegments.id")
PURCHASED_ITEMS = "purchasedItemIds"
PURCHASED_BRANDS = "purchasedBrands"
BEHAVIORAL_EVENTS = "behavioralEvents"
EVENT_STATISTICS = ("eventStatistics.", "eventStatistics__")
EVENT = "cdp_trackingevent__"

_NO_PLACE: Mapping[str, str] = {
    **dict.fromkeys(
        ("personalInterests", "contentKeywords", "productKeywords"),
        "it is kept only together with the other keywords of a profile, so it cannot be asked for alone",
    ),
    **dict.fromkeys(
        ("primaryEmail", "primaryPhone", "firstName", "lastName", "livingLocation", "permanentLocation"),
        "contact data is never asked for by a segment",
    ),
    "inCampaigns": "being chosen for a campaign is not kept, only what became of its messages",
    "shoppingItemIds": "LEO does not say which events fill it",
    "shoppingItemsIds": "LEO does not say which events fill it",
    "createdAt#1": "what LEO counts as exactly before or after is not documented",
    "dateOfBirth#1": "what LEO counts as before or after a birthday is not documented",
}


def why_no_place(field: str) -> str:
    """Why nothing here equals a field of LEO."""
    if is_never_copied(field):
        return "it is never copied from LEO"
    return _NO_PLACE.get(field, "it is not kept here")
