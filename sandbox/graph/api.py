"""The HTTP face of Graph: `/me`, messages of a Page, marketing messages, and a Page's feed.

Any Page will do whose token holds its id (`contract.PAGE_TOKEN`). Whether a person may be written to now is ordered by
scenario, since windows are Meta's to know.
"""

import base64
import json
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from sandbox.connections import Connections
from sandbox.graph.contract import APP_SECRET, PAGE_TOKEN, SYSTEM_TOKEN, Refused, body_of, error, token_of
from sandbox.graph.stories import (
    SignedPosts,
    id_of,
    lies_about,
    told_of_message,
    told_of_offer,
    told_of_person,
)
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received, as_text
from sandbox.poster import Poster, poster_switches
from sandbox.scenarios import (
    HttpFault,
    MarketingRefusal,
    MessengerRefusal,
    MessengerStory,
    PagePostRefusal,
    Switchboard,
    WebhookManner,
)

VERSION = "v25.0"
MESSENGER, MARKETING, PAGE_POSTS = "messenger", "messenger_marketing", "page_posts"
MOST_POSTS = 100
COMMON: dict[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: error(613, "Calls to this api have exceeded the rate limit.", 2534040),
    HttpFault.SERVER_ERROR_REJECTED: error(1, "An unknown error occurred.", 99, 500),
    HttpFault.SERVER_ERROR_ACCEPTED: ErrorAnswer(500, error(2, "Service temporarily unavailable").body, taken=True),
    HttpFault.UNAVAILABLE: error(2, "Service temporarily unavailable", status=503),
    HttpFault.ERROR_IN_200: error(2, "An unexpected error has occurred.", status=200),
}
OF_MESSAGES: dict[str, ErrorAnswer] = {
    **COMMON,
    MessengerRefusal.UNAUTHORIZED: error(190, "The session has expired.", 463, 401),
    MessengerRefusal.FORBIDDEN: error(200, "Cannot message users who are not admins of the app.", 2018028, 403),
    MessengerRefusal.BAD_REQUEST: error(100, "Invalid parameter"),
    MessengerRefusal.DEAD_ADDRESS: error(100, "No matching user found", 2018001),
    MessengerRefusal.OUTSIDE_WINDOW: error(10, "This message is sent outside of allowed window.", 2018278),
    MessengerRefusal.BLOCKED: error(551, "This person isn't receiving messages from you right now."),
    MessengerRefusal.RESTRICTED: error(10, "You are temporarily restricted from sending messages.", 1893063),
    MessengerRefusal.SENT_WITH_AN_ERROR: ErrorAnswer(
        400, error(1, "Received invalid JSON reply.", 1357046).body, taken=True
    ),
}
OF_OFFERS: dict[str, ErrorAnswer] = {
    **COMMON,
    HttpFault.RATE_LIMITED: error(2300078, "The rate limit for sending messages has been exceeded."),
    MarketingRefusal.UNAUTHORIZED: OF_MESSAGES[MessengerRefusal.UNAUTHORIZED],
    MarketingRefusal.STOPPED: error(2300034, "The subscriber has stopped marketing messages subscription."),
    MarketingRefusal.TOO_SOON: error(2300035, "The minimum delay between messages has not been reached."),
    MarketingRefusal.BUDGET_SPENT: error(2300053, "This campaign has reached its lifetime budget."),
}
OF_POSTS: dict[str, ErrorAnswer] = {
    **COMMON,
    HttpFault.RATE_LIMITED: error(32, "Page request limit reached"),
    PagePostRefusal.UNAUTHORIZED: OF_MESSAGES[MessengerRefusal.UNAUTHORIZED],
    PagePostRefusal.FORBIDDEN: error(200, "The user hasn't authorized the application to perform this action", 0, 403),
    PagePostRefusal.BAD_REQUEST: error(100, "Invalid parameter"),
    PagePostRefusal.DUPLICATE: error(506, "Duplicate status message"),
}


class PersonOrder(BaseModel):
    """Something that a person does, to be told by the webhook."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    psid: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    does: Literal["message", "postback", "click", "referral", "subscribe", "stop"]
    text: str = ""


class Graph:
    """The app's Pages: what was posted on them, and the webhook that tells of them."""

    def __init__(
        self,
        journal: Journal,
        switchboard: Switchboard,
        connections: Connections,
        webhook: str = "",
        secret: str = APP_SECRET,
    ) -> None:
        """Start with no posts."""
        self.secret = secret
        self._switchboard = switchboard
        self._messages = Misbehaving(MESSENGER, journal, switchboard, connections, OF_MESSAGES)
        self._offers = Misbehaving(MARKETING, journal, switchboard, connections, OF_OFFERS)
        self._posts = Misbehaving(PAGE_POSTS, journal, switchboard, connections, OF_POSTS)
        self.feed: list[dict[str, Any]] = []
        self.poster = Poster(SignedPosts(secret), webhook, id_of=id_of)

    def forget(self) -> None:
        """Back to the start."""
        self.feed.clear()
        self.poster.forget()

    async def send(self, request: Request, page: str) -> Response:
        """`POST /{page}/messages`."""
        self._of_page(request, page)
        body = await body_of(request, "send")
        psid, mid = body["recipient"]["id"], f"m_{secrets.token_urlsafe(48)}"
        message = body["message"]
        one = Received(
            psid, message.get("metadata", ""), mid, as_text(body), {"messaging_type": body["messaging_type"]}
        )

        def tell() -> None:
            story = MessengerStory(self._switchboard.next("messenger_events", psid))
            self._tell(psid, told_of_message(page, psid, mid, message, story), lies_about(page, psid))

        taken = JSONResponse({"recipient_id": psid, "message_id": mid})
        return await self._messages.take(request, [one], taken, tell)

    async def offer(self, request: Request, account: str) -> Response:
        """`POST /act_{account}/messages`."""
        token_of(request, self.secret, SYSTEM_TOKEN)
        body = await body_of(request, "marketing")
        token, tracking_id = body["messenger_delivery_data"]["subscription_token"], str(uuid.uuid4())
        one = Received(token, "", tracking_id, as_text(body), {"ad_account": account})

        def tell() -> None:
            story = MessengerStory(self._switchboard.next("messenger_events", token))
            self._tell(token, told_of_offer("1", body["message_id"], token, tracking_id, story), [])

        taken = JSONResponse({"success": True, "marketing_message_tracking_id": tracking_id})
        return await self._offers.take(request, [one], taken, tell)

    async def publish(self, request: Request, page: str) -> Response:
        """`POST /{page}/feed`."""
        self._of_page(request, page)
        body = await body_of(request, "feed")
        post = {
            "id": f"{page}_{secrets.randbelow(10**15):015d}",
            "created_time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            **({"message": body["message"]} if "message" in body else {}),
        }
        one = Received(page, "", post["id"], as_text(body))
        return await self._posts.take(request, [one], JSONResponse({"id": post["id"]}), lambda: self.feed.append(post))

    def read_feed(self, request: Request, page: str, fields: str, since: int, limit: int, after: str) -> Response:
        """`GET /{page}/feed`, the newest first, by pages with cursors; the last has no `next` (Graph, "Results")."""
        self._of_page(request, page)
        if self._switchboard.next("page_feed", page) != HttpFault.OK:
            return error(2, "Service temporarily unavailable", status=503).response()
        wanted = {"id", *fields.split(",")}
        found = [
            {name: value for name, value in post.items() if name in wanted}
            for post in reversed(self.feed)
            if post["id"].startswith(f"{page}_") and datetime.fromisoformat(post["created_time"]).timestamp() >= since
        ]
        first = int(base64.urlsafe_b64decode(after)) if after else 0
        data, rest = found[first : first + min(limit, MOST_POSTS)], found[first + min(limit, MOST_POSTS) :]
        if not data:
            return JSONResponse({"data": []})
        cursors = {
            name: base64.urlsafe_b64encode(str(at).encode()).decode()
            for name, at in {"before": first, "after": first + len(data)}.items()
        }
        more = {"next": f"{request.url.include_query_params(after=cursors['after'])}"} if rest else {}
        return JSONResponse({"data": data, "paging": {"cursors": cursors, **more}})

    def me(self, request: Request) -> Response:
        """`GET /me` under a Page's token."""
        return JSONResponse({"id": token_of(request, self.secret, PAGE_TOKEN)["page"]})

    def person(self, order: PersonOrder) -> None:
        """Tell of something that a person did."""
        told = told_of_person(order.page, order.psid, order.does, order.text)
        self._tell(order.psid, told, lies_about(order.page, order.psid))

    def _of_page(self, request: Request, page: str) -> None:
        if token_of(request, self.secret, PAGE_TOKEN)["page"] != page:
            raise Refused(error(10, "Application does not have permission for this action", status=403))

    def _tell(self, key: str, told: list[Any], lies: list[Any]) -> None:
        self.poster.put(told, WebhookManner(self._switchboard.next("messenger_webhook", key)), lies)


def graph_router(graph: Graph) -> APIRouter:
    """The routes below `/graph`, of the one version that the stand-in knows."""
    router = APIRouter(prefix=f"/{VERSION}")

    @router.get("/me")
    def me(request: Request) -> Response:
        return _or_refused(lambda: graph.me(request))

    @router.post("/act_{account}/messages")
    async def offer(request: Request, account: str) -> Response:
        try:
            return await graph.offer(request, account)
        except Refused as refused:
            return refused.response()

    @router.post("/{page}/messages")
    async def send(request: Request, page: str) -> Response:
        try:
            return await graph.send(request, page)
        except Refused as refused:
            return refused.response()

    @router.post("/{page}/feed")
    async def publish(request: Request, page: str) -> Response:
        try:
            return await graph.publish(request, page)
        except Refused as refused:
            return refused.response()

    @router.get("/{page}/feed")
    def read_feed(
        request: Request,
        page: str,
        fields: str = "id,message,created_time",
        since: int = 0,
        limit: Annotated[int, Query(ge=1)] = 25,
        after: Annotated[str, Query(pattern=r"^([A-Za-z0-9_-]+=*)?$")] = "",
    ) -> Response:
        return _or_refused(lambda: graph.read_feed(request, page, fields, since, limit, after))

    return router


def graph_switches(graph: Graph) -> APIRouter:
    """The sandbox's own routes, below `/sandbox/graph`."""
    router = poster_switches(graph.poster)

    @router.post("/person")
    async def person(order: PersonOrder) -> dict[str, str]:
        graph.person(order)
        return {"status": "ok"}

    @router.get("/feed")
    def feed() -> Response:
        return Response(json.dumps({"at": time.time(), "data": graph.feed}), media_type="application/json")

    return router


def _or_refused(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except Refused as refused:
        return refused.response()
