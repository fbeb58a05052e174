"""One set-up at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from embedded.exclusive import alone
from embedded.failure import SetupError
from embedded.places import REPOSITORY


def test_a_second_set_up_is_told_of_the_first_in_one_sentence(tmp_path: Path) -> None:
    with (
        alone(tmp_path, "demo"),
        pytest.raises(SetupError, match=r"^Already at work here: `demo` \(process \d+\)"),
        alone(tmp_path, "up"),
    ):
        pass


def test_a_set_up_that_was_killed_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from embedded.exclusive import alone\n"
        "with alone(pathlib.Path(sys.argv[1]), 'demo'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, check=False)
    assert killed.returncode < 0
    with alone(tmp_path, "up"):
        pass
