"""Groups that customers belong to: a funnel stage, a segment, those who resemble a description."""

from leo_activation.segments.plan import CustomerProperty, ProfilePhrase, SegmentMember
from leo_activation.segments.planners.cursor import END, Ask, phrase_set
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.people import one_of, take_text
from leo_activation.segments.planners.english.topics import take_threshold
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind, near
from leo_activation.told import Told

_SUBJECTS = phrase_set(lexicon.SUBJECTS)
_SIMILAR = phrase_set(lexicon.SIMILAR_STARTS)
_REFERRING = frozenset({"ones", "above", "those", "these", "them", "previous", "others", "same", "before", "they"})
_MEMBER = phrase_set(
    ("members of", "a member of", "member of", "belong to", "belongs to", "part of", "belonging to", "in", "inside")
)


def take_stage(reading: Reading) -> Meant | None:
    """'in the customer-advocate funnel stage', 'in the stage customer'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.take_one_of("in", "at")
    cursor.take_one_of("the")
    if cursor.take_words("funnel", "stage") or cursor.take_words("stage"):
        leaf = take_text(reading, CustomerProperty.FUNNEL_STAGE, start)
        return None if leaf is None else Said(leaf, start, cursor.position)
    found = reading.vocabulary.take(cursor, NameKind.FUNNEL_STAGE)
    if found is None:
        return None
    if not (cursor.take_words("funnel", "stage") or cursor.take_words("stage")):
        return None
    return Said(one_of(CustomerProperty.FUNNEL_STAGE, [found[1]]), start, cursor.position)


def take_stage_noun(reading: Reading) -> Said | None:
    """'leads' where a funnel stage is called so; 'customers' are customers, also where a stage has that name.

    Raises:
        Ask: both stand there, as in 'user customers'.
    """
    cursor = reading.cursor
    start = cursor.position
    cursor.take(_SUBJECTS)
    noun_end, cursor.position = cursor.position, start
    found = reading.vocabulary.take(cursor, NameKind.FUNNEL_STAGE)
    if found is not None and cursor.position <= noun_end and cursor.stands(_SUBJECTS):
        said = cursor.written(start, cursor.position)
        readings = (f"customers in the stage “{found[1]}”", "customers")
        raise cursor.ask(start, Told.of("Does “{said}” name the funnel stage, or customers?", said=said), readings)
    if found is None or cursor.position <= noun_end:
        cursor.position = start
        return None
    return Said(one_of(CustomerProperty.FUNNEL_STAGE, [found[1]]), start, cursor.position)


def take_segment(reading: Reading) -> Meant | None:
    """'in the segment VIP', 'members of VIP'.

    Raises:
        Ask: there is no such segment.
    """
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
        return _segments(reading, found, start)
    begun = cursor.position
    found = _named_segment(reading)
    if found is not None:
        return _segments(reading, found, start)
    while (token := cursor.token) is not None and cursor.text[token.start].isupper():
        cursor.position += 1
        if cursor.word in lexicon.SEGMENT_NOUNS and cursor.position > begun:
            unknown = _unknown_segment(reading, begun)
            cursor.position += 1
            raise unknown
    return None


def _segments(reading: Reading, first: str, start: int) -> Meant:
    """The segment `first` and those listed after it: 'VIP or Sneaker Fans'."""
    cursor = reading.cursor
    cursor.take_one_of(*lexicon.SEGMENT_NOUNS)
    parts = [Said(SegmentMember(segment_id=first), start, cursor.position)]
    operator = cursor.word if cursor.word in {"and", "or"} else None
    while operator is not None and cursor.word == operator:
        begun = cursor.position
        cursor.position += 1
        cursor.take_one_of("the")
        found = _named_segment(reading)
        if found is None or cursor.stands(_SUBJECTS):
            cursor.position = begun
            break
        cursor.take_one_of(*lexicon.SEGMENT_NOUNS)
        parts.append(Said(SegmentMember(segment_id=found), begun + 1, cursor.position))
    return joined(operator or "and", parts)


def _named_segment(reading: Reading) -> str | None:
    cursor = reading.cursor
    if (token := cursor.token) is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, (NameKind.SEGMENT,))
        cursor.position += 1 if found else 0
    else:
        found = reading.vocabulary.take(cursor, NameKind.SEGMENT)
    return None if found is None else found[1]


def _unknown_segment(reading: Reading, begun: int) -> Ask:
    cursor = reading.cursor
    unknown = cursor.written(begun, cursor.position)
    names = near(unknown, reading.catalogue.segments.values())
    return cursor.ask(
        begun, Told.of("There is no active segment “{unknown}”: which one is meant?", unknown=unknown), names
    )


def take_segment_adjective(reading: Reading) -> SegmentMember | None:
    """'VIP' before 'customers'."""
    found = reading.vocabulary.take(reading.cursor, NameKind.SEGMENT)
    return None if found is None else SegmentMember(segment_id=found[1])


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
    if _REFERRING & set(cursor.words[begun : cursor.position]):
        raise cursor.ask(begun, Told.of("Who is meant by “{phrase}”? Please describe them in quotes.", phrase=phrase))
    if reading.vocabulary.lookup(phrase, (NameKind.SEGMENT,)) is not None:
        raise cursor.ask(
            begun,
            Told.of("“{phrase}” is a segment: are its members meant?", phrase=phrase),
            (f"in the segment {phrase}", f'like "{phrase}"'),
        )
    if cursor.word not in {END, ".", ",", "?", "!", ";"}:
        raise cursor.ask(
            begun, Told.of("Where does the description end? Please put it in quotes."), (f"similar to “{phrase}”",)
        )
    return Said(ProfilePhrase(phrase=phrase), start, cursor.position)
