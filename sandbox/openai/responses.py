"""`POST /v1/responses`: what is accepted, and what is answered; without streams and without stored conversations."""

import json
import secrets
import time
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from sandbox.models.intention import Intention, Schemas, tokens
from sandbox.openai.chat import broken
from sandbox.openai.contract import (
    Schema,
    Strict,
    check_function,
    check_model,
    check_range,
    check_response_schema,
    check_temperature,
    read_body,
)
from sandbox.openai.errors import bad_request
from sandbox.scenarios import ModelScenario


class InputText(Strict):
    """A piece of what was said to the model."""

    type: Literal["input_text"]
    text: str


class OutputText(Strict):
    """A piece of what the model said before."""

    type: Literal["output_text"]
    text: str
    annotations: list[JsonValue] = Field(default_factory=list)


class OutputRefusal(Strict):
    """A refusal that the model gave before."""

    type: Literal["refusal"]
    refusal: str


class Message(Strict):
    """One turn in words."""

    type: Literal["message"] = "message"
    id: str | None = None
    status: str | None = None
    role: Literal["user", "system", "developer", "assistant"]
    content: str | list[InputText | OutputText | OutputRefusal]


class FunctionCall(Strict):
    """A call that the model made; `arguments` is JSON as the model wrote it."""

    type: Literal["function_call"]
    id: str | None = None
    status: str | None = None
    call_id: str
    name: str
    arguments: str


class FunctionCallOutput(Strict):
    """The client's answer to a call."""

    type: Literal["function_call_output"]
    id: str | None = None
    status: str | None = None
    call_id: str
    output: str


class Function(Strict):
    """A function that the model may call."""

    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: Schema | None = None
    strict: bool | None = None


class NamedFunction(Strict):
    """The function that has to be called."""

    type: Literal["function"]
    name: str


class PlainFormat(Strict):
    """Text, or any JSON object."""

    type: Literal["text", "json_object"]


class SchemaFormat(Strict):
    """JSON by a schema."""

    type: Literal["json_schema"]
    name: str
    description: str | None = None
    schema_: Annotated[Schema, Field(alias="schema")]
    strict: bool | None = None


class TextSettings(Strict):
    """How the answer's text is made."""

    format: Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class Reasoning(Strict):
    """How much the model thinks."""

    effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


Item = Message | FunctionCall | FunctionCallOutput


class ResponsesRequest(Strict):
    """The body of a response."""

    model: str
    input: str | Annotated[list[Item], Field(min_length=1)]
    instructions: str | None = None
    tools: list[Function] = Field(default_factory=list)
    tool_choice: Literal["none", "auto", "required"] | NamedFunction | None = None
    parallel_tool_calls: bool | None = None
    text: TextSettings | None = None
    reasoning: Reasoning | None = None
    include: list[Literal["reasoning.encrypted_content"]] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    store: bool | None = None
    stream: Literal[False] | None = None
    user: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def items(self) -> list[Item]:
        """The turns."""
        return [Message(role="user", content=self.input)] if isinstance(self.input, str) else self.input

    @property
    def functions(self) -> list[Function]:
        """The functions that may be called now."""
        if self.tool_choice == "none":
            return []
        if isinstance(self.tool_choice, NamedFunction):
            return [function for function in self.tools if function.name == self.tool_choice.name]
        return self.tools

    @property
    def wants_call(self) -> bool:
        """Whether the answer has to be a call."""
        return self.tool_choice == "required" or isinstance(self.tool_choice, NamedFunction)

    @property
    def schema_format(self) -> SchemaFormat | None:
        """The schema that the answer's text has to fit, if one was given."""
        found = self.text.format if self.text is not None else None
        return found if isinstance(found, SchemaFormat) else None

    @property
    def schemas(self) -> Schemas:
        """The schemas that an answer may fit."""
        if self.wants_call:
            return {function.name: function.parameters or {} for function in self.functions}
        return {"": self.schema_format.schema_ if self.schema_format is not None else {}}

    @property
    def first_user_text(self) -> str:
        """What the person asked, without later repairs."""
        asked = next((item.content for item in self.items if isinstance(item, Message) and item.role == "user"), "")
        return (
            asked if isinstance(asked, str) else "\n".join(part.text for part in asked if isinstance(part, InputText))
        )


def read_responses(body: bytes) -> ResponsesRequest:
    """The request, checked.

    Raises:
        Refused: where the real server answers with an error, and where a stream is asked for.
    """
    request = read_body(body, ResponsesRequest)
    check_model(request.model)
    check_temperature(request.model, request.temperature)
    check_range(request.top_p, "top_p", 0, 1)
    if not request.tools and request.tool_choice not in (None, "auto", "none"):
        message = "Tool choice 'required' must be specified with 'tools' parameter."
        raise bad_request(message, "tool_choice")
    for n, function in enumerate(request.tools):
        # Functions of a response are strict unless they say otherwise.
        check_function(function.name, function.parameters, function.strict is not False, f"tools[{n}]")
    if isinstance(request.tool_choice, NamedFunction) and not request.functions:
        raise bad_request(f"Tool choice '{request.tool_choice.name}' not found in 'tools' parameter.", "tool_choice")
    wanted = request.schema_format
    if wanted is not None:
        check_response_schema(wanted.name, wanted.schema_, bool(wanted.strict), "text.format")
    _check_calls(request)
    return request


def _check_calls(request: ResponsesRequest) -> None:
    called = [item.call_id for item in request.items if isinstance(item, FunctionCall)]
    answered = [item.call_id for item in request.items if isinstance(item, FunctionCallOutput)]
    for call_id in called:
        if call_id not in answered:
            raise bad_request(f"No tool output found for function call {call_id}.", "input")
    for call_id in answered:
        if call_id not in called:
            raise bad_request(f"No tool call found for function call output with call_id {call_id}.", "input")


def response(request: ResponsesRequest, intention: Intention, scenario: ModelScenario) -> dict[str, Any]:
    """The response, in OpenAI's JSON."""
    status, incomplete = "completed", None
    output: list[dict[str, Any]]
    if scenario is ModelScenario.BLOCKED_ANSWER:
        status, incomplete, output = "incomplete", {"reason": "content_filter"}, []
    elif intention.calls:
        output = [
            {
                "type": "function_call",
                "id": f"fc_{secrets.token_hex(12)}",
                "call_id": f"call_{secrets.token_hex(12)}",
                "name": call.name,
                "arguments": broken(json.dumps(call.arguments, ensure_ascii=False), scenario),
                "status": "incomplete" if scenario is ModelScenario.LENGTH else "completed",
            }
            for call in intention.calls
        ]
    else:
        words = broken(intention.words or "", scenario)
        said = {"type": "output_text", "text": words, "annotations": [], "logprobs": []}
        refused = {"type": "refusal", "refusal": words}
        message = {"type": "message", "id": f"msg_{secrets.token_hex(12)}", "role": "assistant", "status": "completed"}
        output = [message | {"content": [refused if intention.refuses else said]}]
    if scenario is ModelScenario.LENGTH:
        status, incomplete = "incomplete", {"reason": "max_output_tokens"}
    asked = tokens(request.model_dump_json(exclude_none=True))
    produced = tokens(json.dumps(output))
    return {
        "id": f"resp_{secrets.token_hex(12)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": incomplete,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "model": request.model,
        "output": output,
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": request.store is not False,
        "temperature": request.temperature,
        "text": {"format": {"type": "text"}},
        "tool_choice": request.model_dump(exclude_none=True).get("tool_choice", "auto"),
        "tools": [],
        "top_p": request.top_p,
        "truncation": request.truncation or "disabled",
        "usage": {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": produced,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + produced,
        },
        "user": request.user,
        "metadata": request.metadata or {},
    }
