"""The HTTP face: generateContent and streamGenerateContent with Google's answers, errors and faults."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.gemini.contract import MODEL_NAME, GenerateContentRequest, InvalidArgument, read_request
from sandbox.journal import Effect, Journal, Outcome
from sandbox.models import wire
from sandbox.models.intention import Intention, intend, tokens
from sandbox.models.script import Script
from sandbox.scenarios import ModelScenario, Switchboard

CHANNEL = "gemini"
TYPE_PREFIX = "type.googleapis.com/google.rpc."


@dataclass(frozen=True)
class ErrorAnswer:
    """An error as Google's APIs answer it."""

    code: int
    status: str
    message: str
    details: tuple[dict[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """The answer as it goes out."""
        body = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
            "details": list(self.details),
        }
        return JSONResponse({"error": body}, status_code=self.code, headers=dict(self.headers))


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, answer: ErrorAnswer) -> None:
        """Keep the answer."""
        super().__init__(answer.message)
        self.answer = answer


def _quota_error(period: str, wait_s: int, scenario: ModelScenario) -> ErrorAnswer:
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier",
        "quotaValue": "15",
    }
    details: list[dict[str, Any]] = [{"@type": TYPE_PREFIX + "QuotaFailure", "violations": [violation]}]
    if scenario is not ModelScenario.RATE_LIMITED_UNTIL:
        details.append({"@type": TYPE_PREFIX + "RetryInfo", "retryDelay": f"{wait_s}s"})
    return ErrorAnswer(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        tuple(details),
        wire.retry_after(wait_s, scenario),
    )


def _error(scenario: ModelScenario) -> ErrorAnswer | None:
    """The error that a scenario answers with, or None where it answers."""
    match scenario:
        case ModelScenario.RATE_LIMITED | ModelScenario.RATE_LIMITED_UNTIL:
            return _quota_error("Minute", wire.RETRY_AFTER_S, scenario)
        case ModelScenario.QUOTA_EXHAUSTED:
            return _quota_error("Day", wire.RETRY_AFTER_DAY_S, scenario)
        case ModelScenario.INVALID_KEY:
            reason = {"@type": TYPE_PREFIX + "ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
            message = "API key not valid. Please pass a valid API key."
            return ErrorAnswer(400, "INVALID_ARGUMENT", message, (reason,))
        case ModelScenario.SERVER_ERROR:
            return ErrorAnswer(500, "INTERNAL", "An internal error has occurred. Please retry.")
        case ModelScenario.UNAVAILABLE:
            return ErrorAnswer(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
    return None


NO_KEY = ErrorAnswer(
    403,
    "PERMISSION_DENIED",
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key "
    "or other form of API identity to call this API.",
)

SSE_ONLY = ErrorAnswer(501, "UNIMPLEMENTED", "This stand-in streams as server-sent events only: add alt=sse.")


def gemini_router(journal: Journal, switchboard: Switchboard, script: Script) -> APIRouter:
    """The routes of `/v1beta/models/...`."""
    router = APIRouter()

    async def prepare(model: str, request: Request) -> tuple[GenerateContentRequest, ModelScenario]:
        if not request.headers.get("x-goog-api-key"):
            raise Refused(NO_KEY)
        if not MODEL_NAME.fullmatch(model):
            message = f"models/{model} is not found for API version v1beta"
            raise Refused(ErrorAnswer(404, "NOT_FOUND", f"{message}, or is not supported for generateContent."))
        body = await request.body()
        try:
            wanted = read_request(body)
        except InvalidArgument as error:
            violations = [{"field": field, "description": text} for field, text in error.violations.items()]
            details = ({"@type": TYPE_PREFIX + "BadRequest", "fieldViolations": violations},) if violations else ()
            raise Refused(ErrorAnswer(400, "INVALID_ARGUMENT", error.message, details)) from error
        scenario = ModelScenario(switchboard.next(CHANNEL, wanted.first_user_text))
        refused = _error(scenario)
        effect = Effect(
            channel=CHANNEL,
            outcome=Outcome.REJECTED if refused is not None else Outcome.ACCEPTED,
            scenario=scenario,
            recipient=model,
            answer="200" if refused is None else refused.status,
            size=len(body),
            message=body.decode("utf-8"),
        )
        await asyncio.to_thread(journal.append, effect)
        if refused is not None:
            raise Refused(refused)
        if scenario is ModelScenario.STALL:
            await asyncio.Event().wait()
        return wanted, scenario

    @router.post("/v1beta/models/{model}:generateContent")
    async def generate_content(model: str, request: Request) -> Response:
        try:
            wanted, scenario = await prepare(model, request)
        except Refused as refusal:
            return refusal.answer.response()
        return wire.whole(json.dumps(answer(wanted, scenario, script, model)), scenario)

    @router.post("/v1beta/models/{model}:streamGenerateContent")
    async def stream_generate_content(model: str, request: Request) -> Response:
        if request.query_params.get("alt") != "sse":
            return SSE_ONLY.response()
        try:
            wanted, scenario = await prepare(model, request)
        except Refused as refusal:
            return refusal.answer.response()
        pieces = chunks(answer(wanted, scenario, script, model))
        return wire.streamed([f"data: {json.dumps(piece)}\r\n\r\n" for piece in pieces], scenario)

    return router


def answer(wanted: GenerateContentRequest, scenario: ModelScenario, script: Script, model: str) -> dict[str, Any]:
    """The GenerateContentResponse to a request, in Google's JSON."""
    if scenario is ModelScenario.BLOCKED_PROMPT:
        blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
        return blocked | _envelope(wanted, [], model)
    if scenario is ModelScenario.BLOCKED_ANSWER:
        return {"candidates": [{"finishReason": "SAFETY", "index": 0}]} | _envelope(wanted, [], model)
    if wanted.wants_call:
        schemas = {function.name: function.schema_of_parameters for function in wanted.callable_functions}
    else:
        schemas = {"": wanted.response_schema or {}}
    intention = intend(
        schemas, by_call=wanted.wants_call, scenario=scenario, scripted=script.answers(wanted.first_user_text)
    )
    candidate: dict[str, Any] = {"index": 0}
    parts: list[dict[str, Any]] = []
    if intention.calls and scenario is ModelScenario.MALFORMED_JSON:
        called = f"Malformed function call: print(default_api.{intention.calls[0].name}("
        candidate |= {"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": called}
    elif intention.calls and scenario is ModelScenario.LENGTH:
        # Google sends no half of a call: the turn ends empty.
        candidate |= {"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}
    else:
        parts = _parts(intention, scenario)
        reason = "MAX_TOKENS" if scenario is ModelScenario.LENGTH else "STOP"
        candidate |= {"content": {"parts": parts, "role": "model"}, "finishReason": reason}
    return {"candidates": [candidate]} | _envelope(wanted, parts, model)


def chunks(whole: dict[str, Any]) -> list[dict[str, Any]]:
    """A response in the pieces that a stream sends it in: the parts one by one, the reason to stop with the
    last."""
    candidates = whole.get("candidates", [])
    parts = candidates[0].get("content", {}).get("parts", []) if candidates else []
    if len(parts) < 2:
        return [whole]
    pieces = []
    for n, part in enumerate(parts, start=1):
        candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
        if n == len(parts):
            candidate["finishReason"] = candidates[0]["finishReason"]
        pieces.append(whole | {"candidates": [candidate]})
    return pieces


def _parts(intention: Intention, scenario: ModelScenario) -> list[dict[str, Any]]:
    if intention.calls:
        return [{"functionCall": {"name": call.name, "args": call.arguments}} for call in intention.calls]
    text = intention.words or ""
    if scenario is ModelScenario.MALFORMED_JSON:
        text = text[:-1]
    half = len(text) // 2
    if scenario is ModelScenario.LENGTH:
        return [{"text": text[:half]}]
    return [{"text": text[:half]}, {"text": text[half:]}]


def _envelope(wanted: GenerateContentRequest, parts: list[dict[str, Any]], model: str) -> dict[str, Any]:
    prompt = tokens(wanted.model_dump_json(exclude_defaults=True, by_alias=True))
    produced = tokens(json.dumps(parts)) if parts else 0
    usage = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": produced,
        "totalTokenCount": prompt + produced,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
    }
    return {"usageMetadata": usage, "modelVersion": model, "responseId": secrets.token_urlsafe(12)}
