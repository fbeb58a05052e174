"""A proxy before the stand-in that changes questions and answers: a server with habits that the stand-in has not."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Change = Callable[[str, dict[str, Any]], dict[str, Any] | bytes]
"""Takes the path and the JSON of a request or an answer, gives what takes its place."""


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes no log."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def unchanged(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What comes, goes."""
    return body


@contextmanager
def tampering(url: str, *, question: Change = unchanged, answer: Change = unchanged) -> Iterator[str]:
    """The URL of a proxy before `url` for the length of the block."""

    class Proxy(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._forward(None)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._forward(_bytes(question(self.path, json.loads(raw))) if raw else b"")

        def _forward(self, body: bytes | None) -> None:
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "content-length", "connection"}
            }
            reply = client.request(self.command, url + self.path, content=body, headers=headers)
            changed = _bytes(answer(self.path, reply.json()))
            self.send_response(reply.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(changed)))
            self.end_headers()
            self.wfile.write(changed)

    with httpx.Client(timeout=10) as client, serving(Proxy) as address:
        yield address


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server that answers by the handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _bytes(body: dict[str, Any] | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
