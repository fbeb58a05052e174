"""The HTTP face of Twilio: the account, its messages, and what it posts of them to each message's own callback.

Any account's sid will do, with any key; what is signed is signed under one auth token (`LEO_SANDBOX_TWILIO_TOKEN`).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received, as_text
from sandbox.poster import Event, Post, Poster, poster_switches
from sandbox.scenarios import HttpFault, Switchboard, TwilioRefusal, TwilioStory, WebhookManner
from sandbox.twilio.contract import Unreadable, faults, read_form

CHANNEL = "twilio"
TOKEN = "sandbox-twilio-auth-token"  # noqa: S105 - of a stand-in
WRONG_TOKEN = "somebody-elses-auth-token"  # noqa: S105 - what forgeries are signed under
FORM = "application/x-www-form-urlencoded"
STORIES: Mapping[TwilioStory, Sequence[tuple[str, str]]] = {
    TwilioStory.OK: (("sent", ""), ("delivered", "")),
    TwilioStory.SILENT: (),
    TwilioStory.UNDELIVERED: (("sent", ""), ("undelivered", "30003")),
    TwilioStory.DEAD: (("sent", ""), ("undelivered", "30005")),
    TwilioStory.FAILED: (("failed", "30001"),),
    TwilioStory.OPTED_OUT: (("failed", "21610"),),
    TwilioStory.STOPPED: (("sent", ""), ("delivered", "")),
}


def error(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> ErrorAnswer:
    """An error in Twilio's form."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more_info, "status": status}
    return ErrorAnswer(status, body, headers or {})


ERRORS: dict[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: error(429, 20429, "Too Many Requests", {"Retry-After": "1"}),
    HttpFault.SERVER_ERROR_REJECTED: error(500, 20500, "An internal server error has occurred"),
    HttpFault.SERVER_ERROR_ACCEPTED: error(500, 20500, "An internal server error has occurred"),
    HttpFault.UNAVAILABLE: error(503, 20503, "Service unavailable"),
    HttpFault.ERROR_IN_200: error(200, 20500, "An internal server error has occurred"),
    TwilioRefusal.UNAUTHORIZED: error(401, 20003, "Authenticate"),
    TwilioRefusal.FORBIDDEN: error(400, 21606, "The 'From' phone number provided is not a valid, SMS-capable one."),
    TwilioRefusal.BAD_REQUEST: error(400, 21612, "The message cannot be sent with the combination of 'To' and 'From'."),
    TwilioRefusal.DEAD_ADDRESS: error(400, 21614, "'To' number is not a valid mobile number"),
    TwilioRefusal.OPTED_OUT: error(400, 21610, "Attempt to send to unsubscribed recipient"),
    TwilioRefusal.QUEUE_FULL: error(
        400, 21611, "This 'From' number has exceeded the maximum number of queued messages"
    ),
    TwilioRefusal.DAY_FULL: error(429, 63038, "Account exceeded the daily messages limit"),
}


class AnswerOrder(BaseModel):
    """Something that a person writes, posted to a URL as Twilio posts what comes in."""

    model_config = ConfigDict(extra="forbid")

    sender: str
    to: str
    text: str
    url: str
    opt_out_type: Literal["", "STOP", "START", "HELP"] = ""


class SignedForms:
    """How Twilio posts: a form each, signed for the URL and the fields."""

    def __init__(self, token: str) -> None:
        """Sign under a token."""
        self._token = token

    def __call__(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        """The post of one event; `url` and `_id` are no fields."""
        (event,) = events
        url = str(event["url"])
        fields = {name: str(value) for name, value in event.items() if name not in {"url", "_id"}}
        text = url + "".join(name + fields[name] for name in sorted(fields))
        token = WRONG_TOKEN if forged else self._token
        mac = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
        return Post(urlencode(fields).encode(), {"Content-Type": FORM, "X-Twilio-Signature": mac}, url)


class Twilio:
    """One stand-in for all accounts."""

    def __init__(
        self, journal: Journal, switchboard: Switchboard, connections: Connections, token: str = TOKEN
    ) -> None:
        """Start with nothing sent."""
        self._switchboard = switchboard
        self._provider = Misbehaving(CHANNEL, journal, switchboard, connections, ERRORS)
        self.poster = Poster(SignedForms(token), id_of=lambda event: str(event["_id"]))

    def forget(self) -> None:
        """Back to the start."""
        self.poster.forget()

    async def send(self, request: Request, account: str) -> Response:
        """`POST /2010-04-01/Accounts/{AccountSid}/Messages.json`."""
        if (refused := refuse_login(request, account)) is not None:
            return refused
        if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
            return error(415, 20415, "Unsupported Media Type").response()
        try:
            form = read_form(await request.body())
        except Unreadable:
            return error(400, 20001, "The request body is no form").response()
        if (fault := next(faults(form), None)) is not None:
            return error(400, fault.code, fault.message).response()
        sid, callback = f"SM{secrets.token_hex(16)}", form.get("StatusCallback", "")
        one = Received(
            form["To"],
            message_id=urlsplit(callback).path.rpartition("/")[2],
            provider_message_id=sid,
            message=form.get("Body", ""),
            headers={"form": as_text(form)},
        )
        message = resource(account, sid, form)
        return await self._provider.take(
            request, [one], JSONResponse(message, status_code=201), lambda: self._tell(account, sid, form)
        )

    def answer(self, order: AnswerOrder) -> None:
        """A person's own message."""
        event = {
            "_id": order.text,
            "url": order.url,
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": f"AC{'0' * 32}",
            "From": order.sender,
            "To": order.to,
            "Body": order.text,
            "NumMedia": 0,
            **({"OptOutType": order.opt_out_type} if order.opt_out_type else {}),
        }
        self.poster.put([event], WebhookManner(self._switchboard.next("twilio_webhook", order.sender)))

    def _tell(self, account: str, sid: str, form: Mapping[str, Any]) -> None:
        if "StatusCallback" not in form:
            return
        to, url = form["To"], form["StatusCallback"]
        story = TwilioStory(self._switchboard.next("twilio_events", to))
        events = [told(account, sid, form, url, status, code) for status, code in STORIES[story]]
        lies = [told(account, f"SM{'f' * 32}", form, url, "undelivered", "30005")]
        self.poster.put(events, WebhookManner(self._switchboard.next("twilio_webhook", to)), lies)
        if story is TwilioStory.STOPPED:
            incoming = url.rpartition("/")[0]
            self.answer(AnswerOrder(sender=to, to=str(form.get("From", "")), text="STOP", url=incoming))


def told(account: str, sid: str, form: Mapping[str, Any], url: str, status: str, code: str) -> dict[str, object]:
    """One status callback."""
    return {
        "_id": f"{sid}:{status}",
        "url": url,
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": form.get("From", ""),
        "MessageSid": sid,
        "MessageStatus": status,
        "SmsSid": sid,
        "SmsStatus": status,
        "To": form["To"],
        **({"ErrorCode": code} if code else {}),
    }


def resource(account: str, sid: str, form: Mapping[str, Any]) -> dict[str, object]:
    """The message as the API answers it."""
    path = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    now = formatdate(time.time(), usegmt=False)
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": form.get("Body", ""),
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "accepted" if "MessagingServiceSid" in form else "queued",
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": form["To"],
        "uri": f"{path}.json",
    }


def refuse_login(request: Request, account: str) -> Response | None:
    """An answer where there is no login of the account's, or of an API key's; any secret will do."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        user, secret = "", ""
    if kind != "Basic" or not secret or not (user == account or user.startswith("SK")):
        return ERRORS[TwilioRefusal.UNAUTHORIZED].response({"WWW-Authenticate": 'Basic realm="Twilio API"'})
    if not account.startswith("AC"):
        return error(404, 20404, f"The requested resource /2010-04-01/Accounts/{account} was not found").response()
    return None


def is_standard_key(request: Request) -> bool:
    """Whether the login is an API key: it may use everything but the account's own resource."""
    given = request.headers.get("authorization", "").partition(" ")[2]
    return base64.b64decode(given).startswith(b"SK")


def twilio_router(twilio: Twilio) -> APIRouter:
    """The routes of the API."""
    router = APIRouter()

    @router.get("/2010-04-01/Accounts/{account}.json")
    def account_resource(request: Request, account: str) -> Response:
        refused = refuse_login(request, account)
        if refused is None and is_standard_key(request):
            refused = ERRORS[TwilioRefusal.UNAUTHORIZED].response()
        return refused or JSONResponse({"sid": account, "status": "active", "friendly_name": "Sandbox"})

    @router.get("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json")
    def numbers(request: Request, account: str) -> Response:
        refused = refuse_login(request, account)
        return refused or JSONResponse({"incoming_phone_numbers": [], "page": 0, "page_size": 1})

    @router.post("/2010-04-01/Accounts/{account}/Messages.json")
    async def send(request: Request, account: str) -> Response:
        return await twilio.send(request, account)

    return router


def twilio_switches(twilio: Twilio) -> APIRouter:
    """The sandbox's own routes, below `/sandbox/twilio`."""
    router = poster_switches(twilio.poster)

    @router.post("/answer")
    async def answer(order: AnswerOrder) -> dict[str, str]:
        twilio.answer(order)
        return {"status": "ok"}

    return router
