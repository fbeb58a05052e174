"""Messages: which campaigns reached customers and what came of it, and on which channels customers can be reached."""

from dataclasses import dataclass, replace

from leo_activation.segments.plan import Channel, Exposure, ExposureKind, Operator, Reachability, Reachable, Window
from leo_activation.segments.planners.cursor import END, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.amounts import take_comparison, take_whole
from leo_activation.segments.planners.english.dates import take_window
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vocabulary import NameKind, near
from leo_activation.told import Told

_VERBS = phrases({verb: kind for kind, verbs in lexicon.EXPOSURE_VERBS.items() for verb in verbs})
_CHANNELS = phrases(lexicon.CHANNELS)
_BY = ("by", "on", "via", "through", "over", "per", "with", "using", "for", "to", "from", "in")
_REACHABLE = phrase_set(lexicon.REACHABLE)
_CONSENTED = phrase_set(lexicon.CONSENTED)
_OPTED_OUT = phrase_set(lexicon.OPTED_OUT)
_ADDRESSES = phrases(lexicon.ADDRESSES)
_HAVING = ("with", "having", "have", "has", "had", "without", "lacking", "lack", "lacks", "whose")
_HELPERS = frozenset({"have", "has", "did", "do", "does", "also", "not", "never", "then", "were", "was", "been"})
_CAMPAIGNS = frozenset({"campaign", "campaigns"})
_TIMES = ("time", "times")
_PRONOUNS = ("it", "them", "that", "those", "one", "any")


@dataclass(frozen=True)
class _Object:
    """Which messages: campaigns by id, none for any; `named` where words for them stood."""

    campaigns: tuple[str, ...] = ()
    channel: Channel | None = None
    named: bool = False


def take_exposure(reading: Reading) -> Meant | None:
    """'received the campaign “Spring Sale” by e-mail at least twice', 'opened but did not click any campaign'.

    Raises:
        Ask: there is no such campaign, or the count has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    first = cursor.take(_VERBS)
    if first is None:
        return None
    verbs = [(first, False)]
    operators: set[str] = set()
    ends = [cursor.position]
    while (following := _following_verb(cursor)) is not None:
        operator, kind, not_ = following
        operators.add(operator)
        verbs.append((kind, not_))
        ends.append(cursor.position)
    if len(operators) > 1:
        raise cursor.ask(start, Told.of("“And” and “or” can be read in two ways here: what belongs together?"))
    window = None
    least = _messages_counted(cursor)
    what = _object(reading, start)
    if what is None and (window := _window(reading)) is not None:
        what = _object(reading, start)
    spoken = None
    if what is None and window is None:
        spoken = reading.exposed[0] if reading.exposed else None
        what = _spoken_of(reading, verbs)
    if what is None:
        cursor.position = start
        return None
    if least is not None and (what.campaigns or window is not None):
        raise cursor.ask(start, Told.of("How many messages are meant, and of which campaign?"), ("… at least 3 times",))
    leaf = Exposure(exposure=first, campaigns=what.campaigns, channel=what.channel, window=window)
    leaf = _tail(reading, leaf, least)
    if spoken is not None and spoken.window is not None and leaf.window is None:
        raise cursor.ask(
            start,
            Told.of("In that window, or ever?"),
            ("… any campaign in the last 7 days", "… any campaign at any time"),
        )
    reading.exposed[:] = [leaf]
    parts: list[Meant] = []
    for kind, not_ in verbs:
        said = Said(leaf.model_copy(update={"exposure": kind}), start, cursor.position)
        parts.append(denied(said) if not_ else said)
    return joined(next(iter(operators), "and"), parts)


def _following_verb(cursor: Cursor) -> tuple[str, ExposureKind, bool] | None:
    """'… but did not click', right after the verb before."""
    before = cursor.position
    operator = {"or": "or", "and": "and", "but": "and", "yet": "and"}.get(cursor.word)
    if operator is not None:
        cursor.position += 1
        not_ = False
        while cursor.word in _HELPERS and not (not_ and cursor.word in {"not", "never"}):
            not_ = not_ or cursor.word in {"not", "never"}
            cursor.position += 1
        kind = cursor.take(_VERBS)
        if kind is not None:
            return operator, kind, not_
    cursor.position = before
    return None


def _spoken_of(reading: Reading, verbs: list[tuple[ExposureKind, bool]]) -> _Object | None:
    """Without an object: the campaign spoken of before, else any, where two such verbs leave no doubt what is meant."""
    cursor = reading.cursor
    before = cursor.position
    pronoun = cursor.take_one_of(*_PRONOUNS) is not None
    if reading.exposed and (pronoun or cursor.word in {END, ".", ",", ";", "and", "or", "but", ")"}):
        spoken = reading.exposed[0]
        return _Object(spoken.campaigns, spoken.channel, named=True)
    cursor.position = before
    return _Object() if len(verbs) > 1 and not pronoun else None


def _object(reading: Reading, start: int) -> _Object | None:
    """'the campaign “Spring Sale” or the Welcome Series campaign', 'any campaign', 'an e-mail', 'a Zalo message'."""
    cursor = reading.cursor
    found = _one_object(reading, start)
    if found is None:
        return None
    while found.campaigns:
        before = cursor.position
        operator = cursor.take_one_of("or", "and", ",")
        if operator == ",":
            operator = cursor.take_one_of("or", "and") or ","
        other = _one_object(reading, start) if operator is not None else None
        if other is None or not other.campaigns:
            cursor.position = before
            break
        if operator == "and":
            raise cursor.ask(
                start,
                Told.of("Each of “{words}”, or any of them?", words=cursor.written(start, cursor.position)),
                ("the one or the other", "the one and who also … the other"),
            )
        found = _Object((*found.campaigns, *other.campaigns), found.channel or other.channel, named=True)
    return replace(found, campaigns=tuple(sorted(set(found.campaigns))))


def _one_object(reading: Reading, start: int) -> _Object | None:
    cursor = reading.cursor
    begun = cursor.position
    cursor.take_words("a", "link", "in") or cursor.take_words("links", "in") or cursor.take_words("any", "link", "in")
    cursor.take_one_of("in", "on", "to", "after", "through", "from")
    cursor.take_words("any", "of") or cursor.take_words("one", "of")
    general = cursor.take_one_of("any", "a", "an", "some", "our", "no") is not None
    cursor.take_one_of("the", "our", "my", "this")
    if cursor.take_one_of(*_CAMPAIGNS):
        campaign = _name(reading, quoted_only=False)
        if campaign is not None:
            return _Object((campaign,), _channel(cursor), named=True)
        if cursor.is_kind(TokenKind.QUOTED):
            cursor.position += 1
            raise _unknown(reading, cursor.position - 1)
        return _Object((), _channel(cursor), named=True)
    campaign = _name(reading, quoted_only=False)
    if campaign is not None:
        channel = cursor.take(_CHANNELS)
        cursor.take_one_of(*_CAMPAIGNS, "message", "messages")
        return _Object((campaign,), channel or _channel(cursor), named=True)
    channel = cursor.take(_CHANNELS) if cursor.word != "newsletter" else None
    if channel is not None:
        cursor.take_one_of("message", "messages", "notification", "notifications", "marketing")
        cursor.take_one_of(*_CAMPAIGNS)
        if cursor.take_one_of("from", "of", "for") and (named := _one_object(reading, start)) is not None:
            return _Object(named.campaigns, channel, named=True)
        return _Object((), channel, named=True)
    if (general or begun == cursor.position) and cursor.take_one_of("message", "messages", "mailing", "mailings"):
        return _Object((), _channel(cursor), named=True)
    ahead = next((n for n in range(6) if cursor.peek(n) in _CAMPAIGNS), None)
    between = [cursor.peek(n) for n in range(ahead or 0)]
    if ahead and not {"and", "or", "but", "who", "that", "in", "for", ",", "."} & set(between):
        cursor.position += ahead
        unknown = _unknown(reading, cursor.position - ahead)
        cursor.position += 1
        raise unknown
    cursor.position = begun
    return None


def _name(reading: Reading, *, quoted_only: bool) -> str | None:
    cursor = reading.cursor
    token = cursor.token
    if token is not None and token.kind is TokenKind.QUOTED:
        found = reading.vocabulary.lookup(token.word, (NameKind.CAMPAIGN,))
        cursor.position += 1 if found else 0
    else:
        found = None if quoted_only else reading.vocabulary.take(cursor, NameKind.CAMPAIGN)
    return None if found is None else found[1]


def _unknown(reading: Reading, begun: int) -> Exception:
    cursor = reading.cursor
    written = cursor.written(begun, cursor.position)
    names = tuple(reading.catalogue.campaigns.values())
    return cursor.ask(
        begun, Told.of("There is no campaign “{written}”: which one is meant?", written=written), near(written, names)
    )


def _channel(cursor: Cursor) -> Channel | None:
    """'by e-mail', 'on Zalo'."""
    start = cursor.position
    if cursor.take_one_of("by", "on", "via", "through", "over", "as"):
        cursor.take_one_of("a", "an")
        if (channel := cursor.take(_CHANNELS)) is not None:
            cursor.take_one_of("message")
            return channel
        _ask_which_push(cursor)
    cursor.position = start
    return None


def _ask_which_push(cursor: Cursor) -> None:
    if cursor.take_words("push"):
        cursor.take_one_of("notification", "notifications", "message", "messages")
        raise cursor.ask(cursor.position - 1, Told.of("Which push is meant?"), ("mobile push", "web push"))


def _messages_counted(cursor: Cursor) -> int | None:
    """'at least 3' in 'opened at least 3 e-mails'.

    Raises:
        Ask: different campaigns are counted, or not at least so many.
    """
    start = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor)) if cursor.word != "from" else None
    counted = cursor.position
    campaigns = cursor.word in _CAMPAIGNS or cursor.word in {"different", "of"}
    messages = cursor.take(_CHANNELS) is not None or cursor.word in {"messages", "message"}
    named = max(cursor.position, counted + 1)
    cursor.position = counted
    if compared is None or not (campaigns or messages):
        cursor.position = start
        return None
    value = int(compared.values[0])
    if campaigns or compared.bare or compared.upper or compared.operator not in {Operator.GE, Operator.GT}:
        end = min(named, len(cursor.tokens))
        written = cursor.written(start, end)
        readings = (f"any campaign at least {value} times",)
        question = Told.of("Only a least number of messages can be asked for, not “{written}”.", written=written)
        raise cursor.ask(start, question, readings, end=end)
    return max(1, value + (compared.operator is Operator.GT))


def _tail(reading: Reading, leaf: Exposure, count: int | None) -> Exposure:
    """How often, when and on which channel, in any order."""
    cursor = reading.cursor
    leaf = leaf.model_copy(update={"min_count": count or 1})
    while True:
        start = cursor.position
        if leaf.channel is None and (channel := _channel(cursor)) is not None:
            leaf = leaf.model_copy(update={"channel": channel})
        elif leaf.window is None and (window := _window(reading)) is not None:
            leaf = leaf.model_copy(update={"window": window})
        elif count is None and (count := _count(cursor)) is not None:
            leaf = leaf.model_copy(update={"min_count": count})
        else:
            cursor.position = start
            return leaf


def _window(reading: Reading) -> Window | None:
    start = reading.cursor.position
    window = take_window(reading.cursor)
    if window is not None:
        reading.windows[start] = reading.cursor.position
    return window


def _count(cursor: Cursor) -> int | None:
    start = cursor.position
    compared = take_comparison(cursor, lambda: _times(cursor))
    if compared is None:
        cursor.position = start
        return None
    cursor.take_one_of(*_TIMES)
    value = int(compared.values[0])
    written = cursor.written(start, cursor.position)
    if compared.bare or compared.upper is not None or compared.operator not in {Operator.GE, Operator.GT}:
        raise cursor.ask(
            start,
            Told.of("Only a least number of messages can be asked for, not “{written}”.", written=written),
            (f"at least {value} times",),
        )
    return max(1, value + (compared.operator is Operator.GT))


def _times(cursor: Cursor) -> str | None:
    start = cursor.position
    if cursor.word in lexicon.TIMES:
        cursor.position += 1
        return str(lexicon.TIMES[cursor.words[start]])
    number = take_whole(cursor)
    if number is not None and (cursor.take_one_of(*_TIMES) or cursor.peek(2) in _TIMES):
        return number
    cursor.position = start
    return None


# --- reachability -----------------------------------------------------------------------------------------------------


def take_reachability(reading: Reading) -> Meant | None:
    """'reachable by e-mail', 'with consent to SMS', 'who have a phone number', 'unreachable on Zalo'.

    Raises:
        Ask: it is open which channel is meant, or what an opting out stands for.
    """
    cursor = reading.cursor
    start = cursor.position
    for rule in (_reachable, _consented, _address):
        found = rule(cursor, start)
        if found is not None:
            return found
        cursor.position = start
    return None


def _reachable(cursor: Cursor, start: int) -> Meant | None:
    unreachable = cursor.take_one_of("unreachable") is not None
    if not unreachable and cursor.take(_REACHABLE) is None:
        return None
    cursor.take_words("for", "marketing") or cursor.take_words("with", "marketing")
    found = _channels(cursor, start, Reachability.BOTH)
    return denied(found) if unreachable else found


def _channels(cursor: Cursor, start: int, by: Reachability) -> Meant:
    """'by e-mail or on Zalo'."""
    parts: list[Meant] = []
    operators: set[str] = set()
    denying = False
    while True:
        before = cursor.position
        if parts:
            denying = cursor.take_words("but", "not") or cursor.take_words("and", "not")
            operator = "and" if denying else cursor.take_one_of("and", "or", ",")
            if operator is None:
                break
            if operator == ",":
                operator = cursor.take_one_of("and", "or") or ","
        cursor.take_one_of("both", "either")
        cursor.take_one_of(*_BY)
        cursor.take_one_of("a", "an", "our", "the", "their")
        channel = cursor.take(_CHANNELS)
        if channel is None:
            if not parts:
                _ask_which_push(cursor)
                phone = cursor.take_one_of("phone", "telephone") is not None
                readings = ("by SMS",) if phone else ("by e-mail", "by SMS", "on Zalo", "by web push")
                raise cursor.ask(start, Told.of("On which channel?"), readings)
            cursor.position = before
            break
        cursor.take_one_of("message", "messages", "marketing", "notifications", "notification", "oa")
        if parts and operator != ",":
            operators.add(str(operator))
        said = Said(Reachable(channel=channel, by=by), start, cursor.position)
        parts.append(denied(said) if denying else said)
    if len(operators) > 1:
        raise cursor.ask(start, Told.of("“And” and “or” can be read in two ways here: what belongs together?"))
    return joined(next(iter(operators), "and"), parts)


def _consented(cursor: Cursor, start: int) -> Meant | None:
    if cursor.take(_OPTED_OUT) is not None:
        _take_channel_words(cursor)
        raise cursor.ask(
            start,
            Told.of("Who opted out is known only as not having consented: is that meant?"),
            ("who did not consent to e-mail", "who did not consent to SMS"),
        )
    if cursor.take(_CONSENTED) is not None:
        return _channels(cursor, start, Reachability.CONSENT)
    opened = take_having(cursor)
    if opened is None or opened == "whose":
        return None
    no = cursor.take_one_of("no") is not None
    cursor.take_one_of("a", "an", "valid", "given", "marketing", "any", "their")
    cursor.take_one_of("marketing")
    before = cursor.position
    channel = cursor.take(_CHANNELS)
    cursor.take_one_of("marketing")
    if cursor.take_one_of("consent", "permission") is None:
        cursor.position = before
        return None
    cursor.take_words("to", "marketing") or cursor.take_words("for", "marketing")
    cursor.take_words("to", "receive") or cursor.take_words("to", "get")
    if channel is not None:
        found: Meant = Said(Reachable(channel=channel, by=Reachability.CONSENT), start, cursor.position)
    else:
        found = _channels(cursor, start, Reachability.CONSENT)
    without = opened in {"without", "lacking", "lack", "lacks"}
    return denied(found) if without != no else found


def take_having(cursor: Cursor) -> str | None:
    """'with', 'without', 'have', …; 'have' may have been taken as an auxiliary before."""
    opened = cursor.take_one_of(*_HAVING)
    return opened or (cursor.peek(-1) if cursor.peek(-1) in {"have", "has", "had", "having"} else None)


def _take_channel_words(cursor: Cursor) -> None:
    cursor.take_one_of(*_BY)
    cursor.take(_CHANNELS)
    cursor.take_one_of("marketing", "messages")


def _address(cursor: Cursor, start: int) -> Meant | None:
    opened = take_having(cursor)
    if opened is None:
        return None
    no = cursor.take_one_of("no") is not None
    cursor.take_one_of("a", "an", "the", "any", "their")
    stated = cursor.take_one_of("known", "valid", "working", "unknown", "missing", "registered", "usable")
    if cursor.take_one_of("address", "addresses") is not None:
        if cursor.take_one_of("for", "on") is None:
            return None
        channel = cursor.take(_CHANNELS)
        if channel is None:
            _ask_which_push(cursor)
    else:
        channel = cursor.take(_ADDRESSES)
    if channel is None:
        return None
    absent = opened in {"without", "lacking", "lack", "lacks"} or stated in {"unknown", "missing"}
    if opened == "whose":
        if cursor.take_one_of("is", "are") is None:
            return None
        not_ = cursor.take_words("not")
        state = cursor.take_one_of("known", "unknown", "missing", "valid")
        if state is None:
            return None
        absent = (state in {"unknown", "missing"}) != not_
    else:
        cursor.take_words("on", "record") or cursor.take_words("on", "file")
    said = Said(Reachable(channel=channel, by=Reachability.ADDRESS), start, cursor.position)
    return denied(said) if absent != no else said
