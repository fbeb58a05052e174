"""The ledger in the warehouse: `llm.call`, with the tenant's budget before it."""

from dataclasses import asdict, dataclass, replace

import psycopg

from leo_activation.errors import Transient
from leo_activation.llm.budget import DEFAULT_BUDGET, Budget, check_budget
from leo_activation.llm.calls import CallEnd, SentCall
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class SqlCallLedger:
    """Records one tenant's calls, each in its own transaction: money spent stays on record when the work fails.

    `task` books the calls for another task than their prompt's; `lock_seconds` is how long a call waits while others
    look at the same budget.
    """

    warehouse: Warehouse
    tenant_id: str
    budget: Budget = DEFAULT_BUDGET
    task: str | None = None
    lock_seconds: float = 10

    def begin(self, call: SentCall) -> int:
        """Check the budget and insert the call, in one transaction; see `CallLedger.begin`."""
        call = call if self.task is None else replace(call, task=self.task)
        try:
            with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
                connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{self.lock_seconds}s"])
                check_budget(connection, self.tenant_id, call, self.budget)
                limits = {
                    "day_tokens_limit": self.budget.day_tokens,
                    "day_micro_usd_limit": self.budget.day_micro_usd,
                }
                values = {"tenant_id": self.tenant_id} | asdict(call) | limits
                [(call_id,)] = connection.execute(statement("llm/insert_call"), values)
        except psycopg.errors.LockNotAvailable as error:
            raise Transient(f"The budget of {self.tenant_id} was held by others for {self.lock_seconds} s.") from error
        return int(call_id)

    def end(self, call_id: int, end: CallEnd) -> None:
        """Complete the call; see `CallLedger.end`."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            values = {"tenant_id": self.tenant_id, "call_id": call_id} | asdict(end)
            connection.execute(statement("llm/end_call"), values)
