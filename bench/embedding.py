"""The encoder's runtimes against SentenceTransformer.encode and against the machine's own matrix multiplication.

`python -m bench embedding`; the module run by itself is the cold process whose start is timed.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from bench.measure import Speedup, compare, speedup, verdict
from leo_activation.embedding import EmbeddingSettings, Encoder, Runtime, load_encoder
from leo_activation.embedding.weights import BUNDLED_MAX_TOKENS, find_bundled_model
from leo_activation.errors import Configuration

TEXTS_TIMED = 320
TEXTS_COMPARED = 2000
NEIGHBOURS = 100
REPEATS = 5
COLD_STARTS = 2
GEMM_SIZE = 2048
GEMM_REPEATS = 8

COUNTRIES = ("AT", "CZ", "DE", "PL", "VN")
COLOURS = ("red", "blue", "green", "black", "white")
PRODUCTS = ("Socks", "T-Shirt", "Sneakers", "Jacket", "Jeans", "Hat", "Backpack", "Leather Belt", "Summer Dress")

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ColdStart:
    """One new process: seconds from its start to its first vector, then its largest memory while it embeds."""

    first_vector_seconds: float
    peak_megabytes: float


def profile_texts(count: int, *, seed: int = 7) -> list[str]:
    """Distinct texts in the form of profile.text, about 50 tokens each."""
    chance = random.Random(seed)
    texts: dict[str, None] = {}
    while len(texts) < count:
        spent = chance.lognormvariate(5.8, 0.9)
        products = chance.sample(PRODUCTS, chance.randint(2, 6))
        colours = chance.sample(COLOURS, chance.randint(2, 5))
        text = (
            f"Customer from {chance.choice(COUNTRIES)}, age {chance.randint(18, 80)}, "
            f"favorite color {chance.choice(COLOURS)}. Total spent: {spent:.2f}. "
            f"Primary interests: {', '.join(products)}. Preferred colors: {', '.join(colours)}."
            f"{' This customer likes luxury items.' if spent > 800 else ''}"
        )
        texts[text] = None
    return list(texts)


def gigaflops(texts: Sequence[str]) -> tuple[float, float]:
    """Mean tokens a text and mean 10⁹ floating-point operations a text, padding left out.

    Per layer of a BERT of hidden size h and intermediate size i, for n tokens: 2n(4h² + 2hi) in the dense parts and
    4n²h in attention's two products; an addition and a multiplication count as two.
    """
    from leo_activation.embedding.batched import read_tokenizer

    folder = find_bundled_model()
    shape = json.loads((folder / "config.json").read_text())
    hidden, inner, layers = shape["hidden_size"], shape["intermediate_size"], shape["num_hidden_layers"]
    tokenizer = read_tokenizer(folder / "tokenizer.json", max_tokens=BUNDLED_MAX_TOKENS)
    tokens = np.array([len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))], dtype=np.float64)
    operations = layers * (2 * tokens * (4 * hidden**2 + 2 * hidden * inner) + 4 * tokens**2 * hidden)
    return float(tokens.mean()), float(operations.mean() / 1e9)


def shared_neighbours(one: FloatArray, other: FloatArray) -> float:
    """Overlap@100: the mean share of each text's 100 nearest texts that two sets of vectors have in common."""
    near = [_neighbours(vectors) for vectors in (one, other)]
    shared = [len(np.intersect1d(left, right)) for left, right in zip(*near, strict=True)]
    return float(np.mean(shared)) / NEIGHBOURS


def _neighbours(vectors: FloatArray) -> npt.NDArray[np.intp]:
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    return np.argpartition(-similarity, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


def run() -> None:
    """Print the ratios of docs/decisions/embedding-runtime.md, as this machine has them."""
    onnx = load_encoder(EmbeddingSettings(runtime=Runtime.ONNX))
    openvino = _load_openvino()
    _print_speed(onnx, openvino)
    _print_agreement(onnx, openvino)
    _print_cold_starts([Runtime.ONNX, *([Runtime.OPENVINO] if openvino else []), Runtime.SENTENCE_TRANSFORMERS])


def _load_openvino() -> Encoder | None:
    try:
        return load_encoder(EmbeddingSettings(runtime=Runtime.OPENVINO))
    except Configuration as error:
        print(f"openvino bf16: left out. {error}")
        return None


def _print_speed(onnx: Encoder, openvino: Encoder | None) -> None:
    # Imported here, because the cold processes that run this module must not load them.
    import torch
    from sentence_transformers import SentenceTransformer

    threads = EmbeddingSettings().threads
    torch.set_num_threads(threads)
    texts = profile_texts(TEXTS_TIMED)
    tokens, operations = gigaflops(texts)
    print(f"{TEXTS_TIMED} texts of {tokens:.0f} tokens, {operations:.2f} GFLOP a text, {threads} threads")

    transformer = SentenceTransformer(str(find_bundled_model()), device="cpu")
    square = np.random.default_rng(0).random((GEMM_SIZE, GEMM_SIZE), dtype=np.float32)
    tensor = torch.from_numpy(square)
    sides: dict[str, Callable[[], object]] = {
        "SentenceTransformer.encode": lambda: transformer.encode(texts),
        "onnx fp32": lambda: onnx.encode(texts),
        "sgemm numpy": lambda: [square @ square for _ in range(GEMM_REPEATS)],
        "sgemm torch": lambda: [tensor @ tensor for _ in range(GEMM_REPEATS)],
    }
    if openvino is not None:
        sides["openvino bf16"] = lambda: openvino.encode(texts)
    comparison = compare(sides, repeats=REPEATS)
    timings = comparison.timings

    of_texts, of_gemm = operations * TEXTS_TIMED, GEMM_REPEATS * 2 * GEMM_SIZE**3 / 1e9
    print(f"{'':28}{'texts/s':>9}{'GFLOP/s':>9}{'CPU ms/text':>13}")
    for name, timing in timings.items():
        if name.startswith("sgemm"):
            print(f"{name:28}{'':9}{of_gemm / timing.wall:9.0f}")
        else:
            milliseconds = 1000 * timing.cpu / TEXTS_TIMED
            print(f"{name:28}{TEXTS_TIMED / timing.wall:9.0f}{of_texts / timing.wall:9.0f}{milliseconds:13.2f}")

    # A roof is the most that was ever seen: a disturbed repeat must not lower it, for that would flatter the encoder.
    roof_cpu = min(timings["sgemm numpy"].least_cpu, timings["sgemm torch"].least_cpu)
    reference, fast = timings["SentenceTransformer.encode"], timings["onnx fp32"]
    share = of_texts / of_gemm * roof_cpu / fast.cpu
    ceiling = of_gemm / of_texts * reference.cpu / roof_cpu
    _print_speedup("onnx fp32", speedup(reference, fast), floor=2, goal=2.5)
    print(
        f"  SentenceTransformer.encode reaches {1 / ceiling:.0%} of the GEMM roof: no fp32 can be over {ceiling:.2f}x"
    )
    print(f"onnx fp32, share of the GEMM roof: {share:.0%} by CPU; {verdict(share, floor=0.7, goal=0.85)}")
    if openvino is not None:
        _print_speedup("openvino bf16", speedup(reference, timings["openvino bf16"]), floor=3.5, goal=4.5)
    if warning := comparison.warning():
        print(warning)


def _print_speedup(name: str, times: Speedup, *, floor: float, goal: float) -> None:
    stands = verdict(times.cpu, floor=floor, goal=goal)
    print(f"{name} ÷ SentenceTransformer.encode: {times.wall:.2f}x by the clock, {times.cpu:.2f}x by CPU; {stands}")


def _print_agreement(onnx: Encoder, openvino: Encoder | None) -> None:
    texts = profile_texts(TEXTS_COMPARED)
    vectors = onnx.encode(texts)
    reference = load_encoder(EmbeddingSettings(runtime=Runtime.SENTENCE_TRANSFORMERS)).encode(texts[:TEXTS_TIMED])
    difference = float(np.abs(vectors[:TEXTS_TIMED] - reference).max())
    print(f"onnx fp32: greatest difference from the reference {difference:.1e} ({TEXTS_TIMED} texts)")
    if openvino is not None:
        rough = openvino.encode(texts)
        cosine = (vectors * rough).sum(axis=1) / np.linalg.norm(rough, axis=1)
        overlap = shared_neighbours(vectors, rough)
        print(
            f"openvino bf16: overlap@{NEIGHBOURS} {overlap:.3f} ({TEXTS_COMPARED} texts), cosine at least "
            f"{cosine.min():.5f}; {verdict(overlap, floor=0.98, goal=0.98)}"
        )


def _print_cold_starts(runtimes: Sequence[Runtime]) -> None:
    with tempfile.TemporaryDirectory() as bytecode:
        for runtime in runtimes:
            # The first start compiles the bytecode that an installed environment has.
            _start_cold(runtime, bytecode)
            starts = [_start_cold(runtime, bytecode) for _ in range(COLD_STARTS)]
            seconds = median(start.first_vector_seconds for start in starts)
            megabytes = max(start.peak_megabytes for start in starts)
            stands = f"; {verdict(seconds, floor=1, goal=0.3)}" if runtime is Runtime.ONNX else ""
            print(f"{runtime}: {seconds:.2f} s from process start to first vector, peak {megabytes:.0f} MB{stands}")


def _start_cold(runtime: Runtime, bytecode: str) -> ColdStart:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench.embedding", runtime, str(started)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return ColdStart(**json.loads(done.stdout))


def _be_cold(runtime: Runtime, started: float) -> None:
    encoder = load_encoder(EmbeddingSettings(runtime=runtime))
    encoder.encode(["Customer from AT, age 41, favorite color red."])
    seconds = time.monotonic() - started
    encoder.encode(profile_texts(TEXTS_TIMED))
    print(json.dumps(asdict(ColdStart(first_vector_seconds=seconds, peak_megabytes=_peak_megabytes()))))


def _peak_megabytes() -> float:
    # Not getrusage: its ru_maxrss survives exec, so that a small child of a large parent looks as large as it.
    [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    _be_cold(Runtime(sys.argv[1]), float(sys.argv[2]))
