"""What customers are: where they live, how old they are, what they spent, which segments they belong to."""

from collections.abc import Callable
from decimal import Decimal

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, ProfilePhrase, SegmentMember
from leo_activation.segments.planners import lexicon, places
from leo_activation.segments.planners.amounts import Compared, take_comparison, take_money, take_whole
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.dates import take_window
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.topics import take_threshold
from leo_activation.segments.planners.vocabulary import NameKind

OLDEST = 120
_BARE_AGE = frozenset({"over", "under", "above", "below", "between"})
_PROPERTIES = phrases(lexicon.PROPERTIES)
_LIVE_IN = phrase_set(lexicon.LIVE_IN[:-1])
_JOINED = phrase_set(lexicon.JOINED)
_SIMILAR = phrase_set(lexicon.SIMILAR_STARTS)
_ADJECTIVES = phrases(places.ADJECTIVES)
_PEOPLES = phrases(places.PEOPLES)
_MEMBER = phrase_set(
    ("members of", "a member of", "member of", "belong to", "belongs to", "part of", "belonging to", "in", "inside")
)
_COUNTRY_KINDS = (NameKind.COUNTRY, NameKind.CITY)
_TEXT_KINDS = {
    CustomerProperty.COUNTRY: NameKind.COUNTRY,
    CustomerProperty.CITY: NameKind.CITY,
    CustomerProperty.FAVORITE_COLOR: NameKind.COLOR,
    CustomerProperty.FUNNEL_STAGE: NameKind.FUNNEL_STAGE,
}


def take_attribute(reading: Reading, *, be: bool) -> Meant | None:
    """A statement about the customer, or nothing. `be`: a form of 'be' stood before it.

    Raises:
        Ask: a value is not among those of the tenant, or impossible.
    """
    start = reading.cursor.position
    rules: tuple[Callable[[Reading], Meant | None], ...] = (
        _property,
        _joined_within,
        _born,
        _stage,
        _place,
        _segment,
        _speaks,
        _age,
    )
    for rule in (*rules, _being) if be else rules:
        found = rule(reading)
        if found is not None:
            return found
        reading.cursor.position = start
    return None


# --- named properties -------------------------------------------------------------------------------------------------


def _property(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("with", "whose", "having", "have", "has", "had", "by")
    cursor.take_one_of("a", "an", "the", "their", "of")
    name = cursor.take(_PROPERTIES)
    if name is None:
        return None
    cursor.take_one_of("is", "are", "was", "of", "in", "being", ":", "amounts", "exceeds")
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
        different = Attribute(property=name, operator=Operator.NE, values=leaf.values)
        return Said(different, start, cursor.position)
    upper: list[Attribute] = []
    leaf = _leaf(reading, name, start, upper)
    if leaf is None:
        return None
    said: Meant = Said(leaf, start, cursor.position)
    if upper:
        said = joined("and", [said, Said(upper[0], start, cursor.position)])
    return denied(said) if negated else said


def _known(cursor: Cursor, name: CustomerProperty, start: int) -> Meant | None:
    if cursor.take_words("known"):
        return Said(Attribute(property=name, operator=Operator.EXISTS), start, cursor.position)
    if cursor.take_one_of("unknown", "missing"):
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
        case CustomerProperty.TOTAL_SPENT:
            compared = take_comparison(cursor, amount)
            if compared is None and cursor.take_words("exceeds"):
                least = amount()
                compared = None if least is None else Compared(Operator.GT, (least,))
            return None if compared is None else _with_more(cursor, _compared(name, compared, upper), amount)
        case CustomerProperty.AGE:
            compared = take_comparison(cursor, number)
            return None if compared is None else _with_more(cursor, _age_leaf(cursor, start, compared, upper), number)
        case CustomerProperty.BIRTH_MONTH:
            return _months(cursor)
        case CustomerProperty.CREATED_AT:
            window = take_window(cursor)
            return None if window is None else Attribute(property=name, operator=Operator.WITHIN, window=window)
        case _:
            return _text_leaf(reading, name, start)


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


def _text_leaf(reading: Reading, name: CustomerProperty, start: int) -> Attribute | None:
    cursor = reading.cursor
    for words, operator in ((("contains",), Operator.CONTAINS), (("starts", "with"), Operator.STARTS_WITH)):
        if cursor.take_words(*words):
            token = cursor.take_kind(TokenKind.QUOTED)
            return None if token is None else Attribute(property=name, operator=operator, values=(token.word,))
    first = _text_value(reading, name)
    if first is None:
        if cursor.at_end or not (cursor.is_kind(TokenKind.WORD) or cursor.is_kind(TokenKind.QUOTED)):
            return None
        cursor.position += 1
        unknown = cursor.written(cursor.position - 1, cursor.position)
        raise cursor.ask(
            cursor.position - 1, f"No customer here has the {name.replace('_', ' ')} “{unknown}”: which one is meant?"
        )
    values = [first]
    while True:
        before = cursor.position
        if cursor.take_one_of("or", ",", "and") is None:
            break
        following = _text_value(reading, name)
        if following is None:
            cursor.position = before
            break
        values.append(following)
    return _one_of(name, values)


def _text_value(reading: Reading, name: CustomerProperty) -> str | None:
    cursor = reading.cursor
    if name is CustomerProperty.GENDER:
        return _take_gender(reading)
    if name is CustomerProperty.LANGUAGE:
        return _take_language(reading)
    kind = _TEXT_KINDS[name]
    if (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, (kind,))
        cursor.position += 1 if found else 0
    else:
        found = reading.vocabulary.take(cursor, kind)
    if found is None:
        return None
    return _country(reading, found[1], cursor.position - 1) if kind is NameKind.COUNTRY else found[1]


def _one_of(name: CustomerProperty, values: list[str]) -> Attribute:
    distinct = tuple(sorted(set(values)))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=name, operator=operator, values=distinct)


# --- where, since when, in what ---------------------------------------------------------------------------------------


def _place(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_LIVE_IN) is None and cursor.take_one_of("in") is None:
        return None
    definite = cursor.words[start] != "in"
    cursor.take_words("the", "city", "of")
    places_named: list[tuple[NameKind, str, int]] = []
    while True:
        begun = cursor.position
        found = _take_place(reading)
        if found is None:
            break
        places_named.append((*found, begun))
        before = cursor.position
        if cursor.take_one_of("or", "and", ",") is None:
            break
        if cursor.word in {"or", "and"}:
            cursor.position += 1
        if not _place_stands(reading):
            cursor.position = before
            break
    if not places_named:
        if definite:
            _ask_about_place(cursor)
        return None
    if start == reading.spoken.behaviour_end:
        words = cursor.written(start, cursor.position)
        where = cursor.written(places_named[0][2], cursor.position)
        raise cursor.ask(
            start, f"Do the customers live there, or does “{words}” belong to the product?", (f"who live in {where}",)
        )
    parts: list[Meant] = []
    for kind, name in ((NameKind.COUNTRY, CustomerProperty.COUNTRY), (NameKind.CITY, CustomerProperty.CITY)):
        values = [place for found_kind, place, _ in places_named if found_kind is kind]
        if values:
            parts.append(Said(_one_of(name, values), start, cursor.position))
    return joined("or", parts)


def _take_place(reading: Reading) -> tuple[NameKind, str] | None:
    cursor = reading.cursor
    start = cursor.position
    token = cursor.token
    if token is not None and token.kind is TokenKind.WORD:
        written = cursor.text[token.start : token.end]
        if len(written) == 2 and written.isupper() and written in reading.catalogue.countries:
            cursor.position += 1
            return NameKind.COUNTRY, written
    if token is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, _COUNTRY_KINDS)
        cursor.position += 1 if found else 0
    else:
        the = cursor.take_one_of("the")
        found = reading.vocabulary.take(cursor, *_COUNTRY_KINDS)
        if found is None and the:
            cursor.position = start
    if found is not None and found[0] is NameKind.COUNTRY:
        _country(reading, found[1], start)
    return found


def _place_stands(reading: Reading) -> bool:
    before = reading.cursor.position
    try:
        return _take_place(reading) is not None
    finally:
        reading.cursor.position = before


def _ask_about_place(cursor: Cursor) -> None:
    begun = cursor.position
    while (token := cursor.token) is not None and token.kind is TokenKind.WORD:
        if not cursor.text[token.start].isupper():
            break
        cursor.position += 1
    if cursor.position == begun:
        return
    unknown = cursor.written(begun, cursor.position)
    raise cursor.ask(begun, f"No customer here lives in a place called “{unknown}”: which one is meant?")


def _country(reading: Reading, code: str, start: int) -> str:
    if code not in reading.catalogue.countries:
        cursor = reading.cursor
        listed = tuple(places.NAME_OF.get(found, found) for found in reading.catalogue.countries)
        name = places.NAME_OF[code]
        end = max(cursor.position, start + 1)
        raise cursor.ask(start, f"No customer here is from {name}: which country is meant?", listed, end=end)
    return code


def take_nationality(reading: Reading, *, people: bool = False) -> Attribute | None:
    """'German', 'German or Austrian' as an adjective; with `people` 'Germans', 'Germans and Poles'."""
    cursor = reading.cursor
    table = _PEOPLES if people else _ADJECTIVES
    codes: list[str] = []
    while True:
        start = cursor.position
        code = cursor.take(table)
        if code is None or cursor.word in lexicon.SPEAK:
            cursor.position = start
            break
        codes.append(_country(reading, code, start))
        before = cursor.position
        if cursor.take_one_of("or", "and", ",") is None:
            break
        following = cursor.position
        stands = cursor.take(table) is not None and cursor.word not in lexicon.SPEAK
        cursor.position = following if stands else before
        if not stands:
            break
    return _one_of(CustomerProperty.COUNTRY, codes) if codes else None


def take_genders(reading: Reading) -> Attribute | None:
    """'female', 'male or female'."""
    cursor = reading.cursor
    found: list[str] = []
    while (gender := _take_gender(reading)) is not None:
        found.append(gender)
        if cursor.word in {"or", "and"} and cursor.peek(1) in lexicon.GENDERS:
            cursor.position += 1
    return _one_of(CustomerProperty.GENDER, found) if found else None


def _take_gender(reading: Reading) -> str | None:
    cursor = reading.cursor
    gender = lexicon.GENDERS.get(cursor.word)
    if gender is None:
        return None
    cursor.position += 1
    if gender not in reading.catalogue.genders:
        start = cursor.position - 1
        raise cursor.ask(start, f"No customer here has the gender “{gender}” on record: what is meant instead?")
    return gender


def _take_language(reading: Reading) -> str | None:
    cursor = reading.cursor
    code = lexicon.LANGUAGES.get(cursor.word)
    token = cursor.token
    if code is None and token is not None and token.word in reading.catalogue.languages:
        code = token.word
    if code is None:
        return None
    cursor.position += 1
    if code not in reading.catalogue.languages:
        word = cursor.written(cursor.position - 1, cursor.position)
        raise cursor.ask(cursor.position - 1, f"No customer here has the language {word}: which one is meant?")
    return code


def take_speaking(reading: Reading) -> Attribute | None:
    """'Vietnamese-speaking' as an adjective."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.word in lexicon.LANGUAGES and cursor.peek(1) in {"speaking", "speakers"}:
        code = _take_language(reading)
        cursor.take_one_of("speaking")
        if code is not None:
            return _one_of(CustomerProperty.LANGUAGE, [code])
    cursor.position = start
    return None


def _speaks(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of(*lexicon.SPEAK) is None:
        return None
    leaf = _text_leaf(reading, CustomerProperty.LANGUAGE, start)
    return None if leaf is None else Said(leaf, start, cursor.position)


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


def _born(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_words("born", "in") or cursor.take_words("born", "in", "the", "month", "of"):
        leaf = _months(cursor)
        return None if leaf is None else Said(leaf, start, cursor.position)
    return None


def _months(cursor: Cursor) -> Attribute | None:
    """'March', 'March or May', 'the 3rd month'."""
    values: list[int] = []
    while True:
        before = cursor.position
        if values and cursor.take_one_of("or", ",", "and") is None:
            break
        month = _month(cursor)
        if month is None:
            cursor.position = before
            break
        values.append(month)
    if not values:
        return None
    distinct = tuple(str(month) for month in sorted(set(values)))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=CustomerProperty.BIRTH_MONTH, operator=operator, values=distinct)


def _month(cursor: Cursor) -> int | None:
    named = lexicon.MONTHS.get(cursor.word)
    if named is not None:
        cursor.position += 1
        return named
    cursor.take_one_of("the")
    start = cursor.position
    ordinal = cursor.take_kind(TokenKind.ORDINAL)
    number = ordinal or cursor.take_kind(TokenKind.NUMBER)
    if number is None or not number.word.isdigit() or (ordinal is not None and not cursor.take_words("month")):
        return None
    if not 1 <= int(number.word) <= 12:
        raise cursor.ask(start, f"There is no month {number.word}: which one is meant?")
    return int(number.word)


def _stage(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("in", "at")
    cursor.take_one_of("the")
    if cursor.take_words("funnel", "stage"):
        leaf = _text_leaf(reading, CustomerProperty.FUNNEL_STAGE, start)
        return None if leaf is None else Said(leaf, start, cursor.position)
    found = reading.vocabulary.take(cursor, NameKind.FUNNEL_STAGE)
    if found is None:
        return None
    if not (cursor.take_words("funnel", "stage") or cursor.take_words("stage")):
        return None
    return Said(_one_of(CustomerProperty.FUNNEL_STAGE, [found[1]]), start, cursor.position)


def _segment(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_MEMBER) is None:
        return None
    cursor.take_one_of("the", "our", "any")
    if cursor.take_one_of(*lexicon.SEGMENT_NOUNS):
        begun = cursor.position
        found = _named_segment(reading)
        if found is None:
            cursor.position = max(cursor.position, begun + 1)
            raise _unknown_segment(reading, begun)
        return Said(SegmentMember(segment_id=found), start, cursor.position)
    begun = cursor.position
    found = _named_segment(reading)
    if found is not None:
        cursor.take_one_of(*lexicon.SEGMENT_NOUNS)
        return Said(SegmentMember(segment_id=found), start, cursor.position)
    while (token := cursor.token) is not None and cursor.text[token.start].isupper():
        cursor.position += 1
        if cursor.word in lexicon.SEGMENT_NOUNS and cursor.position > begun:
            unknown = _unknown_segment(reading, begun)
            cursor.position += 1
            raise unknown
    return None


def _named_segment(reading: Reading) -> str | None:
    cursor = reading.cursor
    if (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, (NameKind.SEGMENT,))
        cursor.position += 1 if found else 0
    else:
        found = reading.vocabulary.take(cursor, NameKind.SEGMENT)
    return None if found is None else found[1]


def _unknown_segment(reading: Reading, begun: int) -> Exception:
    cursor = reading.cursor
    names = tuple(reading.catalogue.segments.values())[:12]
    unknown = cursor.written(begun, cursor.position)
    return cursor.ask(begun, f"There is no active segment “{unknown}”: which one is meant?", names)


def take_segment_adjective(reading: Reading) -> SegmentMember | None:
    """'VIP' before 'customers'."""
    found = reading.vocabulary.take(reading.cursor, NameKind.SEGMENT)
    return None if found is None else SegmentMember(segment_id=found[1])


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


# --- age --------------------------------------------------------------------------------------------------------------


def _age(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_words("in", "their"):
        part = cursor.take_one_of("early", "mid", "late")
        decade = lexicon.DECADES.get(cursor.word)
        if decade is None or part:
            return None
        cursor.position += 1
        last = 19 if decade == 13 else decade + 9
        leaf = Attribute(property=CustomerProperty.AGE, operator=Operator.BETWEEN, values=(str(decade), str(last)))
        return Said(leaf, start, cursor.position)
    aged = cursor.take_one_of("aged", "ages", "age") is not None
    word = f"{cursor.word} {cursor.peek(1)}"
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None:
        return None
    unit = cursor.take_words("years", "old") or cursor.take_words("years", "of", "age") or cursor.take_words("years")
    if not unit and not aged and cursor.take_words("year", "olds"):
        unit = True
    named = aged or unit or word in lexicon.AGE_COMPARATORS
    if not named and (cursor.words[start] not in _BARE_AGE or start == reading.spoken.behaviour_end):
        return None
    if not named and (
        cursor.word in lexicon.CURRENCIES or cursor.word in {"times", "time", "%", "purchases", "orders"}
    ):
        return None
    if not named and max(int(value) for value in compared.values) > OLDEST:
        number = compared.values[0]
        raise cursor.ask(
            start, f"{number} of what?", (f"whose total spent is more than {number}", "older than a number of years")
        )
    upper: list[Attribute] = []
    said: Meant = Said(_age_leaf(cursor, start, compared, upper), start, cursor.position)
    return joined("and", [said, Said(upper[0], start, cursor.position)]) if upper else said


def _age_leaf(cursor: Cursor, start: int, compared: Compared, upper: list[Attribute]) -> Attribute:
    if max(int(value) for value in compared.values) > OLDEST:
        raise cursor.ask(start, f"Ages lie between 0 and {OLDEST}: which age is meant?")
    return _compared(CustomerProperty.AGE, compared, upper)


# --- by description ---------------------------------------------------------------------------------------------------


def take_similar(reading: Reading, *, like: bool) -> Said | None:
    """'similar to “weekend hikers who love camping gear”'; `like`: the bare word 'like' may stand for it.

    Raises:
        Ask: without quotes it is open where the description ends.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_SIMILAR) is None and not (like and cursor.take_words("like")):
        return None
    if cursor.words[start] == "like" and not cursor.is_kind(TokenKind.QUOTED):
        cursor.position = start
        return None
    cursor.take_words("those", "like") or cursor.take_words("those", "described", "as")
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return Said(ProfilePhrase(phrase=token.word, threshold=take_threshold(cursor)), start, cursor.position)
    begun = cursor.position
    while cursor.is_kind(TokenKind.WORD) and cursor.word not in {"and", "or", "but", "who", "with", "that", "whose"}:
        cursor.position += 1
    if cursor.position == begun:
        return None
    phrase = cursor.written(begun, cursor.position)
    if cursor.word not in {END, ".", ",", "?", "!", ";"}:
        raise cursor.ask(begun, "Where does the description end? Please put it in quotes.", (f"similar to “{phrase}”",))
    return Said(ProfilePhrase(phrase=phrase), start, cursor.position)
