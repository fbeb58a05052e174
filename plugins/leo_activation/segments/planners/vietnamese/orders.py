"""What one order holds and is worth: 'có đơn hàng trên 2 triệu', 'mua tất và giày trong cùng một đơn hàng'."""

from leo_activation.segments.plan import (
    Behaviour,
    Counted,
    CountRange,
    EventKind,
    Occurrence,
    Operator,
    OrderContents,
    ProductFilter,
    Range,
    Window,
)
from leo_activation.segments.planners.said import Meant, Said, denied
from leo_activation.segments.planners.vietnamese.amounts import Compared, take_comparison, take_money, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.events import Verbs
from leo_activation.segments.planners.vietnamese.measures import (
    AVERAGE,
    ORDER_NOUNS,
    PIECES,
    Tail,
    behaviours,
    counts,
    reason,
    take_tail_window,
)
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_things

_HAVING = (
    "có", "đặt", "từng có", "có một", "đặt một", "với", "thực hiện", "phát sinh", "có phát sinh", "mua", "lên",
)  # fmt: skip
_WORTH = (
    "có giá trị", "với giá trị", "trị giá", "giá trị", "có tổng giá trị", "với tổng giá trị", "tổng giá trị",
    "tổng trị giá",
    "có trị giá", "tổng tiền", "có tổng tiền", "với tổng tiền",
)  # fmt: skip


def take_orders(reading: Reading, negated: bool) -> Meant | None:
    """'có đơn hàng trên 2 triệu', 'có ít nhất 3 đơn hàng', 'có đơn hàng chứa tất cùng với giày'.

    Raises:
        Ask: goods are not known, or a count or a denial has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if (average := _average(reading)) is not None:
        return denied(average) if negated else average
    only = cursor.has("chỉ", "chỉ mới") is not None
    had = cursor.has(*_HAVING) is not None
    counted = take_comparison(cursor, lambda: take_whole(cursor), since=False)
    noun_at = cursor.position
    if cursor.has(*ORDER_NOUNS) is None or not (had or counted or cursor.position - noun_at > 0):
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
    tail = Tail()
    product: ProductFilter | None = None
    together: list[ProductFilter] = []
    units: CountRange | None = None
    value: Range | None = None
    take_tail_window(reading, tail)
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
        if tail.window is None and take_tail_window(reading, tail):
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
        tail = Tail(window=window, compared=counted, counted=Counted.ORDERS, marks=[start])
        things = None if product is None else product
        least, most = counts(cursor, tail, start)
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
    least, most = counts(cursor, Tail(compared=counted, marks=[start]), start)
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
        raise cursor.ask(start, reason(error)) from None
    meant = Said(order, start, cursor.position)
    return denied(meant) if negated else meant


def _average(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*AVERAGE) is None:
        return None
    tail = Tail()
    take_tail_window(reading, tail)
    cursor.has("là")
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None:
        return None
    tail.average = compared.range
    take_tail_window(reading, tail)
    return behaviours(reading, EventKind.PURCHASE, Things([], "or"), tail, start)


def _order_value(reading: Reading) -> Range | None:
    cursor = reading.cursor
    cursor.has(*_WORTH)
    worth = cursor.position
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None or cursor.sees("lần", "tuổi", "ngày", "sản phẩm", "món") or cursor.length_of(PIECES):
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
        if cursor.spot(PIECES) is None:
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


def take_one_order(reading: Reading, verbs: Verbs, things: Things, tail: Tail, start: int) -> Meant | None:
    """'mua tất và giày trong cùng một đơn hàng', 'mua ít nhất 3 đôi tất trong một đơn hàng'.

    Raises:
        Ask: the number is none of pieces, or it is open which goods the order holds.
    """
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
