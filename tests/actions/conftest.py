"""A shop on which actions are called, and what its requests led to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from leo_activation.actions import ACTIONS, EVERYTHING, Caller, Registry, Tools, activate_requested, ask, handle_request
from leo_activation.actions.answers import Answer, read_answer
from leo_activation.actions.permissions import Permission
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.drafting import Draft
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import open_shop

GRAMMAR = LanguageTasks(planners=(GrammarPlanner(),), revisers=(GrammarReviser(),), explainer=PlainExplainer())
RED_SOCKS = "Create a segment named 'Red socks': customers who bought red socks in the last 60 days"


@dataclass
class Shop:
    """A tenant with a handful of customers, whose requests the grammar reads."""

    warehouse: Warehouse
    tenant_id: str
    encoder: FakeEncoder

    @property
    def tools(self) -> Tools:
        return Tools(self.warehouse, self.tenant_id, NOW, self.encoder, GRAMMAR)

    @property
    def registry(self) -> Registry:
        return Registry(self.tools, ACTIONS)

    def caller(self, *permissions: Permission, user: str = "mai") -> Caller:
        return Caller(user, frozenset(permissions))

    def submit(self, text: str, by: str = "mai", revises: int | None = None) -> int:
        return submit_request(self.warehouse, self.tenant_id, text, by, revises_request_id=revises)

    def handle(self, request_id: int, tasks: LanguageTasks = GRAMMAR) -> Draft:
        return handle_request(self.warehouse, self.tenant_id, request_id, as_of=NOW, encoder=self.encoder, tasks=tasks)

    def activate(self, request_id: int) -> str | None:
        return activate_requested(self.warehouse, self.tenant_id, request_id, as_of=NOW, encoder=self.encoder)

    def said(self, text: str, by: str = "mai", revises: int | None = None) -> Draft:
        """A request that was handled."""
        return self.handle(self.submit(text, by, revises))

    def ask(self, text: str, **more: Any) -> Answer:
        settings = {
            "asked_by": "mai", "permissions": EVERYTHING, "as_of": NOW, "encoder": self.encoder,
            "tasks": lambda _: GRAMMAR,
        }  # fmt: skip
        return ask(self.warehouse, self.tenant_id, text, **{**settings, **more})

    def request(self, request_id: int) -> SegmentRequest:
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return read_request(connection, self.tenant_id, request_id)

    def answer(self, request_id: int) -> Answer | None:
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return read_answer(connection, self.tenant_id, request_id)

    def query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement of the writer returns."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def approved(self, text: str = RED_SOCKS) -> str:
        """An active segment with its members."""
        draft = self.said(text)
        shown = review(self.warehouse, self.tenant_id, draft.request_id)
        state = record_decision(
            self.warehouse, self.tenant_id, draft.request_id, decision=Decision.APPROVE, decided_by="petr",
            decided_at=NOW, hash=shown.hash,
        )  # fmt: skip
        assert state is RequestState.APPROVED
        assert draft.segment_id is not None
        refresh_segment(self.warehouse, self.tenant_id, draft.segment_id, NOW, encoder=self.encoder)
        return draft.segment_id

    def everything(self) -> dict[str, int]:
        """How many rows each table of the tenant has."""
        tables = self.query(
            "SELECT DISTINCT table_schema, table_name FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE column_name = 'tenant_id' AND table_type = 'BASE TABLE' "
            "AND table_schema IN ('segment', 'activation', 'core', 'profile', 'ops', 'llm', 'audit')"
        )
        counts = (f"SELECT '{schema}.{table}', count(*) FROM {schema}.{table}" for schema, table in tables)
        return dict(self.query(" UNION ALL ".join(counts)))

    def written_by(self, work: Callable[[], object]) -> set[str]:
        """The tables in which `work` made or removed rows."""
        before = self.everything()
        work()
        after = self.everything()
        return {table for table in after if after[table] != before[table]}


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Shop:
    return Shop(warehouse, tenant.tenant_id, open_shop(warehouse, tenant))
