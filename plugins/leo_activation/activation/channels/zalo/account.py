"""One Official Account of Zalo's as an app of ours may use it: its hosts, and the renewal of its tokens.

An access token lives 25 hours. A refresh token lives three months, can be used once, and is answered with the next one
("xác thực và ủy quyền cho ứng dụng", developers.zalo.me; see docs/guides/zalo.md for where that was read). So the
answer to a renewal is worth more than any message: whatever of it can be read is kept.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from leo_activation.activation.channels.http import HttpAnswer, HttpConnection, Lost, Phase, refuse_clear_text
from leo_activation.activation.channels.words import words
from leo_activation.errors import Configuration, Transient

OPEN_API = "https://openapi.zalo.me"
BUSINESS_API = "https://business.openapi.zalo.me"
OAUTH = "https://oauth.zaloapp.com"
ZALO_ID = re.compile(r"[0-9]{1,32}")
ACCESS_LIVES = timedelta(hours=25)
REFRESH_LIVES = timedelta(days=90)
UNREADABLE_LIFE = timedelta(hours=1)
"""How long an access token is used whose life the answer does not say."""


@dataclass(frozen=True)
class ZaloAccount:
    """How to reach one Official Account by one app.

    `app_secret` is the app's secret key. `timeout_s` and `authorities` are those of `HttpConnection`; `clear_text` lets
    tokens travel unencrypted, to a stand-in within one's own network. `proof` adds `appsecret_proof` to each request,
    for apps that demand it.
    """

    app_id: str
    app_secret: str = field(repr=False)
    open_api: str = OPEN_API
    business_api: str = BUSINESS_API
    oauth: str = OAUTH
    timeout_s: float = 10.0
    authorities: str | None = None
    clear_text: bool = False
    proof: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            Configuration: the app's id is none, its secret could stand in no header, or it would travel in the clear.
        """
        if not ZALO_ID.fullmatch(self.app_id):
            raise Configuration("The id of the Zalo app is a number, as developers.zalo.me shows it.")
        check_token("The secret key of the Zalo app", self.app_secret)
        if not self.clear_text:
            for url in (self.open_api, self.business_api, self.oauth):
                refuse_clear_text(url)

    def connection(self, base_url: str) -> HttpConnection:
        """A connection to one of the hosts; tokens go with each request."""
        return HttpConnection(base_url, {"Content-Type": "application/json"}, self.timeout_s, self.authorities)

    def headers(self, access_token: str) -> dict[str, str]:
        """What a request is made with: the bare token, and its HMAC under the app's secret where that is asked for."""
        headers = {"access_token": access_token}
        if self.proof:
            made = hmac.new(self.app_secret.encode(), access_token.encode(), hashlib.sha256)
            headers["appsecret_proof"] = made.hexdigest()
        return headers


@dataclass(frozen=True)
class NewTokens:
    """What a renewal gave; without an access token where only the refresh token could be read."""

    refresh_token: str = field(repr=False)
    access_token: str | None = field(repr=False)
    access_lives: timedelta


class GrantLost(Configuration):
    """Zalo does not take the refresh token any more: a person has to authorise the app again."""


def renew(account: ZaloAccount, refresh_token: str) -> NewTokens:
    """Spend a refresh token: `POST /v4/oa/access_token`, once.

    Raises:
        GrantLost: Zalo refuses this refresh token.
        Configuration: Zalo refuses the app, or its certificate cannot be trusted.
        Transient: no answer came, or none that can be read. The refresh token may be spent then.
    """
    with HttpConnection(account.oauth, {}, account.timeout_s, account.authorities) as connection:
        try:
            answer = connection.ask(
                "POST",
                "/v4/oa/access_token",
                headers={"secret_key": account.app_secret},
                data={"refresh_token": refresh_token, "app_id": account.app_id, "grant_type": "refresh_token"},
            )
        except Lost as lost:
            if lost.phase is not Phase.ANSWER:
                raise lost.error("Zalo's authorisation") from lost
            raise Transient(f"Zalo's authorisation did not answer, and may have renewed: {lost}") from lost
    body = answer.json()
    if not isinstance(body, dict):
        raise Transient(f"Zalo's authorisation answers {answer.status} without JSON.")
    tokens = _tokens(body)
    if tokens is not None:
        return tokens
    raise _refusal(answer, body)


def check_token(what: str, token: str) -> None:
    """Pass only what can stand in a header.

    Raises:
        Configuration: it is empty, or holds blanks, line ends or letters beyond ASCII.
    """
    if not token or not all("!" <= mark <= "~" for mark in token):
        raise Configuration(f"{what} must be given, without blanks or line ends.")


def _tokens(body: Mapping[str, Any]) -> NewTokens | None:
    refresh, access = body.get("refresh_token"), body.get("access_token")
    if not isinstance(refresh, str) or not refresh:
        return None
    return NewTokens(refresh, access if isinstance(access, str) and access else None, _life(body.get("expires_in")))


def _life(told: object) -> timedelta:
    """`expires_in`, which is seconds written as a string."""
    text = str(told)
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        return UNREADABLE_LIFE
    return min(timedelta(seconds=int(text)), ACCESS_LIVES)


def _refusal(answer: HttpAnswer, body: Mapping[str, Any]) -> Exception:
    """Zalo publishes no table of these codes (-14xxx): the name of the error says which thing is refused."""
    code = body.get("error")
    said = words(f"{answer.status} {code} {body.get('error_name') or body.get('message') or ''}".strip())
    if answer.status >= 500 or not isinstance(code, int) or isinstance(code, bool) or code == 0:
        return Transient(f"Zalo's authorisation cannot be read: {said}")
    if "refresh token" in said.lower().replace("_", " "):
        return GrantLost(f"Zalo refuses the refresh token: {said}")
    return Configuration(f"Zalo's authorisation refuses the app: {said}")
