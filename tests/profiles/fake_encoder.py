"""An encoder that knows words and a few synonyms: fast, the same in every run, and counting what it was asked."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leo_activation.embedding.encoder import ProgressCallback

DIMENSIONS = 384
SYNONYMS = {"high": "luxury", "end": "luxury", "premium": "luxury", "hikers": "hiking", "camping": "hiking"}
SILENT = {"customer", "from", "age", "favorite", "total", "spent", "primary", "interests", "preferred", "colors",
          "this", "items", "who", "like", "likes", "love", "no", "specific", "behavioral", "calculated", "a", "the",
          "lifestyle", "weekend", "gear"}  # fmt: skip


class FakeEncoder:
    """Texts with the same words are near, texts without a common word are not."""

    def __init__(
        self, model: str = "fake", precision: str = "fp32", languages: frozenset[str] | None = frozenset({"en"})
    ) -> None:
        """Name the model; a model that knows more languages than English judges every phrase."""
        self.model = model
        self.precision = precision
        self.languages = languages
        self.dimensions = DIMENSIONS
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: ProgressCallback | None = None) -> NDArray[np.float32]:
        """Unit vectors, one row a text."""
        self.asked.extend(texts)
        return np.stack([_vector(text) for text in texts])


def _vector(text: str) -> NDArray[np.float32]:
    words = [SYNONYMS.get(word, word) for word in re.findall(r"[a-z]+", text.lower())]
    # A common part for all, because real vectors of texts are never at a right angle.
    total = 0.3 * _direction("")
    for word in words:
        if word not in SILENT:
            total = total + _direction(word)
    unit: NDArray[np.float32] = (total / np.linalg.norm(total)).astype(np.float32)
    return unit


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    direction = np.random.default_rng(seed).normal(size=DIMENSIONS)
    unit: NDArray[np.float64] = direction / np.linalg.norm(direction)
    return unit
