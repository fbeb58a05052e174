"""Meta's Graph API as one Page uses it: the address, the tokens, and the proof that they are used by their app.

The token goes into the header, never into an address, which proxies and logs keep. `appsecret_proof` is the HMAC-SHA256
of the token under the app's secret: a token that was stolen alone sends nothing, where the app demands the proof (Meta,
"Securing Graph API Requests", read 2026-11-22).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from leo_activation.activation.channels.http import LONGEST_LIST, HttpAnswer, HttpConnection, Lost, refuse_clear_text
from leo_activation.activation.channels.words import words
from leo_activation.errors import Configuration, Transient

GRAPH_API = "https://graph.facebook.com"
VERSION = "v25.0"
META_ID = re.compile(r"[0-9]{1,32}")
BAD_PARAMETER = 100
BUSY = frozenset({2, 4, 17, 32, 341, 613})
"""Codes of Graph's own guide ("Handling Errors") that say nothing against a request that only reads."""


@dataclass(frozen=True)
class GraphSettings:
    """How to reach one Page.

    `page_token` is the Page's access token, `app_secret` that of the app which it was given to. `timeout_s` and
    `authorities` are those of `HttpConnection`. `clear_text` lets the token travel unencrypted, to a stand-in within
    one's own network.
    """

    page_id: str
    page_token: str = field(repr=False)
    app_secret: str = field(repr=False)
    base_url: str = GRAPH_API
    timeout_s: float = 30.0
    authorities: str | None = None
    clear_text: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            Configuration: the Page's id is none, a secret could stand in no header, or it would travel in the clear.
        """
        if not META_ID.fullmatch(self.page_id):
            raise Configuration("The Page's id is a number, as its settings show it.")
        check_secret("The Page's access token", self.page_token)
        check_secret("The app's secret", self.app_secret)
        if not self.clear_text:
            refuse_clear_text(self.base_url)

    def connection(self) -> HttpConnection:
        """A connection to the API's version; see `HttpConnection`."""
        return HttpConnection(
            f"{self.base_url.rstrip('/')}/{VERSION}",
            {"Content-Type": "application/json"},
            self.timeout_s,
            self.authorities,
        )

    def under(self, token: str) -> dict[str, Any]:
        """The parts of a request that prove who asks: httpx's headers and params."""
        proof = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return {"headers": {"Authorization": f"Bearer {token}"}, "params": {"appsecret_proof": proof}}


@dataclass(frozen=True)
class GraphError:
    """What Graph says is wrong; 0 stands for a number that it did not give."""

    code: int
    subcode: int
    text: str

    @property
    def detail(self) -> str:
        """Its numbers and words, without addresses."""
        return words(f"{self.code}/{self.subcode} {self.text}" if self.subcode else f"{self.code} {self.text}")


def check_secret(what: str, secret: str) -> None:
    """Pass only what can stand in a header.

    Raises:
        Configuration: it is empty, or has a blank or a line end.
    """
    if not secret or not all("!" <= mark <= "~" for mark in secret):
        raise Configuration(f"{what} is missing, or has blanks or line ends.")


def error_of(answer: HttpAnswer) -> GraphError | None:
    """The error of a body, whatever the status, or None where there is none in the documented form."""
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not _is_number(error.get("code")):
        return None
    subcode = error.get("error_subcode")
    return GraphError(error["code"], subcode if _is_number(subcode) else 0, str(error.get("message", "")))


def read_object(
    connection: HttpConnection, settings: GraphSettings, path: str, params: Mapping[str, str]
) -> Mapping[str, Any]:
    """What a path holds, for requests that may be asked again.

    Raises:
        Transient: Graph cannot be reached, or is too busy to say.
        Configuration: it refuses the token, its proof or its rights.
    """
    proved = settings.under(settings.page_token)
    try:
        answer = connection.ask(
            "GET",
            path,
            longest_body=LONGEST_LIST,
            headers=proved["headers"],
            params={**proved["params"], **params},
        )
    except Lost as lost:
        raise lost.error("Facebook") from lost
    error = error_of(answer)
    if error is not None and error.code not in BUSY and answer.status < 500:
        raise Configuration(f"Facebook refuses this installation: {error.detail}")
    body = answer.json()
    if error is not None or answer.status != 200 or not isinstance(body, dict):
        detail = error.detail if error is not None else str(answer.status)
        raise Transient(f"Facebook does not answer now: {detail}")
    return body


def check_page(connection: HttpConnection, settings: GraphSettings) -> None:
    """Know that Graph answers and that the token is this Page's.

    Raises:
        Transient: Facebook cannot be reached, or is too busy to say.
        Configuration: it refuses the token or its proof, or the token is another Page's.
    """
    if read_object(connection, settings, "/me", {"fields": "id"}).get("id") != settings.page_id:
        raise Configuration("The access token is not that of the Page which the connection names.")


def is_about_the_proof(error: GraphError) -> bool:
    """Whether Graph says that the app's proof is missing or wrong; it has no code of its own."""
    return error.code == BAD_PARAMETER and "appsecret_proof" in error.text


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
