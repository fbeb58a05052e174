"""What customers did: verbs and nouns of events with their objects, counts, sums and windows."""

from dataclasses import dataclass

from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    Operator,
    Range,
    Window,
)
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import (
    Compared,
    range_of,
    take_comparison,
    take_money,
    take_whole,
)
from leo_activation.segments.planners.english.dates import take_length, take_window
from leo_activation.segments.planners.english.things import Things, take_things
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind

_VERBS = phrases({verb: event for event, verbs in lexicon.EVENT_VERBS.items() for verb in verbs})
_CART_VERBS = phrase_set(lexicon.CART_VERBS)
_CART_PLACES = phrase_set(lexicon.CART_PLACES)
_EVENT_NOUNS = phrases(lexicon.EVENT_NOUNS)
_MAKE_VERBS = phrase_set(lexicon.MAKE_VERBS)
_SPEND_VERBS = phrase_set(lexicon.SPEND_VERBS)
_IN_TOTAL = phrase_set(("in total", "total", "overall", "altogether", "all in all", "in all", "so far", "all told"))
_COUNT_WORDS = ("time", "times")
_CLAUSE_ENDS = frozenset({END, ".", ",", ";", "?", "!", ")", "and", "or", "but", "who", "that", "in", "since"})
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
)


@dataclass
class _Tail:
    """What was said of a behaviour beside its object."""

    window: Window | None = None
    compared: Compared | None = None
    value: Range | None = None


def take_behaviour(reading: Reading, *, negated: bool) -> Meant | None:
    """One statement of behaviour, or nothing. `negated`: a 'not' stood before the verb.

    Raises:
        Ask: a product is not known, or a count has two readings.
    """
    start = reading.cursor.position
    for rule in (_cart, _spending, _made, _including, _verb):
        found = rule(reading, negated)
        if found is not None:
            reading.spoken.behaviour_end = reading.cursor.position
            return found
        reading.cursor.position = start
    return None


def _verb(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    verbs = _take_verbs(cursor, negated=negated)
    if verbs is None:
        return None
    verb_at = cursor.position - 1
    tail = _Tail()
    _take_tail(reading, tail, negated=negated)
    nothing = cursor.take_words("nothing") or cursor.take_words("no", "products")
    neither = not nothing and cursor.take_words("neither")
    none = not nothing and cursor.peek(1) not in _NO_MORE and cursor.take_words("no")
    begun = cursor.position
    things = None if nothing else _take_objects(reading)
    if things is None and none:
        return None
    if things is None and not nothing:
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
            f"Not all of “{listed}”, or none of them?",
            (listed.replace(" and ", " or "), f"not (who … {listed})"),
        )
    opposite = nothing or neither or none
    _take_tail(reading, tail, negated=negated or opposite)
    if verbs.operator == "and" and (opposite or (tail.compared is not None and any(verbs.denied))):
        return None
    parts = [
        denied(meant) if not_ else meant
        for event, not_ in zip(verbs.events, verbs.denied, strict=True)
        for meant in [_behaviours(event, things, tail, start, cursor.position)]
    ]
    meant = joined(verbs.operator, parts)
    return denied(meant) if negated != opposite else meant


@dataclass
class _Verbs:
    """One verb, or several that share what follows, and which of them are denied."""

    events: list[EventKind]
    denied: list[bool]
    operator: str = "or"


def _take_verbs(cursor: Cursor, *, negated: bool) -> _Verbs | None:
    """'viewed', 'viewed or bought', 'viewed but did not buy'."""
    first = cursor.take(_VERBS)
    if first is None:
        return None
    verbs = _Verbs([first], [False])
    while True:
        before = cursor.position
        operator = {"or": "or", "and": "and", "but": "and", "yet": "and"}.get(cursor.word)
        if operator is None or (len(verbs.events) > 1 and operator != verbs.operator):
            return verbs
        cursor.position += 1
        helped = not_ = False
        if operator == "and":
            while cursor.word in {"have", "has", "did", "also", "not", "never"}:
                helped, not_ = True, not_ or cursor.word in {"not", "never"}
                cursor.position += 1
        following = cursor.take(_VERBS)
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
        raise cursor.ask(at, "Returned what, or came back?", ("returned anything", "bought anything"), end=at + 1)
    ahead = next((n for n in range(1, 5) if cursor.peek(n) not in _HELPERS), 0)
    shared = cursor.word in {"and", "but", "or", "yet"} and cursor.peek(ahead) in _ACTIONS
    if shared or (negated and reading.last_thing):
        raise cursor.ask(
            at, f"What is meant after “{verb}”?", (f"{verb} anything", f"{verb} the same products"), end=at + 1
        )


def _take_objects(reading: Reading) -> Things | None:
    """The objects of a verb; unknown words before a known one, or instead of one, are asked about."""
    cursor = reading.cursor
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
    _take_tail(reading, _Tail(), negated=False)
    if unknown.lower() in lexicon.VAGUE:
        question, readings = lexicon.VAGUE[unknown.lower()]
        raise cursor.ask(begun, question, readings, end=end)
    raise cursor.ask(
        begun,
        f"There is no product, category, brand or colour “{unknown}” here: which one is meant?",
        tuple(names),
        end=end,
    )


def _cart(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_CART_VERBS) is None:
        return None
    tail = _Tail()
    things = take_things(reading)
    if cursor.take(_CART_PLACES) is None:
        return None
    if things is None:
        things = take_things(reading)
    _take_tail(reading, tail, negated=negated)
    meant = _behaviours(EventKind.ADD_TO_CART, things, tail, start, cursor.position)
    return denied(meant) if negated else meant


def _spending(reading: Reading, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_SPEND_VERBS) is None:
        return None
    tail = _Tail()
    _take_window(reading, tail)
    cursor.take(_IN_TOTAL)
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if compared is None:
        return None
    if compared.bare:
        amount = compared.values[0]
        raise cursor.ask(
            start, f"Exactly {amount}, or at least?", (f"spent at least {amount}", f"spent more than {amount}")
        )
    things = None
    while True:
        if cursor.take(_IN_TOTAL) is not None:
            continue
        if tail.window is None and _take_window(reading, tail):
            continue
        if things is None and cursor.take_words("on"):
            things = _take_objects(reading)
            continue
        break
    if things is None and tail.window is None:
        bounds = [(compared.operator, compared.values)]
        if compared.upper is not None:
            bounds.append((compared.upper[0], (compared.upper[1],)))
        spent = CustomerProperty.TOTAL_SPENT
        leaves = [Attribute(property=spent, operator=operator, values=values) for operator, values in bounds]
        meant = joined("and", [Said(leaf, start, cursor.position) for leaf in leaves])
    else:
        tail.value = range_of(compared)
        meant = _behaviours(EventKind.PURCHASE, things, tail, start, cursor.position)
    return denied(meant) if negated else meant


def _made(reading: Reading, negated: bool) -> Meant | None:
    """'made at least two purchases of socks', 'with no purchases', 'without any order'."""
    cursor = reading.cursor
    start = cursor.position
    without = cursor.take_one_of("without", "lacking") is not None
    if not without and cursor.take(_MAKE_VERBS) is None and cursor.peek(-1) not in {"have", "has", "had"}:
        return None
    no = cursor.take_one_of("no", "zero") is not None
    tail = _Tail()
    counted = None
    if not no and cursor.take_one_of("a", "an", "any", "some", "the") is None:
        counted = take_comparison(cursor, lambda: take_whole(cursor))
    event = cursor.take(_EVENT_NOUNS)
    before_noun = take_things(reading) if event is None else None
    event = cursor.take(_EVENT_NOUNS) if before_noun is not None else event
    if event is None:
        return None
    tail.compared = _count_of(cursor, start, counted)
    things = before_noun
    if things is None and cursor.take_one_of("of", "for"):
        things = take_things(reading)
    _take_tail(reading, tail, negated=negated or no or without)
    meant = _behaviours(event, things, tail, start, cursor.position)
    return denied(meant) if (negated, no or without).count(True) == 1 else meant


def _including(reading: Reading, negated: bool) -> Meant | None:
    """'whose purchases in the last 60 days include red socks'."""
    cursor = reading.cursor
    start = cursor.position
    event = cursor.take(_EVENT_NOUNS) if cursor.take_one_of("whose") else None
    if event is None:
        return None
    tail = _Tail()
    _take_window(reading, tail)
    if cursor.take_one_of("include", "includes", "included", "contain", "contains", "contained") is None:
        return None
    things = _take_objects(reading)
    if things is None:
        return None
    _take_tail(reading, tail, negated=negated)
    meant = _behaviours(event, things, tail, start, cursor.position)
    return denied(meant) if negated else meant


def agent_behaviour(reading: Reading, event: EventKind, things: Things | None, start: int) -> Meant:
    """'red sock buyers' or 'buyers of red socks', with what follows."""
    tail = _Tail()
    _take_tail(reading, tail, negated=False)
    return _behaviours(event, things, tail, start, reading.cursor.position)


def _take_tail(reading: Reading, tail: _Tail, *, negated: bool) -> None:
    cursor = reading.cursor
    while True:
        if tail.window is None and _take_window(reading, tail):
            continue
        if tail.window is None and negated and _take_since_then(cursor, tail):
            continue
        if tail.compared is None and _take_count(cursor, tail):
            continue
        if tail.value is None and _take_value(reading, tail):
            continue
        if negated and cursor.word == "yet" and cursor.peek(1) in _CLAUSE_ENDS:
            cursor.position += 1
            continue
        return


def _take_window(reading: Reading, tail: _Tail) -> bool:
    start = reading.cursor.position
    tail.window = take_window(reading.cursor)
    if tail.window is not None:
        reading.windows[start] = reading.cursor.position
    return tail.window is not None


def _take_since_then(cursor: Cursor, tail: _Tail) -> bool:
    """'not … for 90 days', 'not … in 90 days': the window up to now."""
    start = cursor.position
    tail.window = take_length(cursor) if cursor.take_one_of("for", "in") else None
    if tail.window is None:
        cursor.position = start
    return tail.window is not None


def _take_count(cursor: Cursor, tail: _Tail) -> bool:
    start = cursor.position
    cursor.take_one_of("on", "for")
    compared = take_comparison(cursor, lambda: _times(cursor))
    if compared is None:
        cursor.position = start
        return False
    tail.compared = _count_of(cursor, start, compared)
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


def _count_of(cursor: Cursor, start: int, compared: Compared | None) -> Compared | None:
    """The comparison, unless it leaves open what happens to those who never did it."""
    if compared is None:
        return None
    cursor.take_one_of(*_COUNT_WORDS)
    value = int(compared.values[0])
    if compared.bare:
        times = f"{value} times"
        raise cursor.ask(start, f"Exactly {times}, or at least?", (f"at least {times}", f"exactly {times}"))
    if compared.operator in {Operator.LE, Operator.LT}:
        most = value if compared.operator is Operator.LE else value - 1
        raise cursor.ask(
            start,
            "Are customers who never did so meant as well?",
            (f"between 1 and {most} times", f"between 0 and {most} times"),
        )
    if compared.operator is Operator.EQ and value == 0:
        raise cursor.ask(start, "Never? Then please say “did not”.", ("did not",))
    return compared


def _take_value(reading: Reading, tail: _Tail) -> bool:
    cursor = reading.cursor
    start = cursor.position
    spending = cursor.take_one_of("spending", "worth", "for", "totalling", "totaling") or cursor.take_words(
        "with", "a", "value", "of"
    )
    if not spending:
        return False
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    if compared is None:
        cursor.position = start
        return False
    total = cursor.take(_IN_TOTAL) is not None
    if not total and cursor.words[start] in {"for", "worth"}:
        raise cursor.ask(
            start,
            f"Is “{cursor.written(start, cursor.position)}” the price of one product, or the sum of all of them?",
            ("priced more than an amount", "for more than an amount in total"),
        )
    tail.value = range_of(compared)
    return True


def _behaviours(event: EventKind, things: Things | None, tail: _Tail, start: int, end: int) -> Meant:
    if things is None:
        return Said(_behaviour(event, Thing(), tail), start, end)
    wanted: list[Meant] = [Said(_behaviour(event, thing, tail), start, end) for thing, _, _ in things.wanted]
    meant = joined(things.operator, wanted)
    others: list[Meant] = [denied(Said(_behaviour(event, thing, tail), a, b)) for thing, a, b in things.denied]
    return joined("and", [meant, *others])


def _behaviour(event: EventKind, thing: Thing, tail: _Tail) -> Behaviour:
    least, most = 1, None
    if tail.compared is not None:
        value = int(tail.compared.values[0])
        match tail.compared.operator:
            case Operator.GT:
                least = value + 1
            case Operator.GE:
                least = value
            case Operator.BETWEEN:
                least, most = value, int(tail.compared.values[1])
            case _:
                least, most = value, value
        if tail.compared.upper is not None:
            operator, upper = tail.compared.upper
            most = int(upper) - (operator is Operator.LT)
    return Behaviour(
        event=event,
        product=thing.product_filter(),
        min_count=least,
        max_count=most,
        value=tail.value,
        window=tail.window,
    )
