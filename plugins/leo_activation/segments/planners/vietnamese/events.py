"""What happened, by its verb or its name: buying, viewing, returning, the cart, and the tenant's other events."""

from dataclasses import dataclass

from leo_activation.segments.plan import EventKind
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table

VERBS = table(
    {
        **dict.fromkeys(
            ("mua", "mua sắm", "đặt mua", "đặt hàng", "chốt đơn", "tậu", "sắm", "order"), EventKind.PURCHASE
        ),
        **dict.fromkeys(("xem", "coi", "xem qua", "ghé xem", "xem xét"), EventKind.VIEW),
        **dict.fromkeys(
            ("trả lại", "hoàn trả", "trả", "hoàn", "gửi trả", "trả lại hàng", "hoàn hàng", "trả hàng", "hoàn lại"),
            EventKind.RETURN,
        ),
    }
)
WITHOUT_OBJECT = frozenset({"mua sắm", "đặt hàng", "chốt đơn", "hoàn hàng", "trả hàng", "trả lại hàng"})
_ORDERING = ("đặt hàng", "chốt đơn", "lên đơn")
INTO_CART = ("thêm", "bỏ", "cho", "đưa", "để")
CART = ("vào giỏ", "vào giỏ hàng", "vô giỏ", "vô giỏ hàng", "trong giỏ hàng", "vào giỏ hàng của họ")
NEGATIONS = (
    "không", "chưa", "chưa từng", "chưa bao giờ", "không bao giờ", "chưa hề", "không hề", "chẳng", "chả", "chưa có",
    "chưa từng có", "chưa khi nào", "không từng", "chẳng bao giờ", "vẫn chưa", "vẫn không",
)  # fmt: skip
_EVENT = ("có sự kiện", "sự kiện", "thực hiện sự kiện", "phát sinh sự kiện", "thực hiện", "thực hiện hành động")


@dataclass
class Verbs:
    """One verb, or several that share what follows, and which of them are denied."""

    events: list[str]
    denied: list[bool]
    operator: str = "or"
    ordering: bool = False
    needs_object: bool = True


def take_verbs(cursor: VietnameseCursor, *, negated: bool) -> Verbs | None:
    """'xem', 'xem hoặc mua', 'xem nhưng chưa mua'."""
    at = cursor.position
    first = cursor.spot(VERBS)
    if first is None:
        return None
    spoken = cursor.written(at, cursor.position).lower()
    ordering = cursor.position - at == 2 and was(cursor, at, *_ORDERING)
    verbs = Verbs([first], [False], ordering=ordering, needs_object=not was(cursor, at, *WITHOUT_OBJECT))
    if first is EventKind.VIEW and cursor.sees("trang") and spoken:
        cursor.position = at
        return None
    while True:
        before = cursor.position
        operator = {"hoặc": "or", "hay": "or", "và": "and", "nhưng": "and", "mà": "and"}.get(
            cursor.has("hoặc", "hay", "và", "nhưng", "mà") or ""
        )
        if operator is None or (len(verbs.events) > 1 and operator != verbs.operator):
            cursor.position = before
            return verbs
        cursor.has("đã", "cũng", "có")
        not_ = cursor.has(*NEGATIONS) is not None
        cursor.has("đã", "từng")
        following = cursor.spot(VERBS)
        if following is None or (negated and operator == "and") or not _object_stands(cursor):
            cursor.position = before
            return verbs
        verbs.events.append(following)
        verbs.denied.append(not_)
        verbs.operator = operator


def was(cursor: VietnameseCursor, at: int, *phrases: str) -> bool:
    """Whether what was taken from token `at` to here is one of the phrases."""
    length = cursor.position - at
    return any(len(phrase.split()) == length and cursor.sees(phrase, ahead=at - cursor.position) for phrase in phrases)


def _object_stands(cursor: VietnameseCursor) -> bool:
    """Whether more follows after a second verb, so that it is no statement of its own without an object."""
    return not cursor.at_end and not cursor.sees(",", ".", ";", "?", "!", "và", "hoặc", "nhưng", "trong", ")")


def take_event_name(reading: Reading) -> str | None:
    """'có sự kiện "page-view"', 'tìm kiếm': an event that has no product.

    Raises:
        Ask: there is no such event.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_EVENT):
        quoted = cursor.quoted
        if quoted is None:
            cursor.position = start
            return None
        cursor.position += 1
        known = next((event for event in reading.catalogue.events if event.lower() == quoted.lower()), None)
        if known is None:
            raise cursor.ask(start, f"Không có sự kiện “{quoted}”: sự kiện nào?", reading.catalogue.events[:12])
        return known
    return cursor.spot(reading.names.events)


def take_event(reading: Reading) -> str | None:
    """A verb, 'thêm vào giỏ' or another event, without its things."""
    cursor = reading.cursor
    found = cursor.spot(VERBS)
    if found is not None:
        return found
    if cursor.has(*INTO_CART):
        return EventKind.ADD_TO_CART if cursor.has(*CART) else None
    return take_event_name(reading)
