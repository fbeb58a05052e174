from dataclasses import replace
from datetime import UTC, datetime

from leo_activation.llm.calls import CallOutcome, LlmCall
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant

CALL = LlmCall(
    task="plan_segment",
    prompt_name="plan_segment",
    prompt_version=1,
    prompt_hash="ab" * 32,
    model="google:gemini-2.5-flash-lite",
    request_id=None,
    input_tokens=812,
    output_tokens=96,
    cost_micro_usd=120,
    latency_ms=640,
    outcome=CallOutcome.OK,
    occurred_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
)


def test_calls_are_kept_in_order_for_their_tenant_alone(warehouse: Warehouse, tenant: Tenant) -> None:
    ledger = SqlCallLedger(warehouse, tenant.tenant_id)
    unpriced = replace(CALL, cost_micro_usd=None, outcome=CallOutcome.RATE_LIMITED)
    ledger.record(CALL)
    ledger.record(unpriced)
    columns = ", ".join(LlmCall.__dataclass_fields__)
    query = f"SELECT {columns} FROM llm.call ORDER BY call_id"
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = [LlmCall(*row) for row in connection.execute(query.encode())]
    with warehouse.connect(DatabaseRole.WRITER) as unbound:
        seen_unbound = unbound.execute("SELECT count(*) FROM llm.call").fetchone()
    assert rows == [CALL, unpriced]
    assert seen_unbound == (0,)
