"""An imported segment has the members that LEO's own query finds.

Profiles are read from a dump and synced; each random tree of rules is imported and run on the graph, and judged here
rule by rule on the documents themselves, by the comparisons of AQL: a missing value is lower than every number.
"""

import json
import random
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leo_activation import sync
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import define, find_customers
from leo_activation.segments.leo_rules import import_segment
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.sync.small_sources import PROFILE, TRACKING_EVENT, write_dump

TREES = 150
CITIES = ("Huế", "Hội An", "Hà Nội", "", None)
DAYS = ("2025-05-31", "2025-06-01", "2025-06-02")
Document = Mapping[str, Any]


def documents(chance: random.Random) -> list[Document]:
    found: list[Document] = []
    for number in range(60):
        drawn = {
            "livingCity": chance.choice(CITIES),
            "age": chance.choice([None, 0, 17, 18, 29, 30, 31, 77]),
            "gender": chance.choice([0, 1, 7]),
            "livingCountry": chance.choice(["Vietnam", "Poland", None]),
            "totalLeadScore": chance.choice([None, -5, 0, 29, 29.5, 30, 31]),
            "totalTransactionValue": chance.choice([0, 99.99, 100, 100.01]),
            "funnelStage": chance.choice(["lead", "prospect", None]),
            "receiveEmail": chance.choice([1, 0, -1, None]),
            "createdAt": f"{chance.choice(DAYS)}T{chance.choice(['00:00:00.000', '23:59:59.999'])}Z",
        }
        base = {**PROFILE, "_key": f"p{number:02}", "primaryEmail": f"p{number:02}@example.com"}
        found.append({name: value for name, value in {**base, **drawn}.items() if value is not None})
    return found


def drawn_rule(chance: random.Random) -> dict[str, Any]:
    texts = ["equal", "not_equal", "is_null", "is_not_null", "is_empty", "is_not_empty"]
    searched = ["begins_with", "not_begins_with", "contains", "not_contains"]
    numbers = ["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal", "between", "not_between"]
    fields: list[tuple[str, list[str], list[Any]]] = [
        ("livingCity", [*texts, *searched], ["Huế", "H", "Hà Nội"]),
        ("livingCountry", [*texts, "in", "not_in"], ["Vietnam", "Poland"]),
        ("funnelStage", [*texts, "in", "not_in"], ["lead", "prospect"]),
        ("gender", ["equal", "not_equal"], [0, 1, 7]),
        ("age", numbers, [0, 18, 30, 29.5]),
        ("totalLeadScore", [*numbers, "is_null", "is_not_null"], [-5, 0, 29.5, 30]),
        ("totalTransactionValue", numbers, [0, 100, "99.99"]),
        ("receiveEmail", ["equal", "not_equal"], ["1"]),
        ("createdAt", numbers, [*DAYS]),
    ]
    field, operators, values = chance.choice(fields)
    operator = chance.choice(operators)
    value: object = chance.choice(values)
    if operator in {"between", "not_between"}:
        value = sorted(chance.choices(values, k=2), key=lambda each: each if field == "createdAt" else float(each))
    elif operator in {"in", "not_in"}:
        value = values
    return {"id": field, "field": field, "operator": operator, "value": value}


def drawn_tree(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    if depth and (depth > 2 or chance.random() < 0.6):
        return drawn_rule(chance)
    rules = [drawn_tree(chance, depth + 1) for _ in range(chance.randint(1, 3))]
    return {"condition": chance.choice(["AND", "OR"]), "not": chance.random() < 0.25, "rules": rules}


def holds(node: Document, profile: Document) -> bool:
    """LEO's judgement of a profile."""
    if "rules" in node:
        judged = [holds(child, profile) for child in node["rules"]]
        return (all(judged) if node["condition"] == "AND" else any(judged)) is not node["not"]
    field, operator, value = node["field"], node["operator"], node["value"]
    known = profile.get(field)
    if field == "age":
        known = known or 0
    elif field == "createdAt":
        known = str(known)[:10]
    elif field == "receiveEmail":
        known, value = str(known), "1"
    # Here an empty text is none, so is_empty and is_null say the same.
    known = None if known == "" else known
    if field == "totalTransactionValue":
        value = [float(each) for each in value] if isinstance(value, list) else float(value)
    positive = operator.replace("not_", "")
    return compares(positive, known, value) is not (positive != operator)


def compares(operator: str, known: Any, value: Any) -> bool:
    match operator:
        case "is_null" | "is_empty":
            return known is None
        case "equal":
            return bool(known == value)
        case "in":
            return known in value
        case "begins_with":
            return known is not None and known.startswith(value)
        case "contains":
            return known is not None and value in known
        case "less":
            return known is None or known < value
        case "less_or_equal":
            return known is None or known <= value
        case "greater":
            return known is not None and known > value
        case "greater_or_equal":
            return known is not None and known >= value
        case "between":
            return known is not None and value[0] <= known <= value[1]
    raise AssertionError(operator)


def synced(warehouse: Warehouse, tenant: Tenant, profiles: list[Document], folder: Path, key: bytes) -> Catalogue:
    write_dump(folder, profiles=profiles, events=[{**TRACKING_EVENT, "refProfileId": "p00"}])
    register_tenant(warehouse, tenant, SourceLocation("arangodump", str(folder)))
    run = sync.open_run(warehouse, tenant.tenant_id, secrets.token_hex(4))
    sync.extract(warehouse, tenant.tenant_id, run, open_source("arangodump", str(folder)))
    assert sync.check(warehouse, tenant.tenant_id, run).rows_quarantined == 0
    sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=key)
    sync.project(warehouse, tenant.tenant_id, run)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return load_catalogue(connection, tenant.tenant_id)


def test_an_imported_segment_has_the_members_of_leos_query(
    warehouse: Warehouse, tenant: Tenant, tmp_path: Path, pseudonym_key: bytes
) -> None:
    chance = random.Random(20260220)
    profiles = documents(chance)
    catalogue = synced(warehouse, tenant, profiles, tmp_path / "dump", pseudonym_key)
    as_of = sync.data_as_of(warehouse, tenant.tenant_id)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        customer_of = dict(connection.execute("SELECT profile_id, customer_id FROM core.profile").fetchall())
    compared = 0
    for _ in range(TREES):
        tree = drawn_tree(chance)
        found = import_segment({"_key": "1", "name": "x", "jsonQueryRules": json.dumps(tree)}, catalogue, as_of)
        if found.plan is None:
            # What holds for nobody or compares an age with a half is named; nothing else of these trees has no equal.
            assert all("holds for nobody" in problem.reason for problem in found.problems), found.problems
            continue
        definition = define(found.plan, catalogue, (), as_of)
        members = set(find_customers(warehouse, definition, FakeEncoder()).customer_ids)
        expected = {customer_of[str(profile["_key"])] for profile in profiles if holds(tree, profile)}
        assert members == expected, json.dumps(tree, ensure_ascii=False)
        compared += 1
    assert compared > TREES / 2
