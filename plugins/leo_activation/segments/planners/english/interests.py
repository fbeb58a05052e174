"""How much something interests customers: any interest, their main one, one by its score or before another."""

from math import nextafter

from leo_activation.segments.plan import Interest, Operator, TopicName
from leo_activation.segments.planners.cursor import phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_comparison, take_number
from leo_activation.segments.planners.english.topics import take_topics, topics_up_to
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Denied, Joined, Meant, Said, denied
from leo_activation.told import Told

_INTEREST_STARTS = phrase_set(lexicon.INTEREST_STARTS)
_MAIN_INTERESTS = phrase_set(lexicon.MAIN_INTERESTS)
_PREFERRED_COLORS = phrase_set(lexicon.PREFERRED_COLORS)
_MAINLY = phrase_set(lexicon.MAINLY)
_NO_INTEREST = phrase_set(lexicon.NO_INTEREST_STARTS)
_SCORED = phrase_set(lexicon.INTEREST_SCORES)
_MORE_INTERESTED = phrase_set(("more interested in", "more into", "more keen on", "rather interested in"))
_LESS_INTERESTED = phrase_set(("less interested in", "less into", "less keen on"))
_WITH_SCORE = phrase_set(
    ("with a score of", "with a score", "with an interest score of", "with an interest score", "with a strength of"),
    ("scoring", "with score", "by a score of", "is", "of", "being"),
)
_CLAUSE = frozenset({"who", "whose", "that", "with", ".", ";", "(", ")", ""})
MAX_TOPIC_WORDS = 8


def take_interest(reading: Reading, *, negated: bool) -> Meant | None:
    """'interested in socks', 'more interested in socks than in shoes', 'with an interest score in socks above 0.5'.

    Raises:
        Ask: a denial of several interests has two readings, or one cannot be compared.
    """
    cursor = reading.cursor
    start = cursor.position
    none = cursor.take(_NO_INTEREST) is not None
    found = take_topics(reading, primary=False, liked=False) if none else _compared(reading) or _interests(reading)
    if negated and (none or isinstance(found, Denied)):
        return None
    if (negated or none) and isinstance(found, Joined) and found.operator == "and":
        listed = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            Told.of("Not all of “{listed}”, or none of them?", listed=listed),
            (listed.replace(" and ", " or "), f"not (who are {listed})"),
        )
    return denied(found) if none and found is not None else found


def _interests(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_SCORED) is not None:
        begun = cursor.position
        for word in ("of", "is"):
            leaf = _up_to(reading, word)
            if leaf is not None:
                named: Meant = Said(leaf, start, cursor.position)
                scored = _scored(reading, named)
                if scored is not named:
                    return scored
            cursor.position = begun
        meant = take_topics(reading, primary=False, liked=False)
        scored = _scored(reading, meant)
        if scored is not None and scored is not meant:
            return scored
    cursor.position = start
    cursor.take_one_of("whose", "with", "have", "has", "having", "a", "the")
    cursor.take_one_of("the", "a")
    if cursor.word == "tag":
        return _scored(reading, take_topics(reading, primary=False, liked=False))
    main = cursor.take(_MAIN_INTERESTS) is not None
    colors = not main and cursor.take(_PREFERRED_COLORS) is not None
    if main or colors:
        cursor.take_one_of("include", "includes", "is", "are", ":")
        return take_topics(reading, primary=True, liked=False)
    cursor.position = start
    primary = cursor.take(_MAINLY) is not None
    if cursor.take(_INTEREST_STARTS) is not None:
        cursor.take_one_of("buying", "purchasing")
        begun = cursor.position
        leaf = _up_to(reading, "more")
        if leaf is not None and (compared := _than(reading, Said(leaf, start, cursor.position))) is not None:
            leaf = _one(compared)
            if leaf is not None and leaf.more_than is not None:
                return Said(leaf.model_copy(update={"primary": primary}), start, cursor.position)
        cursor.position = begun
        return _than(reading, _scored(reading, take_topics(reading, primary=primary, liked=False)))
    verb = cursor.take_one_of(*lexicon.INTEREST_VERBS)
    if verb is None:
        return None
    cursor.take_words("to", "buy") or cursor.take_one_of("buying", "purchasing")
    neither = cursor.take_words("neither")
    topics = take_topics(reading, primary=primary or verb in lexicon.PREFER_VERBS, liked=True)
    if neither:
        return None if topics is None else denied(topics)
    return _scored(reading, topics)


def _compared(reading: Reading) -> Meant | None:
    """'more interested in socks than in shoes', 'prefer socks to shoes'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_words("an") and cursor.take_words("interest")
    if cursor.take(_LESS_INTERESTED) is not None:
        raise cursor.ask(
            start, Told.of("Less than in what is said as more in the other."), ("more interested in … than in …",)
        )
    if cursor.take(_MORE_INTERESTED) is not None:
        first = _up_to(reading, "than")
        return None if first is None else _than_other(reading, first, start)
    cursor.position = start
    if cursor.word in lexicon.PREFER_VERBS:
        cursor.position += 1
        for word in ("to", "over"):
            before = cursor.position
            first = _up_to(reading, word)
            if first is not None:
                cursor.position += 1
                second = _one(take_topics(reading, primary=False, liked=False))
                if second is not None:
                    return Said(_more(reading, first, second, start), start, cursor.position)
            cursor.position = before
    cursor.position = start
    return None


def _up_to(reading: Reading, word: str) -> Interest | None:
    """The one topic before `word`, where that follows soon."""
    cursor = reading.cursor
    for ahead in range(1, MAX_TOPIC_WORDS):
        found = cursor.peek(ahead)
        if found == word:
            end = cursor.position + ahead
            topic = _one(topics_up_to(reading, end))
            return topic if cursor.position == end else None
        if found in _CLAUSE:
            return None
    return None


def _than_other(reading: Reading, first: Interest, start: int) -> Meant | None:
    cursor = reading.cursor
    if not cursor.take_words("than"):
        return None
    cursor.take_one_of("in", "into", "on")
    second = _one(take_topics(reading, primary=False, liked=False))
    return None if second is None else Said(_more(reading, first, second, start), start, cursor.position)


def _than(reading: Reading, meant: Meant | None) -> Meant | None:
    """'… more than in shoes' after one interest."""
    cursor = reading.cursor
    before = cursor.position
    leaf = _one(meant)
    if leaf is not None and isinstance(meant, Said) and cursor.take_words("more"):
        found = _than_other(reading, leaf, meant.start)
        if found is not None:
            return found
    cursor.position = before
    return meant


def _one(meant: Meant | None) -> Interest | None:
    leaf = meant.leaf if isinstance(meant, Said) else None
    return leaf if isinstance(leaf, Interest) else None


def _more(reading: Reading, first: Interest, second: Interest, start: int) -> Interest:
    if (first.topic_type, first.topic) == (second.topic_type, second.topic):
        raise reading.cursor.ask(start, Told.of("Nothing interests more than itself: what is compared?"))
    other = TopicName(topic_type=second.topic_type, topic=second.topic)
    return first.model_copy(update={"more_than": other})


def _scored(reading: Reading, meant: Meant | None) -> Meant | None:
    """'… with a score of at least 0.5' after one interest; above a number is at least the next one."""
    cursor = reading.cursor
    start = cursor.position
    leaf = _one(meant)
    if leaf is None or not isinstance(meant, Said):
        return meant
    cursor.take(_WITH_SCORE)
    begun = cursor.position
    compared = take_comparison(cursor, lambda: take_number(cursor))
    after = cursor.word
    if compared is None or after in lexicon.TIME_UNITS or after in lexicon.CURRENCIES or after in {"years", "%"}:
        cursor.position = start
        return meant
    value = float(compared.values[0])
    if not 0 <= value <= 1:
        if begun == start:
            cursor.position = start
            return meant
        raise cursor.ask(begun, Told.of("The score of an interest lies between 0 and 1: which one is meant?"))
    if compared.operator not in {Operator.GE, Operator.GT} or compared.upper is not None:
        raise cursor.ask(begun, Told.of("Only a least score can be asked for."), (f"with a score of at least {value}",))
    least = nextafter(value, 1.0) if compared.operator is Operator.GT else value
    return Said(leaf.model_copy(update={"min_score": least}), meant.start, cursor.position)
