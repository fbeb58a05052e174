"""A model that gives the answer it is told to, and a ledger in memory that may have a budget."""

from dataclasses import dataclass, field

from pydantic import BaseModel
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, UserPromptPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from leo_activation.llm.budget import OverBudget
from leo_activation.llm.calls import CallEnd, SentCall


@dataclass
class Ledger:
    """Keeps the calls; with `refusal` it has no budget left."""

    refusal: OverBudget | None = None
    calls: list[SentCall] = field(default_factory=list)

    def begin(self, call: SentCall) -> int:
        """Keep the call, or refuse it."""
        if self.refusal is not None:
            raise self.refusal
        self.calls.append(call)
        return len(self.calls)

    def end(self, call_id: int, end: CallEnd) -> None:
        """A call that was begun has ended."""
        assert 0 < call_id <= len(self.calls)


class Answering:
    """Gives one answer to everything and keeps what it was sent."""

    def __init__(self, answer: BaseModel | str | Exception) -> None:
        """The answer: a valid one, plain words that fit no type, or a failure."""
        self.answer = answer
        self.sent: list[str] = []
        self.told: list[str] = []

    def __call__(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        """Answer as a provider would: by a call of the output's function."""
        for message in messages:
            if isinstance(message, ModelRequest):
                self.sent += [str(part.content) for part in message.parts if isinstance(part, UserPromptPart)]
        self.told.append(info.instructions or "")
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, str):
            return ModelResponse(parts=[TextPart(self.answer)])
        name = type(self.answer).__name__
        tool = next((tool for tool in info.output_tools if name in tool.name), info.output_tools[0])
        return ModelResponse(parts=[ToolCallPart(tool.name, self.answer.model_dump(mode="json"))])

    @property
    def model(self) -> FunctionModel:
        """As the package takes it."""
        return FunctionModel(self)

    def section(self, head: str) -> str:
        """The body of a section of the last question."""
        parts = self.sent[-1].split("\n\n")
        return next(part.partition("\n")[2] for part in parts if part.partition("\n")[0] == head)
