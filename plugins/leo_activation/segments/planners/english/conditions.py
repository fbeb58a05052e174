"""Lists of conditions: subjects with adjectives, statements, and how 'and', 'or', 'not' and brackets join them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from leo_activation.segments.plan import (
    Attribute,
    CustomerProperty,
    Last,
    Leaf,
    SegmentMember,
    Sequence,
    Window,
)
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_whole
from leo_activation.segments.planners.english.behaviours import agent_behaviour, take_agents, take_behaviour
from leo_activation.segments.planners.english.customers import (
    take_age_adjective,
    take_age_group,
    take_attribute,
)
from leo_activation.segments.planners.english.dates import MAX_UNITS, take_window
from leo_activation.segments.planners.english.groups import take_segment_adjective, take_similar, take_stage_noun
from leo_activation.segments.planners.english.instructions import take_instruction
from leo_activation.segments.planners.english.interests import take_interest
from leo_activation.segments.planners.english.messages import take_exposure
from leo_activation.segments.planners.english.people import take_genders, take_home, take_nationality, take_speaking
from leo_activation.segments.planners.english.relations import take_relation
from leo_activation.segments.planners.english.things import take_things
from leo_activation.segments.planners.english.topics import take_luxury, topics_up_to
from leo_activation.segments.planners.reading import Reading, Spoken
from leo_activation.segments.planners.said import Denied, Joined, Meant, Said, denied, joined, limit_to, windowless
from leo_activation.told import Told

_SUBJECTS = phrase_set(lexicon.SUBJECTS)
_EVERYBODY = phrase_set(lexicon.EVERYBODY)
_QUANTIFIERS = phrase_set(lexicon.QUANTIFIERS)
_DETERMINERS = phrase_set(lexicon.DETERMINERS)
_AGENTS = phrases(lexicon.EVENT_AGENTS)
_AND = phrase_set(lexicon.AND_WORDS)
_OR = phrase_set(lexicon.OR_WORDS)
_EXCEPT = phrase_set(lexicon.EXCEPT_WORDS)
_GROUPS = frozenset({*lexicon.EVERYBODY, "those", "people", "customers", "users", "any", "all"})
_THEY = phrase_set(
    tuple(
        f"{they}{must}"
        for they in ("they", "these", "these customers", "those customers", "these people", "the customers")
        for must in ("", " must", " should", " must also", " should also", " also", " have to", " need to", " all")
    )
)
_BEFORE_THEY = frozenset({".", ";", "!", ",", "and", "but"})
_MEET = ("meet", "meets", "meeting", "satisfy", "satisfying", "fulfil", "fulfill", "match", "matching")
_FOLLOWING = phrases(
    {
        f"{meet}{those} of {these}{criteria}": operator
        for meet in ("", *(f"{meet} " for meet in _MEET))
        for those, operator in (("all", "and"), ("each", "and"), ("both", "and"), ("any", "or"), ("at least one", "or"))
        for these in ("the following", "these")
        for criteria in ("", " conditions", " criteria", " rules", " requirements")
    }
    | {
        f"{meet} {these} {criteria}": "and"
        for meet in _MEET
        for these in ("the following", "these")
        for criteria in ("conditions", "criteria", "rules", "requirements")
    }
)
_BULLETS = frozenset({"-", "*", "•", "·", "‣", "◦"})
_SOMEBODY = phrase_set(lexicon.SOMEBODY)
_BE = frozenset({"are", "is", "were", "was", "be", "been", "being", "'s"})
_AUXILIARIES = frozenset({"have", "has", "had", "having", "did", "do", "does"}) | _BE
_AFTER_BEEN = frozenset({"with", "customers", "a", "our", "registered", "members"})
_ADVERBS = frozenset({"also", "already", "ever", "actually", "currently", "previously", "both", "all"})
_SUBJECT_WORDS = frozenset({*lexicon.SUBJECTS, *lexicon.EVERYBODY})
_NEGATIONS = frozenset({"not", "never"})
_TIMELESS = frozenset({"never", "ever", "yet", "since", "time", "point", *lexicon.AFTERWARDS})
"""Words of a denial that say when it holds."""
_BEFORE_SHORT_FORMS = frozenset({*lexicon.RELATIVES, *lexicon.EVERYBODY})


@dataclass
class Part:
    """A condition of a list, how it is connected with the one before, and whether a new 'who' began it.

    `excepted`: it says whom to leave out ('except those who …').
    """

    meant: Meant
    connector: str | None
    connector_at: int
    fresh: bool
    start: int
    end: int
    excepted: bool = False


@dataclass
class Conditions:
    """A list of conditions while it is read."""

    parts: list[Part] = field(default_factory=list)
    adjectives: list[Meant] = field(default_factory=list)
    connector: str | None = None
    connector_at: int = 0
    negated: bool = False
    excepting: bool = False
    fresh: bool = True
    has_subject: bool = False
    subjects: int = 0
    everybody: bool = False

    def add(self, meant: Meant, start: int, end: int) -> None:
        """Append a condition with the connector that stood before it."""
        excepted = self.negated and self.excepting
        meant = denied(meant) if self.negated else meant
        self.parts.append(Part(meant, self.connector, self.connector_at, self.fresh, start, end, excepted))
        self.connector, self.negated, self.excepting, self.fresh = None, False, False, False


def take_connector(cursor: Cursor, conditions: Conditions) -> bool:
    """'and', 'or', a comma, 'except', or the word that begins another statement about the same customers."""
    start = cursor.position
    if _instruction_follows(cursor):
        return True
    pending = conditions.connector if conditions.connector != "," else None
    comma = cursor.take_one_of(",", ";") is not None
    at = cursor.position
    if pending is not None and (cursor.stands(_AND) or cursor.stands(_OR)):
        cursor.position += 1
        raise cursor.ask(conditions.connector_at, Told.of("And, or, or something between them?"), ("and", "or"))
    all_but = conditions.everybody and not (conditions.parts or conditions.adjectives) and cursor.word == "but"
    if cursor.take(_EXCEPT) is not None or (all_but and cursor.take_words("but")):
        if conditions.negated or pending == "or":
            raise cursor.ask(
                at, Told.of("What is left out by “{words}”?", words=cursor.written(start, cursor.position))
            )
        conditions.connector, conditions.connector_at = "and", at
        conditions.negated = True
    elif cursor.take(_OR) is not None:
        if not (conditions.parts or conditions.adjectives or conditions.has_subject):
            raise cursor.ask(at, Told.of("“Or” beside what?"))
        conditions.connector, conditions.connector_at = "or", at
    elif cursor.take(_AND) is not None:
        conditions.connector, conditions.connector_at = "and", at
        if cursor.take_one_of("not") is not None:
            conditions.negated = True
    elif comma:
        conditions.connector, conditions.connector_at = ",", start
    if not comma and conditions.connector is not None and _excludes_more(cursor, conditions):
        conditions.connector, conditions.negated = "and", True
    said = bool(conditions.parts or conditions.adjectives)
    if said and cursor.peek(-1) in _BEFORE_THEY and cursor.take(_THEY) is not None:
        conditions.connector = conditions.connector if conditions.connector in {"and", "or"} else "and"
        conditions.fresh = True
    elif cursor.take_one_of(*lexicon.RELATIVES):
        conditions.fresh = True
        conditions.excepting = conditions.negated
    return cursor.position > start


def _instruction_follows(cursor: Cursor) -> bool:
    """', and skip the review': take what joins it, so that 'skip' does not leave out customers."""
    start = cursor.position
    cursor.take_one_of(",", ";")
    cursor.take_one_of("and", "but", "then")
    joined_at = cursor.position
    stands = joined_at > start and take_instruction(cursor) is not None
    cursor.position = joined_at if stands else start
    return stands


def _excludes_more(cursor: Cursor, conditions: Conditions) -> bool:
    """'except those from Germany and those who bought socks': the next group is left out as well."""
    return bool(conditions.parts) and conditions.parts[-1].excepted and cursor.word in _GROUPS


# --- subjects ---------------------------------------------------------------------------------------------------------


def take_subject(reading: Reading, conditions: Conditions) -> bool:
    """'all German customers', 'women', 'Germans', 'red sock buyers', 'buyers of red socks'.

    Raises:
        Ask: an adjective is not known here.
    """
    cursor = reading.cursor
    start = cursor.position
    everybody = cursor.take(_QUANTIFIERS) is not None
    if not everybody:
        cursor.take(_DETERMINERS)
    adjectives = _adjectives(reading)
    end = cursor.position
    non = cursor.take_one_of("non") is not None
    meant: Meant | None = None
    if cursor.take(_EVERYBODY) is not None:
        everybody = True
    elif (agents := take_agents(reading)) is not None:
        meant = agents
    elif (event := cursor.take(_AGENTS)) is not None:
        things = take_things(reading) if cursor.take_one_of("of") else None
        meant = agent_behaviour(reading, event, things, end)
    elif (aged := take_age_group(reading)) is not None:
        meant = Said(aged, end, cursor.position)
    elif (people := take_nationality(reading, people=True)) is not None:
        meant = Said(people, end, cursor.position)
    elif cursor.word in lexicon.GENDER_NOUNS and (genders := take_genders(reading)) is not None:
        meant = Said(genders, end, cursor.position)
    elif (stage := take_stage_noun(reading)) is not None:
        meant = stage
    elif cursor.take(_SUBJECTS) is None and not _refers_back(cursor) and not _names_people(cursor, adjectives):
        meant = _buyers_of_things(reading)
        if meant is None:
            cursor.position = start
            return False
    if cursor.position == start or (non and meant is None):
        cursor.position = start
        return False
    meant = denied(meant) if non and meant is not None else meant
    _add_subject(reading, conditions, adjectives + ([meant] if meant is not None else []), start, cursor.position)
    conditions.everybody = conditions.everybody or everybody
    return True


def _refers_back(cursor: Cursor) -> bool:
    """'those who', 'the ones that'."""
    if cursor.take_words("ones") or cursor.take_words("those"):
        return True
    return cursor.peek(-1) in {"those", "these"}


def _names_people(cursor: Cursor, adjectives: list[Meant]) -> bool:
    """'VIPs who …', 'Vietnamese speakers': an adjective that stands for its customers."""
    last = adjectives[-1] if adjectives else None
    leaf = last.leaf if isinstance(last, Said) else None
    if isinstance(leaf, Attribute) and leaf.property is CustomerProperty.LANGUAGE:
        return cursor.take_words("speakers")
    if not isinstance(leaf, SegmentMember):
        return False
    return cursor.take_words("members") or cursor.word in {END, ".", ",", "in", "from", "but", *lexicon.RELATIVES}


def _buyers_of_things(reading: Reading) -> Meant | None:
    """'red sock buyers', 'luxury lovers'."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.word in {"member", "members"} and cursor.peek(1) == "of":
        return None  # 'members of Sneaker Fans' are not fans of something
    if (lovers := next((n for n in range(1, 4) if cursor.peek(n) in lexicon.LOVERS), None)) is not None:
        return _lovers(reading, start + lovers)
    window = _span_before(cursor)
    things = take_things(reading)
    if things is not None and window is None and _noun_of_customers(cursor):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            Told.of("What have the customers to do with “{words}”?", words=words),
            (f"customers who bought {words}", f"customers who are interested in {words}"),
        )
    event = cursor.take(_AGENTS) if things is not None or window is not None else None
    if event is None:
        return None
    said = agent_behaviour(reading, event, things, start)
    if window is not None:
        _limit_to_fronted(reading, said, *window)
    return said


def _noun_of_customers(cursor: Cursor) -> bool:
    """'sock customers': which of them are meant is not said."""
    return cursor.word in lexicon.SUBJECTS and cursor.peek(1) not in {"'s", "and"}


def _span_before(cursor: Cursor) -> tuple[Window, int, int] | None:
    """'60-day' before 'red sock buyers': the time up to now."""
    start = cursor.position
    number = take_whole(cursor)
    cursor.take_one_of("-")
    unit = lexicon.TIME_UNITS.get(cursor.word)
    if number is None or unit is None or cursor.word.endswith("s") or not 1 <= int(number) <= MAX_UNITS:
        cursor.position = start
        return None
    cursor.position += 1
    return Last(amount=int(number), unit=unit), start, cursor.position


def _lovers(reading: Reading, end: int) -> Meant | None:
    if reading.cursor.words[end + 1 : end + 2] == ["of"]:
        return None
    meant = topics_up_to(reading, end)
    if meant is None or reading.cursor.position != end:
        return None
    reading.cursor.position += 1
    return meant


def _add_subject(reading: Reading, conditions: Conditions, described: list[Meant], start: int, end: int) -> None:
    """What describes the first subject holds for the whole list; a later one is a part of it.

    Raises:
        Ask: a second subject may mean another group of customers.
    """
    cursor = reading.cursor
    known = conditions.subjects or (conditions.has_subject and not conditions.parts)
    alternative = conditions.connector == "or" and conditions.parts and not conditions.adjectives
    if known and not conditions.negated and conditions.connector is not None and not alternative:
        words = cursor.written(start, end)
        raise cursor.ask(
            conditions.connector_at,
            Told.of("Are the customers before and “{words}” one group, or two that are put together?", words=words),
            ("customers who … and who …", "customers who either … or …"),
            end=end,
        )
    conditions.subjects += 1
    conditions.excepting = conditions.negated
    if conditions.parts or conditions.negated:
        if described:
            conditions.add(joined("and", described), start, end)
    else:
        conditions.adjectives.extend(described)
    conditions.has_subject = conditions.fresh = True


def _adjectives(reading: Reading) -> list[Meant]:
    cursor = reading.cursor
    found: list[Meant] = []
    while True:
        start = cursor.position
        non = cursor.take_one_of("non") is not None
        leaf: Leaf | None = (
            take_speaking(reading)
            or take_nationality(reading)
            or (None if cursor.word in lexicon.GENDER_NOUNS else take_genders(reading))
            or take_segment_adjective(reading)
            or take_home(reading)
            or take_age_adjective(reading)
        )
        if leaf is not None:
            said = Said(leaf, start, cursor.position)
            found.append(denied(said) if non else said)
            continue
        luxury = None if non or cursor.word == "premium" else take_luxury(reading)
        if luxury is not None and cursor.stands(_SUBJECTS):
            found.append(luxury)
            continue
        cursor.position = start
        return found


# --- statements -------------------------------------------------------------------------------------------------------


def take_statement(reading: Reading) -> Meant | None:
    """One statement about customers with its negation, or nothing.

    Raises:
        Ask: something in it is not known here or has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    begun = start
    fronted = _fronted_window(cursor)
    if fronted is not None:
        start = cursor.position
    elif (bracketed := _bracketed(reading)) is not None:
        return bracketed
    cursor.position = start
    if (either := _either(reading)) is not None:
        return either
    cursor.position = start
    if (itemised := _itemised(reading)) is not None:
        return itemised
    cursor.position = start
    auxiliary, negated = _auxiliaries(cursor)
    found = _statement(reading, be=auxiliary in _BE, negated=negated)
    if found is None:
        auxiliary, negated = "", False
        cursor.position = start
        found = _statement(reading, be=False, negated=False)
    if found is None:
        cursor.position = begun
        return None
    if auxiliary == "'s" and reading.spoken.behaviour_end == cursor.position:
        auxiliary = "has"
    reading.spoken.auxiliary, reading.spoken.negated = auxiliary, negated or isinstance(found, Denied)
    if fronted is not None:
        _limit_to_fronted(reading, found, *fronted)
        reading.fronted[begun] = fronted[0]
    return found


def _fronted_window(cursor: Cursor) -> tuple[Window, int, int] | None:
    """'who, in the last 60 days, bought …': the window between 'who' and its verb."""
    start = cursor.position
    if cursor.peek(-1) in lexicon.RELATIVES:
        comma = cursor.take_one_of(",") is not None
        begun = cursor.position
        window = take_window(cursor)
        end = cursor.position
        if window is not None and (cursor.take_one_of(",") is not None or not comma):
            return window, begun, end
    cursor.position = start
    return None


def _limit_to_fronted(reading: Reading, found: Meant, window: Window, start: int, end: int) -> None:
    cursor = reading.cursor
    open_ended = windowless(found)
    if not open_ended:
        raise cursor.ask(start, Told.of("What does “{words}” apply to?", words=cursor.written(start, end)), end=end)
    limit_to(open_ended, window, start, end)


def add_statement(reading: Reading, conditions: Conditions) -> bool:
    """Take one statement and add it to the list; False where none stands here.

    Raises:
        Ask: something in it is not known here, or an earlier 'not' may reach it.
    """
    cursor = reading.cursor
    start = cursor.position
    before = replace(reading.spoken)
    meant = take_statement(reading)
    if meant is None:
        return False
    spoken = reading.spoken
    spoken.was_behaviour = spoken.behaviour_end == cursor.position
    if conditions.negated and not spoken.negated:
        spoken.negated, spoken.auxiliary = True, "not"
    # A bracket or 'whose' begins a statement of its own, as 'who' does.
    conditions.fresh = conditions.fresh or bool({"(", "whose"} & set(cursor.words[start : start + 2]))
    _ask_about_negation(reading, conditions, before, start)
    conditions.add(meant, start, cursor.position)
    conditions.has_subject = True
    return True


def _ask_about_negation(reading: Reading, conditions: Conditions, before: Spoken, start: int) -> None:
    """'did not view socks or buy shoes': does the 'not' before reach the statement that begins at `start`?"""
    cursor = reading.cursor
    spoken = reading.spoken
    if not before.negated or conditions.negated or conditions.fresh or conditions.connector is None or spoken.auxiliary:
        return
    if spoken.negated:
        return
    if conditions.parts and cursor.words[conditions.connector_at] == "but":
        return
    verb = cursor.words[start]
    behaviour = spoken.was_behaviour
    match before.auxiliary:
        case "not":
            reaches = behaviour == before.was_behaviour
        case "did" | "do" | "does":
            reaches = verb in lexicon.BASE_VERBS
        case "have" | "has" | "had" | "having" | "":
            reaches = behaviour
        case _:
            reaches = not behaviour and verb not in lexicon.INTEREST_VERBS
    if reaches:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            Told.of("Does the “not” before reach “{words}” as well?", words=words),
            (f"and who did not … {words}", f"but who … {words}"),
        )


def _auxiliaries(cursor: Cursor) -> tuple[str, bool]:
    auxiliary, negated = END, False
    while True:
        if cursor.word == "been" and cursor.peek(1) in _AFTER_BEEN:
            return auxiliary, negated
        if cursor.word in _AUXILIARIES or (cursor.word == "'s" and cursor.peek(-1) in _BEFORE_SHORT_FORMS):
            auxiliary = cursor.word
        elif cursor.word in _NEGATIONS or (cursor.word == "without" and cursor.peek(1) in lexicon.GERUNDS):
            if negated:
                return auxiliary, negated
            negated = True
        elif cursor.word not in _ADVERBS and not (negated and cursor.word == "yet"):
            return auxiliary, negated
        cursor.position += 1


def _statement(reading: Reading, *, be: bool, negated: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    rules: tuple[Callable[[], Meant | None], ...] = (
        lambda: take_similar(reading, like=be or _follows_subject(cursor)),
        lambda: take_interest(reading, negated=negated),
        lambda: take_attribute(reading, be=be),
    )
    related = take_relation(reading, lambda: _described(reading))
    if related is not None:
        return denied(related) if negated else related
    cursor.position = start
    exposed = take_exposure(reading)
    if exposed is not None:
        if negated and isinstance(exposed, Joined) and exposed.operator == "and":
            raise cursor.ask(start, Told.of("Does the “not” before reach both?"), ("did not … or …", "not both"))
        return denied(exposed) if negated else exposed
    cursor.position = start
    found = take_behaviour(reading, negated=negated)
    if found is not None:
        return found
    for rule in rules:
        cursor.position = start
        found = rule()
        if found is not None:
            return denied(found) if negated else found
    cursor.position = start
    return None


def _described(reading: Reading) -> Meant | None:
    """One description of other people: 'customers from Germany', 'Germans', 'customers who bought socks'."""
    cursor = reading.cursor
    inner = Conditions()
    start = cursor.position
    if cursor.take(_SOMEBODY) is not None:
        inner.has_subject = True
    elif not take_subject(reading, inner):
        cursor.position = start
    before = cursor.position
    if not inner.adjectives:
        cursor.take_one_of(*lexicon.RELATIVES)
        if not add_statement(reading, inner):
            cursor.position = before
    return combined(reading, inner) if inner.parts or inner.adjectives else None


def _follows_subject(cursor: Cursor) -> bool:
    """Whether 'like' here compares ('users like “busy parents”') and is no verb ('who like socks')."""
    return cursor.position > 0 and cursor.words[cursor.position - 1] in _SUBJECT_WORDS


def _bracketed(reading: Reading) -> Meant | None:
    """'(who … or who …)', 'not (…)'."""
    cursor = reading.cursor
    negated = cursor.take_words("are", "not", "among", "those") or cursor.take_words("not")
    if cursor.take_one_of("(") is None:
        return None
    inner = Conditions(has_subject=True)
    while not cursor.at_end and cursor.word != ")":
        if take_connector(cursor, inner):
            continue
        if not add_statement(reading, inner) and not take_subject(reading, inner):
            return None
    if cursor.take_one_of(")") is None or not (inner.parts or inner.adjectives):
        return None
    meant = combined(reading, inner)
    return denied(meant) if negated else meant


def _itemised(reading: Reading) -> Meant | None:
    """'meet all of the following: …, …', and a list of lines with bullets or numbers.

    Raises:
        Ask: the items are joined otherwise than the list says.
    """
    cursor = reading.cursor
    start = cursor.position
    operator = cursor.take(_FOLLOWING)
    colon = cursor.take_one_of(":") is not None
    if operator is None and not (colon and _take_bullet(cursor)):
        return None
    operator = operator or "and"
    parts: list[Meant] = []
    while not cursor.at_end:
        before = cursor.position
        joint = cursor.take_one_of(",", ";", ".")
        joint = cursor.take_one_of("and", "or") or joint
        bullet = _take_bullet(cursor)
        if parts and joint is None and not bullet:
            break
        cursor.take_one_of("they", *lexicon.RELATIVES)
        found = None if joint == "." and not bullet else take_statement(reading)
        if found is None:
            cursor.position = before
            break
        if joint in {"and", "or"} and joint != operator:
            listed = cursor.written(start, cursor.position)
            raise cursor.ask(
                start, Told.of("Must all of “{listed}” hold, or one of them?", listed=listed), ("and", "or")
            )
        parts.append(found)
    return joined(operator, parts) if len(parts) > 1 else None


def _take_bullet(cursor: Cursor) -> bool:
    """'-', '•', '1.', '2)', at the beginning of an item."""
    start = cursor.position
    if cursor.take_one_of(*_BULLETS) is not None:
        return True
    if cursor.word == "(" and cursor.peek(1) == "\0number" and cursor.peek(2) == ")":
        cursor.position += 3
        return True
    if cursor.word == "\0number" and cursor.peek(1) in {".", ")"}:
        cursor.position += 2
        return True
    cursor.position = start
    return False


def _either(reading: Reading) -> Meant | None:
    """'either … or …', 'neither … nor …': they belong together whatever stands around them."""
    cursor = reading.cursor
    auxiliary, negated = _auxiliaries(cursor)
    choice = cursor.take_one_of("either", "neither")
    if choice is None or (negated and choice == "neither"):
        return None
    parts: list[Meant] = []
    started = cursor.position
    while True:
        cursor.take_one_of(*lexicon.RELATIVES)
        inner_auxiliary, inner_negated = _auxiliaries(cursor)
        begun = cursor.position
        found = _statement(reading, be=(inner_auxiliary or auxiliary) in _BE, negated=inner_negated)
        if found is None:
            return None
        if parts and windowless(parts[-1]) and (at := next((n for n in reading.windows if n >= begun), None)):
            _ask_about_either(reading, started, begun, at)
        parts.append(found)
        before = cursor.position
        if cursor.take_one_of("or" if choice == "either" else "nor") is None:
            break
        if not _statement_stands(reading):
            cursor.position = before
            break
    if len(parts) < 2 and choice == "either":
        return None
    reading.spoken.negated = reading.spoken.negated or choice == "neither"
    meant = joined("or", parts)
    return denied(meant) if negated or choice == "neither" else meant


def _ask_about_either(reading: Reading, started: int, begun: int, at: int) -> None:
    """'either viewed shoes or bought socks in the last 30 days': is the window at token `at` meant for both?

    Raises:
        Ask: no 'who' of its own begins the second statement.
    """
    cursor = reading.cursor
    joint = max(n for n in range(started, begun) if cursor.words[n] in {"or", "nor"})
    fresh = {*cursor.words[joint:begun]} & {*lexicon.RELATIVES}
    if not fresh and not _TIMELESS & {*cursor.words[started:joint]}:
        end = reading.windows[at]
        window, earlier = cursor.written(at, end), cursor.written(started, joint)
        before, after = cursor.written(0, joint), cursor.written(joint, len(cursor.tokens))
        raise cursor.ask(
            at,
            Told.of("Does “{window}” apply to “{earlier}” as well?", window=window, earlier=earlier),
            tuple(f"{before} {time} {after}" for time in (window, "at any time")),
            end=end,
        )


def _statement_stands(reading: Reading) -> bool:
    cursor = reading.cursor
    before = cursor.position
    cursor.take_one_of(*lexicon.RELATIVES)
    found = take_statement(reading) is not None
    cursor.position = before
    return found


# --- joining ----------------------------------------------------------------------------------------------------------


def combined(reading: Reading, conditions: Conditions) -> Meant:
    """All parts of a list as one condition.

    Parts that stand side by side all hold. Within a chain of connectors a comma takes the meaning of its neighbours.

    Raises:
        Ask: 'and' and 'or' are mixed without 'either' or brackets, or a window may belong to more than its own part.
    """
    _ask_about_exception(reading, conditions.parts)
    if conditions.parts and conditions.parts[0].connector == "or":
        first = conditions.parts[0]
        words = reading.cursor.written(first.start, first.end)
        readings = (f"either … or {words}",) if conditions.adjectives else ()
        at = first.connector_at
        raise reading.cursor.ask(at, Told.of("“Or” what, beside “{words}”?", words=words), readings, end=at + 1)
    _ask_about_others(reading, conditions.parts)
    _ask_about_denial(reading, conditions.parts)
    groups: list[list[Part]] = []
    for part in conditions.parts:
        if part.connector is None or not groups:
            groups.append([part])
        else:
            groups[-1].append(part)
    meant: list[Meant] = [*conditions.adjectives]
    for n, group in enumerate(groups):
        operators = {part.connector for part in group[1:]} - {","}
        enumerated = {part.fresh for part in group[1:]} if any(part.connector == "," for part in group) else {True}
        mixed = len(operators) > 1 or (operators == {"or"} and (n + 1 < len(groups) or len(enumerated) > 1))
        if mixed:
            raise _ask_about_order(reading, group)
        _share_fronted_window(reading, group)
        _ask_about_window(reading, group)
        meant.append(joined("or" if operators == {"or"} else "and", [part.meant for part in group]))
    return joined("and", meant)


def _ask_about_exception(reading: Reading, parts: list[Part]) -> None:
    """'except those who bought socks and viewed shoes': where does the exception end?"""
    cursor = reading.cursor
    for part, following in pairwise(parts):
        if part.excepted and not following.excepted:
            inside, outside = cursor.written(part.start, part.end), cursor.written(following.start, following.end)
            raise cursor.ask(
                following.start,
                Told.of("Does “{outside}” belong to the exception?", outside=outside),
                (f"not (who {inside} and who {outside})", f"who {outside} and not (who {inside})"),
                end=following.end,
            )


def _ask_about_others(reading: Reading, parts: list[Part]) -> None:
    """'who live with customers who bought socks and are from Germany': of whom is the second thing said?"""
    cursor = reading.cursor
    for part, following in pairwise(parts):
        if any(part.start < end <= part.end for end in reading.open_relations):
            others, outside = cursor.written(part.start, part.end), cursor.written(following.start, following.end)
            raise cursor.ask(
                following.start,
                Told.of(
                    "Is “{outside}” said of these customers, or of the others in “{others}”?",
                    outside=outside,
                    others=others,
                ),
                (f"who {outside} and who {others}",),
                end=following.end,
            )


def _ask_about_denial(reading: Reading, parts: list[Part]) -> None:
    """'viewed jackets this month but did not buy any': not this month, or never?"""
    cursor = reading.cursor
    window = ""
    for part in parts:
        if part.fresh:
            window = ""
        windows = [at for at in reading.windows if part.start <= at < part.end]
        said = {*cursor.words[part.start : part.end]}
        open_ended = isinstance(part.meant, Denied) and windowless(part.meant) and not windows
        if window and open_ended and not part.excepted and not said & _TIMELESS:
            words = cursor.written(part.start, part.end)
            before, after = cursor.written(0, part.end), cursor.written(part.end, len(cursor.tokens))
            joint = "" if not after or after[0] in ".,:;?!)" else " "
            times = (window, "at any time", *(("afterwards",) if said & {"it", "them"} else ()))
            raise cursor.ask(
                part.start,
                Told.of("Does “{window}” apply to “{words}” as well?", window=window, words=words),
                tuple(f"{before} {time}{joint}{after}" for time in times),
                end=part.end,
            )
        if windows and not part.excepted:
            window = cursor.written(windows[-1], reading.windows[windows[-1]])


def _ask_about_order(reading: Reading, group: list[Part]) -> Exception:
    cursor = reading.cursor
    words = [cursor.written(part.start, part.end) for part in group]
    operators = [part.connector if part.connector != "," else "and" for part in group[1:]]
    flat = words[0] + "".join(f" {operator} {word}" for operator, word in zip(operators, words[1:], strict=True))
    first = f"({words[0]} {operators[0]} {words[1]})" if len(words) > 1 else flat
    rest = "".join(f" {o} {w}" for o, w in zip(operators[1:], words[2:], strict=True))
    last = f"{words[0]} {operators[0]} (" + f"{words[1]}{rest})" if len(words) > 1 else flat
    at = next((part.connector_at for part in group[1:] if part.connector == "or"), group[0].start)
    return cursor.ask(
        at,
        Told.of("“And” and “or” can be read in two ways here: what belongs together?"),
        (f"{first}{rest}", last),
        end=at + 1,
    )


def _share_fronted_window(reading: Reading, group: list[Part]) -> None:
    """'who, in the last 30 days, viewed socks but bought nothing': the window before the verbs is of all of them.

    Raises:
        Ask: 'never' may mean at any time.
    """
    cursor = reading.cursor
    window: Window | None = None
    for part in group:
        if part.fresh or part.start in reading.fronted:
            window = reading.fronted.get(part.start)
            continue
        if window is None:
            continue
        for said in windowless(part.meant):
            if "never" in cursor.words[part.start : part.end]:
                words = cursor.written(part.start, part.end)
                raise cursor.ask(
                    part.start, Told.of("Is “{words}” meant of that time, or of any?", words=words), end=part.end
                )
            limit_to([said], window, said.start, said.end)


def _ask_about_window(reading: Reading, group: list[Part]) -> None:
    """'viewed shoes and bought socks in the last 30 days': is the window meant for the viewing as well?"""
    cursor = reading.cursor
    for n, part in enumerate(group[1:], start=1):
        found = next((at for at in reading.windows if part.start <= at < part.end), None)
        if found is None or part.fresh:
            continue
        before = group[n - 1]
        if _TIMELESS & {*cursor.words[before.start : before.end]}:
            continue
        window = cursor.written(found, reading.windows[found])
        earlier = cursor.written(before.start, before.end)
        followed = not lexicon.ABANDONING & {*cursor.words[before.start : before.end]}
        if [said for said in windowless(before.meant) if not (followed and isinstance(said.leaf, Sequence))]:
            raise cursor.ask(
                found,
                Told.of("Does “{window}” apply to “{earlier}” as well?", window=window, earlier=earlier),
                (f"{earlier} {window}", f"{earlier} at any time"),
                end=reading.windows[found],
            )
