"""How often, for how much and when: what is said of a behaviour beside its object, and the leaves made of it."""

from dataclasses import dataclass, field

from leo_activation.segments.plan import Behaviour, Counted, Occurrence, Operator, Range, Window
from leo_activation.segments.planners.said import Meant, Said, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import Compared, take_comparison, take_money, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.syllables import table_of
from leo_activation.segments.planners.vietnamese.things import CLASSIFIERS, take_things

FIRST = ("lần đầu", "lần đầu tiên", "lần thứ nhất")
LAST = ("lần cuối", "lần cuối cùng", "lần gần nhất", "lần gần đây nhất", "lần sau cùng")
ORDER_NOUNS = (
    "đơn hàng", "đơn", "hóa đơn", "hoá đơn", "đơn đặt hàng", "đơn mua hàng", "đơn mua",
)  # fmt: skip
_ONE_ORDER = (
    "trong cùng một đơn hàng", "trong cùng một đơn", "trong cùng đơn hàng", "trong cùng đơn", "trong một đơn hàng",
    "trong một đơn", "cùng một đơn hàng", "cùng một đơn", "chung một đơn hàng", "chung một đơn",
    "trong cùng một hóa đơn", "cùng đơn hàng", "cùng đơn",
)  # fmt: skip
_DIFFERENT = ("sản phẩm khác nhau", "loại sản phẩm khác nhau", "món khác nhau", "mặt hàng khác nhau", "loại khác nhau")
PIECES = table_of((*CLASSIFIERS, "đơn vị", "sản phẩm", "món hàng", "món đồ", "mặt hàng"))
_OPEN_PIECES = frozenset({"sản phẩm", "món", "món hàng", "món đồ", "mặt hàng"})
AVERAGE = (
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


@dataclass
class Tail:
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


def behaviours(reading: Reading, event: str, things: Things, tail: Tail, start: int) -> Meant:
    """The leaves of one verb; several things are several leaves.

    Raises:
        Ask: a number is of all things or of each, a first or last time has no window, or a count has two readings.
    """
    cursor = reading.cursor
    filters = things.filters or [None]
    if len(filters) > 1 and (tail.compared is not None or tail.value is not None or tail.average is not None):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"“{words}”: con số tính chung, hay cho từng món?")
    least, most = counts(cursor, tail, start)
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
        raise cursor.ask(start, reason(error)) from None
    return joined(things.operator, parts)


def reason(error: ValueError) -> str:
    """What a leaf that the plan refuses is asked back with."""
    problem = str(error).splitlines()
    return f"Không lập được điều kiện này: {problem[-2 if len(problem) > 2 else 0].strip()}"


def counts(cursor: VietnameseCursor, tail: Tail, start: int) -> tuple[int, int | None]:
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


def take_tail(reading: Reading, tail: Tail) -> None:
    """Counts, sums, first and last, and windows in any order.

    Raises:
        Ask: a number counts pieces or different products.
    """
    cursor = reading.cursor
    while True:
        start = cursor.position
        rules = (_tail_order, _tail_occurrence, _tail_value, take_tail_window, _tail_count)
        if not any(_restored(cursor, start, rule(reading, tail)) for rule in rules):
            return


def _restored(cursor: VietnameseCursor, start: int, taken: bool) -> bool:
    if not taken:
        cursor.position = start
    return taken


def _tail_order(reading: Reading, tail: Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if tail.in_one_order is None and cursor.has(*_ONE_ORDER):
        tail.in_one_order = start
        return True
    together = tail.in_one_order is None and cursor.has("trong", "trong cùng", "cùng", "chung")
    token = cursor.take_kind(TokenKind.NUMBER) if together else None
    if token is not None and token.word == "1" and cursor.has(*ORDER_NOUNS):
        tail.in_one_order = start
        return True
    return False


def _tail_occurrence(reading: Reading, tail: Tail) -> bool:
    cursor = reading.cursor
    if tail.occurrence is not Occurrence.ANY or tail.compared is not None:
        return False
    if cursor.has(*FIRST):
        tail.occurrence = Occurrence.FIRST
    elif cursor.has(*LAST):
        tail.occurrence = Occurrence.LAST
    else:
        return False
    return True


def _tail_value(reading: Reading, tail: Tail) -> bool:
    cursor = reading.cursor
    average = tail.average is None and cursor.has(*AVERAGE) is not None
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


def _tail_count(reading: Reading, tail: Tail) -> bool:
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
        elif cursor.has(*ORDER_NOUNS):
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
    noun = cursor.spot(PIECES)
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


def take_tail_window(reading: Reading, tail: Tail) -> bool:
    """A window, where none was said yet; whether one stood here."""
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


def take_tail_window_of(reading: Reading, tail: Tail) -> None:
    """A window, also after 'xảy ra' or 'đã'; without one nothing is taken."""
    cursor = reading.cursor
    before = cursor.position
    cursor.has("xảy ra", "diễn ra", "đã")
    if not take_tail_window(reading, tail):
        cursor.position = before
