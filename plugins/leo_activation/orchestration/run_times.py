"""How long each DAG run took, kept in `ops.dag_run` for the dashboards.

Airflow calls a listener inside the scheduler's loop, in the transaction that ends the run (and in the API server, where
a person sets a run's state). So the hooks here only read the run and put a few values into a queue; a thread of the
same process writes them. A warehouse that is away delays no run: rows wait, so many of them, and what finds no room is
lost and counted. As the run's transaction may still be rolled back, a run may be told twice: the last one counts.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from typing import Any, Protocol

import psycopg
from airflow.listeners import hookimpl

from leo_activation.errors import LeoError, Transient
from leo_activation.orchestration.connections import warehouse
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import TENANT_ID, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

EVERY_TENANT = "*"
WAITING = frozenset({"draft_segment", "run_campaign"})
"""The DAGs that wait for people, beside those whose name begins with `review_`."""
MOST_WAITING_ROWS = 1000
MOST_AT_ONCE = 100
RETRY_S = 30.0
STATEMENT_TIMEOUT_S = 10
IDLE_S = 0.5
STOP_TIMEOUT_S = 5.0
KEPT_DAYS = 90
MOST_FORGOTTEN = 1000


class EndedRun(Protocol):
    """What is read of Airflow's DagRun."""

    dag_id: str
    run_id: str
    run_type: Any
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    conf: Any


@dataclass(frozen=True)
class RunTime:
    """One run that came to an end; `scope` is the tenant that it was for, `*` where it was for several or all."""

    dag_id: str
    run_id: str
    scope: str
    run_type: str
    state: str
    queued_at: datetime | None
    started_at: datetime
    ended_at: datetime
    waits_for_people: bool


def run_time_of(dag_run: EndedRun, state: str) -> RunTime:
    """What is kept of a run, by Airflow's row of it.

    A run that ended before it began (a person set its state) took no time.
    """
    ended_at = dag_run.end_date or datetime.now(UTC)
    return RunTime(
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        scope=_scope(dag_run.conf),
        run_type=str(getattr(dag_run.run_type, "value", dag_run.run_type)),
        state=state,
        queued_at=dag_run.queued_at,
        started_at=min(dag_run.start_date or ended_at, ended_at),
        ended_at=ended_at,
        waits_for_people=waits_for_people(dag_run.dag_id),
    )


def waits_for_people(dag_id: str) -> bool:
    """Whether runs of the DAG last as long as a person thinks."""
    return dag_id in WAITING or dag_id.startswith("review_")


def _scope(conf: object) -> str:
    """The one tenant that a run was asked to work for."""
    if not isinstance(conf, Mapping):
        return EVERY_TENANT
    named = conf.get("tenants") or [conf.get("tenant")]
    if isinstance(named, list) and len(named) == 1 and isinstance(named[0], str) and TENANT_ID.fullmatch(named[0]):
        return named[0]
    return EVERY_TENANT


class RunTimes:
    """Takes in runs that ended, at once, and writes them by a thread of its own.

    Args:
        connect: gives the warehouse; called by the thread, each time that there is something to write.
        room: how many rows may wait.
        retry_s: the pause after a warehouse that could not be reached.
    """

    def __init__(
        self, connect: Callable[[], Warehouse], room: int = MOST_WAITING_ROWS, retry_s: float = RETRY_S
    ) -> None:
        """Hold nothing yet; the thread starts with the first row, after Airflow forked its workers."""
        self._connect = connect
        self._retry_s = retry_s
        self._waiting: Queue[RunTime] = Queue(room)
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_away = False
        self.lost = 0

    def take(self, run: RunTime) -> None:
        """Keep a run for writing; returns at once, whatever the warehouse does."""
        try:
            self._waiting.put_nowait(run)
        except Full:
            self._lose(1, "too many rows wait for the warehouse")
        self._start()

    def finish(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Write what waits and end the thread; False where that was not done in time. The next row starts it anew."""
        thread = self._thread
        if thread is None:
            return True
        self._stopping.set()
        thread.join(timeout_s)
        return not thread.is_alive()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._stopping.clear()
                self._thread = threading.Thread(target=self._write_all, name="leo-run-times", daemon=True)
                self._thread.start()

    def _write_all(self) -> None:
        """The thread: batch after batch, until it is told to stop and nothing is left."""
        while batch := self._next_batch():
            while not self._try(batch):
                # Stopped while the warehouse is away: what waits is lost with the process.
                if self._stopping.wait(self._retry_s):
                    while more := self._next_batch():
                        batch += more
                    self._lose(len(batch), "the process stops")
                    return

    def _next_batch(self) -> list[RunTime]:
        """Rows that wait, at most so many; empty when it is time to end."""
        batch: list[RunTime] = []
        while not batch:
            try:
                batch.append(self._waiting.get(timeout=IDLE_S))
            except Empty:
                if self._stopping.is_set():
                    return []
        while len(batch) < MOST_AT_ONCE:
            try:
                batch.append(self._waiting.get_nowait())
            except Empty:
                break
        return batch

    def _try(self, batch: list[RunTime]) -> bool:
        """Whether a batch is settled: written, or lost for good. One that may be written later is not."""
        try:
            write(self._connect(), batch)
        except (Transient, psycopg.OperationalError) as error:
            if not self._is_away:
                logger.warning("How long DAG runs took waits for the warehouse, and is tried again: %s", _line(error))
            self._is_away = True
            return False
        # The scheduler's process is not ours: whatever is wrong with a row must not end its thread.
        except Exception as error:  # noqa: BLE001
            self._lose(len(batch), _line(error))
            return True
        if self._is_away:
            logger.info("The warehouse is back: how long DAG runs took is written again; %d rows were lost.", self.lost)
            self._is_away = False
        return True

    def _lose(self, rows: int, why: str) -> None:
        self.lost += rows
        logger.warning("How long %d DAG runs took is not kept (%d since this process began): %s", rows, self.lost, why)


def write(warehouse: Warehouse, batch: list[RunTime]) -> None:
    """Write rows, and forget some of those that are too old, in one transaction.

    Raises:
        Transient: the warehouse cannot be reached, or the connection was lost.
        psycopg.Error: it refused.
    """
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [f"{STATEMENT_TIMEOUT_S}s"])
        with connection.cursor() as cursor:
            cursor.executemany(statement("orchestration/keep_dag_run"), [asdict(run) for run in batch])
        limits = {"kept_days": KEPT_DAYS, "at_most": MOST_FORGOTTEN}
        connection.execute(statement("orchestration/forget_old_dag_runs"), limits)


def _line(error: Exception) -> str:
    """One line of an error; of an unexpected one its kind alone, as it may say more than a log should."""
    if isinstance(error, LeoError):
        return str(error)
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return str(error.diag.message_primary)
    return type(error).__name__


ended_runs = RunTimes(warehouse)


@hookimpl
def on_dag_run_success(dag_run: Any) -> None:
    """Airflow calls it as a run succeeds."""
    _take(dag_run, "success")


@hookimpl
def on_dag_run_failed(dag_run: Any) -> None:
    """Airflow calls it as a run fails, also for its time-out."""
    _take(dag_run, "failed")


@hookimpl
def before_stopping(component: object) -> None:
    """Airflow calls it as a process ends."""
    ended_runs.finish()


def _take(dag_run: Any, state: str) -> None:
    try:
        ended_runs.take(run_time_of(dag_run, state))
    # A run that ended must end, whatever is wrong with the noting of it.
    except Exception as error:  # noqa: BLE001
        logger.warning("How long a DAG run took is not kept: %s", type(error).__name__)
