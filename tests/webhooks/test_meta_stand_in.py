"""Graph's stand-in, the webhook and the ledger together: people open the routes, echoes prove what left."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.events import settle_by_events
from leo_activation.activation.channels.facebook.graph import GraphSettings
from leo_activation.activation.channels.facebook.messenger import MarketingSettings, MessengerChannel, MessengerSettings
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.graph.contract import APP_SECRET
from sandbox.graph.stories import subscription_of
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import AT_ONCE, SANDBOX, Shop
from tests.activation.waterfall_shop import set_rules
from tests.webhooks.test_meta import PAGE, served, settings_of

WITHIN_S = 60
PEOPLE = {
    "asks": "7001",
    "by_ad": "7002",
    "subscribes": "7003",
    "silent": "7004",
    "stops": "7005",
    "unheard": "7006",
    "lost": "7007",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture
def told(shop: Shop, sandbox: SandboxProcess) -> Iterator[Callable[[], None]]:
    """The webhook, known to the stand-in; the function waits until everything was told."""
    with ExitStack() as stack:
        client = stack.enter_context(served(shop, LEO_META_APP_SECRET=APP_SECRET))
        sandbox.reset()
        sandbox.webhook("graph", f"{str(client.base_url).rstrip('/')}/webhooks/messenger/{shop.tenant_id}")
        stack.callback(sandbox.webhook, "graph", "")

        def wait() -> None:
            ends_at = time.monotonic() + WITHIN_S
            while sandbox.waiting("graph"):
                assert time.monotonic() < ends_at, sandbox.told("graph", "posted")
                client.get("/health")

        yield wait


def planned(shop: Shop) -> activation.CampaignRun:
    """An offer on Messenger to everybody, planned now and approved, at whatever hour."""
    set_rules(shop)
    shop.segment()
    activation.set_sender(shop.warehouse, shop.tenant_id, "messenger", "the Page")
    template = Template("chat", "messenger", "{{ message }} Dừng: {{ unsubscribe_url }}")
    shop.campaign(template=template, channels=("messenger",), message="Tất đỏ đã về.")
    activation.allow_addresses(shop.warehouse, shop.tenant_id, "messenger", list(PEOPLE.values()), "test", shop.key)
    run = shop.plan()
    shop.approve(run)
    return run


def work_off(shop: Shop, sandbox: SandboxProcess, run: activation.CampaignRun) -> None:
    graph = GraphSettings(PAGE, f"EAAPage{PAGE}", APP_SECRET, sandbox.graph_url, timeout_s=1.0)
    channel = MessengerChannel(MessengerSettings(graph, MarketingSettings("5566", "7788", "EAASystem1")))
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"messenger": channel},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
        sealer=sealer_from(settings_of(shop)),
    )


def test_people_open_the_routes_and_echoes_settle_what_was_not_known(
    shop: Shop, sandbox: SandboxProcess, told: Callable[[], None]
) -> None:
    for name, psid in PEOPLE.items():
        shop.person(name, address=psid, channel="messenger")
    shop.execute("UPDATE core.profile SET country = 'VN' WHERE tenant_id = %s", shop.tenant_id)
    manners = {
        "asks": "duplicated",
        "by_ad": "reordered",
        "silent": "forged",
        "lost": "delayed",
        "unheard": "stale",
    }
    for name, manner in manners.items():
        sandbox.scenario("messenger_webhook", manner, key=PEOPLE[name])
    acts = {"asks": "message", "by_ad": "referral", "subscribes": "subscribe", "unheard": "message", "lost": "postback"}
    for name, act in acts.items():
        sandbox.person_on_messenger(PAGE, PEOPLE[name], act)
    for act in ("subscribe", "message", "stop"):
        sandbox.person_on_messenger(PAGE, PEOPLE["stops"], act)
        told()
    # What is forged is a subscription of somebody who did nothing but look at an advertisement.
    for act in ("postback", "click"):
        sandbox.person_on_messenger(PAGE, PEOPLE["silent"], act)
    told()
    shop.execute(
        "UPDATE activation.contact_standing SET last_interaction_at = now() - interval '2 days' "
        "WHERE tenant_id = %s AND address_hash IN "
        "(core.address_hash('messenger', %s, %s), core.address_hash('messenger', %s, %s))",
        shop.tenant_id,
        PEOPLE["silent"],
        shop.key,
        PEOPLE["by_ad"],
        shop.key,
    )
    sandbox.scenario("messenger", "accept_then_reset", key=PEOPLE["asks"])
    sandbox.scenario("messenger", "reset_before_reading", key=PEOPLE["lost"])
    sandbox.scenario("messenger", "accept_then_reset", key=PEOPLE["unheard"])
    sandbox.scenario("messenger_events", "silent", key=PEOPLE["unheard"])
    sandbox.scenario("messenger_events", "read", key=PEOPLE["by_ad"])
    sandbox.scenario("messenger_events", "read", key=subscription_of(PEOPLE["subscribes"]))

    run = planned(shop)
    work_off(shop, sandbox, run)
    told()
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        settle_by_events(connection, shop.tenant_id)

    rows = shop.execute(
        "SELECT customer_id, state, coalesce(skip_reason, route) FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        run.campaign_run_id,
    )
    assert {name: (state, way) for name, state, way in rows} == {
        "asks": ("accepted", "messenger_window"),
        "by_ad": ("accepted", "messenger_referral"),
        "subscribes": ("accepted", "messenger_marketing"),
        "silent": ("skipped", "not_eligible"),
        "stops": ("skipped", "suppressed"),
        "unheard": ("unknown", "messenger_window"),
        "lost": ("unknown", "messenger_window"),
    }
    taken = sorted(line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted")
    assert taken == sorted([PEOPLE["asks"], PEOPLE["by_ad"], PEOPLE["unheard"], subscription_of(PEOPLE["subscribes"])])
    kinds = shop.execute(
        "SELECT customer_id, array_agg(DISTINCT kind ORDER BY kind) FROM activation.provider_event "
        "JOIN activation.delivery USING (tenant_id, delivery_id) WHERE tenant_id = %s GROUP BY 1",
        shop.tenant_id,
    )
    assert dict(kinds) == {
        # Its answer was lost: the echo tells Meta's name of it, by which the receipt finds it.
        "asks": ["accepted", "delivered"],
        "by_ad": ["accepted", "delivered", "opened"],
        "subscribes": ["accepted", "delivered", "opened"],
    }
