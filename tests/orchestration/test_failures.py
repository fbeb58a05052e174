"""What failed or is late is told to the engineers with what helps; a foreseen error stands in a log without a trace."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leo_activation.activation.audience.freshness import StaleData
from leo_activation.activation.channels.zalo.account import GrantLost
from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.orchestration import deadlines, refusals
from leo_activation.orchestration.failures import MOST_MAILS, say_what_helps
from leo_activation.segments.agreement import Disagreement
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.orchestration.test_notifications import mails, use_mail_server, words
from tests.orchestration.test_unfinished_requests import connections as connections

DUE = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture(autouse=True)
def engineers(warehouse: Warehouse, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.reset()
    use_mail_server(monkeypatch, sandbox.smtp_port)
    monkeypatch.setenv("LEO_ENGINEERS", "eve")
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://airflow.example/")
    set_staff_address(warehouse, StaffMember("eve", "eve@staff.example", "en"))


def failed(error: BaseException, *, before: str | None = "success", alike: int = 1) -> Any:
    """What Airflow hands to a failure callback, as far as it is read."""
    task = SimpleNamespace(
        dag_id="sync_cdp",
        task_id="check",
        run_id="r",
        get_previous_dagrun=lambda: before and SimpleNamespace(state=before),
        get_ti_count=lambda **_: alike,
    )
    return {"task_instance": task, "exception": error}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Transient("The source is away."), "The source is away. Nothing has to be changed"),
        (Permanent("A row of ann@example.com is bad."), "A row of […] is bad. A retry would fail the same way: mend"),
        (Configuration("There is no key."), "There is no key. A retry would fail the same way: an administrator"),
        (KeyError("ann@example.com"), "KeyError: its log says more. This error was not foreseen"),
    ],
)
def test_a_failure_is_told_once_with_what_helps_and_without_contact_data(
    sandbox: SandboxProcess, error: BaseException, told: str
) -> None:
    say_what_helps(failed(error))
    [mail] = mails(sandbox).values()
    assert mail["Subject"] == "A task failed: sync_cdp.check, r"
    assert f"What was said: {told}" in words(mail)
    assert "http://airflow.example/dags/sync_cdp/runs/r" in words(mail)
    assert "ann@example.com" not in mail.as_string()


def test_a_dag_that_fails_run_after_run_and_tasks_that_fail_alike_mail_no_more(
    sandbox: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    say_what_helps(failed(Permanent("Bad."), before="failed"))
    say_what_helps(failed(Permanent("Bad."), alike=MOST_MAILS + 1))
    assert mails(sandbox) == {}
    assert [line for line in caplog.messages if line.startswith("sync_cdp.check failed in run r: Bad. A retry")] != []
    say_what_helps(failed(Permanent("Bad."), before=None))
    assert len(mails(sandbox)) == 1


def late(dag_id: str, conf: dict[str, Any], state: str = "running") -> dict[str, Any]:
    """What Airflow hands to the callback of a deadline, as far as it is read."""
    return {
        "dag_run": {"dag_id": dag_id, "dag_run_id": "r", "conf": conf, "state": state},
        "deadline": {"deadline_time": DUE},
    }


def test_a_late_sync_names_the_tenants_that_wait(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    callback = deadlines.SYNC.callback
    deadlines.say_what_is_late(late("sync_cdp", {"tenants": [tenant.tenant_id]}), **callback.kwargs)
    [mail] = mails(sandbox).values()
    assert mail["Subject"] == "A run is late: sync_cdp, r"
    sentence = (
        f"sync_cdp was due by 2026-11-22 04:00 UTC and is not done, for {tenant.tenant_id}: the customers of the last "
        "sync before are what segments and campaigns go by. Look at the task that runs"
    )
    assert sentence in " ".join(words(mail).split())
    assert any(line.startswith(sentence) and line.endswith("(run r)") for line in caplog.messages)

    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state) VALUES (%s, 'r', 'projected')",
            [tenant.tenant_id],
        )
    caplog.clear()
    deadlines.say_what_is_late(late("sync_cdp", {}), **callback.kwargs)
    assert tenant.tenant_id not in " ".join(caplog.messages)


@pytest.mark.parametrize(
    ("conf", "whom"), [({}, "every tenant"), ({"tenants": ["a", "b"]}, "a, b"), ({"tenant": "c"}, "c")]
)
def test_a_late_run_names_for_whom_it_runs(caplog: pytest.LogCaptureFixture, conf: dict[str, Any], whom: str) -> None:
    deadlines.say_what_is_late(late("refresh_segments", conf), **deadlines.REFRESH.callback.kwargs)
    assert any(f"is not done, for {whom}: segments keep" in line for line in caplog.messages)


@pytest.mark.parametrize("state", ["failed", "success"])
def test_nobody_is_told_that_a_run_is_late_which_has_ended(sandbox: SandboxProcess, state: str) -> None:
    deadlines.say_what_is_late(late("sync_cdp", {}, state), late="x", helps="y")
    assert mails(sandbox) == {}


LOGGING = """
import io, json, os, sys
import structlog
from airflow.sdk.log import configure_logging
from leo_activation.errors import Permanent
from leo_activation.orchestration import refusals

out = io.BytesIO()
configure_logging(json_output=True, output=out, sending_to_supervisor=True)
log = structlog.get_logger(logger_name="task")

def fail(error):
    try:
        raise error
    except Exception:
        log.exception("Task failed with exception")

os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "DEBUG"
refusals.on_starting(None)
fail(Permanent("The query was refused."))
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "INFO"
refusals.on_starting(None)
refusals.on_starting(None)
fail(Permanent("The query was refused."))
fail(KeyError("x"))
sys.stdout.write("LINES" + json.dumps([json.loads(line) for line in out.getvalue().splitlines()]))
"""


def test_in_airflows_own_logging_a_foreseen_error_has_no_trace_but_for_debugging(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-c", LOGGING],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY / "plugins")},
        check=False,
    )
    assert "LINES" in done.stdout, done.stderr[-3000:]
    debugged, foreseen, unforeseen = json.loads(done.stdout.partition("LINES")[2])
    assert debugged["exception"][0]["frames"]
    assert foreseen["event"] == "Task failed with exception: The query was refused."
    assert foreseen["level"] == "error"
    assert "exception" not in foreseen
    assert unforeseen["event"] == "Task failed with exception"
    assert unforeseen["exception"][0]["frames"]


@pytest.mark.parametrize("given", ["error", "tuple"])
def test_an_error_is_found_however_a_log_is_given_it(given: str) -> None:
    error = Permanent("Refused.")
    told = error if given == "error" else (Permanent, error, None)
    event: MutableMapping[str, Any] = {"event": "It failed", "exc_info": told}
    assert refusals.without_trace(None, "error", event) == {"event": "It failed: Refused."}
    for other in (False, None, KeyError("x"), (None, None, None)):
        untouched: MutableMapping[str, Any] = {"event": "It failed", "exc_info": other}
        assert refusals.without_trace(None, "error", dict(untouched)) == untouched


CLASS = re.compile(r"^class (\w+)\((\w+)", re.MULTILINE)


def foreseen() -> Iterator[type[LeoError]]:
    """Every kind of error that the package raises on purpose, wherever it stands."""
    package = REPOSITORY / "plugins" / "leo_activation"
    written = [
        (".".join(file.relative_to(package.parent).with_suffix("").parts), *each)
        for file in package.rglob("*.py")
        for each in CLASS.findall(file.read_text(encoding="utf-8"))
    ]
    known = {"LeoError"}
    while more := [each for each in written if each[2] in known and each[1] not in known]:
        known |= {name for _, name, _ in more}
    for module, name, base in written:
        if base in known:
            yield getattr(import_module(module.removesuffix(".__init__")), name)


def test_every_kind_of_foreseen_error_is_one_sentence_in_a_log() -> None:
    kinds = list(foreseen())
    assert {Transient, Permanent, Configuration, GrantLost, StaleData, Disagreement} <= set(kinds)
    for kind in kinds:
        # What they are made of differs; what they say is their first argument.
        error = kind.__new__(kind, "It is refused.")
        event: MutableMapping[str, Any] = {"event": "Task failed with exception", "exc_info": error}
        told = refusals.without_trace(None, "error", event)
        assert told == {"event": "Task failed with exception: It is refused."}, kind
