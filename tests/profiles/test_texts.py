"""The text that is embedded says what the demo's says, and nothing that names a person."""

from datetime import timedelta
from hashlib import sha256

from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import NOW, Event, Person, add_events, add_people, state_consent

YESTERDAY = NOW - timedelta(days=1)


def texts(warehouse: Warehouse, tenant_id: str) -> dict[str, str]:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return dict(connection.execute("SELECT customer_id, body FROM profile.text").fetchall())


def compute(warehouse: Warehouse, tenant_id: str) -> tuple[int, int]:
    compute_interests(warehouse, tenant_id, NOW)
    counts = write_texts(warehouse, tenant_id, NOW)
    return counts.written, counts.removed


def test_a_text_reads_as_in_the_audience_discovery_demo_less_name_and_email(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    add_people(
        warehouse,
        tenant.tenant_id,
        [Person("7", "PL", 34, "red", 195_506, email="erika@example.com"), Person("8", "AT", 20, "blue", 50)],
    )
    add_events(
        warehouse,
        tenant.tenant_id,
        [
            Event("7", "purchase", "socks", YESTERDAY, "red"),
            Event("7", "view", "hat", YESTERDAY, "blue"),
            Event("7", "view", "belt", YESTERDAY, "black"),
        ],
    )
    compute(warehouse, tenant.tenant_id)
    assert texts(warehouse, tenant.tenant_id) == {
        "7": "Customer from PL, age 34, favorite color red. Total spent: 1955.06. Primary interests: socks, belt. "
        "Preferred colors: red, black. This customer likes luxury items.",
        "8": "Customer from AT, age 20, favorite color blue. Total spent: 0.50. "
        "No specific behavioral interests calculated.",
    }


def test_what_is_unknown_is_left_out_and_equal_profiles_have_equal_texts(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("a"), Person("b", email="b@example.com"), Person("c", age=20)])
    compute(warehouse, tenant.tenant_id)
    assert texts(warehouse, tenant.tenant_id) == {
        "a": "Customer. No specific behavioral interests calculated.",
        "b": "Customer. No specific behavioral interests calculated.",
        "c": "Customer, age 20. No specific behavioral interests calculated.",
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        hashes = dict(connection.execute("SELECT customer_id, input_hash FROM profile.text").fetchall())
    assert hashes["a"] == hashes["b"] == sha256(b"Customer. No specific behavioral interests calculated.").digest()


def test_only_changed_texts_are_written(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("a", "PL"), Person("b", "AT")])
    assert compute(warehouse, tenant.tenant_id) == (2, 0)
    assert compute(warehouse, tenant.tenant_id) == (0, 0)
    add_events(warehouse, tenant.tenant_id, [Event("b", "view", "socks", YESTERDAY)])
    assert compute(warehouse, tenant.tenant_id) == (1, 0)


def test_who_refuses_profiling_loses_the_text(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("a", "PL"), Person("b", "AT")])
    compute(warehouse, tenant.tenant_id)
    state_consent(warehouse, tenant.tenant_id, "a", "profiling", "denied")
    assert compute(warehouse, tenant.tenant_id) == (0, 1)
    assert set(texts(warehouse, tenant.tenant_id)) == {"b"}


def test_a_deleted_profile_has_no_text(warehouse: Warehouse, tenant: Tenant) -> None:
    add_people(warehouse, tenant.tenant_id, [Person("a", "PL")])
    compute(warehouse, tenant.tenant_id)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET deleted_at = now()")
    assert compute(warehouse, tenant.tenant_id) == (0, 1)
