"""One thing and afterwards another: 'added socks to the cart and afterwards bought shoes within 7 days'."""

from dataclasses import dataclass

from pydantic import ValidationError

from leo_activation.segments.plan import Behaviour, EventKind, Length, ProductFilter, Sequence, Step, TimeUnit, Window
from leo_activation.segments.planners.cursor import Ask, Cursor, phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.dates import take_span, take_window
from leo_activation.segments.planners.english.events import (
    CART_PLACES,
    CART_VERBS,
    EVENT_NOUNS,
    VERBS,
    take_other_event,
)
from leo_activation.segments.planners.english.measures import Tail, take_tail
from leo_activation.segments.planners.english.things import take_things
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Meant, Said, denied
from leo_activation.told import Told

_AFTERWARDS = phrase_set(lexicon.AFTERWARDS)
_THEN = phrase_set(("then", *(word for word in lexicon.AFTERWARDS if not word.startswith("since") and word != "after")))
_AT_MOST = phrase_set(("no more than", "not more than", "at most", "up to", "less than", "no later than"))
_SAME = phrase_set(lexicon.SAME_PRODUCT)
_ABANDONED = phrase_set(lexicon.ABANDONED)
_ABANDONED_CARTS = phrase_set(lexicon.ABANDONED_CARTS)
_ABANDONERS = phrase_set(lexicon.CART_ABANDONERS)
_HELPERS = frozenset({"have", "has", "had", "did", "do", "does", "also", "not", "never", "they", "he", "she"})
_POINTING = frozenset({"it", "them", "that", "those", "this", "these"})
_COUNTABLE = frozenset({TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK})
_ENDS = frozenset({"", ".", ",", ";", "?", "!", ")", "and", "or", "but"})
_FORMS: dict[str, tuple[str, str]] = {
    EventKind.PURCHASE: ("bought", "buy"),
    EventKind.VIEW: ("viewed", "view"),
    EventKind.RETURN: ("returned", "return"),
}
"""What was done, and what follows 'did not', of events that a pronoun may follow."""
_FOLLOWS = frozenset({*(word.split(" ")[0] for word in lexicon.AFTERWARDS), "within"})


@dataclass
class _Second:
    """What happened, or did not, afterwards; `named` where its object was said."""

    event: str
    product: ProductFilter | None = None
    same: bool = False
    not_: bool = False
    named: bool = False
    elided: bool = False


def followed(reading: Reading, found: Meant, begun: int, *, negated: bool) -> Meant:
    """The statement that was read from token `begun`, or the sequence that it begins or ends.

    Raises:
        Ask: a part of the sequence has two readings, or cannot be asked within one.
    """
    cursor = reading.cursor
    start = cursor.position
    first = _plain(found)
    for rule in (_then, _done_later, _after, _before):
        meant = rule(reading, first, begun, negated)
        if meant is not None:
            return meant
        cursor.position = start
    return found


def _plain(found: Meant) -> Behaviour | None:
    """The behaviour that may be the first step."""
    leaf = found.leaf if isinstance(found, Said) else None
    return leaf if isinstance(leaf, Behaviour) and leaf.is_existence else None


def _then(reading: Reading, first: Behaviour | None, begun: int, negated: bool) -> Meant | None:
    """'… and afterwards bought shoes within 7 days', '… then did not buy it'."""
    cursor = reading.cursor
    at = cursor.position
    cursor.take_one_of(",")
    cursor.take_one_of("and", "but", "who")
    cursor.take_one_of("who", "that")
    not_ = cursor.take_one_of("not", "never") is not None
    within = _take_within(cursor) if cursor.word in {"within", "in"} else None
    if cursor.take_words("followed", "by") is False and cursor.take(_THEN) is None and within is None:
        return None
    cursor.take_one_of(",")
    within = within or (_take_within(cursor) if cursor.word in {"within", "in"} else None)
    second = _second(reading, first, at, elided=True)
    if second is None:
        return None
    second.not_ = second.not_ or not_
    if second.elided and "or" in cursor.words[begun:at]:
        raise cursor.ask(
            begun,
            Told.of("“And” and “or” can be read in two ways here: what follows what?"),
            ("(… or …) and afterwards bought …",),
        )
    return _sequence(reading, first, second, begun, at, within, negated=negated)


def _done_later(reading: Reading, first: Behaviour | None, begun: int, negated: bool) -> Meant | None:
    """'… and bought shoes afterwards', '… but has not bought any since', '… without buying shoes afterwards'."""
    cursor = reading.cursor
    at = cursor.position
    cursor.take_one_of(",")
    without = cursor.take_one_of("without") is not None
    if not without and cursor.take_one_of("and", "but", "yet") is None:
        return None
    fresh = cursor.take_one_of("who", "that") is not None
    spoken = list(reading.last_thing)
    second = _second(reading, first, at, elided=False, quiet=True)
    if second is None:
        return None
    second.not_ = second.not_ != without
    here = cursor.position
    within = _take_within(cursor) if cursor.word in {"within", "in"} else None
    following = bool({"next", "following"} & set(cursor.words[here : cursor.position]))
    later = cursor.take(_AFTERWARDS) is not None and (cursor.peek(-1) not in {"since", "after"} or cursor.word in _ENDS)
    later = later or following
    abandoned = _is_abandoned(first, second) and not later
    if within is not None and not later:
        later = cursor.take_words("of", "that") or cursor.take_words("after", "that")
    if not later and not (abandoned and (within is None or cursor.word in _ENDS)):
        reading.last_thing[:] = spoken
        carted = first is not None and first.event == EventKind.ADD_TO_CART and not fresh
        if carted and second.event == "checkout" and second.not_ and _window_after(cursor) is None:
            raise cursor.ask(
                at,
                Told.of("Never at all, or not afterwards?"),
                ('and afterwards did not do "checkout"', 'and who did not do "checkout"'),
            )
        _ask_about_it(cursor, first, second, at)
        return None
    if abandoned and "never" in cursor.words[at : cursor.position]:
        raise cursor.ask(
            at,
            Told.of("Never bought at all, or not after it was put into the cart?"),
            ("and afterwards did not buy the same product", "and who did not buy …"),
        )
    if not second.named:
        raise _ask_about_bought(cursor, at) if abandoned else _ask_about_object(cursor, at)
    return _sequence(reading, first, second, begun, at, within, negated=negated)


def _ask_about_it(cursor: Cursor, first: Behaviour | None, second: _Second, at: int) -> None:
    """'viewed something but never bought it': 'it' is no kind of product that was named.

    Raises:
        Ask: it is what was done before, so the same product may be meant.
    """
    forms = _FORMS.get(second.event)
    if not second.same or forms is None or first is None or first.event not in {*EventKind}:
        return
    if first.product is None and cursor.peek(-1) in _POINTING:
        did = f"did not {forms[1]}" if second.not_ else forms[0]
        before = cursor.written(0, at)
        readings = (f"{before} and afterwards {did} the same product", f"{before} and who {did} anything")
        raise cursor.ask(at, Told.of("The same product, or any?"), readings)


def _ask_about_bought(cursor: Cursor, at: int) -> Exception:
    """'added items to the cart but did not buy': anything, the same, afterwards or ever?"""
    before, after = cursor.written(0, at), cursor.written(cursor.position, len(cursor.tokens))
    joint = "" if not after or after[0] in ".,:;?!)" else " "
    return cursor.ask(
        at,
        Told.of("What did they not buy, and when?"),
        tuple(
            f"{before} {did_not}{joint}{after}"
            for did_not in (
                "and afterwards did not buy the same product",
                "and afterwards did not buy anything",
                "and who never bought anything",
            )
        ),
    )


def _is_abandoned(first: Behaviour | None, second: _Second) -> bool:
    """'added socks to the cart but did not buy them'."""
    bought = second.event == EventKind.PURCHASE and second.not_ and (second.same or not second.named)
    return bought and first is not None and first.event == EventKind.ADD_TO_CART


def _after(reading: Reading, first: Behaviour | None, begun: int, negated: bool) -> Meant | None:
    """'bought shoes after viewing socks', 'bought shoes within 7 days of viewing socks'."""
    cursor = reading.cursor
    at = cursor.position
    within = _take_within(cursor)
    if cursor.take_one_of("after", "of") is None or (within is None and cursor.peek(-1) == "of"):
        return None
    cursor.take_one_of("having", "they", "first")
    second = _second(reading, first, at, elided=False)
    if second is None or second.not_:
        return None
    if negated:
        raise cursor.ask(
            at,
            Told.of("Did they do the one and afterwards not the other, or never both in this order?"),
            ("who … and afterwards did not …", "not (who … and afterwards …)"),
        )
    if first is None or first.window is not None or not second.named:
        raise _ask_about_steps(cursor, at)
    if first.product is None and not _object_named(cursor, begun, at):
        raise _ask_about_object(cursor, at)
    opening = Behaviour(event=second.event, product=second.product)
    closing = _Second(first.event, first.product, same=second.same, named=True)
    return _sequence(reading, opening, closing, begun, at, within, negated=False)


def _before(reading: Reading, first: Behaviour | None, begun: int, negated: bool) -> Meant | None:
    """'viewed socks before buying shoes'."""
    cursor = reading.cursor
    at = cursor.position
    within = _take_within(cursor)
    if cursor.take_one_of("before") is None:
        return None
    cursor.take_one_of("they")
    second = _second(reading, first, at, elided=False)
    if second is None or second.not_:
        return None
    if negated or first is None:
        raise _ask_about_steps(cursor, at)
    return _sequence(reading, first, second, begun, at, within, negated=False)


def _second(reading: Reading, first: Behaviour | None, at: int, *, elided: bool, quiet: bool = False) -> _Second | None:
    """A verb with its object; `elided`: the verb may be that of the first step; `quiet`: nothing is asked."""
    cursor = reading.cursor
    helped = not_ = False
    while cursor.word in _HELPERS:
        helped, not_ = True, not_ or cursor.word in {"not", "never"}
        cursor.position += 1
    if (other := take_other_event(reading)) is not None:
        return _Second(other, not_=not_, named=True)
    start = cursor.position
    if cursor.take(CART_VERBS) is not None:
        second = _with_object(reading, _Second(EventKind.ADD_TO_CART, not_=not_), first, at, quiet=quiet)
        if second is not None and cursor.take(CART_PLACES) is not None:
            return second
        cursor.position = start
    event = cursor.take(VERBS)
    if event is None and not helped and (noun := _noun(cursor)) is not None:
        event, none = noun
        not_ = not_ or none
        if cursor.take_one_of("of", "for") is None:
            return _Second(event, not_=not_, named=True)
    elif event is None and elided and not helped and first is not None and first.event != EventKind.ADD_TO_CART:
        second = _with_object(reading, _Second(first.event, elided=True), first, at, quiet=quiet)
        return second if second is not None and second.named and not second.not_ else None
    if event is None:
        return None
    return _with_object(reading, _Second(event, not_=not_), first, at, quiet=quiet)


def _noun(cursor: Cursor) -> tuple[EventKind, bool] | None:
    """'no purchase', 'made a return'."""
    cursor.take_one_of("made", "make", "placed", "place", "had")
    none = cursor.take_one_of("no", "without") is not None
    if not none and cursor.take_one_of("a", "an", "another") is None:
        return None
    cursor.take_one_of("a", "any", "further")
    event = cursor.take(EVENT_NOUNS)
    return None if event is None else (event, none)


def _with_object(reading: Reading, second: _Second, first: Behaviour | None, at: int, *, quiet: bool) -> _Second | None:
    cursor = reading.cursor
    if cursor.take(_SAME) is not None:
        second.same = second.named = True
        before = cursor.position
        among = take_things(reading) if cursor.take_one_of("among") else None
        if among is None:
            cursor.position = before
        else:
            second.product = _one_filter(reading, among.wanted, at)
        return second
    pointing = cursor.word in _POINTING
    start = cursor.position
    if pointing and first is not None and cursor.peek(1) not in {*lexicon.GENERIC_NOUNS}:
        return _pointed(reading, second, first, at, quiet=quiet)
    things = take_things(reading)
    if things is None:
        cursor.position = start
        nothing = cursor.take_words("nothing")
        second.not_, second.named = second.not_ or nothing, nothing
        return second
    if things.denied or (things.operator == "and" and len(things.wanted) > 1):
        if quiet:
            return None
        raise _ask_about_steps(cursor, at)
    second.product, second.named = _one_filter(reading, things.wanted, at), True
    return second


def _pointed(reading: Reading, second: _Second, first: Behaviour, at: int, *, quiet: bool) -> _Second | None:
    """'it', 'them': the same product where one is spoken of, and else a question."""
    cursor = reading.cursor
    cursor.position += 1
    second.named = True
    in_cart = first.event == EventKind.ADD_TO_CART and second.event == EventKind.PURCHASE
    if first.product is None:
        second.same = True
        return second
    follows = cursor.word in _FOLLOWS
    if in_cart and (follows or not quiet):
        second.same = True
        return second
    only = first.product.names
    if len(only) == 1 and first.product == ProductFilter(names=only):
        second.product = first.product
        return second
    if quiet and not follows:
        return None
    raise cursor.ask(
        at,
        Told.of(
            "Is “{words}” the very same product, or any of that kind?",
            words=cursor.written(cursor.position - 1, cursor.position),
        ),
        ("the same product", *((f"any {first.product.categories[0]}",) if first.product.categories else ())),
    )


def _one_filter(reading: Reading, wanted: list[tuple[Thing, int, int]], at: int) -> ProductFilter | None:
    if len(wanted) > 1:
        raise _ask_about_steps(reading.cursor, at)
    return wanted[0][0].product_filter()


def _sequence(
    reading: Reading,
    first: Behaviour | None,
    second: _Second,
    begun: int,
    at: int,
    within: Length | None,
    *,
    negated: bool,
) -> Meant:
    cursor = reading.cursor
    abandoned = _is_abandoned(first, second)
    if first is None or negated:
        raise _ask_about_steps(cursor, at)
    about_product = first.product is not None or first.event not in lexicon.EVENT_VERBS
    if (not second.named and not abandoned) or not (about_product or _object_named(cursor, begun, at)):
        raise _ask_about_object(cursor, at)
    if _continues_a_list(reading, begun):
        raise _ask_about_steps(cursor, at)
    if within is None and cursor.word in {"within", "in"}:
        within = _take_within(cursor)
        cursor.take(_AFTERWARDS) if within is not None else None
    if within is not None and within.unit not in _COUNTABLE:
        raise cursor.ask(
            at,
            Told.of("Between two events hours, days or weeks are counted: how many?"),
            ("within 30 days", "within 4 weeks"),
        )
    end = cursor.position
    if _window_after(cursor) is not None:
        words = cursor.written(end, cursor.position)
        raise cursor.ask(
            end,
            Told.of("Does “{words}” apply to the first event, or to the one that followed?", words=words),
            (f"who … {words} and afterwards …", "within 7 days"),
        )
    _ask_about_more(reading)
    same = second.same or (abandoned and not second.named)
    try:
        leaf = Sequence(
            first=Step(event=first.event, product=first.product),
            then=Step(event=second.event, product=second.product),
            then_not=second.not_,
            same_product=same,
            within=within,
            window=first.window,
        )
    except ValidationError:
        raise cursor.ask(at, Told.of("Only events about products are of the same product: what is meant?")) from None
    return Said(leaf, begun, cursor.position)


def _has_own_window(reading: Reading) -> bool:
    """Whether the objects that stand here are followed by a window, which makes a statement of its own of them."""
    cursor = reading.cursor
    spoken, windows = list(reading.last_thing), dict(reading.windows)
    tail = Tail()
    try:
        take_tail(reading, tail, negated=False)
        take_things(reading)
        cursor.take(CART_PLACES)
        take_tail(reading, tail, negated=False)
    except Ask:
        return False
    finally:
        reading.last_thing[:] = spoken
        reading.windows.clear()
        reading.windows.update(windows)
    return tail.window is not None


def _ask_about_more(reading: Reading) -> None:
    """'… and afterwards bought socks or viewed shoes': does the last one follow as well?

    Raises:
        Ask: another verb goes on without a 'who' or a window of its own.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of(",")
    operator = cursor.take_one_of("and", "or", "but")
    if operator is not None:
        clause_at = cursor.position
        while cursor.word in _HELPERS:
            cursor.position += 1
        begun = cursor.position
        goes_on = cursor.take(VERBS) is not None or cursor.take(CART_VERBS) is not None
        end = cursor.position
        if goes_on and not _has_own_window(reading):
            clause = cursor.written(clause_at, cursor.position)
            raise cursor.ask(
                start,
                Told.of(
                    "Does “{words}” follow as well, or is it a condition of its own?", words=cursor.written(begun, end)
                ),
                (f"{cursor.written(0, start)} {operator} who {clause}",),
            )
    cursor.position = start


def _continues_a_list(reading: Reading, begun: int) -> bool:
    """'viewed socks, added them to the cart and then …': another statement stands before, and may be a step as well."""
    cursor, end = reading.cursor, reading.spoken.behaviour_end
    between = cursor.words[end:begun] if end >= 0 else ["."]
    closed = {"and", "but"} & {*between} and end in reading.windows.values() and not _POINTING & {*cursor.words[begun:]}
    return not closed and set(between) <= {",", "and", "or", "but", "also", "have", "has", "had"}


def _window_after(cursor: Cursor) -> Window | None:
    start = cursor.position
    window = take_window(cursor)
    if window is None:
        cursor.position = start
    return window


def _take_within(cursor: Cursor) -> Length | None:
    """'within 7 days', 'in the 7 days after'."""
    start = cursor.position
    if cursor.take_one_of("within") is not None or cursor.take(_AT_MOST) is not None:
        cursor.take_one_of("the")
        cursor.take_one_of("next", "following", "first")
        span = take_span(cursor)
        if span is not None:
            return span
    cursor.position = start
    return None


def _object_named(cursor: Cursor, begun: int, at: int) -> bool:
    """Whether the words of a statement say 'anything', or a purchase as a noun."""
    words = " ".join(cursor.words[begun:at])
    return any(word in words for word in (*lexicon.ANYTHING, "purchase", "order"))


def _ask_about_steps(cursor: Cursor, at: int) -> Exception:
    return cursor.ask(
        at,
        Told.of("What follows what? A sequence is of one event and another one after it, without counts."),
        ("who … in a window of time and afterwards …", "who … and afterwards did not … within 7 days"),
    )


def _ask_about_object(cursor: Cursor, at: int) -> Exception:
    return cursor.ask(
        at, Told.of("The same product, or any?"), ("and afterwards … the same product", "and afterwards … anything")
    )


# --- abandoned carts --------------------------------------------------------------------------------------------------


def take_abandoned(reading: Reading, negated: bool) -> Meant | None:
    """'abandoned their cart', 'abandoned a cart with shoes in the last 7 days', 'with an abandoned cart'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_ABANDONED) is None:
        cursor.take_one_of("with", "have", "has", "had", "having", "who")
        if cursor.take(_ABANDONED_CARTS) is None:
            return None
    meant = abandoned_cart(reading, start)
    return denied(meant) if negated else meant


def take_abandoners(reading: Reading) -> Meant | None:
    """'cart abandoners of the last 7 days'."""
    start = reading.cursor.position
    return None if reading.cursor.take(_ABANDONERS) is None else abandoned_cart(reading, start)


def abandoned_cart(reading: Reading, start: int) -> Meant:
    """Put into the cart and afterwards not bought, with what follows."""
    cursor = reading.cursor
    product: ProductFilter | None = None
    window: Window | None = None
    while True:
        before = cursor.position
        if product is None and cursor.take_one_of("with", "of", "containing", "holding"):
            things = take_things(reading)
            if things is not None and not things.denied and len(things.wanted) == 1:
                product = things.wanted[0][0].product_filter()
                continue
            cursor.position = before
        if window is None and (window := take_window(cursor)) is not None:
            reading.windows[before] = cursor.position
            continue
        cursor.position = before
        break
    leaf = Sequence(
        first=Step(event=EventKind.ADD_TO_CART, product=product),
        then=Step(event=EventKind.PURCHASE),
        then_not=True,
        same_product=True,
        window=window,
    )
    return Said(leaf, start, cursor.position)
