"""Words for people: where they live, their nationality, gender and language, and the values of text properties."""

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Attribute, CustomerProperty, Operator
from leo_activation.segments.planners import places
from leo_activation.segments.planners.cursor import Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind, near
from leo_activation.told import Told

_LIVE_IN = phrase_set(lexicon.LIVE_IN)
_OUTSIDE = phrase_set(lexicon.OUTSIDE)
_EXCEPTING = frozenset({"except", "excluding", "exclude"})
_ANYWHERE_BUT = phrase_set(lexicon.ANYWHERE_BUT)
_SUBJECTS = phrase_set(lexicon.SUBJECTS)
_SUBJECT_WORDS = [noun.split() for noun in lexicon.SUBJECTS]
_DESCRIBING = frozenset({*lexicon.RELATIVES, "from", "in", "with", "whose", "living"})
_ADJECTIVES = phrases(places.ADJECTIVES)
_PEOPLES = phrases(places.PEOPLES)
_COUNTRY_KINDS = (NameKind.COUNTRY, NameKind.CITY)
_TEXT_KINDS = {
    CustomerProperty.COUNTRY: NameKind.COUNTRY,
    CustomerProperty.CITY: NameKind.CITY,
    CustomerProperty.FAVORITE_COLOR: NameKind.COLOR,
    CustomerProperty.FUNNEL_STAGE: NameKind.FUNNEL_STAGE,
}


def take_text(reading: Reading, name: CustomerProperty, start: int) -> Attribute | None:
    """The value or values of a text property, after its name.

    Raises:
        Ask: no customer of the tenant has it.
    """
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
        question = Told.of(
            "No customer here has the {name} “{unknown}”: which one is meant?",
            name=name.replace("_", " "),
            unknown=unknown,
        )
        raise cursor.ask(cursor.position - 1, question, near(unknown, _known_values(reading, name)))
    values = [first]
    while True:
        before = cursor.position
        if cursor.take_one_of("or", ",", "and") is None:
            break
        following_at = cursor.position
        following = _text_value(reading, name)
        if following is None:
            cursor.position = before
            break
        if cursor.word in _DESCRIBING and cursor.words[following_at : cursor.position] in _SUBJECT_WORDS:
            # 'whose stage is lead or customers who …', where a stage is called customer.
            noun = cursor.written(following_at, cursor.position)
            readings = (f"whose {name.replace('_', ' ')} is “{following}”", f"other {noun}")
            raise cursor.ask(
                following_at,
                Told.of("Is “{noun}” a {name}, or are {noun} meant?", noun=noun, name=name.replace("_", " ")),
                readings,
            )
        values.append(following)
    return one_of(name, values)


def _known_values(reading: Reading, name: CustomerProperty) -> tuple[str, ...]:
    catalogue = reading.catalogue
    return {
        CustomerProperty.COUNTRY: tuple(places.NAME_OF.get(code, code) for code in catalogue.countries),
        CustomerProperty.CITY: catalogue.cities,
        CustomerProperty.GENDER: catalogue.genders,
        CustomerProperty.LANGUAGE: catalogue.languages,
        CustomerProperty.FUNNEL_STAGE: catalogue.funnel_stages,
        CustomerProperty.FAVORITE_COLOR: catalogue.colors,
    }[name]


def _text_value(reading: Reading, name: CustomerProperty) -> str | None:
    cursor = reading.cursor
    if name is CustomerProperty.GENDER:
        return _take_gender(reading) or _quoted_value(cursor, reading.catalogue.genders)
    if name is CustomerProperty.LANGUAGE:
        return _take_language(reading) or _quoted_value(cursor, reading.catalogue.languages)
    kind = _TEXT_KINDS[name]
    start = cursor.position
    if kind is NameKind.COUNTRY:
        if (code := _quoted_value(cursor, reading.catalogue.countries)) is not None:
            return code
        found = _take_place(reading)
        if found is None or found[0] is not kind:
            cursor.position = start
            return None
        return found[1]
    if (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, (kind,))
        cursor.position += 1 if found else 0
    else:
        found = reading.vocabulary.take(cursor, kind)
    return None if found is None else found[1]


def _quoted_value(cursor: Cursor, known: tuple[str, ...]) -> str | None:
    """A value in quotes, as the tenant's data spells it."""
    token = cursor.token
    if token is None or token.kind is not TokenKind.QUOTED or token.word not in known:
        return None
    cursor.position += 1
    return token.word


def one_of(name: CustomerProperty, values: list[str]) -> Attribute:
    """The property is one of these values."""
    distinct = tuple(sorted(set(values)))
    operator = Operator.EQ if len(distinct) == 1 else Operator.IN
    return Attribute(property=name, operator=operator, values=distinct)


def take_place(reading: Reading) -> Meant | None:
    """'from Germany or Austria', 'living in Hanoi'.

    Raises:
        Ask: no customer lives there, or the place may belong to a product.
    """
    cursor = reading.cursor
    start = cursor.position
    outside = cursor.take(_OUTSIDE) is not None
    excepted = cursor.peek(-1) in _EXCEPTING or (cursor.peek(-2), cursor.peek(-1)) == ("except", "for")
    if not outside and cursor.take(_LIVE_IN) is None and cursor.take_one_of("in") is None and not excepted:
        return None
    definite = cursor.words[start] != "in"
    if not outside and cursor.take(_ANYWHERE_BUT) is not None:
        outside = True
    cursor.take_words("the", "city", "of")
    either = definite and cursor.take_one_of("either") is not None
    places_named: list[tuple[NameKind, str, int]] = []
    commas = 0
    while True:
        begun = cursor.position
        found = _take_place(reading)
        if found is None:
            break
        places_named.append((*found, begun))
        before = cursor.position
        separator = cursor.take_one_of("or", "and", "nor", ",")
        if separator is None:
            break
        if separator == "," and cursor.take_one_of("or", "and") is None:
            commas += 1
        if not _place_stands(reading):
            cursor.position = before
            commas -= separator == ","
            break
    if either and "or" not in cursor.words[start : cursor.position]:
        return None
    if not places_named:
        if definite and cursor.position > start:
            _ask_about_place(cursor, reading.catalogue)
        return None
    if start == reading.spoken.behaviour_end:
        words = cursor.written(start, cursor.position)
        where = cursor.written(places_named[0][2], cursor.position)
        raise cursor.ask(
            start,
            Told.of("Do the customers live there, or does “{words}” belong to the product?", words=words),
            (f"who live in {where}",),
        )
    parts: list[Meant] = []
    for kind, name in ((NameKind.COUNTRY, CustomerProperty.COUNTRY), (NameKind.CITY, CustomerProperty.CITY)):
        values = [place for found_kind, place, _ in places_named if found_kind is kind]
        if values:
            parts.append(Said(one_of(name, values), start, cursor.position))
    kinds = [kind for kind, _, _ in places_named]
    inside = commas == 1 and kinds == [NameKind.CITY, NameKind.COUNTRY]  # 'Hanoi, Vietnam' is one place
    meant = joined("and" if inside else "or", parts)
    return denied(meant) if outside else meant


def take_home(reading: Reading) -> Attribute | None:
    """'Hanoi' and 'UK' as adjectives."""
    cursor = reading.cursor
    start = cursor.position
    found = _take_place(reading) if cursor.is_kind(TokenKind.WORD) else None
    if found is None or not (cursor.stands(_SUBJECTS) or cursor.word in lexicon.GENDER_NOUNS):
        cursor.position = start
        return None
    kind, place = found
    return one_of(CustomerProperty.COUNTRY if kind is NameKind.COUNTRY else CustomerProperty.CITY, [place])


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
        if (code := _quoted_value(cursor, reading.catalogue.countries)) is not None:
            return NameKind.COUNTRY, code
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


def _ask_about_place(cursor: Cursor, catalogue: Catalogue) -> None:
    begun = cursor.position
    while (token := cursor.token) is not None and token.kind is TokenKind.WORD:
        if not cursor.text[token.start].isupper():
            break
        cursor.position += 1
    if cursor.position == begun:
        return
    unknown = cursor.written(begun, cursor.position)
    known = [*catalogue.cities, *(places.NAME_OF.get(code, code) for code in catalogue.countries)]
    question = Told.of("No customer here lives in a place called “{unknown}”: which one is meant?", unknown=unknown)
    raise cursor.ask(begun, question, near(unknown, known))


def _country(reading: Reading, code: str, start: int) -> str:
    if code not in reading.catalogue.countries:
        cursor = reading.cursor
        listed = tuple(places.NAME_OF.get(found, found) for found in reading.catalogue.countries)
        name = places.NAME_OF[code]
        end = max(cursor.position, start + 1)
        raise cursor.ask(
            start, Told.of("No customer here is from {name}: which country is meant?", name=name), listed, end=end
        )
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
    return one_of(CustomerProperty.COUNTRY, codes) if codes else None


def take_genders(reading: Reading) -> Attribute | None:
    """'female', 'male or female'."""
    cursor = reading.cursor
    found: list[str] = []
    while (gender := _take_gender(reading)) is not None:
        found.append(gender)
        if cursor.word in {"or", "and"} and cursor.peek(1) in lexicon.GENDERS:
            cursor.position += 1
    return one_of(CustomerProperty.GENDER, found) if found else None


def _take_gender(reading: Reading) -> str | None:
    cursor = reading.cursor
    gender = lexicon.GENDERS.get(cursor.word)
    if gender is None:
        return None
    cursor.position += 1
    if gender not in reading.catalogue.genders:
        start = cursor.position - 1
        raise cursor.ask(
            start,
            Told.of("No customer here has the gender “{gender}” on record: what is meant instead?", gender=gender),
        )
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
        raise cursor.ask(
            cursor.position - 1, Told.of("No customer here has the language {word}: which one is meant?", word=word)
        )
    return code


def take_speaking(reading: Reading) -> Attribute | None:
    """'Vietnamese-speaking' as an adjective."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.word in lexicon.LANGUAGES and cursor.peek(1) in {"speaking", "speakers"}:
        code = _take_language(reading)
        cursor.take_one_of("speaking")
        if code is not None:
            return one_of(CustomerProperty.LANGUAGE, [code])
    cursor.position = start
    return None


def take_spoken(reading: Reading) -> Meant | None:
    """'speak Vietnamese'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of(*lexicon.SPEAK) is None:
        return None
    leaf = take_text(reading, CustomerProperty.LANGUAGE, start)
    return None if leaf is None else Said(leaf, start, cursor.position)
