"""The model server refuses what Google's refuses, in Google's words."""

import json
import re
from typing import Any

import httpx
import pytest

from sandbox.process import SandboxProcess

MODEL = "gemini-2.5-flash-lite"
USER = {"role": "user", "parts": [{"text": "red socks"}]}
CALL = {"role": "model", "parts": [{"functionCall": {"name": "final_result", "args": {}}}]}
ANSWER = {"role": "user", "parts": [{"functionResponse": {"name": "final_result", "response": {"result": "ok"}}}]}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"color": {"type": "string"}}, "required": ["color"]}
TOOLS = [{"functionDeclarations": [{"name": "final_result", "parametersJsonSchema": SCHEMA}]}]
CALL_IT = {"functionCallingConfig": {"mode": "ANY"}}


def ask(
    sandbox: SandboxProcess, body: dict[str, Any], *, model: str = MODEL, key: str | None = "a key", verb: str = ""
) -> httpx.Response:
    headers = {} if key is None else {"x-goog-api-key": key}
    url = f"{sandbox.gemini_url}/v1beta/models/{model}:{verb or 'generateContent'}"
    return httpx.post(url, json=body, headers=headers, timeout=10)


def with_json_schema(schema: dict[str, Any], **config: Any) -> dict[str, Any]:
    generation = {"responseMimeType": "application/json", "responseJsonSchema": schema, **config}
    return {"contents": [USER], "generationConfig": generation}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "contents is not specified"),
        ({"contents": [USER], "surprise": 1}, 'Unknown name "surprise": Cannot find field.'),
        (
            {"contents": [{"role": "user", "parts": [{"txt": "x"}]}]},
            "Unknown name \"txt\" at 'contents[0].parts[0]': Cannot find field.",
        ),
        ({"contents": [{"role": "system", "parts": [{"text": "x"}]}]}, "Please use a valid role: user, model."),
        ({"contents": [{"role": "user", "parts": []}]}, "contents[0].parts must not be empty"),
        ({"contents": [{"role": "user", "parts": [{}]}]}, "required oneof field 'data'"),
        ({"contents": [USER, CALL, USER]}, "number of function response parts is equal to the number of function"),
        ({"contents": [CALL, ANSWER]}, "function call turn comes immediately after a user turn"),
        ({"contents": [USER], "toolConfig": CALL_IT}, "without function_declarations"),
        (
            {"contents": [USER], "tools": [{"functionDeclarations": [{"name": "final result"}]}]},
            "Invalid function name",
        ),
        (
            {
                "contents": [USER],
                "tools": TOOLS,
                "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["other"]}},
            },
            "must be a subset of the declared functions",
        ),
        ({"contents": [USER], "generationConfig": {"temperature": 3}}, "Invalid value at 'generation_config.temper"),
        ({"contents": [USER], "generationConfig": {"responseMimeType": "text/html"}}, "allowed mimetypes are"),
        ({"contents": [USER], "generationConfig": {"responseJsonSchema": SCHEMA}}, "application/json"),
        (with_json_schema(SCHEMA) | {"tools": TOOLS}, "Function calling with a response mime type"),
        (with_json_schema({"$ref": "#/$defs/Missing"}), "is not defined"),
        (
            with_json_schema({"$defs": {"A": SCHEMA}, "properties": {"a": {"$ref": "#/$defs/A", "title": "A"}}}),
            "next to $ref only keys that begin with $ may stand",
        ),
        (
            with_json_schema(
                {
                    "$defs": {
                        "Tree": {
                            "type": "object",
                            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
                            "required": ["children"],
                        }
                    },
                    "$ref": "#/$defs/Tree",
                }
            ),
            "'Tree' contains itself in a required property",
        ),
    ],
)
def test_a_request_that_google_refuses_is_refused(sandbox: SandboxProcess, body: dict[str, Any], words: str) -> None:
    response = ask(sandbox, body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert words in error["message"]
    assert sandbox.journal() == []


def test_a_cycle_through_an_optional_property_is_allowed(sandbox: SandboxProcess) -> None:
    tree = {
        "$defs": {"Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}}}},
        "$ref": "#/$defs/Tree",
    }
    assert ask(sandbox, with_json_schema(tree)).status_code == 200


def test_a_call_without_a_key_is_not_answered(sandbox: SandboxProcess) -> None:
    response = ask(sandbox, {"contents": [USER]}, key=None)
    assert (response.status_code, response.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_an_unknown_model_is_not_found(sandbox: SandboxProcess) -> None:
    response = ask(sandbox, {"contents": [USER]}, model="gpt-5")
    assert (response.status_code, response.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_forced_call_fills_the_declared_function_and_counts_tokens(sandbox: SandboxProcess) -> None:
    sandbox.script("red socks", {"color": "red"})
    body = {"contents": [USER], "tools": TOOLS, "toolConfig": CALL_IT}
    answer = ask(sandbox, body).json()
    (candidate,) = answer["candidates"]
    assert candidate["content"]["parts"] == [{"functionCall": {"name": "final_result", "args": {"color": "red"}}}]
    usage = answer["usageMetadata"]
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"]
    assert usage["candidatesTokenCount"] > 0


def test_both_spellings_of_a_field_are_read(sandbox: SandboxProcess) -> None:
    sandbox.script("red socks", {"color": "red"})
    tools = [{"function_declarations": [{"name": "final_result", "parameters_json_schema": SCHEMA}]}]
    body = {"contents": [USER], "tools": tools, "tool_config": {"function_calling_config": {"mode": "ANY"}}}
    (candidate,) = ask(sandbox, body).json()["candidates"]
    assert candidate["content"]["parts"][0]["functionCall"]["args"] == {"color": "red"}


def test_a_stream_sends_the_parts_one_by_one_and_the_reason_to_stop_last(sandbox: SandboxProcess) -> None:
    sandbox.script("red socks", {"color": "red"})
    response = ask(sandbox, with_json_schema(SCHEMA), verb="streamGenerateContent?alt=sse")
    events = [httpx.Response(200, text=line[6:]).json() for line in response.text.split("\r\n\r\n") if line]
    assert response.headers["content-type"].startswith("text/event-stream")
    texts = [event["candidates"][0]["content"]["parts"][0]["text"] for event in events]
    assert "".join(texts) == '{"color": "red"}'
    assert ["finishReason" in event["candidates"][0] for event in events] == [False, True]


def test_a_text_that_nothing_is_scripted_for_gets_no_structure(sandbox: SandboxProcess) -> None:
    body = {"contents": [USER], "tools": TOOLS, "toolConfig": CALL_IT}
    (candidate,) = ask(sandbox, body).json()["candidates"]
    assert list(candidate["content"]["parts"][0]) == ["text"]


def test_what_the_client_sent_is_in_the_journal(sandbox: SandboxProcess) -> None:
    ask(sandbox, {"contents": [USER]})
    (line,) = sandbox.journal()
    assert (line["channel"], line["recipient"], line["outcome"]) == ("gemini", MODEL, "accepted")
    assert "red socks" in line["message"]


def stream(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    sandbox.script("red socks", {"color": "red"})
    response = ask(sandbox, with_json_schema(SCHEMA), verb="streamGenerateContent?alt=sse")
    return [json.loads(line[6:]) for line in response.text.split("\r\n\r\n") if line]


def test_a_stream_that_ends_half_way_names_no_reason_to_stop(sandbox: SandboxProcess) -> None:
    sandbox.scenario("gemini", "truncated")
    (event,) = stream(sandbox)
    assert "finishReason" not in event["candidates"][0]
    with pytest.raises(json.JSONDecodeError):
        json.loads(event["candidates"][0]["content"]["parts"][0]["text"])


def test_a_stream_whose_connection_is_cut_is_an_error(sandbox: SandboxProcess) -> None:
    sandbox.scenario("gemini", "close")
    with pytest.raises(httpx.RemoteProtocolError):
        stream(sandbox)


def test_an_answer_that_is_too_long_ends_in_the_middle_and_says_so(sandbox: SandboxProcess) -> None:
    sandbox.scenario("gemini", "length")
    (event,) = stream(sandbox)
    assert event["candidates"][0]["finishReason"] == "MAX_TOKENS"
    with pytest.raises(json.JSONDecodeError):
        json.loads(event["candidates"][0]["content"]["parts"][0]["text"])


@pytest.mark.parametrize(("scenario", "form"), [("rate_limited", "7"), ("rate_limited_until", r"\w{3}, .* GMT")])
def test_the_wait_comes_as_seconds_or_as_a_date(sandbox: SandboxProcess, scenario: str, form: str) -> None:
    sandbox.scenario("gemini", scenario)
    refused = ask(sandbox, {"contents": [USER]})
    assert (refused.status_code, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert re.fullmatch(form, refused.headers["retry-after"])


def test_an_obeying_model_calls_what_was_never_declared(sandbox: SandboxProcess) -> None:
    sandbox.script("red socks", {"color": "red"})
    sandbox.scenario("gemini", "undeclared_call")
    (candidate,) = ask(sandbox, {"contents": [USER], "tools": TOOLS, "toolConfig": CALL_IT}).json()["candidates"]
    assert [part["functionCall"]["name"] for part in candidate["content"]["parts"]] == ["send_to_everyone"]
