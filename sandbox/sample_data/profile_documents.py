"""Profiles as LEO's cdp_profile documents."""

from collections.abc import Sequence
from random import Random

from sandbox.sample_data import metrics
from sandbox.sample_data.campaigns import Campaign
from sandbox.sample_data.contacts import hex_id, messenger_id, push_token, web_push_subscription
from sandbox.sample_data.documents import SOURCES, Device, Record
from sandbox.sample_data.moments import DAY, HOUR, iso_ms, revision
from sandbox.sample_data.people import Contact, Kind
from sandbox.sample_data.places import VIETNAM
from sandbox.sample_data.segments import SEGMENTS, Case, Segment
from sandbox.sample_data.streams import Choice, between, pick
from sandbox.sample_data.summary import FUNNEL, cart_value, churn, funnel_stage, rfe, rfm
from sandbox.sample_data.tenant import DEFAULT_JOURNEY, DEFAULT_JOURNEY_NAME, SHOP_HOST, Document, Touchpoints
from sandbox.sample_data.world import World

# Written into every value of a never-copied field, so that one search proves that none of them was copied.
NEVER_COPIED = ("password", "webCookies", "governmentIssuedIDs")
NEVER_COPIED_MARK = "NEVERCOPY"

_STATUS: Choice[int] = Choice({1: 974, 0: 12, -1: 4, -4: 8, -44: 2})


def status_of(rng: Random, kind: Kind) -> int:
    """1 active, 0 inactive, -1 invalid, -4 removed, -44 dead."""
    return 1 if kind is Kind.ANONYMOUS else _STATUS.draw(rng)


def segments_of(record: Record, as_of: int) -> list[Segment]:
    case = Case(record.shopper, record.contact, record.consent, record.summary, as_of)
    return [segment for segment in SEGMENTS if segment.holds(case)]


class ProfileWriter:
    """Writes the profiles of one world."""

    def __init__(self, world: World, points: Touchpoints, campaigns: Sequence[Campaign]) -> None:
        self._world = world
        self._points = points
        self._campaigns = {campaign.key: campaign for campaign in campaigns}
        self._segment_keys = {segment.name: segment.key(world.seed) for segment in SEGMENTS}

    def document(self, rng: Random, record: Record, device: Device, status: int, inside: Sequence[Segment]) -> Document:
        world, slot, shopper, summary = self._world, record.slot, record.shopper, record.summary
        known = slot.kind is not Kind.ANONYMOUS
        updated = min(max(summary.last_at, shopper.joined) + between(rng, 2_000, 6 * HOUR), world.as_of - 1_000)
        stage = funnel_stage(shopper, summary)
        last_page = self._points.pages[(self._points.app if shopper.on_app else self._points.website).key]["home"]
        document: Document = {
            "_key": record.key,
            "_id": f"cdp_profile/{record.key}",
            "_rev": revision(updated, slot.index & 0xFFFFF),
            "createdAt": iso_ms(shopper.joined),
            "updatedAt": iso_ms(updated),
            "status": status,
            "dataContext": 1,
            "partitionId": 0,
            "schemaType": "general",
            "rootProfileId": "",
            "type": (2 if summary.orders else 1 if rng.random() < 0.6 else 4) if known else 0,
            "visitorId": record.visitor_id,
            "fingerprintId": device.fingerprint,
            "lastUsedDeviceId": device.key,
            "usedDeviceIds": [device.key],
            "lastSeenIp": device.ip,
            "personaUri": f"https://{SHOP_HOST}/personas/{shopper.persona.name}",
            "lastTouchpointId": last_page.key,
            "lastTouchpoint": {
                "id": last_page.key,
                "name": last_page.name,
                "type": last_page.type,
                "url": last_page.url,
                "hostname": last_page.host,
            },
        }
        document |= self._consents(rng, record)
        document |= self._interests(rng, record)
        document |= self._scores(rng, record, stage)
        document |= self._memberships(record, inside, stage)
        document |= self._identity(rng, record, device)
        return document

    def _identity(self, rng: Random, record: Record, device: Device) -> Document:
        contact, slot = record.contact, record.slot
        identities = [f"visitor:{record.visitor_id}", f"fgp:{device.fingerprint}", f"device:{device.key}"]
        never_copied: Document = {"password": "", "webCookies": "", "governmentIssuedIDs": []}
        if contact is None:
            return _no_contact() | never_copied | {"identities": identities}
        crm = f"CRM-{slot.index:07}" if slot.kind is Kind.KNOWN else ""
        loyalty = [f"LOY-{slot.index:07}"] if record.summary.orders >= 2 else []
        applications = [f"app-{hex_id(rng, 16)}"] if record.shopper.on_app else []
        social: dict[str, str] = {}
        if record.home.city.country is VIETNAM and rng.random() < 0.34:
            social["zalo"] = messenger_id(rng)
        if rng.random() < 0.16:
            social["facebook"] = messenger_id(rng)
        identities += [f"crm:{crm}"] if crm else []
        identities += [f"email:{contact.email}"] if contact.email else []
        identities += [f"phone:{contact.phone_written}"] if contact.phone_written else []
        identities += [f"loyalty:{number}" for number in loyalty]
        identities += [f"app:{number}" for number in applications]
        identities += [f"{network}:{number}" for network, number in social.items()]
        if rng.random() < 0.6:
            never_copied["password"] = f"$2a$10${NEVER_COPIED_MARK}{hex_id(rng, 44)}"
        if rng.random() < 0.5:
            never_copied["webCookies"] = f"_ga=GA1.2.{NEVER_COPIED_MARK}.{between(rng, 10**8, 10**9)}"
            # LEO itself lists cookies and citizen numbers among the identities: there too they must not be copied.
            identities.append(f"web:{never_copied['webCookies']}")
        if rng.random() < 0.06:
            citizen = f"000{NEVER_COPIED_MARK}{between(rng, 10**8, 10**9 - 1)}"
            never_copied["governmentIssuedIDs"] = [citizen]
            identities.append(f"citizen:{citizen}")
        return (
            self._contact(rng, record, contact)
            | never_copied
            | {
                "crmRefId": crm,
                "loyaltyIDs": loyalty,
                "applicationIDs": applications,
                "socialMediaProfiles": social,
                "identities": identities,
            }
        )

    def _contact(self, rng: Random, record: Record, contact: Contact) -> Document:
        city = record.home.city
        born = age = group = None
        if contact.birth_year:
            age = 1970 + int(self._world.as_of / (365.2425 * DAY)) - contact.birth_year
            group = _age_group(age)
            if contact.birth_day:
                day = int((contact.birth_year - 1970) * 365.2425) + contact.birth_day
                born = iso_ms(day * DAY)
        place_known = contact.shares_address or rng.random() < 0.5
        return {
            "firstName": contact.first_name,
            "middleName": contact.middle_name,
            "lastName": contact.last_name,
            "gender": 7 if contact.woman is None else 0 if contact.woman else 1,
            "age": age or 0,
            "ageGroup": group or 0,
            "dateOfBirth": born,
            "primaryEmail": contact.email,
            "secondaryEmails": [],
            "primaryPhone": contact.phone_written,
            "secondaryPhones": [],
            "primaryLanguage": contact.language,
            "livingLocation": record.home.address if contact.shares_address else "",
            "livingDistrict": record.home.district if contact.shares_address else "",
            "livingCity": city.name if place_known else "",
            "livingProvince": city.province if place_known else "",
            "livingState": "",
            "livingCountry": city.country.name if place_known else "",
            "locationCode": city.country.code if place_known else "",
            "currentZipCode": city.zip_code if contact.shares_address else "",
            "jobTitles": [pick(rng, record.shopper.persona.jobs)] if rng.random() < 0.4 else [],
        }

    def _consents(self, rng: Random, record: Record) -> Document:
        consent, contact = record.consent, record.contact
        ids: dict[str, list[str]] = {}
        if record.shopper.on_app and consent.app_push >= 0 and record.slot.kind is not Kind.ANONYMOUS:
            ids["firebase"] = [push_token(rng)]
        if contact and record.home.city.country is VIETNAM and rng.random() < 0.3:
            ids["zalo"] = [messenger_id(rng)]
        if contact and rng.random() < 0.1:
            ids["facebook"] = [messenger_id(rng)]
        if consent.web_push == 1:
            ids["webpush"] = [web_push_subscription(rng)]
        return {
            "receiveEmail": consent.email,
            "receiveSMS": consent.sms,
            "receiveWebPush": consent.web_push,
            "receiveAppPush": consent.app_push,
            "receiveAds": consent.ads,
            "notificationUserIds": ids,
            "subscribedChannels": dict.fromkeys(ids, 1),
        }

    def _interests(self, rng: Random, record: Record) -> Document:
        summary, persona = record.summary, record.shopper.persona
        told = record.contact is not None and rng.random() < 0.75
        interests = [interest for interest in persona.interests if rng.random() < 0.6] if told else []
        source = SOURCES.draw(rng)
        return {
            "personalInterests": interests,
            "contentKeywords": list(summary.read),
            "productKeywords": [word for word, _ in summary.words.most_common(8)],
            "mediaChannels": ["website", "mobile app"] if record.shopper.on_app else ["website"],
            "referrerChannels": {source: 1},
            "googleUtmData": [
                {"utmId": "", "utmSource": source, "utmMedium": "cpc", "utmCampaign": "always_on", "utmTerm": "",
                 "utmContent": ""}
            ] if source == "google" and rng.random() < 0.5 else [],
            "purchasedBrands": list(dict.fromkeys(product.brand for product in summary.bought.values())),
            "purchasedItemIds": [product.product_id for product in summary.bought.values()],
            "shoppingItemIds": [line.product.product_id for line in summary.cart.values()],
            "nextBestActions": ["checkout-items-in-cart"] if summary.cart else [],
            "dataLabels": ["web-user", "app-user"] if record.shopper.on_app else ["web-user"],
        }  # fmt: skip

    def _scores(self, rng: Random, record: Record, stage: str) -> Document:
        summary, as_of = record.summary, self._world.as_of
        counts = summary.counts
        stars = summary.stars
        tier = "gold" if summary.net >= 10_000_000 else "silver" if summary.net >= 2_000_000 else "bronze"
        extra: Document = {"favoriteColor": record.shopper.colours[0]} if rng.random() < 0.3 else {}
        if summary.orders:
            extra["memberTier"] = tier
        filled = bool(record.contact and record.contact.email) + bool(record.contact and record.contact.phone)
        return {
            "funnelStage": stage,
            "totalLeadScore": summary.lead,
            "totalProspectScore": summary.prospect,
            "totalEngagementScore": summary.engagement,
            "totalTransactionValue": summary.gross,
            "totalCLV": summary.net,
            "totalCAC": 0.0 if record.contact is None else float(between(rng, 5, 120) * 1000),
            "totalLoyaltyScore": int(max(0.0, summary.net) // 50_000),
            "totalCFS": 20 * (counts[metrics.POSITIVE_FEEDBACK] - counts[metrics.NEGATIVE_FEEDBACK]),
            "totalCES": 0,
            "totalCSAT": round(20 * sum(stars) / len(stars)) if stars else 0,
            "totalNPS": 0,
            "rfmScore": rfm(summary, as_of),
            "rfeScore": rfe(summary, as_of),
            "churnScore": churn(summary, as_of),
            "dataQualityScore": 10 + 20 * filled + (15 if record.contact and record.contact.first_name else 0),
            "eventStatistics": dict(sorted(counts.items())),
            "behavioralEvents": sorted(counts),
            "extAttributes": extra,
            "extMetrics": {
                "averageOrderValue": round(summary.gross / summary.orders, 2) if summary.orders else 0.0,
                "cartValue": cart_value(summary),
            },
        }

    def _memberships(self, record: Record, inside: Sequence[Segment], stage: str) -> Document:
        summary = record.summary
        return {
            "inSegments": [
                {"id": self._segment_keys[segment.name], "name": segment.name, "type": str(segment.type),
                 "indexScore": segment.index_score}
                for segment in inside
            ],
            "inCampaigns": [
                {"id": key, "name": self._campaigns[key].name, "type": "email", "indexScore": 0}
                for key in summary.campaigns
            ],
            "inAccounts": [],
            "inJourneyMaps": [
                {"id": DEFAULT_JOURNEY, "name": DEFAULT_JOURNEY_NAME,
                 "type": "VISITOR" if record.contact is None else "CONTACT",
                 "indexScore": min(5, 1 + FUNNEL.index(stage) // 2), "funnelIndex": FUNNEL.index(stage) + 1,
                 "leadScore": summary.lead, "prospectScore": summary.prospect,
                 "engagementScore": summary.engagement, "transactionValue": summary.gross,
                 "lifetimeValue": summary.net}
            ],
        }  # fmt: skip


def _age_group(age: int) -> int:
    """LEO's age groups: 1 to 10, 17, 24, 34, 44, 54, 64, 74, older."""
    return 1 + sum(age > last for last in (10, 17, 24, 34, 44, 54, 64, 74))


def _no_contact() -> Document:
    empty: Document = dict.fromkeys(
        ("firstName", "middleName", "lastName", "primaryEmail", "primaryPhone", "primaryLanguage", "livingLocation",
         "livingDistrict", "livingCity", "livingProvince", "livingState", "livingCountry", "locationCode",
         "currentZipCode", "crmRefId"),
        "",
    )  # fmt: skip
    return empty | {
        "gender": 7, "age": 0, "ageGroup": 0, "dateOfBirth": None, "secondaryEmails": [], "secondaryPhones": [],
        "jobTitles": [], "loyaltyIDs": [], "applicationIDs": [], "socialMediaProfiles": {},
    }  # fmt: skip
