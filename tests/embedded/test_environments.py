"""The locks of the Python environments, and what the set-up itself may import."""

import ast
import sys
from pathlib import Path

import pytest

from embedded.environments import TORCH, pinned
from embedded.failure import SetupError
from embedded.places import REPOSITORY

LOCK = REPOSITORY / "requirements.txt"
RUNS_INSIDE = {"prepare_database.py", "screenshots.py"}  # started inside the environment that the others make


def test_torch_is_pinned_so_that_either_build_satisfies_it() -> None:
    assert "+" not in pinned(LOCK, TORCH)


def test_the_lock_names_no_library_of_the_gpu_build() -> None:
    assert "nvidia-" not in LOCK.read_text()


@pytest.mark.parametrize("name", ["pytest", "uv"])
def test_the_lock_pins_what_the_set_up_itself_starts(name: str) -> None:
    assert pinned(LOCK, name)


def test_every_requirement_of_every_lock_is_pinned() -> None:
    others = ("requirements-dev.txt", "superset/requirements.txt", "deploy/fab/requirements.txt")
    for lock in (LOCK, *(REPOSITORY / name for name in others)):
        lines = [line for line in lock.read_text().splitlines() if line and not line.lstrip().startswith("#")]
        assert [line for line in lines if "==" not in line] == []


def test_a_lock_without_the_wanted_pin_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# torch==1\ntorchvision==2\n")
    with pytest.raises(SetupError, match="pins no torch; run `make lock`"):
        pinned(tmp_path / "requirements.txt", TORCH)


def test_the_set_up_imports_the_standard_library_alone() -> None:
    known = set(sys.stdlib_module_names) | {"embedded"}
    foreign = []
    for path in (REPOSITORY / "embedded").glob("*.py"):
        if path.name in RUNS_INSIDE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            foreign += [(path.name, name) for name in names if name.partition(".")[0] not in known]
    assert foreign == []
