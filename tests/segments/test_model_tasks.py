"""Without Airflow the environment names the model, and its calls are booked and counted as with it."""

import re
from collections.abc import Iterator

import pytest

from leo_activation.errors import Configuration
from leo_activation.llm.budget import OverBudget
from leo_activation.segments.golden import AS_OF, golden_set
from leo_activation.segments.model_tasks import environment_tasks
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.request import PlannedRequest
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.profiles.fake_encoder import FakeEncoder

CASE = next(case for case in golden_set().cases if case.id == "de-003")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A model server that knows one request."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        plan = CASE.plans[0].model_dump(mode="json", exclude_none=True)
        process.script(f'REQUEST\n"{re.escape(CASE.text)}"', {"plan": plan})
        yield process


def environment(sandbox: SandboxProcess, **more: str) -> dict[str, str]:
    named = {"LEO_LLM_MODEL": "ollama:functiongemma", "LEO_LLM_BASE_URL": sandbox.openai_url}
    return named | more


def planner(warehouse: Warehouse, tenant: Tenant, values: dict[str, str]) -> LanguageModelPlanner:
    tasks = environment_tasks(read_settings(values), warehouse, tenant.tenant_id, 17, FakeEncoder())
    found = tasks.planners[-1]
    assert isinstance(found, LanguageModelPlanner)
    assert tasks.reviewer is not None
    return found


def test_where_the_environment_names_no_model_the_grammar_is_alone(warehouse: Warehouse, tenant: Tenant) -> None:
    tasks = environment_tasks(read_settings({}), warehouse, tenant.tenant_id, 17, FakeEncoder())
    assert [planner.name for planner in tasks.planners] == ["grammar"]
    assert [reviser.name for reviser in tasks.revisers] == ["grammar"]
    assert tasks.reviewer is None


def test_the_model_of_the_environment_plans_and_its_call_is_booked(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    answer = planner(warehouse, tenant, environment(sandbox)).plan(CASE.text, golden_set().catalogue, AS_OF)
    assert isinstance(answer, PlannedRequest)
    assert answer.plan == CASE.plans[0]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute("SELECT model, request_id, outcome, cost_micro_usd FROM llm.call").fetchall()
    assert rows == [("ollama:functiongemma", 17, "ok", 0)]


def test_the_budget_of_the_environment_holds(warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess) -> None:
    poor = planner(warehouse, tenant, environment(sandbox, LEO_LLM_REQUEST_TOKENS="10"))
    with pytest.raises(OverBudget):
        poor.plan(CASE.text, golden_set().catalogue, AS_OF)


def test_a_model_that_cannot_be_used_is_said_at_once(
    warehouse: Warehouse, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    with pytest.raises(Configuration, match="GOOGLE_API_KEY"):
        planner(warehouse, tenant, environment(sandbox, LEO_LLM_MODEL="google:gemini-2.5-flash-lite"))
