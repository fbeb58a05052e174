"""Each rule of the quality gate, on a row that is sound but for the one thing that breaks it."""

from collections.abc import Mapping
from pathlib import Path

from leo_activation import sync
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF
from tests.sync.small_sources import CUSTOMER, EVENT, METRIC, PRODUCT, PROFILE, TRACKING_EVENT, write_csv, write_dump
from tests.sync.stored import rows

ALL_BAD = sync.QualityLimits(largest_bad_share=1, least_key_share=0)

CUSTOMER_FAULTS: list[tuple[str, Mapping[str, str]]] = [
    ("no_id", {"customer_id": ""}),
    ("no_id", {"customer_id": "  "}),
    ("over_long_text", {"first_name": "A" * 201}),
    ("bad_date", {"created_at": "2025-02-30"}),
    ("bad_date", {"created_at": "tomorrow"}),
    ("bad_email", {"email": "an@@example.com"}),
    ("bad_email", {"email": "an@example"}),
    ("bad_country", {"country": "Atlantis"}),
    ("bad_number", {"age": "thirty"}),
    ("bad_number", {"age": "131"}),
    ("bad_number", {"total_spent": "NaN"}),
]
EVENT_FAULTS: list[tuple[str, Mapping[str, str]]] = [
    ("no_id", {"event_id": ""}),
    ("no_id", {"event_id": " "}),
    ("no_id", {"customer_id": ""}),
    ("over_long_text", {"product": "s" * 201}),
    ("unknown_event", {"event_type": "teleport"}),
    ("unknown_event", {"event_type": ""}),
    ("bad_date", {"event_timestamp": ""}),
    ("bad_date", {"event_timestamp": "infinity"}),
    ("bad_date", {"event_timestamp": "1970-01-01 00:00:00"}),
    ("future_event", {"event_timestamp": "2026-02-20 00:00:00.000001"}),
    ("bad_number", {"price": "a lot"}),
    ("negative_price", {"price": "-0.01"}),
    ("unknown_profile", {"customer_id": "2"}),
]
PROFILE_FAULTS: list[tuple[str, Mapping[str, object]]] = [
    ("no_id", {"_key": ""}),
    ("over_long_text", {"firstName": "L" * 201}),
    ("bad_date", {"createdAt": None}),
    ("bad_date", {"updatedAt": "2025-13-01T00:00:00.000Z"}),
    ("bad_birth_date", {"dateOfBirth": "1872-05-01T00:00:00.000Z"}),
    ("bad_birth_date", {"dateOfBirth": "2047-01-01"}),
    ("bad_email", {"primaryEmail": "a b@example.com"}),
    ("bad_country", {"livingCountry": "Atlantis"}),
    ("bad_number", {"age": -1}),
    ("bad_number", {"totalTransactionValue": "much"}),
    ("malformed", {"notificationUserIds": "not an object"}),
    ("malformed", {"productKeywords": {"not": "an array"}}),
    ("malformed", {"secondaryEmails": "an@example.com"}),
    ("malformed", {"secondaryPhones": 84901234567}),
    ("malformed", {"loyaltyIDs": "L1"}),
    ("over_long_text", {"identities": ["crm:" + "1" * 20000]}),
    ("over_long_text", {"livingLocation": "1 Ly Thuong Kiet " * 40}),
    ("over_long_text", {"currentZipCode": "7" * 201}),
    ("over_long_text", {"crmRefId": "c" * 255}),
]
TRACKING_FAULTS: list[tuple[str, Mapping[str, object]]] = [
    ("no_id", {"_key": None}),
    ("over_long_text", {"message": "m" * 4001}),
    ("over_long_text", {"transactionStatus": "s" * 101}),
    ("over_long_text", {"refJourneyId": "j" * 255}),
    ("unknown_event", {"metricName": "teleport-to-shop"}),
    ("bad_date", {"createdAt": "2026-02-30T25:61:00.000Z"}),
    ("future_event", {"createdAt": "2026-02-20T00:00:00.001Z"}),
    ("negative_price", {"transactionValue": -1}),
    ("negative_price", {"orderedItems": [{"itemId": "SKU1", "salePrice": -1}]}),
    ("bad_number", {"orderedItems": [{"itemId": "SKU1", "quantity": "many"}]}),
    ("bad_number", {"orderedItems": [{"itemId": "SKU1", "salePrice": 9e12, "quantity": 1000}]}),
    ("bad_number", {"orderedItems": [{"itemId": "SKU1", "quantity": 1e9}]}),
    ("bad_currency", {"transactionCurrency": "dong"}),
    ("malformed", {"orderedItems": "socks"}),
    ("malformed", {"orderedItems": ["socks"]}),
    ("malformed", {"eventData": "[1]"}),
    ("unknown_profile", {"refProfileId": ""}),
    ("unknown_profile", {"refProfileId": "gone"}),
]
PRODUCT_FAULTS: list[tuple[str, Mapping[str, object]]] = [
    ("no_id", {"_key": ""}),
    ("over_long_text", {"title": "t" * 501}),
    ("duplicate_id", {"productId": "SKU1"}),
    ("bad_number", {"salePrice": "cheap"}),
    ("negative_price", {"salePrice": -1}),
    ("bad_currency", {"priceCurrency": "đ"}),
    ("malformed", {"keywords": "wool"}),
]


def judge(warehouse: Warehouse, tenant: Tenant, kind: str, folder: Path) -> list[tuple[object, ...]]:
    """(collection, line, rule) of what the gate sets aside."""
    run = sync.open_run(warehouse, tenant.tenant_id, folder.name, as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, open_source(kind, str(folder)))
    sync.check(warehouse, tenant.tenant_id, run, limits=ALL_BAD)
    return sorted(rows(warehouse, tenant, "SELECT collection, line, rule FROM ops.quarantine"))


def test_each_fault_of_a_customer_is_found_by_its_rule(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    faulty = [{**CUSTOMER, "customer_id": f"c{place}", **change} for place, (_, change) in enumerate(CUSTOMER_FAULTS)]
    write_csv(tmp_path, [CUSTOMER, *faulty, CUSTOMER])
    rules = [*(rule for rule, _ in CUSTOMER_FAULTS), "duplicate_id"]
    expected = [("crm_customers", line, rule) for line, rule in enumerate(rules, start=3)]
    assert judge(warehouse, tenant, "csv", tmp_path) == expected


def test_each_fault_of_an_event_is_found_by_its_rule(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    faulty = [{**EVENT, "event_id": f"e{place}", **change} for place, (_, change) in enumerate(EVENT_FAULTS)]
    # The same id on another event is no fault; the same event again is.
    write_csv(tmp_path, events=[EVENT, {**EVENT, "color": "blue"}, *faulty, EVENT])
    rules = [*(rule for rule, _ in EVENT_FAULTS), "duplicate_row"]
    expected = [("clickstream_events", line, rule) for line, rule in enumerate(rules, start=4)]
    assert judge(warehouse, tenant, "csv", tmp_path) == expected


def test_each_fault_of_a_profile_is_found_by_its_rule(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path) -> None:
    faulty = [{**PROFILE, "_key": f"f{place}", **change} for place, (_, change) in enumerate(PROFILE_FAULTS)]
    write_dump(tmp_path, profiles=[PROFILE, *faulty, PROFILE])
    rules = [*(rule for rule, _ in PROFILE_FAULTS), "duplicate_id"]
    expected = [("cdp_profile", line, rule) for line, rule in enumerate(rules, start=2)]
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path) == expected


def test_each_fault_of_a_tracking_event_is_found_by_its_rule(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path
) -> None:
    faulty = [{**TRACKING_EVENT, "_key": f"f{place}", **change} for place, (_, change) in enumerate(TRACKING_FAULTS)]
    write_dump(tmp_path, events=[TRACKING_EVENT, *faulty, TRACKING_EVENT])
    rules = [*(rule for rule, _ in TRACKING_FAULTS), "duplicate_id"]
    expected = [("cdp_trackingevent", line, rule) for line, rule in enumerate(rules, start=2)]
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path) == expected


def test_each_fault_of_a_product_or_metric_is_found_by_its_rule(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path
) -> None:
    faulty = [
        {**PRODUCT, "_key": f"f{place}", "productId": f"F{place}", **change}
        for place, (_, change) in enumerate(PRODUCT_FAULTS)
    ]
    write_dump(tmp_path, products=[PRODUCT, *faulty], metrics=[METRIC, {**METRIC, "score": "high"}, {"score": 1}])
    expected = [("cdp_eventmetric", 2, "duplicate_id"), ("cdp_eventmetric", 3, "no_id")]
    expected += [("cdp_productitem", line, rule) for line, (rule, _) in enumerate(PRODUCT_FAULTS, start=2)]
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path) == expected


def test_bytes_that_are_no_text_are_kept_as_they_were(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    write_csv(tmp_path)
    line = b"7,An,L\xe9,an@example.com,AT,30,1,red,2026-01-01"
    with (tmp_path / "crm_customers.csv").open("ab") as file:
        file.write(line + b"\r\n")
    assert judge(warehouse, tenant, "csv", tmp_path) == [("crm_customers", 3, "not_utf8")]
    assert rows(warehouse, tenant, "SELECT source_key, raw FROM ops.quarantine") == [("7", line)]


def test_an_event_of_a_profile_in_quarantine_is_set_aside_with_it(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path
) -> None:
    sound = {**PROFILE, "_key": "p2"}
    write_dump(tmp_path, profiles=[{**PROFILE, "primaryEmail": "no e-mail"}, sound])
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path) == [
        ("cdp_profile", 1, "bad_email"),
        ("cdp_trackingevent", 1, "unknown_profile"),
    ]


def test_an_event_of_a_profile_that_is_already_known_is_taken(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, pseudonym_key: bytes
) -> None:
    judge(warehouse, leo_tenant, "arangodump", write_dump(tmp_path / "first"))
    run = sync.open_run(warehouse, leo_tenant.tenant_id, "first")
    sync.merge(warehouse, leo_tenant.tenant_id, run, pseudonym_key=pseudonym_key)
    write_dump(tmp_path / "second", profiles=[{**PROFILE, "primaryEmail": "no e-mail"}])
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path / "second") == [("cdp_profile", 1, "bad_email")]


def test_a_default_metric_of_leo_is_known_though_the_tenant_has_not_listed_it(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path
) -> None:
    write_dump(tmp_path, events=[{**TRACKING_EVENT, "metricName": "negative-feedback"}])
    assert judge(warehouse, leo_tenant, "arangodump", tmp_path) == []
