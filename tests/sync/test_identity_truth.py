"""Resolution held against the people and homes that the maker of the sample data invented."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations

import pytest

from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.people import BLOCK_SIZE, Kind, Slot, plan_block
from sandbox.sample_data.write_arangodump import DumpSettings, profile_key, write_arangodump
from tests.sync.conftest import Sync
from tests.sync.stored import rows

PROFILES, SEED = 600, 23
Pairs = set[tuple[Hashable, Hashable]]


@dataclass(frozen=True)
class Score:
    """How much of what was found is true, and how much of what is true was found."""

    precision: float
    recall: float
    found: int
    true: int


def score(found: Pairs, true: Pairs) -> Score:
    right = len(found & true)
    return Score(right / max(len(found), 1), right / max(len(true), 1), len(found), len(true))


def pairs(groups: Iterable[Iterable[str]]) -> Pairs:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def grouped(named: Iterable[tuple[object, str]]) -> list[list[str]]:
    groups: dict[object, list[str]] = defaultdict(list)
    for name, member in named:
        groups[name].append(member)
    return list(groups.values())


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse, run_sync: Sync, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """Six hundred profiles, with shop telephones and worthless ones among the faults, synchronised once."""
    folder = tmp_path_factory.mktemp("truth") / "dump"
    as_of = parse_as_of("2026-02-20T00:00:00Z")
    write_arangodump(
        DumpSettings(profiles=PROFILES, seed=SEED, as_of=as_of, fault_share=0.01, compress=False, workers=1), folder
    )
    tenant = Tenant(
        tenant_id="truth", name="Truth", currency="VND", minor_units=0, interest_model="leo_event_metric",
        time_zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    register_tenant(warehouse, tenant)
    run_sync(tenant, open_source("arangodump", str(folder)))
    return tenant


@pytest.fixture(scope="module")
def slots(warehouse: Warehouse, shop: Tenant) -> dict[str, Slot]:
    """The place of each profile in the invented world, by its key; those made as faults have none."""
    made = [slot for block in range(PROFILES // BLOCK_SIZE) for slot in plan_block(SEED, block)]
    return {profile_key(SEED, slot.index): slot for slot in made}


def test_second_records_are_found_and_nobody_else_is_joined(
    warehouse: Warehouse, shop: Tenant, slots: dict[str, Slot], capsys: pytest.CaptureFixture[str]
) -> None:
    resolved = rows(warehouse, shop, "SELECT customer_id, profile_id FROM core.profile")
    found = pairs(grouped((customer, str(profile)) for customer, profile in resolved))
    true = pairs(grouped((slots[str(key)].person, str(key)) for _, key in resolved if key in slots))
    reached = score(found, true)
    with capsys.disabled():
        print(f"\nsecond records of a person: {reached}")
    assert reached.true >= 20
    assert reached.precision == 1.0
    assert reached.recall >= 0.95


def test_homes_are_found_of_those_who_give_their_address_and_agree_to_profiling(
    warehouse: Warehouse, shop: Tenant, slots: dict[str, Slot], capsys: pytest.CaptureFixture[str]
) -> None:
    settled = rows(
        warehouse, shop,
        "SELECT household_id, profile_id FROM core.household_member JOIN core.profile USING (tenant_id, customer_id) "
        "WHERE is_primary",
    )  # fmt: skip
    found = pairs(grouped((household, str(profile)) for household, profile in settled))
    asked = rows(warehouse, shop, "SELECT profile_id FROM profile.profiled WHERE is_primary")
    known = {str(key) for (key,) in asked if key in slots and slots[str(key)].kind is Kind.KNOWN}
    true = pairs(grouped((slots[key].household, key) for key in known))
    reached = score(found, true)
    with capsys.disabled():
        print(f"\npairs of one home: {reached}")
    assert reached.true >= 50
    assert reached.precision >= 0.97
    # One in four gives no address, and LEO knows of half of the families.
    assert reached.recall >= 0.7
