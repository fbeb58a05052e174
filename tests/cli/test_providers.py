"""`./leo provider`: an operator sees and sets how fast messages leave, and ends a provider's rest."""

from leo_activation.activation.channels import ProviderPause
from leo_activation.activation.sending.rate_limits import pause_provider
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told, told_lines


def test_a_rest_is_shown_with_its_reason_and_released(leo: Leo, warehouse: Warehouse, tenant: Tenant) -> None:
    own = ("--tenant", tenant.tenant_id)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        pause_provider(connection, tenant.tenant_id, "sendgrid", ProviderPause("The account is suspended."))

    (shown,) = told_lines(leo("provider", "list", *own))
    assert (shown["provider"], shown["pause_reason"]) == ("sendgrid", "The account is suspended.")

    assert leo("provider", "release", "sendgrid", *own).exit_code == 2, "nobody said who"
    release = ("provider", "release", "sendgrid", "--by", "anna", *own, "--json")
    assert told(leo(*release)) == {"provider": "sendgrid", "released": True}
    assert told(leo(*release)) == {"provider": "sendgrid", "released": False}
    assert leo("provider", "list", *own).stdout == ""


def test_rates_and_ramps_are_set_by_name(leo: Leo, warehouse: Warehouse, tenant: Tenant) -> None:
    own = ("--by", "anna", "--tenant", tenant.tenant_id, "--json")

    told(leo("provider", "rate", "smtp", "--domain", "Gmail.com", "--per-second", "2.5", "--burst", "10", *own))
    told(leo("provider", "rate", "smtp", *own))
    assert told(leo("provider", "ramp", "smtp", "shop.example", "50", "100", *own))["daily"] == [50, 100]

    buckets = told_lines(leo("provider", "list", "--tenant", tenant.tenant_id))
    assert [(each["domain"], each["per_second"], each["capacity"], each["set_by"]) for each in buckets] == [
        ("", None, None, "anna"),
        ("gmail.com", 2.5, 10.0, "anna"),
    ]
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        rows = connection.execute("SELECT sender, daily FROM activation.ramp").fetchall()
    assert rows == [("shop.example", [50, 100])]


def test_a_rate_of_nothing_is_a_wrong_command_line(leo: Leo) -> None:
    assert leo("provider", "rate", "smtp", "--per-second", "0", "--by", "anna").exit_code == 2
    assert leo("provider", "ramp", "smtp", "shop.example", "0", "--by", "anna").exit_code == 2
