"""The bundled model's ONNX graph: made once, kept by the weights' hash, read by ONNX Runtime and OpenVINO."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import leo_activation
from leo_activation.embedding.weights import BUNDLED_MODEL, BUNDLED_SHA256
from leo_activation.errors import Configuration

logger = logging.getLogger(__name__)

GRAPH_FILE = "model.onnx"
GRAPH_VERSION = 2
"""Raise it when `export.py` changes what it writes, so that a graph of the old form is not read."""

EXPORT_SECONDS = 300


def cached_graph(cache_folder: Path) -> Path | None:
    """The graph's file if it was made before, else None."""
    graph = _folder(cache_folder) / GRAPH_FILE
    return graph if graph.is_file() else None


def make_graph(model_folder: Path, cache_folder: Path) -> Path:
    """Export the graph and put it into the cache, whole or not at all; two processes at once do no harm.

    The export runs in a process of its own, so that a worker never loads torch (450 MB). It compares the graph with
    sentence-transformers before it says that it is done.

    Returns:
        Path of the graph; its weights lie beside it, so that processes on one machine share their memory pages.

    Raises:
        Configuration: the export failed; the sentence ends with its last line.
    """
    logger.info("Exporting %s to ONNX, once: about 15 seconds", BUNDLED_MODEL)
    final = _folder(cache_folder)
    cache_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder, prefix="export-") as scratch:
        made = Path(scratch) / "graph"
        made.mkdir()
        _export(model_folder, made / GRAPH_FILE)
        publish(made, final)
    return final / GRAPH_FILE


def publish(made: Path, final: Path) -> None:
    """Rename the folder `made` to `final`; where another process was first, its graph stays and this one is dropped."""
    try:
        made.rename(final)
    except OSError:
        if not (final / GRAPH_FILE).is_file():
            raise


def _folder(cache_folder: Path) -> Path:
    return cache_folder / f"{BUNDLED_MODEL}-{BUNDLED_SHA256['model.safetensors'][:12]}-{GRAPH_VERSION}"


def _export(model_folder: Path, target: Path) -> None:
    package_parent = str(Path(leo_activation.__file__).parents[1])
    search_path = os.pathsep.join(filter(None, [package_parent, os.environ.get("PYTHONPATH")]))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "leo_activation.embedding.export", str(model_folder), str(target)],
            env={**os.environ, "PYTHONPATH": search_path, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=EXPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Configuration(f"The export of {BUNDLED_MODEL} to ONNX took over {EXPORT_SECONDS} seconds.") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Configuration(f"The export of {BUNDLED_MODEL} to ONNX failed: {last}")
