"""The bundled model on OpenVINO in bf16: for machines whose processor multiplies bf16."""

from pathlib import Path
from queue import SimpleQueue

import numpy as np
import openvino
from openvino.properties import cache_dir, inference_num_threads, num_streams
from openvino.properties.device import Capability, capabilities
from openvino.properties.hint import inference_precision

from leo_activation.embedding.batched import FloatArray, IntArray
from leo_activation.errors import Configuration


class OpenvinoSession:
    """A `Session` of one stream a core.

    Raises:
        Configuration: the processor has no bf16; running in fp32 instead would mix precisions in one table.
    """

    precision = "bf16"
    tokens_per_batch = 1024

    def __init__(self, graph: Path, *, threads: int, cache_folder: Path) -> None:
        core = openvino.Core()
        if Capability.BF16 not in core.get_property("CPU", capabilities):
            raise Configuration(
                "This machine's processor has no bf16, which the embedding runtime openvino needs: "
                "set LEO_EMBEDDING_RUNTIME to onnx."
            )
        compiled = core.compile_model(
            str(graph),
            "CPU",
            {
                inference_precision: openvino.Type.bf16,
                inference_num_threads: threads,
                num_streams: threads,
                cache_dir: str(cache_folder / "openvino"),
                # Attention as one generated kernel is slower than its parts here: by 14 % at 30 to 60 tokens.
                "SNIPPETS_MODE": "DISABLE",
            },
        )
        self._idle: SimpleQueue[openvino.InferRequest] = SimpleQueue()
        for _ in range(threads):
            self._idle.put(compiled.create_infer_request())
        # openvino's Python binding sets up its use of numpy on the first result, under a lock that it waits for with
        # the interpreter's lock in hand: two threads with the first two results waited for each other for ever
        # (openvino 2026.4.1). So the first result is taken here, by one thread.
        self.run(np.ones((1, 2), dtype=np.int64), np.ones((1, 2), dtype=np.int64))

    def run(self, input_ids: IntArray, attention_mask: IntArray) -> FloatArray:
        """See `Session.run`."""
        request = self._idle.get()
        try:
            request.infer({"input_ids": input_ids, "attention_mask": attention_mask})
            embedding: FloatArray = request.get_output_tensor(0).data.copy()
        finally:
            self._idle.put(request)
        return embedding
