"""`./leo policy`: the rules that hold, and new ones from a file."""

from pathlib import Path

import yaml

from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, TenantPolicy
from leo_activation.settings import REPOSITORY
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told

VIETNAM = REPOSITORY / "include" / "policies" / "vietnam.yaml"


def test_without_rules_of_its_own_a_tenant_is_shown_the_default_ones(leo: Leo, tenant: Tenant) -> None:
    shown = told(leo("policy", "show", "--tenant", tenant.tenant_id, "--json"))

    assert shown["version"] == 0
    assert TenantPolicy.model_validate(shown["rules"]) == DEFAULT_POLICY


def test_rules_from_a_file_hold_and_are_shown_in_the_form_of_a_file(leo: Leo, tenant: Tenant) -> None:
    first = told(leo("policy", "set", str(VIETNAM), "--tenant", tenant.tenant_id, "--by", "linh", "--json"))
    again = told(leo("policy", "set", str(VIETNAM), "--tenant", tenant.tenant_id, "--by", "petr", "--json"))
    shown = told(leo("policy", "show", "--tenant", tenant.tenant_id, "--json"))

    assert first["version"] == again["version"] == shown["version"] == 1
    of_file = yaml.safe_load(VIETNAM.read_text(encoding="utf-8"))
    assert TenantPolicy.model_validate(shown["rules"]) == TenantPolicy.model_validate(of_file)


def test_a_bad_file_changes_nothing_and_gets_one_sentence(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("name: x\ncaps: [{channel: email, count: 0, days: 1, reason: y}]\n", encoding="utf-8")

    done = leo("policy", "set", str(file), "--tenant", tenant.tenant_id)

    assert done.exit_code == 1
    assert "caps.0.count" in done.stderr
    assert done.stderr.count("\n") == 1
    assert told(leo("policy", "show", "--tenant", tenant.tenant_id, "--json"))["version"] == 0
