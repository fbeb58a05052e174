"""What an erasure, an export and a restriction of one person do to others, and to what speaks of nobody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leo_activation.actions import people
from leo_activation.errors import Permanent
from leo_activation.rights.clocks import RequestKind, read_clocks
from leo_activation.rights.person import find_person
from leo_activation.rights.requests import Ask, close_request, lift, open_request, settle_corrections
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import Shop
from tests.rights.known_person import settings_of
from tests.sync.conftest import Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import PROFILE

NAME = {"firstName": "Vananh", "lastName": "Nguyenthi"}
KEY = "vananh4b1c7"
MATE = "tuan9d2e4f"
NAMESAKE = "vananh8a8a8a"


@pytest.fixture
def shop(warehouse: Warehouse, leo_tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, leo_tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, leo_tenant.tenant_id, pseudonym_key, connection)


def test_a_namesake_whose_record_was_set_aside_is_neither_shown_nor_barred(
    shop: Shop, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    """People of one full name are several, and one address may be the end of another."""
    at_home = {"livingLocation": "7 Lotus Street", "livingCity": "Hue", "updatedAt": minutes_ago(30)}
    source = LiveDocuments()
    for number in range(40):
        source.put("cdp_profile", {**PROFILE, "_key": f"c{number}", "primaryEmail": f"c{number}@people.example"})
    source.put("cdp_profile", {
        **PROFILE, **NAME, "_key": KEY, "primaryEmail": "vananh@people.example", **at_home,
    })  # fmt: skip
    mate = {**PROFILE, "_key": MATE, "firstName": "Tuan", "primaryEmail": "tuan@people.example", **at_home}
    source.put("cdp_profile", mate)
    namesake = {**PROFILE, **NAME, "_key": NAMESAKE, "primaryEmail": "other.vananh@people.example",
                "updatedAt": minutes_ago(20)}  # fmt: skip
    source.put("cdp_profile", {**namesake, "age": "old"})
    live = LiveShop(leo_tenant, source, run_sync)
    live.sync()
    aside = "SELECT source_key FROM ops.quarantine WHERE tenant_id = %s AND state = 'open' ORDER BY 1"
    assert {row[0] for row in shop.execute(aside, shop.tenant_id)} >= {NAMESAKE}
    settings = settings_of(shop.key, tmp_path)
    told = json.dumps(people.export(shop.warehouse, settings, shop.tenant_id, KEY, asked_by="officer"))
    assert "vananh@people.example" in told
    for other in ("other.vananh", "tuan@people", NAMESAKE):
        assert other not in told, other
    people.erase_person(shop.warehouse, settings, shop.tenant_id, KEY, asked_by="dpo")
    source.put("cdp_profile", {**namesake, "updatedAt": minutes_ago(1)})
    live.sync("comparison")
    here = {row[0] for row in shop.execute("SELECT profile_id FROM core.profile WHERE tenant_id = %s", shop.tenant_id)}
    assert here >= {MATE, NAMESAKE}
    assert KEY not in here


def test_a_household_named_after_a_person_shows_them_themselves_and_nobody_else(
    shop: Shop, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    source = LiveDocuments()
    for key in ("aaa-head-1", "bbb-mate-2"):
        home = {"livingLocation": "7 Lotus Street", "livingCity": "Hue", "updatedAt": minutes_ago(30)}
        source.put("cdp_profile", {**PROFILE, "_key": key, "primaryEmail": f"{key}@people.example", **home})
    LiveShop(leo_tenant, source, run_sync).sync()
    lives = "SELECT customer_id FROM core.household_member WHERE tenant_id = %s AND household_id = 'h-aaa-head-1'"
    assert {row[0] for row in shop.execute(lives, shop.tenant_id)} >= {"aaa-head-1", "bbb-mate-2"}
    settings = settings_of(shop.key, tmp_path)
    held = people.export(shop.warehouse, settings, shop.tenant_id, "aaa-head-1", asked_by="officer")["held"]
    assert [row["customer_id"] for row in held["core.household_member"]["rows"]] == ["aaa-head-1"]


def test_an_address_of_several_people_is_no_proof_of_one(shop: Shop) -> None:
    shop.person("lan", address="family@people.example")
    shop.address("lan", "lan@people.example")
    shop.person("mai", address="family@people.example")
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant_id) as connection:
        person = find_person(connection, shop.tenant_id, "lan@people.example", pseudonym_key=shop.key)
        with pytest.raises(Permanent, match="lan, mai"):
            find_person(connection, shop.tenant_id, "family@people.example", pseudonym_key=shop.key)
    assert "family" in person.pattern
    assert "family" not in person.own_pattern
    assert "lan@people" in person.own_pattern.replace("\\", "")


def test_words_in_lines_and_numbers_are_erased_and_what_speaks_of_nobody_is_not(shop: Shop, tmp_path: Path) -> None:
    shop.person("84912763548")
    shop.segment()
    said = {"lines": "Dear all,\n84912763548\tand others", "phone": 84912763548, "more": [1, 84912763548.5, "x"]}
    shop.execute(
        "INSERT INTO ops.action_call (tenant_id, action, arguments, caller, permission, outcome, results) "
        "VALUES (%s, 'why', %s, 'linh', 'read', 'done', '{}')",
        shop.tenant_id, json.dumps(said),
    )  # fmt: skip
    read = "SELECT arguments FROM ops.action_call WHERE tenant_id = %s"
    settings = settings_of(shop.key, tmp_path)
    for word in ("lines", "others", "all, "):
        with pytest.raises(Permanent, match="Nothing is held"):
            people.erase_person(shop.warehouse, settings, shop.tenant_id, word, asked_by="dpo")
    assert shop.execute(read, shop.tenant_id) == [(said,)]
    people.erase_person(shop.warehouse, settings, shop.tenant_id, "84912763548", asked_by="dpo")
    assert shop.execute(read, shop.tenant_id) == [
        ({"lines": "Dear all,\n[erased]\tand others", "phone": "[erased]", "more": [1, 84912763548.5, "x"]},)
    ]


def test_two_restrictions_of_a_person_hold_each_by_itself(shop: Shop) -> None:
    shop.person("lan")

    def ask() -> int:
        asked = Ask(RequestKind.RESTRICTION, "dpo")
        return open_request(
            shop.warehouse, shop.tenant_id, "lan", asked, read_clocks(), pseudonym_key=shop.key
        ).request_id

    restricted = "SELECT DISTINCT customer_id FROM rights.restricted(%s, 'transactional')"
    first, second = ask(), ask()
    close_request(shop.warehouse, shop.tenant_id, second, decided_by="dpo", refused_because="Asked twice.")
    assert shop.execute(restricted, shop.tenant_id) == [("lan",)]
    third = ask()
    assert lift(shop.warehouse, shop.tenant_id, first) == 1
    assert shop.execute(restricted, shop.tenant_id) == [("lan",)]
    assert lift(shop.warehouse, shop.tenant_id, third) == 1
    assert shop.execute(restricted, shop.tenant_id) == []


def test_who_absorbed_others_twice_over_is_found_by_any_id_and_answered_by_the_one_they_have(
    shop: Shop, leo_tenant: Tenant, tmp_path: Path
) -> None:
    """Their customer id now is neither the first by name nor the one that they were known by before."""
    for customer in ("aaa-1", "bbb-2", "ccc-3"):
        shop.person(customer)
    with beside_syncs(shop.warehouse, shop.tenant_id) as alone:
        assert alone is not None
        run = alone[0].execute(
            "INSERT INTO ops.sync_run (tenant_id, source_kind, orchestrator_run_id, state) "
            "VALUES (%s, 'csv', 'merging', 'stopped') RETURNING sync_run_id",
            [shop.tenant_id],
        ).fetchone()  # fmt: skip
        for survivor, absorbed in (("bbb-2", "aaa-1"), ("ccc-3", "bbb-2")):
            alone[0].execute(
                "INSERT INTO core.customer_merge (tenant_id, survivor_id, absorbed_id, survivor_profiles, "
                "absorbed_profiles, kinds, sync_run_id) VALUES (%s, %s, %s, '{}', '{}', '{}', %s)",
                [shop.tenant_id, survivor, absorbed, run and run[0]],
            )
        alone[0].execute(
            "UPDATE core.profile SET customer_id = 'ccc-3', is_primary = (profile_id = %s), last_name = 'Lê' "
            "WHERE tenant_id = %s",
            ["p-ccc-3", shop.tenant_id],
        )
        alone[0].commit()
    ask = Ask(RequestKind.CORRECTION, "dpo", field="last_name", wanted="Lê")
    asked = open_request(shop.warehouse, shop.tenant_id, "aaa-1", ask, read_clocks(), pseudonym_key=shop.key)
    assert asked.customer_id == "ccc-3"
    assert settle_corrections(shop.warehouse, shop.tenant_id) == [asked.request_id]
    settings = settings_of(shop.key, tmp_path)
    certificate = people.erase_person(shop.warehouse, settings, shop.tenant_id, "aaa-1", asked_by="dpo")
    assert certificate.rows["core.customer"] == 3
    assert shop.execute("SELECT count(*) FROM core.profile WHERE tenant_id = %s", shop.tenant_id) == [(0,)]
