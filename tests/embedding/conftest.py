"""Encoders that the tests share: one graph, exported once for the whole run."""

from pathlib import Path

import pytest

from leo_activation.embedding import EmbeddingSettings, Encoder, Runtime, load_encoder

THREADS = 2


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty cache: the first encoder that is loaded exports the graph into it."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def onnx_encoder(cache_folder: Path) -> Encoder:
    return load_encoder(EmbeddingSettings(runtime=Runtime.ONNX, threads=THREADS, cache_folder=cache_folder))


@pytest.fixture(scope="session")
def reference_encoder(cache_folder: Path) -> Encoder:
    settings = EmbeddingSettings(runtime=Runtime.SENTENCE_TRANSFORMERS, threads=THREADS, cache_folder=cache_folder)
    return load_encoder(settings)
