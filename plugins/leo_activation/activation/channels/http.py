"""One HTTP/1.1 connection to a provider, for requests that must not be repeated.

httpx with time limits, no redirect, no retry and no proxy from the environment, to public addresses only
(`public_addresses`). While a request is not wholly written,
nothing can have been accepted: `Phase.CONNECT` and `Phase.REQUEST` are proofs. In `Phase.ANSWER` only the answer tells.
"""

import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from leo_activation.activation.channels import Answer
from leo_activation.activation.channels.cutting import cut_after
from leo_activation.activation.channels.public_addresses import (
    Dns,
    NotPublic,
    PublicTransport,
    Reach,
    Resolve,
    reach_of,
)
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, LeoError, Transient
from leo_activation.settings import read_settings

LONGEST_BODY = 64 * 1024
LONGEST_LIST = 4 * 1024 * 1024
"""What a page of a list may have: texts of people, written in six bytes a letter."""
KEPT_ALIVE_S = 15.0
"""Below the time after which a load balancer drops an idle connection: a request into one that it just dropped would be
unknown."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Phase(StrEnum):
    """Where an attempt was decided."""

    CONNECT = "connect"
    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True)
class HttpAnswer:
    """Status, headers and the start of the body, with the moment (seconds since 1970) at which it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self) -> object:
        """The body as JSON, or None where it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Lost(Exception):
    """No answer came; `phase` is how far the request was."""

    def __init__(self, phase: Phase, error: httpx.HTTPError) -> None:
        """Keep the phase and the words of the error, without addresses."""
        super().__init__(words(f"{type(error).__name__}: {error}"))
        self.phase = phase
        self._is_untrusted = _is_untrusted(error)
        self.is_refused_here = isinstance(error, NotPublic)
        """True where this installation does not connect to such an address; nothing was sent."""

    def answer(self) -> Answer:
        """What it means for a message: unknown where the whole request had left."""
        outcome = Outcome.UNKNOWN if self.phase is Phase.ANSWER else Outcome.RETRY
        return Answer(outcome, self.phase, str(self))

    def error(self, provider: str) -> LeoError:
        """What it means for a request that may be asked again, to be raised."""
        if self.is_refused_here:
            return Configuration(f"The address of {provider} is refused: {self}.")
        if self._is_untrusted:
            return Configuration(f"The certificate of {provider} cannot be trusted: {self}")
        return Transient(f"{provider} cannot be reached: {self}")


class HttpConnection:
    """The connection, made when it is first used and again where it was lost; a context that closes it."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        timeout_s: float,
        authorities: str | None = None,
        *,
        reach: Reach | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        """Connect to nothing yet. `timeout_s` holds for connecting, each read and each write; four times it for all.

        Whether a key may travel to `base_url` is for the channel to ask, by `refuse_clear_text`.
        authorities: a PEM file of the certificate authorities to trust, in place of the usual ones.
        reach: how far it may go; by default what LEO_PROVIDER_REACH says, so that no provider can forget to ask.
        resolve: from a name to its addresses, by default the system's DNS.

        Raises:
            Configuration: the file cannot be read, the variable says nothing that there is, or `base_url` is no URL.
        """
        self._whole_s = 4 * timeout_s
        self._socket: socket.socket | None = None
        self._phase = Phase.CONNECT
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_ALIVE_S)
        self._client = httpx.Client(
            base_url=_url(base_url),
            headers={"Accept-Encoding": "identity", **headers},
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
            transport=PublicTransport(
                httpx.HTTPTransport(verify=_trust(authorities), http2=False, retries=0, trust_env=False, limits=limits),
                reach_of(read_settings()) if reach is None else reach,
                resolve or Dns(timeout_s=timeout_s),
                patience_s=timeout_s,
            ),
        )

    def __enter__(self) -> "HttpConnection":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def ask(self, method: str, path: str, *, longest_body: int = LONGEST_BODY, **parts: Any) -> HttpAnswer:
        """Make one request, once. `parts` are httpx's: json, content, params, headers.

        longest_body: of how many bytes of the answer nothing is cut off; more for lists that are read.

        Returns:
            The answer; its body is cut where it is long, and left where it breaks off, for the status decides.

        Raises:
            Lost: no answer came.
        """
        self._phase = Phase.CONNECT
        try:
            with (
                cut_after(self._whole_s, lambda: self._socket),
                self._client.stream(method, path, extensions={"trace": self._trace}, **parts) as response,
            ):
                return HttpAnswer(
                    response.status_code, response.headers, _start_of(response, longest_body), time.time()
                )
        except httpx.HTTPError as error:
            raise Lost(self._phase, error) from error

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's own account of what it does, by which a request that never left is told from one that may have."""
        match event:
            case "connection.connect_tcp.complete" | "connection.start_tls.complete":
                self._socket = info["return_value"].get_extra_info("socket")
            case "http11.send_request_headers.started":
                self._phase = Phase.REQUEST
            case "http11.send_request_body.complete":
                self._phase = Phase.ANSWER


def refuse_clear_text(base_url: str) -> None:
    """Pass only a URL by which a key can travel.

    Raises:
        Configuration: it is neither https nor on this machine, or no URL.
    """
    url = _url(base_url)
    if url.scheme != "https" and url.host not in LOOPBACK:
        raise Configuration(f"A key would travel in the clear to {url.host or base_url!r}; use https.")


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Configuration(f"The address of a provider is no URL: {error}.") from None


def _trust(authorities: str | None) -> ssl.SSLContext | bool:
    if authorities is None:
        return True
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise Configuration(f"The certificate authorities in {authorities} cannot be read: {error}") from error


def _start_of(response: httpx.Response, longest: int) -> bytes:
    start = b""
    try:
        for part in response.iter_raw():
            start += part
            if len(start) > longest:
                break
    except httpx.HTTPError:
        return start
    return start


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
