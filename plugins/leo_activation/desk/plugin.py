"""The desk as Airflow serves it: made by its first request, which only the API server gets.

Airflow loads plugins in every one of its processes, tasks included, so nothing is read or imported before.
"""

from collections.abc import Awaitable, Callable, MutableMapping
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            self._app = self._make(scope.get("root_path") or URL_PREFIX)
        await self._app(scope, receive, send)
