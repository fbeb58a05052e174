"""The clients that production uses, pointed at the sandbox, and how each ends in each of the sandbox's scenarios."""

from dataclasses import dataclass

from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider, infer_provider_class

from leo_activation.errors import Configuration, LeoError, Permanent
from leo_activation.llm.calls import CallOutcome
from leo_activation.llm.failures import InvalidAnswer, ModelBusy
from sandbox.process import SandboxProcess
from sandbox.scenarios import ModelScenario


@dataclass(frozen=True)
class ProviderUnderTest:
    """A way to a model.

    name: as settings and connections name it, `provider:model`.
    channel: the stand-in's.
    """

    name: str
    channel: str

    @property
    def model_id(self) -> str:
        """As ledger and errors name it."""
        provider, _, model = self.name.partition(":")
        return f"{'openai' if provider == 'openai-chat' else provider}:{model}"

    def base_url(self, sandbox: SandboxProcess) -> str:
        """Where the stand-in listens."""
        return sandbox.gemini_url if self.channel == "gemini" else sandbox.openai_url

    def model(self, base_url: str) -> Model:
        """The client."""

        arguments = {"api_key": "a-key", "base_url": base_url}

        def make_provider(provider_name: str) -> Provider[object]:
            return infer_provider_class(provider_name)(**arguments)

        return infer_model(self.name, provider_factory=make_provider)


GEMINI = ProviderUnderTest("google:gemini-2.5-flash-lite", "gemini")
OPENAI_CHAT = ProviderUnderTest("openai-chat:gpt-4.1-mini", "openai")
OPENAI_RESPONSES = ProviderUnderTest("openai:gpt-4.1-mini", "openai")
OLLAMA = ProviderUnderTest("ollama:functiongemma", "openai")
PROVIDERS = (GEMINI, OPENAI_CHAT, OPENAI_RESPONSES, OLLAMA)

End = tuple[type[LeoError] | None, tuple[CallOutcome, ...]]
"""The error, None where the answer is good, and what the ledger says of each call."""

GIVEN_UP = (CallOutcome.INVALID_OUTPUT,) * 3
"""The question and two repair rounds."""
ENDS: dict[ModelScenario, End] = {
    ModelScenario.OK: (None, (CallOutcome.OK,)),
    ModelScenario.INSTRUCTIONS: (None, (CallOutcome.OK,)),
    ModelScenario.MALFORMED_JSON: (InvalidAnswer, GIVEN_UP),
    ModelScenario.WRONG_SCHEMA: (InvalidAnswer, GIVEN_UP),
    ModelScenario.INJECTED: (InvalidAnswer, GIVEN_UP),
    ModelScenario.UNDECLARED_CALL: (InvalidAnswer, GIVEN_UP),
    ModelScenario.LENGTH: (InvalidAnswer, GIVEN_UP),
    ModelScenario.REFUSAL: (Permanent, (CallOutcome.REFUSED,)),
    ModelScenario.BLOCKED_ANSWER: (Permanent, (CallOutcome.REFUSED,)),
    ModelScenario.BLOCKED_PROMPT: (Permanent, (CallOutcome.REJECTED,)),
    ModelScenario.MALFORMED_BODY: (ModelBusy, (CallOutcome.UNAVAILABLE,)),
    ModelScenario.TRUNCATED: (ModelBusy, (CallOutcome.UNAVAILABLE,)),
    ModelScenario.CLOSE: (ModelBusy, (CallOutcome.UNAVAILABLE,)),
    ModelScenario.SERVER_ERROR: (ModelBusy, (CallOutcome.UNAVAILABLE,)),
    ModelScenario.UNAVAILABLE: (ModelBusy, (CallOutcome.UNAVAILABLE,)),
    ModelScenario.RATE_LIMITED: (ModelBusy, (CallOutcome.RATE_LIMITED,)),
    ModelScenario.RATE_LIMITED_UNTIL: (ModelBusy, (CallOutcome.RATE_LIMITED,)),
    ModelScenario.QUOTA_EXHAUSTED: (Configuration, (CallOutcome.QUOTA_EXHAUSTED,)),
    ModelScenario.INVALID_KEY: (Configuration, (CallOutcome.NOT_AUTHORISED,)),
    ModelScenario.STALL: (ModelBusy, (CallOutcome.TIMED_OUT,)),
}
OTHER_ENDS: dict[tuple[ProviderUnderTest, ModelScenario], End] = {
    # Google blocks a prompt in an answer, OpenAI by an error.
    (GEMINI, ModelScenario.BLOCKED_PROMPT): (Permanent, (CallOutcome.REFUSED,)),
    # An apology in words is an answer that does not fit; only OpenAI's own API has a field for it.
    (GEMINI, ModelScenario.REFUSAL): (InvalidAnswer, GIVEN_UP),
    (OLLAMA, ModelScenario.REFUSAL): (InvalidAnswer, GIVEN_UP),
    # Google sends nothing of a call that grew too long, and nothing cannot be repaired.
    (GEMINI, ModelScenario.LENGTH): (InvalidAnswer, (CallOutcome.INVALID_OUTPUT,)),
}


def end_of(provider: ProviderUnderTest, scenario: ModelScenario) -> End:
    """How a question to the provider has to end in a scenario."""
    return OTHER_ENDS.get((provider, scenario), ENDS[scenario])
