"""How customers stand to each other: one household, referrals, the same purchases."""

from collections.abc import Callable

from leo_activation.segments.plan import Attribute, Behaviour, Exposure, Interest, Operator, Relation, RelationKind
from leo_activation.segments.plan import SegmentMember as Member
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_comparison, take_whole
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, denied
from leo_activation.told import Told

_RELATIONS = phrases({words: kind for kind, said in lexicon.RELATIONS.items() for words in said})
_SOMEBODY = phrase_set(lexicon.EVERYBODY, lexicon.SOMEBODY)
_OTHERS = phrase_set(("other", "another", "any other", "some other", "an other", "any", "some", "a", "an", "the"))
_PEOPLE = phrase_set(lexicon.SUBJECTS)
_NOBODY = phrase_set(("nobody", "no one", "no other", "no"))
_ENDS = frozenset({END, ".", ",", ";", "?", "!", ")", "and", "or", "but"})
_REQUIRES_OTHERS = frozenset({RelationKind.CO_PURCHASE})


def take_relation(reading: Reading, described: Callable[[], Meant | None]) -> Meant | None:
    """'were referred by customers in the segment VIP', 'live in one household with customers (who bought socks)'.

    `described` reads one description of people ('customers from Germany', 'Germans', 'customers who bought socks').

    Raises:
        Ask: more is said of the others than a plan can ask, or how many there are has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    kind = cursor.take(_RELATIONS)
    if kind is None:
        return None
    at_people = cursor.position
    if cursor.take(_NOBODY) is not None:
        cursor.take(_PEOPLE)
        if cursor.word not in _ENDS or kind in _REQUIRES_OTHERS:
            readings = ("who are not among those (who referred other customers)",)
            raise cursor.ask(start, Told.of("None of which customers?"), readings)
        return denied(Said(Relation(relation=kind), start, cursor.position))
    count = _count(cursor, start)
    said = _described(reading, described, kind)
    if said is None:
        cursor.position = at_people + 1 if at_people < len(cursor.tokens) else at_people
        raise cursor.ask(start, Told.of("Which other customers are meant?"), _readings(kind))
    leaf, end = said
    return Said(Relation(relation=kind, of=leaf, min_count=count), start, end)


def _readings(kind: RelationKind) -> tuple[str, ...]:
    first = lexicon.RELATIONS[kind][0]
    return (f"who {first} customers (who bought anything)", f"who {first} other customers")


def _count(cursor: Cursor, start: int) -> int:
    before = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor)) if cursor.word != "from" else None
    if compared is None:
        cursor.position = before
        return 1
    value = int(compared.values[0])
    written = cursor.written(before, cursor.position)
    least = value + (compared.operator is Operator.GT)
    if compared.bare or compared.upper is not None or compared.operator not in {Operator.GE, Operator.GT} or least < 1:
        question = Told.of("Only a least number of others can be asked for, not “{written}”.", written=written)
        raise cursor.ask(before, question, (f"at least {value} customers",))
    return least


def _described(
    reading: Reading, described: Callable[[], Meant | None], kind: RelationKind
) -> tuple[Attribute | Behaviour | Interest | Member | Exposure | None, int] | None:
    """What is asked of the others, None where they are any."""
    cursor = reading.cursor
    start = cursor.position
    anybody = _take_anybody(cursor)
    if anybody and cursor.word in _ENDS:
        return None if kind in _REQUIRES_OTHERS else (None, cursor.position)
    if anybody and cursor.take_one_of("("):
        meant = described()
        if meant is None or cursor.take_one_of(")") is None:
            raise cursor.ask(start, Told.of("What is said of the other customers?"), ("customers (who bought socks)",))
        return _one_leaf(reading, meant, start), cursor.position
    cursor.position = start
    cursor.take_one_of("other", "another")
    before = cursor.position
    spoken_of = list(reading.last_thing)
    meant = described()
    # 'them' after this does not mean what the others did.
    reading.last_thing[:] = spoken_of
    if meant is None:
        cursor.position = before
        return None
    leaf = _one_leaf(reading, meant, start)
    reading.open_relations.append(cursor.position)
    return leaf, cursor.position


def _take_anybody(cursor: Cursor) -> bool:
    start = cursor.position
    if cursor.take(_SOMEBODY) is not None:
        return True
    cursor.take(_OTHERS)
    if cursor.take(_SOMEBODY) is not None or cursor.take(_PEOPLE) is not None:
        return True
    cursor.position = start
    return False


def _one_leaf(reading: Reading, meant: Meant, start: int) -> Attribute | Behaviour | Interest | Member | Exposure:
    cursor = reading.cursor
    leaf = meant.leaf if isinstance(meant, Said) else None
    match leaf:
        case Attribute() | Interest() | Member():
            return leaf
        case Behaviour() | Exposure() if leaf.is_existence:
            return leaf
    raise cursor.ask(
        start,
        Told.of(
            "Of the other customers one thing can be asked: one property, segment or "
            "interest, or that something happened."
        ),
        ("customers (who bought socks)", "customers (who live in one country)"),
    )
