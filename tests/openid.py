"""A stand-in of an OpenID provider on a socket of its own, and what a test's browser needs to log in there."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser

import httpx
import uvicorn

from sandbox.openid_provider import Account, Client, OpenIdProvider, openid_app


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running_provider(client: Client, accounts: Sequence[Account]) -> Iterator[OpenIdProvider]:
    """The provider, in a thread of the tests, so that they can change what it knows."""
    listening = socket.create_server(("127.0.0.1", 0))
    known = OpenIdProvider(f"http://127.0.0.1:{listening.getsockname()[1]}", client, accounts)
    server = uvicorn.Server(uvicorn.Config(openid_app(known), access_log=False, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield known
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def be(client: httpx.Client, login_page: str, username: str) -> httpx.Response:
    """Choose somebody on the provider's page; its answer leads back to where the login was asked for."""
    page = client.get(login_page)
    assert page.status_code == 200, page.text
    return client.post(page.url.copy_with(query=None), data={**HiddenFields(page.text).values, "username": username})


class HiddenFields(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.values[found.get("name") or ""] = found.get("value") or ""
