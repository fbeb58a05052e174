"""What customers did: verbs and nouns of events with their objects; how often, for how much and when is `measures`."""

from dataclasses import dataclass, replace
from decimal import Decimal

from leo_activation.segments.plan import (
    Attribute,
    Counted,
    CustomerProperty,
    EventKind,
    Occurrence,
    Operator,
)
from leo_activation.segments.plan.leaves import is_product_event
from leo_activation.segments.planners.cursor import END, Ask, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import (
    AFTER_VALUE,
    Compared,
    range_of,
    take_comparison,
    take_money,
    take_whole,
)
from leo_activation.segments.planners.english.dates import take_length
from leo_activation.segments.planners.english.events import (
    CART_PLACES,
    CART_VERBS,
    EVENT_NOUNS,
    VERBS,
    is_order_noun,
    take_event_noun,
    take_other_event,
)
from leo_activation.segments.planners.english.measures import (
    Tail,
    count_of,
    leaves_of,
    take_in_total,
    take_quantity,
    take_tail,
    take_tail_window,
)
from leo_activation.segments.planners.english.orders import take_average, take_orders
from leo_activation.segments.planners.english.sequences import followed, take_abandoned, take_abandoners
from leo_activation.segments.planners.english.things import (
    Things,
    none_of,
    take_details,
    take_none_of_them,
    take_things,
)
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.told import Told

_MAKE_VERBS = phrase_set(lexicon.MAKE_VERBS)
_SPEND_VERBS = phrase_set(lexicon.SPEND_VERBS)
_ONE_ORDER = phrase_set(lexicon.ONE_ORDER)
_AGENTS = phrases(lexicon.EVENT_AGENTS)
_REPEAT_BUYERS = phrase_set(lexicon.REPEAT_BUYERS)
_FIRST_TIME_BUYERS = phrase_set(lexicon.FIRST_TIME_BUYERS)
_ONE_TIME_BUYERS = phrase_set(lexicon.ONE_TIME_BUYERS)
_FIRST = phrase_set(("first", "originally", "very first"))
_LAST = phrase_set(("last", "most recently", "latest", "most recent", "very last"))
_NUMBERS_OF = phrases(
    {
        **dict.fromkeys(("number of orders", "order count", "orders count", "count of orders"), Counted.ORDERS),
        **dict.fromkeys(("number of purchases", "purchase count", "count of purchases"), Counted.EVENTS),
    }
)
_PER_ORDER = phrase_set(("per order", "an order", "each order", "per purchase", "per basket", "each time"))
_BASE_FORMS = {EventKind.PURCHASE: "buy", EventKind.VIEW: "view", EventKind.RETURN: "return"}
_CLAUSE_ENDS = frozenset({END, ".", ",", ";", "?", "!", ")", "and", "or", "but", "who", "that", "in", "since"})
_INCLUDES = ("include", "includes", "included", "contain", "contains", "contained")
_BEING = frozenset({"are", "is", "were", "was", "be"})
_LONGEST_STEP = 15
_NO_MORE = frozenset({"more", "less", "fewer", "other"})
_HELPERS = frozenset({"have", "has", "did", "also", "not", "never", "then"})
_ACTIONS = frozenset(
    {verb.split(" ")[0] for verbs in lexicon.EVENT_VERBS.values() for verb in verbs} | set(lexicon.CART_VERBS)
)
_STOPS = frozenset(
    {"and", "or", "but", "who", "that", "whose", "which", "with", "without", "from", "in", "since", "before", "after"}
    | {"between", "during", "over", "under", "above", "below", "at", "more", "less", "exactly", "once", "twice", "for"}
    | {"last", "past", "this", "today", "yesterday", "within", "not", "never", "then", "on", "to", "until", "up", "no"}
    | {"recently", "lately", "often", "frequently", "regularly", "either", "except", "excluding", "fewer", "of", "by"}
    | {"priced", "costing", "worth", "spending", "previous", "in", "throughout", "three", "aged", "living", "are", "is"}
    | {
        "nor",
        "again",
        "together",
        "alongside",
        "afterwards",
        "later",
        "first",
        "once",
        "several",
        "multiple",
        "many",
        "along",
    }
)


def take_behaviour(reading: Reading, *, negated: bool) -> Meant | None:
    """One statement of behaviour, or nothing. `negated`: a 'not' stood before the verb.

    Raises:
        Ask: a product is not known, or a count has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    _ask_about_inactivity(cursor)
    for rule in (
        take_abandoned,
        _are_agents,
        _did_other,
        _numbered,
        _cart,
        _spending,
        take_average,
        take_orders,
        _made,
        _occurring,
        _including,
    ):
        found = rule(reading, negated)
        if found is not None:
            break
        cursor.position = start
    else:
        found = _first_or_last(reading, negated) or _verb(reading, negated)
        if found is None:
            cursor.position = start
            return None
    found = followed(reading, found, start, negated=negated)
    reading.spoken.behaviour_end = cursor.position
    return found


def _ask_about_inactivity(cursor: Cursor) -> None:
    """'inactive for 90 days': without a purchase, or without any visit?"""
    start = cursor.position
    if cursor.take_one_of("inactive", "dormant", "lapsed", "absent") is not None:
        led = cursor.take_one_of("for", "since", "in") is not None
        span = take_length(cursor) if led else None
        if span is not None:
            words = f"in the last {span.amount} {span.unit}{'' if span.amount == 1 else 's'}"
            readings = (f"who did not buy anything {words}", f"who did not view anything {words}")
            raise cursor.ask(start, Told.of("What did they not do?"), readings)
    cursor.position = start


def _first_or_last(reading: Reading, negated: bool) -> Meant | None:
    """'last bought anything more than 90 days ago', 'first viewed socks this month'."""
    cursor = reading.cursor
    start = cursor.position
    occurrence = Occurrence.FIRST if cursor.take(_FIRST) else Occurrence.LAST if cursor.take(_LAST) else None
    if occurrence is None:
        return None
    told = Tail(occurrence=occurrence, occurred_at=(start, cursor.position))
    begun = cursor.position
    if cursor.word in {"seen", "saw"}:
        raise cursor.ask(
            start, Told.of("Seen doing what?"), ("last viewed anything", "last bought anything"), end=begun + 1
        )
    sequence = cursor.words[start] == "first" and "then" in cursor.words[begun : begun + _LONGEST_STEP]
    for rule in (_did_other, _cart, _verb):
        try:
            found = rule(reading, negated, told)
        except Ask:
            if not sequence:
                raise
            cursor.position = begun
            found = rule(reading, negated)
        if found is not None:
            return found
        cursor.position = begun
    cursor.position = start
    return None


def _verb(reading: Reading, negated: bool, told: Tail | None = None) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    verbs = _take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    verb_at = cursor.position - 1
    tail = replace(told) if told is not None else Tail()
    take_tail(reading, tail, negated=negated)
    nothing = cursor.take_words("nothing") or cursor.take_words("no", "products")
    none_of_them = None if nothing else take_none_of_them(reading)
    neither = not nothing and none_of_them is None and cursor.take_words("neither")
    none = none_of_them is not None or (not nothing and cursor.peek(1) not in _NO_MORE and cursor.take_words("no"))
    begun = cursor.position
    things = none_of_them
    if nothing and (thing := take_details(reading, Thing())) != Thing():
        things = Things("or", [(thing, begun, cursor.position)], [])
    if not nothing and things is None:
        things = (take_quantity(reading, tail) if tail.compared is None else None) or _take_objects(reading)
    if things is None and (none or neither):
        return None
    if things is not None and things.denied and (none or neither or negated):
        if negated and not (none or neither):
            raise cursor.ask(
                begun, Told.of("What did they not do?"), ("who did not buy … or …", "who bought … but not …")
            )
        # 'no socks and no shoes': neither of them.
        things = none_of(things)
    told_more = tail.compared is not None or tail.window is not None
    if things is None and not nothing and not (told_more and verbs.events == [EventKind.PURCHASE]):
        _ask_about_object(reading, verbs, verb_at, negated=negated)
    if (
        (negated or none or any(verbs.denied))
        and things is not None
        and things.operator == "and"
        and len(things.wanted) > 1
    ):
        listed = cursor.written(begun, cursor.position)
        raise cursor.ask(
            begun,
            Told.of("Not all of “{listed}”, or none of them?", listed=listed),
            (listed.replace(" and ", " or "), f"not (who … {listed})"),
        )
    opposite = nothing or neither or none
    take_tail(reading, tail, negated=negated or opposite)
    if tail.compared is not None and tail.counted is Counted.EVENTS and is_order_noun(cursor, verb_at):
        tail.counted = Counted.ORDERS
    if len(verbs.events) > 1 and not tail.is_plain:
        words = cursor.written(start, verb_at + 1)
        raise cursor.ask(
            start,
            Told.of("Is the number of each of “{words}”, or of both together?", words=words),
            ("a condition of its own for each",),
            end=verb_at + 1,
        )
    if verbs.operator == "and" and (opposite or (tail.compared is not None and any(verbs.denied))):
        return None
    parts = [
        denied(meant) if not_ else meant
        for event, not_ in zip(verbs.events, verbs.denied, strict=True)
        for meant in [_said(reading, event, things, tail, start, negated=negated)]
    ]
    meant = joined(verbs.operator, parts)
    if len(verbs.events) == 1 and not (negated or opposite):
        meant = _with_more(reading, verbs.events[0], meant, tail, start)
        meant = _but_not(reading, verbs.events[0], meant, tail)
    return denied(meant) if negated != opposite else meant


def _but_not(reading: Reading, event: EventKind, meant: Meant, told: Tail) -> Meant:
    """'bought socks in the last 30 days but no shoes': what was not done, after the window of what was.

    Raises:
        Ask: the window before may be meant of it as well.
    """
    cursor = reading.cursor
    start = cursor.position
    left_out = cursor.take_one_of("but", "and") is not None and cursor.take_one_of("no", "not") is not None
    begun = cursor.position
    counted = told.compared is not None and told.window is None
    things = take_things(reading) if left_out and (counted or told.window is not None) else None
    listed = things is not None and things.operator == "and" and len(things.wanted) > 1
    if things is None or things.denied or cursor.words[begun] in _NO_MORE or (counted and listed):
        cursor.position = start
        return meant
    tail = Tail()
    end = cursor.position
    take_tail_window(reading, tail)
    if counted and tail.window is not None:
        raise cursor.ask(
            end, Told.of("Does “{words}” apply to what was bought as well?", words=cursor.written(end, cursor.position))
        )
    if not counted and (tail.window is None or listed):
        before, words = cursor.written(0, start), cursor.written(begun, end)
        at = max(at for at in reading.windows if at < start)
        window = cursor.written(at, reading.windows[at])
        raise cursor.ask(
            start,
            Told.of("Does “{window}” apply to “{words}” as well?", window=window, words=words),
            tuple(f"{before} and who did not {_BASE_FORMS[event]} {words} {time}" for time in (window, "at any time")),
            end=end,
        )
    return joined("and", [meant, denied(leaves_of(reading, event, things, tail, begun))])


def _with_more(reading: Reading, event: EventKind, meant: Meant, told: Tail, told_at: int) -> Meant:
    """'… and at least 3 units of shoes': another quantity of the same verb.

    Raises:
        Ask: a window after the second may be meant for the first as well.
    """
    cursor = reading.cursor
    start = cursor.position
    operator = cursor.take_one_of("and", "or")
    begun = cursor.position
    tail = Tail()
    things = take_quantity(reading, tail) if operator is not None else None
    quantified = things is not None
    if operator is not None and not quantified and told.window is not None:
        things = take_things(reading)
    if things is not None:
        take_tail(reading, tail, negated=False)
    if operator is None or things is None or not (quantified or tail.window is not None):
        cursor.position = start
        return meant
    if (tail.window is None) != (told.window is None):
        words = cursor.written(begun, cursor.position)
        raise cursor.ask(begun, Told.of("Does the time apply to both, before “{words}” and in it?", words=words))
    if {"and", "or"} & set(cursor.words[told_at:start]) - {operator}:
        raise cursor.ask(
            start, Told.of("“And” and “or” can be read in two ways here: what belongs together?"), end=begun
        )
    return joined(operator, [meant, leaves_of(reading, event, things, tail, begun)])


def _said(reading: Reading, event: str, things: Things | None, tail: Tail, start: int, *, negated: bool) -> Meant:
    """The leaves of a verb; what is denied has to be one thing.

    Raises:
        Ask: two things were denied at once.
    """
    cursor = reading.cursor
    if negated and tail.occurrence is not Occurrence.ANY:
        begun, end = tail.occurred_at
        raise cursor.ask(
            begun,
            Told.of("Not at that time, or never?"),
            ("not (who … for the first time …)", "who did not …"),
            end=end,
        )
    if negated and tail.unless is not None:
        _, begun, end = tail.unless
        raise cursor.ask(begun, Told.of("In which window did it not happen?"), (), end=end)
    return leaves_of(reading, event, things, tail, start)


@dataclass
class _Verbs:
    """One verb, or several that share what follows, and which of them are denied."""

    events: list[EventKind]
    denied: list[bool]
    operator: str = "or"


def _take_verbs(cursor: Cursor, *, negated: bool) -> _Verbs | None:
    """'viewed', 'viewed or bought', 'viewed but did not buy', and after 'neither' 'viewed nor bought'."""
    start = cursor.position
    first = cursor.take(VERBS)
    if first is None:
        return None
    verbs = _Verbs([first], [False])
    while True:
        before = cursor.position
        operator = {"or": "or", "and": "and", "but": "and", "yet": "and"}.get(cursor.word)
        if cursor.word == "nor" and cursor.words[start - 1 : start] == ["neither"]:
            operator = "or"
        if operator is None or (len(verbs.events) > 1 and operator != verbs.operator):
            return verbs
        cursor.position += 1
        helped = not_ = False
        if operator == "and":
            while cursor.word in {"have", "has", "did", "also", "not", "never"}:
                helped, not_ = True, not_ or cursor.word in {"not", "never"}
                cursor.position += 1
        following = cursor.take(VERBS)
        if following is None or (negated and operator == "and") or (helped and cursor.at_end):
            cursor.position = before
            return verbs
        verbs.events.append(following)
        verbs.denied.append(not_)
        verbs.operator = operator


def _ask_about_object(reading: Reading, verbs: _Verbs, at: int, *, negated: bool) -> None:
    """A verb without its object: 'who returned' may have come back, 'but did not buy' may mean what was viewed."""
    cursor = reading.cursor
    verb = cursor.words[at]
    if EventKind.RETURN in verbs.events:
        raise cursor.ask(
            at, Told.of("Returned what, or came back?"), ("returned anything", "bought anything"), end=at + 1
        )
    ahead = next((n for n in range(1, 5) if cursor.peek(n) not in _HELPERS), 0)
    joints = {"and", "but", "or", "nor", "yet"} | (set() if negated else {","})
    shared = cursor.word in joints and cursor.peek(ahead) in _ACTIONS
    if shared or (negated and reading.last_thing):
        raise cursor.ask(
            at,
            Told.of("What is meant after “{verb}”?", verb=verb),
            (f"{verb} anything", f"{verb} the same products"),
            end=at + 1,
        )


def _take_objects(reading: Reading, *, referring: bool = False) -> Things | None:
    """The objects of a verb; unknown words before a known one, or instead of one, are asked about.

    `referring`: a pronoun would mean what happened in another statement's window.
    """
    cursor = reading.cursor
    if referring and cursor.word in {"them", "it", "those", "these"} and reading.windows:
        begun = cursor.position
        raise cursor.ask(
            begun, Told.of("In the same time as before, or at any time?"), ("in the last 90 days",), end=begun + 1
        )
    things = take_things(reading)
    if things is not None:
        return things
    start = cursor.position
    cursor.take_one_of("the", "a", "an", "some", "any", "their", "our")
    begun = cursor.position
    while cursor.is_kind(TokenKind.WORD) and cursor.word not in _STOPS:
        before = cursor.position
        if cursor.position > begun and take_things(reading) is not None:
            cursor.position = before
            break
        cursor.position += 1
    if cursor.position == begun and cursor.is_kind(TokenKind.QUOTED):
        cursor.position += 1
    if cursor.position == begun:
        cursor.position = start
        return None
    unknown = cursor.written(begun, cursor.position)
    names = sorted({*reading.catalogue.categories, *reading.catalogue.brands})[:12]
    end = cursor.position
    take_things(reading)
    take_tail(reading, Tail(), negated=False)
    if unknown.lower() in lexicon.VAGUE:
        question, readings = lexicon.VAGUE[unknown.lower()]
        raise cursor.ask(begun, question, readings, end=end)
    raise cursor.ask(
        begun,
        Told.of(
            "There is no product, category, brand or colour “{unknown}” here: which one is meant?", unknown=unknown
        ),
        tuple(names),
        end=end,
    )


def _cart(reading: Reading, negated: bool, told: Tail | None = None) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(CART_VERBS) is None:
        return None
    tail = replace(told) if told is not None else Tail()
    nothing = not negated and cursor.take_words("nothing")
    things = None if nothing else take_quantity(reading, tail) or take_things(reading)
    if cursor.take(CART_PLACES) is None:
        return None
    if things is None and not nothing:
        end = cursor.position
        things = take_things(reading)
        if things is None and cursor.word in {",", "and", "or"} and cursor.peek(1) in _ACTIONS and not negated:
            readings = ("added anything to the cart", "added the same products to the cart")
            raise cursor.ask(
                start, Told.of("What is meant after “{words}”?", words=cursor.written(start, end)), readings, end=end
            )
    take_tail(reading, tail, negated=negated or nothing)
    meant = _said(reading, EventKind.ADD_TO_CART, things, tail, start, negated=negated or nothing)
    return denied(meant) if negated or nothing else meant


def _did_other(reading: Reading, negated: bool, told: Tail | None = None) -> Meant | None:
    """'did "page-view" at least 2 times', 'checked out this week', 'searched'."""
    cursor = reading.cursor
    start = cursor.position
    event = take_other_event(reading)
    if event is None:
        return None
    if is_product_event(event):
        raise cursor.ask(start, Told.of("Did that with which product?"), ("bought anything", "viewed anything"))
    tail = replace(told) if told is not None else Tail()
    take_tail(reading, tail, negated=negated)
    if cursor.word == "for" and cursor.peek(1) not in _CLAUSE_ENDS:
        before = cursor.position
        cursor.position += 1
        if take_things(reading) is not None:
            words = cursor.written(before, cursor.position)
            raise cursor.ask(
                before,
                Told.of(
                    "“{event}” is on record without products: what is meant by “{words}”?", event=event, words=words
                ),
            )
        cursor.position = before
    meant = _said(reading, event, None, tail, start, negated=negated)
    return denied(meant) if negated else meant


def _spending(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_SPEND_VERBS) is None:
        return None
    tail = Tail()
    take_tail_window(reading, tail)
    take_in_total(cursor)
    if cursor.take_words("nothing") or (negated and _take_any_money(cursor)):
        negated = negated and cursor.peek(-1) == "nothing"
        things = take_things(reading) if cursor.take_words("on") else None
        take_tail(reading, tail, negated=True)
        meant = leaves_of(reading, EventKind.PURCHASE, things, tail, start)
        return meant if negated else denied(meant)
    average = cursor.take_words("on", "average")
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if compared is None:
        return None
    if compared.bare:
        amount = compared.values[0]
        raise cursor.ask(
            start,
            Told.of("Exactly {amount}, or at least?", amount=amount),
            (f"spent at least {amount}", f"spent more than {amount}"),
        )
    things = None
    per_order = total = False
    while True:
        if take_in_total(cursor):
            total = True
            continue
        if not per_order and cursor.take(_PER_ORDER) is not None:
            per_order = True
            continue
        if not average and cursor.take_words("on", "average"):
            average = True
            continue
        if tail.orders is None and cursor.take(_ONE_ORDER) is not None:
            tail.orders = 1
            continue
        if tail.window is None and take_tail_window(reading, tail):
            continue
        if things is None and cursor.take_words("on"):
            things = _take_objects(reading, referring=tail.window is None)
            continue
        break
    if average != per_order:
        raise cursor.ask(
            start,
            Told.of("Is that the average of the orders, or an amount of one order?"),
            ("with an average order value of …", "placed an order worth …"),
        )
    if average and (total or tail.orders):
        raise cursor.ask(
            start, Told.of("On average, or in total?"), ("with an average order value of …", "spent … in total")
        )
    if average:
        tail.average = range_of(compared)
        meant = leaves_of(reading, EventKind.PURCHASE, things, tail, start)
    elif things is None and tail.window is None and tail.orders is None:
        bounds = [(compared.operator, compared.values)]
        if compared.upper is not None:
            bounds.append((compared.upper[0], (compared.upper[1],)))
        spent = CustomerProperty.TOTAL_SPENT
        leaves = [Attribute(property=spent, operator=operator, values=values) for operator, values in bounds]
        meant = joined("and", [Said(leaf, start, cursor.position) for leaf in leaves])
    else:
        tail.value = range_of(compared)
        least = tail.value.at_least or tail.value.more_than
        if tail.orders is None and (least is None or not Decimal(least)):
            raise cursor.ask(
                start,
                Told.of("Are customers who spent nothing meant as well?"),
                ("who bought … for less than an amount in total", "not (who spent at least an amount …)"),
            )
        meant = leaves_of(reading, EventKind.PURCHASE, things, tail, start)
        if not negated and tail.orders is None:
            meant = _with_more_spent(reading, meant, tail, start)
    return denied(meant) if negated else meant


def _take_any_money(cursor: Cursor) -> bool:
    return cursor.take_words("anything") or cursor.take_words("any", "money") or cursor.take_words("money")


def _with_more_spent(reading: Reading, meant: Meant, told: Tail, told_at: int) -> Meant:
    """'… and at least 50 euros on shoes': another sum of the same verb.

    Raises:
        Ask: a window after the second may be meant for the first as well.
    """
    cursor = reading.cursor
    start = cursor.position
    operator = cursor.take_one_of("and", "or")
    begun = cursor.position
    compared = None
    if operator is not None:
        compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    things = _take_objects(reading) if compared is not None and cursor.take_words("on") else None
    if operator is None or compared is None or things is None:
        cursor.position = start
        return meant
    tail = Tail(value=range_of(compared))
    take_tail_window(reading, tail)
    if (tail.window is None) != (told.window is None):
        words = cursor.written(begun, cursor.position)
        raise cursor.ask(begun, Told.of("Does the time apply to both, before “{words}” and in it?", words=words))
    if {"and", "or"} & set(cursor.words[told_at:start]) - {operator}:
        raise cursor.ask(
            start, Told.of("“And” and “or” can be read in two ways here: what belongs together?"), end=begun
        )
    return joined(operator, [meant, leaves_of(reading, EventKind.PURCHASE, things, tail, begun)])


def _made(reading: Reading, negated: bool) -> Meant | None:
    """'made at least two purchases of socks', 'with no purchases', 'without any order', 'made their first purchase'."""
    cursor = reading.cursor
    start = cursor.position
    without = cursor.take_one_of("without", "lacking") is not None
    led = without or cursor.take(_MAKE_VERBS) is not None or cursor.peek(-1) in {"have", "has", "had"}
    no = cursor.peek(1) not in _NO_MORE and cursor.take_one_of("no", "zero") is not None
    elided = not led and reading.spoken.behaviour_end == start - 1 and cursor.peek(-1) in {"and", "or", "but"}
    if not led and not no and not elided:
        return None
    tail = Tail()
    if not (no or without) and (occurrence := _take_own(cursor)) is not None:
        tail.occurrence, tail.occurred_at = occurrence, (start, cursor.position)
    counted = None
    single = False
    if not no and tail.occurrence is Occurrence.ANY:
        single = cursor.take_words("a", "single")
        only = cursor.take_one_of("only", "just") is not None
        if only:
            counted = take_comparison(cursor, lambda: take_whole(cursor))
            counted = Compared(Operator.EQ, counted.values) if counted is not None and counted.bare else None
            single = counted is None
        elif not single and cursor.take_one_of("a", "an", "any", "some", "the") is None:
            counted = take_comparison(cursor, lambda: take_whole(cursor))
    if single:
        return None
    event = take_event_noun(reading)
    before_noun = take_things(reading) if event is None else None
    event = take_event_noun(reading) if before_noun is not None else event
    noun_at = cursor.position - 1
    if event is None or (not led and negated) or (elided and not no and counted is None):
        return None
    if counted is not None and counted.bare and (after := cursor.take(AFTER_VALUE)) is not None:
        counted = Compared(after, counted.values)
    orders = event == EventKind.PURCHASE and is_order_noun(cursor, noun_at)
    tail.compared = count_of(cursor, start, counted, "orders" if orders else "times")
    tail.counted = Counted.ORDERS if orders else Counted.EVENTS
    things = before_noun
    before = cursor.position
    if things is None and cursor.take_one_of("of", "for", "with", "containing", "including") is not None:
        things = None if cursor.is_kind(TokenKind.NUMBER) else take_things(reading)
        cursor.position = before if things is None else cursor.position
    take_tail(reading, tail, negated=negated or no or without)
    meant = _said(reading, event, things, tail, start, negated=negated or no or without)
    return denied(meant) if (negated, no or without).count(True) == 1 else meant


def _numbered(reading: Reading, negated: bool) -> Meant | None:
    """'with a number of orders above 3', 'whose order count is at least 5 this year'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("with", "whose", "having", "have", "has")
    cursor.take_one_of("a", "an", "the", "their")
    cursor.take_words("total")
    counted = cursor.take(_NUMBERS_OF)
    if counted is None:
        return None
    tail = Tail()
    take_tail_window(reading, tail)
    cursor.take_one_of("is", "was", "of", ":")
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None:
        return None
    tail.compared = count_of(cursor, start, compared, "orders" if counted is Counted.ORDERS else "times")
    tail.counted = counted
    take_tail(reading, tail, negated=negated)
    meant = _said(reading, EventKind.PURCHASE, None, tail, start, negated=negated)
    return denied(meant) if negated else meant


def _take_own(cursor: Cursor) -> Occurrence | None:
    """'their first', 'their most recent' before a purchase."""
    start = cursor.position
    cursor.take_one_of("their", "his", "her", "a", "the", "an")
    if cursor.take(_FIRST) is not None:
        return Occurrence.FIRST
    if cursor.take(_LAST) is not None:
        return Occurrence.LAST
    cursor.position = start
    return None


def _occurring(reading: Reading, negated: bool) -> Meant | None:
    """'whose last purchase of socks was more than 90 days ago', 'whose first purchase was socks'.

    Raises:
        Ask: a time is missing, or the statement is denied.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of("whose", "with", "having", "have", "has") is None:
        return None
    occurrence = _take_own(cursor)
    event = take_event_noun(reading) if occurrence is not None else None
    if occurrence is None or event is None:
        return None
    things = take_things(reading) if cursor.take_one_of("of") else None
    tail = Tail(occurrence=occurrence, occurred_at=(start, cursor.position))
    begun = cursor.position
    take_tail_window(reading, tail)
    was = cursor.take_one_of("was", "is", "were", "happened", "being", *_INCLUDES) is not None
    cursor.take_words("made") if was else None
    not_ = was and cursor.take_one_of("not") is not None
    after_was = cursor.position
    if tail.window is None:
        take_tail_window(reading, tail)
    if was and things is None and cursor.position == after_was:
        cursor.take_one_of("of", "for")
        things = take_things(reading) or _take_objects(reading)
        if things is None or len(things.wanted) > 1 or things.denied:
            raise cursor.ask(start, Told.of("When was that, or of what?"), ("in the last 30 days", "of socks"))
        named = things.wanted[0][0] != Thing()
        if named:
            first = occurrence is Occurrence.FIRST
            tail.occurrence = Occurrence.FIRST_OF_ALL if first else Occurrence.LAST_OF_ALL
        take_tail(reading, tail, negated=False)
    elif tail.window is None:
        raise cursor.ask(start, Told.of("When was that?"), ("in the last 30 days", "more than 90 days ago"), end=begun)
    if not is_product_event(event) and things is not None:
        raise cursor.ask(start, Told.of("“{event}” is on record without products: what is meant?", event=event))
    if negated or not_:
        raise cursor.ask(
            start,
            Told.of("Are those who never did so meant as well?"),
            ("whose last purchase was …", "not (whose last purchase was …)", "who did not buy …"),
        )
    return leaves_of(reading, event, things, tail, start)


def _including(reading: Reading, negated: bool) -> Meant | None:
    """'whose purchases in the last 60 days include red socks'."""
    cursor = reading.cursor
    start = cursor.position
    event = cursor.take(EVENT_NOUNS) if cursor.take_one_of("whose") else None
    if event is None:
        return None
    tail = Tail()
    take_tail_window(reading, tail)
    if cursor.take_one_of(*_INCLUDES) is None:
        return None
    things = _take_objects(reading)
    if things is None:
        return None
    take_tail(reading, tail, negated=negated)
    meant = _said(reading, event, things, tail, start, negated=negated)
    return denied(meant) if negated else meant


# --- people by what they did ------------------------------------------------------------------------------------------


def repeat_note(words: str) -> str:
    """The note that the sentence shows, and that the grammar reads again."""
    return f'"{words}" is read as customers with at least two orders'


def agent_behaviour(reading: Reading, event: EventKind, things: Things | None, start: int) -> Meant:
    """'red sock buyers' or 'buyers of red socks', with what follows."""
    tail = Tail()
    take_tail(reading, tail, negated=False)
    return leaves_of(reading, event, things, tail, start)


def _are_agents(reading: Reading, negated: bool) -> Meant | None:
    """'are repeat buyers', 'are not cart abandoners'."""
    cursor = reading.cursor
    if not {cursor.peek(-1), cursor.peek(-2)} & _BEING:
        return None
    cursor.take_one_of("a", "an", "the", "our")
    found = take_agents(reading) or _agents_of_things(reading)
    return denied(found) if negated and found is not None else found


def _agents_of_things(reading: Reading) -> Meant | None:
    """'buyers of socks', 'sock buyers', after 'are not'."""
    cursor = reading.cursor
    start = cursor.position
    things = None
    event = cursor.take(_AGENTS)
    if event is None:
        things = take_things(reading)
        event = cursor.take(_AGENTS) if things is not None else None
    elif cursor.take_one_of("of") is not None:
        things = take_things(reading)
    if event is None or (things is None and cursor.peek(-1) == "of"):
        cursor.position = start
        return None
    return agent_behaviour(reading, event, things, start)


def take_agents(reading: Reading) -> Meant | None:
    """'repeat buyers of socks', 'first-time buyers this month', 'cart abandoners'.

    Raises:
        Ask: 'one-time buyers', who may be customers with one order or with one purchase.
    """
    cursor = reading.cursor
    start = cursor.position
    if (abandoned := take_abandoners(reading)) is not None:
        return abandoned
    if cursor.take(_ONE_TIME_BUYERS) is not None:
        raise cursor.ask(
            start,
            Told.of("One purchase, or one order?"),
            ("who bought anything exactly 1 time", "who bought anything in exactly one order"),
        )
    repeat = cursor.take(_REPEAT_BUYERS) is not None
    if not repeat and cursor.take(_FIRST_TIME_BUYERS) is None:
        return None
    end = cursor.position
    written = cursor.written(start, end)
    things = take_things(reading) if cursor.take_one_of("of", "for") else None
    if things is None and cursor.position > end:
        cursor.position = end
    if repeat:
        tail = Tail(compared=Compared(Operator.GE, ("2",)), counted=Counted.ORDERS)
        reading.notes.append(repeat_note(written.lower()))
    else:
        tail = Tail(occurrence=Occurrence.FIRST, occurred_at=(start, end))
    take_tail(reading, tail, negated=False)
    return leaves_of(reading, EventKind.PURCHASE, things, tail, start)
