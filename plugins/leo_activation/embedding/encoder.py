"""What the rest of the package knows of an embedding model."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ProgressCallback = Callable[[int, int], None]
"""Called with (texts done, texts to do); the last call says that all are done."""


class Encoder(Protocol):
    """Turns texts into vectors. Vectors of one model and one precision may be compared with each other, others not.

    Attributes:
        model: the name that vectors are stored under.
        precision: "fp32" or "bf16", the precision in which the runtime multiplies.
        dimensions: length of a vector.
        languages: ISO 639-1 codes of the languages that the model knows; None if it is multilingual.
    """

    @property
    def model(self) -> str: ...

    @property
    def precision(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    @property
    def languages(self) -> frozenset[str] | None: ...

    def encode(self, texts: Sequence[str], *, progress: ProgressCallback | None = None) -> "npt.NDArray[np.float32]":
        """Embed texts; equal texts are computed once a call.

        A text beyond the model's limit (256 tokens for all-MiniLM-L6-v2) is cut there, as the reference does.

        Returns:
            Array of shape (len(texts), dimensions), float32, each row of length 1, in the order of `texts`.
        """
        ...
