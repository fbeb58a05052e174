"""The `openai` client, unmodified, against the stand-in: it takes every answer for OpenAI's."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.chat import (
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionNamedToolChoiceParam,
    ChatCompletionToolParam,
    ChatCompletionUserMessageParam,
)

from sandbox.process import SandboxProcess

MODEL = "gpt-4.1-mini"
ASKED: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": "red socks"}]
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"color": {"type": "string"}},
    "required": ["color"],
    "additionalProperties": False,
}
FUNCTION: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "choose", "parameters": SCHEMA, "strict": True},
}
CHOOSE: ChatCompletionNamedToolChoiceParam = {"type": "function", "function": {"name": "choose"}}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "choice", "schema": SCHEMA, "strict": True}}


@pytest.fixture
def client(sandbox: SandboxProcess) -> Iterator[OpenAI]:
    """A client that asks once; the sandbox knows the answer."""
    sandbox.script("red socks", {"color": "red"})
    with OpenAI(api_key="a-key", base_url=sandbox.openai_url, max_retries=0, timeout=5) as opened:
        yield opened


def test_the_models_are_listed(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert MODEL in names
    assert client.models.retrieve(MODEL).object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-99")


@pytest.mark.parametrize("choice", ["required", CHOOSE])
def test_a_forced_call_fills_the_declared_function_and_counts_tokens(client: OpenAI, choice: Any) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, tools=[FUNCTION], tool_choice=choice)
    (chosen,) = answer.choices
    assert chosen.finish_reason == "tool_calls"
    (call,) = chosen.message.tool_calls or []
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    assert (call.function.name, json.loads(call.function.arguments)) == ("choose", {"color": "red"})
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens > 0


def test_a_schema_for_the_text_gives_json_of_that_schema(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model=MODEL, messages=ASKED, response_format=FORMAT, temperature=0, max_completion_tokens=50
    )
    assert json.loads(answer.choices[0].message.content or "") == {"color": "red"}
    assert answer.choices[0].finish_reason == "stop"


def test_a_text_that_nothing_is_scripted_for_gets_no_structure(client: OpenAI) -> None:
    stranger: list[ChatCompletionUserMessageParam] = [{"role": "user", "content": "purple unicorns"}]
    answer = client.chat.completions.create(model=MODEL, messages=stranger, tools=[FUNCTION], tool_choice="required")
    assert answer.choices[0].message.tool_calls is None
    assert answer.choices[0].message.content == "I do not know how to answer this request."


def streamed_arguments(client: OpenAI) -> tuple[str, Sequence[str | None]]:
    stream = client.chat.completions.create(
        model=MODEL,
        messages=ASKED,
        tools=[FUNCTION],
        tool_choice="required",
        stream=True,
        stream_options={"include_usage": True},
    )
    arguments, reasons = "", []
    for chunk in stream:
        for choice in chunk.choices:
            reasons.append(choice.finish_reason)
            for call in choice.delta.tool_calls or []:
                arguments += (call.function.arguments or "") if call.function is not None else ""
    return arguments, reasons


def test_a_stream_sends_the_arguments_in_pieces_and_the_reason_to_stop_last(
    sandbox: SandboxProcess, client: OpenAI
) -> None:
    sandbox.script("red socks", {"color": "red as the evening sky over the sea"})
    arguments, reasons = streamed_arguments(client)
    assert json.loads(arguments) == {"color": "red as the evening sky over the sea"}
    assert set(reasons[:-1]) == {None}
    assert reasons[-1] == "tool_calls"
    assert len(reasons) > 4


def test_a_stream_tells_its_usage_in_a_chunk_of_its_own_and_ends_with_done(
    sandbox: SandboxProcess, client: OpenAI
) -> None:
    body = {"model": MODEL, "messages": ASKED, "stream": True, "stream_options": {"include_usage": True}}
    answer = httpx.post(
        f"{sandbox.openai_url}/chat/completions", json=body, headers={"Authorization": "Bearer k"}, timeout=5
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert [bool(chunk["usage"]) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["choices"] == []


def test_a_stream_that_ends_half_way_names_no_reason_to_stop(sandbox: SandboxProcess, client: OpenAI) -> None:
    sandbox.script("red socks", {"color": "red " * 20})
    sandbox.scenario("openai", "truncated")
    arguments, reasons = streamed_arguments(client)
    assert set(reasons) == {None}
    with pytest.raises(json.JSONDecodeError):
        json.loads(arguments)


def test_a_stream_whose_connection_is_cut_is_an_error(sandbox: SandboxProcess, client: OpenAI) -> None:
    sandbox.scenario("openai", "close")
    with pytest.raises(Exception, match=r"(?i)peer closed|connection|incomplete"):
        streamed_arguments(client)


@pytest.mark.parametrize(
    ("scenario", "error", "code"),
    [
        ("rate_limited", openai.RateLimitError, "rate_limit_exceeded"),
        ("rate_limited_until", openai.RateLimitError, "rate_limit_exceeded"),
        ("quota_exhausted", openai.RateLimitError, "insufficient_quota"),
        ("invalid_key", openai.AuthenticationError, "invalid_api_key"),
        ("server_error", openai.InternalServerError, None),
        ("unavailable", openai.InternalServerError, "service_unavailable"),
        ("blocked_prompt", openai.BadRequestError, "invalid_prompt"),
    ],
)
def test_an_error_is_the_clients_own_of_that_name(
    sandbox: SandboxProcess, client: OpenAI, scenario: str, error: type[openai.APIStatusError], code: str | None
) -> None:
    sandbox.scenario("openai", scenario)
    with pytest.raises(error) as failure:
        client.chat.completions.create(model=MODEL, messages=ASKED)
    assert failure.value.code == code
    (line,) = sandbox.journal()
    assert (line["outcome"], line["scenario"]) == ("rejected", scenario)


@pytest.mark.parametrize(("scenario", "form"), [("rate_limited", r"7"), ("rate_limited_until", r"\w{3}, .* GMT")])
def test_the_wait_comes_as_seconds_or_as_a_date(
    sandbox: SandboxProcess, client: OpenAI, scenario: str, form: str
) -> None:
    sandbox.scenario("openai", scenario)
    with pytest.raises(openai.RateLimitError) as failure:
        client.chat.completions.create(model=MODEL, messages=ASKED)
    assert re.fullmatch(form, failure.value.response.headers["retry-after"])


@pytest.mark.parametrize(("scenario", "reason"), [("length", "length"), ("malformed_json", "tool_calls")])
def test_arguments_that_the_model_could_not_finish_are_no_json(
    sandbox: SandboxProcess, client: OpenAI, scenario: str, reason: str
) -> None:
    sandbox.scenario("openai", scenario)
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, tools=[FUNCTION], tool_choice="required")
    (call,) = answer.choices[0].message.tool_calls or []
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    assert answer.choices[0].finish_reason == reason
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.function.arguments)


def test_a_refusal_has_its_field_where_the_answer_is_held_to_a_schema(sandbox: SandboxProcess, client: OpenAI) -> None:
    sandbox.scenario("openai", "refusal")
    held = client.chat.completions.create(model=MODEL, messages=ASKED, response_format=FORMAT)
    free = client.chat.completions.create(model=MODEL, messages=ASKED)
    assert (held.choices[0].message.content, free.choices[0].message.refusal) == (None, None)
    assert (
        held.choices[0].message.refusal == free.choices[0].message.content == "I'm sorry, but I can't help with that."
    )


def test_an_answer_that_the_filter_stopped_is_empty_and_says_so(sandbox: SandboxProcess, client: OpenAI) -> None:
    sandbox.scenario("openai", "blocked_answer")
    (choice,) = client.chat.completions.create(model=MODEL, messages=ASKED).choices
    assert (choice.finish_reason, choice.message.content) == ("content_filter", "")


@pytest.mark.parametrize("scenario", ["malformed_body", "truncated"])
def test_a_body_that_is_no_json_is_no_answer(sandbox: SandboxProcess, client: OpenAI, scenario: str) -> None:
    sandbox.scenario("openai", scenario)
    with pytest.raises(json.JSONDecodeError):
        client.chat.completions.create(model=MODEL, messages=ASKED)


def test_an_answer_that_never_comes_is_a_time_out(sandbox: SandboxProcess, client: OpenAI) -> None:
    sandbox.scenario("openai", "stall")
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(model=MODEL, messages=ASKED)


def test_a_response_calls_the_function_and_counts_tokens(client: OpenAI) -> None:
    answer = client.responses.create(
        model=MODEL,
        input="red socks",
        instructions="Choose.",
        tools=[{"type": "function", "name": "choose", "parameters": SCHEMA, "strict": True}],
        tool_choice="required",
    )
    (item,) = answer.output
    assert item.type == "function_call"
    assert (item.name, json.loads(item.arguments), answer.status) == ("choose", {"color": "red"}, "completed")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_a_response_gives_json_of_the_schema_for_its_text(client: OpenAI) -> None:
    form: Any = {"format": {"type": "json_schema", "name": "choice", "schema": SCHEMA, "strict": True}}
    assert json.loads(client.responses.create(model=MODEL, input="red socks", text=form).output_text) == {
        "color": "red"
    }


@pytest.mark.parametrize(
    ("scenario", "reason"), [("length", "max_output_tokens"), ("blocked_answer", "content_filter")]
)
def test_a_response_that_was_stopped_is_incomplete_with_the_reason(
    sandbox: SandboxProcess, client: OpenAI, scenario: str, reason: str
) -> None:
    sandbox.scenario("openai", scenario)
    answer = client.responses.create(model=MODEL, input="red socks")
    assert answer.status == "incomplete"
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == reason
