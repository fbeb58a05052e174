"""What happened, by its verb or its name: the events about products, and the other event types of the tenant."""

from functools import cache

from leo_activation.segments.plan import EventKind
from leo_activation.segments.planners.cursor import Cursor, Phrases, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.reading import Reading
from leo_activation.segments.planners.tokens import TokenKind, tokenize
from leo_activation.told import Told

VERBS = phrases({verb: event for event, verbs in lexicon.EVENT_VERBS.items() for verb in verbs})
EVENT_NOUNS = phrases(lexicon.EVENT_NOUNS)
CART_VERBS = phrase_set(lexicon.CART_VERBS)
CART_PLACES = phrase_set(lexicon.CART_PLACES)
_DO = ("did", "do", "does", "doing", "done")
_KNOWN_KINDS = frozenset(EventKind)


def take_other_event(reading: Reading) -> str | None:
    """'did "page-view"', 'visited our website', 'checked out': an event that is not about a product.

    Raises:
        Ask: the tenant has no such event.
    """
    cursor = reading.cursor
    start = cursor.position
    found = cursor.take(_spoken(reading.catalogue.events))
    if found is not None:
        if found in reading.catalogue.events:
            return found
        if found == "page-view" and cursor.words[start] in {"viewed", "view", "viewing"}:
            cursor.position = start
            return None
        raise cursor.ask(
            start,
            Told.of("No “{found}” is on record here: which event is meant?", found=found),
            tuple(reading.catalogue.events[:12]),
        )
    did = cursor.take_one_of(*_DO) is not None or cursor.peek(-1) in _DO
    token = cursor.take_kind(TokenKind.QUOTED) if did else None
    if token is None:
        cursor.position = start
        return None
    name = token.word.lower()
    if name not in reading.catalogue.events:
        names = (*EventKind, *reading.catalogue.events)
        raise cursor.ask(
            start, Told.of("There is no event “{word}” here: which one is meant?", word=token.word), names[:12]
        )
    return name


def take_event_noun(reading: Reading) -> str | None:
    """'purchases', 'orders', 'page views': an event as a noun."""
    cursor = reading.cursor
    return cursor.take(EVENT_NOUNS) or cursor.take(_nouns(reading.catalogue.events))


@cache
def _spoken(events: tuple[str, ...]) -> Phrases[str]:
    """The verbs that the tenant's events and those of common shops are said with."""
    said = {verb: event for event, verbs in lexicon.OTHER_EVENTS.items() for verb in verbs}
    for event in events:
        words = _words(event)
        for did in _DO:
            said[f"{did} {words}"] = event
            said[f"{did} a {words}"] = event
    return phrases(said)


@cache
def _nouns(events: tuple[str, ...]) -> Phrases[str]:
    said: dict[str, str] = {}
    for event in events:
        words = _words(event)
        plural = f"{words}es" if words.endswith(("ch", "sh", "s", "x")) else f"{words}s"
        said |= {words: event, plural: event}
    return phrases(said)


def _words(event: str) -> str:
    return " ".join(token.word for token in tokenize(event.replace("_", " ").replace(".", " ").replace(":", " ")))


def is_order_noun(cursor: Cursor, at: int) -> bool:
    """Whether the token says 'order' and not 'purchase' or 'bought'."""
    return cursor.words[at] in {"order", "orders", "ordered", "ordering"}
