"""A step that is disturbed before one of its statements: by the end of its process, or of its connection.

Where a test goes through a step, it is killed before every third statement and cut off before every fourth;
LEO_TESTS_EXPLORE=1 takes all of them.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from leo_activation.errors import Transient

Strike = Callable[["psycopg.Connection[Any]"], None]
Disturb = Callable[[int, Callable[[], object]], bool]
"""Runs a step and disturbs it before the statement of that number; whether it came so far."""
KILLED_EVERY, CUT_EVERY = 3, 4


@contextmanager
def before_statement(number: int, strike: Strike) -> Iterator[None]:
    """Within the block, call `strike` before the statement with this number, from 1; a COPY and a COMMIT count too."""
    execute, copy, commit = psycopg.Cursor.execute, psycopg.Cursor.copy, psycopg.Connection.commit
    sent = 0

    def count(connection: "psycopg.Connection[Any]") -> None:
        nonlocal sent
        sent += 1
        if sent == number:
            strike(connection)

    def counted_execute(self: "psycopg.Cursor[Any]", *given: Any, **named: Any) -> Any:
        count(self.connection)
        return execute(self, *given, **named)

    def counted_copy(self: "psycopg.Cursor[Any]", *given: Any, **named: Any) -> Any:
        count(self.connection)
        return copy(self, *given, **named)

    def counted_commit(self: "psycopg.Connection[Any]") -> None:
        count(self)
        commit(self)

    psycopg.Cursor.execute, psycopg.Cursor.copy = counted_execute, counted_copy  # type: ignore[method-assign]
    psycopg.Connection.commit = counted_commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        psycopg.Cursor.execute, psycopg.Cursor.copy = execute, copy  # type: ignore[method-assign]
        psycopg.Connection.commit = commit  # type: ignore[method-assign]


def killed_before(number: int, step: Callable[[], object]) -> bool:
    """Run `step` in a process that is killed (SIGKILL) before its statement `number`; False: it ended before that."""
    child = os.fork()
    if child == 0:
        status = os.EX_SOFTWARE
        try:
            with before_statement(number, lambda _: os.kill(os.getpid(), signal.SIGKILL)):
                step()
            status = os.EX_OK
        finally:
            # Without the handlers of the parent, whose connections and fixtures this process holds copies of.
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) or os.WEXITSTATUS(ended) == os.EX_OK, "the step failed before it was killed"
    return os.WIFSIGNALED(ended)


def cut_before(number: int, step: Callable[[], object]) -> bool:
    """Run `step` and end its connection's server process before its statement `number`; False: it ended before that.

    What the step must then say is Transient: the same may go well later.
    """
    was_cut = False

    def cut(connection: "psycopg.Connection[Any]") -> None:
        nonlocal was_cut
        was_cut = True
        with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])

    with before_statement(number, cut):
        try:
            step()
        except Transient:
            assert was_cut
    return was_cut


def statements(disturb: Disturb) -> Iterator[int]:
    """The statements before which a step is disturbed, from 1."""
    every = KILLED_EVERY if disturb is killed_before else CUT_EVERY
    return count(1, 1 if os.environ.get("LEO_TESTS_EXPLORE") else every)
