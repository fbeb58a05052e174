"""Every DAG file is a table of contents: it parses without work, says what it does, and is named as its DAG."""

import ast
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from leo_activation.settings import REPOSITORY

DAG_FILES = sorted((REPOSITORY / "dags").glob("*.py"))
LONGEST_FILE = 100
QUESTIONS = ("Why a rerun is safe", "When it fails")
FORBIDDEN_MODULES = {"os", "psycopg", "httpx", "requests", "torch", "subprocess", "smtplib"}


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow itself makes of the folder, as {dag_id: {schedule, tags, …}}, read in a process of its own."""
    script = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

def names(condition):
    if condition is None:
        return []
    return [condition.name] if hasattr(condition, "uri") else [name for one in condition.objects for name in names(one)]

bag = DagBag(dag_folder=sys.argv[1])
assert not bag.import_errors, bag.import_errors
print("DAGS" + json.dumps({
    dag.dag_id: {
        "file": dag.fileloc,
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "retries": task.retries,
                "callback": bool(task.on_failure_callback),
                "bounded": bool(task.execution_timeout or getattr(task, "response_timeout", None)),
                "outlets": [asset.name for asset in task.outlets],
                "rule": task.trigger_rule.value,
                "then": sorted(task.downstream_task_ids),
            }
            for task in dag.tasks
        },
        "assets": sorted(names(dag.timetable.asset_condition)),
    }
    for dag in bag.dags.values()
}))
"""
    home = tmp_path_factory.mktemp("airflow")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO"))},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(REPOSITORY / "dags")],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        cwd=home,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("DAGS"))
    parsed: dict[str, Any] = json.loads(line.removeprefix("DAGS"))
    return parsed


def test_each_file_holds_one_dag_of_its_own_name(dags: dict[str, Any]) -> None:
    assert set(dags) == {file.stem for file in DAG_FILES}
    assert all(Path(dag["file"]).stem == dag_id for dag_id, dag in dags.items())


def test_each_dag_says_what_it_does_why_a_rerun_is_safe_and_what_to_do_when_it_fails(dags: dict[str, Any]) -> None:
    lacking = [(dag_id, q) for dag_id, dag in dags.items() for q in QUESTIONS if q not in dag["doc"]]
    assert lacking == []


def test_each_task_has_an_owner_a_bound_and_a_failure_callback(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        for task_id, task in dag["tasks"].items():
            assert task["owner"] == "data-engineering", f"{dag_id}.{task_id}"
            assert task["callback"], f"{dag_id}.{task_id}"
            assert task["bounded"], f"{dag_id}.{task_id}"


def test_a_task_that_fails_fails_its_run(dags: dict[str, Any]) -> None:
    """Airflow judges a run by its last tasks, and one that runs whatever happened before it hides what failed."""

    def shows(tasks: dict[str, Any], task_id: str) -> bool:
        following = tasks[task_id]["then"]
        return not following or any(tasks[one]["rule"] == "all_success" and shows(tasks, one) for one in following)

    hidden = [f"{dag_id}.{one}" for dag_id, dag in dags.items() for one in dag["tasks"] if not shows(dag["tasks"], one)]
    assert hidden == []


def test_nothing_is_sent_before_both_reviews_and_the_gate_after_them(dags: dict[str, Any]) -> None:
    tasks = dags["run_campaign"]["tasks"]
    way = ["weigh", "review", "second_review", "approved", "list_workers", "send", "done"]
    assert all(after in tasks[before]["then"] for before, after in pairwise(way))
    assert [before for before in tasks if "send" in tasks[before]["then"]] == ["list_workers"]
    assert [before for before in tasks if "list_workers" in tasks[before]["then"]] == ["approved"]


def test_each_dag_has_tags_and_never_catches_up(dags: dict[str, Any]) -> None:
    assert all(dag["tags"] for dag in dags.values())
    assert not any(dag["catchup"] for dag in dags.values())


def test_every_asset_that_starts_a_dag_is_made_by_another(dags: dict[str, Any]) -> None:
    made = {asset for dag in dags.values() for task in dag["tasks"].values() for asset in task["outlets"]}
    awaited = {asset for dag in dags.values() for asset in dag["assets"]}
    assert awaited <= made
    assert awaited == {
        "core.profile",
        "profile.interest",
        "profile.embedding",
        "segment.definition",
        "segment.membership",
    }


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_dag_file_is_short_and_does_nothing_but_schedule(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    code_lines = len(text.splitlines()) - len((ast.get_docstring(tree) or "").splitlines())
    assert code_lines <= LONGEST_FILE
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & FORBIDDEN_MODULES


def test_airflow_imports_no_module_of_the_package_under_its_bare_name() -> None:
    """Airflow imports every module below plugins/ by its stem unless .airflowignore names the folder.

    `settings.py` imported as `settings` would shadow other modules, and each would exist twice.
    """
    script = """
import sys
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
package = sys.argv[1]
wrong = sorted(
    name for name, module in sys.modules.items()
    if (getattr(module, "__file__", None) or "").startswith(package) and not name.startswith("leo_activation")
)
assert not wrong, wrong
"""
    plugins = REPOSITORY / "plugins"
    done = subprocess.run(
        [sys.executable, "-c", script, str(plugins / "leo_activation")],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
