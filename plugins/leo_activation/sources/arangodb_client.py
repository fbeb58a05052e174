"""Questions to one database of ArangoDB, each asked again while that may help, within bounds.

Everything asked here reads, so asking twice does no harm. What fails for good becomes one of the package's errors; its
sentence names server, database and what was asked for, never the user, the password or what a document holds.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import quote

import msgspec
from arango import ArangoClient
from arango.database import StandardDatabase
from arango.exceptions import ArangoClientError, JWTExpiredError
from jwt.exceptions import ImmatureSignatureError, PyJWTError
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.sources.arangodb_http import Broken, Lost, Refused, SingleRequest, TooLarge, Untrusted, read_answer
from leo_activation.sources.arangodb_settings import ArangodbAuth, ArangodbSettings

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# HTTP statuses that say "not now": busy, too many, ended by its time limit, a coordinator without its servers.
_NOT_NOW = frozenset({408, 410, 421, 429, 500, 502, 503, 504})
_RESOURCE_LIMIT = 32
_COLLECTION_NOT_FOUND = 1203
_DATABASE_NOT_FOUND = 1228
_CURSOR_NOT_FOUND = 1600


class Incomplete(Exception):
    """An answer that is sound in itself and shorter than it can be: something was left out, or deleted just now."""


class ClocksDiffer(Broken):
    """A new token that by this machine's clock has expired, or was made in the future."""


class AnswerTooLarge(Permanent):
    """The answer is larger than this machine or the server may hold; fewer documents at once may do."""


class ArangodbClient:
    """One database, reached when the first question is asked."""

    def __init__(self, settings: ArangodbSettings) -> None:
        """Nothing is sent yet."""
        self._settings = settings
        self._arango = ArangoClient(
            hosts=[settings.url],
            # One try a request: python-arango would send again at once, and forget why.
            resolver_max_tries=1,
            http_client=SingleRequest(settings),
            deserializer=read_answer,
        )
        self._connected: StandardDatabase | None = None

    @property
    def settings(self) -> ArangodbSettings:
        """What it was made of."""
        return self._settings

    def collection_names(self) -> frozenset[str]:
        """The collections that the user may see. Raises as `ask`."""
        return self.ask("The list of collections", _collection_names)

    def count(self, collection: str) -> int:
        """How many documents a collection has by the server's own count. Raises as `ask`."""
        return self.ask(f"The count of {collection}", lambda database: count_documents(database, collection))

    def query(
        self, database: StandardDatabase, aql: str, variables: Mapping[str, object], limit: int
    ) -> list[msgspec.Raw]:
        """The results of a query of at most `limit`, each as its bytes; to be called within `ask`.

        Raises:
            Lost, Broken, Refused, TooLarge: see `arangodb_http`.
        """
        with _as_asked():
            cursor = database.aql.execute(
                aql,
                bind_vars=dict(variables),
                count=True,
                batch_size=limit,
                ttl=max(1, round(self._settings.read_seconds)),
                # The server gives up a query that nobody waits for any more.
                max_runtime=self._settings.read_seconds,
                fail_on_warning=True,
                fill_block_cache=False,
            )
            results = cursor.batch()
            while cursor.has_more():
                before = len(results)
                cursor.fetch()
                if not before < len(results) <= limit:
                    raise Broken("a part of the page was empty or too long")
            counted = cursor.count()
        if len(results) != counted or counted > limit:
            raise Broken("the page has not as many rows as it says")
        return list(results)

    def ask(self, what: str, question: Callable[[StandardDatabase], Answer]) -> Answer:
        """Put a question that reads, again where that may help; `what` begins the sentence of an error.

        Raises:
            Transient: no sound answer came in all tries.
            AnswerTooLarge: the answer is beyond `answer_bytes` or the server's memory limit.
            Permanent: each try brought an answer that is none, or the server refused the question itself.
            Configuration: server, database, collection, user or certificate are not what they should be.
        """
        name = f"{what} of the {self._settings.name}"
        retrying = Retrying(
            stop=stop_after_attempt(self._settings.tries) | stop_after_delay(self._settings.question_seconds),
            wait=wait_random_exponential(
                multiplier=self._settings.first_wait_seconds, max=self._settings.longest_wait_seconds
            ),
            retry=retry_if_exception(_may_help),
            before_sleep=lambda state: _log(name, state),
            reraise=True,
        )
        try:
            answer: Answer = retrying(self._put, question)
        except (Lost, Incomplete) as error:
            raise Transient(f"{name} cannot be read: {error}; {_tried(retrying)}.") from None
        except ClocksDiffer:
            raise Configuration(f"{name} cannot be read: its tokens do not hold by this machine's clock.") from None
        except Broken as error:
            raise Permanent(f"{name} cannot be read: {error}; {_tried(retrying)}.") from None
        except TooLarge:
            raise AnswerTooLarge(f"{name} is larger than {self._settings.answer_bytes} bytes.") from None
        except Untrusted:
            raise Configuration(f"{name} cannot be read: the server's certificate is not trusted.") from None
        except Refused as refused:
            raise _refusal(name, refused, _tried(retrying)) from None
        return answer

    def _put(self, question: Callable[[StandardDatabase], Answer]) -> Answer:
        try:
            return question(self._database())
        except Refused as refused:
            if refused.status != 401 or self._settings.auth != ArangodbAuth.JWT or self._connected is None:
                raise
        # The token may have expired. python-arango renews it only where its own clock says that it has not.
        self._connected = None
        return question(self._database())

    def _database(self) -> StandardDatabase:
        if self._connected is None:
            settings = self._settings
            name = quote(settings.database, safe="")
            method = str(settings.auth)
            with _as_asked():
                self._connected = self._arango.db(name, settings.user, settings.password, auth_method=method)
        return self._connected


def count_documents(database: StandardDatabase, collection: str) -> int:
    """The server's own count of a collection; to be called within `ask`. Raises Broken where it is none."""
    with _as_asked():
        count = database.collection(collection).count()
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise Broken("the count is no number")
    return count


def _tried(retrying: Retrying) -> str:
    times = retrying.statistics["attempt_number"]
    return "tried once" if times == 1 else f"tried {times} times"


def _refusal(name: str, refused: Refused, tried: str) -> LeoError:
    if refused.number == _RESOURCE_LIMIT:
        return AnswerTooLarge(f"{name} needs more memory than the server allows a query.")
    if refused.status in _NOT_NOW or refused.number == _CURSOR_NOT_FOUND:
        return Transient(f"{name} cannot be read: {refused}; {tried}.")
    reasons = {
        401: "the server refuses the user or the password",
        403: "the user may not read it",
        _COLLECTION_NOT_FOUND: "there is no such collection",
        _DATABASE_NOT_FOUND: "there is no such database",
    }
    reason = reasons.get(refused.number) or reasons.get(refused.status)
    if reason is None and refused.status < 400:
        reason = "the server sends elsewhere, which is not followed"
    if reason is None:
        return Permanent(f"{name} cannot be read: {refused}.")
    return Configuration(f"{name} cannot be read: {reason} ({refused}).")


def _collection_names(database: StandardDatabase) -> frozenset[str]:
    with _as_asked():
        return frozenset(str(each["name"]) for each in database.collections())


@contextmanager
def _as_asked() -> Iterator[None]:
    """Turn what python-arango and PyJWT stumble over in an answer of another form into Broken."""
    try:
        yield
    except (ImmatureSignatureError, JWTExpiredError):
        raise ClocksDiffer from None
    except (KeyError, TypeError, AttributeError, AssertionError, ArangoClientError, PyJWTError):
        raise Broken("the answer has not the form that was asked for") from None


def _may_help(error: BaseException) -> bool:
    if isinstance(error, Refused):
        soon = error.status in _NOT_NOW or error.number == _CURSOR_NOT_FOUND
        return soon and error.number != _RESOURCE_LIMIT
    return isinstance(error, Lost | Broken | Incomplete)


def _log(name: str, state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0
    logger.warning("%s: %s. Trying again in %.1f s.", name, error, wait)
