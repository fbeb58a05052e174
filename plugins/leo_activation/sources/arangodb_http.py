"""One HTTP request to ArangoDB by python-arango: bounded, verified, and failing in words of this package.

python-arango's own client would retry (urllib3 three times, the connection three times more), follow redirects, read
proxies and `.netrc` from the environment, lose why a connection failed, and take half a JSON text for an answer. This
one sends once; who asks decides about another try.
"""

import ssl
import time
from collections.abc import MutableMapping
from typing import Any

import msgspec
import requests
import urllib3
from arango.http import HTTPClient
from arango.response import Response
from requests.adapters import HTTPAdapter

from leo_activation.sources.arangodb_settings import ArangodbSettings

_BLOCK = 1 << 17
_LONGEST_REFUSAL = 1 << 16
_SECURITY = ssl.SSLCertVerificationError


class Lost(Exception):
    """No whole answer came; another try may bring it."""


class Broken(Exception):
    """An answer came, and it is not what was asked for."""


class TooLarge(Exception):
    """The answer is larger than may be held."""


class Untrusted(Exception):
    """The server could not show a certificate that is to be trusted."""


class Refused(Exception):
    """The server answered with an HTTP status from 300 on; `number` is ArangoDB's own error number, 0 for none."""

    def __init__(self, status: int, number: int) -> None:
        """Keep status and number; ArangoDB's own words are left behind, because they may quote what was sent."""
        super().__init__(f"it answered with {status}" + (f", ArangoDB error {number}" if number else ""))
        self.status = status
        self.number = number


class SingleRequest(HTTPClient):  # type: ignore[misc]  # python-arango is untyped here
    """Sends a request once, within the time-outs, and returns it only where its status is 2xx."""

    def __init__(self, settings: ArangodbSettings) -> None:
        """Nothing is sent yet."""
        self._settings = settings

    def create_session(self, host: str) -> requests.Session:
        """A session with a pool of connections, which takes nothing from the environment."""
        session = requests.Session()
        session.trust_env = False
        session.verify = self._settings.verify
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=2, max_retries=0))
        return session

    def send_request(
        self,
        session: requests.Session,
        method: str,
        url: str,
        headers: Any = None,
        params: MutableMapping[str, str] | None = None,
        data: Any = None,
        auth: tuple[str, str] | None = None,
    ) -> Response:
        """Send, and read the answer to its end.

        Raises:
            Lost, TooLarge, Untrusted, Refused: see there.
        """
        settings = self._settings
        deadline = time.monotonic() + settings.answer_seconds
        # Encoded here: requests would write a name or password beyond Latin-1 in no form at all.
        secret = tuple(part.encode() for part in auth) if auth else None
        try:
            with session.request(
                method,
                url,
                params=params,
                data=data.encode() if isinstance(data, str) else data,
                headers=headers,
                auth=secret,  # type: ignore[arg-type]  # bytes are as good
                timeout=(settings.connect_seconds, settings.read_seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if answer.status_code >= 300:
                    raise Refused(answer.status_code, _error_number(_read(answer, deadline, _LONGEST_REFUSAL)))
                body = _read(answer, deadline, settings.answer_bytes)
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            if _is_caused_by(error, _SECURITY):
                raise Untrusted from None
            raise Lost("the encrypted connection broke") from None
        except requests.exceptions.ConnectTimeout:
            raise Lost(f"no connection came about within {settings.connect_seconds:g} s") from None
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
            raise Lost(f"nothing came for {settings.read_seconds:g} s") from None
        except requests.exceptions.ConnectionError as error:
            refused = _is_caused_by(error, ConnectionRefusedError)
            raise Lost("the connection was refused" if refused else "the connection failed") from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError):
            raise Lost("the answer was cut off") from None
        # raw_body is text to python-arango, which only hands it to the deserializer; bytes are what that reads best.
        return Response(method, answer.url, answer.headers, answer.status_code, answer.reason, body)


_fields_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_results_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_value_of = msgspec.json.Decoder().decode


def read_answer(body: bytes) -> dict[str, object]:
    """The fields of an answer; the results of a query stay the bytes that they are, each on its own.

    Raises:
        Broken: the answer is no JSON object, or its results are no array.
    """
    try:
        fields = _fields_of(body)
        rows = _results_of(fields.pop("result")) if "hasMore" in fields and "result" in fields else None
        answer: dict[str, object] = {name: _value_of(value) for name, value in fields.items()}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Broken("the answer is no whole JSON of the kind that was asked for") from None
    if rows is not None:
        answer["result"] = rows
    return answer


def _read(answer: requests.Response, deadline: float, most_bytes: int) -> bytes:
    # One read of the socket at a time: a read of all would wait for ever on a server that sends a byte now and then.
    blocks: list[bytes] = []
    size = 0
    while block := answer.raw.read1(_BLOCK, decode_content=True):
        blocks.append(block)
        size += len(block)
        if size > most_bytes:
            raise TooLarge
        if time.monotonic() > deadline:
            raise Lost("the answer took too long to come")
    return b"".join(blocks)


def _error_number(body: bytes) -> int:
    try:
        number = _value_of(body)["errorNum"]
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, IndexError):
        return 0
    return number if isinstance(number, int) else 0


def _is_caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """Whether an error of the kind stands anywhere behind this one: requests and urllib3 wrap in several ways."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, kind):
            return True
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return False
