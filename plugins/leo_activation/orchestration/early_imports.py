"""What tasks need is imported once, by the process that forks them.

Airflow runs each task in a fork of its scheduler's worker, and parses each DAG file in a fork of the DAG processor.
What the parent has imported, its forks have too: without this every task and every parse would import the pipeline for
itself, most of a second of a core each time. Code that is changed meanwhile is seen when the parent is started anew,
which `python3 -m embedded up` does by itself.
"""

import ast
import importlib
import logging
from collections.abc import Iterator
from pathlib import Path

from airflow.listeners import hookimpl
from airflow.providers.common.compat.sdk import conf

logger = logging.getLogger(__name__)

PACKAGE = "leo_activation"
AS_TASKS_RUN = (
    ("leo_activation.orchestration", "language_models"),
    ("leo_activation.orchestration", "providers"),
)
"""What tasks import only as they run."""


@hookimpl
def on_starting(component: object) -> None:
    """Airflow calls it as its scheduler, DAG processor and triggerer start: before they fork."""
    for module, name in [*named_by(Path(conf.get("core", "dags_folder"))), *AS_TASKS_RUN]:
        try:
            if not hasattr(importlib.import_module(module), name):
                importlib.import_module(f"{module}.{name}")
        except ImportError as error:
            # Whoever needs it says so: Airflow shows it at the DAG file, or in the log of the task.
            logger.warning("%s of %s is not imported early: %s", name, module, error)


def named_by(folder: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each import of ours in the DAG files of a folder."""
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
                yield from ((str(node.module), alias.name) for alias in node.names)
