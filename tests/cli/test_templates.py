"""`./leo template`: a file becomes a version of a template, and what is wrong in it is told with line and field."""

import re
from pathlib import Path

from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.template_files import read_template_file
from leo_activation.activation.messages.template_store import TemplateVersion, check_forms, read_forms
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told

FILE = """
id: offer
forms:
  - channel: zalo
    language: vi
    text: Chào {{ first_name | default('bạn') }}
    provider_template: "7895417"
    parameters:
      name: "{{ first_name | default('bạn') }}"
      code: WARM-7
  - channel: sms
    text: "{{ message }} {{ unsubscribe_url }}"
"""


def test_a_file_becomes_a_version_and_the_same_file_is_the_same_version(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "offer.yaml"
    file.write_text(FILE, encoding="utf-8")

    answers = [told(leo("template", "save", str(file), "--json", "--tenant", tenant.tenant_id)) for _ in range(2)]

    assert answers == [{"template_id": "offer", "version": 1}] * 2
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        forms = read_forms(connection, tenant.tenant_id, TemplateVersion("offer", 1), ["zalo", "sms"])
    kept = forms["zalo"].forms["vi"]
    assert (kept.provider_template_id, kept.body_text) == ("7895417", "Chào {{ first_name | default('bạn') }}")
    assert kept.provider_parameters == {"name": "{{ first_name | default('bạn') }}", "code": "WARM-7"}
    assert forms["sms"].forms[""].body_text == "{{ message }} {{ unsubscribe_url }}"


def test_the_example_of_the_documentation_is_a_template_that_can_be_kept() -> None:
    page = (REPOSITORY / "docs" / "concepts" / "templates.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)

    forms = read_template_file(example, "offer.yaml")

    check_forms(forms, LinkPolicy(frozenset({"shop.example"})))
    assert [form.channel for form in forms] == ["zalo", "mobile_push"]


def test_what_is_wrong_in_a_file_is_told_with_its_line_and_field(leo: Leo, tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "offer.yaml"
    told_of = {}
    for name, text in {
        "unknown field": FILE.replace("language: vi", "langage: vi"),
        "no channel": FILE.replace("channel: sms", "channel: pigeon"),
        "links elsewhere": FILE.replace("WARM-7", "https://evil.example/"),
    }.items():
        file.write_text(text, encoding="utf-8")
        done = leo("template", "save", str(file), "--tenant", tenant.tenant_id)
        assert done.exit_code == 1
        told_of[name] = done.stderr.replace(str(tmp_path), "")

    assert "/offer.yaml, line 5: forms[1].langage: is no field here." in told_of["unknown field"]
    assert "There is no channel 'pigeon'" in told_of["no channel"]
    assert "a link to 'evil.example'" in told_of["links elsewhere"]
