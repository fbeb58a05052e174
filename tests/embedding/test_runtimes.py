"""The runtimes against the reference, on the real model."""

from pathlib import Path

import numpy as np
import openvino
import pytest

from leo_activation.embedding import EmbeddingSettings, Encoder, Runtime, load_encoder
from leo_activation.errors import Configuration
from tests.embedding.sample_texts import ODD_TEXTS, PROFILE_TEXTS

HAS_BF16 = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@pytest.fixture(scope="module")
def openvino_encoder(onnx_encoder: Encoder, cache_folder: Path) -> Encoder:
    return load_encoder(EmbeddingSettings(runtime=Runtime.OPENVINO, threads=2, cache_folder=cache_folder))


def test_onnx_vectors_equal_the_reference(onnx_encoder: Encoder, reference_encoder: Encoder) -> None:
    texts = ODD_TEXTS + PROFILE_TEXTS
    vectors, expected = onnx_encoder.encode(texts), reference_encoder.encode(texts)
    assert np.abs(vectors - expected).max() <= 1e-5
    assert (vectors * expected).sum(axis=1).min() >= 0.99999


def test_vectors_are_float32_rows_of_length_one(onnx_encoder: Encoder, reference_encoder: Encoder) -> None:
    for encoder in (onnx_encoder, reference_encoder):
        vectors = encoder.encode(ODD_TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(ODD_TEXTS), 384)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_words_beyond_256_tokens_change_nothing(onnx_encoder: Encoder) -> None:
    at_the_limit, cut, within = onnx_encoder.encode(
        ["luxury items " * 127, "luxury items " * 127 + "red socks", "luxury items " * 126 + "red socks"]
    )
    assert (at_the_limit == cut).all()
    assert np.abs(at_the_limit - within).max() > 1e-3


def test_the_same_texts_give_the_same_bits(onnx_encoder: Encoder) -> None:
    assert (onnx_encoder.encode(PROFILE_TEXTS) == onnx_encoder.encode(PROFILE_TEXTS)).all()


def test_a_text_means_the_same_alone_and_among_others(onnx_encoder: Encoder) -> None:
    among_others = onnx_encoder.encode(ODD_TEXTS)
    alone = np.concatenate([onnx_encoder.encode([text]) for text in ODD_TEXTS])
    assert np.abs(among_others - alone).max() <= 1e-6


def test_rows_keep_the_order_of_the_texts(onnx_encoder: Encoder) -> None:
    forwards = onnx_encoder.encode(PROFILE_TEXTS)
    backwards = onnx_encoder.encode(PROFILE_TEXTS[::-1])
    assert np.abs(forwards - backwards[::-1]).max() <= 1e-6


def test_every_encoder_says_what_it_is(onnx_encoder: Encoder, reference_encoder: Encoder) -> None:
    for encoder in (onnx_encoder, reference_encoder):
        assert (encoder.model, encoder.precision, encoder.dimensions) == ("all-MiniLM-L6-v2", "fp32", 384)
        assert encoder.languages == frozenset({"en"})


def test_no_texts_give_no_rows_of_full_width(onnx_encoder: Encoder, reference_encoder: Encoder) -> None:
    for encoder in (onnx_encoder, reference_encoder):
        assert encoder.encode([]).shape == (0, 384)


def test_the_reference_computes_equal_texts_once_and_reports_progress(reference_encoder: Encoder) -> None:
    seen: list[tuple[int, int]] = []
    vectors = reference_encoder.encode(["red", "blue", "red"], progress=lambda *counts: seen.append(counts))
    assert seen == [(3, 3)]
    assert (vectors[0] == vectors[2]).all()
    assert (vectors[0] != vectors[1]).any()


@pytest.mark.skipif(not HAS_BF16, reason="the processor has no bf16")
def test_bf16_vectors_lie_close_to_the_reference_and_are_named_bf16(
    openvino_encoder: Encoder, reference_encoder: Encoder
) -> None:
    texts = ODD_TEXTS + PROFILE_TEXTS
    vectors, expected = openvino_encoder.encode(texts), reference_encoder.encode(texts)
    assert openvino_encoder.precision == "bf16"
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-2)
    assert (vectors * expected).sum(axis=1).min() >= 0.999


@pytest.mark.skipif(not HAS_BF16, reason="the processor has no bf16")
def test_bf16_keeps_the_order_of_the_texts(openvino_encoder: Encoder) -> None:
    forwards = openvino_encoder.encode(PROFILE_TEXTS)
    backwards = openvino_encoder.encode(PROFILE_TEXTS[::-1])[::-1]
    assert (forwards * backwards).sum(axis=1).min() >= 0.999


@pytest.mark.skipif(HAS_BF16, reason="the processor has bf16")
def test_openvino_without_bf16_is_refused_and_names_the_other_runtime(
    onnx_encoder: Encoder, cache_folder: Path
) -> None:
    with pytest.raises(Configuration, match="LEO_EMBEDDING_RUNTIME to onnx"):
        load_encoder(EmbeddingSettings(runtime=Runtime.OPENVINO, cache_folder=cache_folder))
