"""What customers did: verbs with their objects, counts, sums, first and last times, orders and sequences."""

from dataclasses import dataclass, field

from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    Counted,
    CountRange,
    CustomerProperty,
    EventKind,
    Length,
    Occurrence,
    Operator,
    OrderContents,
    ProductFilter,
    Range,
    Sequence,
    Step,
    TimeUnit,
    Window,
)
from leo_activation.segments.planners.reading import Thing
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import Compared, take_comparison, take_money, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_length, take_window
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.syllables import table, table_of
from leo_activation.segments.planners.vietnamese.things import (
    CLASSIFIERS,
    ask_about_unknown,
    take_things,
)

_VERBS = table(
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
_WITHOUT_OBJECT = frozenset({"mua sắm", "đặt hàng", "chốt đơn", "hoàn hàng", "trả hàng", "trả lại hàng"})
_ORDERING = ("đặt hàng", "chốt đơn", "lên đơn")
_INTO_CART = ("thêm", "bỏ", "cho", "đưa", "để")
_CART = ("vào giỏ", "vào giỏ hàng", "vô giỏ", "vô giỏ hàng", "trong giỏ hàng", "vào giỏ hàng của họ")
_NEGATIONS = (
    "không", "chưa", "chưa từng", "chưa bao giờ", "không bao giờ", "chưa hề", "không hề", "chẳng", "chả", "chưa có",
    "chưa từng có", "chưa khi nào", "không từng", "chẳng bao giờ", "vẫn chưa", "vẫn không",
)  # fmt: skip
_FIRST = ("lần đầu", "lần đầu tiên", "lần thứ nhất")
_LAST = ("lần cuối", "lần cuối cùng", "lần gần nhất", "lần gần đây nhất", "lần sau cùng")
_FIRST_ADJECTIVES = ("đầu tiên", "đầu", "thứ nhất")
_LAST_ADJECTIVES = ("cuối cùng", "cuối", "gần nhất", "gần đây nhất", "sau cùng", "mới nhất")
_THEN = (
    "rồi", "sau đó", "rồi sau đó", "và sau đó", "tiếp theo", "rồi mới", "và rồi", "sau đó mới", "nhưng sau đó",
    "rồi tiếp tục", "sau đó lại", "rồi lại", "mà sau đó", "và sau đó lại", ", sau đó", ", rồi", ", rồi sau đó",
)  # fmt: skip
_SAME = (
    "chính sản phẩm đó", "chính sản phẩm ấy", "đúng sản phẩm đó", "chính món đó", "đúng món đó", "sản phẩm đó",
    "chính những sản phẩm đó", "những sản phẩm đó", "chính các sản phẩm đó", "các sản phẩm đó", "đúng các sản phẩm đó",
    "món đó", "cùng sản phẩm đó", "sản phẩm ấy",
)  # fmt: skip
_CONTRASTS = (
    "nhưng", "nhưng mà", "nhưng lại", "nhưng vẫn", "mà", "mà lại", "mà vẫn", "song", "và", "và vẫn", "và cũng",
    "tuy nhiên", "nhưng cũng", "nhưng đến nay", "nhưng hiện", "nhưng hiện vẫn", "vẫn",
)  # fmt: skip
_BACK = ("nó", "chúng", "cái đó", "loại đó", "thứ đó", "đó")
_SPENDING = (
    "chi", "chi tiêu", "tiêu", "chi trả", "bỏ ra", "tiêu xài", "chi ra", "tiêu tốn", "chi tổng cộng", "tổng chi tiêu",
    "có tổng chi tiêu", "tổng số tiền chi tiêu", "có mức chi tiêu", "mức chi tiêu", "có tổng mức chi tiêu",
    "tổng mức chi tiêu", "tổng chi", "có tổng chi", "chi tiêu tổng cộng", "tổng số tiền đã chi",
    "có tổng số tiền đã chi",
    "có chi tiêu", "tổng tiền chi tiêu", "có tổng số tiền chi tiêu", "tổng tiền mua hàng", "tổng giá trị mua hàng",
    "có tổng giá trị mua hàng", "có tổng tiền mua hàng",
)  # fmt: skip
_VAGUE_SPENDING = ("nhiều", "ít", "mạnh tay", "mạnh", "cao", "thấp", "lớn")
_AFTER_VALUE = ("tổng cộng", "tất cả", "từ trước đến nay", "cả thảy", "trong tổng số", "từ trước tới nay")
_ORDER_NOUNS = (
    "đơn hàng", "đơn", "hóa đơn", "hoá đơn", "đơn đặt hàng", "đơn mua hàng", "đơn mua",
)  # fmt: skip
_HAVING = (
    "có", "đặt", "từng có", "có một", "đặt một", "với", "thực hiện", "phát sinh", "có phát sinh", "mua", "lên",
)  # fmt: skip
_WORTH = (
    "có giá trị", "với giá trị", "trị giá", "giá trị", "có tổng giá trị", "với tổng giá trị", "tổng giá trị",
    "tổng trị giá",
    "có trị giá", "tổng tiền", "có tổng tiền", "với tổng tiền",
)  # fmt: skip
_ONE_ORDER = (
    "trong cùng một đơn hàng", "trong cùng một đơn", "trong cùng đơn hàng", "trong cùng đơn", "trong một đơn hàng",
    "trong một đơn", "cùng một đơn hàng", "cùng một đơn", "chung một đơn hàng", "chung một đơn",
    "trong cùng một hóa đơn", "cùng đơn hàng", "cùng đơn",
)  # fmt: skip
_DIFFERENT = ("sản phẩm khác nhau", "loại sản phẩm khác nhau", "món khác nhau", "mặt hàng khác nhau", "loại khác nhau")
_PIECES = table_of((*CLASSIFIERS, "đơn vị", "sản phẩm", "món hàng", "món đồ", "mặt hàng"))
_OPEN_PIECES = frozenset({"sản phẩm", "món", "món hàng", "món đồ", "mặt hàng"})
_AVERAGE = (
    "với giá trị đơn hàng trung bình", "có giá trị đơn hàng trung bình", "giá trị đơn hàng trung bình",
    "giá trị trung bình mỗi đơn hàng", "có giá trị trung bình mỗi đơn hàng", "có đơn hàng trung bình",
    "AOV", "có AOV", "với AOV", "giá trị trung bình mỗi đơn", "có giá trị trung bình mỗi đơn",
)  # fmt: skip
_TOTALLED = (
    "với tổng giá trị",
    "tổng giá trị",
    "tổng trị giá",
    "với tổng số tiền",
    "với tổng tiền",
    "tổng cộng",
    "hết",
)
_EVENT = ("có sự kiện", "sự kiện", "thực hiện sự kiện", "phát sinh sự kiện", "thực hiện", "thực hiện hành động")


@dataclass
class _Tail:
    """What was said of a behaviour beside its object."""

    window: Window | None = None
    compared: Compared | None = None
    counted: Counted = Counted.EVENTS
    value: Range | None = None
    average: Range | None = None
    occurrence: Occurrence = Occurrence.ANY
    in_one_order: int | None = None
    marks: list[int] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether it holds nothing but a window."""
        asked = (self.compared, self.value, self.average, self.in_one_order)
        return all(one is None for one in asked) and self.occurrence is Occurrence.ANY


@dataclass
class _Verbs:
    """One verb, or several that share what follows, and which of them are denied."""

    events: list[str]
    denied: list[bool]
    operator: str = "or"
    ordering: bool = False
    needs_object: bool = True


def take_behaviour(reading: Reading, *, negated: bool) -> Meant | None:
    """One statement of behaviour, or nothing. `negated`: a 'không' or 'chưa' stood before the verb.

    Raises:
        Ask: a product is not known, or a count has two readings.
    """
    start = reading.cursor.position
    for rule in (_occurrence, _spending, _times, _number, _orders, _cart, _other_event, _verb):
        reading.cursor.position = start
        found = rule(reading, negated)
        if found is not None:
            return found
    reading.cursor.position = start
    return None


# --- verbs ------------------------------------------------------------------------------------------------------------


def _verb(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    only = cursor.has("chỉ", "chỉ mới") is not None
    verbs = _take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    verb_at = cursor.position - 1
    tail = _Tail()
    _take_tail(reading, tail)
    begun = cursor.position
    things = take_things(reading)
    if things is None:
        things = _without_object(reading, verbs, verb_at, start, tail, negated=negated)
    if (negated or any(verbs.denied)) and things.operator == "and" and len(things.wanted) > 1:
        listed = cursor.written(begun, cursor.position)
        raise cursor.ask(
            begun,
            f"Không phải tất cả “{listed}”, hay không món nào trong đó?",
            (listed.replace(" và ", " hoặc "), f"không phải (đã … {listed})"),
        )
    _take_tail(reading, tail)
    if negated:
        cursor.has("bao giờ", "lần nào", "lần nào cả", "bao giờ cả")
        ask_how_long(cursor)
    if only:
        _exactly(cursor, tail, start)
    return _finished(reading, verbs, things, tail, start, negated=negated)


def ask_how_long(cursor: VietnameseCursor) -> None:
    """'chưa mua hàng hơn 90 ngày': those who never did as well?

    Raises:
        Ask: such a length stands here.
    """
    start = cursor.position
    more = cursor.has("hơn", "trên", "quá", "đã hơn", "đã quá", "đã trên", "được hơn") is not None
    length = take_length(cursor) if more else None
    if length is not None and not cursor.sees("qua", "trước", "tuổi"):
        days = cursor.written(cursor.position - 2, cursor.position)
        raise cursor.ask(
            start,
            f"“{cursor.written(start, cursor.position)}”: cả những người chưa từng mua, hay chỉ người đã từng mua?",
            (f"không mua hàng trong {days} qua", f"mua lần cuối cách đây hơn {days}"),
        )
    cursor.position = start


def _exactly(cursor: VietnameseCursor, tail: _Tail, start: int) -> None:
    """'chỉ mua 1 lần' is exactly once.

    Raises:
        Ask: 'chỉ mua tất' has no number.
    """
    compared = tail.compared
    if compared is None or not (compared.bare or compared.operator is Operator.EQ):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}”: chữ “chỉ” nói về số lần, hay không mua gì khác?", ("đúng 1 lần",))
    tail.compared = Compared(Operator.EQ, compared.values)


def _times(reading: Reading, negated: bool) -> Meant | None:
    """'có từ 5 lần mua hàng trở lên', 'có ít nhất 2 lần xem giày'."""
    cursor = reading.cursor
    start = cursor.position
    only = cursor.has("chỉ", "chỉ mới") is not None
    if cursor.has("có", "từng có", "với") is None:
        return None
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None or cursor.has("lần") is None:
        return None
    verbs = _take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    tail = _Tail(compared=compared, counted=Counted.EVENTS, marks=[start])
    things = take_things(reading) or Things([], "or")
    _take_tail(reading, tail)
    if only:
        _exactly(cursor, tail, start)
    verbs.ordering = False
    return _finished(reading, verbs, things, tail, start, negated=negated)


def _number(reading: Reading, negated: bool) -> Meant | None:
    """'có số đơn hàng từ 5 trở lên', 'số lần mua trên 3'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có", "với")
    cursor.has("tổng")
    noun = cursor.has("số đơn hàng", "số đơn", "số lượng đơn hàng", "số lượng đơn", "số lần mua", "số lần mua hàng")
    if noun is None:
        return None
    tail = _Tail(counted=Counted.ORDERS if "đơn" in noun else Counted.EVENTS, marks=[start])
    _tail_window(reading, tail)
    cursor.has("là")
    tail.compared = take_comparison(cursor, lambda: take_whole(cursor))
    if tail.compared is None:
        return None
    cursor.has("lần", "đơn", "đơn hàng")
    _take_tail(reading, tail)
    return _finished(reading, _Verbs([EventKind.PURCHASE], [False]), Things([], "or"), tail, start, negated=negated)


def _finished(
    reading: Reading, verbs: _Verbs, things: Things, tail: _Tail, start: int, *, negated: bool
) -> Meant | None:
    """The statement of verbs, things and tail, or the sequence that it begins."""
    cursor = reading.cursor
    if (negated or any(verbs.denied)) and not tail.is_plain:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            f"Phủ định “{words}” có hai cách hiểu: ý nào đúng?",
            (f"không phải (đã {words})", "… ít hơn số đó nhưng có mua"),
        )
    if tail.in_one_order is not None:
        return _one_order(reading, verbs, things, tail, start)
    if verbs.ordering and tail.compared is not None and tail.counted is Counted.EVENTS and not things.wanted:
        tail.counted = Counted.ORDERS
    if cursor.sees("rồi nhưng"):
        cursor.position += 1
    if not negated and len(verbs.events) == 1 and tail.is_plain and len(things.wanted) <= 1:
        sequence = _sequence(reading, Step(event=verbs.events[0], product=_one(things)), things, tail, start)
        if sequence is not None:
            return sequence
    reading.spoken.goods |= verbs.events != [EventKind.PURCHASE] or any(thing != Thing() for thing in things.wanted)
    named = bool(things.wanted) and (things.operator == "or" or len(things.wanted) == 1) and None not in things.filters
    if named and not negated and not any(verbs.denied):
        others = reading.spoken.events and (reading.spoken.things is None or reading.spoken.things != things)
        reading.spoken.things, reading.spoken.events = None if others else things, tuple(verbs.events)
        reading.spoken.end = cursor.position
    parts = [
        denied(meant) if not_ else meant
        for event, not_ in zip(verbs.events, verbs.denied, strict=True)
        for meant in [_behaviours(reading, event, things, tail, start)]
    ]
    meant = joined(verbs.operator, parts)
    if negated:
        return denied(meant)
    return _with_further(reading, verbs, tail, meant) if len(parts) == 1 and named else meant


def _with_further(reading: Reading, verbs: _Verbs, tail: _Tail, meant: Meant) -> Meant:
    """'mua tất trong 30 ngày qua và giày trong 60 ngày qua': the verb holds for further goods with their own window."""
    cursor = reading.cursor
    before = cursor.position
    if not tail.is_plain or tail.window is None or any(verbs.denied) or cursor.has("và", "và cả") is None:
        cursor.position = before
        return meant
    start = cursor.position
    things = take_things(reading)
    further = _Tail()
    if things is None or len(things.wanted) != 1 or not _tail_window(reading, further):
        cursor.position = before
        return meant
    found = joined("and", [meant, _behaviours(reading, verbs.events[0], things, further, start)])
    reading.spoken.end = -1
    return _with_further(reading, verbs, further, found)


def _one(things: Things) -> ProductFilter | None:
    return things.filters[0] if things.wanted else None


def _take_verbs(cursor: VietnameseCursor, *, negated: bool) -> _Verbs | None:
    """'xem', 'xem hoặc mua', 'xem nhưng chưa mua'."""
    at = cursor.position
    first = cursor.spot(_VERBS)
    if first is None:
        return None
    spoken = cursor.written(at, cursor.position).lower()
    ordering = cursor.position - at == 2 and _was(cursor, at, *_ORDERING)
    verbs = _Verbs([first], [False], ordering=ordering, needs_object=not _was(cursor, at, *_WITHOUT_OBJECT))
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
        not_ = cursor.has(*_NEGATIONS) is not None
        cursor.has("đã", "từng")
        following = cursor.spot(_VERBS)
        if following is None or (negated and operator == "and") or not _object_stands(cursor):
            cursor.position = before
            return verbs
        verbs.events.append(following)
        verbs.denied.append(not_)
        verbs.operator = operator


def _was(cursor: VietnameseCursor, at: int, *phrases: str) -> bool:
    """Whether what was taken from token `at` to here is one of the phrases."""
    length = cursor.position - at
    return any(len(phrase.split()) == length and cursor.sees(phrase, ahead=at - cursor.position) for phrase in phrases)


def _object_stands(cursor: VietnameseCursor) -> bool:
    """Whether more follows after a second verb, so that it is no statement of its own without an object."""
    return not cursor.at_end and not cursor.sees(",", ".", ";", "?", "!", "và", "hoặc", "nhưng", "trong", ")")


def _without_object(reading: Reading, verbs: _Verbs, at: int, start: int, tail: _Tail, *, negated: bool) -> Things:
    """What a verb without an object is about: in 'xem giày nhưng chưa mua' the shoes, else anything.

    Raises:
        Ask: no goods were named before 'nhưng chưa mua', or a word stands there that is not known.
    """
    cursor = reading.cursor
    verb = cursor.written(at, at + 1)
    if not verbs.needs_object:
        if negated and verbs.ordering and _spoken_of(reading, verbs, start) is not None:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(
                start, f"“{words}”: bất kỳ sản phẩm nào, hay chính những sản phẩm đã nói đến?", ("mua hàng", "mua …")
            )
        return Things([], "or")
    if cursor.has(*_SAME, *_BACK):
        words = cursor.written(at, cursor.position)
        raise cursor.ask(
            at, f"“{words}” là sản phẩm nào? Xin nêu tên.", (f"{verb} gì đó", f"rồi không {verb} chính sản phẩm đó")
        )
    ask_about_unknown(reading)
    if negated and tail.is_plain and (spoken := _spoken_of(reading, verbs, start)) is not None:
        reading.spoken.elided = start
        return spoken
    if negated and tail.is_plain and not reading.spoken.goods:
        reading.spoken.elided = start
        return Things([], "or")
    if negated or (tail.is_plain and tail.window is None):
        raise cursor.ask(
            start,
            f"“{cursor.written(start, at + 1)}” gì: bất kỳ sản phẩm nào, hay chính những sản phẩm đã nói đến?",
            (f"{verb} bất kỳ sản phẩm nào", f"{verb} …"),
            end=at + 1,
        )
    return Things([], "or")


def _spoken_of(reading: Reading, verbs: _Verbs, start: int) -> Things | None:
    """The goods of the statement right before, where only 'nhưng' and the negation stand between it and `start`.

    Of one verb twice ('mua giày … nhưng không mua …') it is open whether the second is about anything.
    """
    cursor = reading.cursor
    if not set(verbs.events).isdisjoint(reading.spoken.events):
        return None
    here = cursor.position
    cursor.position = reading.spoken.end
    comma = cursor.has(",") is not None
    joined_to = cursor.has(*_CONTRASTS) is not None or comma
    cursor.has("họ")
    take_window(cursor)
    cursor.has(*_NEGATIONS)
    cursor.has("đã", "từng")
    adjoining = joined_to and cursor.position == start
    cursor.position = here
    return reading.spoken.things if adjoining else None


def _cart(reading: Reading, negated: bool) -> Meant | None:
    """'thêm giày vào giỏ hàng', 'thêm vào giỏ hàng'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_INTO_CART) is None:
        return None
    tail = _Tail()
    before = cursor.position
    things = None
    if cursor.has(*_CART) is None:
        things = take_things(reading)
        if things is None:
            if not any(cursor.sees("vào", "vô", ahead=n) for n in range(5)):
                return None
            ask_about_unknown(reading)
        if cursor.has(*_CART) is None:
            cursor.position = before
            return None
    _take_tail(reading, tail)
    if things is None:
        things = take_things(reading)
        if things is None and negated and reading.spoken.goods:
            verbs = _Verbs([EventKind.ADD_TO_CART], [False])
            things = _spoken_of(reading, verbs, start)
            reading.spoken.elided = start
            if things is None:
                words = cursor.written(start, cursor.position)
                raise cursor.ask(
                    start, f"“{words}”: bất kỳ sản phẩm nào, hay chính những sản phẩm đã nói đến?", ("thêm … vào giỏ",)
                )
        things = things or Things([], "or")
        _take_tail(reading, tail)
    if negated and things.operator == "and" and len(things.wanted) > 1:
        listed = cursor.written(before, cursor.position)
        raise cursor.ask(
            before, f"Không phải tất cả “{listed}”, hay không món nào?", (listed.replace(" và ", " hoặc "),)
        )
    verbs = _Verbs([EventKind.ADD_TO_CART], [False])
    return _finished(reading, verbs, things, tail, start, negated=negated)


def _take_event_name(reading: Reading) -> str | None:
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


def _other_event(reading: Reading, negated: bool) -> Meant | None:
    start = reading.cursor.position
    event = _take_event_name(reading)
    if event is None:
        return None
    tail = _Tail()
    _take_tail(reading, tail)
    verbs = _Verbs([event], [False])
    return _finished(reading, verbs, Things([], "or"), tail, start, negated=negated)


def _behaviours(reading: Reading, event: str, things: Things, tail: _Tail, start: int) -> Meant:
    """The leaves of one verb; several things are several leaves."""
    cursor = reading.cursor
    filters = things.filters or [None]
    if len(filters) > 1 and (tail.compared is not None or tail.value is not None or tail.average is not None):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}”: con số tính chung, hay cho từng món?")
    least, most = _counts(cursor, tail, start)
    if tail.window is None and tail.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}” là khi nào?", (f"{words} trong 30 ngày qua", f"{words} trong năm nay"))
    try:
        parts: list[Meant] = [
            Said(
                Behaviour(
                    event=event,
                    product=wanted,
                    min_count=least,
                    max_count=most,
                    counted=tail.counted if (least, most) != (1, None) else Counted.EVENTS,
                    value=tail.value,
                    average_order=tail.average,
                    occurrence=tail.occurrence,
                    window=tail.window,
                ),
                start,
                cursor.position,
            )
            for wanted in filters
        ]
    except ValueError as error:
        raise cursor.ask(start, _reason(error)) from None
    return joined(things.operator, parts)


def _reason(error: ValueError) -> str:
    problem = str(error).splitlines()
    return f"Không lập được điều kiện này: {problem[-2 if len(problem) > 2 else 0].strip()}"


def _counts(cursor: VietnameseCursor, tail: _Tail, start: int) -> tuple[int, int | None]:
    """The least and the most count.

    Raises:
        Ask: 'ba lần' alone is exactly or at least, 'tối đa' may include never.
    """
    compared = tail.compared
    if compared is None:
        return 1, None
    at = tail.marks[0] if tail.marks else start
    first, last = int(compared.values[0]), int(compared.values[-1])
    if compared.bare:
        words = cursor.written(at, cursor.position)
        raise cursor.ask(
            at, f"“{words}” là đúng {first} hay ít nhất {first}?", (f"đúng {first} lần", f"ít nhất {first} lần")
        )
    match compared.operator:
        case Operator.GE if compared.upper is None and first > 0:
            return first, None
        case Operator.GT if compared.upper is None:
            return first + 1, None
        case Operator.EQ if first > 0:
            return first, first
        case Operator.BETWEEN if last > 0:
            return first, last
        case Operator.LE | Operator.LT:
            most = last if compared.operator is Operator.LE else last - 1
            words = cursor.written(at, cursor.position)
            if most < 1:
                raise cursor.ask(at, f"“{words}” là chưa lần nào?", ("chưa bao giờ",))
            raise cursor.ask(
                at, f"“{words}” có tính cả khách chưa lần nào không?", (f"từ 1 đến {most} lần", f"từ 0 đến {most} lần")
            )
        case _:
            raise cursor.ask(at, "Bao nhiêu lần?")


# --- tails ------------------------------------------------------------------------------------------------------------


def _take_tail(reading: Reading, tail: _Tail) -> None:
    """Counts, sums, first and last, and windows in any order."""
    cursor = reading.cursor
    while True:
        start = cursor.position
        rules = (_tail_order, _tail_occurrence, _tail_value, _tail_window, _tail_count)
        if not any(_restored(cursor, start, rule(reading, tail)) for rule in rules):
            return


def _restored(cursor: VietnameseCursor, start: int, taken: bool) -> bool:
    if not taken:
        cursor.position = start
    return taken


def _tail_order(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if tail.in_one_order is None and cursor.has(*_ONE_ORDER):
        tail.in_one_order = start
        return True
    together = tail.in_one_order is None and cursor.has("trong", "trong cùng", "cùng", "chung")
    token = cursor.take_kind(TokenKind.NUMBER) if together else None
    if token is not None and token.word == "1" and cursor.has(*_ORDER_NOUNS):
        tail.in_one_order = start
        return True
    return False


def _tail_occurrence(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    if tail.occurrence is not Occurrence.ANY or tail.compared is not None:
        return False
    if cursor.has(*_FIRST):
        tail.occurrence = Occurrence.FIRST
    elif cursor.has(*_LAST):
        tail.occurrence = Occurrence.LAST
    else:
        return False
    return True


def _tail_value(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    average = tail.average is None and cursor.has(*_AVERAGE) is not None
    if not average and (tail.value is not None or cursor.has(*_TOTALLED) is None):
        return False
    cursor.has("là")
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None:
        return False
    if average:
        tail.average = compared.range
    else:
        tail.value = compared.range
    return True


def _tail_count(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if tail.compared is not None and tail.compared.upper is None and cursor.has("trở lên"):
        open_above = tail.compared.bare or tail.compared.operator is Operator.GE
        tail.compared = Compared(Operator.GE, tail.compared.values)
        return open_above
    if tail.compared is not None or tail.occurrence is not Occurrence.ANY:
        return False
    amount = cursor.has("với số lượng", "số lượng", "với số lượng là") is not None
    inside = not amount and cursor.has("trong", "với", "qua") is not None
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None:
        return False
    counted = Counted.UNITS if amount else None
    if not amount:
        if not inside and cursor.has("lần"):
            counted = Counted.EVENTS
            late = cursor.has("trở lên", "hoặc hơn", "trở xuống")
            if late is not None and compared.bare:
                operator = Operator.LE if late == "trở xuống" else Operator.GE
                compared = Compared(operator, compared.values)
            elif late is not None and (compared.operator is not Operator.GE or late == "trở xuống"):
                return False
        elif cursor.has(*_DIFFERENT):
            counted = Counted.PRODUCTS
        elif cursor.has(*_ORDER_NOUNS):
            cursor.has("khác nhau")
            counted = Counted.ORDERS
        elif compared.bare and compared.values == ("1",) and cursor.words[start] in {"một", "mot"}:
            # 'một đôi tất': an article and no count.
            return False
        else:
            counted = _pieces(reading, start)
    if counted is None or (inside and counted not in {Counted.ORDERS, Counted.PRODUCTS}):
        return False
    if compared.operator is Operator.EQ and not compared.bare:
        compared = Compared(Operator.EQ, compared.values)
    tail.compared, tail.counted = compared, counted
    tail.marks.append(start)
    return True


def _pieces(reading: Reading, start: int) -> Counted | None:
    """'3 đôi tất' counts pieces; '3 sản phẩm' may count pieces or different products."""
    cursor = reading.cursor
    at = cursor.position
    noun = cursor.spot(_PIECES)
    if noun is None:
        return None
    if noun in _OPEN_PIECES and take_things(reading) is None:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            f"“{words}” là số lượng, hay số sản phẩm khác nhau?",
            ("với số lượng ít nhất …", "ít nhất … sản phẩm khác nhau"),
        )
    cursor.position = at + len(noun.split())
    return Counted.UNITS


def _tail_window(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if tail.window is not None:
        return False
    window = take_window(cursor)
    if window is None:
        return False
    tail.window = window
    reading.windows[start] = cursor.position
    return True


# --- first and last ---------------------------------------------------------------------------------------------------


def _occurrence(reading: Reading, negated: bool) -> Meant | None:
    """'lần mua đầu tiên là tất', 'lần mua giày cuối cùng cách đây hơn 90 ngày', 'lần cuối mua hàng trước …'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có")
    cursor.has("những", "các")
    if cursor.has(*_FIRST):
        occurrence: Occurrence | None = Occurrence.FIRST
    elif cursor.has(*_LAST):
        occurrence = Occurrence.LAST
    elif cursor.has("lần", "đơn hàng", "sản phẩm"):
        occurrence = None
    else:
        return None
    noun = None if occurrence else "đơn hàng" if cursor.before("hàng") and cursor.sees("đầu", "cuối", "gần") else "lần"
    cursor.has("họ", "khách")
    event = EventKind.PURCHASE if noun == "đơn hàng" else _take_event(reading)
    if event is None:
        return None
    things = take_things(reading) or Things([], "or")
    if occurrence is None:
        if cursor.has(*_FIRST_ADJECTIVES):
            occurrence = Occurrence.FIRST
        elif cursor.has(*_LAST_ADJECTIVES):
            occurrence = Occurrence.LAST
        else:
            return None
    cursor.has("của họ")
    tail = _Tail(occurrence=occurrence)
    _tail_window_of(reading, tail)
    copula = cursor.has("là") is not None
    if copula and tail.window is None and not things.wanted:
        _tail_window_of(reading, tail)
    if copula and (tail.window is None or not things.wanted):
        named = take_things(reading)
        if named is not None and things.wanted:
            return None
        if named is not None:
            things = named
            tail.occurrence = Occurrence.FIRST_OF_ALL if occurrence is Occurrence.FIRST else Occurrence.LAST_OF_ALL
        elif tail.window is None:
            ask_about_unknown(reading)
            return None
        _tail_window_of(reading, tail)
    if len(things.wanted) > 1:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: một lần mua, hay nhiều lần?")
    if tail.window is None and tail.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"“{words}” là khi nào?", (f"{words} trong 30 ngày qua", f"{words} cách đây hơn 90 ngày")
        )
    meant = _behaviours(reading, event, things, tail, start)
    return denied(meant) if negated else meant


def _tail_window_of(reading: Reading, tail: _Tail) -> None:
    cursor = reading.cursor
    before = cursor.position
    cursor.has("xảy ra", "diễn ra", "đã")
    if not _tail_window(reading, tail):
        cursor.position = before


def _take_event(reading: Reading) -> str | None:
    """A verb, 'thêm vào giỏ' or another event, without its things."""
    cursor = reading.cursor
    found = cursor.spot(_VERBS)
    if found is not None:
        return found
    if cursor.has(*_INTO_CART):
        return EventKind.ADD_TO_CART if cursor.has(*_CART) else None
    return _take_event_name(reading)


# --- sequences --------------------------------------------------------------------------------------------------------


def _sequence(reading: Reading, first: Step, named: Things, tail: _Tail, start: int) -> Meant | None:
    """'… rồi mua giày trong vòng 7 ngày' after a first step.

    Raises:
        Ask: it is open what is bought then, or what a window bounds.
    """
    cursor = reading.cursor
    before = cursor.position
    if cursor.has(*_THEN) is None:
        return None
    cursor.has("đã", "cũng", "có", "vẫn")
    not_ = cursor.has(*_NEGATIONS) is not None
    cursor.has("đã", "từng")
    at = cursor.position
    step = _take_step(reading, named if not_ and first.product is not None else None)
    if step is None:
        cursor.position = before
        return None
    event, things, same = step
    if things is not None and len(things.wanted) > 1:
        raise cursor.ask(at, f"“{cursor.written(at, cursor.position)}”: món nào, hay cả hai?")
    cursor.has("nữa", "lại")
    within = _take_within(cursor)
    here = cursor.position
    if within is None and take_window(cursor) is not None:
        words = cursor.written(here, cursor.position)
        raise cursor.ask(
            here,
            f"“{words}” nói về lần đầu, hay về lần sau?",
            ("trong 30 ngày qua đã … rồi …", "… trong vòng 7 ngày sau đó"),
        )
    product = _one(things) if things is not None else None
    try:
        leaf = Sequence(
            first=first,
            then=Step(event=event, product=product),
            then_not=not_,
            same_product=same,
            within=within,
            window=tail.window,
        )
    except ValueError as error:
        raise cursor.ask(before, _reason(error)) from None
    return Said(leaf, start, cursor.position)


def _take_step(reading: Reading, spoken: Things | None) -> tuple[str, Things | None, bool] | None:
    """The event, things and whether the same product of a second step; `spoken`: those of a verb without any."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_INTO_CART):
        same = cursor.has(*_SAME) is not None
        things = None if same else take_things(reading)
        if cursor.has(*_CART) is None:
            cursor.position = start
            return None
        if not same or cursor.has("là"):
            things = things or take_things(reading)
        return EventKind.ADD_TO_CART, things, same
    event = cursor.spot(_VERBS)
    if event is None:
        other = _take_event_name(reading)
        return None if other is None else (other, None, False)
    ordering = _was(cursor, start, *_WITHOUT_OBJECT)
    same = cursor.has(*_SAME) is not None
    named = cursor.has("là") is not None if same else True
    things = take_things(reading) if named else None
    if things is None and not same and not ordering:
        at = cursor.position
        back = cursor.has(*_BACK)
        if back is None:
            ask_about_unknown(reading)
            if spoken is not None:
                return event, spoken, False
        verb = cursor.written(start, at)
        raise cursor.ask(start, f"“{verb}” gì sau đó?", (f"{verb} chính sản phẩm đó", f"{verb} bất kỳ sản phẩm nào"))
    return event, things, same


def _take_within(cursor: VietnameseCursor) -> Length | None:
    """'trong vòng 7 ngày (sau đó)'."""
    start = cursor.position
    entered = cursor.has("trong vòng", "trong", "trong khoảng") is not None
    length = take_length(cursor)
    if length is None or cursor.sees("qua", "vừa qua", "gần đây", "trước", "trở lại đây", "gần nhất"):
        cursor.position = start
        return None
    after = cursor.has("sau đó", "kể từ đó", "tiếp theo", "sau", "sau khi đó", "kế tiếp", "tính từ đó")
    if not (entered or after):
        cursor.position = start
        return None
    if length.unit not in {TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK}:
        raise cursor.ask(start, "Giữa hai sự kiện tính bằng giờ, ngày hoặc tuần: bao nhiêu ngày?")
    return length


# --- spending and orders ----------------------------------------------------------------------------------------------


def _spending(reading: Reading, negated: bool) -> Meant | None:
    """'chi hơn 500k', 'chi trên 1 triệu cho giày trong 30 ngày qua', 'tổng chi tiêu trên 800'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_SPENDING) is None:
        return None
    tail = _Tail()
    things = _spent_on(reading)
    _tail_window_of(reading, tail)
    copula = cursor.has("là", ":") is not None
    begun = cursor.position
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if compared is None:
        if cursor.has(*_VAGUE_SPENDING) and not cursor.sees("nhất"):
            raise cursor.ask(
                start, f"“{cursor.written(start, cursor.position)}” là bao nhiêu?", ("tổng chi tiêu trên …",)
            )
        return None
    if compared.bare and copula:
        return None
    if compared.bare:
        amount = cursor.written(begun, cursor.position)
        raise cursor.ask(
            start, f"“{amount}” là ít nhất, nhiều nhất hay đúng bằng?", (f"từ {amount} trở lên", f"đúng {amount}")
        )
    cursor.has(*_AFTER_VALUE)
    things = things or _spent_on(reading)
    _tail_window_of(reading, tail)
    things = things or _spent_on(reading)
    if things is None and tail.window is None:
        said: list[Meant] = [Said(leaf, start, cursor.position) for leaf in _total_spent(compared)]
        meant = joined("and", said)
        return denied(meant) if negated else meant
    if negated:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"Phủ định “{words}” có hai cách hiểu.", (f"không phải (đã {words})", "chi ít hơn nhưng có chi")
        )
    tail.value = compared.range
    return _behaviours(reading, EventKind.PURCHASE, things or Things([], "or"), tail, start)


def _spent_on(reading: Reading) -> Things | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has("cho", "vào", "cho việc mua", "để mua", "vào việc mua"):
        things = take_things(reading)
        if things is not None:
            if len(things.filters) > 1:
                raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: tính chung, hay cho từng món?")
            return things
        if not cursor.sees("tôi", "mình", "họ"):
            ask_about_unknown(reading)
    cursor.position = start
    return None


def _total_spent(compared: Compared) -> list[Attribute]:
    spent = CustomerProperty.TOTAL_SPENT
    first = Attribute(property=spent, operator=compared.operator, values=compared.values)
    if compared.upper is None:
        return [first]
    return [first, Attribute(property=spent, operator=compared.upper[0], values=(compared.upper[1],))]


def _orders(reading: Reading, negated: bool) -> Meant | None:
    """'có đơn hàng trên 2 triệu', 'có ít nhất 3 đơn hàng', 'có đơn hàng chứa tất cùng với giày'."""
    cursor = reading.cursor
    start = cursor.position
    if (average := _average(reading)) is not None:
        return denied(average) if negated else average
    only = cursor.has("chỉ", "chỉ mới") is not None
    had = cursor.has(*_HAVING) is not None
    counted = take_comparison(cursor, lambda: take_whole(cursor), since=False)
    noun_at = cursor.position
    if cursor.has(*_ORDER_NOUNS) is None or not (had or counted or cursor.position - noun_at > 0):
        return None
    if negated and counted is None:
        cursor.has("nào", "gì", "nào cả")
    if only:
        if counted is None or not (counted.bare or counted.operator is Operator.EQ):
            return None
        counted = Compared(Operator.EQ, counted.values)
    elif counted is not None and counted.bare and cursor.has("trở lên", "hoặc hơn"):
        counted = Compared(Operator.GE, counted.values)
    elif counted is not None and counted.operator is Operator.GE:
        cursor.has("trở lên")
    tail = _Tail()
    product: ProductFilter | None = None
    together: list[ProductFilter] = []
    units: CountRange | None = None
    value: Range | None = None
    _tail_window(reading, tail)
    while True:
        here = cursor.position
        if product is None and cursor.has("chứa", "gồm", "bao gồm", "mua", "có chứa"):
            things = take_things(reading)
            if things is None:
                ask_about_unknown(reading)
            elif things.operator == "and" or len(things.wanted) == 1:
                product = things.filters[0]
                together += [one for one in things.filters[1:] if one is not None]
                if product is not None:
                    continue
        cursor.position = here
        if product is not None and cursor.has("cùng với", "cùng", "kèm", "kèm theo", "và"):
            things = take_things(reading)
            if things is not None and len(things.wanted) == 1 and things.filters[0] is not None:
                together.append(things.filters[0])
                continue
        cursor.position = here
        if units is None and (pieces := _order_units(reading)) is not None:
            units, inside = pieces
            product = inside if inside is not None else product
            continue
        cursor.position = here
        if value is None and (worth := _order_value(reading)) is not None:
            value = worth
            continue
        cursor.position = here
        if tail.window is None and _tail_window(reading, tail):
            continue
        cursor.position = here
        break
    return _order_leaf(reading, start, counted, product, together, units, value, tail.window, negated=negated, had=had)


def _order_leaf(
    reading: Reading,
    start: int,
    counted: Compared | None,
    product: ProductFilter | None,
    together: list[ProductFilter],
    units: CountRange | None,
    value: Range | None,
    window: Window | None,
    *,
    negated: bool,
    had: bool,
) -> Meant | None:
    cursor = reading.cursor
    if negated and counted is not None:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"Phủ định “{words}” có hai cách hiểu.", (f"không phải ({words})", "ít đơn hơn số đó"))
    if units is None and value is None and not together:
        if not had and counted is None:
            return None
        tail = _Tail(window=window, compared=counted, counted=Counted.ORDERS, marks=[start])
        things = None if product is None else product
        least, most = _counts(cursor, tail, start)
        leaf = Behaviour(
            event=EventKind.PURCHASE,
            product=things,
            min_count=least,
            max_count=most,
            counted=Counted.ORDERS if (least, most) != (1, None) else Counted.EVENTS,
            window=window,
        )
        meant: Meant = Said(leaf, start, cursor.position)
        return denied(meant) if negated else meant
    least, most = _counts(cursor, _Tail(compared=counted, marks=[start]), start)
    if most is not None:
        raise cursor.ask(start, "Đơn hàng như vậy được đếm từ dưới lên: ít nhất bao nhiêu?")
    try:
        order = OrderContents(
            product=product,
            units=units,
            value=value,
            together_with=tuple(together),
            min_orders=least,
            window=window,
        )
    except ValueError as error:
        raise cursor.ask(start, _reason(error)) from None
    meant = Said(order, start, cursor.position)
    return denied(meant) if negated else meant


def _average(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_AVERAGE) is None:
        return None
    tail = _Tail()
    _tail_window(reading, tail)
    cursor.has("là")
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None:
        return None
    tail.average = compared.range
    _tail_window(reading, tail)
    return _behaviours(reading, EventKind.PURCHASE, Things([], "or"), tail, start)


def _order_value(reading: Reading) -> Range | None:
    cursor = reading.cursor
    cursor.has(*_WORTH)
    worth = cursor.position
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None or cursor.sees("lần", "tuổi", "ngày", "sản phẩm", "món") or cursor.length_of(_PIECES):
        return None
    return compared.range if cursor.position > worth else None


def _order_units(reading: Reading) -> tuple[CountRange, ProductFilter | None] | None:
    """'với số lượng từ 3 trở lên', 'có ít nhất 3 sản phẩm', 'có ít nhất 2 đôi tất'."""
    cursor = reading.cursor
    start = cursor.position
    amount = cursor.has("với số lượng", "số lượng") is not None
    if not amount and cursor.has("có", "gồm", "chứa", "với", "bao gồm", "từ") and cursor.before("từ"):
        cursor.position -= 1
    compared = take_comparison(cursor, lambda: take_whole(cursor), bare=False, since=amount)
    if compared is None:
        return None
    product = None
    if not amount:
        if cursor.spot(_PIECES) is None:
            return None
        if cursor.has("khác nhau"):
            raise cursor.ask(start, "Trong một đơn hàng chỉ đếm được số lượng: bao nhiêu?")
        things = take_things(reading)
        if things is not None and len(things.wanted) == 1:
            product = things.filters[0]
    return _count_range(cursor, compared, start), product


def _count_range(cursor: VietnameseCursor, compared: Compared, start: int) -> CountRange:
    first, last = int(compared.values[0]), int(compared.values[-1])
    try:
        match compared.operator:
            case Operator.GE:
                return CountRange(at_least=first)
            case Operator.GT:
                return CountRange(at_least=first + 1)
            case Operator.LE:
                return CountRange(at_most=first)
            case Operator.LT:
                return CountRange(at_most=first - 1)
            case _:
                return CountRange(at_least=first, at_most=last)
    except ValueError:
        raise cursor.ask(start, "Số lượng bao nhiêu?") from None


def _one_order(reading: Reading, verbs: _Verbs, things: Things, tail: _Tail, start: int) -> Meant | None:
    """'mua tất và giày trong cùng một đơn hàng', 'mua ít nhất 3 đôi tất trong một đơn hàng'."""
    cursor = reading.cursor
    filters = [one for one in things.filters if one is not None]
    if verbs.events != [EventKind.PURCHASE] or tail.occurrence is not Occurrence.ANY or tail.average is not None:
        return None
    several = len(filters) > 1
    if several and things.operator == "or":
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: món nào, hay cả hai?")
    units = None
    if tail.compared is not None:
        if tail.counted is not Counted.UNITS or several or tail.compared.bare:
            raise cursor.ask(start, "Trong một đơn hàng chỉ đếm được số lượng: ít nhất bao nhiêu?")
        units = _count_range(cursor, tail.compared, start)
    try:
        leaf = OrderContents(
            product=filters[0] if filters else None,
            units=units,
            value=tail.value,
            together_with=tuple(filters[1:]),
            window=tail.window,
        )
    except ValueError:
        raise cursor.ask(start, "Đơn hàng như thế nào: số lượng, giá trị, hay món nào khác trong đơn?") from None
    return Said(leaf, start, cursor.position)
