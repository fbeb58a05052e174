"""What one order holds: 'an order worth more than 100 EUR', 'at least 2 orders with more than 3 items'."""

from leo_activation.segments.plan import CountRange, OrderContents, Range
from leo_activation.segments.planners.cursor import Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import Compared, range_of, take_comparison, take_money, take_whole
from leo_activation.segments.planners.english.dates import speaks_of_time
from leo_activation.segments.planners.english.measures import (
    Tail,
    average_range,
    leaf_of,
    least_of,
    leaves_of,
    most_of,
    take_tail,
)
from leo_activation.segments.planners.english.things import Things, take_things
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Meant, Said, denied
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told

_MAKE_VERBS = phrase_set(lexicon.MAKE_VERBS)
_AVERAGES = phrase_set(lexicon.AVERAGES)
_ORDERS = ("order", "orders", "transaction", "transactions")
_PRICE_WORDS = frozenset({"priced", "cost", "costs", "costing", "price", "prices", "cheaper", "expensive", "dearer"})
_COMPARATORS = phrases(lexicon.COMPARATORS)
_ONE = ("a", "an", "one", "any", "some", "single")
_WORTH = phrase_set(
    ("worth", "of", "for", "totalling", "totaling", "valued at", "with a value of", "with a total of", "with a value"),
    ("with a total", "that cost", "costing", "amounting to", "in the amount of", "whose value is", "whose total is"),
)
_HOLDING = ("with", "of", "containing", "including", "for", "holding")


def take_orders(reading: Reading, negated: bool) -> Meant | None:
    """'placed at least 2 orders worth more than 100 EUR', 'with an order of more than 3 items'.

    Raises:
        Ask: an amount is meant exactly or at least, or of a price or an order.
    """
    cursor = reading.cursor
    start = cursor.position
    without = cursor.take_one_of("without", "lacking") is not None
    if not without and cursor.take(_MAKE_VERBS) is None and cursor.peek(-1) not in {"have", "has", "had"}:
        return None
    no = cursor.take_one_of("no") is not None
    count: Compared | None = None
    one = "a" if cursor.take_words("a", "single") else cursor.take_one_of(*_ONE)
    if one is None:
        count = take_comparison(cursor, lambda: take_whole(cursor))
    noun = cursor.take_one_of(*_ORDERS)
    if noun is None:
        return None
    things = None
    units = _held(reading)
    before = cursor.position
    if units is None and cursor.take_one_of(*_HOLDING):
        things = None if _is_amount(cursor) else take_things(reading)
        _ask_about_price(reading, things, before)
    if things is None:
        cursor.position = before
    value = None if units is not None else _worth(reading)
    if units is None and value is None:
        return None
    if things is not None and (len(things.wanted) > 1 or things.denied):
        raise cursor.ask(start, Told.of("Of which of these is the order's value meant?"), ("an order of … worth …",))
    if count is not None and (count.bare or most_of(count) is not None):
        number = count.values[0]
        raise cursor.ask(
            start, Told.of("At least how many such orders?"), (f"at least {number} orders worth more than an amount",)
        )
    tail = Tail(value=value, orders=1 if count is None else least_of(count))
    wanted = Thing() if things is None else things.wanted[0][0]
    if units is not None:
        tail.compared, wanted = units
    take_tail(reading, tail, negated=negated or no or without)
    if tail.unless is not None or tail.other_windows:
        _, begun, end = tail.unless or tail.other_windows[0]
        words = cursor.written(begun, end)
        raise cursor.ask(
            begun,
            Told.of("What happened “{words}”, or did not?", words=words),
            ("and who … in a time of its own",),
            end=end,
        )
    leaf = leaf_of(reading, "purchase", wanted, tail, start) if units is None else _of_units(tail, wanted)
    meant: Meant = Said(leaf, start, cursor.position)
    return denied(meant) if (negated, no or without).count(True) == 1 else meant


def _of_units(tail: Tail, wanted: Thing) -> OrderContents:
    compared = tail.compared
    bounds = {} if compared is None else {"at_least": least_of(compared) or None, "at_most": most_of(compared)}
    return OrderContents(
        product=wanted.product_filter(),
        units=CountRange.model_validate(bounds),
        value=tail.value,
        min_orders=tail.orders or 1,
        window=tail.window,
    )


def _held(reading: Reading) -> tuple[Compared, Thing] | None:
    """'with at least 3 items', 'of more than 5 units of socks'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of(*_HOLDING) is not None:
        compared = take_comparison(cursor, lambda: take_whole(cursor), bare=False)
        if compared is not None and cursor.take_one_of("unit", "units", "piece", "pieces", "item", "items"):
            before = cursor.position
            things = take_things(reading) if cursor.take_one_of("of") else None
            if things is None:
                cursor.position = before
                return compared, Thing()
            if len(things.wanted) == 1 and not things.denied:
                return compared, things.wanted[0][0]
    cursor.position = start
    return None


def _ask_about_price(reading: Reading, things: Things | None, start: int) -> None:
    """'an order of socks over 100 EUR': the price of the socks, or what the order was worth?"""
    cursor = reading.cursor
    words = set(cursor.words[start : cursor.position])
    if things is not None and any(thing.price for thing, _, _ in things.wanted) and not words & _PRICE_WORDS:
        words_said = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            Told.of(
                "Is the amount in “{words}” the price of one product, or what the order was worth?",
                words=words_said,
            ),
            ("… priced over an amount", "… worth more than an amount"),
        )


def _is_amount(cursor: Cursor) -> bool:
    """Whether a number or a comparison stands here, and no thing."""
    return cursor.is_kind(TokenKind.NUMBER) or cursor.stands(_COMPARATORS)


def _worth(reading: Reading) -> Range | None:
    """'worth more than 100 EUR', 'over 100 EUR'; without the currency an amount after 'over' may count orders."""
    cursor = reading.cursor
    start = cursor.position
    if speaks_of_time(cursor):
        return None
    worth = cursor.take(_WORTH)
    before = cursor.position
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    named = any(token.word in lexicon.CURRENCIES for token in cursor.tokens[before : cursor.position])
    plain = worth in {None, "of", "for"}
    if compared is None or (plain and not named):
        cursor.position = start
        return None
    if compared.bare:
        amount = cursor.written(before, cursor.position)
        raise cursor.ask(start, Told.of("Exactly {amount}, or at least?", amount=amount), (f"worth at least {amount}",))
    return range_of(compared)


def take_average(reading: Reading, negated: bool) -> Meant | None:
    """'whose average order value is above 50 EUR', 'with an average basket over 50 EUR in the last year'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("whose", "with", "have", "has", "had", "having")
    cursor.take_one_of("an", "a", "the", "their")
    if cursor.take(_AVERAGES) is None:
        return None
    tail = Tail()
    things = None
    tail.average = average_range(reading, start)
    if tail.average is None:
        return None
    if things is None and cursor.word in {"on", "for"}:
        cursor.position += 1
        things = take_things(reading)
        if things is None:
            cursor.position -= 1
    take_tail(reading, tail, negated=negated)
    meant = leaves_of(reading, "purchase", things, tail, start)
    return denied(meant) if negated else meant
