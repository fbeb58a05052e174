"""The review of a held refresh, by Airflow's connections: it shows the numbers, and whoever asked cannot answer."""

from datetime import UTC, datetime

import pytest

from leo_activation.orchestration.hold_review import HoldReview
from leo_activation.orchestration.reviews import NOBODY, Answer, NotCounted, Option
from leo_activation.segments.holds import open_holds
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.segments.shop import open_shop
from tests.segments.test_holds import held

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_held_refresh_is_shown_decided_once_and_not_by_whoever_asked(
    warehouse: Warehouse, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", warehouse.urls[role])
    _, hold_id = held(warehouse, tenant, open_shop(warehouse, tenant))
    review = HoldReview(task_id="review", tenant=tenant.tenant_id, hold_id=str(hold_id))
    assert review.recorded() is None
    sheet = review.sheet({})
    assert (sheet.subject, sheet.requested_by, sheet.authors) == (
        "Segment “red socks” would go from 3 to 4 members",
        "marketer",
        ("marketer",),
    )
    with pytest.raises(NotCounted, match="marketer asked for the segment"):
        review.decide({}, Answer(Option.APPROVE, "marketer", NOW, None))
    assert open_holds(warehouse, tenant.tenant_id) == [hold_id]
    told = {"tenant": tenant.tenant_id, "hold_id": str(hold_id), "state": "released"}
    assert review.decide({}, Answer(Option.APPROVE, "approver", NOW, "fine")) == told
    assert review.recorded() == told
    assert review.decide({}, Answer(Option.REJECT, NOBODY, NOW, None)) == told
