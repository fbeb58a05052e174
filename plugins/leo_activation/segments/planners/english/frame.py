"""What stands around the conditions of a request: the segment's name, the message to send, the campaign, the order."""

from dataclasses import dataclass

from leo_activation.segments.plan import Channel, InterestPhrase
from leo_activation.segments.planners import places
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.behaviours import repeat_note
from leo_activation.segments.planners.english.topics import (
    take_color_preference,
    take_luxury,
    take_topics,
    topics_up_to,
)
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.segments.request import ActivationDraft, MessageClass
from leo_activation.told import Told

_MAKERS = phrase_set(lexicon.SEGMENT_MAKERS)
_AFTER_SEGMENT = phrase_set(lexicon.AFTER_SEGMENT)
_NAMED = phrase_set(lexicon.NAMED)
_INTO_SEGMENT = phrase_set(lexicon.INTO_SEGMENT)
_SENDING = phrase_set(lexicon.SENDING)
_BY_CHANNEL = ("on", "via", "by", "over", "through", "per", "using")
_NAMING = phrase_set(lexicon.NAMING)
_CHANNELS = phrases(lexicon.CHANNELS)
_RECIPIENTS = phrase_set(lexicon.RECIPIENTS)
_SAYING = phrase_set(lexicon.SAYING)
_CAMPAIGNS = phrase_set(lexicon.CAMPAIGNS)
_THEMED = phrase_set(("with a", "with the", "with", "in", "themed around", "themed in"))
_CAMPAIGN_STARTS = phrase_set(lexicon.CAMPAIGN_STARTS)
_NAME_ENDS = frozenset({END, "of", "for", "with", "who", "that", "whose", ":", ",", ".", "and", "containing", "from"})
_QUOTES = frozenset({'""', "''", "“”", "„“", "„”", "«»", "‘’"})
_CLASSES = {
    "transactional": MessageClass.TRANSACTIONAL,
    "service": MessageClass.TRANSACTIONAL,
    "marketing": MessageClass.MARKETING,
    "promotional": MessageClass.MARKETING,
}
_PEOPLE = frozenset(
    {*lexicon.SUBJECTS, *lexicon.EVERYBODY, *lexicon.EVENT_AGENTS, *lexicon.GENDER_NOUNS, *places.PEOPLES}
)
_VERB_CHANNELS: dict[str, Channel | None] = {
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "text": Channel.SMS,
    "zalo": Channel.ZALO,
    "message": None,
    "notify": None,
    "contact": None,
    "tell": None,
    "inform": None,
}
_TELLING = frozenset({"notify", "tell", "inform", "message", "email", "e", "text"})
_CHANNEL_READINGS = ("by e-mail", "on Zalo", "by SMS", "by mobile push", "by web push", "on Messenger")


@dataclass(frozen=True)
class Named:
    """A name for the segment, with its place."""

    name: str
    start: int
    end: int


def take_definition(cursor: Cursor) -> Named | None:
    """'Define High Value as', '“High Value” means', at the beginning."""
    start = cursor.position
    defined = cursor.take_one_of("define", "call", "consider") is not None
    cursor.take_one_of("the", "a", "an", "our") if defined else None
    begun = cursor.position
    if cursor.take_kind(TokenKind.QUOTED) is not None:
        named: Named | None = Named(cursor.tokens[begun].word, begun, cursor.position)
    elif defined and cursor.words[start] == "define":
        while (token := cursor.token) is not None and cursor.text[token.start].isupper():
            cursor.position += 1
        written = cursor.written(begun, cursor.position)
        named = Named(written, begun, cursor.position) if written else None
    else:
        named = None
    cursor.take_one_of(*lexicon.SEGMENT_NOUNS)
    if named is None or not (cursor.take_one_of("as", ":") if defined else cursor.take_words("means")):
        cursor.position = start
        return None
    return named


def take_segment_frame(cursor: Cursor) -> Named | bool:
    """'Create a High Value segment of': the name, True where the frame has none, False where there is no frame."""
    start = cursor.position
    made = cursor.take(_MAKERS) is not None
    if made:
        cursor.take_one_of("me", "us")
        cursor.take_one_of("a", "an", "the", "another", "my", "our")
    made = made or _is_title(cursor)
    named = _name_before_noun(cursor) if made else None
    if cursor.take_one_of(*lexicon.SEGMENT_NOUNS) is None:
        begun = cursor.position
        token = cursor.take_kind(TokenKind.QUOTED) if made and named is None else None
        if token is not None and cursor.take_one_of(":") is not None:
            return Named(token.word, begun, begun + 1)
        cursor.position = start
        return False
    if not made and cursor.word in {"of", "for", "with", ":"}:
        cursor.position += 1
        return True
    if named is None and (made or cursor.is_kind(TokenKind.QUOTED)):
        _take_of_them(cursor)
        cursor.take(_NAMED)
        named = _name_here(cursor, called=cursor.peek(-1) in lexicon.NAMED)
    if not made and named is None:
        cursor.position = start
        return False
    cursor.take(_AFTER_SEGMENT)
    cursor.take_one_of(":")
    return named or True


def _take_of_them(cursor: Cursor) -> None:
    """'a segment of them', 'a segment for these customers'."""
    start = cursor.position
    if cursor.take_one_of("of", "for", "from", "with", "out") and not (
        cursor.take_words("of", "them") or cursor.take(_RECIPIENTS) is not None
    ):
        cursor.position = start


def _is_title(cursor: Cursor) -> bool:
    """'High Value segment: …' at the beginning."""
    nouns = (n for n in range(1, 6) if cursor.peek(n) in lexicon.SEGMENT_NOUNS and cursor.peek(n + 1) == ":")
    words = cursor.tokens[: next(nouns, 0)]
    return cursor.position == 0 and bool(words) and all(cursor.text[token.start].isupper() for token in words)


def _name_before_noun(cursor: Cursor) -> Named | None:
    start = cursor.position
    while cursor.word in lexicon.SEGMENT_ADJECTIVES:
        cursor.position += 1
    begun = cursor.position
    if cursor.take_kind(TokenKind.QUOTED) is not None and cursor.word in lexicon.SEGMENT_NOUNS:
        return Named(cursor.tokens[begun].word, begun, cursor.position)
    cursor.position = begun
    while cursor.word not in lexicon.SEGMENT_NOUNS:
        if (
            cursor.word in _NAME_ENDS
            or cursor.word in {"a", "an", "the"}
            or cursor.at_end
            or cursor.position - begun > 6
        ):
            cursor.position = start
            return None
        cursor.position += 1
    if cursor.position == begun:
        return None
    return Named(cursor.written(begun, cursor.position), begun, cursor.position)


def _name_here(cursor: Cursor, *, called: bool) -> Named | None:
    start = cursor.position
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return Named(token.word, start, cursor.position)
    while called and cursor.word not in _NAME_ENDS and cursor.position - start < 7:
        cursor.position += 1
    if not called:
        while (token := cursor.token) is not None and cursor.text[token.start].isupper():
            cursor.position += 1
        if cursor.word not in {*_NAME_ENDS, "("} or cursor.at_end:
            cursor.position = start
    return Named(cursor.written(start, cursor.position), start, cursor.position) if cursor.position > start else None


def take_name(cursor: Cursor, *, framed: bool = False) -> Named | None:
    """'call it High Value', 'into a segment named High Value', and 'named High Value' after a comma or a frame."""
    start = cursor.position
    into = cursor.take(_INTO_SEGMENT) is not None
    if into and (cursor.take_one_of("called", "named", "titled") or cursor.is_kind(TokenKind.QUOTED)):
        return _name_here(cursor, called=True)
    cursor.position = start
    if cursor.take(_NAMING) is None and not (
        (cursor.take_one_of(",") or framed) and cursor.take_one_of("called", "named", "titled")
    ):
        cursor.position = start
        return None
    found = _name_here(cursor, called=True)
    if found is None:
        cursor.position = start
    return found


# --- activation -------------------------------------------------------------------------------------------------------


def take_activation(cursor: Cursor, *, first: bool) -> ActivationDraft | None:
    """'send them a Zalo message saying: …', 'e-mail them: …'; `first`: no customers were spoken of yet.

    Raises:
        Ask: it is open on which channel.
    """
    start = cursor.position
    cursor.take_one_of("and", ",", ".")
    cursor.take_one_of("and", "then", "please", "also")
    cursor.take_one_of("then")
    begun = cursor.position
    channel: Channel | None = None
    if cursor.take_one_of("send", "sending") is None:
        if cursor.take_words("e", "mail"):
            channel = Channel.EMAIL
        elif cursor.word in _VERB_CHANNELS:
            channel = _VERB_CHANNELS[cursor.word]
            cursor.position += 1
        else:
            cursor.position = start
            return None
        if cursor.take(_RECIPIENTS) is None and not (first and _customers_follow(cursor)):
            cursor.position = start
            return None
    message_class = MessageClass.MARKETING
    quoted = cursor.take_kind(TokenKind.QUOTED)
    pushed = None
    while True:
        if cursor.take(_RECIPIENTS) is not None or cursor.take_one_of("a", "an", "the", "this", "our"):
            continue
        if cursor.word in _CLASSES:
            message_class = _CLASSES[cursor.word]
            cursor.position += 1
            continue
        before = cursor.position
        by = cursor.take_one_of(*_BY_CHANNEL, "as")
        cursor.take_one_of("a", "an")
        found = cursor.take(_CHANNELS)
        if found is not None:
            if channel is not None and found is not channel:
                raise cursor.ask(before, Told.of("One message goes out on one channel: which one?"), _CHANNEL_READINGS)
            channel = found
            continue
        if cursor.take_words("push"):
            pushed = cursor.position - 1
            continue
        if by:
            cursor.position = before
        if cursor.take_one_of(*lexicon.MESSAGE_NOUNS):
            continue
        cursor.position = before
        break
    if cursor.words[begun] in _TELLING and cursor.word == "that":
        cursor.position += 1
        start_of_text = cursor.token
        text = "" if start_of_text is None else cursor.text[start_of_text.start :].strip()
        cursor.position = len(cursor.tokens)
        quoted = None
        message: str | None = text or None
    else:
        message = _message(cursor) or (quoted.word if quoted is not None else None)
    message = message or (quoted.word if quoted is not None else None)
    if pushed is not None and channel is None:
        raise cursor.ask(pushed, Told.of("Which push is meant?"), ("mobile push", "web push"), end=pushed + 1)
    if channel is None:
        end = min(begun + 1, len(cursor.tokens))
        raise cursor.ask(begun, Told.of("On which channel is the message sent?"), _CHANNEL_READINGS, end=end)
    return ActivationDraft(channel=channel, message=message, message_class=message_class)


def take_sending(cursor: Cursor) -> bool:
    """'Notify customers who …' at the beginning, where the channel follows later ('… by SMS: Sale today')."""
    before = cursor.position
    if cursor.take(_SENDING) is None:
        return False
    start = cursor.position
    if _customers_follow(cursor):
        while not cursor.at_end and cursor.word != ":":
            if _take_channel(cursor) is not None:
                cursor.position = start
                return True
            cursor.position += 1
    cursor.position = before
    return False


def take_channel(cursor: Cursor) -> ActivationDraft | None:
    """'by SMS: Sale today', where the sending was asked for at the beginning."""
    channel = _take_channel(cursor)
    return None if channel is None else ActivationDraft(channel=channel, message=_message(cursor))


def _take_channel(cursor: Cursor) -> Channel | None:
    start = cursor.position
    channel = None
    if cursor.take_one_of(*_BY_CHANNEL) or cursor.word in {"a", "an"}:
        cursor.take_one_of("a", "an")
        channel = cursor.take(_CHANNELS)
        cursor.take_one_of(*lexicon.MESSAGE_NOUNS)
    if channel is None:
        cursor.position = start
    return channel


def _customers_follow(cursor: Cursor) -> bool:
    words = {cursor.peek(n) for n in range(3)}
    return bool(words & _PEOPLE)


def take_message(cursor: Cursor) -> str | None:
    """'saying “…”' or ': …' after the conditions, where the sending was asked for before them."""
    if not (cursor.stands(_SAYING) or cursor.word == ":"):
        return None
    return _message(cursor)


def _message(cursor: Cursor) -> str | None:
    saying = cursor.take(_SAYING) is not None
    colon = cursor.take_one_of(":", "-") is not None
    cursor.take_one_of(":")
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        cursor.take_one_of("to")
        return token.word
    if not (saying or colon) or cursor.token is None:
        cursor.take_one_of("to")
        return None
    message = cursor.text[cursor.token.start :].strip()
    if len(message) > 1 and message[0] + message[-1] in _QUOTES:
        message = message[1:-1].strip()
    cursor.position = len(cursor.tokens)
    return message or None


# --- campaign ---------------------------------------------------------------------------------------------------------


def take_campaign(reading: Reading, notes: list[str]) -> list[Meant] | None:
    """'for a luxury red-themed fashion campaign': whom it would please, possibly anybody; None where there is none.

    Raises:
        Ask: a word of the theme is not known here.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.take(_CAMPAIGN_STARTS) is None:
        return None
    ahead = [cursor.peek(n) for n in range(10)]
    stop = next((n for n, word in enumerate(ahead) if word in {"who", "that", ".", ":", END}), len(ahead))
    if not any(word in lexicon.CAMPAIGNS for word in ahead[:stop]):
        cursor.position = start
        return None
    parts: list[Meant] = []
    while cursor.take(_CAMPAIGNS) is None:
        if cursor.word in lexicon.CAMPAIGN_FILLERS or cursor.word == ",":
            cursor.position += 1
            continue
        theme = _theme(reading, notes)
        if theme is None:
            cursor.position += 1
            unknown = cursor.written(cursor.position - 1, cursor.position)
            raise cursor.ask(
                cursor.position - 1, Told.of("Whom would a campaign that is “{unknown}” please?", unknown=unknown)
            )
        parts.extend(theme)
    before = cursor.position
    if cursor.take(_THEMED) is not None:
        theme = _theme(reading, notes)
        if not theme and cursor.words[before] == "with" and cursor.position == before + 1:
            cursor.position = before
            return parts
        if not theme:
            raise cursor.ask(
                cursor.position - 1, Told.of("Whom would such a campaign please?"), end=cursor.position + 1
            )
        cursor.take_words("as", "the") or cursor.take_words("as", "a") or cursor.take_words("as")
        cursor.take_one_of("theme", "motif", "look", "design", "touch")
        parts.extend(theme)
    elif cursor.take_one_of("about", "on", "around", "promoting") and (
        topic := take_topics(reading, primary=False, liked=False)
    ):
        parts.append(topic)
    return parts


def _theme(reading: Reading, notes: list[str]) -> list[Meant] | None:
    """One word of a theme as a condition, none where it names everything the tenant sells, None where unknown."""
    cursor = reading.cursor
    start = cursor.position
    if (luxury := take_luxury(reading)) is not None:
        return [luxury]
    if (color := reading.vocabulary.take(cursor, NameKind.COLOR, NameKind.TOPIC_COLOR)) is not None:
        cursor.take_one_of("themed", "colored", "coloured", "color", "colour")
        return [take_color_preference(reading, color[1], start)]
    if (whole := cursor.take_one_of(*lexicon.WHOLE_CATALOGUE)) is not None:
        if sells_only_clothes(reading):
            notes.append(whole_catalogue_note(whole))
            return []
        return [Said(InterestPhrase(phrase=whole), start, cursor.position)]
    before = cursor.position
    found = reading.vocabulary.take(
        cursor, NameKind.TOPIC_CATEGORY, NameKind.TOPIC_PRODUCT, NameKind.TOPIC_BRAND, NameKind.KEYWORD
    )
    cursor.position, end = before, cursor.position
    if found is None and not cursor.is_kind(TokenKind.QUOTED):
        return None
    topic = topics_up_to(reading, end) if found is not None else take_topics(reading, primary=False, liked=False)
    cursor.take_one_of("themed")
    return None if topic is None else [topic]


def sells_only_clothes(reading: Reading) -> bool:
    """Whether 'fashion' names everything the tenant sells."""
    categories = reading.catalogue.categories
    return bool(categories) and all(
        name.lower().removesuffix("s") in lexicon.CLOTHES or name.lower() in lexicon.CLOTHES for name in categories
    )


def whole_catalogue_note(word: str) -> str:
    """The note that the sentence shows, and that the grammar reads again."""
    return f'"{word}" is read as the whole catalogue'


def left_out_note(words: str) -> str:
    """What the requester decided to do without: the sentence shows it to whoever approves, and it is read again."""
    return f"Left out: “{masked(words)}”"


def take_note(cursor: Cursor) -> str | None:
    """A note that `explain` printed, or that the requester wrote."""
    start = cursor.position
    if cursor.take_words("left", "out", ":") and (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return left_out_note(token.word)
    cursor.position = start
    token = cursor.take_kind(TokenKind.QUOTED)
    if token is not None and cursor.take_words("is", "read", "as", "the", "whole", "catalogue"):
        return whole_catalogue_note(token.word)
    if token is not None and cursor.take_words("is", "read", "as", "customers", "with", "at", "least", "two", "orders"):
        return repeat_note(token.word)
    cursor.position = start
    return None
