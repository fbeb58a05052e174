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

from embedded.pools import POOLS
from leo_activation.orchestration.defaults import RUN_TIMEOUT
from leo_activation.settings import REPOSITORY

DAG_FILES = sorted((REPOSITORY / "dags").glob("*.py"))
LONGEST_FILE = 100
QUESTIONS = ("**Writes** ", "**Why a rerun is safe**: ", "**When it fails**: ")
FROM_WHERE = ("**Reads** ", "**Starts** ")
STAGES = {"sync", "profiles", "segments", "activation", "rights", "audit"}
ASIDE = {"customers", "embedding", "graph", "models", "review"}
"""What a DAG is about beside its stage; `review` waits for people."""
OWNERS = {
    "marketing-operations": {
        "plan_campaign", "publish_page_posts", "reconcile_deliveries", "review_page_posts", "run_campaign",
        "sync_provider_templates",
    },
    "privacy": {"enforce_retention", "seal_audit", "watch_rights"},
}  # fmt: skip
IN_POOLS = {
    "language_models": {"draft_segment.draft", "evaluate_prompts.evaluate"},
    "sending": {"publish_page_posts.bring_on", "reconcile_deliveries.one_tenant.drain", "run_campaign.send"},
    "warehouse": {
        "compute_interests.compute", "embed_profiles.embed", "embed_profiles.write_texts", "enforce_retention.enforce",
        "refresh_segments.refresh", "sync_cdp.sync_tenant.extract", "sync_cdp.sync_tenant.merge",
        "sync_cdp.sync_tenant.project",
    },
}  # fmt: skip
CALLS = {
    "language_models": {"language_tasks", "evaluate_what_is_new"},
    "sending": {"drain", "drain_due", "bring_posts_on"},
    "warehouse": {
        "sync.extract", "sync.merge", "sync.project", "segments.refresh_segments", "profiles.compute_interests",
        "profiles.write_texts", "profiles.embed_due", "people.enforce_retention",
    },
}  # fmt: skip
"""By what a task is known to use what a pool is for."""
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
        "description": dag.description,
        "late": [
            {"within": alert.interval.total_seconds(), "path": alert.callback.path, **alert.callback.kwargs}
            for alert in dag.deadline or []
        ],
        "catchup": dag.catchup,
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "pool": task.pool,
                "doc": task.doc_md or "",
                "mapped": task.is_mapped or task.get_closest_mapped_task_group() is not None,
                "called": task.map_index_template,
                "inlets": [asset.name for asset in task.inlets],
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


def test_each_dag_says_from_where_to_where_why_a_rerun_is_safe_and_what_to_do_when_it_fails(
    dags: dict[str, Any],
) -> None:
    lacking = [(dag_id, q) for dag_id, dag in dags.items() for q in QUESTIONS if q not in dag["doc"]]
    assert lacking == []
    assert [dag_id for dag_id, dag in dags.items() if not any(q in dag["doc"] for q in FROM_WHERE)] == []


def test_each_dag_has_one_line_for_the_list_which_is_the_heading_of_its_documentation(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        assert dag["doc"].strip().startswith(f"### {dag['description']}\n"), dag_id
        assert 10 < len(dag["description"]) < 90, dag_id


def test_each_task_has_an_owner_a_bound_and_a_failure_callback(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        owner = next((team for team, owned in OWNERS.items() if dag_id in owned), "data-engineering")
        for task_id, task in dag["tasks"].items():
            assert task["owner"] == owner, f"{dag_id}.{task_id}"
            assert task["callback"], f"{dag_id}.{task_id}"
            assert task["bounded"], f"{dag_id}.{task_id}"


def test_each_task_whose_name_does_not_say_it_is_explained(dags: dict[str, Any]) -> None:
    """A list of tenants or workers, the start of another DAG and a review are what their names say."""
    plain = ("list_tenants", "list_workers", "start_", "review", "second_review", "compare", "say_")
    short = [
        f"{dag_id}.{task_id}"
        for dag_id, dag in dags.items()
        for task_id, task in dag["tasks"].items()
        if not task_id.rpartition(".")[2].startswith(plain) and not 20 < len(task["doc"]) < 130
    ]
    assert short == []


def test_each_mapped_task_is_called_by_what_it_works_for(dags: dict[str, Any]) -> None:
    mapped = {
        f"{dag_id}.{one}": task for dag_id, dag in dags.items() for one, task in dag["tasks"].items() if task["mapped"]
    }
    assert len(mapped) >= 25
    assert [name for name, task in mapped.items() if not task["called"]] == []


def test_what_is_scarce_is_used_within_its_pool_alone(dags: dict[str, Any]) -> None:
    found: dict[str, set[str]] = {}
    for dag_id, dag in dags.items():
        for task_id, task in dag["tasks"].items():
            if task["pool"] != "default_pool":
                found.setdefault(task["pool"], set()).add(f"{dag_id}.{task_id}")
    assert found == IN_POOLS
    assert set(POOLS) == set(IN_POOLS)


@pytest.mark.parametrize("pool", CALLS)
def test_whatever_task_calls_for_something_scarce_is_in_its_pool(pool: str) -> None:
    calling = {
        f"{file.stem}.{function.name}"
        for file in DAG_FILES
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and _is_task(function) and _calls(function) & CALLS[pool]
    }
    assert calling == {f"{one.partition('.')[0]}.{one.rpartition('.')[2]}" for one in IN_POOLS[pool]}


def _is_task(function: ast.FunctionDef) -> bool:
    names = [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list]
    return any(name == "task" or name.startswith("task.") for name in names)


def _calls(function: ast.FunctionDef) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def test_the_runs_that_others_wait_for_have_a_deadline_that_says_what_to_do(dags: dict[str, Any]) -> None:
    late = {dag_id: dag["late"] for dag_id, dag in dags.items() if dag["late"]}
    assert set(late) == {"sync_cdp", "refresh_segments", "reconcile_deliveries"}
    for [alert] in late.values():
        assert 0 < alert["within"] < RUN_TIMEOUT.total_seconds()
        assert alert["path"] == "leo_activation.orchestration.deadlines.say_what_is_late"
        assert len(alert["late"]) > 20
        assert alert["helps"].startswith("Look at ")


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


def test_each_dag_has_the_tag_of_one_stage_and_never_catches_up(dags: dict[str, Any]) -> None:
    for dag_id, dag in dags.items():
        tags = set(dag["tags"])
        assert len(tags & STAGES) == 1, dag_id
        assert tags <= STAGES | ASIDE, dag_id
        assert ("review" in tags) == any(one.endswith("review") for one in dag["tasks"] if "start" not in one), dag_id
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


def test_the_graph_of_assets_reads_from_the_source_to_the_deliveries(dags: dict[str, Any]) -> None:
    """Each asset is what a task reads or a DAG starts by, and each but the first two is what a task makes."""
    steps: dict[str, set[str]] = {}
    for dag in dags.values():
        read = {*dag["assets"], *(asset for task in dag["tasks"].values() for asset in task["inlets"])}
        made = {asset for task in dag["tasks"].values() for asset in task["outlets"]}
        for asset in read:
            steps.setdefault(asset, set()).update(made - {asset})
    reached, ahead = set(), ["source", "segment.request"]
    while ahead:
        asset = ahead.pop()
        if asset not in reached:
            reached.add(asset)
            ahead.extend(steps.get(asset, ()))
    assert {"core.profile", "segment.membership", "activation.run", "activation.delivery"} <= reached
    everything = {*steps, *(asset for made in steps.values() for asset in made)}
    assert everything - reached == {"activation.provider_template"}


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
