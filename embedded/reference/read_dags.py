"""What Airflow itself makes of the DAG files, printed as JSON: run by `dag_pages.read_dags` in a process of its own."""

import json
import sys
from datetime import timedelta
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def seconds(time: timedelta | float | None) -> float | None:
    """A time limit in seconds, None where there is none."""
    return time.total_seconds() if isinstance(time, timedelta) else time


def names(condition: Any) -> list[str]:
    """The names of the assets in a condition, however they are combined."""
    if condition is None:
        return []
    if hasattr(condition, "uri"):
        return [condition.name]
    return [name for one in condition.objects for name in names(one)]


def clock(timetable: Any) -> str | None:
    """The part of a schedule that goes by the clock, in words; None where only assets or people start the DAG."""
    timed = getattr(timetable, "timetable", timetable)
    if (expression := getattr(timed, "expression", None)) is not None:
        return f"`{expression}` ({timed.timezone.name})"
    if (delta := getattr(timed, "delta", None)) is not None:
        minutes = delta.total_seconds() / 60
        return f"every {minutes:g} min" if minutes < 60 else f"every {minutes / 60:g} h"
    return None


def given(task: Any, name: str) -> Any:
    """An argument of a task's operator, also of one that is mapped; None where it has none of that name."""
    return getattr(task, name, None) or getattr(task, "partial_kwargs", {}).get(name)


def describe(dag: Any) -> dict[str, Any]:
    """One DAG as plain values."""
    return {
        "doc": dag.doc_md or "",
        "starts": names(dag.timetable.asset_condition),
        "clock": clock(dag.timetable),
        "tags": sorted(dag.tags),
        "max_active_runs": dag.max_active_runs,
        "timeout_s": seconds(dag.dagrun_timeout),
        "params": {name: dag.params.get_param(name).description or "" for name in dag.params},
        "tasks": [
            {
                "task_id": task.task_id,
                "owner": task.owner,
                "retries": task.retries,
                "timeout_s": seconds(task.execution_timeout),
                "answer_s": seconds(getattr(task, "response_timeout", None)),
                "pool": task.pool,
                "outlets": [asset.name for asset in task.outlets],
                "starts_dag": given(task, "trigger_dag_id"),
                "then": sorted(task.downstream_task_ids),
            }
            for task in dag.topological_sort()
        ],
    }


def main(folder: str) -> None:
    """Print {dag_id: …} of the folder after the word DAGS, or fail with what could not be imported."""
    bag = DagBag(dag_folder=folder)
    if bag.import_errors:
        sys.exit("\n".join(bag.import_errors.values()))
    print("DAGS" + json.dumps({dag_id: describe(dag) for dag_id, dag in sorted(bag.dags.items())}))


main(sys.argv[1])
