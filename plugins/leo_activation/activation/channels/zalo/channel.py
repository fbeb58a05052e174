"""Messages by a Zalo Official Account, by the route that was decided for the person.

    zalo_care        POST openapi.zalo.me/v3.0/oa/message/cs          a text, to whom wrote to us within 7 days
    zalo_promotion   POST openapi.zalo.me/v3.0/oa/message/template    an approved template, to a follower's id
    zalo_template    the same to any user's id; to a phone number by
                     POST business.openapi.zalo.me/message/template   with the delivery's id as `tracking_id`

`/v3.0/oa/message/promotion` is not used: Zalo announced its end for 2026-03-01, and an offer is an approved template of
the tag promotion since then, never a free text. The delivery's id has a place only where a template goes to a phone
number; elsewhere events find the delivery by the message's id. What an answer proves is in `zalo_answers`; the sources
are in docs/guides/zalo.md.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.http import HttpConnection, Lost
from leo_activation.activation.channels.words import words
from leo_activation.activation.channels.zalo.account import ZaloAccount
from leo_activation.activation.channels.zalo.answers import BY_PHONE, BY_USER, means_token, read_answer
from leo_activation.activation.lines import is_one_line
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

CHANNEL = "zalo"
CARE = "zalo_care"
PROMOTION = "zalo_promotion"
TEMPLATE = "zalo_template"
LONGEST_TEXT = 2_000
"""Characters of `message.text`, composed (NFC): Zalo counts what is seen."""
USER_ID = re.compile(r"[0-9]{15,25}")
PHONE = re.compile(r"\+?(84[0-9]{8,10})")
TEMPLATE_ID = re.compile(r"[A-Za-z0-9]{1,64}")
PARAMETER = re.compile(r"[A-Za-z0-9_]{1,64}")


class Host(StrEnum):
    """The two APIs that messages go to."""

    OFFICIAL_ACCOUNT = "official_account"
    TEMPLATES = "templates"


@dataclass(frozen=True)
class ZaloPayload:
    """One request: where it goes, and its body."""

    host: Host
    path: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """A token with the number of the pair that it is of."""

    value: str = field(repr=False)
    generation: int


class TokenSource(Protocol):
    """Who keeps the account's tokens, for all workers."""

    def current(self) -> AccessToken:
        """The token to use now, renewed where it ends soon.

        Raises:
            Transient: it cannot be had now.
            Configuration: a person has to authorise the app (again), or Zalo refuses it.
        """
        ...

    def after(self, refused: AccessToken) -> AccessToken:
        """A newer token than one that Zalo did not take; raises as `current` does."""
        ...


class ZaloChannel:
    """Messages of one Official Account."""

    provider = "zalo"

    def __init__(self, account: ZaloAccount, tokens: TokenSource) -> None:
        """Remember how to reach the account, and who keeps its tokens."""
        self._account = account
        self._tokens = tokens

    def build(self, message: Message) -> ZaloPayload:
        """The request, by route: a text of care, or an approved template.

        Raises:
            Permanent: the recipient or the template is malformed, the route does not carry it, or it has a part that
                Zalo does not show.
        """
        for part, name in ((message.subject, "subject"), (message.html, "HTML"), (message.action_url, "tap")):
            if part is not None:
                raise Permanent(f"A message on Zalo has no {name}.")
        if message.grant is not None:
            raise Permanent("No route on Zalo is used by a subscription.")
        route = message.route or (CARE if message.provider_template_id is None else TEMPLATE)
        if route == CARE:
            return _care(message)
        if route in {PROMOTION, TEMPLATE}:
            return _template(message, followers_only=route == PROMOTION)
        raise Permanent(f"Zalo has no route '{route}'.")

    @contextmanager
    def open(self) -> Iterator["ZaloSession"]:
        """A session; it connects when it is first made ready."""
        with ExitStack() as opened:
            connections = {
                Host.OFFICIAL_ACCOUNT: opened.enter_context(self._account.connection(self._account.open_api)),
                Host.TEMPLATES: opened.enter_context(self._account.connection(self._account.business_api)),
            }
            yield ZaloSession(connections, self._account, self._tokens)


class ZaloSession:
    """Connections to both APIs, used again while they answer, and the token that they are used with."""

    def __init__(self, connections: Mapping[Host, HttpConnection], account: ZaloAccount, tokens: TokenSource) -> None:
        """Start without having asked anything."""
        self._connections = connections
        self._account = account
        self._tokens = tokens
        self._token: AccessToken | None = None
        self._is_refused = False
        self._to_prove = {Host.OFFICIAL_ACCOUNT}

    def ready(self) -> None:
        """Hold a token that Zalo takes, and know that Zalo answers; asked once, and again after a lost answer.

        Raises:
            Transient: Zalo cannot be reached, or the token not be had, now.
            Configuration: the app has to be authorised again, or Zalo refuses it.
        """
        if self._token is not None and self._is_refused:
            self._token, self._is_refused = self._tokens.after(self._token), False
            self._to_prove.add(Host.OFFICIAL_ACCOUNT)
        else:
            self._token = self._tokens.current()
        for host in sorted(self._to_prove):
            self._prove(host)
            self._to_prove.discard(host)

    def send(self, payload: ZaloPayload) -> Answer:
        """Send once. A token that is not taken proves that nothing was sent; the next `ready` brings another one."""
        if self._token is None:
            try:
                self._token = self._tokens.current()
            except (Transient, Configuration) as error:
                return Answer(Outcome.RETRY, "token", words(str(error)))
        try:
            answer = self._connections[payload.host].ask(
                "POST", payload.path, content=payload.body, headers=self._account.headers(self._token.value)
            )
        except Lost as lost:
            self._to_prove.add(payload.host)
            return lost.answer()
        self._is_refused = means_token(answer)
        if self._is_refused:
            # The new one is shown to be taken by this host too, or each message would spend another.
            self._to_prove.add(payload.host)
        read = read_answer(answer, BY_PHONE if payload.host is Host.TEMPLATES else BY_USER)
        if read.outcome is Outcome.UNKNOWN or read.pause is not None:
            self._to_prove.add(payload.host)
        return read

    def _prove(self, host: Host) -> None:
        """Ask something that sends nothing. A refusal of anything but the token is an answer: Zalo is there."""
        token = self._token
        if token is None:
            raise Transient("There is no token of Zalo's yet.")
        path = "/v2.0/oa/getoa" if host is Host.OFFICIAL_ACCOUNT else "/message/quota"
        try:
            answer = self._connections[host].ask("GET", path, headers=self._account.headers(token.value))
            if means_token(answer):
                self._token = token = self._tokens.after(token)
                answer = self._connections[host].ask("GET", path, headers=self._account.headers(token.value))
        except Lost as lost:
            raise lost.error("Zalo") from lost
        if means_token(answer):
            raise Configuration("Zalo takes no access token of this app, not even a new one; look at its permissions.")
        if answer.status != 200 or not isinstance(answer.json(), dict):
            raise Transient(f"Zalo does not answer {path} now: {answer.status}.")


def _care(message: Message) -> ZaloPayload:
    if message.unsubscribe_url is not None:
        raise Permanent("Zalo takes no offer as a care message; it needs an approved template.")
    if not USER_ID.fullmatch(message.recipient):
        raise Permanent("The recipient of a care message is a Zalo user's id of this account.")
    text = unicodedata.normalize("NFC", message.text)
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Permanent(f"A care message on Zalo has 1 to {LONGEST_TEXT} characters, not {len(text)}.")
    body = {"recipient": {"user_id": message.recipient}, "message": {"text": text}}
    return ZaloPayload(Host.OFFICIAL_ACCOUNT, "/v3.0/oa/message/cs", _encoded(body))


def _template(message: Message, *, followers_only: bool) -> ZaloPayload:
    template_id = message.provider_template_id
    if template_id is None or not TEMPLATE_ID.fullmatch(template_id):
        raise Permanent("A template message on Zalo needs the id of an approved template.")
    body: dict[str, Any] = {"template_id": template_id, "template_data": _parameters(message.parameters)}
    if USER_ID.fullmatch(message.recipient):
        by_user = {"user_id": message.recipient, **body}
        return ZaloPayload(Host.OFFICIAL_ACCOUNT, "/v3.0/oa/message/template", _encoded(by_user))
    phone = PHONE.fullmatch(message.recipient)
    if phone is None or followers_only:
        raise Permanent(
            "A promotion on Zalo goes to a follower's user id."
            if followers_only
            else "The recipient of a template message is a Zalo user's id or a Vietnamese phone number (84…)."
        )
    by_phone = {"phone": phone[1], **body, "tracking_id": str(message.delivery_id)}
    return ZaloPayload(Host.TEMPLATES, "/message/template", _encoded(by_phone))


def _parameters(parameters: Mapping[str, str]) -> dict[str, str]:
    for name, value in parameters.items():
        if not PARAMETER.fullmatch(name):
            raise Permanent("A parameter of a Zalo template has a name of letters, digits and _.")
        if not is_one_line(value):
            raise Permanent(f"The parameter {name} of the Zalo template is more than one line.")
    return {name: unicodedata.normalize("NFC", value) for name, value in parameters.items()}


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise Permanent("The message holds half a character.") from error
