"""The discovery tenant's CSV files: columns, repeatability, faults that are counted, figures that hold."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.sample_data.__main__ import main
from sandbox.sample_data.contacts import EMAIL_DOMAINS
from sandbox.sample_data.write_csv import CUSTOMER_COLUMNS, CUSTOMERS, EVENT_COLUMNS, EVENTS

from .conftest import PROFILES, Csv, MakeCsv

AS_OF_TEXT = "2026-02-20 00:00:00.000000"
PUBLIC_DATA = Path(__file__).parents[4] / "shared" / "data" / "audience_discovery"


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def days_before_as_of(days: int) -> str:
    return str(datetime.fromisoformat(AS_OF_TEXT) - timedelta(days=days))


@pytest.fixture(scope="module")
def events(csv_files: Csv) -> list[dict[str, str]]:
    return csv_files.sound(EVENTS)


@pytest.fixture(scope="module")
def customers(csv_files: Csv) -> list[dict[str, str]]:
    return csv_files.sound(CUSTOMERS)


def test_the_same_arguments_give_the_same_bytes(csv_files: Csv, make_csv: MakeCsv) -> None:
    assert fingerprint(make_csv().folder) == fingerprint(csv_files.folder)


def test_the_number_of_workers_does_not_change_the_bytes(make_csv: MakeCsv) -> None:
    assert fingerprint(make_csv(3_010, workers=2).folder) == fingerprint(make_csv(3_010, workers=1).folder)


def test_a_customer_is_the_same_in_a_larger_world(customers: list[dict[str, str]], make_csv: MakeCsv) -> None:
    small = make_csv(100)
    assert small.sound(CUSTOMERS) == customers[:100]


def test_the_files_have_the_columns_of_the_public_data(csv_files: Csv) -> None:
    for name, columns in ((CUSTOMERS, CUSTOMER_COLUMNS), (EVENTS, EVENT_COLUMNS)):
        header = (csv_files.folder / name).read_text(encoding="utf-8").partition("\n")[0]
        assert header == ",".join(columns)
        if PUBLIC_DATA.is_dir():
            assert header == (PUBLIC_DATA / name).read_text(encoding="utf-8").partition("\n")[0]


def test_values_follow_the_public_datas_conventions(
    customers: list[dict[str, str]], events: list[dict[str, str]]
) -> None:
    assert {row["event_type"] for row in events} == {"view", "add_to_cart", "purchase"}
    assert {row["product"] for row in events} == {"socks", "tshirt", "shoes", "jacket"}
    assert {row["color"] for row in events} == {"red", "blue", "green", "black", "white"}
    assert {row["country"] for row in customers} == {"AT", "CZ", "DE", "PL"}
    for row in events:
        assert row["event_id"].isdigit()
        assert len(row["event_timestamp"]) == len(AS_OF_TEXT)
        assert row["event_timestamp"] < AS_OF_TEXT
        assert 5 <= float(row["price"]) <= 120
    for row in customers:
        assert 18 <= int(row["age"]) <= 70
        assert row["email"].split("@")[1] in EMAIL_DOMAINS


def test_the_manifest_counts_what_is_in_the_files(csv_files: Csv, events: list[dict[str, str]]) -> None:
    for name, counted in csv_files.manifest["files"].items():
        assert len(csv_files.rows(name)) == counted["rows"]
        assert len(csv_files.rows(name)) - len(csv_files.sound(name)) == counted["spoiled"] >= 6
    assert len(csv_files.sound(CUSTOMERS)) == PROFILES
    assert dict(Counter(row["event_type"] for row in events)) == csv_files.manifest["events_by_type"]


def test_an_event_id_that_stands_twice_stands_on_different_events(csv_files: Csv, events: list[dict[str, str]]) -> None:
    by_id = defaultdict(list)
    for row in events:
        by_id[row["event_id"]].append(row)
    twice = [rows for rows in by_id.values() if len(rows) > 1]
    assert len(twice) == csv_files.manifest["event_ids_used_twice"] >= 3
    for rows in twice:
        assert len({(row["customer_id"], row["event_timestamp"]) for row in rows}) == len(rows) == 2


def test_every_spoiled_row_has_the_fault_that_the_manifest_names(csv_files: Csv) -> None:
    events = {row["event_id"]: row for row in csv_files.rows(EVENTS)}
    bad: dict[str, Callable[[dict[str, str]], bool]] = {
        "negative_price": lambda row: float(row["price"]) < 0,
        "bad_date": lambda row: "25:61" in row["event_timestamp"],
        "missing_customer_id": lambda row: row["customer_id"] == "",
        "unknown_event_type": lambda row: row["event_type"] == "wishlist",
    }
    faults = csv_files.manifest["faults"][EVENTS]
    assert set(faults) == set(bad)
    for kind, fault in faults.items():
        assert all(bad[kind](events[key]) for key in fault["keys"])
    people = {row["email"]: row for row in csv_files.rows(CUSTOMERS)}
    for kind, column, value in (
        ("missing_customer_id", "customer_id", ""),
        ("bad_date", "created_at", "2025-02-30 08:00:00"),
        ("unreadable_age", "age", "thirty"),
    ):
        keys = csv_files.manifest["faults"][CUSTOMERS][kind]["keys"]
        assert {people[key][column] for key in keys} == {value}


def test_files_without_faults_have_none(make_csv: MakeCsv) -> None:
    files = make_csv(100, fault_share=0)
    assert files.manifest["faults"] == {}
    assert files.manifest["event_ids_used_twice"] == 0
    assert len(files.rows(CUSTOMERS)) == 100


def test_events_are_in_order_of_time_but_for_unreadable_moments(events: list[dict[str, str]]) -> None:
    moments = [row["event_timestamp"] for row in events]
    assert moments == sorted(moments)


def test_the_funnel_narrows_and_nobody_buys_what_they_never_carted(
    csv_files: Csv, events: list[dict[str, str]]
) -> None:
    count = csv_files.manifest["events_by_type"]
    assert count["view"] > count["add_to_cart"] > count["purchase"] > 0
    seen: set[tuple[str, ...]] = set()
    for row in events:
        thing = (row["customer_id"], row["product"], row["color"])
        if row["event_type"] == "add_to_cart":
            assert (*thing, "view") in seen
        elif row["event_type"] == "purchase":
            assert (*thing, "add_to_cart") in seen
        seen.add((*thing, row["event_type"]))


def test_a_customer_spent_at_least_what_the_events_say(
    customers: list[dict[str, str]], events: list[dict[str, str]]
) -> None:
    bought: defaultdict[str, float] = defaultdict(float)
    for row in events:
        if row["event_type"] == "purchase":
            bought[row["customer_id"]] += float(row["price"])
    for customer in customers:
        assert float(customer["total_spent"]) >= bought[customer["customer_id"]] - 0.005


def test_the_truth_is_what_the_files_say(
    csv_files: Csv, customers: list[dict[str, str]], events: list[dict[str, str]]
) -> None:
    truth = {name: figure["profiles"] for name, figure in csv_files.manifest["truth"].items()}
    recent = [row for row in events if row["event_timestamp"] >= days_before_as_of(60)]
    socks = [row for row in recent if row["event_type"] == "purchase" and row["product"] == "socks"]
    assert len({row["customer_id"] for row in socks}) == truth["bought_socks_60d"] > 0
    red = {row["customer_id"] for row in socks if row["color"] == "red"}
    assert len(red) == truth["bought_red_socks_60d"] > 0
    big = [row for row in customers if float(row["total_spent"]) > 800]
    assert len(big) == truth["total_spent_above_800"] > 0


@pytest.mark.parametrize("profiles", ["99", "1000001"])
def test_a_size_beyond_the_limits_is_refused(tmp_path: Path, profiles: str) -> None:
    with pytest.raises(SystemExit):
        main(["--form", "csv", "--profiles", profiles, "--out", str(tmp_path)])
