"""E-mail by Twilio SendGrid's `POST /v3/mail/send`, over one HTTP/1.1 connection a session.

httpx with time limits, no redirect and no retry; the provider's own client has neither limit nor outcome. While the
request is not wholly written, nothing can have been accepted: `retry`. After that only a documented answer tells
(`sendgrid_answers`), and anything else is `unknown`.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from secrets import SystemRandom
from typing import Any

import httpx

from leo_activation.activation.channels import Answer, FoundInLog, LookedFor, Message
from leo_activation.activation.channels.cutting import cut_after
from leo_activation.activation.channels.sendgrid_answers import HttpAnswer, error_words, read_answer
from leo_activation.activation.channels.sendgrid_mail import DELIVERY_ARGUMENT, mail_body
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient

GLOBAL_API = "https://api.sendgrid.com"
EUROPEAN_API = "https://api.eu.sendgrid.com"
MAIL_SEND = "mail.send"
LONGEST_BODY = 64 * 1024
KEPT_ALIVE_S = 15.0
"""Below the time after which a load balancer drops an idle connection: a request into one that it just dropped would be
unknown."""
MOST_LOOKED_UP = 20
"""Messages asked for at once: the e-mail activity takes few requests a minute."""
MOST_ERASED = 5_000


class Phase(StrEnum):
    """Where an attempt was decided."""

    CONNECT = "connect"
    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True)
class SendGridSettings:
    """How to reach one account.

    `tenant_id` goes with each message and comes back with its events. `timeout_s` holds for connecting, and for each
    read and write; four times as long for the whole exchange. `only_check`: SendGrid validates and sends nothing.
    """

    api_key: str = field(repr=False)
    tenant_id: str
    base_url: str = GLOBAL_API
    timeout_s: float = 30.0
    only_check: bool = False


class SendGridChannel:
    """E-mail through one account of SendGrid's."""

    provider = "sendgrid"

    def __init__(self, settings: SendGridSettings) -> None:
        """Remember how to reach the account.

        Raises:
            Configuration: there is no key, or it would travel in the clear.
        """
        _check(settings)
        self._settings = settings

    def build(self, message: Message) -> bytes:
        """The body of the request; see `sendgrid_mail.mail_body`.

        Raises:
            Permanent: it cannot be honoured.
        """
        return mail_body(message, self._settings.tenant_id, only_check=self._settings.only_check)

    @contextmanager
    def open(self) -> Iterator["SendGridSession"]:
        """A session; it connects when it is first made ready."""
        with _client(self._settings) as client:
            yield SendGridSession(client, self._settings)


class SendGridSession:
    """One connection, used again while the account answers."""

    def __init__(self, client: httpx.Client, settings: SendGridSettings) -> None:
        """Start without having asked anything."""
        self._exchange = _Exchange(client, settings.timeout_s)
        self._settings = settings
        self._answers = False

    def ready(self) -> None:
        """Know that the account answers and that the key may send; asked once, and again after a lost connection.

        Raises:
            Transient: SendGrid cannot be reached, or is too busy to say.
            Configuration: it does not know the key, or the key may not send.
        """
        if self._answers:
            return
        scopes = self._exchange.json_of("GET", "/v3/scopes").get("scopes", [])
        if not isinstance(scopes, list) or MAIL_SEND not in scopes:
            raise Configuration("SendGrid's key may not send: it lacks the scope mail.send.")
        self._answers = True

    def send(self, payload: bytes) -> Answer:
        """Send once; see the module for how the outcome is found."""
        try:
            answer = self._exchange.ask("POST", "/v3/mail/send", content=payload)
        except httpx.HTTPError as error:
            self._answers = False
            phase = self._exchange.phase
            outcome = Outcome.UNKNOWN if phase is Phase.ANSWER else Outcome.RETRY
            return Answer(outcome, phase, words(f"{type(error).__name__}: {error}"))
        read = read_answer(answer, only_check=self._settings.only_check)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        return read


class SendGridLog:
    """SendGrid's e-mail activity, which an account has by an add-on; it forgets after some days.

    A message that it does not name stays unknown: the activity lags behind, and says so nowhere.
    """

    provider = "sendgrid"

    def __init__(self, settings: SendGridSettings) -> None:
        """Remember how to reach the account.

        Raises:
            Configuration: there is no key, or it would travel in the clear.
        """
        _check(settings)
        self._settings = settings

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        """Those of the messages that the activity names, 20 of them at most and drawn where there are more.

        A message that is named was accepted, whatever became of it later.

        Raises:
            Transient: it cannot be read now.
            Configuration: the key may not read it, or the account has no e-mail activity.
        """
        found: list[FoundInLog] = []
        with _client(self._settings) as client:
            exchange = _Exchange(client, self._settings.timeout_s)
            for message in SystemRandom().sample(list(messages), min(len(messages), MOST_LOOKED_UP)):
                query = f"unique_args['{DELIVERY_ARGUMENT}']=\"{message.delivery_id}\""
                try:
                    listed = exchange.json_of("GET", "/v3/messages", params={"query": query, "limit": "1"})
                except Transient:
                    if found:
                        return found
                    raise
                found += _found(message, listed.get("messages"))
        return found


def erase_recipients(settings: SendGridSettings, addresses: Sequence[str]) -> str:
    """Have SendGrid erase what it keeps of people: `POST /v3/recipients/erasejob`.

    Returns:
        The id of the job.

    Raises:
        Permanent: more than 5,000 addresses, or none.
        Transient: SendGrid cannot be reached; asking again erases nothing twice.
        Configuration: the key may not erase.
    """
    if not 0 < len(addresses) <= MOST_ERASED:
        raise Permanent(f"SendGrid erases from 1 to {MOST_ERASED} addresses at once, not {len(addresses)}.")
    _check(settings)
    with _client(settings) as client:
        answer = _Exchange(client, settings.timeout_s).json_of(
            "POST", "/v3/recipients/erasejob", json={"email_addresses": list(addresses)}
        )
    job = answer.get("job_id")
    if not isinstance(job, str):
        raise Transient("SendGrid took the erasure and did not name its job; ask again.")
    return job


class _Exchange:
    """Requests over the one connection, each bounded as a whole, with the phase that the last one came to."""

    def __init__(self, client: httpx.Client, timeout_s: float) -> None:
        self._client = client
        self._whole_s = 4 * timeout_s
        self._socket: socket.socket | None = None
        self.phase = Phase.CONNECT

    def ask(self, method: str, path: str, **parts: Any) -> HttpAnswer:
        """The answer; its body is cut where it is long, and left where it breaks off."""
        self.phase = Phase.CONNECT
        with (
            cut_after(self._whole_s, lambda: self._socket),
            self._client.stream(method, path, extensions={"trace": self._trace}, **parts) as response,
        ):
            return HttpAnswer(response.status_code, response.headers, _start_of(response), time.time())

    def json_of(self, method: str, path: str, **parts: Any) -> Mapping[str, Any]:
        """The object of a 2xx, for requests that may be asked again."""
        try:
            answer = self.ask(method, path, **parts)
        except httpx.HTTPError as error:
            if _is_untrusted(error):
                raise Configuration(f"SendGrid's certificate cannot be trusted: {words(str(error))}") from error
            raise Transient(f"SendGrid cannot be reached: {words(f'{type(error).__name__}: {error}')}") from error
        if answer.status == 429 or answer.status >= 500:
            raise Transient(f"SendGrid does not answer {path} now: {error_words(answer)}")
        body = answer.json()
        if answer.status not in {200, 202} or not isinstance(body, dict):
            raise Configuration(f"SendGrid refuses this installation {path}: {error_words(answer)}")
        return body

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's own account of what it does, by which a request that never left is told from one that may have."""
        match event:
            case "connection.connect_tcp.complete" | "connection.start_tls.complete":
                self._socket = info["return_value"].get_extra_info("socket")
            case "http11.send_request_headers.started":
                self.phase = Phase.REQUEST
            case "http11.send_request_body.complete":
                self.phase = Phase.ANSWER


def _check(settings: SendGridSettings) -> None:
    if not settings.api_key:
        raise Configuration("SendGrid needs an API key.")
    url = httpx.URL(settings.base_url)
    if url.scheme != "https" and url.host not in {"127.0.0.1", "::1", "localhost"}:
        raise Configuration(f"SendGrid's key would travel in the clear to {url.host}; use https.")


def _client(settings: SendGridSettings) -> httpx.Client:
    """A client of one connection that repeats nothing, follows nothing and reads no proxy from the environment."""
    return httpx.Client(
        base_url=settings.base_url,
        headers={
            "Authorization": f"Bearer {settings.api_key}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        },
        timeout=settings.timeout_s,
        follow_redirects=False,
        trust_env=False,
        transport=httpx.HTTPTransport(
            http2=False,
            retries=0,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_ALIVE_S),
        ),
    )


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _start_of(response: httpx.Response) -> bytes:
    """The body up to its bound. Status and headers decide, so a body that breaks off changes nothing."""
    start = b""
    try:
        for part in response.iter_raw():
            start += part
            if len(start) > LONGEST_BODY:
                break
    except httpx.HTTPError:
        return start
    return start


def _found(message: LookedFor, listed: object) -> list[FoundInLog]:
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return []
    first = listed[0]
    return [
        FoundInLog(
            message.delivery_id,
            Outcome.ACCEPTED,
            words(f"e-mail activity: {first.get('status')}"),
            message.provider_message_id or str(first.get("msg_id", "")).partition(".")[0] or None,
        )
    ]
