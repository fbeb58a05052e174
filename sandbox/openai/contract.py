"""What both of OpenAI's APIs have in common: names, schemas of functions, and how a wrong field is answered.

Written after https://platform.openai.com/docs/api-reference (chat, responses, models), /docs/guides/structured-outputs
(supported schemas) and /docs/guides/error-codes. A name that is not known is an error, as it is at OpenAI; pieces for
images, audio and files are not offered here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from sandbox.openai.errors import ErrorAnswer, Refused, bad_request

FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DEFINITION = "#/$defs/"
MODELS = ("gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini", "functiongemma", "qwen3:4b", "llama3.2")
ROLES = ("system", "developer", "user", "assistant", "tool")
REASONING = re.compile(r"(gpt-5|o[1-9])")
"""Models that think first: they take no temperature but 1 and no `max_tokens`."""

JSON_TYPES: Mapping[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
}
EXPECTED = {
    "float_type": "a decimal",
    "int_type": "an integer",
    "string_type": "a string",
    "list_type": "an array",
    "model_attributes_type": "an object",
    "model_type": "an object",
    "dict_type": "an object",
    "bool_type": "a boolean",
}

BodyT = TypeVar("BodyT", bound=BaseModel)
Schema = dict[str, JsonValue]


class Strict(BaseModel):
    """A part of a request: what is not written here is refused, and no text is taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def read_body(body: bytes, kind: type[BodyT]) -> BodyT:
    """The request's body.

    Raises:
        Refused: it is no JSON, or a field is missing, unknown or wrong.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _as_openai_says(error) from error


def check_model(name: str) -> None:
    """Raises Refused where there is no such model."""
    if name not in MODELS:
        message = f"The model `{name}` does not exist or you do not have access to it."
        raise Refused(ErrorAnswer(404, message, code="model_not_found"))


def check_range(value: float | None, param: str, lowest: float, highest: float) -> None:
    """Raises Refused where a number is outside its bounds."""
    if value is None:
        return
    if value > highest:
        said, bound, code = "above maximum value", f"<= {highest:g}", "decimal_above_max_value"
    elif value < lowest:
        said, bound, code = "below minimum value", f">= {lowest:g}", "decimal_below_min_value"
    else:
        return
    message = f"Invalid '{param}': decimal {said}. Expected a value {bound}, but got {value:g} instead."
    raise bad_request(message, param, code)


def check_temperature(model: str, temperature: float | None) -> None:
    """Raises Refused where the model does not take this temperature."""
    check_range(temperature, "temperature", 0, 2)
    if REASONING.match(model) and temperature not in (None, 1):
        message = (
            f"Unsupported value: 'temperature' does not support {temperature:g} with this model. Only the default (1) "
            "value is supported."
        )
        raise bad_request(message, "temperature", "unsupported_value")


def check_function(name: str, schema: Schema | None, strict: bool, where: str) -> None:
    """Raises Refused where a function's name or the schema of its parameters is not accepted."""
    if not FUNCTION_NAME.fullmatch(name):
        message = (
            f"Invalid '{where}.name': string does not match pattern. Expected a string that matches the pattern "
            "'^[a-zA-Z0-9_-]+$'."
        )
        raise bad_request(message, f"{where}.name", "invalid_value")
    if schema is not None:
        _check_schema(schema, strict, f"function '{name}'", f"{where}.parameters", "invalid_function_parameters")


def check_response_schema(name: str, schema: Schema | None, strict: bool, where: str) -> None:
    """Raises Refused where the schema of an answer's text is not accepted."""
    if not FUNCTION_NAME.fullmatch(name):
        raise bad_request(f"Invalid '{where}.name': string does not match pattern.", f"{where}.name", "invalid_value")
    if schema is not None:
        _check_schema(schema, strict, f"response_format '{name}'", where, None)


def _check_schema(schema: Schema, strict: bool, of: str, param: str, code: str | None) -> None:
    def refuse(context: str, problem: str) -> Refused:
        return bad_request(f"Invalid schema for {of}: In context={context}, {problem}", param, code)

    if schema.get("type") != "object":
        found = schema.get("type", "None")
        raise refuse("()", f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'.")
    definitions = schema.get("$defs", {})
    names = definitions if isinstance(definitions, dict) else {}
    for context, node in _nodes(schema, ()):
        at = "(" + ", ".join(f"'{step}'" for step in context) + ")"
        reference = node.get("$ref")
        if isinstance(reference, str) and reference != "#" and reference.removeprefix(DEFINITION) not in names:
            raise refuse(
                at, f"reference can only point to definitions defined at the top level of the schema: {reference}"
            )
        if not strict or node.get("type") != "object":
            continue
        if node.get("additionalProperties") is not False:
            raise refuse(at, "'additionalProperties' is required to be supplied and to be false.")
        properties = node.get("properties", {})
        required = node.get("required", [])
        missing = [name for name in properties if name not in required] if isinstance(properties, dict) else []
        if missing:
            raise refuse(
                at,
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{missing[0]}'.",
            )


def _nodes(node: Any, context: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Each schema inside a schema, with the way to it; what stands in `enum`, `const` and `default` is no schema."""
    if not isinstance(node, dict):
        return
    yield context, node
    for key in ("properties", "$defs"):
        for name, inner in node.get(key, {}).items():
            yield from _nodes(inner, (*context, key, name))
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for n, inner in enumerate(node.get(key, [])):
            yield from _nodes(inner, (*context, key, str(n)))
    for key in ("items", "not", "additionalProperties"):
        yield from _nodes(node.get(key), (*context, key))


def _as_openai_says(error: ValidationError) -> Refused:
    """One problem in OpenAI's words; of a union's branches, that of the branch that came furthest."""
    problems = error.errors(include_url=False, include_context=False)
    problem = max(problems, key=lambda one: (not one["type"].endswith("_type"), len(one["loc"])))
    param = _path(problem["loc"])
    match problem["type"]:
        case "json_invalid":
            return bad_request(
                "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
                "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
            )
        case "extra_forbidden":
            return bad_request(f"Unknown parameter: '{param}'.", param, "unknown_parameter")
        case "missing":
            return bad_request(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")
        case "too_short":
            message = (
                f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array."
            )
            return bad_request(message, param, "empty_array")
        case kind if kind.endswith("_type"):
            wanted, got = EXPECTED.get(kind, kind.removesuffix("_type")), JSON_TYPES.get(type(problem["input"]), "null")
            message = f"Invalid type for '{param}': expected {wanted}, but got {got} instead."
            return bad_request(message, param, "invalid_type")
    return bad_request(f"Invalid value for '{param}': {problem['msg']}.", param, "invalid_value")


def _path(location: tuple[int | str, ...]) -> str:
    """A field's path as OpenAI writes it: without the branches of unions, which pydantic names between the fields."""
    path, before = "", None
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not _is_branch(step, before):
            path += f".{step}" if path else step
        before = step
    return path


def _is_branch(step: str, before: int | str | None) -> bool:
    tagged = isinstance(before, int) and step in ROLES
    return tagged or before in ("response_format", "format") or step == "str" or not step.islower() or "[" in step
