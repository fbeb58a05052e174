"""`./leo copy`: drafted by the model of the environment, listed, accepted, rejected, shown."""

from collections.abc import Iterator

import pytest

from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import message_layouts
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import SEGMENT, Shop
from tests.cli.conftest import Leo, told, told_lines

GOOD = {"subject": "Warm socks", "preheader": "For cold mornings", "body": "Hello {{ first_name | default('there') }}"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the module, whose model knows one answer."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        process.script("Buyers of red socks", GOOD)
        yield process


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with a segment."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.segment()
        yield shop


def test_copy_is_drafted_listed_and_decided(leo: Leo, shop: Shop, sandbox: SandboxProcess) -> None:
    of_tenant = ("--tenant", shop.tenant_id)
    model = {
        "LEO_LLM_MODEL": "google:gemini-2.5-flash-lite",
        "LEO_LLM_BASE_URL": sandbox.gemini_url,
        "GOOGLE_API_KEY": "a-key",
    }
    assert leo("copy", "voice", "Dry and short.", "--never", "Begs.", *of_tenant).stdout == "The voice is set.\n"
    first, second = (
        told(leo("copy", "draft", SEGMENT, "--template", "socks", "--json", *of_tenant, more=model)) for _ in range(2)
    )
    assert (first["subject"], first["state"]) == ("Warm socks", "proposed")
    assert [line["draft_id"] for line in told_lines(leo("copy", "list", *of_tenant))] == [
        second["draft_id"],
        first["draft_id"],
    ]

    accepted = leo("copy", "accept", str(first["draft_id"]), "--json", *of_tenant)
    rejected = leo("copy", "reject", str(second["draft_id"]), *of_tenant)

    assert told(accepted) == {"template_id": "socks", "version": 1}
    assert rejected.stdout == f"Draft {second['draft_id']} is rejected.\n"
    assert told_lines(leo("copy", "list", *of_tenant)) == []
    again = leo("copy", "accept", str(second["draft_id"]), *of_tenant)
    assert (again.exit_code, again.stderr.strip()) == (1, f"leo: The draft {second['draft_id']} was decided before.")


def test_without_a_model_nothing_is_drafted(leo: Leo, shop: Shop) -> None:
    result = leo(
        "copy", "draft", SEGMENT, "--template", "socks", "--tenant", shop.tenant_id, more={"LEO_LLM_MODEL": ""}
    )
    assert result.exit_code == 1
    assert "LEO_LLM_MODEL" in result.stderr


def test_a_preview_shows_the_person_on_the_screen_and_in_no_log(leo: Leo, shop: Shop) -> None:
    shop.person("a", first_name="Ánh")
    version = save_template(shop.warehouse, shop.tenant_id, *message_layouts())
    result = leo("copy", "preview", version.template_id, "1", "a", "--message", "Warm.", "--tenant", shop.tenant_id)
    assert "--- email en, theirs\nWarm.\n\nHello Ánh," in result.stdout
    assert "--- email vi\nWarm.\n\nXin chào Ánh," in result.stdout
    assert "Ánh" not in result.stderr


def test_a_campaign_that_sent_nothing_has_nothing_to_compare(leo: Leo, shop: Shop) -> None:
    assert leo("copy", "compare", "none", "--tenant", shop.tenant_id).stdout == ""
