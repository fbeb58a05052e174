"""How long DAG runs took is kept, and nothing that goes wrong with it reaches the scheduler."""

import ast
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from airflow.models.dagrun import DagRun
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from leo_activation.orchestration.run_times import (
    KEPT_DAYS,
    RunTime,
    RunTimes,
    run_time_of,
    waits_for_people,
    write,
)
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import CONNECT_TIMEOUT_S, Warehouse

QUEUED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
STARTED = QUEUED + timedelta(seconds=3)
ENDED = STARTED + timedelta(minutes=4)
PATIENCE_S = 30.0


def ended(conf: dict[str, Any] | None = None, dag_id: str = "sync_cdp", **changed: Any) -> DagRun:
    """A run of Airflow's that has come to its end."""
    run = DagRun(dag_id=dag_id, run_id="r", run_type=DagRunType.MANUAL, conf=conf, state=DagRunState.RUNNING)
    run.queued_at, run.start_date, run.end_date = QUEUED, STARTED, ENDED
    for name, value in changed.items():
        setattr(run, name, value)
    return run


def row(number: int, **changed: Any) -> RunTime:
    return replace(run_time_of(ended(), "success"), run_id=f"{os.urandom(4).hex()}-{number}", **changed)


def kept(warehouse: Warehouse, *rows: RunTime) -> list[dict[str, Any]]:
    with warehouse.connect(DatabaseRole.WRITER) as connection, connection.cursor(row_factory=dict_row) as cursor:
        ids = [each.run_id for each in rows]
        return cursor.execute("SELECT * FROM ops.dag_run WHERE run_id = ANY(%s) ORDER BY noted_at", [ids]).fetchall()


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A server that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def away() -> Warehouse:
    """A warehouse whose server is down."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return Warehouse({DatabaseRole.WRITER: f"postgresql://leo_writer:SECRET@127.0.0.1:{port}/leo"})


@pytest.mark.parametrize(
    ("conf", "scope"),
    [
        (None, "*"),
        ({}, "*"),
        ({"tenants": []}, "*"),
        ({"tenants": ["retail"]}, "retail"),
        ({"tenants": ["retail", "discovery"]}, "*"),
        ({"tenant": "retail", "request_id": 7}, "retail"),
        ({"tenant": ""}, "*"),
        ({"tenant": "Robert'); DROP TABLE"}, "*"),
        ({"tenants": "retail"}, "*"),
    ],
)
def test_a_run_is_of_the_one_tenant_that_it_was_asked_to_work_for(conf: dict[str, Any] | None, scope: str) -> None:
    assert run_time_of(ended(conf), "success") == RunTime(
        "sync_cdp", "r", scope, "manual", "success", QUEUED, STARTED, ENDED, False
    )


def test_a_run_that_a_person_ended_before_it_began_took_no_time() -> None:
    told = run_time_of(ended(queued_at=None, start_date=None), "failed")
    assert (told.started_at, told.ended_at, told.queued_at) == (ENDED, ENDED, None)


def test_every_dag_with_a_review_in_it_is_known_to_wait_for_people() -> None:
    reviewing = set()
    for file in (REPOSITORY / "dags").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Review"):
                reviewing.add(file.stem)
    assert {"draft_segment", "run_campaign", "review_held_refreshes", "review_page_posts"} <= reviewing
    assert reviewing == {file.stem for file in (REPOSITORY / "dags").glob("*.py") if waits_for_people(file.stem)}


def test_a_run_that_was_cleared_and_ran_again_has_one_row_with_its_last_end(warehouse: Warehouse) -> None:
    times = RunTimes(lambda: warehouse)
    first = row(1, state="failed")
    second = replace(first, state="success", ended_at=ENDED + timedelta(hours=1))
    other = row(2, scope="retail", waits_for_people=True)
    for each in (first, second, other):
        times.take(each)
    assert times.finish(PATIENCE_S)
    found = kept(warehouse, first, other)
    assert [{name: value for name, value in each.items() if name != "noted_at"} for each in found] == [
        vars(second),
        vars(other),
    ]
    assert times.lost == 0


def test_a_warehouse_that_never_answers_delays_nothing_and_what_finds_no_room_is_counted(
    silent_server: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    port = silent_server.getsockname()[1]
    silent = Warehouse({DatabaseRole.WRITER: f"postgresql://leo_writer:SECRET@127.0.0.1:{port}/leo"})
    times = RunTimes(lambda: silent, room=10, retry_s=60)
    caplog.set_level(logging.INFO)
    ended_runs = [row(number) for number in range(200)]
    before = monotonic()
    for each in ended_runs:
        times.take(each)
    assert monotonic() - before < CONNECT_TIMEOUT_S
    assert times.lost >= 200 - 10 - 100  # a batch is in the hands of the thread
    assert f"({times.lost} since this process began)" in caplog.text
    assert not times.finish(0.01)  # nor does it hold up the end of the scheduler
    silent_server.close()
    assert times.finish(PATIENCE_S)
    assert times.lost == 200
    assert "SECRET" not in caplog.text


def test_rows_wait_for_a_warehouse_that_is_away_and_its_absence_is_one_line(
    warehouse: Warehouse, away: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers = iter([away, away, away])
    times = RunTimes(lambda: next(answers, warehouse), retry_s=0.01)
    waiting = [row(number) for number in range(250)]
    for each in waiting:
        times.take(each)
    while len(kept(warehouse, *waiting)) < len(waiting):
        assert times._thread is not None
        assert times._thread.is_alive()
    assert times.finish(PATIENCE_S)
    assert times.lost == 0
    assert [record.message.partition(":")[0] for record in caplog.records if record.name.endswith("run_times")] == [
        "How long DAG runs took waits for the warehouse, and is tried again",
        "The warehouse is back",
    ]
    assert "SECRET" not in caplog.text


def test_a_row_that_the_warehouse_refuses_is_one_line_and_the_next_is_written(
    warehouse: Warehouse, caplog: pytest.LogCaptureFixture
) -> None:
    times = RunTimes(lambda: warehouse)
    refused, good = row(1, state="queued"), row(2)
    times.take(refused)
    assert times.finish(PATIENCE_S)
    times.take(good)
    assert times.finish(PATIENCE_S)
    assert (times.lost, len(kept(warehouse, refused, good))) == (1, 1)
    [line] = [record for record in caplog.records if record.name.endswith("run_times")]
    assert line.exc_info is None
    assert "violates check constraint" in line.message


def test_an_old_row_goes_and_a_young_one_stays(warehouse: Warehouse) -> None:
    now = datetime.now(UTC)
    old = row(1, ended_at=now - timedelta(days=KEPT_DAYS + 1))
    young = row(2, ended_at=now - timedelta(days=KEPT_DAYS - 1))
    write(warehouse, [old, young])
    assert [each["run_id"] for each in kept(warehouse, old, young)] == [young.run_id]


TOLD = """
from datetime import UTC, datetime
from airflow.jobs.job import Job
from airflow.listeners.listener import get_listener_manager
from airflow.models.dagrun import DagRun
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType

run = DagRun(dag_id="draft_segment", run_id="told-by-airflow", run_type=DagRunType.MANUAL, conf={"tenant": "shop"})
run.start_date = datetime(2026, 2, 20, tzinfo=UTC)
run.set_state(DagRunState.FAILED)
run.notify_dagrun_state_changed(msg="task_failure")
get_listener_manager().hook.before_stopping(component=Job())
"""


def test_airflow_itself_tells_the_plugin_which_writes_by_the_connection_of_the_tasks(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    connections = {}
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        connections[f"AIRFLOW_CONN_LEO_{role.name}"] = warehouse.urls[role]
        assert conninfo_to_dict(warehouse.urls[role])["user"] == f"leo_{role.name.lower()}"
    subprocess.run(
        [sys.executable, "-c", TOLD],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO"))},
            **connections,
            "AIRFLOW_HOME": str(tmp_path),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "PYTHONPATH": str(REPOSITORY / "plugins"),
        },
        capture_output=True,
        timeout=240,
        check=True,
    )
    [found] = kept(warehouse, replace(row(0), run_id="told-by-airflow"))
    assert (found["dag_id"], found["scope"], found["state"], found["waits_for_people"]) == (
        "draft_segment",
        "shop",
        "failed",
        True,
    )
