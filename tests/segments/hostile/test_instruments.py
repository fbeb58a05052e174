"""What the hostile tests measure with notices what it has to notice."""

import psycopg

from leo_activation.settings import DatabaseRole
from tests.segments.hostile.asking import Knows, ask
from tests.segments.hostile.attacks import MARKUP
from tests.segments.hostile.sheet import ACTIVE, form_of
from tests.segments.hostile.shop import BENIGN, HostileShop, plan_for
from tests.segments.hostile.state import changed, state_of


def test_a_row_a_vertex_and_a_right_that_changed_are_named(shop: HostileShop, administrator_url: str) -> None:
    before = state_of(administrator_url)
    vertex = f'{shop.tenant.graph_name}."Customer"'
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        connection.execute("UPDATE core.product SET brand = 'x' WHERE product_id = 'tent'")
        connection.execute("GRANT SELECT ON core.product TO leo_reader")
        connection.execute(f"CREATE TABLE public.copied AS SELECT * FROM {vertex}".encode())
        found = changed(before, state_of(administrator_url))
        connection.execute("DROP TABLE public.copied")
        connection.execute("REVOKE SELECT ON core.product FROM leo_reader")
        connection.execute("UPDATE core.product SET brand = NULL WHERE product_id = 'tent'")
    assert {"core.product", "names, owners and rights", "public.copied"} <= found
    assert f"{shop.tenant.graph_name}.Customer" in before
    assert changed(before, state_of(administrator_url)) <= {"names, owners and rights"}


def test_markup_that_is_not_escaped_is_seen() -> None:
    assert {"heading_open", "image", "link_open", "html_inline"} <= form_of(MARKUP).active
    assert "link_open" in form_of("see www.example.com").active & ACTIVE
    assert [len(table) for table in form_of(MARKUP).tables] == [2]


def test_the_queries_of_a_draft_are_seen(shop: HostileShop) -> None:
    asked = ask(shop, "everybody in the benign city", [Knows(plan_for("city", BENIGN))])
    ran = [sent for sent in getattr(asked, "sent", ()) if sent.cypher is not None]
    assert ran
    assert {sent.role for sent in ran} == {DatabaseRole.READER}
    assert any(BENIGN in str(sent.cypher) for sent in ran)
