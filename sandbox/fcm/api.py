"""The HTTP face of FCM: the token service, and `POST /v1/projects/{project}/messages:send`."""

import json
import secrets
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from sandbox.connections import Connections
from sandbox.fcm.account import GRANT, LASTS_S, PROJECT, Account, NotGranted
from sandbox.fcm.contract import faults, refused_address
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received, as_text
from sandbox.scenarios import FcmRefusal, HttpFault, Switchboard

CHANNEL = "fcm"
MOST_BYTES = 64 * 1024
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def error(status: int, name: str, message: str, code: str | None = None, **more: Any) -> ErrorAnswer:
    """An error as Google writes it; `code` is FCM's own (https://firebase.google.com/docs/cloud-messaging/error-codes).

    more: `details` besides, and `headers`.
    """
    details: list[dict[str, Any]] = list(more.get("details", []))
    if code is not None:
        details.append({"@type": FCM_ERROR, "errorCode": code})
    body = {"error": {"code": status, "message": message, "status": name, "details": details}}
    return ErrorAnswer(more.get("http", status), body, more.get("headers", {}))


ERRORS: dict[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: error(
        429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric", "QUOTA_EXCEEDED", headers={"Retry-After": "60"}
    ),
    HttpFault.SERVER_ERROR_REJECTED: error(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
    HttpFault.SERVER_ERROR_ACCEPTED: ErrorAnswer(
        500, error(500, "INTERNAL", "Internal error encountered.", "INTERNAL").body, taken=True
    ),
    HttpFault.UNAVAILABLE: error(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE"),
    HttpFault.ERROR_IN_200: error(500, "INTERNAL", "Internal error encountered.", http=200),
    FcmRefusal.UNAUTHORIZED: error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    FcmRefusal.FORBIDDEN: error(403, "PERMISSION_DENIED", "Permission 'cloudmessaging.messages.create' denied"),
    FcmRefusal.DEAD_ADDRESS: error(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"),
    FcmRefusal.BAD_TOKEN: error(
        400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", "INVALID_ARGUMENT"
    ),
    FcmRefusal.BAD_REQUEST: error(
        400,
        "INVALID_ARGUMENT",
        "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
        details=[{"@type": BAD_REQUEST, "fieldViolations": [{"field": "message.data[0].value"}]}],
    ),
    FcmRefusal.WRONG_SENDER: error(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"),
    FcmRefusal.APNS_KEY: error(
        401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", "THIRD_PARTY_AUTH_ERROR"
    ),
}


class Fcm:
    """One project of Firebase's, and the service account that may send."""

    def __init__(
        self, journal: Journal, switchboard: Switchboard, connections: Connections, account: Account | None = None
    ) -> None:
        """Start with no token given."""
        self.account = account or Account()
        self._misbehaving = Misbehaving(CHANNEL, journal, switchboard, connections, ERRORS)

    def forget(self) -> None:
        """Take the tokens back; the account stays."""
        self.account.revoke()

    async def token(self, request: Request) -> Response:
        """`POST /token`: an access token for a signed assertion."""
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        if form.get("grant_type") != [GRANT]:
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        try:
            token = self.account.grant(form.get("assertion", [""])[0])
        except NotGranted as refused:
            return JSONResponse({"error": "invalid_grant", "error_description": str(refused)}, status_code=400)
        return JSONResponse({"access_token": token, "expires_in": LASTS_S, "token_type": "Bearer"})

    async def send(self, project: str, request: Request) -> Response:
        """`POST /v1/projects/{project}/messages:send`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self.account.knows(token):
            return ERRORS[FcmRefusal.UNAUTHORIZED].response()
        if project != PROJECT:
            return ERRORS[FcmRefusal.FORBIDDEN].response()
        raw = await request.body()
        try:
            body: Any = json.loads(raw) if len(raw) <= MOST_BYTES else None
        except ValueError:
            body = None
        if wrong := list(faults(body)):
            violations = [{"field": name, "description": text} for name, text in wrong]
            details = [{"@type": BAD_REQUEST, "fieldViolations": violations}]
            return error(400, "INVALID_ARGUMENT", wrong[0][1], details=details).response()
        message = body["message"]
        if refused := refused_address(message):
            return error(400, "INVALID_ARGUMENT", refused, "INVALID_ARGUMENT").response()
        if body.get("validateOnly"):
            return JSONResponse({"name": f"projects/{project}/messages/fake_message_id"})
        name = f"projects/{project}/messages/0:{secrets.randbelow(10**16):016d}%{secrets.token_hex(8)}"
        received = Received(
            recipient=str(message.get("fid") or message.get("token") or message.get("topic") or message["condition"]),
            message_id=str(message.get("data", {}).get("delivery_id", "")),
            provider_message_id=name,
            message=as_text(message),
            headers={"Subject": str(message.get("notification", {}).get("title", ""))},
            size=len(raw),
        )
        return await self._misbehaving.take(request, [received], JSONResponse({"name": name}))


def fcm_router(fcm: Fcm) -> APIRouter:
    """FCM's API and Google's token service, without a host of their own."""
    router = APIRouter()
    router.add_api_route("/token", fcm.token, methods=["POST"])
    router.add_api_route("/v1/projects/{project}/messages:send", fcm.send, methods=["POST"])
    return router


def fcm_switches(fcm: Fcm) -> APIRouter:
    """The service account's key for clients, and a way to take its tokens back."""
    router = APIRouter()

    @router.get("/account")
    def account(request: Request) -> dict[str, str]:
        return fcm.account.as_json(f"{str(request.base_url).rstrip('/')}/fcm/token")

    @router.post("/revoke")
    def revoke() -> dict[str, str]:
        fcm.account.revoke()
        return {"status": "ok"}

    return router
