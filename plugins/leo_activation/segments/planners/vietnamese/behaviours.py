"""What customers did: verbs with their objects, how often, and what a denial without an object is about."""

from leo_activation.segments.plan import Counted, EventKind, Operator, Step
from leo_activation.segments.planners.reading import Thing
from leo_activation.segments.planners.said import Meant, denied, joined
from leo_activation.segments.planners.vietnamese.amounts import Compared, take_comparison, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_length, take_window
from leo_activation.segments.planners.vietnamese.events import (
    CART,
    INTO_CART,
    NEGATIONS,
    Verbs,
    take_event_name,
    take_verbs,
)
from leo_activation.segments.planners.vietnamese.measures import Tail, behaviours, take_tail, take_tail_window
from leo_activation.segments.planners.vietnamese.occurrences import take_occurrence
from leo_activation.segments.planners.vietnamese.orders import take_one_order, take_orders
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.sequences import BACK, SAME, one_filter, take_sequence
from leo_activation.segments.planners.vietnamese.spending import take_spending
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_things

_CONTRASTS = (
    "nhưng", "nhưng mà", "nhưng lại", "nhưng vẫn", "mà", "mà lại", "mà vẫn", "song", "và", "và vẫn", "và cũng",
    "tuy nhiên", "nhưng cũng", "nhưng đến nay", "nhưng hiện", "nhưng hiện vẫn", "vẫn",
)  # fmt: skip


def take_behaviour(reading: Reading, *, negated: bool) -> Meant | None:
    """One statement of behaviour, or nothing. `negated`: a 'không' or 'chưa' stood before the verb.

    Raises:
        Ask: a product is not known, or a count has two readings.
    """
    start = reading.cursor.position
    for rule in (take_occurrence, take_spending, _times, _number, take_orders, _cart, _other_event, _verb):
        reading.cursor.position = start
        found = rule(reading, negated)
        if found is not None:
            return found
    reading.cursor.position = start
    return None


def _verb(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    only = cursor.has("chỉ", "chỉ mới") is not None
    verbs = take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    verb_at = cursor.position - 1
    tail = Tail()
    take_tail(reading, tail)
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
    take_tail(reading, tail)
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


def _exactly(cursor: VietnameseCursor, tail: Tail, start: int) -> None:
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
    verbs = take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    tail = Tail(compared=compared, counted=Counted.EVENTS, marks=[start])
    things = take_things(reading) or Things([], "or")
    take_tail(reading, tail)
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
    tail = Tail(counted=Counted.ORDERS if "đơn" in noun else Counted.EVENTS, marks=[start])
    take_tail_window(reading, tail)
    cursor.has("là")
    tail.compared = take_comparison(cursor, lambda: take_whole(cursor))
    if tail.compared is None:
        return None
    cursor.has("lần", "đơn", "đơn hàng")
    take_tail(reading, tail)
    return _finished(reading, Verbs([EventKind.PURCHASE], [False]), Things([], "or"), tail, start, negated=negated)


def _finished(reading: Reading, verbs: Verbs, things: Things, tail: Tail, start: int, *, negated: bool) -> Meant | None:
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
        return take_one_order(reading, verbs, things, tail, start)
    if verbs.ordering and tail.compared is not None and tail.counted is Counted.EVENTS and not things.wanted:
        tail.counted = Counted.ORDERS
    if cursor.sees("rồi nhưng"):
        cursor.position += 1
    if not negated and len(verbs.events) == 1 and tail.is_plain and len(things.wanted) <= 1:
        sequence = take_sequence(reading, Step(event=verbs.events[0], product=one_filter(things)), things, tail, start)
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
        for meant in [behaviours(reading, event, things, tail, start)]
    ]
    meant = joined(verbs.operator, parts)
    if negated:
        return denied(meant)
    return _with_further(reading, verbs, tail, meant) if len(parts) == 1 and named else meant


def _with_further(reading: Reading, verbs: Verbs, tail: Tail, meant: Meant) -> Meant:
    """'mua tất trong 30 ngày qua và giày trong 60 ngày qua': the verb holds for further goods with their own window."""
    cursor = reading.cursor
    before = cursor.position
    if not tail.is_plain or tail.window is None or any(verbs.denied) or cursor.has("và", "và cả") is None:
        cursor.position = before
        return meant
    start = cursor.position
    things = take_things(reading)
    further = Tail()
    if things is None or len(things.wanted) != 1 or not take_tail_window(reading, further):
        cursor.position = before
        return meant
    found = joined("and", [meant, behaviours(reading, verbs.events[0], things, further, start)])
    reading.spoken.end = -1
    return _with_further(reading, verbs, further, found)


def _without_object(reading: Reading, verbs: Verbs, at: int, start: int, tail: Tail, *, negated: bool) -> Things:
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
    if cursor.has(*SAME, *BACK):
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


def _spoken_of(reading: Reading, verbs: Verbs, start: int) -> Things | None:
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
    cursor.has(*NEGATIONS)
    cursor.has("đã", "từng")
    adjoining = joined_to and cursor.position == start
    cursor.position = here
    return reading.spoken.things if adjoining else None


def _cart(reading: Reading, negated: bool) -> Meant | None:
    """'thêm giày vào giỏ hàng', 'thêm vào giỏ hàng'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*INTO_CART) is None:
        return None
    tail = Tail()
    before = cursor.position
    things = None
    if cursor.has(*CART) is None:
        things = take_things(reading)
        if things is None:
            if not any(cursor.sees("vào", "vô", ahead=n) for n in range(5)):
                return None
            ask_about_unknown(reading)
        if cursor.has(*CART) is None:
            cursor.position = before
            return None
    take_tail(reading, tail)
    if things is None:
        things = take_things(reading)
        if things is None and negated and reading.spoken.goods:
            verbs = Verbs([EventKind.ADD_TO_CART], [False])
            things = _spoken_of(reading, verbs, start)
            reading.spoken.elided = start
            if things is None:
                words = cursor.written(start, cursor.position)
                raise cursor.ask(
                    start, f"“{words}”: bất kỳ sản phẩm nào, hay chính những sản phẩm đã nói đến?", ("thêm … vào giỏ",)
                )
        things = things or Things([], "or")
        take_tail(reading, tail)
    if negated and things.operator == "and" and len(things.wanted) > 1:
        listed = cursor.written(before, cursor.position)
        raise cursor.ask(
            before, f"Không phải tất cả “{listed}”, hay không món nào?", (listed.replace(" và ", " hoặc "),)
        )
    verbs = Verbs([EventKind.ADD_TO_CART], [False])
    return _finished(reading, verbs, things, tail, start, negated=negated)


def _other_event(reading: Reading, negated: bool) -> Meant | None:
    start = reading.cursor.position
    event = take_event_name(reading)
    if event is None:
        return None
    tail = Tail()
    take_tail(reading, tail)
    verbs = Verbs([event], [False])
    return _finished(reading, verbs, Things([], "or"), tail, start, negated=negated)
