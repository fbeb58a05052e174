"""What words of a request name in a tenant's catalogue, and how another name is said in their place."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners import places
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.vietnamese import dictionary
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.names import Names, names_of
from leo_activation.segments.planners.vocabulary import NameKind, Vocabulary, vocabulary_of
from leo_activation.segments.request import Language

_FIELDS = {
    NameKind.CATEGORY: "categories",
    NameKind.PRODUCT: "products",
    NameKind.BRAND: "brands",
    NameKind.COLOR: "colors",
    NameKind.COUNTRY: "countries",
    NameKind.CITY: "cities",
    NameKind.GENDER: "genders",
    NameKind.LANGUAGE: "languages",
    NameKind.FUNNEL_STAGE: "funnel_stages",
}
_TOPICS = {
    NameKind.TAG: "tag",
    NameKind.KEYWORD: "keyword",
    NameKind.TOPIC_CATEGORY: "category",
    NameKind.TOPIC_PRODUCT: "product",
    NameKind.TOPIC_BRAND: "brand",
    NameKind.TOPIC_COLOR: "color",
}
_COUNTERPARTS = (
    ("women", "men"),
    ("woman", "man"),
    ("females", "males"),
    ("female", "male"),
    ("ladies", "gentlemen"),
)
_CLOSE = 0.75
_MOST_CLOSE = 3
_NATIONS = places.ADJECTIVES | places.PEOPLES
_REMEMBERED = 8_192
_SEARCHED = 5_000
"""Names that are compared with a word that is none, so that a large catalogue costs no more."""


@dataclass
class Wordbook:
    """The words for one tenant's names in both languages; the Vietnamese ones are made when they are first asked for.

    Made again where the catalogue has changed.
    """

    catalogue: Catalogue
    _vocabulary: Vocabulary = field(init=False, repr=False)
    _names: Names | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Index the catalogue."""
        self._vocabulary = vocabulary_of(self.catalogue)
        # The same words stand in a text from one key to the next.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._named)

    def named(self, words: str, language: Language) -> Mapping[NameKind, str]:
        """What words name as a whole, by kind; a country and a language by their codes, a segment by its id."""
        return self._remembered(words.strip(), language)

    def _named(self, words: str, language: Language) -> Mapping[NameKind, str]:
        found = dict(self._vocabulary.all_of(words))
        match language:
            case Language.ENGLISH:
                plain = words.lower()
                for kind, known in (
                    (NameKind.COUNTRY, _NATIONS),
                    (NameKind.LANGUAGE, lexicon.LANGUAGES),
                ):
                    if plain in known:
                        found.setdefault(kind, known[plain])
                if (gender := lexicon.GENDERS.get(plain)) is not None:
                    found[NameKind.GENDER] = self._gender(gender)
            case Language.VIETNAMESE:
                names, cursor = self._vietnamese(), VietnameseCursor(words)
                tables = names.tables | {
                    NameKind.COUNTRY: names.countries,
                    NameKind.GENDER: names.genders,
                    NameKind.LANGUAGE: names.languages,
                }
                for kind, table in tables.items():
                    cursor.position = 0
                    spoken = cursor.spot(table)
                    if spoken is not None and cursor.at_end:
                        found[kind] = spoken
        return found

    def names(self, kind: NameKind) -> tuple[str, ...]:
        """Every name of a kind that this tenant has, as a plan spells it."""
        if kind in _FIELDS:
            known: tuple[str, ...] = getattr(self.catalogue, _FIELDS[kind])
            return known
        if kind is NameKind.SEGMENT:
            return tuple(self.catalogue.segments)
        if kind is NameKind.CAMPAIGN:
            return tuple(self.catalogue.campaigns)
        return self.catalogue.topics.get(_TOPICS[kind], ())

    def said(self, kind: NameKind, name: str, language: Language, like: str) -> str:
        """How a name is said where the words `like` stand: 'German' becomes 'French', 'Germany' 'France'."""
        match kind:
            case NameKind.SEGMENT:
                return self.catalogue.segments.get(name, name)
            case NameKind.CAMPAIGN:
                return self.catalogue.campaigns.get(name, name)
            case NameKind.COUNTRY:
                return _country(name, language, like)
            case NameKind.GENDER:
                return _gender_like(name, language, like)
            case NameKind.LANGUAGE:
                return _language_name(name, language)
        if language is Language.VIETNAMESE:
            return self._vietnamese().said.get((kind, name), name)
        return name

    def close_to(self, words: str) -> tuple[str, ...]:
        """Names that are spelled nearly like words that name nothing, the nearest first."""
        spelled: dict[str, str] = {}
        for kind in (*_FIELDS, *_TOPICS, NameKind.SEGMENT):
            for name in self.names(kind):
                said = self.said(kind, name, Language.ENGLISH, "")
                spelled.setdefault(folded(said), said)
                if len(spelled) >= _SEARCHED:
                    break
        near = get_close_matches(folded(words), spelled, n=_MOST_CLOSE, cutoff=_CLOSE)
        return tuple(spelled[one] for one in near)

    def _vietnamese(self) -> Names:
        if self._names is None:
            self._names = names_of(self._vocabulary)
        return self._names

    def _gender(self, gender: str) -> str:
        """A gender as this tenant's data spells it."""
        return next((one for one in self.catalogue.genders if one.lower() == gender), gender)


def folded(text: str) -> str:
    """A text in lower case without marks, for comparing what somebody typed."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _country(code: str, language: Language, like: str) -> str:
    if language is Language.VIETNAMESE:
        return next(iter(dictionary.COUNTRIES.get(code, ())), places.NAME_OF.get(code, code))
    plain = like.lower().strip()
    for known in (places.ADJECTIVES, places.PEOPLES):
        if plain in known and plain not in places.COUNTRY_NAMES:
            return _spelled(next((word for word, of in known.items() if of == code), places.NAME_OF.get(code, code)))
    return places.NAME_OF.get(code, code)


def _spelled(words: str) -> str:
    return " ".join(word if word in {"the", "of", "and"} else word.capitalize() for word in words.split(" "))


def _gender_like(name: str, language: Language, like: str) -> str:
    if language is Language.VIETNAMESE:
        return next((words[0] for words, names in dictionary.GENDERS if name.lower() in names), name)
    plain = like.lower().strip()
    for pair in _COUNTERPARTS:
        if plain in pair:
            return next((word for word in pair if lexicon.GENDERS[word] == name.lower()), name)
    return name


def _language_name(code: str, language: Language) -> str:
    if language is Language.VIETNAMESE:
        return next(iter(dictionary.LANGUAGES.get(code, ())), code)
    return next((word.capitalize() for word, of in lexicon.LANGUAGES.items() if of == code), code)


def listed(words: Iterable[str]) -> tuple[str, ...]:
    """Words without their doubles, in the order of the alphabet."""
    return tuple(sorted(dict.fromkeys(words), key=folded))
