"""From settings to an encoder; the runtimes are imported here and nowhere else."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from leo_activation.embedding.encoder import Encoder
from leo_activation.embedding.weights import (
    BUNDLED_DIMENSIONS,
    BUNDLED_MAX_TOKENS,
    BUNDLED_MODEL,
    check_bundled_model,
    find_bundled_model,
)
from leo_activation.errors import Configuration
from leo_activation.settings import read_settings

if TYPE_CHECKING:
    from leo_activation.embedding.batched import Session

logger = logging.getLogger(__name__)

ENGLISH_ONLY = frozenset({"en"})


class Runtime(StrEnum):
    """What multiplies the matrices."""

    ONNX = "onnx"
    OPENVINO = "openvino"
    SENTENCE_TRANSFORMERS = "sentence-transformers"

    @classmethod
    def _missing_(cls, value: object) -> "Runtime":
        raise Configuration(f"The embedding runtime '{value}' is unknown; it must be one of {', '.join(cls)}.")


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0))


def _cache_folder() -> Path:
    return read_settings().home / "models"


@dataclass(frozen=True)
class EmbeddingSettings:
    """Which model embeds, by which runtime.

    Attributes:
        model: all-MiniLM-L6-v2 (bundled), else a folder or a name that sentence-transformers can load.
        runtime: onnx (fp32), openvino (bf16) or sentence-transformers (fp32, the reference).
        threads: cores to use; by default those that the process may run on.
        cache_folder: where the graph made from the weights is kept; by default $LEO_HOME/models.
    """

    model: str = BUNDLED_MODEL
    runtime: Runtime = Runtime.ONNX
    threads: int = field(default_factory=_usable_cores)
    cache_folder: Path = field(default_factory=_cache_folder)


def load_encoder(settings: EmbeddingSettings) -> Encoder:
    """Load the model.

    A model other than the bundled one runs by sentence-transformers, also where the runtime is onnx, because the
    cached graph is proved for the bundled model only. With HF_HUB_OFFLINE=1 nothing is fetched.

    Raises:
        Configuration: the model cannot be found, its weights are not the expected ones, or this machine cannot
            run it in the precision asked for.
    """
    if settings.model.removeprefix("sentence-transformers/") == BUNDLED_MODEL:
        return _load_bundled(settings)
    if settings.runtime is Runtime.OPENVINO:
        raise Configuration(
            f"The embedding runtime openvino serves {BUNDLED_MODEL} only: set LEO_EMBEDDING_RUNTIME to "
            f"sentence-transformers for the model '{settings.model}'."
        )
    from leo_activation.embedding.reference import load_reference

    logger.info("The model %s is embedded by sentence-transformers", settings.model)
    return load_reference(settings.model, threads=settings.threads)


def _load_bundled(settings: EmbeddingSettings) -> Encoder:
    folder = find_bundled_model()
    # Hashing 90 MB takes as long as opening the session; both leave the interpreter free, so they run side by side.
    with ThreadPoolExecutor(max_workers=2) as aside:
        checked = aside.submit(check_bundled_model, folder)
        if settings.runtime is Runtime.SENTENCE_TRANSFORMERS:
            checked.result()
            from leo_activation.embedding.reference import load_reference

            return load_reference(str(folder), threads=settings.threads, model=BUNDLED_MODEL, languages=ENGLISH_ONLY)
        from leo_activation.embedding.batched import BatchedEncoder, read_tokenizer
        from leo_activation.embedding.graph import cached_graph, make_graph

        graph = cached_graph(settings.cache_folder)
        if graph is None:
            checked.result()
            graph = make_graph(folder, settings.cache_folder)
        session = aside.submit(_open_session, graph, settings)
        tokenizer = read_tokenizer(folder / "tokenizer.json", max_tokens=BUNDLED_MAX_TOKENS)
        encoder = BatchedEncoder(
            model=BUNDLED_MODEL,
            dimensions=BUNDLED_DIMENSIONS,
            languages=ENGLISH_ONLY,
            tokenizer=tokenizer,
            session=session.result(),
            threads=settings.threads,
        )
        checked.result()
    return encoder


def _open_session(graph: Path, settings: EmbeddingSettings) -> "Session":
    if settings.runtime is Runtime.OPENVINO:
        from leo_activation.embedding.openvino_session import OpenvinoSession

        return OpenvinoSession(graph, threads=settings.threads, cache_folder=settings.cache_folder)
    from leo_activation.embedding.onnx_session import OnnxSession

    return OnnxSession(graph)
