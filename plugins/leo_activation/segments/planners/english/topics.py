"""What customers are interested in: topics of the catalogue, luxury, colours, and phrases compared by meaning."""

from leo_activation.segments.plan import Attribute, CustomerProperty, Interest, InterestPhrase, Operator, TopicType
from leo_activation.segments.planners import places
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_number
from leo_activation.segments.planners.reading import Reading, Thing
from leo_activation.segments.planners.said import Joined, Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.told import Told

_LUXURY = phrase_set(lexicon.LUXURY)
_TOPICS = {
    NameKind.TAG: TopicType.TAG,
    NameKind.TOPIC_CATEGORY: TopicType.CATEGORY,
    NameKind.TOPIC_PRODUCT: TopicType.PRODUCT,
    NameKind.TOPIC_BRAND: TopicType.BRAND,
    NameKind.KEYWORD: TopicType.KEYWORD,
    NameKind.TOPIC_COLOR: TopicType.COLOR,
}
_EXPLICIT = {
    "tag": NameKind.TAG,
    "category": NameKind.TOPIC_CATEGORY,
    "product": NameKind.TOPIC_PRODUCT,
    "brand": NameKind.TOPIC_BRAND,
    "keyword": NameKind.KEYWORD,
    "color": NameKind.TOPIC_COLOR,
    "colour": NameKind.TOPIC_COLOR,
}
_BOUNDARIES = frozenset(
    {
        END,
        "and",
        "or",
        "nor",
        "but",
        "who",
        "that",
        "whose",
        "which",
        "with",
        "without",
        "from",
        "in",
        "since",
        "before",
    }
    | {"after", "between", "during", "over", "under", "above", "below", "aged", "living", "based", "except", "for"}
    | {"excluding", "then", "within", "not", "never", "at", ",", ".", ";", ":", "?", "!", "(", ")", "&", "to", "on"}
    | {"mainly", "mostly", "primarily", "living", "as", "called", "named", "titled"}
)
_COMPARING = frozenset(
    {"more", "most", "less", "least", "than", "neither", "nor", "no", "none", "only", "lot", "much", "rather"}
    | {"instead", "better", "best", "just", "especially", "really", "very", "too", "anymore", "without"}
)
"""Words that say how much or compared with what: no part of the name of an interest."""
_REFERRING = frozenset(
    {"it", "them", "they", "that", "this", "these", "those", "ones", "one", "the", "same", "others", "other", "such"}
    | {"previous", "above", "mentioned", "things", "products", "items", "something", "anything"}
)
"""Words that only refer to something: none of them names an interest."""
MAX_PHRASE_WORDS = 6


def take_topics(reading: Reading, *, primary: bool, liked: bool) -> Meant | None:
    """One or several topics. `liked`: a liked colour is a favourite or a preferred one, not any interest.

    Raises:
        Ask: 'and' and 'or' are mixed.
    """
    cursor = reading.cursor
    start = cursor.position
    first = _take_topic(reading, primary=primary, liked=liked)
    if first is None:
        return None
    parts: list[Meant] = [first]
    operators: set[str] = set()
    while True:
        before = cursor.position
        comma = cursor.take_one_of(",") is not None
        operator = cursor.take_one_of("and", "or", "nor", "&")
        negated = cursor.take_words("but", "not") or (operator == "and" and cursor.take_words("not"))
        topic = None
        if (comma or operator or negated) and not (_looks_like_a_clause(reading) or _people_follow(cursor)):
            quoted = cursor.is_kind(TokenKind.QUOTED)
            topic = _take_topic(reading, primary=primary, liked=liked)
            if negated and not quoted and isinstance(topic, Said) and isinstance(topic.leaf, InterestPhrase):
                topic = None
        if topic is None:
            cursor.position = before
            break
        parts.append(denied(topic) if negated else topic)
        if operator is not None or negated:
            operators.add("or" if operator in {"or", "nor"} else "and")
    if len(operators) > 1:
        raise cursor.ask(
            start,
            Told.of(
                "“{words}” can be read in two ways: what belongs together?",
                words=cursor.written(start, cursor.position),
            ),
        )
    reading.last_thing[:] = _spoken_of(reading, parts)
    return joined(next(iter(operators), "and"), parts)


def _spoken_of(reading: Reading, topics: list[Meant]) -> list[Thing]:
    """The products that 'them' or 'any' means after these topics; none where a topic is no product."""
    found: list[Thing] = []
    for topic in topics:
        leaf = topic.leaf if isinstance(topic, Said) else None
        if not isinstance(leaf, Interest):
            return []
        if leaf.topic_type is TopicType.CATEGORY and leaf.topic in reading.catalogue.categories:
            found.append(Thing(categories=(leaf.topic,)))
        elif leaf.topic_type is TopicType.PRODUCT and leaf.topic in reading.catalogue.products:
            found.append(Thing(names=(leaf.topic,)))
        elif leaf.topic_type is TopicType.BRAND and leaf.topic in reading.catalogue.brands:
            found.append(Thing(brands=(leaf.topic,)))
        else:
            return []
    return found


def topics_up_to(reading: Reading, end: int) -> Meant | None:
    """The topics that the words up to token `end` name, whatever follows them."""
    cursor = reading.cursor
    kept = cursor.words[end:]
    cursor.words[end:] = [".", *kept[1:]] if kept else []
    try:
        return take_topics(reading, primary=False, liked=False)
    finally:
        cursor.words[end:] = kept


def take_color_preference(reading: Reading, color: str, start: int) -> Meant:
    """A favourite or preferred colour."""
    end = reading.cursor.position
    favourite = Attribute(property=CustomerProperty.FAVORITE_COLOR, operator=Operator.EQ, values=(color,))
    preferred = Interest(topic_type=TopicType.COLOR, topic=color, primary=True)
    return Joined("or", [Said(favourite, start, end), Said(preferred, start, end)])


def take_luxury(reading: Reading) -> Said | None:
    """A word for luxury and the empty nouns after it, where the tenant has a tag for it."""
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_LUXURY) is None:
        return None
    while cursor.word in lexicon.LUXURY_NOUNS:
        cursor.position += 1
    if reading.catalogue.luxury_tag is None:
        return Said(InterestPhrase(phrase=cursor.written(start, cursor.position)), start, cursor.position)
    return Said(Interest(topic_type=TopicType.TAG, topic=reading.catalogue.luxury_tag), start, cursor.position)


def _take_topic(reading: Reading, *, primary: bool, liked: bool) -> Meant | None:
    cursor, vocabulary = reading.cursor, reading.vocabulary
    start = cursor.position
    if cursor.take_words("something", "like"):
        token = cursor.take_kind(TokenKind.QUOTED)
        if token is None:
            return None
        threshold = take_threshold(cursor)
        return Said(InterestPhrase(phrase=token.word, threshold=threshold), start, cursor.position)
    if (explicit := _take_explicit(reading)) is not None:
        kind, name = explicit
        if kind is NameKind.TOPIC_COLOR and liked and not primary:
            return take_color_preference(reading, name, start)
        return Said(Interest(topic_type=_TOPICS[kind], topic=name, primary=primary), start, cursor.position)
    cursor.take_one_of("the", "a", "an", "our", "your", "anything", "all")
    luxury = take_luxury(reading)
    if luxury is not None and _at_boundary(cursor):
        return luxury
    cursor.position = start
    cursor.take_one_of("the", "our", "your")
    cursor.take_one_of("color", "colour")
    color = vocabulary.take(cursor, NameKind.COLOR, NameKind.TOPIC_COLOR)
    if color is not None:
        cursor.take_one_of("things", "items", "stuff", "clothes", "products")
        if _at_boundary(cursor):
            if liked and not primary:
                return take_color_preference(reading, color[1], start)
            return Said(Interest(topic_type=TopicType.COLOR, topic=color[1], primary=primary), start, cursor.position)
    cursor.position = start
    cursor.take_one_of("the", "a", "an", "our", "your")
    found = vocabulary.take(cursor, *_TOPICS)
    if found is None and (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = vocabulary.lookup(token.word, _TOPICS)
        cursor.position += 1 if found else 0
    if found is not None and _at_boundary(cursor):
        return Said(Interest(topic_type=_TOPICS[found[0]], topic=found[1], primary=primary), start, cursor.position)
    cursor.position = start
    return _take_phrase(reading)


def take_threshold(cursor: Cursor) -> float | None:
    """'by at least 0.4' after a phrase."""
    start = cursor.position
    if cursor.take_words("by", "at", "least"):
        number = take_number(cursor)
        if number is not None and 0 <= float(number) <= 1:
            return float(number)
    cursor.position = start
    return None


def _take_explicit(reading: Reading) -> tuple[NameKind, str] | None:
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("the")
    kind = _EXPLICIT.get(cursor.word)
    if kind is not None:
        cursor.position += 1
        if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
            found = reading.vocabulary.lookup(token.word, (kind,))
            if found is None and kind is NameKind.TOPIC_COLOR:
                # A colour that is sold is a colour to like, also before anybody's events say so.
                sold = reading.vocabulary.lookup(token.word, (NameKind.COLOR,))
                found = (kind, sold[1]) if sold else None
            if found is None:
                raise cursor.ask(
                    start,
                    Told.of(
                        "There is no {kind} “{word}” that interests anybody.",
                        kind=kind.removeprefix("topic_"),
                        word=token.word,
                    ),
                )
            return found
        if kind is NameKind.TOPIC_COLOR and (found := reading.vocabulary.take(cursor, kind)) is not None:
            return found
    cursor.position = start
    return None


def _take_phrase(reading: Reading) -> Said | None:
    cursor = reading.cursor
    start = cursor.position
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return Said(InterestPhrase(phrase=token.word), start, cursor.position) if token.word else None
    while cursor.word not in _BOUNDARIES and cursor.is_kind(TokenKind.WORD):
        if cursor.position > start and _looks_like_a_clause(reading):
            break
        cursor.position += 1
    words = cursor.position - start
    phrase = cursor.written(start, cursor.position)
    if words == 0:
        return None
    if words > MAX_PHRASE_WORDS:
        raise cursor.ask(
            start,
            Told.of("Is “{phrase}” one interest? Please put it in quotes.", phrase=phrase),
            (f"interested in “{phrase}”",),
        )
    if phrase.lower() in lexicon.VAGUE:
        question, readings = lexicon.VAGUE[phrase.lower()]
        raise cursor.ask(start, question, readings)
    said = {*cursor.words[start : cursor.position]}
    if _COMPARING & said or said <= _REFERRING:
        raise cursor.ask(
            start,
            Told.of("What is meant by “{phrase}”? If it is one interest, please put it in quotes.", phrase=phrase),
        )
    return Said(InterestPhrase(phrase=phrase), start, cursor.position)


def _at_boundary(cursor: Cursor) -> bool:
    return cursor.word in _BOUNDARIES


_VERBS = frozenset(
    {verb.split(" ")[0] for verbs in lexicon.EVENT_VERBS.values() for verb in verbs}
    | {*lexicon.CART_VERBS, *lexicon.SPEND_VERBS, *lexicon.INTEREST_VERBS, *lexicon.SPEAK, "have", "has", "had", "are"}
    | {"is", "were", "was", "do", "did", "does", "not", "never", "live", "lives", "living", "send", "email", "call"}
    | {"who", "that", "whose", "with", "without", "joined", "signed", "registered", "made", "belong", "interested"}
    | {"into", "keen", "fans", "also", "notify", "message", "text", "resemble", "then", "name", "aged", "older"}
    | {"younger", "from", "in", "mainly", "mostly", "primarily", "spend", "make", "be", "similar", "like"}
)


_OCCURRENCES = frozenset({"first", "last", "recently", "once", "ever", "only", "just", "already"})
_PEOPLE = frozenset(
    {*lexicon.SUBJECTS, *lexicon.EVERYBODY, *lexicon.GENDER_NOUNS, *lexicon.EVENT_AGENTS, *places.PEOPLES}
)


def _people_follow(cursor: Cursor) -> bool:
    """'who like red, and Germans': other customers and no topic."""
    return cursor.word in _PEOPLE or (cursor.word in {"the", "all", "those"} and cursor.peek(1) in _PEOPLE)


def _looks_like_a_clause(reading: Reading) -> bool:
    """Whether a new statement begins rather than another topic."""
    cursor = reading.cursor
    return cursor.word in _VERBS or (cursor.word in _OCCURRENCES and cursor.peek(1) in _VERBS)
