"""The catalogue as a model is shown it: vetted names and nothing else, and no more than a question can carry."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leo_activation.embedding import Encoder
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_similarity import cosines, share_said, trigrams
from leo_activation.segments.planners.llm_vetting import is_vetted, vetted

MAX_NAMES = 60
"""Names of one kind that a question lists; a longer list costs more than it helps."""
MAX_CHARACTERS = 1_500
"""Characters of one kind's names: with 18 kinds a catalogue stays below some 8,000 tokens, and mostly far below."""


@dataclass(frozen=True)
class ShownCatalogue:
    """What a question says of the catalogue: `text` is JSON.

    `left_out` counts the names that did not pass the vetting, `not_listed` those that did not fit.
    """

    text: str
    left_out: int
    not_listed: int


def shown_catalogue(
    catalogue: Catalogue, said: str, *, language: str | None = None, encoder: Encoder | None = None
) -> ShownCatalogue:
    """The names of a catalogue for a question about the words `said`, which are written in `language`.

    Of a kind that has more names than fit, those are listed that stand in the words or are nearest to them. A model is
    told how many are not: it may use such a name as the request writes it, and the plan is checked against all names.
    """
    choose = _Choice(said, language, encoder)
    shown: dict[str, object] = {
        "currency": catalogue.currency,
        "language": catalogue.language,
        "time_zone": catalogue.time_zone,
    }
    left_out = 0
    not_listed: dict[str, int] = {}
    for kind, names in _lists(catalogue):
        allowed = vetted(names)
        left_out += len(names) - len(allowed)
        listed = choose.nearest(allowed)
        if listed:
            shown[kind] = listed
        if len(listed) < len(allowed):
            not_listed[kind] = len(allowed) - len(listed)
    for kind, named in (("segments", catalogue.segments), ("campaigns", catalogue.campaigns)):
        words = {f"{one} {named[one]}" if is_vetted(named[one]) else one: one for one in named if is_vetted(one)}
        left_out += sum(not is_vetted(one) for one in named) + sum(not is_vetted(name) for name in named.values())
        chosen = [words[one] for one in choose.nearest(list(words))]
        if chosen:
            shown[kind] = {one: named[one] if is_vetted(named[one]) else one for one in chosen}
        if len(chosen) < len(words):
            not_listed[kind] = len(words) - len(chosen)
    if not_listed:
        shown["more"] = not_listed
    return ShownCatalogue(json.dumps(shown, ensure_ascii=False), left_out, sum(not_listed.values()))


def _lists(catalogue: Catalogue) -> Iterator[tuple[str, Sequence[str]]]:
    yield "products", catalogue.products
    yield "categories", catalogue.categories
    yield "brands", catalogue.brands
    yield "colors", catalogue.colors
    yield "countries", catalogue.countries
    yield "cities", catalogue.cities
    yield "genders", catalogue.genders
    yield "languages", catalogue.languages
    yield "funnel_stages", catalogue.funnel_stages
    yield "events", catalogue.events
    for topic_type, topics in sorted(catalogue.topics.items()):
        yield f"{topic_type} topics", topics


class _Choice:
    """Chooses the names that are nearest to the words of one request."""

    def __init__(self, said: str, language: str | None, encoder: Encoder | None) -> None:
        self._said = said
        self._trigrams = trigrams(said)
        self._language = language
        self._encoder = encoder

    def nearest(self, names: list[str]) -> list[str]:
        """The names that fit, in the catalogue's order: all of them, or the nearest to the words."""
        if _fits(names):
            return names
        shares = [share_said(name, self._trigrams) for name in names]
        near = cosines(self._said, self._language, names, self._encoder) or [0.0] * len(names)
        ranked = sorted(range(len(names)), key=lambda at: (-round(shares[at] + near[at], 5), at))
        chosen: list[int] = []
        characters = 0
        for at in ranked[:MAX_NAMES]:
            characters += len(names[at])
            if characters > MAX_CHARACTERS:
                break
            chosen.append(at)
        return [names[at] for at in sorted(chosen)]


def _fits(names: list[str]) -> bool:
    return len(names) <= MAX_NAMES and sum(map(len, names)) <= MAX_CHARACTERS
