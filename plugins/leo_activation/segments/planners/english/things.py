"""What was bought, viewed or returned: products, categories, brands, colours and prices."""

from dataclasses import dataclass, replace

from leo_activation.segments.plan import Operator, Range
from leo_activation.segments.planners.cursor import Cursor, phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import range_of, take_comparison, take_money, take_whole
from leo_activation.segments.planners.english.dates import speaks_of_time
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.told import Told

_ANYTHING = phrase_set(lexicon.ANYTHING)
_PRONOUNS = phrase_set(lexicon.PRONOUNS)
_UNITS = phrase_set(lexicon.PRODUCT_UNITS)
_DETERMINERS = ("the", "a", "an", "some", "any", "their", "our", "those", "these", "his", "her")
_NOUNS = (NameKind.CATEGORY, NameKind.PRODUCT, NameKind.BRAND)
_EXPLICIT = {"category": NameKind.CATEGORY, "product": NameKind.PRODUCT, "brand": NameKind.BRAND}
_AFTER_NONE = frozenset(
    {"", ".", ",", ";", "?", "!", ")", "and", "or", "but", "in", "since", "this", "who", "afterwards"}
)
_DEARER = phrase_set(("cheaper than", "more expensive than", "dearer than"))
_PRICED = phrase_set(
    ("costing", "priced", "priced at", "at a price of", "at prices", "for a price of", "with a price of"),
    ("cost", "costs", "with a price", "selling for", "sold for", "sold at"),
)


@dataclass
class Things:
    """The objects of one verb: all of them, or any of them; those denied must not be among what was done."""

    operator: str
    wanted: list[tuple[Thing, int, int]]
    denied: list[tuple[Thing, int, int]]


def take_things(reading: Reading) -> Things | None:
    """The objects that stand here, or nothing.

    Raises:
        Ask: 'and' and 'or' are mixed, or it is open what a colour belongs to.
    """
    cursor = reading.cursor
    start = cursor.position
    if (bracketed := _bracketed(reading)) is not None:
        return bracketed
    both = cursor.take_one_of("both", "either") or ("both" if cursor.take_words("all", "of") else None)
    if both and cursor.peek(-1) == "of":
        cursor.take_words(":")
    first = _take_thing(reading)
    if first is None:
        cursor.position = start
        return None
    wanted: list[tuple[Thing, int, int]] = [(first, start, cursor.position)]
    denied: list[tuple[Thing, int, int]] = []
    operators: list[tuple[str, int]] = []
    while True:
        before = cursor.position
        operator = _take_operator(cursor)
        if operator is None:
            break
        begun = cursor.position
        if _quantity_stands(cursor):
            cursor.position = before
            break
        thing = _take_thing(reading, wanted[-1][0])
        if thing is None:
            cursor.position = before
            break
        if operator == "not" and cursor.words[before] in {"except", "excluding"}:
            words, what = cursor.written(begun, cursor.position), cursor.written(start, before)
            raise cursor.ask(
                start,
                Told.of("Something that is not “{words}”, or {what} but never “{words}”?", words=words, what=what),
                (f"bought {what} and who did not buy {words}",),
            )
        if denied and operator == "and":
            listed = cursor.written(denied[0][1], cursor.position)
            readings = (f"but neither {listed.replace(' and ', ' nor ')}", f"and who did not … {listed}")
            raise cursor.ask(denied[0][1], Told.of("Not all of “{listed}”, or none of them?", listed=listed), readings)
        if operator == "not" or denied:
            denied.append((thing, begun, cursor.position))
        else:
            wanted.append((thing, begun, cursor.position))
            if operator != ",":
                operators.append((operator, before))
    named = {operator for operator, _ in operators}
    if both and named != ({"and"} if both == "both" else {"or"}):
        cursor.position = start
        return None
    if len(named) > 1:
        raise cursor.ask(
            start,
            Told.of(
                "“{words}” can be read in two ways: what belongs together?",
                words=cursor.written(start, cursor.position),
            ),
            ("(… and …) or …", "… and (… or …)"),
        )
    _ask_about_colors(reading, wanted, start)
    _ask_about_brands(reading, wanted, start)
    if wanted[0][0] != Thing():
        reading.last_thing[:] = [thing for thing, _, _ in wanted]
    operator = next(iter(named), "and" if len(wanted) > 1 else "or")
    return Things(operator, _merged(wanted) if operator == "or" else wanted, denied)


def none_of(things: Things) -> Things:
    """'no socks and no shoes' as alternatives, of which a denial then reaches each."""
    return Things("or", _merged([*things.wanted, *things.denied]), [])


def take_none_of_them(reading: Reading) -> Things | None:
    """'none', 'none of them', 'neither': what was spoken of last, of which nothing was meant."""
    cursor = reading.cursor
    start = cursor.position
    spoken = reading.last_thing
    if cursor.word not in {"none", "neither"} or (cursor.word == "none") != (len(spoken) == 1) or not spoken:
        return None
    cursor.position += 1
    if cursor.take_one_of("of") is not None and cursor.take_one_of("them", "these", "those") is None:
        cursor.position = start
        return None
    if cursor.word not in _AFTER_NONE:
        cursor.position = start
        return None
    return Things("or", _merged([(thing, start, cursor.position) for thing in spoken]), [])


def _bracketed(reading: Reading) -> Things | None:
    """'(socks or shoes)'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_one_of("(") is not None:
        things = take_things(reading)
        if things is not None and cursor.take_one_of(")") is not None:
            return things
    cursor.position = start
    return None


def _take_operator(cursor: Cursor) -> str | None:
    if cursor.word in {"but", "and"} and cursor.peek(1) in {"no", "not"} and cursor.peek(2) not in lexicon.COMPARED:
        cursor.position += 2
        return "not"
    if cursor.take_words("but", "not") or cursor.take_words("and", "not") or cursor.take_words("except", "for"):
        return "not"
    if cursor.take_one_of("except", "excluding"):
        return "not"
    if cursor.take_words(",", "but", "not") or cursor.take_words("but", "neither"):
        return "not"
    if cursor.take_words("as", "well", "as") or cursor.take_words("plus"):
        return "and"
    if cursor.take_words("and", "/", "or"):
        return "or"
    comma = cursor.take_one_of(",") is not None
    if (word := cursor.take_one_of("and", "or", "nor", "&")) is not None:
        return "or" if word in {"or", "nor"} else "and"
    return "," if comma else None


def _merged(wanted: list[tuple[Thing, int, int]]) -> list[tuple[Thing, int, int]]:
    """Alternatives of one kind as one thing, so that a count counts them together."""
    first, start, end = wanted[0]
    if len(wanted) == 1:
        return wanted
    things = [thing for thing, _, _ in wanted]
    alike = {(thing.colors, thing.price, thing.brands if thing.names or thing.categories else ()) for thing in things}
    kinds = {(bool(thing.names), bool(thing.categories)) for thing in things}
    if len(alike) > 1 or len(kinds) > 1 or kinds == {(True, True)}:
        return wanted
    merged = replace(
        first,
        names=tuple(dict.fromkeys(name for thing in things for name in thing.names)),
        categories=tuple(dict.fromkeys(name for thing in things for name in thing.categories)),
        brands=tuple(dict.fromkeys(name for thing in things for name in thing.brands)),
    )
    return [(merged, start, max(end, wanted[-1][2]))]


def _ask_about_colors(reading: Reading, wanted: list[tuple[Thing, int, int]], start: int) -> None:
    first, others = wanted[0][0], [thing for thing, _, _ in wanted[1:]]
    if first.colors and others and all(not thing.colors for thing in others) and first.has_noun():
        color = " or ".join(first.colors)
        noun = reading.cursor.written(wanted[1][1], wanted[1][2])
        raise reading.cursor.ask(
            start,
            Told.of("Does “{color}” belong to “{noun}” as well?", color=color, noun=noun),
            (f"{color} {noun}", f"{noun} of any colour"),
        )


def _ask_about_brands(reading: Reading, wanted: list[tuple[Thing, int, int]], start: int) -> None:
    """'Luna or Northpeak shoes': are Luna's shoes meant, or anything of Luna?"""
    last = wanted[-1][0]
    bare = [thing for thing, _, _ in wanted[:-1] if thing.brands and not (thing.names or thing.categories)]
    kinds = last.categories or last.names
    if bare and last.brands and kinds and reading.cursor.words[wanted[0][1]] not in {"anything", "something"}:
        brand, kind = bare[0].brands[0], kinds[0]
        raise reading.cursor.ask(
            start,
            Told.of("Does “{kind}” belong to “{brand}” as well?", kind=kind, brand=brand),
            (f"{brand} {kind}", f"anything from {brand}"),
        )


def _take_thing(reading: Reading, previous: Thing | None = None) -> Thing | None:
    """One thing; `previous` is the one before it in a list."""
    after_connector = previous is not None
    cursor = reading.cursor
    start = cursor.position
    if cursor.take_words("nothing"):
        cursor.position = start
        return None
    _take_single_piece(reading)
    anything = cursor.take(_ANYTHING) is not None
    if not anything:
        cursor.take_one_of(*_DETERMINERS)
        cursor.take(_UNITS)
    thing = Thing(colors=_take_colors(reading))
    before_noun = cursor.position
    thing = _take_noun(reading, thing) or thing
    if not thing.has_noun():
        cursor.position = before_noun
        if thing.colors and cursor.take_one_of("ones", "one"):
            spoken = [previous] if previous is not None else reading.last_thing
            if len(spoken) != 1 or not spoken[0].has_noun():
                cursor.position = start
                return None
            return replace(spoken[0], colors=thing.colors, price=None)
        if thing.colors:
            anything = anything or cursor.take_one_of(*lexicon.GENERIC_NOUNS) is not None
        elif not anything:
            cursor.position = start
            referred = _take_pronoun(reading)
            if referred is None or after_connector:
                cursor.position = start
                return None
            return referred
        if not anything and (after_connector or not thing.colors):
            cursor.position = start
            return None
        if not anything and thing.colors:
            cursor.position = start
            return None
    return take_details(reading, thing)


def _take_single_piece(reading: Reading) -> None:
    """'at least one pair of', 'a pair of': one purchase. More pieces than one may be one purchase or several."""
    cursor = reading.cursor
    start = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor)) if cursor.word not in {"between", "from"} else None
    if compared is None:
        return
    if compared.values == ("1",) and (compared.bare or compared.operator is Operator.GE):
        cursor.take(_UNITS)
        return
    if cursor.stands(_UNITS) or _noun_stands(reading):
        number = cursor.written(start, cursor.position)
        cursor.take(_UNITS)
        begun = cursor.position
        _take_thing(reading)
        what = cursor.written(begun, cursor.position)
        what = "anything" if what in {"", *lexicon.ANYTHING} else what
        least = f"at least {compared.values[0]}" if compared.bare else number
        raise cursor.ask(
            start,
            Told.of("Does “{number}” count pieces, different products or purchases?", number=number),
            (
                f"{least} units of {what}",
                f"{least} different products",
                f"{what} {least} times",
            ),
        )
    cursor.position = start


def _quantity_stands(cursor: Cursor) -> bool:
    """Whether 'at least 3 pairs of socks' stands here: a statement of its own, and no thing of a list."""
    start = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor)) if cursor.word not in {"between", "from"} else None
    stands = compared is not None and compared.values != ("1",) and cursor.word in lexicon.PIECES
    cursor.position = start
    return stands


def _noun_stands(reading: Reading) -> bool:
    before = reading.cursor.position
    _take_colors(reading)
    found = _take_noun(reading, Thing()) is not None or reading.cursor.word in lexicon.GENERIC_NOUNS
    reading.cursor.position = before
    return found


def _take_pronoun(reading: Reading) -> Thing | None:
    """'them', 'one', 'any': what was spoken of last."""
    cursor = reading.cursor
    pronoun = cursor.take(_PRONOUNS)
    if pronoun is None:
        return None
    return reading.last_thing[0] if len(reading.last_thing) == 1 else None


def _take_colors(reading: Reading) -> tuple[str, ...]:
    cursor, vocabulary = reading.cursor, reading.vocabulary
    start = cursor.position
    first = vocabulary.take(cursor, NameKind.COLOR)
    if first is None:
        return ()
    colors, operators = [first[1]], []
    while True:
        before = cursor.position
        operator = _take_operator(cursor) or ("or" if cursor.take_words("/") else None)
        if operator is not None and cursor.words[start - 1 : start] == ["in"]:
            cursor.take_words("in")
        following = vocabulary.take(cursor, NameKind.COLOR) if operator in {"and", "or", ","} else None
        if operator is None or following is None:
            cursor.position = before
            break
        colors.append(following[1])
        operators.append(operator)
    cursor.take_one_of("colored", "coloured")
    if "and" in operators:
        end = cursor.position
        _take_noun(reading, Thing())
        raise cursor.ask(
            start,
            Told.of("Does “{words}” mean any of these colours, or each of them?", words=cursor.written(start, end)),
            (" or ".join(colors), "a separate condition for each colour"),
            end=end,
        )
    return tuple(colors)


def _take_noun(reading: Reading, thing: Thing) -> Thing | None:
    cursor, vocabulary = reading.cursor, reading.vocabulary
    explicit = found = _take_explicit(reading)
    if found is None:
        found = vocabulary.take(cursor, *_NOUNS)
    if found is None and (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = vocabulary.lookup(token.word, _NOUNS)
        cursor.position += 1 if found else 0
    if found is None:
        return None
    kind, name = found
    thing = _with_name(thing, kind, name)
    if explicit is not None:
        return _with_alternatives(reading, thing, kind)
    if kind is NameKind.BRAND:
        following = vocabulary.take(cursor, NameKind.CATEGORY, NameKind.PRODUCT)
        if following is not None:
            thing = _with_name(thing, *following)
    cursor.take_one_of(*lexicon.GENERIC_NOUNS)
    return thing


def _with_alternatives(reading: Reading, thing: Thing, kind: NameKind) -> Thing:
    """'… or the brand "Luna"' after a brand."""
    cursor = reading.cursor
    while True:
        before = cursor.position
        following = _take_explicit(reading) if cursor.take_one_of("or", ",") else None
        if following is None or following[0] is not kind:
            cursor.position = before
            return thing
        thing = _with_name(thing, *following)


def _take_explicit(reading: Reading) -> tuple[NameKind, str] | None:
    """'the category "Health & Beauty"'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("the")
    kind = _EXPLICIT.get(cursor.word)
    if kind is not None:
        cursor.position += 1
        if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
            found = reading.vocabulary.lookup(token.word, (kind,))
            if found is None:
                raise cursor.ask(
                    start, Told.of("There is no {kind} “{word}”: which one is meant?", kind=kind, word=token.word)
                )
            return found
    cursor.position = start
    return None


def _with_name(thing: Thing, kind: NameKind, name: str) -> Thing:
    match kind:
        case NameKind.CATEGORY:
            return replace(thing, categories=(*thing.categories, name))
        case NameKind.PRODUCT:
            return replace(thing, names=(*thing.names, name))
        case _:
            return replace(thing, brands=(*thing.brands, name))


def take_details(reading: Reading, thing: Thing) -> Thing:
    """What follows a noun: its colour, category, brand and price."""
    while True:
        found = _take_detail(reading, thing)
        if found is None:
            return thing
        thing = found


def _take_detail(reading: Reading, thing: Thing) -> Thing | None:
    cursor, vocabulary = reading.cursor, reading.vocabulary
    start = cursor.position
    if not thing.colors and cursor.take_one_of("in", "of"):
        cursor.take_one_of("the")
        cursor.take_one_of("color", "colour", "colors", "colours")
        colors = _take_colors(reading)
        if colors and not _noun_stands(reading):
            return replace(thing, colors=colors)
        cursor.position = start
    if not thing.colors and (colors := _take_colors_after(reading)):
        return replace(thing, colors=colors)
    if not thing.colors and thing.product_filter() is None and (colors := _take_colors(reading)):
        return replace(thing, colors=colors)
    if cursor.take_one_of("of", "from", "by", "in") or cursor.take_words("made", "by"):
        found = _take_explicit(reading)
        if found is None:
            cursor.take_one_of("the")
            cursor.take_one_of("brand", "category")
            kinds = (NameKind.BRAND,) if thing.categories or thing.names else (NameKind.BRAND, NameKind.CATEGORY)
            found = vocabulary.take(cursor, *kinds)
        if found is not None:
            return _with_alternatives(reading, _with_name(thing, *found), found[0])
        cursor.position = start
    if thing.price is None and (price := _take_price(reading)) is not None:
        return replace(thing, price=price)
    return None


def _take_colors_after(reading: Reading) -> tuple[str, ...]:
    """'(red)' and 'that are red' after a noun."""
    cursor = reading.cursor
    start = cursor.position
    bracket = cursor.take_one_of("(") is not None
    clause = not bracket and cursor.take_one_of("that", "which") and cursor.take_one_of("are", "were", "is", "was")
    colors = _take_colors(reading) if bracket or clause else ()
    if colors and (cursor.take_one_of(")") is not None if bracket else not _noun_stands(reading)):
        return colors
    cursor.position = start
    return ()


def _take_price(reading: Reading) -> Range | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("that", "which")
    cursor.take_one_of("are", "were", "is", "was")
    priced = cursor.take(_PRICED) is not None or cursor.stands(_DEARER)
    if not priced:
        cursor.position = start
    elif cursor.peek(-1) == "at" and cursor.word in {"least", "most"}:
        cursor.position -= 1  # 'priced at least', where 'priced at' is the longer phrase
    before = cursor.position
    if not priced and speaks_of_time(cursor):
        return None
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue), bare=priced)
    written = cursor.tokens[before : cursor.position]
    named = any(token.word in lexicon.CURRENCIES for token in written)
    if compared is None or not (priced or named):
        cursor.position = start
        return None
    return range_of(compared)
