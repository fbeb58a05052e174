"""A bound on a whole exchange with a provider.

The time limit of a socket starts anew with each byte that arrives: a server that lets its answer drip holds a worker
for as long as it likes, past the lease of the delivery.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def cut_after(seconds: float, connection: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection if the block is not done in time; whoever reads or writes then meets a lost connection.

    connection: asked at that moment for the socket, None where there is none.
    """

    running = threading.Event()
    running.set()
    one_at_a_time = threading.Lock()

    def cut() -> None:
        with one_at_a_time:
            open_socket = connection() if running.is_set() else None
            if open_socket is not None:
                # An SSLSocket's own shutdown takes its TLS object away under the thread that reads.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(open_socket, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with one_at_a_time:
            # A timer that went off at this very moment must not cut the next exchange.
            running.clear()
