"""The export's own process: `python -m leo_activation.embedding.export <model folder> <target.onnx>`.

Writes the graph from token ids to a vector of length 1, with mean-pooling and normalisation inside, and its weights
to `<target>.data`. Exits with an error if ONNX Runtime's vectors differ from those of sentence-transformers.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from sentence_transformers import SentenceTransformer

from leo_activation.embedding.batched import BatchedEncoder, read_tokenizer
from leo_activation.embedding.onnx_session import OnnxSession
from leo_activation.embedding.weights import BUNDLED_DIMENSIONS, BUNDLED_MAX_TOKENS, BUNDLED_MODEL

OPSET = 17
TOLERANCE = 1e-5
SMALLEST_EXTERNAL_BYTES = 1024
PROBES = [
    "",
    "Customer from Austria, age 41.",
    "Favourite colour is red. Bought red socks, blue jeans and a green hat.",
    "Khách hàng thích màu đỏ và đôi giày thể thao.",
    "This customer likes luxury items. " * 60,
]


class SentenceEmbedding(torch.nn.Module):  # type: ignore[misc]  # torch is not followed by mypy
    """The model's whole pipeline (BERT, mean over the tokens, length 1) with tensors as arguments."""

    def __init__(self, transformer: SentenceTransformer) -> None:
        super().__init__()
        self.bert = transformer[0]

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Both arguments (texts, tokens) int64; returns (texts, dimensions) float32."""
        features = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "token_type_ids": torch.zeros_like(input_ids),
        }
        tokens = self.bert(features)["token_embeddings"]
        # The sum over the tokens has the mean's direction, and as a matrix product it costs next to nothing; the
        # pooling module's own way takes 7 % of the time in bf16.
        total = attention_mask.to(tokens.dtype)[:, None, :] @ tokens
        embedding: torch.Tensor = torch.nn.functional.normalize(total[:, 0], dim=-1)
        return embedding


def export(model_folder: Path, target: Path) -> None:
    """Write the graph and check it.

    Raises:
        ValueError: its vectors differ from the reference by more than 1e-5.
    """
    # The other attention kernel is traced into a longer graph (guards against rows that are masked entirely).
    transformer = SentenceTransformer(str(model_folder), device="cpu", model_kwargs={"attn_implementation": "eager"})
    example = torch.ones((2, 7), dtype=torch.int64)
    one_file = target.with_suffix(".single")
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter that torch prefers needs the package onnxscript and gains nothing for this model.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            SentenceEmbedding(transformer).eval(),
            (example, example),
            str(one_file),
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={
                "input_ids": {0: "texts", 1: "tokens"},
                "attention_mask": {0: "texts", 1: "tokens"},
                "embedding": {0: "texts"},
            },
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.save_model(
        onnx.load(str(one_file)),
        str(target),
        save_as_external_data=True,
        location=f"{target.name}.data",
        size_threshold=SMALLEST_EXTERNAL_BYTES,
    )
    one_file.unlink()
    # onnx writes the weights for their owner only; the worker may be another user than the installer.
    target.with_name(f"{target.name}.data").chmod(target.stat().st_mode)
    encoder = BatchedEncoder(
        model=BUNDLED_MODEL,
        dimensions=BUNDLED_DIMENSIONS,
        languages=None,
        tokenizer=read_tokenizer(model_folder / "tokenizer.json", max_tokens=BUNDLED_MAX_TOKENS),
        session=OnnxSession(target),
        threads=1,
    )
    reference: npt.NDArray[np.float32] = transformer.encode(PROBES, normalize_embeddings=True)
    difference = float(np.abs(encoder.encode(PROBES) - reference).max())
    if difference > TOLERANCE:
        raise ValueError(f"its vectors differ from sentence-transformers by {difference:.1e}")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
