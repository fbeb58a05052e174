"""How often, how many and for how much: what is said of a behaviour beside its object, and the leaves made of it."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from leo_activation.segments.plan import (
    Behaviour,
    Counted,
    CountRange,
    EventKind,
    Leaf,
    Occurrence,
    Operator,
    OrderContents,
    ProductFilter,
    Range,
    Window,
)
from leo_activation.segments.planners.cursor import Ask, Cursor, phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import (
    AFTER_VALUE,
    Compared,
    range_of,
    take_comparison,
    take_money,
    take_whole,
)
from leo_activation.segments.planners.english.dates import take_dates, take_length, take_window
from leo_activation.segments.planners.english.things import Things, take_details, take_things
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.told import Told

_IN_TOTAL = phrase_set(("in total", "total", "overall", "altogether", "all in all", "in all", "so far", "all told"))
_COUNT_WORDS = ("time", "times")
_ENDS = frozenset({"", ".", ",", ";", "?", "!", ")", "and", "or", "but", "who", "that", "in", "since"})
_AVERAGES = phrase_set(lexicon.AVERAGES)
_ONE_ORDER = phrase_set(lexicon.ONE_ORDER)
_TOGETHER = phrase_set(lexicon.TOGETHER)
_FIRST_TIME = phrase_set(("for the first time", "for the very first time", "the first time", "for their first time"))
_LAST_TIME = phrase_set(("for the last time", "the last time"))
_AT_ANY_TIME = phrase_set(("at any time", "at any point", "at all", "ever"))
_OR_NEVER = phrase_set(("or never", "or not at all", "or none", "or not"))


@dataclass
class Tail:
    """What was said of a behaviour beside its object.

    `value_at` is where a value stood that is neither clearly a sum nor clearly of one order; `counted_at` where a
    quantity stood, and of what; `orders` the number of orders that each hold what was said; `unless` a later window in
    which it did not happen.
    """

    window: Window | None = None
    compared: Compared | None = None
    counted: Counted = Counted.EVENTS
    value: Range | None = None
    value_at: tuple[int, int] | None = None
    average: Range | None = None
    occurrence: Occurrence = Occurrence.ANY
    occurred_at: tuple[int, int] = (0, 0)
    counted_at: tuple[int, int, str] = (0, 0, "")
    orders: int | None = None
    together: list[ProductFilter] = field(default_factory=list)
    other_windows: list[tuple[Window, int, int]] = field(default_factory=list)
    unless: tuple[Window, int, int] | None = None
    unless_anything: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether one event decides, whichever it is."""
        told = (self.compared, self.value, self.average, self.orders, self.unless)
        listed = self.together or self.other_windows
        return told == (None,) * 5 and not listed and self.occurrence is Occurrence.ANY


# --- quantities before the object -------------------------------------------------------------------------------------


def take_quantity(reading: Reading, tail: Tail) -> Things | None:
    """'at least 3 units of socks', 'more than 5 items', 'at least three different products from Luna'.

    Raises:
        Ask: the number has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.word == "from":
        return None
    cursor.take_words("a", "total", "of")
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is not None:
        found = _units(reading, tail, compared, start) or _different(reading, tail, compared, start)
        if found is not None:
            return found
    cursor.position = start
    found = _worth_of(reading, tail)
    if found is None:
        cursor.position = start
    return found


def _worth_of(reading: Reading, tail: Tail) -> Things | None:
    """'more than 100 EUR worth of socks'."""
    cursor = reading.cursor
    if not any(cursor.peek(n) == "worth" for n in range(2, 9)):
        return None
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None or not cursor.take_words("worth", "of"):
        return None
    tail.value = range_of(compared)
    return take_things(reading)


def _units(reading: Reading, tail: Tail, compared: Compared, start: int) -> Things | None:
    cursor = reading.cursor
    noun = cursor.take_one_of(*lexicon.PIECES)
    if noun is None:
        return None
    compared = _or_more(cursor, compared)
    paired = noun not in {"unit", "units"}
    if paired and compared.values == ("1",) and (compared.bare or compared.operator in {Operator.GE, Operator.EQ}):
        return None
    begun = cursor.position
    things: Things | None = None
    if cursor.take_one_of("of") is not None:
        things = take_things(reading)
        if things is None:
            cursor.position = begun
            if noun.startswith("pair"):
                return None
    elif noun.startswith("pair"):
        return None
    if things is None:
        things = Things("or", [(take_details(reading, Thing()), begun, cursor.position)], [])
    number = compared.values[0]
    what = cursor.written(begun, cursor.position).removeprefix("of ") or "anything"
    compared = _or_more(cursor, compared)
    if compared.bare:
        end = cursor.position
        take_tail(reading, Tail(), negated=False)
        rest = cursor.written(end, cursor.position)
        raise cursor.ask(
            start,
            Told.of("Exactly {number}, or at least?", number=number),
            (f"at least {number} units of {what} {rest}".strip(), f"exactly {number} units of {what} {rest}".strip()),
            end=end,
        )
    _set_count(cursor, tail, compared, Counted.UNITS, start, f"units of {what}")
    return things


def _or_more(cursor: Cursor, compared: Compared) -> Compared:
    """'3 items or more': the comparison after what was counted."""
    after = cursor.take(AFTER_VALUE) if compared.bare else None
    return compared if after is None else Compared(after, compared.values)


def _different(reading: Reading, tail: Tail, compared: Compared, start: int) -> Things | None:
    cursor = reading.cursor
    if cursor.take_one_of(*lexicon.DIFFERENT) is None:
        return None
    begun = cursor.position
    if cursor.take_one_of(*lexicon.GENERIC_NOUNS) is not None:
        named = cursor.position
        if cursor.take_one_of("of") is None or (things := take_things(reading)) is None:
            cursor.position = named
            things = Things("or", [(take_details(reading, Thing()), begun, cursor.position)], [])
    else:
        found = take_things(reading)
        if found is None:
            return None
        things = found
    compared = _or_more(cursor, compared)
    number = compared.values[0]
    if compared.bare:
        raise cursor.ask(
            start,
            Told.of("Exactly {number}, or at least?", number=number),
            (f"at least {number} different products", f"exactly {number} different products"),
        )
    _set_count(cursor, tail, compared, Counted.PRODUCTS, start, "different products")
    return things


def _set_count(cursor: Cursor, tail: Tail, compared: Compared, counted: Counted, start: int, what: str) -> None:
    tail.counted_at = (start, cursor.position, what)
    if compared.operator in {Operator.LE, Operator.LT} and cursor.take(_OR_NEVER) is not None:
        compared = Compared(Operator.BETWEEN, ("0", str(most_of(compared))))
    if most_of(compared) == 0:
        raise cursor.ask(start, Told.of("None at all? Then please say “did not”."), ("did not",))
    tail.compared, tail.counted = compared, counted


def _ask_about_none(cursor: Cursor, start: int, most: int, what: str) -> Ask:
    at_least_one = f"between 1 and {most} {what}" if most > 1 else f"exactly 1 {_singular(what)}"
    if most < 1:
        return cursor.ask(start, Told.of("Never? Then please say “did not”."), ("did not",))
    return cursor.ask(
        start,
        Told.of("Are customers who never did so meant as well?"),
        (at_least_one, f"between 0 and {most} {what}"),
    )


def _singular(what: str) -> str:
    return {"times": "time", "orders": "order"}.get(what, what)


def most_of(compared: Compared) -> int | None:
    """The greatest number that a comparison allows."""
    if compared.upper is not None:
        return int(compared.upper[1]) - (compared.upper[0] is Operator.LT)
    match compared.operator:
        case Operator.GT | Operator.GE:
            return None
        case Operator.LT:
            return int(compared.values[0]) - 1
        case _:
            return int(compared.values[-1])


def least_of(compared: Compared) -> int:
    """The smallest number that a comparison allows."""
    match compared.operator:
        case Operator.GT:
            return int(compared.values[0]) + 1
        case Operator.LT | Operator.LE:
            return 0
        case _:
            return int(compared.values[0])


# --- the tail ---------------------------------------------------------------------------------------------------------


def take_tail(reading: Reading, tail: Tail, *, negated: bool) -> None:
    """All that is said of a behaviour after its verb or its object, in any order."""
    cursor = reading.cursor
    while True:
        if tail.orders is None and _take_one_order(reading, tail):
            continue
        if tail.window is None and take_tail_window(reading, tail):
            continue
        if tail.window is None and negated and _take_since_then(cursor, tail):
            continue
        if tail.unless is None and _take_unless(reading, tail):
            continue
        if tail.window is not None and not negated and _take_other_window(cursor, tail):
            continue
        if tail.occurrence is Occurrence.ANY and _take_occurrence(cursor, tail):
            continue
        if tail.compared is None and (_take_orders(cursor, tail) or _take_count(cursor, tail)):
            continue
        if tail.compared is not None and take_in_total(cursor):
            continue
        if tail.average is None and _take_average(reading, tail):
            continue
        if tail.value is None and _take_value(reading, tail):
            continue
        if _take_together(reading, tail):
            continue
        if negated and cursor.word == "yet" and cursor.peek(1) in _ENDS:
            cursor.position += 1
            continue
        if cursor.take(_AT_ANY_TIME) is not None:
            continue
        return


def take_tail_window(reading: Reading, tail: Tail) -> bool:
    """A window of the behaviour."""
    start = reading.cursor.position
    tail.window = take_window(reading.cursor)
    if tail.window is not None:
        reading.windows[start] = reading.cursor.position
    return tail.window is not None


def _take_since_then(cursor: Cursor, tail: Tail) -> bool:
    """'not … for 90 days', 'not … in over 90 days': the window up to now."""
    start = cursor.position
    if cursor.take_one_of("for", "in"):
        cursor.take_words("more", "than") or cursor.take_words("at", "least") or cursor.take_one_of("over")
        tail.window = take_length(cursor)
    if tail.window is None:
        cursor.position = start
    return tail.window is not None


def _take_unless(reading: Reading, tail: Tail) -> bool:
    """'in the last 60 days but not in the last 30'."""
    cursor = reading.cursor
    start = cursor.position
    joint = cursor.take_one_of("but", "and", "except", "excluding")
    left_out = joint in {"except", "excluding"}
    word = joint if left_out else cursor.take_one_of("not", "nothing", "none") if joint is not None else None
    if word is None:
        cursor.position = start
        return False
    tail.unless_anything = word == "nothing"
    begun = cursor.position
    window = take_window(cursor)
    if window is None:
        cursor.position = start
        window = _shortened(cursor, tail.window, begun)
    if window is None or cursor.word in lexicon.SUBJECTS:
        cursor.position = start
        return False
    if left_out:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            Told.of("Does “{words}” leave out that time, or those who did so in it?", words=words),
            ("between 60 and 30 days ago", "and who did not … in the last 30 days"),
        )
    tail.unless = (window, begun, cursor.position)
    reading.windows[begun] = cursor.position
    return True


def _take_other_window(cursor: Cursor, tail: Tail) -> bool:
    """'today or yesterday', 'in January 2026 or in March 2026'."""
    start = cursor.position
    window = take_window(cursor) or take_dates(cursor) if cursor.take_one_of("or") else None
    if window is None:
        cursor.position = start
        return False
    tail.other_windows.append((window, start, cursor.position))
    return True


def _shortened(cursor: Cursor, window: Window | None, begun: int) -> Window | None:
    """'in the last 30', which takes its unit from the window before."""
    unit = getattr(window, "unit", None)
    cursor.position = begun
    cursor.take_one_of("in", "within", "over", "during")
    if not (cursor.take_words("the", "last") or cursor.take_words("the", "past")) or unit is None:
        return None
    number = take_whole(cursor)
    if number is None or window is None or window.kind != "last" or cursor.word not in _ENDS:
        return None
    return window.model_copy(update={"amount": int(number)}) if 1 <= int(number) < window.amount else None


def _take_occurrence(cursor: Cursor, tail: Tail) -> bool:
    start = cursor.position
    if cursor.take(_FIRST_TIME) is not None:
        tail.occurrence = Occurrence.FIRST
    elif cursor.take(_LAST_TIME) is not None:
        tail.occurrence = Occurrence.LAST
    else:
        return False
    tail.occurred_at = (start, cursor.position)
    return True


def _take_one_order(reading: Reading, tail: Tail) -> bool:
    """'in one order', 'in each of at least 2 orders'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_ONE_ORDER) is not None:
        tail.orders = 1
        return True
    if cursor.word == "together" and cursor.peek(1) in _ENDS and " and " in cursor.written(0, start):
        cursor.position += 1
        tail.orders = 1
        return True
    if cursor.take_words("in", "each", "of"):
        compared = take_comparison(cursor, lambda: take_whole(cursor), bare=False)
        if compared is not None and cursor.take_one_of("orders") and most_of(compared) is None:
            tail.orders = least_of(compared)
            return True
    cursor.position = start
    return False


def _take_orders(cursor: Cursor, tail: Tail) -> bool:
    """'in at least 2 orders', 'across 3 or more different orders'."""
    start = cursor.position
    if cursor.take_one_of("in", "across", "over", "with", "on") is None:
        return False
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    cursor.take_one_of("different", "separate", "distinct")
    if compared is None or cursor.take_one_of("order", "orders") is None:
        cursor.position = start
        return False
    if cursor.word == "worth":
        cursor.position = start
        return False
    number = compared.values[0]
    if compared.bare:
        raise cursor.ask(
            start,
            Told.of("In exactly {number}, or in at least?", number=number),
            (f"in at least {number} orders", f"in exactly {number} orders"),
        )
    _set_count(cursor, tail, compared, Counted.ORDERS, start, "orders")
    return True


def _take_count(cursor: Cursor, tail: Tail) -> bool:
    start = cursor.position
    cursor.take_one_of("on", "for")
    only = cursor.take_one_of("only", "just") is not None
    compared = take_comparison(cursor, lambda: _times(cursor))
    if compared is None:
        cursor.position = start
        return False
    if only and compared.bare:
        compared = Compared(Operator.EQ, compared.values)
    if not compared.bare and cursor.peek(-1) not in _COUNT_WORDS:
        cursor.take_one_of(*_COUNT_WORDS)
    tail.compared = count_of(cursor, start, compared)
    return True


def _times(cursor: Cursor) -> str | None:
    """A number of times: 'twice', '3 times', and a number whose 'times' closes the comparison ('3 or more times')."""
    start = cursor.position
    if cursor.word in lexicon.TIMES:
        cursor.position += 1
        return str(lexicon.TIMES[cursor.words[start]])
    number = take_whole(cursor)
    if number is not None and (cursor.take_one_of(*_COUNT_WORDS) or _times_follow(cursor)):
        return number
    cursor.position = start
    return None


def _times_follow(cursor: Cursor) -> bool:
    return cursor.word in {"and", "to", "-", "or", "+", "plus"} and any(
        cursor.peek(n) in _COUNT_WORDS for n in (1, 2, 3)
    )


def count_of(cursor: Cursor, start: int, compared: Compared | None, noun: str = "times") -> Compared | None:
    """The comparison, unless it leaves open what happens to those who never did it.

    Raises:
        Ask: it does, or it says 'never' with a number.
    """
    if compared is None:
        return None
    cursor.take_one_of(*_COUNT_WORDS)
    value = int(compared.values[0])
    if compared.bare and value == 0:
        raise cursor.ask(start, Told.of("Never? Then please say “did not”."), ("did not",))
    if compared.bare:
        times = f"{value} {noun if value > 1 else _singular(noun)}"
        raise cursor.ask(
            start, Told.of("Exactly {times}, or at least?", times=times), (f"at least {times}", f"exactly {times}")
        )
    if compared.operator in {Operator.LE, Operator.LT}:
        most = value if compared.operator is Operator.LE else value - 1
        if most >= 1 and cursor.take(_OR_NEVER) is not None:
            return Compared(Operator.BETWEEN, ("0", str(most)))
        raise _ask_about_none(cursor, start, most, noun)
    if most_of(compared) == 0:
        raise cursor.ask(start, Told.of("Never? Then please say “did not”."), ("did not",))
    if most_of(compared) is None and least_of(compared) == 0:
        raise cursor.ask(start, Told.of("At least 0 is everybody: how many are meant?"))
    greatest = most_of(compared)
    if greatest is not None and greatest < least_of(compared):
        raise cursor.ask(
            start,
            Told.of("No number is “{words}”: which range is meant?", words=cursor.written(start, cursor.position)),
        )
    return compared


def _take_average(reading: Reading, tail: Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of("with", "at", "and") is not None:
        cursor.take_one_of("an", "a", "the")
        if cursor.take(_AVERAGES) is not None:
            tail.average = average_range(reading, start)
            return tail.average is not None
    cursor.position = start
    return False


def average_range(reading: Reading, start: int) -> Range | None:
    """The amount that follows 'average order value'.

    Raises:
        Ask: exactly so much, or at least?
    """
    cursor = reading.cursor
    while cursor.take_one_of("is", "was", "of", "being", ":", "lies", "amounts", "to", "exceeds") is not None:
        if cursor.peek(-1) == "exceeds":
            amount = take_money(cursor, reading.catalogue)
            return None if amount is None else Range(more_than=amount)
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if compared is None:
        return None
    if compared.bare:
        amount = compared.values[0]
        raise cursor.ask(
            start,
            Told.of("Exactly {amount}, or at least?", amount=amount),
            (f"at least {amount}", f"more than {amount}"),
        )
    return range_of(compared)


def take_in_total(cursor: Cursor) -> bool:
    """'in total', 'altogether'."""
    return cursor.take(_IN_TOTAL) is not None


def _take_value(reading: Reading, tail: Tail) -> bool:
    """'for at least 100 EUR in total', 'spending over 100 EUR'."""
    cursor = reading.cursor
    start = cursor.position
    spending = cursor.take_one_of("spending", "worth", "for", "totalling", "totaling") or cursor.take_words(
        "with", "a", "value", "of"
    )
    if not spending:
        return False
    total = cursor.take_words("a", "total", "of")
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None:
        cursor.position = start
        return False
    total = take_in_total(cursor) or total
    if not total and cursor.words[start] in {"for", "worth"}:
        tail.value_at = (start, cursor.position)
    tail.value = range_of(compared)
    return True


def _take_together(reading: Reading, tail: Tail) -> bool:
    """'together with shoes', said of one order."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("and")
    if cursor.take(_TOGETHER) is None:
        cursor.position = start
        return False
    spoken = list(reading.last_thing)
    things = take_things(reading)
    reading.last_thing[:] = spoken
    filters = [] if things is None else [thing.product_filter() for thing, _, _ in things.wanted]
    if things is None or things.denied or None in filters or (things.operator == "or" and len(filters) > 1):
        raise cursor.ask(start, Told.of("Together with what, in one order?"), ("together with … in one order",))
    tail.together.extend(wanted for wanted in filters if wanted is not None)
    return True


# --- leaves -----------------------------------------------------------------------------------------------------------


def leaf_of(reading: Reading, event: str, thing: Thing, tail: Tail, start: int) -> Leaf:
    """The leaf of one thing.

    Raises:
        Ask: what was said together cannot be asked of it.
    """
    cursor = reading.cursor
    try:
        if tail.orders is not None or tail.together:
            return _order(reading, event, thing, tail, start)
        return _behaviour(reading, event, thing, tail)
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise cursor.ask(start, Told.of("This cannot be asked: {problem}", problem=problem)) from None


def _behaviour(reading: Reading, event: str, thing: Thing, tail: Tail) -> Behaviour:
    cursor = reading.cursor
    if tail.value_at is not None:
        begun, end = tail.value_at
        words = cursor.written(begun, end)
        raise cursor.ask(
            begun,
            Told.of("Is “{words}” the price of one product, or the sum of all of them?", words=words),
            ("priced more than an amount", "for more than an amount in total"),
            end=end,
        )
    if tail.occurrence is not Occurrence.ANY:
        begun, end = tail.occurred_at
        if tail.window is None and tail.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
            raise cursor.ask(
                begun, Told.of("When was that?"), ("in the last 30 days", "more than 90 days ago"), end=end
            )
    least, most = 1, None
    if tail.compared is not None:
        least, most = least_of(tail.compared), most_of(tail.compared)
        if most is not None and tail.compared.operator in {Operator.LE, Operator.LT}:
            begun, _, what = tail.counted_at
            raise _ask_about_none(cursor, begun, most, what)
    counted = Counted.EVENTS if (least, most) == (1, None) else tail.counted
    return Behaviour(
        event=event,
        product=thing.product_filter(),
        min_count=least,
        max_count=most,
        counted=counted,
        value=tail.value,
        average_order=tail.average,
        occurrence=tail.occurrence,
        window=tail.window,
    )


def _order(reading: Reading, event: str, thing: Thing, tail: Tail, start: int) -> OrderContents:
    cursor = reading.cursor
    counts_pieces = tail.compared is None or tail.counted is Counted.UNITS
    if event != EventKind.PURCHASE or not counts_pieces or tail.average or tail.occurrence is not Occurrence.ANY:
        raise cursor.ask(
            start,
            Told.of("Of one order, pieces, their value and what else was in it can be asked: what is meant?"),
            ("at least 3 units of … in one order", "at least 2 orders worth more than an amount"),
        )
    units = None
    if tail.compared is not None:
        least = least_of(tail.compared)
        units = CountRange(at_least=least or None, at_most=most_of(tail.compared))
    return OrderContents(
        product=thing.product_filter(),
        units=units,
        value=tail.value,
        together_with=tuple(tail.together),
        min_orders=tail.orders or 1,
        window=tail.window,
    )


def leaves_of(reading: Reading, event: str, things: Things | None, tail: Tail, start: int) -> Meant:
    """The condition of a verb and its objects, with what was said of them.

    Raises:
        Ask: a number or sum may be of each object or of all together.
    """
    cursor = reading.cursor
    end = cursor.position
    wanted = things.wanted if things is not None else [(Thing(), start, end)]
    operator = things.operator if things is not None else "or"
    if tail.orders is not None and operator == "and" and len(wanted) > 1:
        tail.together.extend(f for thing, _, _ in wanted[1:] if (f := thing.product_filter()) is not None)
        wanted = wanted[:1]
    excluded = things.denied if things is not None else []
    if not tail.is_plain and (len(wanted) > 1 or excluded):
        listed = cursor.written(wanted[0][1], (excluded or wanted)[-1][2])
        raise cursor.ask(
            wanted[0][1],
            Told.of("Is that said of each of “{listed}”, or of all together?", listed=listed),
            ("a condition of its own for each", f"“{listed}” as alternatives of one kind"),
            end=(excluded or wanted)[-1][2],
        )
    parts: list[Meant] = [Said(leaf_of(reading, event, thing, tail, start), start, end) for thing, _, _ in wanted]
    meant = joined(operator, parts)
    others: list[Meant] = [denied(Said(leaf_of(reading, event, thing, tail, start), a, b)) for thing, a, b in excluded]
    if tail.other_windows:
        meant = joined("or", [meant, *_in_other_windows(reading, event, wanted[0][0], tail, start)])
    if tail.unless is not None:
        others.append(_not_within(reading, event, Thing() if tail.unless_anything else wanted[0][0], tail, start))
    return joined("and", [meant, *others])


def _in_other_windows(reading: Reading, event: str, thing: Thing, tail: Tail, start: int) -> list[Meant]:
    begun, end = tail.other_windows[0][1:]
    told = (tail.compared, tail.value, tail.average, tail.orders, tail.unless)
    if told != (None,) * 5 or tail.together or tail.occurrence is not Occurrence.ANY:
        words = reading.cursor.written(begun, end)
        raise reading.cursor.ask(
            begun,
            Told.of("What happened “{words}”, and how often?", words=words),
            ("a condition for each time",),
            end=end,
        )
    return [
        Said(leaf_of(reading, event, thing, Tail(window=window), start), a, b) for window, a, b in tail.other_windows
    ]


def _not_within(reading: Reading, event: str, thing: Thing, tail: Tail, start: int) -> Meant:
    window, begun, end = tail.unless or (None, 0, 0)
    told = (tail.compared, tail.value, tail.average, tail.orders)
    if told != (None,) * 4 or tail.occurrence is not Occurrence.ANY:
        words = reading.cursor.written(begun, end)
        raise reading.cursor.ask(
            begun, Told.of("What did not happen “{words}”?", words=words), (f"who did not … {words}",), end=end
        )
    return denied(Said(leaf_of(reading, event, thing, Tail(window=window), start), begun, end))
