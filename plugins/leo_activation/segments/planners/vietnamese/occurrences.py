"""First and last times: 'lần mua đầu tiên là tất', 'lần mua giày cuối cùng cách đây hơn 90 ngày'."""

from leo_activation.segments.plan import EventKind, Occurrence
from leo_activation.segments.planners.said import Meant, denied
from leo_activation.segments.planners.vietnamese.events import take_event
from leo_activation.segments.planners.vietnamese.measures import FIRST, LAST, Tail, behaviours, take_tail_window_of
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_things

_FIRST_ADJECTIVES = ("đầu tiên", "đầu", "thứ nhất")
_LAST_ADJECTIVES = ("cuối cùng", "cuối", "gần nhất", "gần đây nhất", "sau cùng", "mới nhất")


def take_occurrence(reading: Reading, negated: bool) -> Meant | None:
    """'lần mua đầu tiên là tất', 'lần mua giày cuối cùng cách đây hơn 90 ngày', 'lần cuối mua hàng trước …'.

    Raises:
        Ask: it is open when that was, or several things are named.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.has("có")
    cursor.has("những", "các")
    if cursor.has(*FIRST):
        occurrence: Occurrence | None = Occurrence.FIRST
    elif cursor.has(*LAST):
        occurrence = Occurrence.LAST
    elif cursor.has("lần", "đơn hàng", "sản phẩm"):
        occurrence = None
    else:
        return None
    noun = None if occurrence else "đơn hàng" if cursor.before("hàng") and cursor.sees("đầu", "cuối", "gần") else "lần"
    cursor.has("họ", "khách")
    event = EventKind.PURCHASE if noun == "đơn hàng" else take_event(reading)
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
    tail = Tail(occurrence=occurrence)
    take_tail_window_of(reading, tail)
    copula = cursor.has("là") is not None
    if copula and tail.window is None and not things.wanted:
        take_tail_window_of(reading, tail)
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
        take_tail_window_of(reading, tail)
    if len(things.wanted) > 1:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: một lần mua, hay nhiều lần?")
    if tail.window is None and tail.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"“{words}” là khi nào?", (f"{words} trong 30 ngày qua", f"{words} cách đây hơn 90 ngày")
        )
    meant = behaviours(reading, event, things, tail, start)
    return denied(meant) if negated else meant
