"""One connection a role for as long as a process lives: for a command that answers thousands of lines."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse


class KeptConnections(Warehouse):
    """A warehouse whose connections stay open between uses; for one thread, and used as a context.

    A use commits as `Warehouse.connect` says. A connection in which something failed is opened anew by the next use.
    """

    _warehouse: Warehouse
    _kept: dict[tuple[DatabaseRole, str | None], tuple[ExitStack, Connection]]

    def __init__(self, warehouse: Warehouse) -> None:
        """Keep nothing yet."""
        super().__init__(warehouse.urls)
        # What it opens is what `warehouse` opens: one that only reads stays one that only reads.
        object.__setattr__(self, "_warehouse", warehouse)
        object.__setattr__(self, "_kept", {})

    def __enter__(self) -> Self:
        """Connections are opened when they are first used."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        for stack, _ in self._kept.values():
            stack.close()
        self._kept.clear()

    @contextmanager
    def connect(self, role: DatabaseRole, tenant_id: str | None = None) -> Iterator[Connection]:
        """The connection of the role and tenant; commits at the end of the block, is closed on an error.

        Raises as `Warehouse.connect`.
        """
        key = (role, tenant_id)
        kept = self._kept.get(key)
        if kept is None or kept[1].closed:
            stack = ExitStack()
            kept = (stack, stack.enter_context(self._warehouse.connect(role, tenant_id)))
            self._kept[key] = kept
        stack, connection = kept
        try:
            yield connection
            if not connection.closed or connection.broken:
                connection.commit()
        except BaseException as error:
            del self._kept[key]
            # Says of a lost connection what `Warehouse.connect` says, and raises again whatever else it is.
            stack.__exit__(type(error), error, error.__traceback__)
            raise
