"""What Google's `models.generateContent` accepts, checked as the real server checks it.

Sources: https://ai.google.dev/api/generate-content, /api/caching#Content and
/gemini-api/docs/function-calling (read 2026-11), and the limits of `responseJsonSchema` as the google-genai
SDK documents them. Field names come in both spellings (camelCase and the proto's snake_case), because
protobuf's JSON mapping takes both and the SDK mixes them. A name that is not known is an error, as it is at
Google. Parts for files, images and code are not offered here.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
MODEL_NAME = re.compile(r"(gemini|gemma)-[a-z0-9.-]+")
MIME_TYPES = ("text/plain", "application/json", "application/xml", "application/yaml", "text/x.enum")
DEFINITION = "#/$defs/"


class InvalidArgument(Exception):
    """Google's 400 INVALID_ARGUMENT; `violations` maps a field's path to what is wrong with it."""

    def __init__(self, message: str, violations: dict[str, str] | None = None) -> None:
        """Keep the message as Google words it."""
        super().__init__(message)
        self.message = message
        self.violations = violations or {}


class ProtoJson(BaseModel):
    """A protobuf message in its JSON mapping."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class FunctionCall(ProtoJson):
    """A call that the model made."""

    id: str | None = None
    name: str
    args: dict[str, JsonValue] | None = None


class FunctionResponse(ProtoJson):
    """The client's answer to a call."""

    id: str | None = None
    name: str
    response: dict[str, JsonValue]
    will_continue: bool | None = None
    scheduling: str | None = None


class Part(ProtoJson):
    """One piece of a turn; exactly one of text, functionCall and functionResponse is set."""

    text: str | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    thought: bool | None = None
    thought_signature: str | None = None


class Content(ProtoJson):
    """One turn."""

    role: str | None = None
    parts: list[Part] = []


class FunctionDeclaration(ProtoJson):
    """A function that the model may call."""

    name: str
    description: str = ""
    behavior: str | None = None
    parameters: dict[str, JsonValue] | None = None
    parameters_json_schema: dict[str, JsonValue] | None = None
    response: dict[str, JsonValue] | None = None
    response_json_schema: dict[str, JsonValue] | None = None

    @property
    def schema_of_parameters(self) -> dict[str, Any]:
        """The schema, whichever field it came in."""
        return self.parameters_json_schema or self.parameters or {}


class Tool(ProtoJson):
    """A set of functions."""

    function_declarations: list[FunctionDeclaration] = []


class CallingMode(StrEnum):
    """When the model calls functions."""

    AUTO = "AUTO"
    ANY = "ANY"
    NONE = "NONE"
    VALIDATED = "VALIDATED"


class FunctionCallingConfig(ProtoJson):
    """How the model calls functions."""

    mode: CallingMode = CallingMode.AUTO
    allowed_function_names: list[str] = []


class ToolConfig(ProtoJson):
    """Settings over all tools."""

    function_calling_config: FunctionCallingConfig = FunctionCallingConfig()


class ThinkingConfig(ProtoJson):
    """How much the model may think."""

    include_thoughts: bool | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None


class GenerationConfig(ProtoJson):
    """How the answer is made."""

    candidate_count: Annotated[int, Field(ge=1, le=8)] | None = None
    stop_sequences: Annotated[list[str], Field(max_length=5)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    response_mime_type: str | None = None
    response_schema: dict[str, JsonValue] | None = None
    response_json_schema: dict[str, JsonValue] | None = None
    response_modalities: list[str] | None = None
    thinking_config: ThinkingConfig | None = None


class SafetySetting(ProtoJson):
    """A threshold of one harm category."""

    category: str
    threshold: str


class GenerateContentRequest(ProtoJson):
    """The body of generateContent and streamGenerateContent."""

    model: str | None = None
    contents: list[Content] = []
    system_instruction: Content | None = None
    tools: list[Tool] = []
    tool_config: ToolConfig = ToolConfig()
    safety_settings: list[SafetySetting] = []
    generation_config: GenerationConfig = GenerationConfig()

    @property
    def functions(self) -> list[FunctionDeclaration]:
        """All declared functions."""
        return [function for tool in self.tools for function in tool.function_declarations]

    @property
    def callable_functions(self) -> list[FunctionDeclaration]:
        """The functions that may be called now: all declared, or those that the call's settings allow."""
        allowed = self.tool_config.function_calling_config.allowed_function_names
        return [function for function in self.functions if not allowed or function.name in allowed]

    @property
    def wants_call(self) -> bool:
        """Whether the answer has to be a function call."""
        return self.tool_config.function_calling_config.mode is CallingMode.ANY

    @property
    def response_schema(self) -> dict[str, Any] | None:
        """The schema that the answer's JSON text has to fit, or None where text was asked for."""
        return self.generation_config.response_json_schema or self.generation_config.response_schema

    @property
    def first_user_text(self) -> str:
        """What the person asked: the text of the first turn, without later repairs."""
        return "\n".join(part.text for part in self.contents[0].parts if part.text)


def read_request(body: bytes) -> GenerateContentRequest:
    """The request, checked.

    Raises:
        InvalidArgument: where the real server answers 400.
    """
    try:
        request = GenerateContentRequest.model_validate_json(body)
    except ValidationError as error:
        raise _as_google_says(error) from error
    _check_contents(request)
    _check_functions(request)
    _check_generation(request)
    return request


def _check_contents(request: GenerateContentRequest) -> None:
    if not request.contents:
        raise InvalidArgument("* GenerateContentRequest.contents: contents is not specified\n")
    calls_waiting = 0
    for n, content in enumerate(request.contents):
        if content.role not in (None, "user", "model", "function"):
            raise InvalidArgument("Please use a valid role: user, model.")
        _check_parts(content.parts, f"contents[{n}]")
        answers = sum(part.function_response is not None for part in content.parts)
        if answers != calls_waiting:
            raise InvalidArgument(
                "Please ensure that the number of function response parts is equal to the number of function "
                "call parts of the function call turn."
            )
        calls = sum(part.function_call is not None for part in content.parts)
        if calls and (n == 0 or request.contents[n - 1].role == "model"):
            raise InvalidArgument(
                "Please ensure that function call turn comes immediately after a user turn or after a "
                "function response turn."
            )
        calls_waiting = calls
    if request.system_instruction is not None:
        _check_parts(request.system_instruction.parts, "system_instruction")


def _check_parts(parts: list[Part], where: str) -> None:
    if not parts:
        raise InvalidArgument(f"* GenerateContentRequest.{where}.parts: {where}.parts must not be empty.\n")
    for n, part in enumerate(parts):
        data = [part.text, part.function_call, part.function_response]
        if sum(value is not None for value in data) != 1:
            raise InvalidArgument(
                f"* GenerateContentRequest.{where}.parts[{n}].data: required oneof field 'data' must have "
                "one initialized field\n"
            )
        for named in (part.function_call, part.function_response):
            if named is not None and not named.name:
                raise InvalidArgument(f"* GenerateContentRequest.{where}.parts[{n}]: Name cannot be empty.\n")


def _check_functions(request: GenerateContentRequest) -> None:
    names = [function.name for function in request.functions]
    for n, function in enumerate(request.functions):
        where = f"GenerateContentRequest.tools[0].function_declarations[{n}]"
        if not FUNCTION_NAME.fullmatch(function.name):
            raise InvalidArgument(
                f"* {where}.name: Invalid function name. Must start with a letter or an underscore. Must be "
                "alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a "
                "maximum length of 128.\n"
            )
        if function.parameters is not None and function.parameters_json_schema is not None:
            raise InvalidArgument(f"* {where}: parameters and parameters_json_schema are mutually exclusive.\n")
        schema = function.schema_of_parameters
        if schema and schema.get("type") not in ("object", "OBJECT"):
            raise InvalidArgument(f"* {where}.parameters: the schema must describe an object.\n")
        _check_references(schema, f"{where}.parameters")
    if len(set(names)) != len(names):
        raise InvalidArgument("Duplicate function declaration found: names must be unique.")
    calling = request.tool_config.function_calling_config
    if not names and calling.mode is CallingMode.ANY:
        raise InvalidArgument("Function calling config is set without function_declarations.")
    if set(calling.allowed_function_names) - set(names):
        raise InvalidArgument("Allowed function names must be a subset of the declared functions.")
    if calling.allowed_function_names and calling.mode not in (CallingMode.ANY, CallingMode.VALIDATED):
        raise InvalidArgument("Allowed function names can only be set when the function calling mode is ANY.")


def _check_generation(request: GenerateContentRequest) -> None:
    config = request.generation_config
    if config.response_mime_type is not None and config.response_mime_type not in MIME_TYPES:
        raise InvalidArgument(
            "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are "
            "`text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.\n"
        )
    if config.response_schema is not None and config.response_json_schema is not None:
        raise InvalidArgument("response_schema and response_json_schema are mutually exclusive.")
    if request.response_schema is None:
        return
    if config.response_mime_type != "application/json":
        raise InvalidArgument("response_schema needs the response_mime_type application/json.")
    if request.functions:
        raise InvalidArgument("Function calling with a response mime type: 'application/json' is unsupported")
    where = "GenerateContentRequest.generation_config.response_json_schema"
    _check_references(request.response_schema, where)
    _check_lone_references(request.response_schema, where)
    _check_cycles(request.response_schema, where)


def _check_references(schema: dict[str, Any], where: str) -> None:
    definitions = schema.get("$defs", {})
    for node in _nodes(schema):
        reference = node.get("$ref")
        if reference is not None and str(reference).removeprefix(DEFINITION) not in definitions:
            raise InvalidArgument(f"* {where}: the reference '{reference}' is not defined.\n")


def _check_lone_references(schema: dict[str, Any], where: str) -> None:
    for node in _nodes(schema):
        if "$ref" in node and any(not key.startswith("$") for key in node):
            raise InvalidArgument(f"* {where}: next to $ref only keys that begin with $ may stand.\n")


def _check_cycles(schema: dict[str, Any], where: str) -> None:
    """Refuse a type that needs itself: Google unrolls a cycle only through properties that may be left
    out."""
    definitions: dict[str, Any] = schema.get("$defs", {})
    needs = {name: set(_needed(definition)) for name, definition in definitions.items()}
    for name in definitions:
        reached: set[str] = set()
        waiting = set(needs[name])
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting |= needs.get(other, set())
        if name in reached:
            raise InvalidArgument(f"* {where}: '{name}' contains itself in a required property.\n")


def _needed(node: Any) -> Iterator[str]:
    """The definitions that an instance of this schema cannot do without."""
    if isinstance(node, list):
        for item in node:
            yield from _needed(item)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield node["$ref"].removeprefix(DEFINITION)
    required = node.get("required", [])
    for name, value in node.get("properties", {}).items():
        if name in required:
            yield from _needed(value)
    for key in ("items", "anyOf", "oneOf", "prefixItems"):
        yield from _needed(node.get(key))


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from _nodes(item)


def _as_google_says(error: ValidationError) -> InvalidArgument:
    violations: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        path = _path(problem["loc"])
        if problem["type"] == "extra_forbidden":
            parent = _path(problem["loc"][:-1])
            at = f" at '{parent}'" if parent else ""
            name = problem["loc"][-1]
            violations[parent] = f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'
        elif problem["type"] == "json_invalid":
            violations[path] = f"Invalid JSON payload received. {problem['msg']}"
        else:
            violations[path] = f"Invalid value at '{path}': {problem['msg']}"
    return InvalidArgument("\n".join(violations.values()), violations)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", step).lower()
            path += f".{snake}" if path else snake
    return path
