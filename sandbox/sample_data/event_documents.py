"""Tracked events as LEO's cdp_trackingevent documents."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from sandbox.sample_data import metrics
from sandbox.sample_data.behaviour import Action, Line, Order
from sandbox.sample_data.contacts import hex_id
from sandbox.sample_data.documents import SOURCES, Device, Record, encode
from sandbox.sample_data.metrics import METRICS
from sandbox.sample_data.moments import iso_ms, revision
from sandbox.sample_data.streams import between, new_key, stable_key
from sandbox.sample_data.tenant import DEFAULT_JOURNEY, Document, Hub, Touchpoint, Touchpoints, observer_of
from sandbox.sample_data.world import World

_EVENT_DEFAULTS: Document = {
    "sessionKey": "", "isActiveTracked": True, "isConversion": False, "isExperience": False, "metricValue": 1,
    "message": "", "refProfileId": "", "refVisitorId": "", "refJourneyId": DEFAULT_JOURNEY, "srcTouchpointId": "",
    "srcTouchpointHubId": "", "srcTouchpointName": "", "srcTouchpointUrl": "", "srcTouchpointHost": "",
    "refTouchpointId": "", "refTouchpointHubId": "", "refTouchpointName": "", "refTouchpointUrl": "",
    "refTouchpointHost": "", "refCampaignId": "", "refContentId": "", "refItemId": "", "browserName": "",
    "fingerprintId": "", "deviceId": "", "deviceOS": "", "deviceType": "", "deviceName": "", "sourceIP": "",
    "locationCode": "", "locationName": "", "timeSpent": 1, "transactionId": "", "transactionValue": 0.0,
    "transactionShippingValue": 0.0, "transactionStatus": "", "transactionDiscount": 0.0, "transactionCurrency": "",
    "transactionPayment": "", "transactionTax": 0.0, "orderedItems": [], "fraudScore": 0, "environment": "pro",
    "eventData": {}, "state": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fragment:
    """Fields that several events share, encoded once: ``text`` is their JSON without the braces."""

    fields: tuple[str, ...]
    text: str


def fragment(document: Document) -> Fragment:
    return Fragment(tuple(document), encode(document)[1:-1])


_NOTHING = Fragment((), "")


@lru_cache(maxsize=1024)
def _rest_of_event(fields: tuple[str, ...]) -> str:
    """The encoded defaults of the fields that an event of this shape does not set itself."""
    return encode({name: value for name, value in _EVENT_DEFAULTS.items() if name not in fields})[1:]


def event_line(document: Document, *shared: Fragment) -> str:
    """One line of cdp_trackingevent: the given fields, then LEO's defaults for the others."""
    fields = tuple(document)
    texts = [encode(document)[:-1]]
    for part in shared:
        if part.fields:
            fields += part.fields
            texts.append(part.text)
    texts.append(_rest_of_event(fields))
    return ",".join(texts)


class EventWriter:
    """Writes the events of one world's profiles."""

    def __init__(self, world: World, points: Touchpoints) -> None:
        self._world = world
        self._points = points
        # Where an event happened and where its visitor came from, by touchpoint.
        self._here = {page.key: self._at(page) for page in points.all}
        self._from = {page.key: self._coming_from(page) for page in points.all}

    def _at(self, page: Touchpoint) -> Fragment:
        return fragment(
            {
                "observerId": observer_of(self._world, page.hub),
                "srcTouchpointId": page.key,
                "srcTouchpointHubId": page.hub.key,
                "srcTouchpointName": page.name,
                "srcTouchpointUrl": page.url,
                "srcTouchpointHost": page.host,
            }
        )

    def _coming_from(self, page: Touchpoint) -> Fragment:
        return fragment(
            {
                "refTouchpointId": page.key,
                "refTouchpointHubId": page.hub.key,
                "refTouchpointName": page.name,
                "refTouchpointUrl": page.url,
                "refTouchpointHost": page.host,
            }
        )

    def lines(self, rng: Random, record: Record, device: Device) -> list[str]:
        """One encoded document an action."""
        lines = []
        number, hub = -1, self._points.website
        session = source = _NOTHING
        inbox = self._points.inbox.key
        for action in record.actions:
            document = self.document(rng, action, record.key, record.visitor_id)
            if action.metric in {metrics.EMAIL_SENT, metrics.EMAIL_OPEN}:
                lines.append(event_line(document, self._here[inbox]))
                continue
            if action.session != number:
                number = action.session
                on_app = record.shopper.on_app and rng.random() < 0.6
                hub = self._points.app if on_app else self._points.website
                session = self._session(rng, record, device, hub, number)
                referrer = None if on_app else self._points.sources[SOURCES.draw(rng)]
                source = self._from[referrer.key] if referrer else _NOTHING
            category = action.line.product.category if action.line else ""
            page = self._points.page_of(hub, action.metric, category)
            came_from = self._from[inbox] if action.metric == metrics.EMAIL_CLICK else source
            lines.append(event_line(document, session, self._here[page.key], came_from))
        return lines

    def page_view_line(self, document: Document) -> str:
        """The line of an event that happened on the home page, outside any session."""
        return event_line(document, self._here[self._points.pages[self._points.website.key]["home"].key])

    def _session(self, rng: Random, record: Record, device: Device, hub: Hub, number: int) -> Fragment:
        return fragment(
            {
                "sessionKey": hex_id(rng, 40),
                # LEO leaves the journey of some events empty: a sync that reads journey by journey must ask for "".
                "refJourneyId": hub.journey if number % 17 else "",
                "deviceId": device.key,
                "deviceName": device.name,
                "deviceOS": device.system,
                "deviceType": device.type,
                "browserName": device.browser,
                "fingerprintId": device.fingerprint,
                "sourceIP": device.ip,
                "locationName": record.home.city.name,
            }
        )

    def document(self, rng: Random, action: Action, profile_key: str, visitor_id: str) -> Document:
        metric = METRICS[action.metric]
        key = new_key(rng)
        stored = min(action.at + 1500, self._world.as_of - 1)
        document: Document = {
            "_key": key,
            "_id": f"cdp_trackingevent/{key}",
            "_rev": revision(stored, action.session & 1023),
            "createdAt": iso_ms(action.at),
            "updatedAt": iso_ms(stored),
            "timestamp": action.at // 1000,
            "metricName": action.metric,
            "journeyStage": metric.journey_stage,
            "refProfileId": profile_key,
            "refVisitorId": visitor_id,
            "timeSpent": between(rng, 1, 90),
        }
        if action.campaign:
            document["refCampaignId"] = action.campaign
        if action.line:
            _add_line(document, action.line)
        elif action.order:
            _add_order(document, action.metric, action.order)
        elif action.metric == metrics.SEARCH:
            document["eventData"] = {"keywords": action.text}
        elif action.metric == metrics.CONTENT_VIEW:
            document["refContentId"] = stable_key(self._world.seed, "content", action.text)
            document["message"] = action.text
        elif action.text:
            document["isExperience"] = True
            document["eventData"] = {"rating" if action.metric == metrics.RATING else "comment": action.text}
        return document


def _add_line(document: Document, line: Line) -> None:
    document["refItemId"] = line.product.product_id
    document["eventData"] = {"color": line.colour} if line.colour else {}
    document["orderedItems"] = [_ordered_item(line, "")]


def _add_order(document: Document, metric: str, order: Order) -> None:
    if order.lines:
        first = order.lines[0]
        document["refItemId"] = first.product.product_id
        document["eventData"] = _colours(order)
    document["orderedItems"] = [_ordered_item(line, order.coupon) for line in order.lines]
    document["isConversion"] = metric in metrics.PURCHASES
    document["transactionId"] = order.number
    document["transactionStatus"] = "pending" if metric == metrics.CHECKOUT else order.status
    document["transactionValue"] = order.value
    document["transactionDiscount"] = order.discount
    document["transactionShippingValue"] = order.shipping
    document["transactionCurrency"] = order.currency
    document["transactionPayment"] = order.payment
    # The prices include 8 percent of value-added tax.
    document["transactionTax"] = round(order.value * 8 / 108, 0 if order.currency == "VND" else 2)


def _ordered_item(line: Line, coupon: str) -> Document:
    product = line.product
    return {
        "itemId": product.product_id,
        "idType": "item_ID",
        "productCode": product.sku(line.colour),
        "name": product.title,
        "categoryName": product.category,
        "quantity": line.quantity,
        "originalPrice": product.original_price,
        "salePrice": line.price,
        "discount": 0.0,
        "currency": product.currency,
        "couponCode": coupon,
        "storeId": "online",
    }


def _colours(order: Order) -> Document:
    """The colour of a one-line order, as of any event; of several lines, each item's own besides the first's."""
    coloured = {line.product.product_id: line.colour for line in order.lines if line.colour}
    data: Document = {}
    if order.lines[0].colour:
        data["color"] = order.lines[0].colour
    if len(order.lines) > 1 and coloured:
        data["itemColors"] = coloured
    return data
