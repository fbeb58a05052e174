"""The connections of the HTTP side, so that a fault can cut one or write to it below HTTP."""

import asyncio
import socket
import struct
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER_NOT = struct.pack("ii", 1, 0)
Peer = tuple[str, int]


class Connections:
    """Open connections by their client's host and port, as the request's `client` names them."""

    def __init__(self) -> None:
        """Start with none."""
        self._open: dict[Peer, asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """The class for uvicorn's `http`, whose connections are known here."""
        known = self._open

        class Known(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                self.peer = cast(Peer, transport.get_extra_info("peername")[:2])
                known[self.peer] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                known.pop(self.peer, None)
                super().connection_lost(exc)

        return Known

    def reset(self, client: Peer) -> None:
        """End a connection with RST, without a word; nothing where it is gone."""
        transport = self._open.get(client)
        if transport is None:
            return
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        transport.abort()

    def write(self, client: Peer, data: bytes) -> bool:
        """Put raw bytes on a connection; False where it is gone."""
        transport = self._open.get(client)
        if transport is None or transport.is_closing():
            return False
        transport.write(data)
        return True
