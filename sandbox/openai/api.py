"""The HTTP face: models, chat completions and responses, with OpenAI's answers, errors and faults."""

import asyncio
import json
import re
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.journal import Effect, Journal, Outcome
from sandbox.models import wire
from sandbox.models.intention import Intention, Schemas, intend
from sandbox.models.script import Script
from sandbox.openai.chat import completion, events, read_chat
from sandbox.openai.contract import MODELS, check_model
from sandbox.openai.errors import ErrorAnswer, Refused
from sandbox.openai.responses import read_responses, response
from sandbox.scenarios import ModelScenario, Switchboard

CHANNEL = "openai"
OWNER = "sandbox"
CREATED = 1_700_000_000
BEARER = re.compile(r"Bearer (\S+)")
NO_KEY = ErrorAnswer(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY).",
)


class Asked(Protocol):
    """What the two kinds of requests have in common."""

    model: str

    @property
    def first_user_text(self) -> str: ...

    @property
    def wants_call(self) -> bool: ...

    @property
    def schemas(self) -> Schemas: ...


def openai_router(journal: Journal, switchboard: Switchboard, script: Script) -> APIRouter:
    """The routes of `/v1/...`."""
    router = APIRouter()

    async def meet(wanted: Asked, body: bytes) -> ModelScenario:
        """The scenario of a request, once it stands in the journal; raises Refused where it is an error."""
        scenario = ModelScenario(switchboard.next(CHANNEL, wanted.first_user_text))
        refused = _error(scenario, wanted.model)
        effect = Effect(
            channel=CHANNEL,
            outcome=Outcome.ACCEPTED if refused is None else Outcome.REJECTED,
            scenario=scenario,
            recipient=wanted.model,
            answer="200" if refused is None else f"{refused.status} {refused.code or refused.type}",
            size=len(body),
            message=body.decode("utf-8"),
        )
        await asyncio.to_thread(journal.append, effect)
        if refused is not None:
            raise Refused(refused)
        if scenario is ModelScenario.STALL:
            await asyncio.Event().wait()
        return scenario

    def intention(wanted: Asked, scenario: ModelScenario) -> Intention:
        scripted = script.answers(wanted.first_user_text)
        return intend(wanted.schemas, by_call=wanted.wants_call, scenario=scenario, scripted=scripted)

    @router.get("/v1/models")
    async def list_models(request: Request) -> Response:
        try:
            _check_key(request)
        except Refused as refusal:
            return refusal.answer.response()
        return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})

    @router.get("/v1/models/{name}")
    async def get_model(name: str, request: Request) -> Response:
        try:
            _check_key(request)
            check_model(name)
        except Refused as refusal:
            return refusal.answer.response()
        return JSONResponse(_model(name))

    @router.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        try:
            _check_key(request)
            body = await request.body()
            wanted = read_chat(body)
            scenario = await meet(wanted, body)
        except Refused as refusal:
            return refusal.answer.response()
        whole = completion(wanted, intention(wanted, scenario), scenario)
        if wanted.stream:
            return wire.streamed(events(wanted, whole), scenario)
        return wire.whole(json.dumps(whole), scenario)

    @router.post("/v1/responses")
    async def responses(request: Request) -> Response:
        try:
            _check_key(request)
            body = await request.body()
            wanted = read_responses(body)
            scenario = await meet(wanted, body)
        except Refused as refusal:
            return refusal.answer.response()
        return wire.whole(json.dumps(response(wanted, intention(wanted, scenario), scenario)), scenario)

    return router


def _check_key(request: Request) -> None:
    if not BEARER.fullmatch(request.headers.get("authorization", "")):
        raise Refused(NO_KEY)


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": OWNER}


def _error(scenario: ModelScenario, model: str) -> ErrorAnswer | None:
    """The error that a scenario answers with, or None where it answers."""
    match scenario:
        case ModelScenario.RATE_LIMITED | ModelScenario.RATE_LIMITED_UNTIL:
            message = (
                f"Rate limit reached for {model} in organization org-sandbox on requests per min (RPM): Limit 3, "
                f"Used 3, Requested 1. Please try again in {wire.RETRY_AFTER_S}s."
            )
            headers = wire.retry_after(wire.RETRY_AFTER_S, scenario)
            return ErrorAnswer(429, message, "requests", code="rate_limit_exceeded", headers=headers)
        case ModelScenario.QUOTA_EXHAUSTED:
            message = "You exceeded your current quota, please check your plan and billing details."
            return ErrorAnswer(429, message, "insufficient_quota", code="insufficient_quota")
        case ModelScenario.INVALID_KEY:
            message = "Incorrect API key provided: a k**. You can find your API key at your account's page."
            return ErrorAnswer(401, message, code="invalid_api_key")
        case ModelScenario.SERVER_ERROR:
            message = "The server had an error while processing your request. Sorry about that!"
            return ErrorAnswer(500, message, "server_error")
        case ModelScenario.UNAVAILABLE:
            message = "The engine is currently overloaded, please try again later"
            return ErrorAnswer(503, message, "server_error", code="service_unavailable")
        case ModelScenario.BLOCKED_PROMPT:
            message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
            return ErrorAnswer(400, message, code="invalid_prompt")
    return None
