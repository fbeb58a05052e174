"""How many customers, and in which order: 'top 100', '10% khách hàng', 'chi tiêu nhiều nhất', 'ngẫu nhiên'."""

from dataclasses import dataclass

from leo_activation.segments.plan import (
    CustomerProperty,
    EventKind,
    InterestScore,
    Measure,
    MeasureKind,
    Order,
    ProductFilter,
    TopicName,
    Window,
)
from leo_activation.segments.planners.said import Said
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_number
from leo_activation.segments.planners.vietnamese.conditions import SUBJECTS
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.properties import PROPERTY_NAMES
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.things import take_things
from leo_activation.segments.planners.vietnamese.topics import take_interest

_SUPERLATIVES = {
    "cao nhất": True, "lớn nhất": True, "nhiều nhất": True, "thấp nhất": False, "nhỏ nhất": False, "ít nhất": False,
    "gần đây nhất": True, "xa nhất": False, "gần nhất": True, "mới nhất": True, "sớm nhất": False, "cũ nhất": False,
    "lâu nhất": False,
}  # fmt: skip
_PERSONAL = {
    "lớn tuổi nhất": (CustomerProperty.AGE, True),
    "già nhất": (CustomerProperty.AGE, True),
    "cao tuổi nhất": (CustomerProperty.AGE, True),
    "trẻ nhất": (CustomerProperty.AGE, False),
    "trẻ tuổi nhất": (CustomerProperty.AGE, False),
    "nhỏ tuổi nhất": (CustomerProperty.AGE, False),
    "mới nhất": (CustomerProperty.CREATED_AT, True),
    "tham gia gần đây nhất": (CustomerProperty.CREATED_AT, True),
    "đăng ký gần đây nhất": (CustomerProperty.CREATED_AT, True),
    "đăng ký mới nhất": (CustomerProperty.CREATED_AT, True),
    "tham gia sớm nhất": (CustomerProperty.CREATED_AT, False),
    "lâu năm nhất": (CustomerProperty.CREATED_AT, False),
    "trung thành nhất": (CustomerProperty.LOYALTY_SCORE, True),
}
_MEASURED = {
    "số lần mua": (MeasureKind.EVENTS, "purchase"),
    "số lần mua hàng": (MeasureKind.EVENTS, "purchase"),
    "số lần xem": (MeasureKind.EVENTS, "view"),
    "số lần trả lại": (MeasureKind.EVENTS, "return"),
    "số lần thêm": (MeasureKind.EVENTS, "add_to_cart"),
    "số đơn hàng": (MeasureKind.ORDERS, "purchase"),
    "số đơn": (MeasureKind.ORDERS, "purchase"),
    "số lượng mua": (MeasureKind.UNITS, "purchase"),
    "tổng giá trị mua": (MeasureKind.VALUE, "purchase"),
    "tổng giá trị xem": (MeasureKind.VALUE, "view"),
    "tổng giá trị trả lại": (MeasureKind.VALUE, "return"),
    "tổng giá trị thêm": (MeasureKind.VALUE, "add_to_cart"),
    "thời điểm mua": (MeasureKind.LATEST, "purchase"),
    "thời điểm xem": (MeasureKind.LATEST, "view"),
    "thời điểm trả lại": (MeasureKind.LATEST, "return"),
    "thời điểm thêm": (MeasureKind.LATEST, "add_to_cart"),
}
_HIGHEST_FIRST = frozenset(
    {
        CustomerProperty.TOTAL_SPENT,
        CustomerProperty.LIFETIME_VALUE,
        CustomerProperty.LOYALTY_SCORE,
        CustomerProperty.ENGAGEMENT_SCORE,
        CustomerProperty.RFM_SCORE,
        CustomerProperty.LEAD_SCORE,
    }
)


@dataclass
class Ranking:
    """A limit and its order, as far as they were said; `start` and `end` are the words of the limit."""

    limit: int | None = None
    percent: str | None = None
    order: Order | None = None
    start: int = 0
    end: int = 0
    by_id: bool = False
    top: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether a number or a percentage was said."""
        return self.limit is not None or self.percent is not None


def take_limit(cursor: VietnameseCursor, ranking: Ranking) -> bool:
    """'top 100', '100 khách hàng', '10% khách hàng', 'ngẫu nhiên 500 khách'.

    Raises:
        Ask: the number is out of bounds.
    """
    start = cursor.position
    cursor.has("những", "các", "khoảng") and cursor.before("khoảng")
    if cursor.before("khoảng"):
        cursor.position = start
        return False
    top = cursor.has("top", "tốp") is not None
    random = cursor.has("ngẫu nhiên", "bất kỳ", "lấy ngẫu nhiên", "chọn ngẫu nhiên")
    number = take_number(cursor)
    if number is None:
        cursor.position = start
        return False
    percent = cursor.has("%", "phần trăm") is not None
    random = cursor.has("ngẫu nhiên") or random
    if not (top or random or percent or cursor.sees(*SUBJECTS)):
        cursor.position = start
        return False
    if percent:
        if not 0 < float(number) < 100:
            raise cursor.ask(start, "Tỷ lệ nằm giữa 0 và 100 %: bao nhiêu?")
        ranking.percent = number
    else:
        if not number.isdigit() or not 1 <= int(number) <= 1_000_000:
            raise cursor.ask(start, "Bao nhiêu khách hàng?")
        ranking.limit = int(number)
    ranking.start, ranking.end = start, cursor.position
    ranking.by_id, ranking.top = not (top or percent), top
    if random is not None and random != "bất kỳ":
        ranking.order = Order(by="random")
    return True


def take_order(reading: Reading, ranking: Ranking) -> bool:
    """'chi tiêu nhiều nhất', 'có điểm trung thành cao nhất', 'ngẫu nhiên', 'theo tổng chi tiêu giảm dần'.

    Raises:
        Ask: the order has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if not ranking.is_cut or ranking.order is not None:
        return False
    cursor.has("mà")
    if cursor.has("đầu tiên theo mã khách hàng", "theo mã khách hàng"):
        ranking.by_id = ranking.limit is not None
        return ranking.by_id
    begun = cursor.position
    order = _order(reading)
    if order is None and ranking.top:
        cursor.position = begun
        order = _highest(reading)
    if order is None:
        cursor.position = start
        return False
    ranking.order, ranking.by_id = order, False
    return True


def _order(reading: Reading) -> Order | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has("ngẫu nhiên", "được chọn ngẫu nhiên", "một cách ngẫu nhiên"):
        return Order(by="random")
    for phrase, (name, descending) in _PERSONAL.items():
        if cursor.has(phrase):
            return Order(by=name, descending=descending)
    for rule in (_spent_most, _bought_most, _by_measure, _by_interest, _by_property):
        cursor.position = start
        found = rule(reading)
        if found is not None:
            return found
    return None


def _spent_most(reading: Reading) -> Order | None:
    """'chi tiêu nhiều nhất (cho giày) (trong 30 ngày qua)'."""
    cursor = reading.cursor
    cursor.has("đã", "có mức", "có")
    if not cursor.has("chi tiêu", "chi", "tiêu", "chi tiền", "tiêu tiền", "tiêu dùng"):
        return None
    product, window = _about(reading, ("cho", "để mua"))
    extreme = cursor.has(*_SUPERLATIVES, "nhiều tiền nhất")
    if extreme is None:
        return None
    more_product, more_window = _about(reading, ("cho", "để mua"))
    product, window = product or more_product, window or more_window
    descending = _SUPERLATIVES.get(extreme, True)
    if product is None and window is None:
        return Order(by=CustomerProperty.TOTAL_SPENT, descending=descending)
    measure = Measure(measure=MeasureKind.VALUE, event=EventKind.PURCHASE, product=product, window=window)
    return Order(by=measure, descending=descending)


def _about(reading: Reading, words: tuple[str, ...]) -> tuple[ProductFilter | None, Window | None]:
    cursor = reading.cursor
    product: ProductFilter | None = None
    before = cursor.position
    if cursor.has(*words):
        things = take_things(reading)
        if things is not None and len(things.wanted) == 1:
            product = things.filters[0]
        else:
            cursor.position = before
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    return product, window


def _bought_most(reading: Reading) -> Order | None:
    """'mua nhiều lần nhất', 'đặt nhiều đơn nhất', 'mua hàng gần đây nhất'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("đã", "có")
    event = {
        "mua": EventKind.PURCHASE,
        "đặt": EventKind.PURCHASE,
        "xem": EventKind.VIEW,
        "trả lại": EventKind.RETURN,
    }.get(cursor.has("mua", "đặt", "xem", "trả lại") or "")
    had = cursor.position > start
    if event is None and not cursor.sees("nhiều đơn", "nhiều đơn hàng"):
        return None
    things = take_things(reading) if event is not None else None
    product = things.filters[0] if things is not None and len(things.wanted) == 1 else None
    if things is not None and len(things.wanted) > 1:
        return None
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    if cursor.has("nhiều lần nhất", "thường xuyên nhất"):
        kind = MeasureKind.EVENTS
    elif cursor.has("nhiều đơn nhất", "nhiều đơn hàng nhất") and (event in {None, EventKind.PURCHASE}):
        kind = MeasureKind.ORDERS
    elif cursor.has("gần đây nhất", "gần nhất"):
        kind = MeasureKind.LATEST
    elif event is not None and had and cursor.has("nhiều nhất", "nhiều hàng nhất"):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            f"“{words}” tính theo gì?",
            (
                "có số lần mua cao nhất",
                "có số lượng mua cao nhất",
                "có tổng giá trị mua cao nhất",
                "có số đơn hàng cao nhất",
            ),
        )
    else:
        return None
    window = window or take_window(cursor)
    return Order(by=Measure(measure=kind, event=event or EventKind.PURCHASE, product=product, window=window))


def _by_measure(reading: Reading) -> Order | None:
    """'có số lần mua giày trong 30 ngày qua cao nhất'."""
    cursor = reading.cursor
    cursor.has("có", "theo")
    measured = cursor.has(*_MEASURED)
    if measured is None:
        measure = _event_measure(reading)
        if measure is None:
            return None
        kind, event = measure
    else:
        kind, event = _MEASURED[measured]
    things = None
    if event == EventKind.ADD_TO_CART:
        if not cursor.has("vào giỏ", "vào giỏ hàng"):
            things = take_things(reading)
            if not cursor.has("vào giỏ", "vào giỏ hàng"):
                return None
    elif measured is not None:
        things = take_things(reading)
    if things is not None and len(things.wanted) > 1:
        return None
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    descending = _direction(cursor)
    if descending is None:
        return None
    product = things.filters[0] if things is not None else None
    return Order(by=Measure(measure=kind, event=event, product=product, window=window), descending=descending)


def _event_measure(reading: Reading) -> tuple[MeasureKind, str] | None:
    cursor = reading.cursor
    kind = {"số lần có sự kiện": MeasureKind.EVENTS, "thời điểm có sự kiện": MeasureKind.LATEST}.get(
        cursor.has("số lần có sự kiện", "thời điểm có sự kiện") or ""
    )
    token = cursor.take_kind(TokenKind.QUOTED) if kind is not None else None
    if kind is None or token is None or token.word not in reading.catalogue.events:
        return None
    return kind, token.word


def _by_interest(reading: Reading) -> Order | None:
    """'có điểm quan tâm đến danh mục “Shoes” cao nhất'."""
    cursor = reading.cursor
    cursor.has("có", "theo")
    if not cursor.has("điểm", "mức độ", "mức"):
        return None
    found = take_interest(reading, negated=False)
    leaf = found.leaf if isinstance(found, Said) else None
    descending = _direction(cursor)
    if leaf is None or leaf.kind != "interest" or descending is None or leaf.min_score is not None or leaf.more_than:
        return None
    return Order(by=InterestScore(topic=TopicName(topic_type=leaf.topic_type, topic=leaf.topic)), descending=descending)


def _highest(reading: Reading) -> Order | None:
    """'theo tổng chi tiêu' and 'theo số đơn hàng' of a 'top 100': the highest first."""
    cursor = reading.cursor
    if not cursor.has("theo", "xếp theo", "sắp xếp theo", "tính theo"):
        return None
    name = cursor.spot(PROPERTY_NAMES)
    if name in _HIGHEST_FIRST:
        return Order(by=name, descending=True)
    measured = cursor.has(*_MEASURED) if name is None else None
    if measured is None or _MEASURED[measured][0] is MeasureKind.LATEST:
        return None
    kind, event = _MEASURED[measured]
    things = take_things(reading)
    if event == EventKind.ADD_TO_CART or (things is not None and len(things.wanted) > 1):
        return None
    product = things.filters[0] if things is not None else None
    return Order(by=Measure(measure=kind, event=event, product=product, window=take_window(cursor)), descending=True)


def _by_property(reading: Reading) -> Order | None:
    cursor = reading.cursor
    cursor.has("có", "theo", "xếp theo", "sắp xếp theo")
    name = cursor.spot(PROPERTY_NAMES)
    if name is None:
        return None
    descending = _direction(cursor)
    return None if descending is None else Order(by=name, descending=descending)


def _direction(cursor: VietnameseCursor) -> bool | None:
    extreme = cursor.has(*_SUPERLATIVES, "giảm dần", "tăng dần")
    if extreme is None:
        return None
    return _SUPERLATIVES.get(extreme, extreme == "giảm dần")
