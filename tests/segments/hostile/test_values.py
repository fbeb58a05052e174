"""Hostile values of customers' data are data: found by whoever names them, shown as text, and never anything else."""

import json
from collections.abc import Iterator, Mapping, Sequence

import pytest
from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.llm.budget import Budget
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.segments.agreement import require_agreement
from leo_activation.segments.definition import Definition, define, find_customers
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.requests import RequestState
from sandbox.process import SandboxProcess
from tests.llm.providers import OPENAI_CHAT
from tests.profiles.people import NOW
from tests.segments.hostile.asking import Knows, ask, assert_gated, assert_sheet_holds
from tests.segments.hostile.shop import BENIGN, CONTACTS, KINDS, HostileShop, benign_owners, owners, plan_for
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


LEFT_OUT = frozenset({"instruction", "contact", "unseen"})
"""Categories of values that no model is shown: they speak to it, hold an address, or are not what they look like."""
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


def test_a_model_is_shown_names_as_data_or_not_at_all(shop: HostileShop, sandbox: SandboxProcess) -> None:
    sandbox.reset()
    model = OPENAI_CHAT.model(OPENAI_CHAT.base_url(sandbox))
    ledger = SqlCallLedger(shop.warehouse, shop.tenant_id, Budget(request_tokens=None, day_tokens=None))
    ask(shop, "Kunden, die rote Socken gekauft haben", [LanguageModelPlanner(model, ledger, encoder=shop.encoder)])
    line, *_ = sandbox.journal()
    asked = json.loads(line["message"])["messages"][1]["content"]
    head, _, rest = asked.partition("\n")
    assert head == "CATALOGUE"
    catalogue, _, others = rest.partition("\n")
    shown = set(_texts(json.loads(catalogue)))
    left_out = {value.value for value in VALUES if value.category in LEFT_OUT}
    assert not shown & left_out
    assert {value.value for value in VALUES if value.kind in LISTS} & shown
    assert BENIGN in shown
    # What is shown stands in the catalogue's JSON, and nothing of it anywhere else.
    assert not [value for value in VALUES if len(value.value) > 12 and value.value in others]
    assert not [value for value in left_out if len(value) > 6 and value in asked]
    assert not [contact for contact in CONTACTS if contact in asked]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def test_words_that_quote_a_product_find_its_buyers_or_are_asked_back(shop: HostileShop) -> None:
    found = 0
    for value in of_kind("product")[::3]:
        asked = ask(shop, f'customers who bought "{value.value}"', [GrammarPlanner()])
        if isinstance(asked, Permanent) or asked.draft.state is not RequestState.DRAFTED:
            continue
        named = shop.rows("SELECT plan FROM segment.definition WHERE segment_id = %s", [asked.draft.segment_id])
        if value.value in set(_texts(named[0][0])):
            assert asked.draft.member_count == len(owners(value)), value
            found += 1
    assert found >= 3
