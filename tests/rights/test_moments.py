"""What is at work with a person at the moment in which they are erased."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from leo_activation.actions.people import erase_person
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import Shop
from tests.rights.known_person import settings_of


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        made = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        made.person("lan")
        made.person("mai")
        made.segment()
        made.campaign()
        made.allow_all()
        yield made


def started(shop: Shop, work: Callable[[], object], waiters: int) -> Thread:
    """A thread at work, once so many sessions wait for a lock or it has ended."""
    thread = Thread(target=work)
    thread.start()
    while thread.is_alive() and shop.execute(
        "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND NOT granted"
    ) < [(waiters,)]:
        thread.join(0.01)
    return thread


def test_a_campaign_that_is_new_and_planned_while_a_person_is_erased_does_not_write_to_them(
    shop: Shop, tmp_path: Path
) -> None:
    """The erasure is stopped when it has seen the campaigns, and the plan when it has read the people."""
    settings = settings_of(shop.key, tmp_path)
    of = {"tenant_id": shop.tenant_id}
    with (
        shop.warehouse.connect(DatabaseRole.OWNER) as planner_held,
        shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as erasure_held,
    ):
        planner_held.execute("LOCK TABLE activation.audience_step IN EXCLUSIVE MODE")
        erasure_held.execute(statement("profiles/lock_tenant"), of)
        erasure = started(
            shop, lambda: erase_person(shop.warehouse, settings, shop.tenant_id, "lan", asked_by="dpo"), 1
        )
        shop.campaign(campaign_id="new")
        plan = started(shop, lambda: shop.plan(campaign_id="new"), 2)
        erasure_held.commit()
        erasure.join(30)
        planner_held.commit()
        plan.join(30)
    assert not erasure.is_alive()
    assert not plan.is_alive()
    planned = "SELECT customer_id, address FROM activation.delivery WHERE tenant_id = %s"
    assert shop.execute(planned, shop.tenant_id) == [("mai", "mai@example.com")]
