"""Text to vector: the encoder behind a small Protocol, and the three runtimes that serve it.

Importing this package loads no model runtime: onnxruntime, openvino, torch and sentence_transformers are imported
by `load_encoder`, and only the one that is asked for. Why ONNX Runtime is the default:
`docs/decisions/embedding-runtime.md`.
"""

from leo_activation.embedding.encoder import Encoder
from leo_activation.embedding.load import EmbeddingSettings, Runtime, load_encoder

__all__ = ["EmbeddingSettings", "Encoder", "Runtime", "load_encoder"]
