"""Who lives together, and who does not though the address is the same."""

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync
from tests.sync.people import People

LAKE_ROAD = {"livingLocation": "5 Lake Road, Quận 1", "livingDistrict": "Quận 1", "livingCity": "Hanoi"}


@pytest.fixture
def people(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> People:
    return People(warehouse, leo_tenant, run_sync)


def households(people: People) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for household, customer in people.rows("SELECT household_id, customer_id FROM core.household_member ORDER BY 1, 2"):
        found.setdefault(str(household), []).append(str(customer))
    return found


def test_customers_of_one_address_are_a_household_however_it_is_written(people: People) -> None:
    people.put("a2", **LAKE_ROAD)
    people.put("b1", **{**LAKE_ROAD, "livingLocation": "5  LAKE road; quận 1"})
    people.put("c3", **{**LAKE_ROAD, "livingLocation": "6 Lake Road, Quận 1"})
    people.put("d4", **{**LAKE_ROAD, "livingCity": "Hue"})
    synced = people.sync()
    assert households(people) == {"h-b1": ["a2", "b1"]}
    assert synced.graph.by_label["Household"] == 1
    assert synced.graph.by_label["MEMBER_OF_HOUSEHOLD"] == 2


def test_two_records_of_one_person_are_no_household(people: People) -> None:
    people.put("a1", **LAKE_ROAD, primaryEmail="mai@example.com")
    people.put("b2", **LAKE_ROAD, primaryEmail="mai@example.com")
    people.sync()
    assert people.partition() == {("a1", "b2")}
    assert households(people) == {}


def test_family_is_a_household_also_across_addresses(people: People) -> None:
    people.put("a1", **LAKE_ROAD)
    people.put("b2", **LAKE_ROAD)
    people.put("c3")
    people.relate("b2", "c3", 2)
    people.relate("a1", "d4", 2)
    people.sync()
    assert households(people) == {"h-a1": ["a1", "b2", "c3"]}
    people.put("d4")
    people.sync()
    assert households(people) == {"h-a1": ["a1", "b2", "c3", "d4"]}


def test_an_address_without_a_number_of_its_own_makes_no_household(people: People) -> None:
    for place, location in enumerate(("Chung cư Hoa Sen, Quận 1", "Bưu cục Trung Tâm, Phường 12", "Lake Road")):
        for key in ("a", "b"):
            people.put(f"{key}{place}", livingLocation=location, livingDistrict="Quận 1", livingCity="Hanoi")
    people.sync()
    assert households(people) == {}


def test_an_address_of_many_is_no_household_from_the_one_too_many_on(people: People) -> None:
    for number in range(1, 9):
        people.put(f"a{number}", **LAKE_ROAD)
    people.sync()
    assert households(people) == {"h-a1": [f"a{number}" for number in range(1, 9)]}
    people.put("a9", **LAKE_ROAD)
    followed = people.sync()
    assert households(people) == {}
    assert (followed.graph.by_label["Household"], followed.graph.by_label["MEMBER_OF_HOUSEHOLD"]) == (0, 0)
    people.source.delete("cdp_profile", "a4")
    people.resolved()
    assert households(people) == {"h-a1": ["a1", "a2", "a3", "a5", "a6", "a7", "a8", "a9"]}


def test_who_refuses_profiling_lives_in_no_household(people: People) -> None:
    for key in ("a1", "b2", "c3"):
        people.put(key, **LAKE_ROAD, receiveAds=1)
    people.sync()
    people.put("a1", **LAKE_ROAD, receiveAds=-1)
    people.sync()
    assert households(people) == {"h-b2": ["b2", "c3"]}
    people.put("a1", **LAKE_ROAD, receiveAds=1)
    people.sync()
    assert households(people) == {"h-a1": ["a1", "b2", "c3"]}


def test_who_moves_out_leaves_the_household_and_the_graph_follows(people: People) -> None:
    for key in ("a1", "b2", "c3"):
        people.put(key, **LAKE_ROAD)
    people.sync()
    people.put("c3", livingLocation="77 Hill Street")
    synced = people.sync()
    assert households(people) == {"h-a1": ["a1", "b2"]}
    assert synced.graph.way == "followed"
    assert members_in_the_graph(people) == ['{"members": 2, "household_id": "h-a1"}']
    people.put("b2", **LAKE_ROAD, status=-4)
    synced = people.sync()
    assert households(people) == {}
    assert synced.graph.by_label["Household"] == 0


def members_in_the_graph(people: People) -> list[str]:
    with people.warehouse.connect(DatabaseRole.LOADER, people.tenant.tenant_id) as connection:
        query = f'SELECT properties::text FROM {people.tenant.graph_name}."Household"'
        return [str(row[0]) for row in connection.execute(query.encode())]


def test_the_address_itself_is_kept_nowhere(people: People) -> None:
    people.put("a1", **LAKE_ROAD)
    people.sync()
    for table in ("identity", "profile", "household"):
        found = people.rows(f"SELECT count(*) FROM core.{table} AS t WHERE t::text ILIKE '%lake road%'")
        assert found == [(0,)], table
