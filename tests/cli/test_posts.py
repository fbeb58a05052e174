"""`./leo post`: a file becomes a post that waits for a decision."""

from pathlib import Path

from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told

FILE = "name: autumn\npage: 1029384756\nmessage: |\n  Tất đỏ đã về.\n  Mời bạn!\n"


def test_a_post_is_submitted_shown_listed_and_taken_back(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "autumn.yaml"
    file.write_text(FILE, encoding="utf-8")
    of_tenant = ("--tenant", tenant.tenant_id, "--json")

    first = told(leo("post", "submit", str(file), "--by", "linh", *of_tenant))
    assert (first["name"], first["state"], first["version"]) == ("autumn", "submitted", 1)
    file.write_text(FILE + "publish_by: 2099-01-01T00:00:00Z\n", encoding="utf-8")
    assert told(leo("post", "submit", str(file), "--by", "linh", *of_tenant))["version"] == 2

    shown = told(leo("post", "show", "autumn", *of_tenant))
    assert (shown["message"], shown["requested_by"], shown["decided_by"]) == ("Tất đỏ đã về.\nMời bạn!", "linh", None)
    assert told(leo("post", "list", *of_tenant))["name"] == "autumn"
    assert told(leo("post", "withdraw", "autumn", *of_tenant))["state"] == "withdrawn"
    again = leo("post", "withdraw", "autumn", *of_tenant)
    assert (again.exit_code, "no post 'autumn'" in again.stderr) == (1, True)


def test_a_bad_file_changes_nothing_and_gets_one_sentence(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "post.yaml"
    for text in (FILE.replace("1029384756", "shop"), FILE + "link: https://evil.example\n", "\xff"):
        file.write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8"))
        done = leo("post", "submit", str(file), "--tenant", tenant.tenant_id)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert leo("post", "show", "autumn", "--tenant", tenant.tenant_id).exit_code == 1
