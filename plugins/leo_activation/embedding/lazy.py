"""An encoder whose model is loaded by the first phrase that has to be judged."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from leo_activation.embedding.encoder import Encoder, ProgressCallback
from leo_activation.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class LazyEncoder:
    """The encoder that the settings name; its model is loaded by the first phrase that has to be judged."""

    def __init__(self, settings: Settings) -> None:
        """Load nothing."""
        self._settings = settings

    @cached_property
    def _loaded(self) -> Encoder:
        from leo_activation.embedding import EmbeddingSettings, Runtime, load_encoder

        choice = self._settings.embedding
        return load_encoder(EmbeddingSettings(model=choice.model, runtime=Runtime(choice.runtime)))

    @property
    def model(self) -> str:
        """As `Encoder`."""
        return self._loaded.model

    @property
    def precision(self) -> str:
        """As `Encoder`."""
        return self._loaded.precision

    @property
    def dimensions(self) -> int:
        """As `Encoder`."""
        return self._loaded.dimensions

    @property
    def languages(self) -> frozenset[str] | None:
        """As `Encoder`."""
        return self._loaded.languages

    def encode(self, texts: Sequence[str], *, progress: ProgressCallback | None = None) -> "npt.NDArray[np.float32]":
        """As `Encoder`."""
        return self._loaded.encode(texts, progress=progress)
