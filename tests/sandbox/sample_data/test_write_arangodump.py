"""The LEO tenant's dump: shape, repeatability, and a world that holds together."""

import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.sample_data.contacts import BLOCKED_PHONE, EMAIL_DOMAINS, PHONE_PREFIXES, SHOP_PHONE
from sandbox.sample_data.metrics import GIVEN_BACK, METRICS, PURCHASES
from sandbox.sample_data.moments import iso_ms
from sandbox.sample_data.write_arangodump import (
    DOCUMENT_COLLECTIONS,
    EDGE_COLLECTIONS,
    DumpSettings,
    write_arangodump,
)

from .conftest import AS_OF, FAULT_SHARE, PROFILES, Dump, Json, MakeDump

LEO_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
VND_PER_USD = 25_400


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def in_vnd(event: Json) -> float:
    return float(event["transactionValue"]) * (VND_PER_USD if event["transactionCurrency"] == "USD" else 1)


def color_of(event: Json, item_id: str) -> str:
    data = event["eventData"]
    return str(data.get("itemColors", {}).get(item_id) or data.get("color", ""))


def window_start(days: int) -> str:
    return iso_ms(AS_OF - days * 86_400_000)


@pytest.fixture(scope="module")
def profiles(dump: Dump) -> list[Json]:
    return dump.sound("cdp_profile")


@pytest.fixture(scope="module")
def events(dump: Dump) -> list[Json]:
    return dump.sound("cdp_trackingevent")


@pytest.fixture(scope="module")
def larger_dump(make_dump: MakeDump) -> Dump:
    return make_dump(1_200)


def test_the_same_arguments_give_the_same_bytes(dump: Dump, make_dump: MakeDump) -> None:
    assert fingerprint(make_dump().folder) == fingerprint(dump.folder)


def test_another_seed_gives_another_world(dump: Dump, make_dump: MakeDump) -> None:
    other = make_dump(100, seed=8)
    assert not {document["_key"] for document in other.documents("cdp_profile")} & {
        document["_key"] for document in dump.documents("cdp_profile")
    }


def test_a_profile_and_its_events_are_the_same_in_a_larger_world(dump: Dump, make_dump: MakeDump) -> None:
    small = make_dump(100)
    for collection in ("cdp_profile", "cdp_trackingevent", *EDGE_COLLECTIONS):
        larger = {document["_key"]: document for document in dump.sound(collection)}
        sound = small.sound(collection)
        assert sound
        if collection == "cdp_trackingevent":
            # A spoiled profile's one page view is not among the faults; its number grows with the world.
            sound = [event for event in sound if event["refProfileId"] not in small.spoiled("cdp_profile")]
        assert all(larger[document["_key"]] == document for document in sound)


def test_the_manifest_counts_what_is_in_the_files(dump: Dump) -> None:
    counted = {name: sum(1 for _ in dump.documents(name)) for name in DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS}
    assert counted == dump.manifest["documents"]
    assert counted["cdp_profile"] == PROFILES + dump.manifest["spoiled"]["cdp_profile"]
    assert sum(dump.manifest["profiles_by_kind"].values()) == PROFILES
    events = Counter(event["metricName"] for event in dump.sound("cdp_trackingevent"))
    assert dict(events) == dump.manifest["events_by_metric"]


def test_the_dump_has_the_shape_that_arangodump_writes(dump: Dump) -> None:
    for name in DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS:
        stem = f"{name}_{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"
        structure = json.loads((dump.folder / f"{stem}.structure.json").read_text(encoding="utf-8"))
        assert structure["parameters"]["name"] == name
        assert structure["parameters"]["type"] == (3 if name in EDGE_COLLECTIONS else 2)
        keys = set()
        for document in dump.documents(name):
            assert document["_id"] == f"{name}/{document['_key']}"
            assert document["_rev"]
            assert document["_key"] not in keys
            keys.add(document["_key"])
    assert json.loads((dump.folder / "dump.json").read_text(encoding="utf-8"))["database"]


def test_compressed_files_hold_the_same_lines(make_dump: MakeDump) -> None:
    plain, compressed = make_dump(100), make_dump(100, compress=True)
    packed = {path.name: gzip.decompress(path.read_bytes()) for path in compressed.folder.glob("*.data.json.gz")}
    assert packed == {f"{path.name}.gz": path.read_bytes() for path in plain.folder.glob("*.data.json")}


def test_writing_into_a_used_folder_leaves_each_collection_once(tmp_path: Path) -> None:
    for compress in (True, False):
        write_arangodump(DumpSettings(100, 7, AS_OF, FAULT_SHARE, compress, workers=1), tmp_path)
    assert list(tmp_path.glob("*.data.json"))
    assert not list(tmp_path.glob("*.data.json.gz"))


def test_dates_are_utc_with_milliseconds_and_none_lies_after_as_of(profiles: list[Json], events: list[Json]) -> None:
    end = iso_ms(AS_OF)
    for document in profiles + events:
        assert LEO_DATE.fullmatch(document["createdAt"])
        assert LEO_DATE.fullmatch(document["updatedAt"])
        assert document["createdAt"] <= document["updatedAt"] < end


def test_every_edge_and_event_names_a_profile_and_a_product_that_exist(dump: Dump, events: list[Json]) -> None:
    people = {document["_id"] for document in dump.documents("cdp_profile")}
    goods = {document["_id"] for document in dump.documents("cdp_productitem")}
    sold = {document["productId"] for document in dump.documents("cdp_productitem")}
    for edge in dump.documents("cdp_profile2product"):
        assert edge["_from"] in people
        assert edge["_to"] in goods
    for edge in dump.documents("cdp_profile2profile"):
        assert {edge["_from"], edge["_to"]} <= people
        assert edge["_from"] != edge["_to"]
    for event in events:
        assert f"cdp_profile/{event['refProfileId']}" in people
        assert event["metricName"] in METRICS
        assert {item["itemId"] for item in event["orderedItems"]} <= sold


def test_the_funnel_narrows_at_every_step_and_nobody_skips_one(dump: Dump, events: list[Json]) -> None:
    count = dump.manifest["events_by_metric"]
    bought = count["purchase"] + count["repurchase"]
    assert count["item-view"] > count["add-to-cart"] > count["order-checkout"] > bought > 0
    seen: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in sorted(events, key=lambda each: str(each["createdAt"])):
        items = {(event["refProfileId"], item["itemId"]) for item in event["orderedItems"]}
        if event["metricName"] == "add-to-cart":
            assert items <= seen["item-view"]
        elif event["metricName"] in PURCHASES:
            assert items <= seen["add-to-cart"]
        seen[event["metricName"]] |= items


def test_no_address_can_be_delivered_to(dump: Dump, profiles: list[Json]) -> None:
    assert sum(bool(profile["primaryEmail"]) for profile in profiles) > PROFILES / 3
    for profile in profiles:
        if profile["primaryEmail"]:
            assert profile["primaryEmail"].split("@")[1] in EMAIL_DOMAINS
        if profile["primaryPhone"]:
            number = profile["primaryPhone"].replace(" ", "")
            number = f"+84{number[1:]}" if number.startswith("0") else f"+{number.removeprefix('+')}"
            assert number.startswith(tuple(PHONE_PREFIXES.values()))
    hosts = {
        host
        for path in dump.folder.glob("*.data.json")
        for host in re.findall(r"(?:https?://|@)([A-Za-z0-9.-]+\.[a-z]{2,})", path.read_text(encoding="utf-8"))
    }
    assert hosts
    assert {".".join(host.split(".")[-2:]) for host in hosts} <= set(EMAIL_DOMAINS)
    addresses = {
        address
        for path in dump.folder.glob("*.data.json")
        for address in re.findall(r'"(?:sourceIP|lastSeenIp)":"([0-9.]+)"', path.read_text(encoding="utf-8"))
    }
    assert {address.rpartition(".")[0] for address in addresses} == {"192.0.2", "198.51.100", "203.0.113"}


def test_the_never_copied_fields_are_there_and_carry_their_mark(dump: Dump, profiles: list[Json]) -> None:
    for name in ("password", "webCookies", "governmentIssuedIDs"):
        values = [profile[name] for profile in profiles if profile[name]]
        assert values
        assert all(dump.manifest["never_copied"]["mark"] in str(value) for value in values)
    marked = [
        identity
        for profile in profiles
        for identity in profile["identities"]
        if dump.manifest["never_copied"]["mark"] in identity
    ]
    assert {identity.split(":")[0] for identity in marked} == {"web", "citizen"}


def test_the_totals_of_a_profile_are_those_of_its_events(profiles: list[Json], events: list[Json]) -> None:
    gross: defaultdict[str, float] = defaultdict(float)
    net: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        person = event["refProfileId"]
        counts[person][event["metricName"]] += 1
        if event["metricName"] in PURCHASES:
            gross[person] += in_vnd(event)
            net[person] += in_vnd(event)
        elif event["metricName"] in GIVEN_BACK:
            net[person] -= in_vnd(event)
    for profile in profiles:
        key = profile["_key"]
        assert profile["eventStatistics"] == dict(counts[key])
        assert profile["totalTransactionValue"] == pytest.approx(gross[key])
        assert profile["totalCLV"] == pytest.approx(net[key], abs=1)
        customer = profile["funnelStage"].endswith(("-customer", "-advocate"))
        assert customer == bool(counts[key]["purchase"])


def test_an_order_is_worth_its_lines_less_its_discount(events: list[Json]) -> None:
    orders = [event for event in events if event["metricName"] in PURCHASES]
    for event in orders:
        lines = sum(item["salePrice"] * item["quantity"] for item in event["orderedItems"])
        assert event["transactionValue"] == pytest.approx(lines - event["transactionDiscount"], abs=1)
        assert {item["currency"] for item in event["orderedItems"]} == {event["transactionCurrency"]}
    assert len({event["transactionId"] for event in orders}) == len(orders)


def test_what_is_given_back_was_bought_before(larger_dump: Dump) -> None:
    events = larger_dump.sound("cdp_trackingevent")
    bought = {event["transactionId"]: event for event in events if event["metricName"] in PURCHASES}
    back = [event for event in events if event["metricName"] in GIVEN_BACK]
    assert {event["metricName"] for event in back} == GIVEN_BACK
    for event in back:
        order = bought[event["transactionId"]]
        assert event["createdAt"] > order["createdAt"]
        assert 0 < event["transactionValue"] <= order["transactionValue"]


@pytest.mark.parametrize(("name", "color"), [("bought_socks_60d", ""), ("bought_red_socks_60d", "red")])
def test_the_truth_about_socks_is_what_the_files_say(larger_dump: Dump, name: str, color: str) -> None:
    world = larger_dump
    active = {profile["_key"] for profile in world.sound("cdp_profile") if profile["status"] == 1}
    buyers = {
        event["refProfileId"]
        for event in world.sound("cdp_trackingevent")
        if event["metricName"] in PURCHASES
        and event["createdAt"] >= window_start(60)
        and event["refProfileId"] in active
        for item in event["orderedItems"]
        if item["categoryName"] == "Socks" and (not color or color_of(event, item["itemId"]) == color)
    }
    assert len(buyers) == world.manifest["truth"][name]["profiles"] > 0


def test_a_campaigns_readers_are_among_its_recipients(dump: Dump, events: list[Json]) -> None:
    for tag, key in dump.manifest["campaigns"].items():
        did: defaultdict[str, set[str]] = defaultdict(set)
        for event in events:
            if event["refCampaignId"] == key:
                did[event["metricName"]].add(event["refProfileId"])
        assert did["email-sent"] > did["email-open"] >= did["email-click"], tag
        assert did["purchase"] | did["repurchase"] <= did["email-click"]


def test_a_second_record_shares_a_phone_or_an_address_and_not_the_visitor(dump: Dump, profiles: list[Json]) -> None:
    by_key = {profile["_key"]: profile for profile in profiles}
    same = [edge for edge in dump.documents("cdp_profile2profile") if "1" in edge["relationshipTypes"]]
    assert same
    for edge in same:
        first, second = (by_key[edge[side].split("/")[1]] for side in ("_from", "_to"))
        digits = [re.sub(r"\D", "", profile["primaryPhone"])[-9:] for profile in (first, second)]
        shares_phone = digits[0] == digits[1] != ""
        assert shares_phone or first["primaryEmail"] == second["primaryEmail"] != ""
        assert first["visitorId"] != second["visitorId"]


def test_members_of_a_household_live_at_one_address(dump: Dump, profiles: list[Json]) -> None:
    by_key = {profile["_key"]: profile for profile in profiles}
    families = [edge for edge in dump.documents("cdp_profile2profile") if "2" in edge["relationshipTypes"]]
    assert len(families) > 10
    for edge in families:
        homes = {by_key[edge[side].split("/")[1]]["livingLocation"] for side in ("_from", "_to")} - {""}
        assert len(homes) <= 1


def test_activity_is_heavy_tailed_and_follows_the_day(events: list[Json]) -> None:
    per_profile = sorted(Counter(event["refProfileId"] for event in events).values())
    assert per_profile[-1] > 8 * per_profile[len(per_profile) // 2]
    hours = Counter(
        (datetime.fromisoformat(event["createdAt"]) + timedelta(hours=7)).hour
        for event in events
        if event["locationName"] in {"Hanoi", "Ho Chi Minh City"}
    )
    assert sum(hours[hour] for hour in range(19, 23)) > 4 * sum(hours[hour] for hour in range(1, 5))


def spoiled_profile_is_bad(kind: str, profile: Json) -> bool:
    checks: dict[str, bool] = {
        "bad_email": not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", profile["primaryEmail"]),
        "impossible_birth_date": not "1900" < str(profile["dateOfBirth"]) < "2026",
        "bad_date": not LEO_DATE.fullmatch(profile["createdAt"]) or profile["createdAt"][5:7] > "12",
        "blocked_phone": profile["primaryPhone"] == BLOCKED_PHONE,
        "shop_phone": profile["primaryPhone"] == SHOP_PHONE,
        "blank_name": not (profile["firstName"] + profile["lastName"]).strip(),
        "over_long_text": len(profile["firstName"]) > 10_000,
        "unknown_country": profile["livingCountry"] == "Atlantis",
    }
    return checks[kind]


def spoiled_event_is_bad(kind: str, event: Json, people: set[Any]) -> bool:
    checks: dict[str, bool] = {
        "future_event": event["createdAt"] > iso_ms(AS_OF),
        "unknown_metric": event["metricName"] not in METRICS,
        "bad_date": "25:61" in event["createdAt"],
        "no_profile": event["refProfileId"] == "",
        "vanished_profile": event["refProfileId"] not in people,
        "negative_value": event["transactionValue"] < 0,
        "over_long_text": len(event["message"]) > 10_000,
    }
    return checks[kind]


def test_every_fault_that_the_manifest_names_is_in_the_files(dump: Dump) -> None:
    people = {profile["_key"]: profile for profile in dump.documents("cdp_profile")}
    events = {event["_key"]: event for event in dump.documents("cdp_trackingevent")}
    faults = dump.manifest["faults"]
    assert len(faults["cdp_profile"]) == 8
    assert len(faults["cdp_trackingevent"]) == 7
    for kind, found in faults["cdp_profile"].items():
        assert len(found["keys"]) == found["count"] >= 2
        assert all(spoiled_profile_is_bad(kind, people[key]) for key in found["keys"]), kind
    for kind, found in faults["cdp_trackingevent"].items():
        assert len(found["keys"]) == found["count"] >= 2
        assert all(spoiled_event_is_bad(kind, events[key], set(people)) for key in found["keys"]), kind


def test_a_world_without_faults_has_none(make_dump: MakeDump) -> None:
    world = make_dump(100, fault_share=0)
    assert world.manifest["faults"] == {}
    assert world.manifest["documents"]["cdp_profile"] == 100
