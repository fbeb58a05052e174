"""dags.md: each DAG with its schedule, its assets, its tasks and its own documentation."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from embedded.failure import SetupError
from embedded.places import REPOSITORY
from embedded.reference.markdown import NOTICE, cell, code, table

READER = Path(__file__).with_name("read_dags.py")
LIMIT_S = 120
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")


def read_dags() -> dict[str, Any]:
    """{dag_id: …} as `read_dags` prints it, read with an Airflow that has nothing but the folders of the repository.

    Raises:
        SetupError: a DAG file cannot be imported.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO"))},
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "PYTHONPATH": str(REPOSITORY / "plugins"),
        }
        done = subprocess.run(
            [sys.executable, str(READER), str(REPOSITORY / "dags")],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            env=environment,
            cwd=home,
            check=False,
        )
    if done.returncode != 0:
        raise SetupError(f"The DAG files could not be read: {done.stderr[-2000:]}")
    line = next(line for line in done.stdout.splitlines() if line.startswith("DAGS"))
    read: dict[str, Any] = json.loads(line.removeprefix("DAGS"))
    return read


def pages() -> dict[str, str]:
    """{"dags.md": text}."""
    dags = read_dags()
    writers: dict[str, list[str]] = {}
    for dag_id, dag in dags.items():
        for asset in _outlets(dag):
            writers.setdefault(asset, []).append(dag_id)
    rows = [
        (f"[{dag_id}](#{dag_id})", _starts(dag_id, dags, writers), ", ".join(_outlets(dag)), ", ".join(dag["tags"]))
        for dag_id, dag in dags.items()
    ]
    overview = table(("DAG", "Starts", "Makes", "Tags"), rows)
    parts = [_section(dag_id, dags, writers) for dag_id in dags]
    text = f"# DAGs\n\n{NOTICE}{len(dags)} DAGs, each a file below `dags/` of the same name.\n\n{overview}"
    return {"dags.md": "\n".join([text, *parts])}


def _section(dag_id: str, dags: dict[str, Any], writers: dict[str, list[str]]) -> str:
    dag = dags[dag_id]
    facts = [
        ("Starts", _starts(dag_id, dags, writers)),
        ("Makes", _names(_outlets(dag)) or "no asset"),
        ("Runs at once", str(dag["max_active_runs"])),
        ("A run ends after", _time(dag["timeout_s"]) or "no limit of its own"),
        ("Owner", ", ".join(sorted({task["owner"] for task in dag["tasks"]}))),
        ("Tags", ", ".join(dag["tags"])),
    ]
    facts += [(f"Parameter {code(name)}", cell(said)) for name, said in dag["params"].items()]
    tasks = table(
        ("Task", "Then", "Time limit", "Retries", "Pool"),
        (
            (
                code(task["task_id"]),
                _names(task["then"]),
                f"a person, {_time(task['answer_s'])}" if task["answer_s"] else _time(task["timeout_s"]),
                str(task["retries"]),
                code(task["pool"]),
            )
            for task in dag["tasks"]
        ),
    )
    doc = _LINK.sub(r"\1", re.sub(r"^#+ (.*)$", r"**\1**", dag["doc"].strip(), flags=re.MULTILINE))
    return f"## {dag_id}\n\n{doc}\n\n{table(('', ''), facts)}\n{tasks}"


def _starts(dag_id: str, dags: dict[str, Any], writers: dict[str, list[str]]) -> str:
    """What starts a DAG: the clock, assets, another DAG, or a person."""
    dag = dags[dag_id]
    ways = [dag["clock"]] if dag["clock"] else []
    ways += [f"after {code(asset)} by {' or '.join(writers[asset])}" for asset in dag["starts"]]
    ways += [f"by {other}" for other, its in dags.items() if any(task["starts_dag"] == dag_id for task in its["tasks"])]
    return ", ".join(ways) or "by hand or by the Segment desk"


def _outlets(dag: dict[str, Any]) -> list[str]:
    return sorted({asset for task in dag["tasks"] for asset in task["outlets"]})


def _names(names: list[str]) -> str:
    return ", ".join(code(name) for name in names)


def _time(seconds: float | None) -> str:
    """3600.0 as "1 h"."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
