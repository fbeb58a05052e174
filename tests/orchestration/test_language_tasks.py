"""Who does the language tasks of a request, by Airflow's connections and by what was activated."""

import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator

import pytest

from leo_activation.embedding import Encoder
from leo_activation.errors import Configuration
from leo_activation.llm.activations import Candidate, CaseEnd, Verdict, activate, finish_evaluation, keep_case
from leo_activation.llm.budget import OverBudget
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.recording import model_id, models_of
from leo_activation.orchestration.connections import LLM_CONNECTION, encoder, language_tasks
from leo_activation.orchestration.language_models import candidate_of, copy_writer, model_of, planner_of
from leo_activation.orchestration.prompt_evaluation import activate_what_is_not_worse, evaluate_what_is_new
from leo_activation.segments.golden import AS_OF, golden_set
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.planners.router import plan_with, revise_with
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.requests import submit_request
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.llm.conftest import CallList
from tests.segments.shop import open_shop

TASK = "plan_segment"
DAILY = {"connection": "", "prompt_version": 0, "tenant": "", "again": False}
PLAIN = ("GrammarPlanner",), ("GrammarReviser",)
BOTH = ("GrammarPlanner", "LanguageModelPlanner"), ("GrammarReviser", "LanguageModelReviser")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the module."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture(scope="module")
def words() -> Encoder:
    """The embedding model."""
    return encoder()


@pytest.fixture
def airflow(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess
) -> Iterator[pytest.MonkeyPatch]:
    """Airflow's connections to a warehouse in which nothing was decided, and none to a model."""
    sandbox.reset()
    monkeypatch.setenv("LEO_DEFAULT_TENANT", tenant.tenant_id)
    monkeypatch.delenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", raising=False)
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    yield monkeypatch
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("TRUNCATE llm.activation, llm.evaluation, llm.evaluation_case")


def connect(airflow: pytest.MonkeyPatch, host: str, model: str, connection_id: str = LLM_CONNECTION) -> None:
    connection = {"conn_type": "pydanticai", "password": "a-key", "host": host, "extra": {"model": model}}
    airflow.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(connection))


def serve(warehouse: Warehouse, candidate: Candidate) -> None:
    """Activate a candidate that was right in every case."""
    golden = golden_set()
    for case in golden.cases:
        end = CaseEnd(Verdict.EXACT, 1, 1, None)
        keep_case(warehouse, candidate, golden.sha256, str(candidate), case.id, end)
    finish_evaluation(warehouse, candidate, golden.sha256, str(candidate), len(golden.cases))
    activate(warehouse, candidate, golden.sha256)


def kinds(tenant: Tenant, words: Encoder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tasks = language_tasks(tenant.tenant_id, 17, words)
    return tuple(type(one).__name__ for one in tasks.planners), tuple(type(one).__name__ for one in tasks.revisers)


def planner(tenant: Tenant, words: Encoder) -> LanguageModelPlanner:
    found = language_tasks(tenant.tenant_id, 17, words).planners[-1]
    assert isinstance(found, LanguageModelPlanner)
    return found


def test_without_a_connection_the_grammar_and_plain_words_do_everything(
    airflow: pytest.MonkeyPatch, tenant: Tenant, words: Encoder
) -> None:
    tasks = language_tasks(tenant.tenant_id, 17, words)
    assert kinds(tenant, words) == PLAIN
    assert (tasks.reviewer, type(tasks.explainer).__name__) == (None, "PlainExplainer")


def test_without_a_connection_no_client_of_models_is_imported() -> None:
    script = """
import sys
from leo_activation.orchestration.connections import language_tasks
language_tasks("shop", 17, None)
loaded = [name for name in ("pydantic_ai", "openai", "google.genai") if name in sys.modules]
assert loaded == [], loaded
"""
    environment = {"PYTHONPATH": str(REPOSITORY / "plugins"), "PATH": "/usr/bin:/bin", "HOME": "/tmp"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_with_a_connection_the_model_stands_behind_the_grammar_in_every_task(
    airflow: pytest.MonkeyPatch, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash-lite")
    tasks = language_tasks(tenant.tenant_id, 17, words)
    assert kinds(tenant, words) == BOTH
    assert type(tasks.reviewer).__name__ == "LanguageModelReviewer"
    assert type(tasks.explainer).__name__ == "LanguageModelExplainer"


def test_the_budgets_of_the_environment_hold_for_every_task(
    airflow: pytest.MonkeyPatch, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash-lite")
    airflow.setenv("LEO_LLM_DAY_TOKENS", "10")
    with pytest.raises(OverBudget):
        planner(tenant, words).plan("Kunden aus Berlin", golden_set().catalogue, AS_OF)
    assert sandbox.journal() == []


def test_what_was_activated_is_asked_and_not_what_the_connection_names_by_now(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash")
    serve(warehouse, Candidate(load_prompt(TASK, 3), "google:gemini-2.5-flash-lite", LLM_CONNECTION))
    serving = planner(tenant, words)
    assert model_id(serving.model) == "google:gemini-2.5-flash-lite"
    assert serving.prompt == load_prompt(TASK, 3)


def test_a_connection_that_went_to_another_provider_leaves_the_grammar_alone_and_both_sides_are_told(
    airflow: pytest.MonkeyPatch,
    warehouse: Warehouse,
    sandbox: SandboxProcess,
    tenant: Tenant,
    words: Encoder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect(airflow, sandbox.openai_url, "openai-chat:gpt-4.1-mini")
    serve(warehouse, Candidate(load_prompt(TASK, 3), "google:gemini-2.5-flash-lite", LLM_CONNECTION))
    tasks = language_tasks(tenant.tenant_id, 17, words)
    assert "the DAG evaluate_prompts" in caplog.text
    by, planned = plan_with(tasks.planners, "customers from Hanoi", golden_set().catalogue, AS_OF)
    assert (by, type(planned)) == ("grammar", PlannedRequest)
    at_hand = PlanAtHand(text="Kunden aus Berlin", language=Language.ENGLISH)
    for by, asked in (
        plan_with(tasks.planners, "Kunden aus Berlin", golden_set().catalogue, AS_OF),
        revise_with(tasks.revisers, at_hand, "aber nur Frauen", golden_set().catalogue, AS_OF),
    ):
        assert isinstance(asked, NeedsClarification)
        assert (by, len(asked.questions) > 1) == ("grammar", True)
        assert "evaluate_prompts" in asked.questions[-1].text
    assert sandbox.journal() == []


def test_decisions_that_the_owner_removes_let_the_connections_model_serve_as_on_the_first_day(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    connect(airflow, sandbox.openai_url, "openai-chat:gpt-4.1-mini")
    serve(warehouse, Candidate(load_prompt(TASK, 3), "google:gemini-2.5-flash-lite", LLM_CONNECTION))
    assert kinds(tenant, words) != BOTH
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("DELETE FROM llm.activation WHERE task = 'plan_segment'")
    assert model_id(planner(tenant, words).model) == "openai:gpt-4.1-mini"


def test_copy_is_drafted_by_the_connections_model_with_the_prompt_that_serves(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, sandbox: SandboxProcess
) -> None:
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash-lite")
    writer = copy_writer(warehouse, LLM_CONNECTION, CallList())
    assert model_id(writer.model) == "google:gemini-2.5-flash-lite"
    assert writer.prompt == load_prompt("draft_copy")


def test_an_activated_connection_of_its_own_serves_until_leo_llm_is_removed(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash-lite")
    connect(airflow, sandbox.openai_url, "ollama:functiongemma", "leo_llm_at_home")
    serve(warehouse, Candidate(load_prompt(TASK, 3), "ollama:functiongemma", "leo_llm_at_home"))
    assert model_id(planner(tenant, words).model) == "ollama:functiongemma"
    airflow.delenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}")
    assert kinds(tenant, words) == PLAIN


@pytest.mark.parametrize(
    "connection",
    [
        {"conn_type": "pydanticai", "password": "SECRET", "extra": {}},
        {"conn_type": "pydanticai", "password": "SECRET", "extra": {"model": "gemini-2.5-flash"}},
        {"conn_type": "http", "password": "SECRET", "host": "h"},
        {
            "conn_type": "pydanticai",
            "password": "SECRET",
            "extra": {"model": "google:g", "fallback_conn_ids": ["no_such"]},
        },
    ],
)
def test_a_connection_that_leads_to_no_model_is_a_set_up_error(
    airflow: pytest.MonkeyPatch, tenant: Tenant, words: Encoder, connection: dict[str, object]
) -> None:
    airflow.setenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", json.dumps(connection))
    with pytest.raises(Configuration, match="leo_llm") as failure:
        language_tasks(tenant.tenant_id, 17, words)
    assert "SECRET" not in str(failure.value)


def test_a_campaign_is_drafted_whatever_is_wrong_with_the_model(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, tenant: Tenant
) -> None:
    open_shop(warehouse, tenant)
    airflow.setenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", '{"conn_type": "http"}')
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "mai")
    dag = runpy.run_path(str(REPOSITORY / "dags" / "draft_segment.py"))["draft_segment"]()
    params = {"tenant": tenant.tenant_id, "request_id": request_id}
    assert dag.get_task("draft_campaigns").python_callable(params) == []


def test_where_nobody_plans_by_a_model_nothing_is_evaluated(airflow: pytest.MonkeyPatch) -> None:
    assert not evaluate_what_is_new(DAILY, "a run")


def test_the_dag_hands_on_its_parameters_and_the_name_of_its_run(airflow: pytest.MonkeyPatch) -> None:
    dag = runpy.run_path(str(REPOSITORY / "dags" / "evaluate_prompts.py"))["evaluate_prompts"]()
    assert dag.params.dump() == DAILY
    assert dag.get_task("activate").upstream_task_ids == {"evaluate"}
    airflow.setenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", '{"conn_type": "http"}')
    with pytest.raises(Configuration, match=LLM_CONNECTION):
        dag.get_task("evaluate").python_callable(DAILY, "a run")
    with pytest.raises(Configuration, match=LLM_CONNECTION):
        dag.get_task("activate").python_callable(DAILY)


def test_the_first_daily_run_asks_the_whole_golden_set_and_the_second_asks_nothing(
    airflow: pytest.MonkeyPatch, warehouse: Warehouse, sandbox: SandboxProcess, tenant: Tenant, words: Encoder
) -> None:
    golden = golden_set()
    for case in golden.cases:
        right = {"plan": case.plans[0].model_dump(mode="json", exclude_none=True)} if case.plans else None
        clarification = {"unplaced": [], "questions": [{"text": "Which ones?"}]}
        sandbox.script(f'REQUEST\n"{re.escape(case.text)}"', right or clarification)
    connect(airflow, sandbox.gemini_url, "google:gemini-2.5-flash-lite")
    assert evaluate_what_is_new(DAILY, "first")
    assert activate_what_is_not_worse(DAILY)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert connection.execute("SELECT cases, exact FROM llm.evaluation").fetchall() == [
            (len(golden.cases), len(golden.cases))
        ]
        booked = connection.execute("SELECT DISTINCT task, request_id, prompt_version FROM llm.call").fetchall()
    assert booked == [("evaluate_prompts", None, 3)]
    asked = len(sandbox.journal())
    assert not evaluate_what_is_new(DAILY, "second")
    assert evaluate_what_is_new(DAILY | {"prompt_version": 3}, "by hand"), "a run that names what it wants decides"
    assert not activate_what_is_not_worse(DAILY | {"prompt_version": 3})
    assert len(sandbox.journal()) == asked


def test_only_the_model_itself_is_evaluated_and_nobody_in_its_place(
    airflow: pytest.MonkeyPatch, sandbox: SandboxProcess, words: Encoder
) -> None:
    connection = {
        "conn_type": "pydanticai",
        "password": "a-key",
        "host": sandbox.gemini_url,
        "extra": {"model": "google:gemini-2.5-flash-lite", "fallback_conn_ids": ["leo_llm_at_home"]},
    }
    airflow.setenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", json.dumps(connection))
    connect(airflow, sandbox.openai_url, "ollama:functiongemma", "leo_llm_at_home")
    candidate = candidate_of(LLM_CONNECTION, None)
    assert candidate.model == "google:gemini-2.5-flash-lite"
    asked = planner_of(candidate, CallList(), words)
    assert [model_id(model) for model in models_of(asked.model)] == ["google:gemini-2.5-flash-lite"]
    assert len(models_of(model_of(LLM_CONNECTION))) == 2
