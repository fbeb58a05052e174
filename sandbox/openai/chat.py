"""`POST /v1/chat/completions`: what is accepted, and what is answered."""

import json
import secrets
import time
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from sandbox.models.intention import Call, Intention, Schemas, tokens
from sandbox.openai.contract import (
    REASONING,
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

PIECE = 24
"""Characters of one event of a stream."""


class TextPart(Strict):
    """A piece of text in a message."""

    type: Literal["text"]
    text: str


class RefusalPart(Strict):
    """A refusal that the model gave before."""

    type: Literal["refusal"]
    refusal: str


class CalledFunction(Strict):
    """What was called; `arguments` is JSON as the model wrote it."""

    name: str
    arguments: str


class ToolCall(Strict):
    """A call that the model made."""

    id: str
    type: Literal["function"]
    function: CalledFunction


class Instruction(Strict):
    """What the program says."""

    role: Literal["system", "developer"]
    content: str | list[TextPart]
    name: str | None = None


class UserMessage(Strict):
    """What the person says."""

    role: Literal["user"]
    content: str | list[TextPart]
    name: str | None = None


class AssistantMessage(Strict):
    """What the model said before."""

    role: Literal["assistant"]
    content: str | list[TextPart | RefusalPart] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: Annotated[list[ToolCall], Field(min_length=1)] | None = None


class ToolMessage(Strict):
    """The client's answer to a call."""

    role: Literal["tool"]
    content: str | list[TextPart]
    tool_call_id: str


Message = Annotated[Instruction | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")]


class Function(Strict):
    """A function that the model may call."""

    name: str
    description: str | None = None
    parameters: Schema | None = None
    strict: bool | None = None


class Tool(Strict):
    """A function, wrapped."""

    type: Literal["function"]
    function: Function


class NamedFunction(Strict):
    """Which function to call."""

    name: str


class NamedTool(Strict):
    """The function that has to be called."""

    type: Literal["function"]
    function: NamedFunction


class PlainFormat(Strict):
    """Text, or any JSON object."""

    type: Literal["text", "json_object"]


class JsonSchema(Strict):
    """The schema of the answer's text."""

    name: str
    description: str | None = None
    schema_: Annotated[Schema | None, Field(alias="schema")] = None
    strict: bool | None = None


class SchemaFormat(Strict):
    """JSON by a schema."""

    type: Literal["json_schema"]
    json_schema: JsonSchema


class StreamOptions(Strict):
    """What a stream tells beside the answer."""

    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(Strict):
    """The body of a chat completion."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    tools: Annotated[list[Tool], Field(min_length=1)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    response_format: Annotated[PlainFormat | SchemaFormat, Field(discriminator="type")] | None = None
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    n: Literal[1] | None = None
    seed: int | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    logit_bias: dict[str, JsonValue] | None = None

    @property
    def functions(self) -> list[Function]:
        """The functions that may be called now."""
        if self.tool_choice == "none":
            return []
        declared = [tool.function for tool in self.tools or []]
        if isinstance(self.tool_choice, NamedTool):
            return [function for function in declared if function.name == self.tool_choice.function.name]
        return declared

    @property
    def wants_call(self) -> bool:
        """Whether the answer has to be a call."""
        return self.tool_choice == "required" or isinstance(self.tool_choice, NamedTool)

    @property
    def schemas(self) -> Schemas:
        """The schemas that an answer may fit."""
        if self.wants_call:
            return {function.name: function.parameters or {} for function in self.functions}
        if isinstance(self.response_format, SchemaFormat):
            return {"": self.response_format.json_schema.schema_ or {}}
        return {"": {}}

    @property
    def has_refusals(self) -> bool:
        """Whether a refusal has a field of its own: where the answer is held to a schema."""
        return isinstance(self.response_format, SchemaFormat) or any(function.strict for function in self.functions)

    @property
    def first_user_text(self) -> str:
        """What the person asked, without later repairs."""
        asked = next((message.content for message in self.messages if isinstance(message, UserMessage)), "")
        return asked if isinstance(asked, str) else "\n".join(part.text for part in asked)


def read_chat(body: bytes) -> ChatRequest:
    """The request, checked.

    Raises:
        Refused: where the real server answers with an error.
    """
    request = read_body(body, ChatRequest)
    check_model(request.model)
    check_temperature(request.model, request.temperature)
    check_range(request.top_p, "top_p", 0, 1)
    check_range(request.presence_penalty, "presence_penalty", -2, 2)
    check_range(request.frequency_penalty, "frequency_penalty", -2, 2)
    if REASONING.match(request.model) and request.max_tokens is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise bad_request(message, "max_tokens", "unsupported_parameter")
    if request.stream_options is not None and not request.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise bad_request(message, "stream_options")
    _check_tools(request)
    _check_turns(request)
    if isinstance(request.response_format, SchemaFormat):
        wanted = request.response_format.json_schema
        check_response_schema(wanted.name, wanted.schema_, bool(wanted.strict), "response_format.json_schema")
    return request


def _check_tools(request: ChatRequest) -> None:
    if request.tools is None:
        if request.tool_choice is not None:
            message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
            raise bad_request(message, "tool_choice")
        if request.parallel_tool_calls is not None:
            message = "Invalid value for 'parallel_tool_calls': it is only allowed when 'tools' are specified."
            raise bad_request(message, "parallel_tool_calls")
        return
    for n, tool in enumerate(request.tools):
        where = f"tools[{n}].function"
        check_function(tool.function.name, tool.function.parameters, bool(tool.function.strict), where)
    names = {tool.function.name for tool in request.tools}
    if isinstance(request.tool_choice, NamedTool) and request.tool_choice.function.name not in names:
        name = request.tool_choice.function.name
        message = f"Tool choice 'function' with name '{name}' not found in 'tools' parameter."
        raise bad_request(message, "tool_choice")


def _check_turns(request: ChatRequest) -> None:
    waiting: list[str] = []
    for n, message in enumerate(request.messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                text = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
                raise bad_request(f"Invalid parameter: {text}", f"messages[{n}].role")
            waiting.remove(message.tool_call_id)
            continue
        if waiting:
            raise _unanswered(waiting, n)
        if isinstance(message, AssistantMessage):
            if message.content is None and message.tool_calls is None and message.refusal is None:
                text = f"Invalid value for 'content': expected a string, got null. (messages[{n}])"
                raise bad_request(text, f"messages[{n}].content")
            waiting = [call.id for call in message.tool_calls or []]
    if waiting:
        raise _unanswered(waiting, len(request.messages))


def _unanswered(waiting: list[str], n: int) -> Exception:
    return bad_request(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(waiting)}",
        f"messages[{n}].role",
    )


def completion(request: ChatRequest, intention: Intention, scenario: ModelScenario) -> dict[str, Any]:
    """The completion, in OpenAI's JSON."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    reason = "stop"
    if scenario is ModelScenario.BLOCKED_ANSWER:
        reason, message["content"] = "content_filter", ""
    elif intention.refuses and request.has_refusals:
        message["refusal"] = intention.words
    elif intention.calls:
        reason = "tool_calls"
        message["tool_calls"] = [_call(call, scenario) for call in intention.calls]
    else:
        message["content"] = broken(intention.words or "", scenario)
    if scenario is ModelScenario.LENGTH:
        reason = "length"
    asked = tokens(request.model_dump_json(exclude_none=True))
    produced = tokens(json.dumps(message))
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": produced,
            "total_tokens": asked + produced,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_standin",
    }


def broken(text: str, scenario: ModelScenario) -> str:
    """The JSON that a model writes, or what the scenario leaves of it."""
    match scenario:
        case ModelScenario.MALFORMED_JSON:
            return text[:-1]
        case ModelScenario.LENGTH:
            return text[: len(text) // 2]
    return text


def _call(call: Call, scenario: ModelScenario) -> dict[str, Any]:
    arguments = broken(json.dumps(call.arguments, ensure_ascii=False), scenario)
    return {
        "id": f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def events(request: ChatRequest, whole: dict[str, Any]) -> list[str]:
    """A completion as the server-sent events that a stream sends it in."""
    (choice,) = whole["choices"]
    shared = {key: whole[key] for key in ("id", "created", "model", "service_tier", "system_fingerprint")}
    shared["object"] = "chat.completion.chunk"
    pieces = [{"delta": delta, "finish_reason": None} for delta in _deltas(choice["message"])]
    pieces.append({"delta": {}, "finish_reason": choice["finish_reason"]})
    chunks = [shared | {"choices": [{"index": 0, "logprobs": None, **piece}]} for piece in pieces]
    if request.stream_options is not None and request.stream_options.include_usage:
        chunks = [chunk | {"usage": None} for chunk in chunks]
        chunks.append(shared | {"choices": [], "usage": whole["usage"]})
    return [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None if message.get("tool_calls") else "", "refusal": None}
    for kind in ("content", "refusal"):
        for piece in _pieces(message[kind] or ""):
            yield {kind: piece}
    for n, call in enumerate(message.get("tool_calls", [])):
        begun = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{"index": n, "id": call["id"], "type": "function", "function": begun}]}
        for piece in _pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": n, "function": {"arguments": piece}}]}


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE]
