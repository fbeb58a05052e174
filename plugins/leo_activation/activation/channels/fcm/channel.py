"""Mobile push by Firebase Cloud Messaging: `POST /v1/projects/{project}/messages:send`.

firebase-admin repeats a send by itself on a reset or a 503; here google-auth gives the access token and nothing else.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.fcm.answers import error_words, read_answer
from leo_activation.activation.channels.fcm.google_tokens import AccessToken
from leo_activation.activation.channels.fcm.message import LONGEST_TTL, request_body
from leo_activation.activation.channels.http import HttpConnection, Lost, Phase, refuse_clear_text
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Transient

CHANNEL = "mobile_push"
FCM_API = "https://fcm.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
READINESS = b'{"validateOnly": true, "message": {"topic": "leo-readiness"}}'
"""FCM checks it and sends nothing: it shows that the project is there and that the account may send."""


@dataclass(frozen=True)
class FcmSettings:
    """How to reach one Firebase project.

    `account` is the JSON of a service account's key, which names the project. `ttl` is how long FCM keeps a message for
    a device that is off; what comes later than some hours would come at night. `only_check`: FCM validates each request
    and sends nothing, and the message counts as rejected. The others are as of `SendGridSettings`.
    """

    account: Mapping[str, str] = field(repr=False)
    tenant_id: str
    base_url: str = FCM_API
    timeout_s: float = 30.0
    ttl: timedelta = timedelta(hours=4)
    only_check: bool = False
    authorities: str | None = None
    clear_text: bool = False


class FcmChannel:
    """Push messages to the app of one Firebase project."""

    provider = "fcm"

    def __init__(self, settings: FcmSettings) -> None:
        """Remember how to reach the project.

        Raises:
            Configuration: the key is none, its token would travel in the clear, or FCM keeps nothing for so long.
        """
        if not timedelta(0) <= settings.ttl <= LONGEST_TTL:
            raise Configuration("FCM keeps a message for 0 s to 4 weeks: ttl_s must be from 0 to 2419200.")
        if not settings.account.get("project_id"):
            raise Configuration("The Google service account's key names no project_id.")
        if not settings.clear_text:
            refuse_clear_text(settings.base_url)
            refuse_clear_text(settings.account.get("token_uri", ""))
        self._settings = settings
        self._token()

    def build(self, message: Message) -> bytes:
        """The body of the request; see `fcm_message.request_body`.

        Raises:
            Permanent: it cannot be honoured.
        """
        settings = self._settings
        return request_body(message, settings.tenant_id, settings.ttl, only_check=settings.only_check)

    @contextmanager
    def open(self) -> Iterator["FcmSession"]:
        """A session; it connects when it is first made ready."""
        settings = self._settings
        path = f"/v1/projects/{quote(settings.account['project_id'], safe='')}/messages:send"
        headers = {"Content-Type": "application/json"}
        with HttpConnection(settings.base_url, headers, settings.timeout_s, settings.authorities) as connection:
            yield FcmSession(connection, self._token(), path, only_check=settings.only_check)

    def _token(self) -> AccessToken:
        settings = self._settings
        return AccessToken(settings.account, SCOPE, settings.timeout_s, settings.authorities)


class FcmSession:
    """One connection under a token that is renewed, used again while the project answers."""

    def __init__(self, connection: HttpConnection, token: AccessToken, path: str, *, only_check: bool) -> None:
        """Start without having asked anything."""
        self._connection = connection
        self._token = token
        self._path = path
        self._only_check = only_check
        self._answers = False

    def ready(self) -> None:
        """Have a token, and know that the project answers and that the account may send.

        Asked once, and again after a lost answer.

        Raises:
            Transient: Google cannot be reached, or is too busy to say.
            Configuration: it does not know the account or the project, or the account may not send.
        """
        self._token.renew()
        if self._answers:
            return
        try:
            answer = self._connection.ask("POST", self._path, content=READINESS, headers=self._headers())
        except Lost as lost:
            raise lost.error("FCM") from lost
        if answer.status == 429 or answer.status >= 500:
            raise Transient(f"FCM does not answer now: {error_words(answer)}.")
        if answer.status != 200:
            self._token.forget()
            raise Configuration(f"FCM refuses this installation: {error_words(answer)}.")
        self._answers = True

    def send(self, payload: bytes) -> Answer:
        """Send once."""
        if self._token.text is None:
            return Answer(Outcome.RETRY, Phase.CONNECT, "There is no access token to send with.")
        try:
            answer = self._connection.ask("POST", self._path, content=payload, headers=self._headers())
        except Lost as lost:
            self._answers = False
            return lost.answer()
        read = read_answer(answer, only_check=self._only_check)
        self._answers = read.outcome is not Outcome.UNKNOWN and read.pause is None
        if answer.status == 401:
            self._token.forget()
        return read

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.text}"}
