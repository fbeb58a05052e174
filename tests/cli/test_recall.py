"""`./leo recall` finds what was done before, and says so where nothing is near."""

import pytest

from leo_activation.segments.recall import remember
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.actions.conftest import RED_SOCKS, Shop
from tests.cli.conftest import Leo, told
from tests.segments.shop import open_shop


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Shop:
    """A shop whose memory was made by the bundled model, which the command loads too."""
    from leo_activation.embedding import EmbeddingSettings, load_encoder

    shop = Shop(warehouse, tenant.tenant_id, open_shop(warehouse, tenant))
    shop.approved(RED_SOCKS)
    shop.approved("Create a segment named 'Crimson socks': customers who bought red socks in the last 90 days")
    shop.approved("Create a segment named 'Poles': customers from Poland")
    remember(warehouse, tenant.tenant_id, load_encoder(EmbeddingSettings()))
    return shop


def test_what_was_done_before_is_found_by_words_and_by_a_segment(leo: Leo, shop: Shop) -> None:
    of_tenant = ("--tenant", shop.tenant_id)
    found = told(leo("recall", "people who like socks", "--kind", "segment", *of_tenant))
    assert found["status"] == "recalled"
    assert {one["reference"] for one in found["results"]} == {"red_socks", "crimson_socks"}
    assert found["answer"].startswith("Near to “people who like socks”:\n- segment ")
    like = told(leo("recall", "--like", "Red socks", *of_tenant))
    assert [one["title"] for one in like["results"]] == ["Crimson socks"]
    nothing = told(leo("recall", "quantum physics", *of_tenant, "--json"))
    assert (nothing["results"], nothing["status"]) == ([], "recalled")
    assert nothing["answer"] == "Nothing was done before that is near to “quantum physics”."


def test_what_cannot_be_searched_for_is_asked_back(leo: Leo, shop: Shop) -> None:
    result = leo("recall", "Wanderer und Zelte", "--tenant", shop.tenant_id)
    assert (result.exit_code, told(result)["status"]) == (3, "needs_clarification")
    result = leo("recall", "--like", "Hats", "--tenant", shop.tenant_id)
    assert result.exit_code == 3
    assert told(result)["questions"] == ["There is no segment “Hats”."]


@pytest.mark.parametrize("arguments", [(), ("socks", "--like", "Red socks"), ("socks", "--kind", "plan")])
def test_a_wrong_command_line_is_said(leo: Leo, arguments: tuple[str, ...]) -> None:
    assert leo("recall", *arguments).exit_code == 2


def test_contact_data_is_not_searched_for(leo: Leo, tenant: Tenant) -> None:
    result = leo("recall", "who is ann@example.com", "--tenant", tenant.tenant_id)
    assert result.exit_code == 1
    assert "holds contact data" in result.stderr
    assert "ann@example.com" not in result.stderr
