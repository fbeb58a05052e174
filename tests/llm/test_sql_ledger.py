"""The ledger in the real warehouse: what stands before sending, what may change, and what nobody may spend twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
from pydantic_ai.models import Model

from leo_activation.errors import Configuration, Transient
from leo_activation.llm.budget import (
    EVALUATION_TASK,
    Budget,
    BudgetScope,
    OverBudget,
    budget_from,
    evaluation_budget_from,
)
from leo_activation.llm.calls import CallEnd, CallOutcome, SentCall
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.llm.structured import ask_structured
from leo_activation.settings import REPOSITORY, DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess

from .test_structured import QUESTION, RIGHT, Choice

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALL = SentCall(
    task="plan_segment",
    prompt_name="plan_segment",
    prompt_version=1,
    prompt_hash="ab" * 32,
    model="google:gemini-2.5-flash-lite",
    request_id=17,
    reserved_tokens=900,
    reserved_micro_usd=300,
    occurred_at=NOON,
)
END = CallEnd(CallOutcome.OK, 80, 20, 16, 640, "google:gemini-2.5-flash-lite-001")


def rows(warehouse: Warehouse, tenant: Tenant) -> list[dict[str, object]]:
    """The tenant's calls in their order."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        return list(cursor.execute("SELECT * FROM llm.call ORDER BY call_id"))


def test_a_call_stands_before_it_is_sent_and_is_completed_once(warehouse: Warehouse, tenant: Tenant) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(day_tokens=5_000, day_micro_usd=70_000))
    call_id = ledger.begin(CALL)
    [sent] = rows(warehouse, tenant)
    assert (sent["outcome"], sent["input_tokens"], sent["latency_ms"]) == ("sent", None, None)
    ledger.end(call_id, replace(END, outcome=CallOutcome.ANSWERED))
    ledger.end(call_id, END)
    ledger.end(call_id, replace(END, outcome=CallOutcome.REFUSED, input_tokens=9))
    [ended] = rows(warehouse, tenant)
    kept = {
        "tenant_id": tenant.tenant_id,
        "call_id": call_id,
        "task": "plan_segment",
        "prompt_name": "plan_segment",
        "prompt_version": 1,
        "prompt_hash": "ab" * 32,
        "model": "google:gemini-2.5-flash-lite",
        "request_id": 17,
        "input_tokens": 80,
        "output_tokens": 20,
        "cost_micro_usd": 16,
        "latency_ms": 640,
        "outcome": "ok",
        "occurred_at": NOON,
        "reserved_tokens": 900,
        "reserved_micro_usd": 300,
        "day_tokens_limit": 5_000,
        "day_micro_usd_limit": 70_000,
        "answered_by": "google:gemini-2.5-flash-lite-001",
    }
    assert ended == kept, "these are all the columns: none of them holds text"


def test_calls_are_seen_by_their_tenant_alone(warehouse: Warehouse, tenant: Tenant) -> None:
    SqlCallLedger(warehouse, tenant.tenant_id).begin(CALL)
    with warehouse.connect(DatabaseRole.WRITER) as unbound:
        assert unbound.execute("SELECT count(*) FROM llm.call").fetchone() == (0,)


@pytest.mark.parametrize(
    "column", ["tenant_id", "task", "prompt_hash", "model", "request_id", "reserved_tokens", "occurred_at"]
)
def test_what_a_call_was_cannot_be_changed(warehouse: Warehouse, tenant: Tenant, column: str) -> None:
    SqlCallLedger(warehouse, tenant.tenant_id).begin(CALL)
    change = psycopg.sql.SQL("UPDATE llm.call SET {column} = {column}").format(column=psycopg.sql.Identifier(column))
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
    ):
        connection.execute(change)


def test_a_provider_cannot_write_text_into_the_ledger_by_the_name_it_gives(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id)
    call_id = ledger.begin(CALL)
    with pytest.raises(psycopg.errors.CheckViolation):
        ledger.end(call_id, replace(END, answered_by="Ann lives in Hanoi"))


@pytest.mark.parametrize(
    ("budget", "scope"),
    [
        (Budget(request_tokens=1_799, day_tokens=None), BudgetScope.REQUEST),
        (Budget(request_tokens=None, day_tokens=1_799), BudgetScope.DAY_TOKENS),
        (Budget(request_tokens=None, day_tokens=None, day_micro_usd=599), BudgetScope.DAY_COST),
    ],
)
def test_a_call_that_may_take_more_than_is_left_is_neither_sent_nor_recorded(
    warehouse: Warehouse, tenant: Tenant, budget: Budget, scope: BudgetScope
) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, budget)
    ledger.begin(CALL)
    with pytest.raises(OverBudget) as over:
        ledger.begin(CALL)
    assert over.value.scope is scope
    assert (over.value.resets_at is None) == (scope is BudgetScope.REQUEST)
    assert len(rows(warehouse, tenant)) == 1


def test_a_call_that_was_answered_gives_back_what_it_did_not_take(warehouse: Warehouse, tenant: Tenant) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=1_000, day_tokens=None))
    ledger.end(ledger.begin(CALL), END)
    assert ledger.begin(CALL)
    with pytest.raises(
        OverBudget, match="of the 1000 tokens for request 17, 1000 are used, and this call may take 900"
    ):
        ledger.begin(CALL)


def test_a_call_whose_end_nobody_told_counts_as_the_most_that_it_may_have_taken(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=1_000, day_tokens=None))
    ledger.end(ledger.begin(CALL), CallEnd(CallOutcome.TIMED_OUT, None, None, None, 45_000))
    with pytest.raises(OverBudget):
        ledger.begin(CALL)


def test_a_day_ends_at_midnight_in_utc(warehouse: Warehouse, tenant: Tenant) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=None, day_tokens=1_000))
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    ledger.begin(CALL)
    with pytest.raises(OverBudget) as over:
        ledger.begin(replace(CALL, occurred_at=midnight - timedelta(microseconds=1)))
    assert over.value.resets_at == midnight
    assert ledger.begin(replace(CALL, occurred_at=midnight))


def test_other_requests_and_other_tenants_have_budgets_of_their_own(warehouse: Warehouse, tenant: Tenant) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=1_000, day_tokens=None))
    ledger.begin(CALL)
    assert ledger.begin(replace(CALL, request_id=18))


def test_evaluations_are_booked_apart_and_take_nothing_from_requests(warehouse: Warehouse, tenant: Tenant) -> None:
    budget = Budget(request_tokens=None, day_tokens=1_000)
    evaluation = SqlCallLedger(warehouse, tenant.tenant_id, budget, task=EVALUATION_TASK)
    evaluation.begin(replace(CALL, request_id=None))
    assert SqlCallLedger(warehouse, tenant.tenant_id, budget).begin(CALL)
    with pytest.raises(OverBudget):
        evaluation.begin(replace(CALL, request_id=None))
    assert [row["task"] for row in rows(warehouse, tenant)] == [EVALUATION_TASK, "plan_segment"]


def test_of_many_that_want_the_last_of_a_budget_at_once_one_gets_it(warehouse: Warehouse, tenant: Tenant) -> None:
    together = Barrier(8)

    def ask(request_id: int) -> bool:
        ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=None, day_tokens=2_000))
        together.wait(timeout=30)
        try:
            ledger.begin(replace(CALL, request_id=request_id))
        except OverBudget:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(ask, range(8)))
    assert sum(passed) == 2
    assert len(rows(warehouse, tenant)) == 2


def test_a_budget_that_is_held_too_long_is_worth_another_try(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as other:
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtext('llm.budget'), hashtext(%(tenant_id)s))",
            {"tenant_id": tenant.tenant_id},
        )
        with pytest.raises(Transient, match="held by others"):
            SqlCallLedger(warehouse, tenant.tenant_id, lock_seconds=0.05).begin(CALL)


def test_the_environment_sets_the_budgets() -> None:
    settings = read_settings(
        {"LEO_LLM_REQUEST_TOKENS": "5", "LEO_LLM_DAY_TOKENS": "6", "LEO_LLM_DAY_MICRO_USD": "7"}
        | {"LEO_LLM_EVALUATION_DAY_TOKENS": "8"}
    )
    assert budget_from(settings) == Budget(5, 6, 7)
    assert evaluation_budget_from(settings) == Budget(None, 8, None)
    assert budget_from(read_settings({})) == Budget()


@pytest.mark.parametrize("value", ["0", "-1", "1e6", "many", "٣"])
def test_a_budget_that_is_no_number_is_a_set_up_error(value: str) -> None:
    with pytest.raises(Configuration, match="LEO_LLM_DAY_TOKENS"):
        budget_from(read_settings({"LEO_LLM_DAY_TOKENS": value}))


def test_an_over_spent_budget_is_not_taken_for_a_model_that_fails(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess, model: Model, prompt: Prompt
) -> None:
    sandbox.script("red socks", RIGHT)
    ledger = SqlCallLedger(warehouse, tenant.tenant_id, Budget(request_tokens=100))
    with pytest.raises(OverBudget):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, request_id=17)
    assert sandbox.journal() == [], "nothing was sent"


CHILD = """
import sys
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.llm.structured import ask_structured
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

tenant_id, base_url = sys.argv[1:]
model = GoogleModel("gemini-2.5-flash-lite", provider=GoogleProvider(api_key="k", base_url=base_url))
ledger = SqlCallLedger(warehouse_from(read_settings()), tenant_id)
ask_structured(model, load_prompt("plan_segment", 1), str, "Who bought red socks?", ledger=ledger, request_id=17)
"""


@pytest.fixture
def asking(warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own that asks a model which never answers."""
    sandbox.scenario("gemini", "stall")
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, tenant.tenant_id, sandbox.gemini_url],
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY / "plugins"),
            "LEO_WRITER_URL": warehouse.urls[DatabaseRole.WRITER],
        },
    )
    yield process
    process.kill()
    process.wait()


def test_a_process_that_is_killed_while_it_waits_leaves_its_call_at_the_most_it_may_have_cost(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess, asking: "subprocess.Popen[bytes]"
) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    while not sandbox.journal() and asking.poll() is None and datetime.now(UTC) < deadline:
        pass  # each look is a request over a socket; the child's own first request ends it
    assert len(sandbox.journal()) == 1, "the request went out"
    asking.send_signal(signal.SIGKILL)
    assert asking.wait(30) == -signal.SIGKILL
    [left] = rows(warehouse, tenant)
    assert (left["outcome"], left["request_id"], left["input_tokens"]) == ("sent", 17, None)
    reserved = left["reserved_tokens"]
    assert isinstance(reserved, int)
    enough = Budget(request_tokens=reserved + CALL.reserved_tokens, day_tokens=None)
    too_little = replace(enough, request_tokens=reserved + CALL.reserved_tokens - 1)
    with pytest.raises(OverBudget):
        SqlCallLedger(warehouse, tenant.tenant_id, too_little).begin(CALL)
    assert SqlCallLedger(warehouse, tenant.tenant_id, enough).begin(CALL)
