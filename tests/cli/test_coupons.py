"""`./leo coupon`: codes come in from files, and how many are left is told."""

from pathlib import Path

from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told, told_lines


def test_codes_are_brought_in_counted_and_noted_as_used(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    own = ("--tenant", tenant.tenant_id)
    file = tmp_path / "codes.txt"
    file.write_text("AB-1\nAB-2\nAB-1\n", encoding="utf-8")

    brought = told(leo("coupon", "import", "winter", str(file), "--warn-below", "5", "--json", *own))
    again = leo("coupon", "import", "winter", str(file), *own)
    used = told(leo("coupon", "redeemed", str(file), "--at", "2026-12-01", "--json", *own))

    assert brought == {"pool_id": "winter", "added": 2, "known": 0, "repeated": 1}
    assert again.stdout == "0 codes are new in 'winter'; it had 2, and 1 lines repeat one.\n"
    assert used == {"noted": 0, "noted_before": 0, "not_issued": 2, "unknown": 0}
    assert told_lines(leo("coupon", "status", *own)) == [
        {"pool_id": "winter", "codes": 2, "free": 2, "issued": 0, "redeemed": 0, "waiting": 0, "warn_below": 5}
    ]


def test_a_file_that_is_none_of_codes_is_refused_with_its_line(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes(b"AB-1\nAB 2\n")

    refused = leo("coupon", "import", "winter", str(file), "--tenant", tenant.tenant_id)

    assert (refused.exit_code, "line 2: this is no code" in refused.stderr) == (1, True)
    assert leo("coupon", "status", "--tenant", tenant.tenant_id).stdout == ""
