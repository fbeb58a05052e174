"""A tenant's catalogue in Vietnamese words, both ways: what a word names here, and how a name is said."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.vietnamese import dictionary
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.syllables import Table, table
from leo_activation.segments.planners.vocabulary import NameKind, Vocabulary

GOODS_KINDS = (NameKind.CATEGORY, NameKind.PRODUCT, NameKind.BRAND)
_TOPIC_KINDS = (NameKind.TOPIC_CATEGORY, NameKind.TOPIC_PRODUCT, NameKind.TOPIC_BRAND, NameKind.KEYWORD)
_COLOR_KINDS = (NameKind.COLOR, NameKind.TOPIC_COLOR)
_NAMES_OF = {
    NameKind.CATEGORY: "categories",
    NameKind.PRODUCT: "products",
    NameKind.BRAND: "brands",
    NameKind.COLOR: "colors",
    NameKind.CITY: "cities",
    NameKind.FUNNEL_STAGE: "funnel_stages",
}
_TOPICS_OF = {
    NameKind.TAG: "tag",
    NameKind.KEYWORD: "keyword",
    NameKind.TOPIC_CATEGORY: "category",
    NameKind.TOPIC_PRODUCT: "product",
    NameKind.TOPIC_BRAND: "brand",
    NameKind.TOPIC_COLOR: "color",
}


@dataclass
class Names:
    """The words for a tenant's names: `tables` a kind, `said` the word that a sentence may use for a name."""

    vocabulary: Vocabulary
    tables: dict[NameKind, Table[str]] = field(default_factory=dict)
    said: dict[tuple[NameKind, str], str] = field(default_factory=dict)
    blue_or_green: tuple[str, ...] = ()
    genders: Table[str] = field(default_factory=lambda: table({}))
    countries: Table[str] = field(default_factory=lambda: table({}))
    languages: Table[str] = field(default_factory=lambda: table({}))
    events: Table[str] = field(default_factory=lambda: table({}))
    campaigns: Table[str] = field(default_factory=lambda: table({}))
    known_goods: Table[str] = field(default_factory=lambda: table({}))

    def take(self, cursor: VietnameseCursor, *kinds: NameKind) -> tuple[NameKind, str] | None:
        """Take the longest name of these kinds that stands here, in either language; earlier kinds win over later."""
        start = cursor.position
        best: tuple[int, NameKind, str] | None = None
        for kind in kinds:
            known = self.tables.get(kind)
            cursor.position = start
            found = cursor.spot(known) if known is not None else None
            if found is not None and (best is None or cursor.position > best[0]):
                best = (cursor.position, kind, found)
        cursor.position = start
        written = self.vocabulary.take(cursor, *kinds)
        if written is not None and (best is None or cursor.position > best[0]):
            return written
        cursor.position = start
        if best is None:
            return None
        cursor.position = best[0]
        return best[1], best[2]

    def lookup(self, text: str, kinds: Iterable[NameKind]) -> tuple[NameKind, str] | None:
        """The name that a text spells as a whole."""
        wanted = tuple(kinds)
        exact = next(((kind, text) for kind in wanted if text in self._spelled(kind)), None) or self.vocabulary.lookup(
            text, wanted
        )
        if exact is not None:
            return exact
        cursor = VietnameseCursor(text)
        found = self.take(cursor, *wanted)
        return found if found is not None and cursor.at_end else None

    def _spelled(self, kind: NameKind) -> tuple[str, ...]:
        catalogue = self.vocabulary.catalogue
        if kind in _NAMES_OF:
            names: tuple[str, ...] = getattr(catalogue, _NAMES_OF[kind])
            return names
        return catalogue.topics.get(_TOPICS_OF.get(kind, ""), ())


def names_of(vocabulary: Vocabulary) -> Names:
    """Put the dictionary's words to the names that this tenant has."""
    names = Names(vocabulary)
    catalogue = vocabulary.catalogue
    spoken: dict[NameKind, dict[str, str]] = {}
    for kinds, entries in (
        ((*GOODS_KINDS, *_TOPIC_KINDS), dictionary.GOODS),
        (_COLOR_KINDS, dictionary.COLORS),
        ((NameKind.CITY,), dictionary.CITIES),
        ((NameKind.FUNNEL_STAGE,), dictionary.STAGES),
    ):
        for kind in kinds:
            for words, candidates in entries:
                _learn(names, spoken, kind, words, candidates)
    _learn_own_spellings(names, spoken)
    for color in ("blue", "green"):
        if (found := vocabulary.lookup(color, _COLOR_KINDS)) is not None:
            names.blue_or_green += (found[1],)
    names.tables = {kind: table(words) for kind, words in spoken.items()}
    names.genders = table(_genders(catalogue))
    names.countries = table({word: code for code, words in dictionary.COUNTRIES.items() for word in _parted(words)})
    names.languages = table({word: code for code, words in dictionary.LANGUAGES.items() for word in words})
    names.events = table(_events(catalogue))
    names.campaigns = table({_plain(name): key for key, name in catalogue.campaigns.items() if _plain(name)})
    names.known_goods = table({_plain(word): english[0] for words, english in dictionary.GOODS for word in words})
    return names


def _learn(
    names: Names,
    spoken: dict[NameKind, dict[str, str]],
    kind: NameKind,
    words: tuple[str, ...],
    candidates: tuple[str, ...],
) -> None:
    """The words of one entry for the first of its names that the tenant has as `kind`."""
    for candidate in (*candidates, *words):
        found = names.vocabulary.lookup(candidate, (kind,))
        if found is not None:
            break
    else:
        return
    known = spoken.setdefault(kind, {})
    for word in words:
        known.setdefault(_plain(word), found[1])
    if known[_plain(words[0])] == found[1]:
        names.said.setdefault((kind, found[1]), words[0])


def _learn_own_spellings(names: Names, spoken: dict[NameKind, dict[str, str]]) -> None:
    """Names as the catalogue spells them, so that they are also read with some of their marks left out."""
    catalogue = names.vocabulary.catalogue
    for kind, attribute in _NAMES_OF.items():
        for name in getattr(catalogue, attribute):
            spoken.setdefault(kind, {}).setdefault(_plain(name), name)
    for kind, topic_type in _TOPICS_OF.items():
        for name in catalogue.topics.get(topic_type, ()):
            spoken.setdefault(kind, {}).setdefault(_plain(name), name)
    for segment_id, name in catalogue.segments.items():
        spoken.setdefault(NameKind.SEGMENT, {}).setdefault(_plain(name), segment_id)
    for words in spoken.values():
        words.pop("", None)


def _genders(catalogue: Catalogue) -> dict[str, str]:
    live = {gender.lower(): gender for gender in catalogue.genders}
    found: dict[str, str] = {}
    for words, names in dictionary.GENDERS:
        known = next((live[name] for name in names if name in live), None)
        if known is not None:
            found.update(dict.fromkeys(words, known))
    return found


def _events(catalogue: Catalogue) -> dict[str, str]:
    found: dict[str, str] = {}
    for words, candidates in dictionary.EVENTS:
        known = next((event for event in catalogue.events if event.replace("_", "-") in candidates), None)
        if known is not None:
            found.update(dict.fromkeys(words, known))
    return found


def _parted(words: tuple[str, ...]) -> list[str]:
    return [_plain(word) for word in words]


def _plain(name: str) -> str:
    """A name as the cursor cuts it into words."""
    return " ".join(token.word for token in VietnameseCursor(name).tokens)
