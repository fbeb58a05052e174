"""The provider that a tenant chose for a channel, as the database keeps it."""

from leo_activation import activation
from leo_activation.warehouse.statements import statement
from tests.activation.shop import Shop


def chosen(shop: Shop) -> dict[str, str | None]:
    rows = shop.connection.execute(statement("activation/read_providers"), {"tenant_id": shop.tenant_id})
    return dict(rows.fetchall())


def test_a_tenant_s_choice_is_kept_when_its_sender_changes(shop: Shop) -> None:
    sender = "Red Socks <news@example.com>"
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", sender)
    assert chosen(shop) == {"email": None}

    activation.set_sender(shop.warehouse, shop.tenant_id, "email", sender, provider="smtp")
    activation.set_sender(shop.warehouse, shop.tenant_id, "zalo", "oa", provider="file")
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <hello@example.com>")

    assert chosen(shop) == {"email": "smtp", "zalo": "file"}
