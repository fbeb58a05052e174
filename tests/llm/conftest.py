"""pydantic-ai's own Gemini client, pointed at the sandbox over a real socket."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.llm.calls import CallEnd, CallOutcome, SentCall
from leo_activation.llm.prompts import Prompt
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.conftest import tenant_without_graph


@dataclass(frozen=True)
class KeptCall(SentCall):
    """A call with how it ended."""

    outcome: CallOutcome = CallOutcome.SENT
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = None
    latency_ms: int | None = None
    answered_by: str | None = None


@dataclass
class CallList:
    """A ledger in memory, with no budget."""

    calls: list[KeptCall] = field(default_factory=list)

    def begin(self, call: SentCall) -> int:
        self.calls.append(KeptCall(**asdict(call)))
        return len(self.calls) - 1

    def end(self, call_id: int, end: CallEnd) -> None:
        assert self.calls[call_id].outcome in (CallOutcome.SENT, CallOutcome.ANSWERED)
        self.calls[call_id] = replace(self.calls[call_id], **asdict(end))


@pytest.fixture
def tenant(warehouse: Warehouse) -> Tenant:
    """A tenant of the test's own; nothing here looks at its graph."""
    return tenant_without_graph(warehouse)


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the session."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox with no fault in force."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def model(sandbox: SandboxProcess) -> Model:
    """The client that production uses, on another address."""
    return GoogleModel("gemini-2.5-flash-lite", provider=GoogleProvider(api_key="a key", base_url=sandbox.gemini_url))


@pytest.fixture
def ledger() -> CallList:
    """An empty ledger."""
    return CallList()


@pytest.fixture
def prompt() -> Prompt:
    """A prompt that stands in no file."""
    return Prompt(name="name_colors", version=3, text="Name the color and the product.", sha256="ab" * 32)


@pytest.fixture
def prompt_folder(tmp_path: Path) -> Path:
    """Two versions of a prompt, and a file that is none."""
    folder = tmp_path / "prompts"
    (folder / "plan").mkdir(parents=True)
    (folder / "plan" / "v2.md").write_text("second\n", encoding="utf-8")
    (folder / "plan" / "v10.md").write_text("tenth\n", encoding="utf-8")
    (folder / "plan" / "notes.md").write_text("not a prompt", encoding="utf-8")
    return folder
