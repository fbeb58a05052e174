"""The bundled model on ONNX Runtime, fp32, without torch."""

from pathlib import Path

import onnxruntime

from leo_activation.embedding.batched import FloatArray, IntArray


class OnnxSession:
    """A `Session`; `InferenceSession.run` may be called from several threads at once."""

    precision = "fp32"
    tokens_per_batch = 512  # measured: a core's GEMM rate peaks between 400 and 640 rows

    def __init__(self, graph: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # A memory plan is kept for every shape of batch that was ever seen, and texts bring ever new ones.
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """See `Session.run`."""
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        embedding: FloatArray
        [embedding] = self._session.run(["embedding"], inputs)
        return embedding
