"""A client of SendGrid's stand-in that knows nothing of ours, and a webhook that keeps what it is posted."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from sandbox.process import SandboxProcess

KEY = "SG.any.key"
SECONDS_TO_WAIT = 10.0
POLL_S = 0.01


def mail(recipient: str = "a@example.com", **changed: Any) -> dict[str, Any]:
    """A body that SendGrid takes; `changed` replaces top-level fields, None leaves one out."""
    body: dict[str, Any] = {
        "personalizations": [{"to": [{"email": recipient}], "custom_args": {"delivery_id": f"d-{recipient}"}}],
        "from": {"email": "offers@shop.example", "name": "Shop"},
        "subject": "Ưu đãi cho bạn",
        "content": [{"type": "text/plain", "value": "Xin chào"}, {"type": "text/html", "value": "<p>Xin chào</p>"}],
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True)
class Client:
    """Plain HTTP against the stand-in."""

    sandbox: SandboxProcess
    timeout_s: float = 2.0

    def send(self, body: object, *, key: str = KEY, **more: Any) -> httpx.Response:
        return httpx.post(
            f"{self.sandbox.sendgrid_url}/v3/mail/send",
            json=body,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self.timeout_s,
            **more,
        )

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(
            f"{self.sandbox.sendgrid_url}{path}",
            params=parameters,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=self.timeout_s,
        )


@dataclass
class Receiver:
    """What a webhook was posted: headers and raw body each; answers with `statuses` in turn, then with 204."""

    url: str = ""
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.posts for event in json.loads(body)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append((dict(self.headers), body))
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep stderr for the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def client(sandbox: SandboxProcess) -> Client:
    return Client(sandbox)


@pytest.fixture
def receiver(sandbox: SandboxProcess) -> Iterator[Receiver]:
    """A webhook that the stand-in posts to."""
    with receiving() as each:
        sandbox.sendgrid_webhook(each.url)
        yield each
        sandbox.sendgrid_webhook("")


def wait_for(holds: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + SECONDS_TO_WAIT
    while not holds():
        if time.monotonic() > ends_at:
            pytest.fail(f"after {SECONDS_TO_WAIT:.0f} s still not: {what}")
        time.sleep(POLL_S)
