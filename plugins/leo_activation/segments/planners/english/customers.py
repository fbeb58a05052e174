"""What customers are: their properties by name, when they joined, how old they are; and who of the rest applies."""

from collections.abc import Callable
from decimal import Decimal

from leo_activation.segments.plan import (
    Ago,
    Attribute,
    CustomerProperty,
    Length,
    Operator,
    SegmentMember,
    Window,
    canonical_decimal,
)
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import (
    AFTER_VALUE,
    Compared,
    take_comparison,
    take_money,
    take_number,
    take_whole,
)
from leo_activation.segments.planners.english.birthdays import take_birthday, take_months
from leo_activation.segments.planners.english.dates import take_length, take_window
from leo_activation.segments.planners.english.groups import take_segment, take_stage
from leo_activation.segments.planners.english.messages import take_having, take_reachability
from leo_activation.segments.planners.english.people import (
    take_genders,
    take_nationality,
    take_place,
    take_spoken,
    take_text,
)
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.told import Told
from leo_activation.warehouse.graph_schema import ValueType

OLDEST = 120
_BARE_AGE = frozenset({"over", "under", "above", "below", "between"})
_PROPERTIES = phrases(lexicon.PROPERTIES)
_JOINED = phrase_set(lexicon.JOINED)
_PEOPLE_WORDS = frozenset({*lexicon.SUBJECTS, *lexicon.EVERYBODY, *lexicon.GENDER_NOUNS})
_AGE_GROUPS = phrases(lexicon.AGE_GROUPS)
_AFTER_AGE = frozenset({END, ".", ",", ";", "?", "!", ")", "who", "that", "from", "in", "with", "and", "or", "living"})
_BEEN_WITH_US = phrase_set(
    ("been with us", "been customers", "been a customer", "been our customers", "been registered", "been members")
)
_AT_LEAST = phrase_set(("more than", "at least", "over", "longer than"))
_AT_MOST = phrase_set(("less than", "at most", "under", "fewer than", "not more than"))
_HAVING = ("with", "having", "have", "has", "had")
_RECORDED = phrase_set(("on record", "on file", "recorded", "on their profile", "set"))
_COUNTED_ANYWAY = frozenset({CustomerProperty.TOTAL_SPENT})


def take_attribute(reading: Reading, *, be: bool) -> Meant | None:
    """A statement about the customer, or nothing. `be`: a form of 'be' stood before it.

    Raises:
        Ask: a value is not among those of the tenant, or impossible.
    """
    start = reading.cursor.position
    rules: tuple[Callable[[Reading], Meant | None], ...] = (
        take_reachability,
        _property,
        _on_record,
        _amount_spent,
        _joined_within,
        _been_with_us,
        _born,
        take_stage,
        take_place,
        take_segment,
        take_spoken,
        _age,
    )
    for rule in (*rules, _being) if be else rules:
        found = rule(reading)
        if found is not None:
            return found
        reading.cursor.position = start
    return None


def _property(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of(*_HAVING, "whose", "by", "celebrating", "celebrate", "celebrates")
    cursor.take_one_of("a", "an", "the", "their", "of")
    name = cursor.take(_PROPERTIES)
    if name is None:
        return None
    if name is CustomerProperty.BIRTHDAY:
        cursor.take_one_of("is", "are", "was", "were", "being", ":", "falls", "fall", "comes")
    else:
        cursor.take_one_of("is", "are", "was", "of", "in", "being", ":", "amounts", "exceeds")
    if name is CustomerProperty.BIRTH_MONTH:
        cursor.take_one_of("in")
    if name.value_type is ValueType.TEXT:
        cursor.take_one_of("=")
    if cursor.words[cursor.position - 1] == "exceeds":
        cursor.position -= 1
    negated = cursor.take_words("not")
    known = _known(cursor, name, start)
    if known is not None:
        return denied(known) if negated else known
    if cursor.take_words("other", "than"):
        leaf = _leaf(reading, name, start, [])
        if leaf is None or leaf.operator is not Operator.EQ:
            return None
        operator = Operator.EQ if negated else Operator.NE
        return Said(Attribute(property=name, operator=operator, values=leaf.values), start, cursor.position)
    upper: list[Attribute] = []
    leaf = _leaf(reading, name, start, upper)
    if leaf is None:
        return None
    said: Meant = Said(leaf, start, cursor.position)
    if upper:
        said = joined("and", [said, Said(upper[0], start, cursor.position)])
    return denied(said) if negated else said


def _on_record(reading: Reading) -> Meant | None:
    """'with a known age', 'without a city', 'with no birthday on record', 'have an unknown gender'."""
    cursor = reading.cursor
    start = cursor.position
    opened = take_having(cursor)
    if opened is None or opened == "whose":
        return None
    known = opened in _HAVING
    none = cursor.take_one_of("no") is not None
    cursor.take_one_of("a", "an", "any")
    stated = cursor.take_one_of("known", "unknown", "missing", "registered")
    name = cursor.take(_PROPERTIES)
    if name is None or name in _COUNTED_ANYWAY:
        return None
    recorded = cursor.take(_RECORDED) is not None
    if none and opened not in _HAVING:
        return None
    if known and not (none or stated or recorded):
        return None
    if stated in {"unknown", "missing"} or none:
        known = not known
    said = Said(Attribute(property=name, operator=Operator.EXISTS), start, cursor.position)
    return said if known else denied(said)


def _amount_spent(reading: Reading) -> Meant | None:
    """'with more than 800 EUR total spend'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of("with", "have", "has", "having") is None:
        return None
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=False)
    cursor.take_one_of("in", "of")
    if compared is None or cursor.take(_PROPERTIES) is not CustomerProperty.TOTAL_SPENT:
        return None
    upper: list[Attribute] = []
    said = Said(_compared(CustomerProperty.TOTAL_SPENT, compared, upper), start, cursor.position)
    return joined("and", [said, *(Said(leaf, start, cursor.position) for leaf in upper)])


def _known(cursor: Cursor, name: CustomerProperty, start: int) -> Meant | None:
    if cursor.take_one_of("known") or cursor.take(_RECORDED) is not None:
        return Said(Attribute(property=name, operator=Operator.EXISTS), start, cursor.position)
    if cursor.take_one_of("unknown", "missing", "empty"):
        return denied(Said(Attribute(property=name, operator=Operator.EXISTS), start, cursor.position))
    return None


def _leaf(reading: Reading, name: CustomerProperty, start: int, upper: list[Attribute]) -> Attribute | None:
    """The comparison that follows a property's name; `upper` receives the second of 'more than … and less than …'."""
    cursor = reading.cursor

    def amount() -> str | None:
        return take_money(cursor, reading.catalogue)

    def number() -> str | None:
        return take_whole(cursor)

    match name:
        case CustomerProperty.TOTAL_SPENT | CustomerProperty.LIFETIME_VALUE:
            compared = take_comparison(cursor, amount)
            if compared is None and cursor.take_words("exceeds"):
                least = amount()
                compared = None if least is None else Compared(Operator.GT, (least,))
            return None if compared is None else _with_more(cursor, _compared(name, compared, upper), amount)
        case CustomerProperty.AGE:
            compared = take_comparison(cursor, number)
            return None if compared is None else _with_more(cursor, _age_leaf(cursor, start, compared, upper), number)
        case CustomerProperty.BIRTH_MONTH:
            return take_months(cursor)
        case CustomerProperty.BIRTHDAY:
            return take_birthday(cursor)
        case CustomerProperty.CREATED_AT:
            window = take_window(cursor)
            return None if window is None else Attribute(property=name, operator=Operator.WITHIN, window=window)
        case _ if name.value_type is ValueType.FLOAT:
            compared = take_comparison(cursor, lambda: _signed(cursor))
            if compared is None:
                return None
            return _with_more(cursor, _compared(name, compared, upper), lambda: _signed(cursor))
        case _:
            return take_text(reading, name, start)


def _signed(cursor: Cursor) -> str | None:
    """A number that may be below zero; the sign touches its digits."""
    start = cursor.position
    minus = cursor.take_one_of("-") is not None
    if minus and cursor.token is not None and cursor.tokens[start].end != cursor.token.start:
        cursor.position = start
        return None
    number = take_number(cursor)
    if number is None:
        cursor.position = start
        return None
    return canonical_decimal(f"-{number}") if minus else number


def _with_more(cursor: Cursor, leaf: Attribute, value: Callable[[], str | None]) -> Attribute:
    """'20, 30 or 40' after its first number."""
    values = list(leaf.values)
    while leaf.operator is Operator.EQ:
        before = cursor.position
        comma = cursor.take_one_of(",")
        following = value() if cursor.take_one_of("or") or comma else None
        if following is None:
            cursor.position = before
            break
        values.append(following)
    if len(values) == 1 or leaf.operator is not Operator.EQ:
        return leaf
    distinct = tuple(sorted(set(values), key=Decimal))
    return Attribute(property=leaf.property, operator=Operator.IN, values=distinct)


def _compared(name: CustomerProperty, compared: Compared, upper: list[Attribute] | None = None) -> Attribute:
    if compared.upper is not None and upper is not None:
        upper.append(Attribute(property=name, operator=compared.upper[0], values=(compared.upper[1],)))
    return Attribute(property=name, operator=compared.operator, values=compared.values)


def _joined_within(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_JOINED) is None:
        return None
    window = take_window(cursor)
    if window is None:
        return None
    leaf = Attribute(property=CustomerProperty.CREATED_AT, operator=Operator.WITHIN, window=window)
    return Said(leaf, start, cursor.position)


def _been_with_us(reading: Reading) -> Meant | None:
    """'have been with us for more than a year', 'been customers since 2025'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_BEEN_WITH_US) is None:
        return None
    window: Window | None = None
    if cursor.take_one_of("for") is not None:
        least = cursor.take(_AT_LEAST) is not None
        most = not least and cursor.take(_AT_MOST) is not None
        length = take_length(cursor)
        if length is not None and (least or most):
            window = length if most else Ago(latest=Length(amount=length.amount, unit=length.unit))
        elif length is not None:
            span = cursor.written(cursor.position - 2, cursor.position)
            raise cursor.ask(
                start, Told.of("For exactly {span}, or at least?", span=span), (f"joined more than {span} ago",)
            )
    else:
        window = take_window(cursor)
    if window is None:
        return None
    leaf = Attribute(property=CustomerProperty.CREATED_AT, operator=Operator.WITHIN, window=window)
    return Said(leaf, start, cursor.position)


def _born(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if not cursor.take_words("born"):
        return None
    if cursor.word in {"before", "after", "since", "until", "by"}:
        year = cursor.peek(1)
        raise cursor.ask(
            start,
            Told.of("The year of birth is not on record: which age is meant?"),
            ("older than a number of years", "younger than a number of years"),
            end=cursor.position + (2 if year == "\0number" else 1),
        )
    if cursor.word not in {"in", "on", "between", "from"}:
        return None
    leaf = take_birthday(cursor)
    return None if leaf is None else Said(leaf, start, cursor.position)


def _being(reading: Reading) -> Meant | None:
    """What follows 'are': a nationality, a gender, a segment's members, a number of years."""
    cursor = reading.cursor
    start = cursor.position
    if (nationality := take_nationality(reading)) is not None:
        cursor.take_one_of("customers", "citizens", "people")
        return Said(nationality, start, cursor.position)
    if (gender := take_genders(reading)) is not None:
        return Said(gender, start, cursor.position)
    cursor.take_one_of("a", "an", "the")
    found = reading.vocabulary.take(cursor, NameKind.SEGMENT)
    if found is not None:
        return Said(SegmentMember(segment_id=found[1]), start, cursor.position)
    return None


def _age(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_words("in", "their"):
        part = cursor.take_one_of("early", "mid", "late")
        spans = [] if part else _decades(cursor)
        leaves = [
            Attribute(property=CustomerProperty.AGE, operator=Operator.BETWEEN, values=(str(first), str(last)))
            for first, last in spans
        ]
        return joined("or", [Said(leaf, start, cursor.position) for leaf in leaves]) if leaves else None
    aged = cursor.take_one_of("aged", "ages", "age") is not None
    word = f"{cursor.word} {cursor.peek(1)}"
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None:
        return None
    aged = aged or bool({"age", "ages", "older", "younger"} & set(cursor.words[start : cursor.position]))
    if compared.bare and cursor.word == "years" and (operator := _or_older(cursor)) is not None:
        compared = Compared(operator, compared.values)
        aged = True
    unit = cursor.take_words("years", "old") or cursor.take_words("years", "of", "age") or cursor.take_words("years")
    if not unit and not aged and cursor.take_words("year", "olds"):
        unit = True
    named = aged or unit or word in lexicon.AGE_COMPARATORS or _stands_after_people(cursor, start, compared)
    if not named and (cursor.words[start] not in _BARE_AGE or start == reading.spoken.behaviour_end):
        return None
    if not named and (
        cursor.word in lexicon.CURRENCIES or cursor.word in {"times", "time", "%", "purchases", "orders"}
    ):
        return None
    if not named and max(int(value) for value in compared.values) > OLDEST:
        number = compared.values[0]
        raise cursor.ask(
            start,
            Told.of("{number} of what?", number=number),
            (f"whose total spent is more than {number}", "older than a number of years"),
        )
    upper: list[Attribute] = []
    said: Meant = Said(_age_leaf(cursor, start, compared, upper), start, cursor.position)
    return joined("and", [said, Said(upper[0], start, cursor.position)]) if upper else said


def _stands_after_people(cursor: Cursor, start: int, compared: Compared) -> bool:
    """'women 25-35', 'customers 18+': a range of numbers right after whom it is said of, and nothing counted after."""
    before = start - 2 if start > 1 and cursor.words[start - 1] == "," else start - 1
    if start == 0 or cursor.words[before] not in _PEOPLE_WORDS or compared.bare:
        return False
    return cursor.words[start] == "\0number" and cursor.word in _AFTER_AGE


def take_age_adjective(reading: Reading) -> Attribute | None:
    """'18+' and '25-35 year old' before the word for people.

    Raises:
        Ask: nobody is that old.
    """
    cursor = reading.cursor
    start = cursor.position
    if not cursor.is_kind(TokenKind.NUMBER):
        return None
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    years = compared is not None and (cursor.take_words("year", "old") or cursor.take_words("years", "old"))
    people = cursor.word in _PEOPLE_WORDS
    if compared is None or not people or (compared.bare and not years):
        cursor.position = start
        return None
    return _age_leaf(cursor, start, compared, [])


def _decades(cursor: Cursor) -> list[tuple[int, int]]:
    """'thirties', '30s or 40s': first and last ages, decades side by side as one span."""
    spans: list[tuple[int, int]] = []
    while (decade := lexicon.DECADES.get(cursor.word)) is not None:
        cursor.position += 1
        spans.append((decade, 19 if decade == 13 else decade + 9))
        if cursor.word in {"or", "and"} and cursor.peek(1) in lexicon.DECADES:
            cursor.position += 1
    spans.sort()
    merged = spans[:1]
    for first, last in spans[1:]:
        if first == merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def take_age_group(reading: Reading) -> Attribute | None:
    """'over-40s', 'under-25s' as a word for people."""
    cursor = reading.cursor
    if (group := cursor.take(_AGE_GROUPS)) is not None:
        ages = tuple(str(age) for age in group)
        comparison = Operator.GE if len(ages) == 1 else Operator.BETWEEN
        return Attribute(property=CustomerProperty.AGE, operator=comparison, values=ages)
    operator = {"over": Operator.GT, "under": Operator.LT}.get(cursor.word)
    years = cursor.peek(1).removesuffix("s")
    if operator is None or not years.isdecimal() or cursor.peek(1) == years:
        return None
    cursor.position += 2
    return Attribute(property=CustomerProperty.AGE, operator=operator, values=(str(int(years)),))


def _or_older(cursor: Cursor) -> Operator | None:
    """'years or older' after a number."""
    start = cursor.position
    cursor.take_one_of("years")
    cursor.take_words("old")
    operator = cursor.take(AFTER_VALUE)
    if operator is None:
        cursor.position = start
    return operator


def _age_leaf(cursor: Cursor, start: int, compared: Compared, upper: list[Attribute]) -> Attribute:
    if max(int(value) for value in compared.values) > OLDEST:
        raise cursor.ask(start, Told.of("Ages lie between 0 and {oldest}: which age is meant?", oldest=OLDEST))
    return _compared(CustomerProperty.AGE, compared, upper)
