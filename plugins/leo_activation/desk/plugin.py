"""The desk as Airflow serves it: made by its first request, which only the API server gets.

Airflow loads plugins in every one of its processes, tasks included, so nothing is read or imported before.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

URL_PREFIX = "/segment-desk"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class DeskApp:
    """The app, made by its first request."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._app: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            from leo_activation.desk.serving import desk_app

            self._app = desk_app(URL_PREFIX)
        await self._app(scope, receive, send)
