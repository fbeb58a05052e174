"""What one process reads once and keeps for all the lines that it answers: connections, catalogue, encoder."""

from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Self

from leo_activation.embedding.encoder import Encoder
from leo_activation.embedding.lazy import LazyEncoder
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.settings import DatabaseRole, Settings
from leo_activation.sync.runs import data_as_of
from leo_activation.warehouse.connections import warehouse_from
from leo_activation.warehouse.kept_connections import KeptConnections


class Session:
    """The tenant that a process works for. The catalogue is as it was when it was first needed."""

    def __init__(self, settings: Settings, tenant_id: str, as_of: datetime | None = None) -> None:
        """Nothing is opened or read before it is needed; `as_of` None is the as-of of the tenant's last sync."""
        self.tenant_id = tenant_id
        self.encoder: Encoder = LazyEncoder(settings)
        self.warehouse = KeptConnections(warehouse_from(settings))
        self._given_as_of = as_of
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Keep connections until the block ends."""
        self._open.enter_context(self.warehouse)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened."""
        self._open.close()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The tenant's names. Raises Configuration where there is no such tenant."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return load_catalogue(connection, self.tenant_id)

    @cached_property
    def as_of(self) -> datetime:
        """What "now" means. Raises Permanent where it was not given and no sync of the tenant was complete."""
        return self._given_as_of or data_as_of(self.warehouse, self.tenant_id)
