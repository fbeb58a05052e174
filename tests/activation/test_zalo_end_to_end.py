"""A campaign by Zalo from the plan to the stand-in: routes by what people did, tokens that are kept, and outages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.standing import Standing, keep_standing
from leo_activation.activation.channels.zalo.account import ZaloAccount, renew
from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.activation.channels.zalo.templates import read_quota, read_templates
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.guard import allow_addresses
from leo_activation.activation.safety.provider_templates import keep_templates
from leo_activation.activation.safety.provider_tokens import ProviderTokens, authorise
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Configuration
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.scenarios import HttpFault, ZaloRefusal
from sandbox.zalo.api import APP_ID, APP_SECRET
from tests.activation.shop import AT_ONCE, CAMPAIGN, MARKETER, SANDBOX, SEGMENT, Shop

SEALER = Sealer(b"a key that only these tests know, 32")
NEAR, FAR, STRANGER = "2512523625412515111", "2512523625412515222", "2512523625412515333"


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def zalo(shop: Shop) -> Shop:
    """Three people with a Zalo id: one wrote yesterday, one nine days ago, and one never."""
    shop.segment()
    shop.alter_tenant("currency = 'VND', minor_units = 0")
    for customer_id, user_id in (("near", NEAR), ("far", FAR), ("stranger", STRANGER)):
        shop.person(customer_id, address=user_id, consent=None, channel="zalo")
        shop.consent(customer_id, "granted", channel="zalo", purpose="transactional")
    now = datetime.now(UTC)
    heard = [
        Standing(NEAR, interacted_at=now - timedelta(days=1)),
        Standing(FAR, interacted_at=now - timedelta(days=9)),
    ]
    keep_standing(shop.connection, shop.tenant_id, "zalo", heard, shop.key)
    allow_addresses(shop.warehouse, shop.tenant_id, "zalo", [NEAR, FAR, STRANGER], "test", shop.key)
    activation.set_sender(shop.warehouse, shop.tenant_id, "zalo", "Tất Đỏ", provider="zalo")
    return shop


def account(sandbox: SandboxProcess) -> ZaloAccount:
    url = sandbox.zalo_url
    return ZaloAccount(APP_ID, APP_SECRET, f"{url}/openapi", f"{url}/business", f"{url}/oauth", timeout_s=0.8)


def tokens(shop: Shop, sandbox: SandboxProcess) -> ProviderTokens:
    reached = account(sandbox)
    first = f"first-{shop.tenant_id}"
    return ProviderTokens(shop.warehouse, shop.tenant_id, "zalo", SEALER, lambda token: renew(reached, token), first)


def campaign(shop: Shop, **template: Any) -> activation.Submitted:
    form = Template(
        template_id="order", channel="zalo", body_text="Chào {{ first_name | default('bạn') }}, đơn đã gửi.", **template
    )
    return activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id=CAMPAIGN,
            name="Your order",
            segment_id=SEGMENT,
            channels=("zalo",),
            message_class=MessageClass.TRANSACTIONAL,
            requested_by=MARKETER,
            template=save_template(shop.warehouse, shop.tenant_id, form),
            policy=activation.Policy(),
        ),
    )


def approved(shop: Shop) -> activation.CampaignRun:
    run = shop.plan()
    shop.approve(run)
    return run


def dispatch(shop: Shop, run: activation.CampaignRun, sandbox: SandboxProcess) -> None:
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"zalo": ZaloChannel(account(sandbox), tokens(shop, sandbox))},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
    )


def deliveries(shop: Shop) -> dict[str, tuple[Any, ...]]:
    rows = shop.execute(
        "SELECT customer_id, state, skip_reason, route FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def attempts(shop: Shop) -> int:
    rows = shop.execute("SELECT count(*) FROM activation.attempt WHERE tenant_id = %s", shop.tenant_id)
    return int(rows[0][0])


def test_care_goes_to_who_wrote_lately_and_to_nobody_else(zalo: Shop, sandbox: SandboxProcess) -> None:
    campaign(zalo)
    run = approved(zalo)
    dispatch(zalo, run, sandbox)

    assert deliveries(zalo) == {
        "near": ("accepted", None, "zalo_care"),
        "far": ("skipped", "not_eligible", "zalo_care"),
        "stranger": ("skipped", "not_eligible", "zalo_care"),
    }
    (line,) = sandbox.journal()
    assert json.loads(line["message"]) == {
        "recipient": {"user_id": NEAR},
        "message": {"text": "Chào Lan, đơn đã gửi."},
    }


def test_a_template_goes_to_everybody_where_zalo_approved_it_and_a_campaign_waits_until_then(
    zalo: Shop, sandbox: SandboxProcess
) -> None:
    filled = {"customer_name": "{{ first_name | default('bạn') }}", "order_code": "DH-1"}
    before = campaign(zalo, provider_template_id="100001", provider_parameters=filled)
    reached, held = account(sandbox), tokens(zalo, sandbox)
    keep_templates(zalo.warehouse, zalo.tenant_id, "zalo", read_templates(reached, held), read_quota(reached, held))
    wrong = campaign(zalo, provider_template_id="100001", provider_parameters={"customer_name": "Lan"})
    right = campaign(zalo, provider_template_id="100001", provider_parameters=filled)
    run = approved(zalo)
    sandbox.scenario("zalo", ZaloRefusal.DEAD_ADDRESS, key=FAR)
    sandbox.scenario("zalo", HttpFault.ACCEPT_THEN_RESET, key=STRANGER)
    dispatch(zalo, run, sandbox)

    assert "does not list 100001" in str(before.missing)
    assert "'order_code'" in str(wrong.missing)
    assert not right.missing
    assert deliveries(zalo) == {
        "near": ("accepted", None, "zalo_template"),
        "far": ("rejected", None, "zalo_template"),
        "stranger": ("unknown", None, "zalo_template"),
    }
    taken = {line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted"}
    assert taken == {NEAR, STRANGER}
    dead = zalo.execute(
        "SELECT address FROM core.channel_address WHERE tenant_id = %s AND state <> 'active'", zalo.tenant_id
    )
    assert dead == [(FAR,)]


def test_a_lost_grant_uses_up_no_attempt_and_what_waits_goes_on_after_it(zalo: Shop, sandbox: SandboxProcess) -> None:
    campaign(zalo)
    run = approved(zalo)
    tokens(zalo, sandbox).current()
    sandbox.order("zalo", "tokens/end", grants=True)
    with pytest.raises(Configuration, match="authorised again by a person"):
        dispatch(zalo, run, sandbox)
    waiting, tried = deliveries(zalo)["near"], attempts(zalo)

    given = sandbox.order("zalo", "authorise")["refresh_token"]
    authorise(zalo.warehouse, zalo.tenant_id, "zalo", SEALER, given, granted_by="Hoa")
    dispatch(zalo, run, sandbox)

    assert (waiting[0], tried) == ("ready", 0)
    assert deliveries(zalo)["near"][0] == "accepted"
    assert len(sandbox.journal()) == 1
