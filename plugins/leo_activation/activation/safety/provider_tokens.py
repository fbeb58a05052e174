"""The tokens of a provider that gives a new pair for each old one: kept, and renewed by one worker at a time.

    note   that a renewal begins                                   committed
    lock   the row; whoever waited sees that another one renewed
    ask    the provider, which spends the refresh token
    keep   the new pair                                            committed, and only then used

Where the connection is lost between the last two, the pair is kept by another one. What cannot be made safe is a
process that dies there, or an answer that is lost on the way: the provider has spent the refresh token and nobody has
the next one. The note tells afterwards that this is what happened; a person authorises the app again
(docs/guides/zalo.md).
"""

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from leo_activation.activation.channels.zalo.account import REFRESH_LIVES, GrantLost, NewTokens, check_token
from leo_activation.activation.channels.zalo.channel import AccessToken
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.errors import Configuration, LeoError, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(hours=5)
"""A token that ends within this is renewed, long before anybody meets one that has ended."""
ENDS_SOON = timedelta(days=14)
LONGEST_WAIT_S = 90
"""How long a worker waits for another one's renewal: longer than the whole of a request's time limits."""
LONGEST_REASON = 300
KEPT_AGAIN_AFTER_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""When a new pair is tried to be kept whose connection was lost: a restart of the server takes some seconds."""
LONGEST_HELD_S, SHORTEST_HELD_S = 300.0, 60.0
"""How long a token is used before the table is asked again; the shorter while a renewal does not succeed."""

Renewal = Callable[[str], NewTokens]
"""Spends a refresh token; see `zalo_account.renew`."""


@dataclass(frozen=True)
class Pair:
    """A row of `activation.provider_token`, sealed; `now` is the database's clock."""

    access_token: bytes | None
    access_until: datetime | None
    refresh_token: bytes
    refresh_until: datetime
    generation: int
    rotated_at: datetime
    renewing_since: datetime | None
    lost_at: datetime | None
    lost_reason: str | None
    granted_at: datetime
    granted_by: str
    now: datetime

    def is_usable_for(self, at_least: timedelta) -> bool:
        """Whether there is an access token that lives so long."""
        return self.access_until is not None and self.access_until - self.now > at_least


@dataclass(frozen=True)
class TokenState:
    """How one authorisation stands; `state` is in words for a person."""

    provider: str
    generation: int
    access_until: datetime | None
    refresh_until: datetime
    rotated_at: datetime
    renewing_since: datetime | None
    lost_at: datetime | None
    lost_reason: str | None
    granted_at: datetime
    granted_by: str
    state: str

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to authorise (again), now or soon."""
        return self.state in {"authorise again", "ends soon"}


class ProviderTokens:
    """The tokens of one tenant with one provider; any number of these, in any number of processes, agree by the row.

    renewal: spends a refresh token at the provider.
    first: a refresh token that a person put into the provider's connection. It is taken once, when it is first seen.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        tenant_id: str,
        provider: str,
        sealer: Sealer,
        renewal: Renewal,
        first: str | None = None,
    ) -> None:
        """Read nothing yet."""
        self._warehouse = warehouse
        self._named = {"tenant_id": tenant_id, "provider": provider}
        self._sealer = sealer
        self._renewal = renewal
        self._first = first
        self._held: tuple[AccessToken, float] | None = None

    def current(self) -> AccessToken:
        """The token to use now; see `zalo.TokenSource`."""
        if self._held is not None and time.monotonic() < self._held[1]:
            return self._held[0]
        pair = self._read()
        if pair.is_usable_for(RENEW_BEFORE):
            return self._opened(pair)
        try:
            return self._renewed(pair)
        except (Transient, Configuration) as error:
            if not pair.is_usable_for(timedelta(0)):
                raise
            # The old one still serves; what stands in the way of a new one has hours to go away, or to be seen to.
            logger.warning("The token of %s could not be renewed yet: %s", self._named["provider"], error)
            return self._opened(pair)

    def after(self, refused: AccessToken) -> AccessToken:
        """A newer token than a refused one; see `zalo.TokenSource`."""
        self._held = None
        pair = self._read()
        if pair.generation != refused.generation and pair.is_usable_for(timedelta(0)):
            return self._opened(pair)
        return self._renewed(pair)

    def _renewed(self, seen: Pair) -> AccessToken:
        if seen.lost_at is not None:
            raise Configuration(_lost(self._named["provider"], seen.lost_reason))
        with self._connect() as connection:
            connection.execute(
                statement("activation/tokens/note_renewal"), {**self._named, "generation": seen.generation}
            )
        failure: LeoError | None = None
        new: NewTokens | None = None
        try:
            with self._connect() as connection:
                pair = self._locked(connection)
                if pair.lost_at is not None:
                    failure = Configuration(_lost(self._named["provider"], pair.lost_reason))
                elif pair.generation == seen.generation:
                    new, failure = self._spend(connection, pair, seen.renewing_since)
                    if new is not None:
                        self._keep(connection, pair.generation, new)
        except psycopg.errors.LockNotAvailable as error:
            raise Transient(f"Another worker has been renewing the token of {self._named['provider']}.") from error
        except Transient as error:
            if new is None:
                raise
            self._keep_anew(seen.generation, new, error)
        # Committed by now: only from here on may anybody use the new pair.
        if failure is not None:
            raise failure
        return self._opened(self._read())

    def _spend(
        self, connection: Connection, pair: Pair, earlier: datetime | None
    ) -> tuple[NewTokens | None, LeoError | None]:
        """Ask the provider: the new pair, to be kept, or an error for after the commit.

        earlier: when a renewal of this pair began that nobody heard the end of.
        """
        named = {**self._named, "generation": pair.generation}
        try:
            new = self._renewal(self._sealer.open(pair.refresh_token))
        except GrantLost as error:
            reason = str(error)
            if earlier is not None:
                reason += f" A renewal began at {earlier:%Y-%m-%d %H:%M} UTC and was not heard of again."
            connection.execute(statement("activation/tokens/lose_token"), {**named, "reason": reason[:LONGEST_REASON]})
            return None, Configuration(_lost(self._named["provider"], reason))
        except (Transient, Configuration) as error:
            return None, error
        return new, None

    def _keep(self, connection: Connection, spent: int, new: NewTokens) -> None:
        """Put a new pair in the place of the one of the generation `spent`; again it changes nothing."""
        connection.execute(
            statement("activation/tokens/keep_token"),
            {
                **self._named,
                "generation": spent,
                "access_token": None if new.access_token is None else self._sealer.seal(new.access_token),
                "access_lives": new.access_lives,
                "refresh_token": self._sealer.seal(new.refresh_token),
                "refresh_lives": REFRESH_LIVES,
            },
        )
        logger.info("The token of %s was renewed for %s.", self._named["provider"], self._named["tenant_id"])

    def _keep_anew(self, spent: int, new: NewTokens, lost: Transient) -> None:
        """Keep a new pair whose connection was lost: nobody else has it. Who came between was told that the old one is
        spent, and what was noted then is taken back.
        """
        for wait_s in KEPT_AGAIN_AFTER_S:
            time.sleep(wait_s)
            try:
                with self._connect() as connection:
                    self._keep(connection, spent, new)
            except Transient as error:
                lost = error
            else:
                return
        raise lost

    def _read(self) -> Pair:
        """The pair that holds now, after taking a grant of the connection that was not seen before."""
        with self._connect() as connection:
            if self._first is not None:
                _grant(
                    connection, self._named, self._sealer, self._first, f"the connection leo_{self._named['provider']}"
                )
            with connection.cursor(row_factory=class_row(Pair)) as cursor:
                pair = cursor.execute(statement("activation/tokens/read_token"), self._named).fetchone()
        if pair is None:
            provider = self._named["provider"]
            raise Configuration(f"Nobody has authorised {provider} yet: ./leo provider authorise {provider}.")
        return pair

    def _locked(self, connection: Connection) -> Pair:
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{LONGEST_WAIT_S}s")))
        with connection.cursor(row_factory=class_row(Pair)) as cursor:
            pair = cursor.execute(statement("activation/tokens/lock_token"), self._named).fetchone()
        if pair is None:
            raise Configuration(f"The tokens of {self._named['provider']} were taken away.")
        return pair

    def _opened(self, pair: Pair) -> AccessToken:
        if pair.access_token is None or pair.access_until is None:
            raise Transient(
                f"{self._named['provider']} gave no access token with its last renewal; the next one will be asked for."
            )
        token = AccessToken(self._sealer.open(pair.access_token), pair.generation)
        lives = (pair.access_until - pair.now).total_seconds()
        trusted = min(LONGEST_HELD_S, max(lives - RENEW_BEFORE.total_seconds(), SHORTEST_HELD_S), lives)
        self._held = (token, time.monotonic() + trusted)
        return token

    def _connect(self) -> AbstractContextManager[Connection]:
        return self._warehouse.connect(DatabaseRole.WRITER, self._named["tenant_id"])


def authorise(
    warehouse: Warehouse, tenant_id: str, provider: str, sealer: Sealer, refresh_token: str, *, granted_by: str
) -> bool:
    """Take a refresh token that a person got from the provider; the next worker spends it.

    Returns:
        False where it was given before: it can be used once, and was.

    Raises:
        Configuration: it could stand in no request.
    """
    check_token("The refresh token", refresh_token)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        named = {"tenant_id": tenant_id, "provider": provider}
        return _grant(connection, named, sealer, refresh_token, granted_by)


def list_tokens(warehouse: Warehouse, tenant_id: str) -> list[TokenState]:
    """How the tenant's authorisations stand; nothing secret."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(TokenState)) as cursor,
    ):
        values = {"tenant_id": tenant_id, "soon": ENDS_SOON}
        return cursor.execute(statement("activation/tokens/list_tokens"), values).fetchall()


def _grant(
    connection: Connection, named: Mapping[str, str], sealer: Sealer, refresh_token: str, granted_by: str
) -> bool:
    values = {
        **named,
        "refresh_token": sealer.seal(refresh_token),
        "mark": hashlib.sha256(refresh_token.encode()).digest(),
        "refresh_lives": REFRESH_LIVES,
        "granted_by": granted_by,
    }
    return connection.execute(statement("activation/tokens/grant_token"), values).rowcount > 0


def _lost(provider: str, reason: str | None) -> str:
    return f"{provider} must be authorised again by a person (docs/guides/{provider}.md): {reason or 'it was lost'}"
