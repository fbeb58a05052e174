"""The HTTP faces of Zalo: the Official Account API, the template message API, and the authorisation.

Codes and messages are those of Zalo's own tables (docs/guides/zalo.md names where they were read). An error comes with
HTTP 200. What the documents refuse is refused before any fault is looked for, and not journaled.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received
from sandbox.poster import Poster, poster_switches
from sandbox.scenarios import HttpFault, Switchboard, WebhookManner, ZaloRefusal, ZaloStory
from sandbox.sendgrid.limits import Window
from sandbox.zalo.templates import Template, first_templates
from sandbox.zalo.tokens import Tokens
from sandbox.zalo.webhook import Signer, name_of

CHANNEL = "zalo"
CONTRACT = Path(__file__).parent / "contract"
REQUESTS_A_MINUTE = 4_000
DAILY_QUOTA = 5_000
WINDOW_H = 7 * 24
NIGHT = (22, 6)
APP_ID, OA_ID = "4200000000000000001", "4300000000000000001"
APP_SECRET, OA_SECRET = "sandbox-zalo-app-secret", "sandbox-zalo-oa-secret"
Refusal = tuple[int, str]


def _in_200(code: int, message: str) -> ErrorAnswer:
    return ErrorAnswer(200, {"error": code, "message": message})


BY_USER: Mapping[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: _in_200(-32, "Your application reached limit call api"),
    HttpFault.ERROR_IN_200: _in_200(-200, "Send message failed"),
    ZaloRefusal.DEAD_ADDRESS: _in_200(-201, "user_id is invalid!"),
    ZaloRefusal.NOT_A_FOLLOWER: _in_200(-213, "User has not followed OA"),
    ZaloRefusal.OUT_OF_WINDOW: _in_200(-230, "User has not interacted with the OA in the past 7 days"),
    ZaloRefusal.RESTRICTED: _in_200(-244, "User has restricted this message type from your OA"),
    ZaloRefusal.NIGHT: _in_200(-234, "This message cannot be sent at night (10:00PM - 6:00AM)"),
    ZaloRefusal.OUT_OF_QUOTA: _in_200(-211, "Out of quota"),
    ZaloRefusal.OUT_OF_MONEY: _in_200(
        -321, "Zalo Cloud Account associated with this app is out of money or unable to be charged"
    ),
    ZaloRefusal.UNAUTHORIZED: _in_200(-216, "Access token is invalid"),
    ZaloRefusal.FORBIDDEN: _in_200(-219, "App is removed or disabled"),
}
BY_PHONE: Mapping[str, ErrorAnswer] = {
    ZaloRefusal.DEAD_ADDRESS: _in_200(-118, "Zalo account not existed"),
    ZaloRefusal.NOT_A_FOLLOWER: _in_200(-114, "User is inactive, or reject the message"),
    ZaloRefusal.OUT_OF_WINDOW: _in_200(-140, "User is not eligible for this content type"),
    ZaloRefusal.RESTRICTED: _in_200(-141, "User refused to receive ZNS from this OA"),
    ZaloRefusal.NIGHT: _in_200(-133, "This ZNS cannot be sent at night (10:00PM - 6:00AM)"),
    ZaloRefusal.OUT_OF_QUOTA: _in_200(-144, "OA has exceeded its daily ZNS sending limit"),
    ZaloRefusal.OUT_OF_MONEY: _in_200(-137, "ZCA charge failure: insufficient balance"),
    ZaloRefusal.UNAUTHORIZED: _in_200(-124, "Access token invalid"),
    ZaloRefusal.FORBIDDEN: _in_200(-135, "OA does not have permission to send ZNS"),
    HttpFault.ERROR_IN_200: _in_200(-100, "Unknown error"),
}


class PersonOrder(BaseModel):
    """How a user stands with the account from now on; a user of whom nothing was said may be written to."""

    model_config = ConfigDict(extra="forbid")

    user_id: str
    follows: bool = True
    hours_since_interaction: Annotated[float, Field(ge=0)] | None = 0.0


class ClockOrder(BaseModel):
    """The hour that clocks in Vietnam show from now on; None: it is always day."""

    model_config = ConfigDict(extra="forbid")

    hour: Annotated[int, Field(ge=0, le=23)] | None


class TokenOrder(BaseModel):
    """Have the access tokens ended, and the refresh tokens too where `grants` is set."""

    model_config = ConfigDict(extra="forbid")

    grants: bool = False


class QuotaOrder(BaseModel):
    """How many template messages are left today: of the account, or of one template."""

    model_config = ConfigDict(extra="forbid")

    left: Annotated[int, Field(ge=0)]
    template_id: str | None = None


@dataclass(frozen=True)
class App:
    """The app that was made at developers.zalo.me, and the account that authorised it."""

    app_id: str = APP_ID
    secret: str = APP_SECRET
    oa_id: str = OA_ID
    oa_secret: str = OA_SECRET


class Zalo:
    """One Official Account: who stands how with it, its templates and quotas, its tokens, its webhook."""

    def __init__(
        self,
        journal: Journal,
        switchboard: Switchboard,
        connections: Connections,
        app: App | None = None,
        webhook: str = "",
        tokens: Path | None = None,
    ) -> None:
        """Start with nobody known; `tokens` is the file that keeps what was handed out."""
        self.app = app or App()
        self.tokens = Tokens(tokens)
        self.signer = Signer(self.app.app_id, self.app.oa_id, self.app.oa_secret)
        self.poster = Poster(self.signer.write, webhook, id_of=name_of)
        self._switchboard = switchboard
        self._misbehaving = Misbehaving(CHANNEL, journal, switchboard, connections, BY_USER)
        self._schemas = {name: _validator(name) for name in ("care", "template_by_user", "template_by_phone")}
        self._start()

    def _start(self) -> None:
        self.window = Window(REQUESTS_A_MINUTE)
        self.templates = first_templates()
        self.people: dict[str, PersonOrder] = {}
        self.hour: int | None = None
        self.left = DAILY_QUOTA

    def forget(self) -> None:
        """Back to the start, with the same tokens: who holds some goes on."""
        self._start()
        self.poster.forget()

    async def care(self, request: Request) -> Response:
        """`POST /v3.0/oa/message/cs`."""
        return await self._take(request, "care", self._refuse_care)

    async def template_by_user(self, request: Request) -> Response:
        """`POST /v3.0/oa/message/template`."""
        return await self._take(request, "template_by_user", self._refuse_template)

    async def template_by_phone(self, request: Request) -> Response:
        """`POST /message/template` of the business host."""
        return await self._take(request, "template_by_phone", self._refuse_template)

    def refuse_token(self, request: Request, *, by_phone: bool) -> Response | None:
        """An answer where the token is missing or ended."""
        if self.tokens.knows(request.headers.get("access_token", "")):
            return None
        return (BY_PHONE if by_phone else BY_USER)[ZaloRefusal.UNAUTHORIZED].response(self.headers())

    def headers(self) -> dict[str, str]:
        """What every answer tells of the rate limit."""
        left = max(0, self.window.requests - self.window.used)
        return {"X-RateLimit-Limit": str(self.window.requests), "X-RateLimit-Remain": str(left)}

    async def _take(
        self, request: Request, kind: str, refuse: Callable[[Mapping[str, Any]], Refusal | None]
    ) -> Response:
        by_phone = kind == "template_by_phone"
        if (refused := self.refuse_token(request, by_phone=by_phone)) is not None:
            return refused
        if not self.window.take():
            return BY_USER[HttpFault.RATE_LIMITED].response(self.headers())
        raw = await request.body()
        try:
            body = json.loads(raw)
        except ValueError:
            return _error((-122, "Body request is not valid JSON") if by_phone else (-201, "body is invalid!"))
        refusal = self._schema_fault(kind, body) or refuse(body)
        if refusal is not None:
            return _error(refusal, self.headers())
        recipient = body["phone"] if by_phone else body.get("user_id") or body["recipient"]["user_id"]
        tracking_id = str(body.get("tracking_id", ""))
        msg_id = secrets.token_hex(10)
        received = Received(
            recipient,
            message_id=tracking_id,
            provider_message_id=msg_id,
            message=json.dumps(body, ensure_ascii=False),
            headers={"path": request.url.path},
            size=len(raw),
        )

        def on_accept() -> None:
            self._count(body)
            story = ZaloStory(self._switchboard.next("zalo_events", recipient))
            manner = WebhookManner(self._switchboard.next("zalo_webhook", recipient))
            lies = [
                self.signer.follows(recipient, follows=False),
                self.signer.wrote(recipient, "STOP", f"lie-{msg_id}"),
            ]
            self.poster.put(self.signer.story(story, recipient, msg_id, tracking_id), manner, lies)

        return await self._misbehaving.take(
            request,
            [received],
            JSONResponse(self._success(body, msg_id, by_phone=by_phone), headers=self.headers()),
            on_accept,
            errors={**BY_USER, **BY_PHONE} if by_phone else {},
            headers=self.headers(),
            keys=[str(body["template_id"])] if "template_id" in body else [],
        )

    def _success(self, body: Mapping[str, Any], msg_id: str, *, by_phone: bool) -> dict[str, Any]:
        now = str(int(time.time() * 1000))
        if by_phone:
            quota = {"dailyQuota": str(DAILY_QUOTA), "remainingQuota": str(max(0, self.left - 1))}
            data = {"msg_id": msg_id, "sent_time": now, "sending_mode": "1", "quota": quota}
        else:
            user_id = body.get("user_id") or body["recipient"]["user_id"]
            data = {"message_id": msg_id, "user_id": user_id, "sent_time": now, "quota": {"quota_type": "sub_quota"}}
        return {"error": 0, "message": "Success", "data": data}

    def _schema_fault(self, kind: str, body: object) -> Refusal | None:
        error = next(iter(self._schemas[kind].iter_errors(body)), None)
        if error is None:
            return None
        steps = [str(step) for step in error.absolute_path]
        if error.validator == "required":
            steps.append(next(name for name in error.validator_value if name not in error.instance))
        field = steps[-1] if steps else "body"
        if kind != "template_by_phone":
            return -201, f"{field} is invalid!"
        named: Mapping[str, Refusal] = {
            "phone": (-108, "Phone number invalid"),
            "template_id": (-109, "Template ID invalid"),
            "template_data": (-111, "Template data empty"),
        }
        return named.get(field, (-132, f"Parameter {field} invalid"))

    def _refuse_care(self, body: Mapping[str, Any]) -> Refusal | None:
        person = self.people.get(body["recipient"]["user_id"])
        if person is None:
            return None
        if person.hours_since_interaction is None:
            return -232, "User has not interacted with the OA, or the last interaction has expired"
        if person.hours_since_interaction > WINDOW_H:
            return -230, "User has not interacted with the OA in the past 7 days"
        return None

    def _refuse_template(self, body: Mapping[str, Any]) -> Refusal | None:
        by_phone = "phone" in body
        template = self.templates.get(str(body["template_id"]))
        if template is None:
            return -109, "Template ID invalid"
        if template.status == "DISABLE":
            return -146, "Template disabled due to low sending quality"
        if template.status != "ENABLE":
            return -131, "Template is not approved"
        return template.fault(body["template_data"]) or self._refuse_now(body, template, by_phone=by_phone)

    def _refuse_now(self, body: Mapping[str, Any], template: Template, *, by_phone: bool) -> Refusal | None:
        """By the hour, who follows, and what is left."""
        promotes = template.tag == "PROMOTION"
        if promotes and self.hour is not None and (self.hour >= NIGHT[0] or self.hour < NIGHT[1]):
            return (-133 if by_phone else -234), "This message cannot be sent at night (10:00PM - 6:00AM)"
        person = None if by_phone else self.people.get(body["user_id"])
        if promotes and person is not None and not person.follows:
            return -213, "User has not followed OA"
        if self.left <= 0:
            return (-144, "OA has exceeded its daily ZNS sending limit") if by_phone else (-211, "Out of quota")
        if template.daily is not None and template.sent >= template.daily:
            return -147, "Template has exceeded its daily sending limit"
        return None

    def _count(self, body: Mapping[str, Any]) -> None:
        template = self.templates.get(str(body.get("template_id")))
        if template is not None:
            template.sent += 1
            self.left = max(0, self.left - 1)


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CONTRACT / f"{name}.schema.json").read_text(encoding="utf-8")))


def _error(refusal: Refusal, headers: Mapping[str, str] | None = None) -> JSONResponse:
    code, message = refusal
    return JSONResponse({"error": code, "message": message}, headers=dict(headers or {}))


def zalo_router(account: Zalo) -> APIRouter:
    """The three hosts: /openapi, /business and /oauth."""
    router = APIRouter()
    router.add_api_route("/openapi/v3.0/oa/message/cs", account.care, methods=["POST"])
    router.add_api_route("/openapi/v3.0/oa/message/template", account.template_by_user, methods=["POST"])
    router.add_api_route("/business/message/template", account.template_by_phone, methods=["POST"])

    @router.post("/openapi/v3.0/oa/message/promotion")
    @router.post("/openapi/v3.0/oa/message/transaction")
    def ended() -> Response:
        """Ended on 2026-03-01."""
        return _error((-233, "message type is invalid or not support"))

    @router.get("/openapi/v2.0/oa/getoa")
    def get_oa(request: Request) -> Response:
        refused = account.refuse_token(request, by_phone=False)
        data = {"oa_id": account.app.oa_id, "name": "Sandbox", "is_verified": True}
        return refused or JSONResponse({"data": data, "error": 0, "message": "Success"}, headers=account.headers())

    @router.get("/business/message/quota")
    def get_quota(request: Request) -> Response:
        refused = account.refuse_token(request, by_phone=True)
        data = {
            "dailyQuota": DAILY_QUOTA,
            "remainingQuota": account.left,
            "dailyQuotaPromotion": None,
            "remainingQuotaPromotion": None,
            "monthlyPromotionQuota": 600,
            "remainingMonthlyPromotionQuota": 600,
            "estimatedNextMonthPromotionQuota": 600,
        }
        return refused or JSONResponse({"data": data, "error": 0, "message": "success"})

    @router.get("/business/quality")
    def get_quality(request: Request) -> Response:
        refused = account.refuse_token(request, by_phone=True)
        data = {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}
        return refused or JSONResponse({"data": data, "error": 0, "message": "success"})

    @router.get("/business/template/all")
    def list_templates(
        request: Request,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
    ) -> Response:
        refused = account.refuse_token(request, by_phone=True)
        every = list(account.templates.values())
        data = [each.in_list() for each in every[offset : offset + limit]]
        body = {"error": 0, "message": "Success", "data": data, "metadata": {"total": len(every)}}
        return refused or JSONResponse(body)

    @router.get("/business/template/info/v2")
    def one_template(request: Request, template_id: str) -> Response:
        refused = account.refuse_token(request, by_phone=True)
        template = account.templates.get(template_id)
        if template is None:
            return refused or _error((-109, "Template ID invalid"))
        return refused or JSONResponse({"error": 0, "message": "Success", "data": template.in_detail()})

    @router.post("/oauth/v4/oa/access_token")
    async def access_token(request: Request) -> Response:
        """A new pair; the error's form is that of oauth.zaloapp.com, whose codes Zalo publishes nowhere."""
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if request.headers.get("secret_key") != account.app.secret or given.get("app_id") != account.app.app_id:
            return JSONResponse({"error": -14004, "error_name": "Invalid secret key", "error_reason": ""})
        if given.get("grant_type") != "refresh_token":
            return JSONResponse({"error": -14012, "error_name": "Invalid grant type", "error_reason": ""})
        pair = account.tokens.renew(given.get("refresh_token", ""))
        if pair is None:
            return JSONResponse({"error": -14014, "error_name": "Invalid refresh token", "error_reason": ""})
        return JSONResponse(pair)

    return router


def zalo_switches(account: Zalo) -> APIRouter:
    """The sandbox's own routes, below `/sandbox/zalo`."""
    router = poster_switches(account.poster)

    @router.post("/person")
    def set_person(order: PersonOrder) -> dict[str, str]:
        account.people[order.user_id] = order
        return {"status": "ok"}

    @router.post("/clock")
    def set_clock(order: ClockOrder) -> dict[str, str]:
        account.hour = order.hour
        return {"status": "ok"}

    @router.post("/authorise")
    def authorise() -> dict[str, str]:
        """As an administrator of the account does in the browser."""
        return {"refresh_token": account.tokens.authorise()}

    @router.post("/tokens/end")
    def end_tokens(order: TokenOrder) -> dict[str, str]:
        account.tokens.end(grants=order.grants)
        return {"status": "ok"}

    @router.get("/renewals")
    def renewals() -> dict[str, int]:
        return {"renewals": account.tokens.renewals}

    @router.post("/quota")
    def set_quota(order: QuotaOrder) -> dict[str, str]:
        if order.template_id is None:
            account.left = order.left
        else:
            template = account.templates[order.template_id]
            template.daily, template.sent = order.left, 0
        return {"status": "ok"}

    @router.post("/follow")
    def follow(order: PersonOrder) -> dict[str, str]:
        """A person follows the account, or does so no more; the webhook tells."""
        account.people[order.user_id] = order
        account.poster.put([account.signer.follows(order.user_id, follows=order.follows)], WebhookManner.OK)
        return {"status": "ok"}

    return router
