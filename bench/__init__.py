"""Benchmarks. Each measures both sides of a ratio in one run and prints it beside its floor and its goal."""

import sys
from pathlib import Path

# `python -m bench` from the repository's root finds the package without being told where it is.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "plugins"))
