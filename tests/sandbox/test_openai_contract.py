"""The stand-in for OpenAI's API refuses what OpenAI's refuses, in OpenAI's words."""

from typing import Any

import httpx
import pytest

from sandbox.process import SandboxProcess

MODEL = "gpt-4.1-mini"
THINKER = "gpt-5-mini"
USER = {"role": "user", "content": "red socks"}
CALLED = {"id": "call_1", "type": "function", "function": {"name": "final_result", "arguments": "{}"}}
CALL = {"role": "assistant", "tool_calls": [CALLED]}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "does not fit"}
LOOSE: dict[str, Any] = {"type": "object", "properties": {"color": {"type": "string"}}}
EXACT: dict[str, Any] = LOOSE | {"required": ["color"], "additionalProperties": False}


def function(schema: dict[str, Any] = EXACT, name: str = "final_result", **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema, **more}}


def chat(**more: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [USER], **more}


def with_format(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return chat(response_format={"type": "json_schema", "json_schema": {"name": "choice", "schema": schema, **more}})


def response(**more: Any) -> dict[str, Any]:
    return {"model": MODEL, "input": [USER], **more}


def flat(schema: dict[str, Any] = EXACT, **more: Any) -> dict[str, Any]:
    return {"type": "function", "name": "final_result", "parameters": schema, **more}


def ask(sandbox: SandboxProcess, path: str, body: object, *, key: str | None = "Bearer a-key") -> httpx.Response:
    headers = {} if key is None else {"Authorization": key}
    if isinstance(body, bytes):
        return httpx.post(f"{sandbox.openai_url}/{path}", content=body, headers=headers, timeout=10)
    return httpx.post(f"{sandbox.openai_url}/{path}", json=body, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("body", "param", "code", "words"),
    [
        (b"{", None, None, "could not parse the JSON body"),
        ({"messages": [USER]}, "model", "missing_required_parameter", "Missing required parameter: 'model'."),
        ({"model": MODEL}, "messages", "missing_required_parameter", "Missing required parameter: 'messages'."),
        (chat(messages=[]), "messages", "empty_array", "empty array"),
        (chat(surprise=1), "surprise", "unknown_parameter", "Unknown parameter: 'surprise'."),
        (chat(temperature="hot"), "temperature", "invalid_type", "expected a decimal, but got a string instead"),
        (chat(temperature=3), "temperature", "decimal_above_max_value", "<= 2"),
        (chat(top_p=-1), "top_p", "decimal_below_min_value", ">= 0"),
        (chat(max_tokens=0), "max_tokens", "invalid_value", "max_tokens"),
        (chat(messages=[{"role": "narrator", "content": "x"}]), "messages[0]", "invalid_value", "messages[0]"),
        (chat(messages=[USER | {"txt": 1}]), "messages[0].txt", "unknown_parameter", "txt"),
        (chat(messages=[{"role": "assistant"}]), "messages[0].content", None, "expected a string, got null"),
        (chat(messages=[ANSWER]), "messages[0].role", None, "must be a response to a preceeding message"),
        (chat(messages=[USER, CALL, USER]), "messages[2].role", None, "did not have response messages: call_1"),
        (chat(messages=[USER, CALL]), "messages[2].role", None, "did not have response messages: call_1"),
        (chat(tool_choice="required"), "tool_choice", None, "only allowed when 'tools' are specified"),
        (chat(parallel_tool_calls=False), "parallel_tool_calls", None, "only allowed when 'tools' are specified"),
        (chat(tools=[]), "tools", "empty_array", "empty array"),
        (chat(tools=[function(name="final result")]), "tools[0].function.name", "invalid_value", "matches the pattern"),
        (
            chat(tools=[function()], tool_choice={"type": "function", "function": {"name": "other"}}),
            "tool_choice",
            None,
            "'other' not found in 'tools'",
        ),
        (
            chat(tools=[function({"type": "array"})]),
            "tools[0].function.parameters",
            "invalid_function_parameters",
            "got 'type: \"array\"'",
        ),
        (
            chat(tools=[function(LOOSE | {"required": ["color"]}, strict=True)]),
            "tools[0].function.parameters",
            "invalid_function_parameters",
            "'additionalProperties' is required to be supplied and to be false",
        ),
        (
            chat(tools=[function(LOOSE | {"additionalProperties": False}, strict=True)]),
            "tools[0].function.parameters",
            "invalid_function_parameters",
            "Missing 'color'",
        ),
        (
            chat(tools=[function(EXACT | {"properties": {"color": {"$ref": "#/$defs/Color"}}})]),
            "tools[0].function.parameters",
            "invalid_function_parameters",
            "definitions defined at the top level",
        ),
        (with_format(LOOSE, strict=True), "response_format.json_schema", None, "additionalProperties"),
        (chat(stream_options={"include_usage": True}), "stream_options", None, "only allowed when 'stream'"),
        (chat(model=THINKER, max_tokens=5), "max_tokens", "unsupported_parameter", "'max_completion_tokens' instead"),
        (chat(model=THINKER, temperature=0), "temperature", "unsupported_value", "Only the default (1)"),
    ],
)
def test_a_chat_that_openai_refuses_is_refused(
    sandbox: SandboxProcess, body: object, param: str | None, code: str | None, words: str
) -> None:
    refused = ask(sandbox, "chat/completions", body)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"], error["param"], error["code"]) == (
        400,
        "invalid_request_error",
        param,
        code,
    )
    assert words in error["message"]
    assert sandbox.journal() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": MODEL}, "Missing required parameter: 'input'."),
        (response(input=[]), "Invalid 'input': empty array"),
        (response(input=[USER | {"txt": 1}]), "input[0]"),
        (response(surprise=1), "Unknown parameter: 'surprise'."),
        (response(max_output_tokens=5), "max_output_tokens"),
        (response(stream=True), "stream"),
        (response(previous_response_id="resp_1"), "Unknown parameter: 'previous_response_id'."),
        (response(tool_choice="required"), "must be specified with 'tools'"),
        (response(tools=[flat()], tool_choice={"type": "function", "name": "other"}), "'other' not found in 'tools'"),
        (response(tools=[flat(LOOSE)]), "'additionalProperties' is required"),
        (
            response(input=[USER, {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}]),
            "No tool output found for function call c1.",
        ),
        (
            response(input=[USER, {"type": "function_call_output", "call_id": "c1", "output": "x"}]),
            "No tool call found for function call output with call_id c1.",
        ),
        (
            response(text={"format": {"type": "json_schema", "name": "choice", "schema": LOOSE, "strict": True}}),
            "additionalProperties",
        ),
    ],
)
def test_a_response_that_openai_refuses_is_refused(sandbox: SandboxProcess, body: object, words: str) -> None:
    refused = ask(sandbox, "responses", body)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"]) == (400, "invalid_request_error")
    assert words in error["message"]
    assert sandbox.journal() == []


@pytest.mark.parametrize("key", [None, "Bearer", "Basic YTpi", "a-key"])
@pytest.mark.parametrize(("path", "body"), [("chat/completions", chat()), ("responses", response())])
def test_a_call_without_a_bearer_key_is_not_answered(
    sandbox: SandboxProcess, path: str, body: object, key: str | None
) -> None:
    refused = ask(sandbox, path, body, key=key)
    assert (refused.status_code, sandbox.journal()) == (401, [])
    assert "You didn't provide an API key" in refused.json()["error"]["message"]
    headers = {} if key is None else {"Authorization": key}
    assert httpx.get(f"{sandbox.openai_url}/models", headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"), [("chat/completions", chat(model="gpt-99")), ("responses", response(model="gpt-99"))]
)
def test_an_unknown_model_is_not_found(sandbox: SandboxProcess, path: str, body: object) -> None:
    refused = ask(sandbox, path, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")


def test_a_loose_schema_is_accepted_where_the_function_is_not_strict(sandbox: SandboxProcess) -> None:
    assert ask(sandbox, "chat/completions", chat(tools=[function(LOOSE)])).status_code == 200
    assert ask(sandbox, "responses", response(tools=[flat(LOOSE, strict=False)])).status_code == 200


def test_a_call_is_answered_by_its_turn_and_the_conversation_goes_on(sandbox: SandboxProcess) -> None:
    body = chat(messages=[USER, CALL, ANSWER, USER], tools=[function()])
    assert ask(sandbox, "chat/completions", body).status_code == 200


def test_what_the_client_sent_is_in_the_journal_without_its_key(sandbox: SandboxProcess) -> None:
    ask(sandbox, "chat/completions", chat(), key="Bearer a-secret-key")
    (line,) = sandbox.journal()
    assert (line["channel"], line["recipient"], line["outcome"]) == ("openai", MODEL, "accepted")
    assert "red socks" in line["message"]
    assert "a-secret-key" not in str(line)
