"""Which profiles become one customer, which wait for a person, and that the order in which they come is no matter."""

import json
import random
from collections.abc import Mapping

import pytest
from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sync import identity_decisions as decisions
from leo_activation.sync.identity_decisions import CaseState
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync, register_leo_tenant
from tests.sync.people import People
from tests.sync.stored import versions

MAI = "mai@example.com"


@pytest.fixture
def people(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> People:
    return People(warehouse, leo_tenant, run_sync)


SHARED: Mapping[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "crm": ({"crmRefId": "C-7"}, {"identities": ["crm:C-7"]}),
    "email": ({"primaryEmail": MAI}, {"secondaryEmails": ["MAI@Example.com"]}),
    "email of the identities": ({"primaryEmail": MAI}, {"identities": [f"email:{MAI}"]}),
    "phone": ({"primaryPhone": "0912 345 670"}, {"secondaryPhones": ["+84912345670"]}),
    "phone of the identities": ({"primaryPhone": "84912345670"}, {"identities": ["phone:0912345670"]}),
    "loyalty": ({"loyaltyIDs": ["L-1"]}, {"identities": ["loyalty:L-1"]}),
    "fintech": ({"identities": ["fintech:F-1"]}, {"identities": ["fintech:F-1"]}),
    "zalo": ({"identities": ["zalo:77"]}, {"notificationUserIds": {"zalo": ["77"]}}),
    "facebook": ({"notificationUserIds": {"facebook": ["88"]}}, {"notificationUserIds": {"facebook": ["88"]}}),
}


def test_profiles_with_a_strong_identity_in_common_are_one_customer(people: People) -> None:
    for number, (one, other) in enumerate(SHARED.values()):
        people.put(f"a{number:02d}", **rename(one, number))
        people.put(f"b{number + 10:02d}", **rename(other, number))
    people.sync()
    assert people.customers() == {f"a{n:02d}": [f"a{n:02d}", f"b{n + 10:02d}"] for n in range(len(SHARED))}


def rename(fields: Mapping[str, object], number: int) -> dict[str, object]:
    """The same fields with values of this number's own."""
    spelled = {
        "mai@": f"mai{number}@",
        "MAI@": f"MAI{number}@",
        "345 670": f"345 67{number}",
        "345670": f"34567{number}",
    }

    def apply(value: object) -> object:
        if isinstance(value, str):
            for old, new in spelled.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, list):
            return [apply(each) for each in value]
        if isinstance(value, dict):
            return {name: apply(each) for name, each in value.items()}
        return value

    return {name: apply(value) for name, value in fields.items()}


def test_what_a_family_shares_joins_nobody(people: People) -> None:
    shared = {
        "identities": ["visitor:v1", "fgp:f1", "device:d1", "app:x1"],
        "notificationUserIds": {"firebase": ["t1"]},
    }
    people.put("a1", **shared)
    people.put("b2", **shared)
    people.sync()
    assert people.partition() == {("a1",), ("b2",)}


WORTHLESS: tuple[Mapping[str, object], ...] = (
    {"primaryPhone": "0000000000"},
    {"primaryPhone": "0123456789"},
    {"primaryPhone": "0111111111"},
    {"primaryEmail": "test@test.com"},
    {"primaryEmail": "noreply@shop.example.com"},
    {"primaryEmail": "No-Reply@example.com"},
    {"crmRefId": "null"},
)


def test_a_worthless_value_joins_nobody_and_is_not_kept(people: People) -> None:
    for number, fields in enumerate(WORTHLESS):
        people.put(f"a{number}", **fields)
        people.put(f"b{number}", **fields)
    people.sync()
    assert all(len(together) == 1 for together in people.partition())
    assert people.rows("SELECT count(*) FROM core.identity WHERE profile_id <> 'p1'") == [(0,)]
    assert people.cases() == []


def test_an_identity_is_kept_as_a_keyed_hash_and_never_as_it_is(people: People, pseudonym_key: bytes) -> None:
    people.put("a1", primaryEmail=MAI)
    people.sync()
    assert people.execute(
        "SELECT kind, value_hash = core.identity_hash('email', %s, %s), "
        "value_hash = core.address_hash('email', %s, %s), position(%s::bytea IN value_hash) "
        "FROM core.identity WHERE profile_id = 'a1'",
        MAI, pseudonym_key, MAI, pseudonym_key, MAI.encode(),
    ) == [("email", True, False, 0)]  # fmt: skip


def test_an_edge_of_the_same_person_joins_and_its_end_parts(people: People) -> None:
    people.put("a1")
    people.put("b2")
    people.relate("a1", "b2", 1)
    people.relate("a1", "b2", 6)
    people.sync()
    assert people.partition() == {("a1", "b2")}
    people.source.delete("cdp_profile2profile", "a1-b2-1")
    people.resolved()
    assert people.partition() == {("a1",), ("b2",)}


def test_an_edge_joins_also_when_one_end_comes_later(people: People) -> None:
    people.put("a1")
    people.relate("a1", "b2", 1)
    people.relate("b2", "a1", 3)
    people.sync()
    people.put("b2")
    people.sync()
    assert people.partition() == {("a1", "b2")}
    assert people.rows("SELECT kind FROM core.profile_relation ORDER BY 1") == [("referral",), ("same_person",)]


def test_a_merge_is_recorded_with_what_it_was_by_and_moves_events_and_graph(people: People) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryPhone="0912345670", crmRefId="C-1")
    people.source.put(
        "cdp_trackingevent", people.source.documents("cdp_trackingevent")["e1"], _key="e2", refProfileId="b2"
    )
    people.sync()
    people.put("b2", primaryPhone="0912345670", crmRefId="C-1", primaryEmail=MAI)
    synced = people.sync()
    assert people.rows(
        "SELECT survivor_id, absorbed_id, survivor_profiles, absorbed_profiles, kinds, undone_at "
        "FROM core.customer_merge"
    ) == [("a1", "b2", ["a1"], ["b2"], ["email"], None)]
    assert viewers(people) == ["a1", "p1"]
    assert synced.graph.by_label["Customer"] == 2
    # The CRM's record speaks for the customer, though it is not the oldest.
    assert people.rows("SELECT profile_id FROM core.profile WHERE is_primary ORDER BY 1") == [("b2",), ("p1",)]


def viewers(people: People) -> list[str]:
    with people.warehouse.connect(DatabaseRole.LOADER, people.tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        query = sql.SQL(
            "SELECT customer.properties::text FROM {} AS edge JOIN {} AS customer ON customer.id = start_id"
        ).format(
            sql.Identifier(people.tenant.graph_name, "VIEWED"), sql.Identifier(people.tenant.graph_name, "Customer")
        )
        return sorted(json.loads(row[0])["customer_id"] for row in connection.execute(query))


def test_a_cluster_that_falls_apart_at_the_source_is_two_customers_again(people: People) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"])
    people.put("c3", loyaltyIDs=["L-1"])
    people.sync()
    assert people.customers() == {"a1": ["a1", "b2", "c3"]}
    people.put("b2", primaryEmail="other@example.com", loyaltyIDs=["L-1"])
    people.sync()
    assert people.customers() == {"a1": ["a1"], "b2": ["b2", "c3"]}
    assert people.rows(
        "SELECT survivor_id, absorbed_id, undone_by FROM core.customer_merge ORDER BY absorbed_id, merge_id"
    ) == [("a1", "b2", "source"), ("a1", "c3", "source"), ("b2", "c3", None)]


def test_the_customer_of_the_oldest_profile_survives_whenever_it_comes(people: People) -> None:
    people.put("c3", primaryEmail=MAI)
    people.sync()
    people.put("b2", primaryEmail=MAI)
    people.sync()
    people.put("d4", primaryEmail=MAI)
    people.sync()
    assert people.customers() == {"b2": ["b2", "c3", "d4"]}
    assert people.rows("SELECT count(*) FROM core.profile WHERE customer_id = 'b2' AND is_primary") == [(1,)]


def test_a_profile_that_is_gone_joins_nobody_but_its_refusal_stays_with_the_customer(people: People) -> None:
    people.put("a1", primaryEmail=MAI, receiveEmail=-1)
    people.put("b2", primaryEmail=MAI, receiveEmail=1)
    people.sync()
    people.source.delete("cdp_profile", "a1")
    people.resolved()
    assert people.customers() == {"a1": ["b2"]}
    assert people.rows("SELECT count(*) FROM core.identity WHERE profile_id = 'a1'") == [(0,)]
    tenant = people.tenant.tenant_id
    consent = "SELECT granted FROM activation.consent_of(%s, 'a1', 'email', 'marketing')"
    assert people.execute(consent, tenant) == [(False,)]
    assert people.rows("SELECT is_primary FROM core.profile WHERE profile_id = 'b2'") == [(True,)]


def test_a_profile_that_comes_back_does_not_speak_beside_another(people: People) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI)
    people.sync()
    for status in (-4, 1):
        people.put("a1", primaryEmail=MAI, status=status)
        people.sync()
        speaks = "a1" if status == 1 else "b2"
        assert people.rows("SELECT profile_id FROM core.profile WHERE is_primary AND profile_id <> 'p1'") == [(speaks,)]


def test_two_records_of_the_crm_wait_for_a_person_and_keep_their_own(people: People) -> None:
    people.put("a1", crmRefId="C-1", primaryEmail=MAI, loyaltyIDs=["L-1"])
    people.put("b2", crmRefId="C-2", primaryEmail=MAI)
    people.put("c3", loyaltyIDs=["L-1"])
    people.sync()
    assert people.partition() == {("a1", "c3"), ("b2",)}
    assert people.cases() == [("two_crm_records", 2, ["email"], "waiting")]
    people.sync()
    case = decisions.list_cases(people.warehouse, people.tenant.tenant_id)[0]
    assert decisions.case_profiles(people.warehouse, people.tenant.tenant_id, case.case_id) == ["a1", "b2"]
    decide(people, case.case_id, CaseState.APPROVED)
    people.sync()
    assert people.partition() == {("a1", "b2", "c3")}
    people.put("d4", loyaltyIDs=["L-1"])
    people.sync()
    assert people.partition() == {("a1", "b2", "c3", "d4")}
    decide(people, case.case_id, CaseState.REFUSED)
    people.sync()
    assert people.partition() == {("a1", "c3", "d4"), ("b2",)}
    assert people.cases() == [("two_crm_records", 2, ["email"], "refused")]


def decide(people: People, case_id: int, state: CaseState) -> None:
    decisions.decide_case(people.warehouse, people.tenant.tenant_id, case_id, state, decided_by="linh")


def test_two_records_of_the_crm_are_not_joined_by_way_of_a_third_profile(people: People) -> None:
    people.put("a1", crmRefId="C-1", primaryEmail=MAI)
    people.put("b2", crmRefId="C-2", loyaltyIDs=["L-1"])
    people.put("c3", primaryEmail=MAI, loyaltyIDs=["L-1"])
    people.sync()
    assert people.partition() == {("a1",), ("b2",), ("c3",)}
    assert people.cases() == [("two_crm_records", 3, ["email", "loyalty"], "waiting")]
    people.put("c3", primaryEmail=MAI)
    people.sync()
    assert people.partition() == {("a1", "c3"), ("b2",)}
    assert people.cases() == [("two_crm_records", 3, ["email", "loyalty"], "lapsed")]


def test_a_value_of_many_profiles_waits_for_a_person_and_their_other_links_hold(people: People) -> None:
    for number in range(1, 9):
        people.put(f"a{number}", primaryPhone="0912345670", loyaltyIDs=[f"L-{number // 2}"])
    people.sync()
    assert people.partition() == {tuple(f"a{number}" for number in range(1, 9))}
    people.put("a9", primaryPhone="0912345670")
    people.sync()
    assert people.partition() == {("a1",), ("a2", "a3"), ("a4", "a5"), ("a6", "a7"), ("a8",), ("a9",)}
    assert people.cases() == [("shared_by_many", 9, ["phone"], "waiting")]
    people.source.delete("cdp_profile", "a1")
    people.resolved()
    assert len(people.partition()) == 1
    assert people.cases() == [("shared_by_many", 9, ["phone"], "lapsed")]


def test_a_chain_of_more_profiles_than_the_limit_waits_for_a_person(people: People) -> None:
    for number in range(1, 12):
        people.put(f"a{number:02d}", loyaltyIDs=[f"L-{number}", f"L-{number + 1}"])
    people.sync()
    assert len(people.partition()) == 11
    assert people.cases() == [("large_cluster", 11, ["loyalty"], "waiting")]
    case = decisions.list_cases(people.warehouse, people.tenant.tenant_id)[0]
    decide(people, case.case_id, CaseState.APPROVED)
    people.sync()
    assert len(people.partition()) == 1


def test_no_person_has_more_than_fifty_records(people: People) -> None:
    for number in range(1, 53):
        people.put(f"a{number:02d}", primaryPhone="0912345670")
    people.sync()
    case = decisions.list_cases(people.warehouse, people.tenant.tenant_id)[0]
    with pytest.raises(Permanent, match="about 52 profiles; more than 50 are no person"):
        decide(people, case.case_id, CaseState.APPROVED)
    decide(people, case.case_id, CaseState.REFUSED)
    people.sync()
    assert people.cases() == [("shared_by_many", 52, ["phone"], "refused")]


def test_a_blocked_value_parts_who_was_joined_by_it_until_it_is_released(people: People, pseudonym_key: bytes) -> None:
    people.put("a1", primaryPhone="0912345670")
    people.put("b2", primaryPhone="0912345670")
    people.sync()
    named = (people.warehouse, people.tenant.tenant_id, decisions.Kind.PHONE)
    held = decisions.block_value(
        *named, "+84 912 345 670", reason="the shop's own", blocked_by="linh", pseudonym_key=pseudonym_key
    )
    assert held == 2
    people.sync()
    assert people.partition() == {("a1",), ("b2",)}
    decisions.unblock_value(*named, "+84912345670", pseudonym_key=pseudonym_key)
    people.sync()
    assert people.partition() == {("a1", "b2")}
    with pytest.raises(Permanent, match="international form"):
        decisions.unblock_value(*named, "0912345670", pseudonym_key=pseudonym_key)
    with pytest.raises(Permanent, match="has not blocked this phone"):
        decisions.unblock_value(*named, "+84912345670", pseudonym_key=pseudonym_key)


def test_an_undone_merge_is_not_made_again_and_others_go_on(people: People) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"])
    people.sync()
    tenant = people.tenant.tenant_id
    merge = decisions.list_merges(people.warehouse, tenant)[0]
    assert (merge.survivor_id, merge.absorbed_id, merge.profiles, merge.kinds) == ("a1", "b2", 1, ["email"])
    decisions.undo_merge(people.warehouse, tenant, merge.merge_id, asked_by="linh")
    people.sync()
    assert people.partition() == {("a1",), ("b2",)}
    assert decisions.list_merges(people.warehouse, tenant)[0].undone_by == "linh"
    people.put("c3", loyaltyIDs=["L-1"])
    people.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"], firstName="Mai")
    people.sync()
    assert people.partition() == {("a1",), ("b2", "c3")}
    with pytest.raises(Permanent, match="no merge"):
        decisions.undo_merge(people.warehouse, tenant, merge.merge_id, asked_by="linh")


def test_whoever_would_join_two_that_were_taken_apart_waits_for_a_person(people: People) -> None:
    people.put("a1", primaryEmail=MAI)
    people.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"])
    people.sync()
    tenant = people.tenant.tenant_id
    merge = decisions.list_merges(people.warehouse, tenant)[0]
    decisions.undo_merge(people.warehouse, tenant, merge.merge_id, asked_by="linh")
    people.put("a1", primaryEmail=MAI, identities=["zalo:7"])
    people.put("c3", loyaltyIDs=["L-1"], identities=["zalo:7"])
    people.sync()
    assert people.partition() == {("a1",), ("b2",), ("c3",)}
    assert people.cases() == [("split_before", 3, ["loyalty", "zalo"], "waiting")]
    decide(people, decisions.list_cases(people.warehouse, tenant)[0].case_id, CaseState.APPROVED)
    people.sync()
    assert people.partition() == {("a1", "b2", "c3")}


def test_nothing_new_writes_nothing(people: People) -> None:
    people.put("a1", primaryEmail=MAI, crmRefId="C-1")
    people.put("b2", primaryEmail=MAI)
    people.put("c3", primaryEmail=MAI, crmRefId="C-2", livingLocation="5 Lake Road")
    people.put("d4", livingLocation="5 Lake Road")
    people.relate("a1", "c3", 2)
    people.sync()
    written = versions(people.warehouse, people.tenant), resolution(people)
    again = people.sync()
    assert again.merged.identities == 0
    assert (versions(people.warehouse, people.tenant), resolution(people)) == written


def resolution(people: People) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for table in ("identity", "identity_case", "customer_merge", "household", "household_member", "profile_relation"):
        found += people.rows(f"SELECT '{table}', ctid::text, xmin::text, xmax::text FROM core.{table} ORDER BY 2")
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_any_slicing_of_the_changes_ends_in_the_same_people(warehouse: Warehouse, run_sync: Sync, seed: int) -> None:
    chance = random.Random(seed)
    sliced = People(warehouse, register_leo_tenant(warehouse), run_sync)
    state: dict[str, dict[str, object]] = {}
    keys = [f"a{number:02d}" for number in range(1, 19)]
    sliced.sync()
    for _ in range(4):
        for key in chance.sample(keys, 6):
            if key in state and chance.random() < 0.2:
                del state[key]
                sliced.source.delete("cdp_profile", key)
            else:
                state[key] = invented(chance)
                sliced.put(key, **state[key])
        sliced.resolved() if chance.random() < 0.5 else sliced.sync()
    sliced.resolved()
    whole = People(warehouse, register_leo_tenant(warehouse), run_sync)
    for key in sorted(state, key=lambda _: chance.random()):
        whole.put(key, **state[key])
    whole.sync()
    assert sliced.partition() == whole.partition()
    assert any(len(together) > 1 for together in whole.partition())
    waiting = "SELECT subject, reason, profiles FROM core.identity_case WHERE state = 'waiting' ORDER BY 1"
    assert sliced.rows(waiting) == whole.rows(waiting)


def invented(chance: random.Random) -> dict[str, object]:
    fields: dict[str, object] = {}
    if chance.random() < 0.2:
        fields["crmRefId"] = f"C-{chance.randrange(9)}"
    if chance.random() < 0.6:
        fields["primaryEmail"] = f"e{chance.randrange(8)}@example.com"
    if chance.random() < 0.2:
        fields["loyaltyIDs"] = [f"L-{chance.randrange(8)}"]
    return fields
