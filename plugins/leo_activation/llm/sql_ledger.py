"""The ledger in the warehouse: `llm.call`."""

from dataclasses import asdict, dataclass

from leo_activation.llm.calls import LlmCall
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class SqlCallLedger:
    """Records one tenant's calls, each in its own transaction: money spent stays on record when the work
    fails."""

    warehouse: Warehouse
    tenant_id: str

    def record(self, call: LlmCall) -> None:
        """Insert the call; raises Transient where the warehouse cannot be reached."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            connection.execute(statement("llm/record_call"), {"tenant_id": self.tenant_id} | asdict(call))
