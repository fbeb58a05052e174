"""sentence-transformers: what the other runtimes are compared with, and the way to run any other model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers import SentenceTransformer

from leo_activation.embedding.encoder import ProgressCallback
from leo_activation.embedding.weights import sha256
from leo_activation.errors import Configuration

TEXTS_PER_BLOCK = 1024


class ReferenceEncoder:
    """An `Encoder` over `SentenceTransformer.encode`, on the processor, in fp32."""

    precision = "fp32"

    def __init__(self, transformer: SentenceTransformer, *, model: str, languages: frozenset[str] | None) -> None:
        dimensions = transformer.get_embedding_dimension()
        if dimensions is None:
            raise Configuration(f"The embedding model '{model}' does not say how long its vectors are.")
        self.model = model
        self.dimensions: int = dimensions
        self.languages = languages
        self._transformer = transformer

    def encode(self, texts: Sequence[str], *, progress: ProgressCallback | None = None) -> npt.NDArray[np.float32]:
        """See `Encoder.encode`."""
        distinct = list(dict.fromkeys(texts))
        vectors = np.empty((len(distinct), self.dimensions), dtype=np.float32)
        for start in range(0, len(distinct), TEXTS_PER_BLOCK):
            block = distinct[start : start + TEXTS_PER_BLOCK]
            vectors[start : start + len(block)] = self._transformer.encode(
                block, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
            if progress is not None and start + len(block) < len(distinct):
                progress(start + len(block), len(texts))
        if progress is not None and texts:
            progress(len(texts), len(texts))
        place = {text: row for row, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]


def load_reference(
    location: str, *, threads: int, model: str | None = None, languages: frozenset[str] | None = None
) -> ReferenceEncoder:
    """Load a sentence-transformers model.

    Args:
        location: a folder, or a name on the Hugging Face hub or in its local cache.
        threads: cores that torch may use; it is a setting of the whole process.
        model: the name that vectors are stored under; by default a hub name as it stands, or a folder's name with
            the beginning of its weights' hash, so that two folders of one name never share a table.
        languages: see `Encoder`.

    Raises:
        Configuration: the model cannot be found or read.
    """
    torch.set_num_threads(threads)
    try:
        transformer = SentenceTransformer(location, device="cpu", model_kwargs={"dtype": torch.float32})
    except (OSError, ValueError, RuntimeError) as error:
        raise Configuration(
            f"The embedding model '{location}' cannot be loaded ({type(error).__name__}): name a folder with a "
            "sentence-transformers model, or a model of the Hugging Face hub while it can be reached."
        ) from error
    return ReferenceEncoder(transformer, model=model or _name_of(location), languages=languages)


def _name_of(location: str) -> str:
    folder = Path(location)
    if not folder.is_dir():
        return location
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise Configuration(f"The folder {folder} of the embedding model holds no weights (*.safetensors).")
    return f"{folder.resolve().name}@{sha256(weights[0])[:8]}"
