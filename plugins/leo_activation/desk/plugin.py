"""The desk as Airflow serves it: made by its first request, which only the API server gets.

Airflow loads plugins in every one of its processes, tasks included, so nothing is read or imported before.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any

URL_PREFIX = "/segment-desk"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


App = Callable[[Scope, Receive, Send], Awaitable[None]]


def _serve(root: str) -> App:
    from leo_activation.desk.serving import desk_app

    return desk_app(root)


class DeskApp:
    """The app, made by its first request, which shows where it stands: Airflow itself may stand below a path."""

    def __init__(self, make: Callable[[str], App] = _serve) -> None:
        """Make nothing yet; `make` is given the path that all addresses of the desk begin with."""
        self._make = make
        self._app: App | None = None
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; while the app is made for the first ones, Airflow goes on answering others."""
        app = self._app
        if app is None:
            app = await asyncio.to_thread(self._made, scope.get("root_path") or URL_PREFIX)
        await app(scope, receive, send)

    def _made(self, root: str) -> App:
        """The app, made once, however many ask for it; it is asked for again where that failed."""
        with self._lock:
            if self._app is None:
                self._app = self._make(root)
            return self._app
