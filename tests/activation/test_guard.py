"""Nothing reaches a customer by accident: outside production, and in production before the tenant is armed, only the
allow-list is sent to, whatever keys the installation holds and whatever was planned where."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from leo_activation import activation
from leo_activation.activation.channels import Channel
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.settings import Environment
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import PRODUCTION, SANDBOX, Shop

STAGING = activation.SendingGuard(Environment.STAGING)
CUSTOMERS = ("an", "binh", "chi", "dung")
ALLOWED = "binh"

MakeChannel = Callable[[SandboxProcess, Path], Channel]
PROVIDERS: dict[str, MakeChannel] = {
    "sendgrid": lambda sandbox, _: SendGridChannel(
        SendGridSettings(api_key="SG.a.live-key", tenant_id="shop", base_url=sandbox.sendgrid_url)
    ),
    "smtp": lambda sandbox, _: SmtpChannel(SmtpSettings("127.0.0.1", sandbox.smtp_port, user="live", password="key")),
    "file": lambda _, folder: FileChannel(FileSettings(folder, "email")),
}


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def crowded(shop: Shop) -> Shop:
    """Four customers who agreed, one of them on the allow-list; a ready campaign, from a domain that was checked."""
    for name in CUSTOMERS:
        shop.person(name)
    shop.segment()
    shop.campaign()
    shop.allow(f"{ALLOWED}@example.com")
    shop.execute(
        "INSERT INTO activation.preflight (tenant_id, domain, passed, checks) VALUES (%s, 'example.com', true, '[]')",
        shop.tenant_id,
    )
    return shop


def reached(sandbox: SandboxProcess, folder: Path) -> list[str]:
    """The names of those whose address any provider was handed, by whatever way."""
    handed = [str(line["recipient"]) for line in sandbox.journal()]
    for file in folder.glob("*.eml"):
        handed += [f"{name}@example.com" for name in CUSTOMERS if f"{name}@example.com" in file.read_text()]
    return sorted(address.partition("@")[0] for address in handed)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("guard", [STAGING, SANDBOX], ids=["staging", "sandbox"])
def test_outside_production_live_keys_reach_the_allow_list_alone(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path, provider: str, guard: activation.SendingGuard
) -> None:
    crowded.alter_tenant("armed_at = now(), armed_by = 'admin'")
    run = crowded.plan(guard)
    crowded.approve(run)
    crowded.dispatch(run, PROVIDERS[provider](sandbox, tmp_path), guard=guard)
    assert reached(sandbox, tmp_path) == [ALLOWED]
    assert {name for name, reason in crowded.skip_reasons(run).items() if reason == "not_allowed"} == {*CUSTOMERS} - {
        ALLOWED
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_run_that_production_planned_reaches_nobody_else_from_a_staging_copy_of_its_database(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path, provider: str
) -> None:
    crowded.alter_tenant("armed_at = now(), armed_by = 'admin'")
    run = crowded.plan(PRODUCTION)
    assert run.to_send == len(CUSTOMERS)
    crowded.approve(run)
    crowded.dispatch(run, PROVIDERS[provider](sandbox, tmp_path), guard=STAGING)
    assert reached(sandbox, tmp_path) == [ALLOWED]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_production_reaches_the_allow_list_alone_until_the_tenant_is_armed(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path, provider: str
) -> None:
    channel = PROVIDERS[provider](sandbox, tmp_path)
    run = crowded.plan(PRODUCTION)
    crowded.approve(run)
    crowded.dispatch(run, channel, guard=PRODUCTION)
    assert reached(sandbox, tmp_path) == [ALLOWED]


def test_a_tenant_that_is_disarmed_in_the_middle_is_sent_no_further(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    crowded.alter_tenant("armed_at = now(), armed_by = 'admin'")
    run = crowded.plan(PRODUCTION)
    crowded.approve(run)
    crowded.alter_tenant("armed_at = NULL, armed_by = NULL")
    crowded.dispatch(run, PROVIDERS["sendgrid"](sandbox, tmp_path), guard=PRODUCTION)
    assert reached(sandbox, tmp_path) == [ALLOWED]


def test_an_armed_tenant_in_production_reaches_everybody(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    """Else the tests above would prove nothing."""
    crowded.alter_tenant("armed_at = now(), armed_by = 'admin'")
    run = crowded.plan(PRODUCTION)
    crowded.approve(run)
    crowded.dispatch(run, PROVIDERS["sendgrid"](sandbox, tmp_path), guard=PRODUCTION)
    assert reached(sandbox, tmp_path) == sorted(CUSTOMERS)


def test_the_kill_switch_holds_every_provider_in_every_environment(
    crowded: Shop, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    run = crowded.plan(STAGING)
    crowded.approve(run)
    activation.engage_kill_switch(crowded.warehouse, reason=f"test {uuid4()}", changed_by="ann")
    try:
        for make in PROVIDERS.values():
            with pytest.raises(activation.SendingStopped):
                crowded.dispatch(run, make(sandbox, tmp_path), guard=STAGING)
    finally:
        activation.release_kill_switch(crowded.warehouse, changed_by="ann")
    assert reached(sandbox, tmp_path) == []
