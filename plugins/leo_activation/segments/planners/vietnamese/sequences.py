"""One thing and afterwards another: 'xem giày rồi mua chính sản phẩm đó trong vòng 7 ngày'."""

from leo_activation.segments.plan import EventKind, Length, ProductFilter, Sequence, Step, TimeUnit
from leo_activation.segments.planners.said import Meant, Said
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_length, take_window
from leo_activation.segments.planners.vietnamese.events import (
    CART,
    INTO_CART,
    NEGATIONS,
    VERBS,
    WITHOUT_OBJECT,
    take_event_name,
    was,
)
from leo_activation.segments.planners.vietnamese.measures import Tail, reason
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_things

_THEN = (
    "rồi", "sau đó", "rồi sau đó", "và sau đó", "tiếp theo", "rồi mới", "và rồi", "sau đó mới", "nhưng sau đó",
    "rồi tiếp tục", "sau đó lại", "rồi lại", "mà sau đó", "và sau đó lại", ", sau đó", ", rồi", ", rồi sau đó",
)  # fmt: skip
SAME = (
    "chính sản phẩm đó", "chính sản phẩm ấy", "đúng sản phẩm đó", "chính món đó", "đúng món đó", "sản phẩm đó",
    "chính những sản phẩm đó", "những sản phẩm đó", "chính các sản phẩm đó", "các sản phẩm đó", "đúng các sản phẩm đó",
    "món đó", "cùng sản phẩm đó", "sản phẩm ấy",
)  # fmt: skip
BACK = ("nó", "chúng", "cái đó", "loại đó", "thứ đó", "đó")


def one_filter(things: Things) -> ProductFilter | None:
    """The first of the things as a plan filters by it, None for any product."""
    return things.filters[0] if things.wanted else None


def take_sequence(reading: Reading, first: Step, named: Things, tail: Tail, start: int) -> Meant | None:
    """'… rồi mua giày trong vòng 7 ngày' after a first step.

    Raises:
        Ask: it is open what is bought then, or what a window bounds.
    """
    cursor = reading.cursor
    before = cursor.position
    if cursor.has(*_THEN) is None:
        return None
    cursor.has("đã", "cũng", "có", "vẫn")
    not_ = cursor.has(*NEGATIONS) is not None
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
    product = one_filter(things) if things is not None else None
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
        raise cursor.ask(before, reason(error)) from None
    return Said(leaf, start, cursor.position)


def _take_step(reading: Reading, spoken: Things | None) -> tuple[str, Things | None, bool] | None:
    """The event, things and whether the same product of a second step; `spoken`: those of a verb without any."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*INTO_CART):
        same = cursor.has(*SAME) is not None
        things = None if same else take_things(reading)
        if cursor.has(*CART) is None:
            cursor.position = start
            return None
        if not same or cursor.has("là"):
            things = things or take_things(reading)
        return EventKind.ADD_TO_CART, things, same
    event = cursor.spot(VERBS)
    if event is None:
        other = take_event_name(reading)
        return None if other is None else (other, None, False)
    ordering = was(cursor, start, *WITHOUT_OBJECT)
    same = cursor.has(*SAME) is not None
    named = cursor.has("là") is not None if same else True
    things = take_things(reading) if named else None
    if things is None and not same and not ordering:
        at = cursor.position
        back = cursor.has(*BACK)
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
