"""How many customers, of those that meet the conditions, and in which order: 'top 100 by …', 'a random 10 %'."""

from dataclasses import dataclass, field
from decimal import Decimal

from leo_activation.segments.plan import (
    Behaviour,
    CustomerProperty,
    EventKind,
    Interest,
    InterestScore,
    Measure,
    MeasureKind,
    Order,
    ProductFilter,
    TopicName,
    Window,
)
from leo_activation.segments.planners.cursor import Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_number, take_whole
from leo_activation.segments.planners.english.dates import take_window
from leo_activation.segments.planners.english.events import CART_PLACES, CART_VERBS, VERBS, take_event_noun
from leo_activation.segments.planners.english.things import take_things
from leo_activation.segments.planners.english.topics import take_topics
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Said
from leo_activation.told import Told

MAX_LIMIT = 1_000_000
_PROPERTIES = phrases(lexicon.PROPERTIES)
_AGENTS = phrases(lexicon.EVENT_AGENTS)
_SPENDERS = frozenset({"spenders", "spender"})
_MOST = frozenset({"biggest", "highest", "largest", "top"})
_EXTREMES = phrases(
    {
        "oldest": Order(by=CustomerProperty.AGE),
        "youngest": Order(by=CustomerProperty.AGE, descending=False),
        "newest": Order(by=CustomerProperty.CREATED_AT),
        **dict.fromkeys(
            ("highest spending", "top spending", "best spending", "biggest spending"),
            Order(by=CustomerProperty.TOTAL_SPENT),
        ),
        "lowest spending": Order(by=CustomerProperty.TOTAL_SPENT, descending=False),
    }
)
_RECENT = phrase_set(("most recent", "latest", "last"))
_RANDOM = phrase_set(
    ("random sample of", "random selection of", "random subset of", "random group of", "random", "randomly selected"),
    ("randomly chosen", "sample of", "sample", "randomly picked", "arbitrary"),
)
_HIGHEST = ("highest", "largest", "biggest", "most", "latest", "greatest", "best", "top", "strongest")
_LOWEST = ("lowest", "smallest", "least", "earliest", "fewest", "weakest")
_COUNT_OF = phrase_set(("number of", "count of", "total number of", "amount of", "how many", "how often they made"))
_VALUE_OF = phrase_set(("value of", "total value of", "sum of", "sum of the value of"))
_SPENT = phrase_set(
    ("amount spent", "money spent", "amount they spent", "spend", "spending", "total spend", "total spending"),
    ("total spent", "revenue", "total amount spent", "what they spent", "how much they spent"),
)
_UNITS = phrase_set(
    *(
        tuple(f"{units}{bought}" for bought in (" bought", " purchased", " ordered"))
        for units in ("units", "items", "pieces")
    )
)
_LAST_EVENT = phrase_set(
    *(
        (f"date of {the}{last}", f"date of {the}{last}", f"{the}{last}", f"time of {the}{last}")
        for the in ("the ", "their ", "")
        for last in ("last", "latest", "most recent")
    )
)
_LEAST_RECENT = phrase_set(("least recent", "oldest last"))
_OFTEN = phrase_set(("most often", "the most often", "most frequently", "the most frequently", "the most times"))
_RECENTLY = phrase_set(("most recently", "the most recently"))
_BUY = frozenset({EventKind.PURCHASE})


@dataclass
class Ranking:
    """A limit or percentage and its order, as far as they were said; `start` and `end` are the words of the cut.

    `meant` are conditions that the order brings: who bought the most socks has bought socks.
    """

    limit: int | None = None
    percent: str | None = None
    order: Order | None = None
    start: int = 0
    end: int = 0
    by_id: bool = False
    meant: list[Said] = field(default_factory=list)

    @property
    def cuts(self) -> bool:
        """Whether less than everybody is asked for."""
        return self.limit is not None or self.percent is not None


# --- how many ---------------------------------------------------------------------------------------------------------


def take_limit(reading: Reading, ranking: Ranking) -> bool:
    """'top 100', 'the 50 oldest', 'top 20 spenders', 'a random 10 % of', '100' before the subject.

    Raises:
        Ask: the number is none of customers.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("the", "our", "my", "a", "an", "any") if cursor.peek(1) != "few" else None
    any_ = start < cursor.position and cursor.words[start] == "any"
    top = cursor.take_one_of("top", "first", "any", "bottom")
    random = cursor.take(_RANDOM) is not None
    extreme = cursor.take(_EXTREMES)
    number = take_number(cursor)
    if number is not None and cursor.take_one_of("%", "percent", "per") is not None:
        return _take_percent(cursor, ranking, start, number, top=top, random=random)
    if number is None or not number.isdigit() or cursor.word in {"+", "-", "year", "years", "'s"}:
        cursor.position = start
        return False
    random = random or cursor.take(_RANDOM) is not None
    extreme = extreme or cursor.take(_EXTREMES)
    if cursor.word in _MOST and cursor.peek(1) in _SPENDERS:
        top = "top"
        cursor.position += 1
    spenders = cursor.word in _SPENDERS
    recent = _recent_agents_stand(cursor)
    most_interested = cursor.word == "most" and cursor.peek(1) in {"interested", "into"}
    named = top or extreme or spenders or random or recent or most_interested
    if not named and not _subject_follows(cursor):
        cursor.position = start
        return False
    if not 1 <= int(number) <= MAX_LIMIT:
        raise cursor.ask(start, Told.of("How many customers are meant?"))
    ranking.limit, ranking.start, ranking.end = int(number), start, cursor.position
    ranking.by_id = not random and (any_ or top in {"any", None}) and not (extreme or spenders or recent)
    ranking.order = Order(by="random") if random else extreme
    if top == "bottom":
        ranking.by_id = False
    if random:
        cursor.take_one_of("of")
    if spenders and top == "top":
        cursor.position += 1
        ranking.end = cursor.position
        ranking.order = Order(by=CustomerProperty.TOTAL_SPENT)
    if recent:
        _take_recent_agents(reading, ranking)
    elif most_interested:
        _take_most_interested(reading, ranking)
    return True


def _take_percent(cursor: Cursor, ranking: Ranking, start: int, number: str, *, top: str | None, random: bool) -> bool:
    """'10 %', '10 per cent random sample of', in front of whom it is of."""
    if cursor.peek(-1) == "per" and not cursor.take_words("cent"):
        cursor.position = start
        return False
    random = random or cursor.take(_RANDOM) is not None
    if cursor.peek(-1) in {"off", "discount"} or cursor.word in {"off", "discount"}:
        cursor.position = start
        return False
    if cursor.take_one_of("of", "from") is not None:
        cursor.take_one_of("the", "our", "my", "all")
        cursor.take_one_of("the", "our")
    if not 0 < Decimal(number) < 100:
        raise cursor.ask(start, Told.of("Which part of the customers is meant? A percentage lies between 0 and 100."))
    ranking.percent, ranking.start, ranking.end = number, start, cursor.position
    ranking.order = Order(by="random") if random else None
    return True


def _subject_follows(cursor: Cursor) -> bool:
    return any(cursor.peek(ahead) in lexicon.SUBJECTS for ahead in range(3))


def _recent_agents_stand(cursor: Cursor) -> bool:
    start = cursor.position
    stands = cursor.take(_RECENT) is not None and any(cursor.peek(ahead) in lexicon.EVENT_AGENTS for ahead in range(4))
    cursor.position = start
    return stands


def _take_recent_agents(reading: Reading, ranking: Ranking) -> None:
    """'most recent buyers of socks': those who bought, by the time of the last purchase."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take(_RECENT)
    wanted = None
    if (event := cursor.take(_AGENTS)) is None:
        wanted = _one_product(reading, start)
        event = cursor.take(_AGENTS)
    elif cursor.take_one_of("of") is not None:
        wanted = _one_product(reading, start)
    if event is None:
        raise cursor.ask(start, Told.of("The most recent of whom?"), ("top 20 customers by most recent purchase",))
    _order_by(reading, ranking, MeasureKind.LATEST, event, wanted, start)


def _take_most_interested(reading: Reading, ranking: Ranking) -> bool:
    """'most interested in socks': by the score of the interest, of those who have it."""
    cursor = reading.cursor
    start = cursor.position
    if not (cursor.take_words("most", "interested", "in") or cursor.take_words("most", "into")):
        cursor.position = start
        return False
    topic = _topic(reading)
    if topic is None:
        raise cursor.ask(start, Told.of("Customers are ordered by one interest of the catalogue: which one?"))
    ranking.order, ranking.by_id = Order(by=InterestScore(topic=topic)), False
    leaf = Interest(topic_type=topic.topic_type, topic=topic.topic)
    ranking.meant.append(Said(leaf, start, cursor.position))
    return True


def _topic(reading: Reading) -> TopicName | None:
    meant = take_topics(reading, primary=False, liked=False)
    leaf = meant.leaf if isinstance(meant, Said) else None
    return TopicName(topic_type=leaf.topic_type, topic=leaf.topic) if isinstance(leaf, Interest) else None


# --- in which order ---------------------------------------------------------------------------------------------------


def take_order(reading: Reading, ranking: Ranking) -> bool:
    """'by total spent', 'with the most orders this year', 'who bought the most socks', after a cut.

    Raises:
        Ask: what customers are ordered by has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if not ranking.cuts or ranking.order is not None:
        return False
    for rule in (_done_most, _take_be_most_interested, _ordered):
        cursor.position = start
        if rule(reading, ranking):
            ranking.by_id = ranking.by_id and ranking.order is None
            _direction(reading, ranking)
            return True
    cursor.position = start
    return False


def _take_be_most_interested(reading: Reading, ranking: Ranking) -> bool:
    cursor = reading.cursor
    if cursor.take_one_of(*lexicon.RELATIVES) is not None:
        cursor.take_one_of("are", "is")
    return _take_most_interested(reading, ranking)


def _direction(reading: Reading, ranking: Ranking) -> None:
    """'ascending', 'from low to high', and 'bottom 10' in front."""
    cursor = reading.cursor
    bottom = "bottom" in cursor.words[ranking.start : ranking.end]
    ascending = cursor.take_one_of("ascending", "asc") is not None
    if not ascending:
        cursor.take_one_of("descending", "desc")
    order = ranking.order
    if order is not None and (bottom or ascending) and order.descending and order.by != "random":
        ranking.order = order.model_copy(update={"descending": False})


def _done_most(reading: Reading, ranking: Ranking) -> bool:
    """'who spent the most on socks', 'who bought the most socks', 'who viewed shoes most often'."""
    cursor = reading.cursor
    cursor.take_one_of(*lexicon.RELATIVES)
    cursor.take_one_of("have", "has", "had")
    start = cursor.position
    if cursor.take_one_of("spent", "spend") is not None:
        return _spent_most(reading, ranking, start)
    event: str | None = cursor.take(VERBS)
    cart = event is None and cursor.take(CART_VERBS) is not None
    made = cursor.take_one_of("made", "placed", "had") is not None if event is None and not cart else False
    if event is None and not cart and not made:
        return False
    after_verb = cursor.position
    if cursor.take_words("the", "most") or cursor.take_words("the", "least") or cursor.take_words("the", "fewest"):
        descending = cursor.peek(-1) == "most"
        if made or cursor.peek(0) in {"orders", "purchases", "times"}:
            return _counted_noun(reading, ranking, descending=descending)
        begun = cursor.position
        wanted = _one_product(reading, start)
        if wanted is None and cursor.position == begun and cursor.take_one_of(*lexicon.GENERIC_NOUNS) is None:
            return False
        if cart and cursor.take(CART_PLACES) is None:
            return False
        kind = MeasureKind.UNITS if event in _BUY else MeasureKind.EVENTS
        event = EventKind.ADD_TO_CART if cart else event
        return _order_by(reading, ranking, kind, str(event), wanted, start, descending=descending)
    cursor.position = after_verb
    if made:
        return False
    wanted = _one_product(reading, start)
    if cart and cursor.take(CART_PLACES) is None:
        return False
    event = EventKind.ADD_TO_CART if cart else event
    if cursor.take(_OFTEN) is not None:
        return _order_by(reading, ranking, MeasureKind.EVENTS, str(event), wanted, start)
    if cursor.take(_RECENTLY) is not None:
        return _order_by(reading, ranking, MeasureKind.LATEST, str(event), wanted, start)
    return False


def _spent_most(reading: Reading, ranking: Ranking, start: int) -> bool:
    cursor = reading.cursor
    cursor.take_one_of("the")
    extreme = cursor.take_one_of("most", "least")
    if extreme is None or cursor.word in {"for", "per"}:
        return False
    cursor.take_one_of("money")
    cursor.take_words("in", "total") or cursor.take_words("overall")
    descending = extreme == "most"
    wanted = None
    if cursor.take_one_of("on") is not None:
        begun = cursor.position
        wanted = _one_product(reading, start)
        if cursor.position == begun:
            return False
    before = cursor.position
    window = _window(reading)
    cursor.position = before
    if wanted is None and window is None:
        ranking.order = Order(by=CustomerProperty.TOTAL_SPENT, descending=descending)
        return True
    return _order_by(reading, ranking, MeasureKind.VALUE, EventKind.PURCHASE, wanted, start, descending=descending)


def _ordered(reading: Reading, ranking: Ranking) -> bool:
    """'by …', 'ordered by …', 'with the highest …'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("ordered", "sorted", "ranked", "measured")
    having = cursor.take_one_of("by") is None
    if having:
        cursor.position = start
        cursor.take_one_of(*lexicon.RELATIVES)
        if not (cursor.take_one_of("with", "having", "have", "has", "had") and cursor.take_words("the")):
            return False
    if cursor.take_words("customer", "id"):
        ranking.by_id = True
        return not having
    cursor.take_one_of("the", "their")
    if cursor.take(_LEAST_RECENT) is not None:
        return _recency(reading, ranking, descending=False)
    if cursor.take(_LAST_EVENT) is not None and _recency(reading, ranking, descending=True):
        return True
    lowest = cursor.take_one_of(*_LOWEST) is not None
    highest = not lowest and cursor.take_one_of(*_HIGHEST) is not None
    if having and not (lowest or highest):
        return False
    return (
        _amount(reading, ranking, descending=not lowest)
        or _property(reading, ranking, descending=not lowest)
        or _interest(reading, ranking, descending=not lowest)
        or _counted_noun(reading, ranking, descending=not lowest, said=highest or lowest)
    )


def _recency(reading: Reading, ranking: Ranking, *, descending: bool) -> bool:
    cursor = reading.cursor
    start = cursor.position
    event = take_event_noun(reading) or _quoted_event(reading)
    if event is None:
        cursor.position = start
        return False
    return _measured(reading, ranking, MeasureKind.LATEST, event, descending=descending)


def _amount(reading: Reading, ranking: Ranking, *, descending: bool) -> bool:
    """'amount spent on socks', 'value of purchases', 'total spent this year'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_VALUE_OF) is not None and (event := take_event_noun(reading)) is not None:
        return _measured(reading, ranking, MeasureKind.VALUE, event, descending=descending)
    cursor.position = start
    if cursor.take(_SPENT) is not None and cursor.take_one_of("on", "for") is not None:
        return _measured(reading, ranking, MeasureKind.VALUE, EventKind.PURCHASE, descending=descending, of=False)
    cursor.position = start
    if cursor.take(_SPENT) is not None:
        spent_at = cursor.position
        window = _window(reading)
        if window is not None and reading.spoken.behaviour_end > 0:
            question = Told.of("Customers are ordered by what they spent: at any time, or in that window?")
            raise cursor.ask(start - 1, question, ("by total spent", "by value of purchases in the last 30 days"))
        cursor.position = spent_at
        if window is not None:
            value, bought = MeasureKind.VALUE, EventKind.PURCHASE
            return _measured(reading, ranking, value, bought, descending=descending, of=False)
        ranking.order = Order(by=CustomerProperty.TOTAL_SPENT, descending=descending)
        return True
    cursor.position = start
    return False


def _property(reading: Reading, ranking: Ranking, *, descending: bool) -> bool:
    cursor = reading.cursor
    start = cursor.position
    name = cursor.take(_PROPERTIES)
    if name is None:
        cursor.position = start
        return False
    ranking.order = Order(by=name, descending=descending)
    return True


def _interest(reading: Reading, ranking: Ranking, *, descending: bool) -> bool:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of("interest") is not None:
        cursor.take_one_of("score")
        topic = _topic(reading) if cursor.take_one_of("in") else None
        if topic is not None:
            ranking.order = Order(by=InterestScore(topic=topic), descending=descending)
            return True
    cursor.position = start
    return False


def _counted_noun(reading: Reading, ranking: Ranking, *, descending: bool, said: bool = True) -> bool:
    """'number of orders', 'most purchases of socks', 'units bought', '"page-view" events'."""
    cursor = reading.cursor
    start = cursor.position
    said = cursor.take(_COUNT_OF) is not None or said
    cursor.take_one_of("their", "the")
    if cursor.take(_UNITS) is not None:
        return _measured(reading, ranking, MeasureKind.UNITS, EventKind.PURCHASE, descending=descending)
    begun = cursor.position
    event = take_event_noun(reading) or _quoted_event(reading)
    if event is None and (wanted := _one_product(reading, start)) is not None:
        begun = cursor.position
        event = take_event_noun(reading)
        if event == EventKind.PURCHASE and cursor.words[begun] in {"order", "orders"}:
            event = None
        if event is not None:
            measure = Measure(measure=MeasureKind.EVENTS, event=event, product=wanted, window=_window(reading))
            ranking.order = Order(by=measure, descending=descending)
            return True
    if event is None or not said:
        cursor.position = start
        return False
    orders = event == EventKind.PURCHASE and cursor.words[begun] in {"order", "orders"}
    kind = MeasureKind.ORDERS if orders else MeasureKind.EVENTS
    return _measured(reading, ranking, kind, event, descending=descending)


def _quoted_event(reading: Reading) -> str | None:
    """'"page-view" events'."""
    cursor = reading.cursor
    start = cursor.position
    token = cursor.token
    if token is not None and token.word.lower() in reading.catalogue.events and cursor.peek(1) in {"event", "events"}:
        cursor.position += 2
        return token.word.lower()
    cursor.position = start
    return None


def _measured(
    reading: Reading, ranking: Ranking, kind: MeasureKind, event: str, *, descending: bool, of: bool = True
) -> bool:
    """The product and window of a measure that was named as a noun."""
    cursor = reading.cursor
    start = cursor.position
    wanted = None
    if not of or cursor.take_one_of("of", "for", "on") is not None:
        begun = cursor.position
        wanted = _one_product(reading, start)
        if of and cursor.position == begun:
            cursor.position = start
    measure = Measure(measure=kind, event=event, product=wanted, window=_window(reading))
    ranking.order = Order(by=measure, descending=descending)
    return True


def _order_by(
    reading: Reading,
    ranking: Ranking,
    kind: MeasureKind,
    event: str,
    wanted: ProductFilter | None,
    start: int,
    *,
    descending: bool = True,
) -> bool:
    """Order by what was done, of those who did it."""
    window = _window(reading)
    measure = Measure(measure=kind, event=event, product=wanted, window=window)
    ranking.order, ranking.by_id = Order(by=measure, descending=descending), False
    done = Behaviour(event=event, product=measure.product, window=window)
    ranking.meant.append(Said(done, start, reading.cursor.position))
    return True


def _window(reading: Reading) -> Window | None:
    start = reading.cursor.position
    window = take_window(reading.cursor)
    if window is None:
        reading.cursor.position = start
    return window


def _one_product(reading: Reading, start: int) -> ProductFilter | None:
    """The filter of the one thing that stands here; None is anything, or nothing stands here.

    Raises:
        Ask: there are several, which one number cannot order.
    """
    cursor = reading.cursor
    things = take_things(reading)
    if things is None:
        return None
    if len(things.wanted) > 1 or things.denied:
        raise cursor.ask(start, Told.of("Customers are ordered by one kind of product: which one?"))
    return things.wanted[0][0].product_filter()


def take_cut_after(reading: Reading, ranking: Ranking) -> bool:
    """', only the top 100 by total spent' after the conditions."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of(",", ";", "(", ".")
    cursor.take_one_of("and")
    cursor.take_one_of("only", "just", "take", "keep", "limit", "limited")
    cursor.take_one_of("to")
    cursor.take_one_of("the")
    top = cursor.take_one_of("top", "first")
    number = take_whole(cursor) if top else None
    if number is None or not 1 <= int(number) <= MAX_LIMIT:
        cursor.position = start
        return False
    percent = cursor.take_one_of("%", "percent") is not None
    cursor.take_words("of", "them") or cursor.take_one_of("customers", "users", "people", "ones")
    begun = cursor.position
    cut = Ranking(percent=number) if percent and int(number) < 100 else Ranking(limit=int(number))
    if not take_order(reading, cut) or cut.order is None:
        cursor.position = start
        return False
    cursor.take_one_of(")")
    ranking.limit, ranking.percent, ranking.order = cut.limit, cut.percent, cut.order
    ranking.meant, ranking.start, ranking.end, ranking.by_id = cut.meant, start, begun, False
    return True
