"""A tenant's catalogue as words: which names of products, topics, places and segments a request may mention."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners import places
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.tokens import TokenKind, tokenize

MAX_WORDS = 8
_JOINING = frozenset({"and", "&", "of", "the"})


class NameKind(StrEnum):
    """What a name of the catalogue names."""

    CATEGORY = "category"
    PRODUCT = "product"
    BRAND = "brand"
    COLOR = "color"
    COUNTRY = "country"
    CITY = "city"
    GENDER = "gender"
    LANGUAGE = "language"
    FUNNEL_STAGE = "funnel_stage"
    SEGMENT = "segment"
    CAMPAIGN = "campaign"
    TAG = "tag"
    KEYWORD = "keyword"
    TOPIC_CATEGORY = "topic_category"
    TOPIC_PRODUCT = "topic_product"
    TOPIC_BRAND = "topic_brand"
    TOPIC_COLOR = "topic_color"


@dataclass
class Vocabulary:
    """The catalogue's names by a key that forgets case, plurals, hyphens and joining words."""

    catalogue: Catalogue
    names: dict[str, dict[NameKind, str]] = field(default_factory=dict)
    without_accents: dict[str, dict[NameKind, set[str]]] = field(default_factory=dict)
    longest: int = 1

    def lookup(self, text: str, kinds: Iterable[NameKind]) -> tuple[NameKind, str] | None:
        """The name that a text spells as a whole, of the first kind that has it."""
        tokens = tokenize(text)
        return self._of("".join(_stem(t.word) for t in tokens if t.word not in _JOINING), tuple(kinds))

    def all_of(self, text: str) -> dict[NameKind, str]:
        """Everything that a text names as a whole, by kind."""
        tokens = tokenize(text)
        key = "".join(_stem(t.word) for t in tokens if t.word not in _JOINING)
        kinds = {*self.names.get(key, {}), *self.without_accents.get(key, {})}
        return {found[0]: found[1] for kind in kinds if (found := self._of(key, (kind,))) is not None}

    def _of(self, key: str, kinds: tuple[NameKind, ...]) -> tuple[NameKind, str] | None:
        """What a key names; a name written without its accents counts where no other name is spelled like it."""
        found = self.names.get(key, {})
        exact = next(((kind, found[kind]) for kind in kinds if kind in found), None)
        if exact is not None:
            return exact
        folded = self.without_accents.get(key, {})
        return next(((kind, min(folded[kind])) for kind in kinds if len(folded.get(kind, ())) == 1), None)

    def take(self, cursor: Cursor, *kinds: NameKind) -> tuple[NameKind, str] | None:
        """Take the longest name of these kinds that stands here; earlier kinds win over later ones."""
        available = min(self.longest, len(cursor.tokens) - cursor.position)
        tokens = cursor.tokens[cursor.position : cursor.position + available]
        key, best = "", None
        for count, token in enumerate(tokens, start=1):
            if token.kind not in {TokenKind.WORD, TokenKind.NUMBER} and token.word != "&":
                break
            if token.word in _JOINING:
                if count == 1:
                    break
                continue
            key += _stem(token.word)
            chosen = self._of(key, kinds)
            best = (count, chosen) if chosen else best
        if best is None:
            return None
        cursor.position += best[0]
        return best[1]


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """Index a catalogue's names."""
    vocabulary = Vocabulary(catalogue)
    for kind, names in (
        (NameKind.CATEGORY, catalogue.categories),
        (NameKind.PRODUCT, catalogue.products),
        (NameKind.BRAND, catalogue.brands),
        (NameKind.COLOR, catalogue.colors),
        (NameKind.CITY, catalogue.cities),
        (NameKind.FUNNEL_STAGE, catalogue.funnel_stages),
        (NameKind.TAG, catalogue.topics.get("tag", ())),
        (NameKind.KEYWORD, catalogue.topics.get("keyword", ())),
        (NameKind.TOPIC_CATEGORY, catalogue.topics.get("category", ())),
        (NameKind.TOPIC_PRODUCT, catalogue.topics.get("product", ())),
        (NameKind.TOPIC_BRAND, catalogue.topics.get("brand", ())),
        (NameKind.TOPIC_COLOR, catalogue.topics.get("color", ())),
    ):
        for name in names:
            _add(vocabulary, name, kind, name)
    for segment_id, name in catalogue.segments.items():
        _add(vocabulary, name, NameKind.SEGMENT, segment_id)
        _add(vocabulary, segment_id, NameKind.SEGMENT, segment_id)
    for campaign_id, name in catalogue.campaigns.items():
        _add(vocabulary, name, NameKind.CAMPAIGN, campaign_id)
        _add(vocabulary, campaign_id, NameKind.CAMPAIGN, campaign_id)
    for name, code in places.COUNTRY_NAMES.items():
        _add(vocabulary, name, NameKind.COUNTRY, code)
    for spoken, city in lexicon.CITY_NAMES.items():
        if (named := vocabulary.lookup(city, (NameKind.CITY,))) is not None:
            _add(vocabulary, spoken, *named)
    for spoken, written in lexicon.SYNONYMS.items():
        for kind, name in vocabulary.names.get(written, {}).copy().items():
            vocabulary.names.setdefault(spoken, {}).setdefault(kind, name)
    return vocabulary


def near(written: str, names: Iterable[str], most: int = 12) -> tuple[str, ...]:
    """Names to offer for one that does not exist: those spelled like it, else the first ones."""
    by_key = {name.lower(): name for name in names}
    close = get_close_matches(written.lower(), by_key, n=3, cutoff=0.6)
    return tuple(by_key[key] for key in close) or tuple(by_key.values())[:most]


def _add(vocabulary: Vocabulary, spoken: str, kind: NameKind, name: str) -> None:
    tokens = tokenize(spoken.replace("_", " "))
    key = "".join(_stem(token.word) for token in tokens if token.word not in _JOINING)
    if key and len(tokens) <= MAX_WORDS:
        vocabulary.names.setdefault(key, {}).setdefault(kind, name)
        if (folded := _without_accents(key)) != key:
            vocabulary.without_accents.setdefault(folded, {}).setdefault(kind, set()).add(name)
        vocabulary.longest = max(vocabulary.longest, len(tokens) + 1)


def _without_accents(key: str) -> str:
    decomposed = unicodedata.normalize("NFD", key.replace("đ", "d"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _stem(word: str) -> str:
    """A word without its plural and without what is not a letter or digit."""
    word = "".join(character for character in word.lower() if character.isalnum())
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word.removesuffix("s")
