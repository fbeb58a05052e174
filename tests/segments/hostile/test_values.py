"""Hostile values of customers' data are data: found by whoever names them, shown as text, and never anything else."""

from collections.abc import Mapping, Sequence

import pytest
from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.segments.agreement import require_agreement
from leo_activation.segments.definition import Definition, define, find_customers
from leo_activation.segments.requests import RequestState
from tests.profiles.people import NOW
from tests.segments.hostile.asking import Knows, ask, assert_gated, assert_sheet_holds
from tests.segments.hostile.shop import BENIGN, KINDS, HostileShop, benign_owners, owners, plan_for
from tests.segments.hostile.state import changed, state_of
from tests.segments.hostile.texts import VALUES, HostileValue

LISTS = {
    "product": "products",
    "category": "categories",
    "brand": "brands",
    "city": "cities",
    "color": "colors",
    "campaign": "campaigns",
}
EACH_KIND = pytest.mark.parametrize("kind", KINDS)


LONGEST = 200
"""Characters of a value that a plan can name."""


def named_in(value: HostileValue) -> str:
    """What a plan names to mean the value's owners."""
    return value.value if value.kind != "customer_id" else f"only {value.value}"


def of_kind(kind: str) -> list[HostileValue]:
    return [value for value in VALUES if value.kind == kind]


def test_there_are_enough_of_them() -> None:
    assert len({value.value for value in VALUES}) >= 100
    assert len({(value.kind, value.value) for value in VALUES}) == len(VALUES)


def test_the_data_holds_every_value_as_it_was_written(shop: HostileShop) -> None:
    catalogue = shop.catalogue()
    for value in VALUES:
        if value.kind in LISTS:
            assert value.value in getattr(catalogue, LISTS[value.kind]), value
        elif value.kind == "keyword":
            assert value.value in catalogue.topics["keyword"], value


def assert_is_a_parameter(value: str, cypher: str, parameters: Mapping[str, object], benign: Definition) -> None:
    assert cypher == benign.cypher
    assert any(value in given if isinstance(given, Sequence) else given == value for given in parameters.values())
    assert set(parameters) == set(benign.parameters)


@EACH_KIND
def test_a_plan_that_names_a_value_finds_exactly_those_who_have_it_by_the_query_of_every_other_value(
    shop: HostileShop, kind: str
) -> None:
    catalogue = shop.catalogue()
    benign = define(plan_for(kind, BENIGN), catalogue, (), NOW)
    assert sorted(find_customers(shop.warehouse, benign, shop.encoder).queried) == sorted(benign_owners(kind))
    for value in of_kind(kind):
        if len(value.value) > LONGEST:
            with pytest.raises(ValidationError):
                plan_for(kind, value.value)
            continue
        plan = plan_for(kind, value.value)
        named = define(plan, catalogue, (), NOW)
        assert_is_a_parameter(named_in(value), named.cypher, named.parameters, benign)
        found = find_customers(shop.warehouse, named, shop.encoder).queried
        assert sorted(found) == sorted(owners(value)), value
        require_agreement(shop.warehouse, named, plan, catalogue, (), NOW, found)


@EACH_KIND
def test_a_value_changes_nothing_and_adds_nothing_to_the_sheet(
    shop: HostileShop, administrator_url: str, kind: str
) -> None:
    before = state_of(administrator_url)
    benign = ask(shop, f"everybody with the benign {kind}", [Knows(plan_for(kind, BENIGN))])
    assert not isinstance(benign, Permanent)
    for value in {one.category: one for one in of_kind(kind) if len(one.value) <= LONGEST}.values():
        text = f"everybody with the {kind} of line {value.number}"
        asked = ask(shop, text, [Knows(plan_for(kind, value.value))])
        assert not isinstance(asked, Permanent)
        assert asked.draft.state is RequestState.DRAFTED, (value, asked.draft.problem)
        assert asked.draft.member_count == len(owners(value))
        assert_gated(asked)
        assert_sheet_holds(asked, text, value.value)
        assert asked.form.blocks == benign.form.blocks, value
        assert [len(table) for table in asked.form.tables] == [len(table) for table in benign.form.tables], value
    assert changed(before, state_of(administrator_url)) == set()
