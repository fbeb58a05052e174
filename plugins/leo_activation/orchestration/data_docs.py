"""Where Airflow shows Great Expectations' data docs (`sync/data_docs.py`): at `/data-docs/`, to whoever is logged in.

Airflow loads plugins in every one of its processes, tasks included; the app itself (`data_docs_app.py`) is imported by
the first request, which only the API server gets.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from leo_activation.settings import read_settings

URL_PREFIX = "/data-docs"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def docs_folder() -> Path:
    """Where the check keeps the data docs of all tenants."""
    return read_settings().home / "data-docs"


class DataDocsApp:
    """The app, made by its first request."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._app: Callable[[Scope, Receive, Send], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._app is None:
            from leo_activation.orchestration.data_docs_app import create_app

            self._app = create_app(docs_folder())
        await self._app(scope, receive, send)
