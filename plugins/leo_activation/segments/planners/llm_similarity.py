"""Which of many short texts are nearest to a request: by the embedding model, else by letters.

The same request and texts give the same order; ties are broken by the order in which the texts come.
"""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from leo_activation.embedding import Encoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_EMBEDDED: Final = 300
"""Texts of one list that are embedded, which takes a second or two; a longer list is compared by letters alone."""
MAX_KEPT_LISTS: Final = 32
_LETTERS_OF: Final = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ß": "ss"})
_kept: "dict[tuple[str, str, tuple[str, ...]], npt.NDArray[np.float32]]" = {}


def trigrams(text: str) -> frozenset[str]:
    """The runs of three letters or digits of a text, without case, marks, spaces ('Hà Nội' has those of 'Hanoi')."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_LETTERS_OF))
    letters = "".join(character for character in plain if character.isalnum())
    if len(letters) < 3:
        return frozenset({letters}) if letters else frozenset()
    return frozenset(letters[at : at + 3] for at in range(len(letters) - 2))


def share_said(name: str, said: frozenset[str]) -> float:
    """How much of a name stands in a text, of which `said` are the trigrams: 0 to 1."""
    own = trigrams(name)
    return len(own & said) / len(own) if own else 0.0


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How alike two texts are by their trigrams: what they share of what they have, 0 to 1."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


def cosines(text: str, language: str | None, others: Sequence[str], encoder: Encoder | None) -> list[float] | None:
    """The cosine of the text with each of the others, or None where the model cannot judge a text of that language.

    The vectors of `others` are computed once a process for each model.
    """
    if encoder is None or not others or len(others) > MAX_EMBEDDED:
        return None
    if encoder.languages is not None and language not in encoder.languages:
        return None
    found = _vectors(tuple(others), encoder) @ encoder.encode([text])[0]
    # Of the last digits a machine's arithmetic decides; an order must not hang on them.
    return [round(float(cosine), 5) for cosine in found]


def _vectors(texts: tuple[str, ...], encoder: Encoder) -> "npt.NDArray[np.float32]":
    key = (encoder.model, encoder.precision, texts)
    if key not in _kept:
        while len(_kept) >= MAX_KEPT_LISTS:
            _kept.pop(next(iter(_kept)))
        _kept[key] = encoder.encode(texts)
    return _kept[key]
