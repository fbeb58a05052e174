"""Access tokens of a Google service account, by google-auth over our own connection.

google-auth signs the assertion and knows when a token has had its day; the request goes through `HttpConnection`, with
its time limits and its rule of public addresses. google-auth repeats a token request that Google is too busy for, and
sleeps in between: here such an answer is a lost one, for the task to try again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from google.auth import exceptions, transport

from leo_activation.activation.channels.http import HttpConnection, Lost
from leo_activation.errors import Configuration, LeoError, Transient

LONGEST_TIMEOUT_S = 10.0
ERROR_CODE = re.compile(r"([a-z_]{1,40}): ")
"""RFC 6749, 5.2: invalid_grant and the like, before google-auth's colon."""


class AccessToken:
    """The token of one service account for one scope, renewed before it ends."""

    def __init__(
        self, account: Mapping[str, str], scope: str, timeout_s: float, authorities: str | None = None
    ) -> None:
        """Ask for nothing yet. `account` is the JSON of the account's key.

        Raises:
            Configuration: it is no such key.
        """
        from google.oauth2.service_account import Credentials

        try:
            self._credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                dict(account), scopes=[scope]
            )
        except (ValueError, TypeError, exceptions.GoogleAuthError):
            # Its own words may hold a part of the key.
            raise Configuration(
                "The Google service account's key is not one: it is the JSON file as Google gives it."
            ) from None
        self._request = _Request(min(timeout_s, LONGEST_TIMEOUT_S), authorities)

    @property
    def text(self) -> str | None:
        """The token, None where none was asked for or it was forgotten."""
        token: str | None = self._credentials.token
        return token

    def renew(self) -> None:
        """Have a token that is good for some minutes more.

        Raises:
            Transient: Google cannot be reached, or is too busy.
            Configuration: Google does not take the account.
        """
        if self._credentials.valid:
            return
        try:
            self._credentials.refresh(self._request)
        except _Busy as error:
            raise Transient(str(error)) from error
        except _NotReached as error:
            raise error.reason from error
        except exceptions.GoogleAuthError as error:
            found = ERROR_CODE.match(str(error.args[0])) if error.args else None
            code = found[1] if found else type(error).__name__
            # Its whole words may name the account.
            raise Configuration(f"Google does not take the service account: {code}.") from None

    def forget(self) -> None:
        """Ask for another one next time: this one was not taken."""
        self._credentials.token = None


class _Busy(exceptions.TransportError):
    """Google answers that it cannot now."""


class _NotReached(exceptions.TransportError):
    """No answer came."""

    def __init__(self, reason: LeoError) -> None:
        super().__init__(str(reason))  # type: ignore[no-untyped-call]
        self.reason = reason


@dataclass(frozen=True)
class _Response:
    """An answer in google-auth's form (`google.auth.transport.Response`)."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Request(transport.Request):
    """google-auth's way to the network."""

    def __init__(self, timeout_s: float, authorities: str | None) -> None:
        self._timeout_s = timeout_s
        self._authorities = authorities

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> _Response:
        parts = httpx.URL(url)
        origin = str(parts.copy_with(raw_path=b"/"))
        try:
            with HttpConnection(origin, {}, timeout or self._timeout_s, self._authorities) as connection:
                answer = connection.ask(
                    method, parts.raw_path.decode("ascii"), content=body, headers=dict(headers or {})
                )
        except Lost as lost:
            raise _NotReached(lost.error("Google's token service")) from lost
        if answer.status in {408, 429} or answer.status >= 500:
            raise _Busy(f"Google's token service answers {answer.status} now.")  # type: ignore[no-untyped-call]
        granted = answer.json()
        if answer.status == 200 and not (isinstance(granted, dict) and isinstance(granted.get("access_token"), str)):
            # google-auth takes a 200 for a token without looking.
            raise _NotReached(Configuration("Google's token service gives no token: something else answers there."))
        return _Response(answer.status, answer.headers, answer.body)
