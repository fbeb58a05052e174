"""SendGrid's stand-in and the webhook together: what was sent is told back, whatever way it is told."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.events import settle_by_events
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import Shop
from tests.webhooks.test_sendgrid_events import served

WITHIN_S = 60


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
        client = stack.enter_context(served(shop.warehouse, shop, sandbox.sendgrid_key()))
        sandbox.reset()
        sandbox.sendgrid_webhook(
            f"{client.base_url}/webhooks/sendgrid/{shop.tenant_id}".replace("//webhooks", "/webhooks")
        )
        stack.callback(sandbox.sendgrid_webhook, "")

        def wait() -> None:
            ends_at = time.monotonic() + WITHIN_S
            while sandbox.waiting("sendgrid"):
                assert time.monotonic() < ends_at
                client.get("/health")

        yield wait


def send(shop: Shop, sandbox: SandboxProcess, *people: str) -> activation.CampaignRun:
    for name in people:
        shop.person(name)
    run = shop.approved_run()
    settings = SendGridSettings("SG.a-key-of-the-stand-in", shop.tenant_id, sandbox.sendgrid_url, timeout_s=1.0)
    shop.dispatch(run, SendGridChannel(settings))
    return run


def test_bounces_complaints_and_unsubscribes_of_the_stand_in_reach_the_person_they_are_about(
    shop: Shop, sandbox: SandboxProcess, told: Callable[[], None]
) -> None:
    stories = {"a": "bounced", "b": "complained", "c": "unsubscribed", "d": "blocked", "e": "ok"}
    for name, story in stories.items():
        sandbox.scenario("sendgrid_events", story, key=f"{name}@example.com")

    run = send(shop, sandbox, *stories)
    told()

    assert set(shop.states(run).values()) == {"accepted"}
    suppressed = shop.execute(
        "SELECT delivery.customer_id, suppression.reason FROM core.suppression "
        "JOIN activation.delivery USING (tenant_id, channel, address_hash) WHERE tenant_id = %s ORDER BY 1",
        shop.tenant_id,
    )
    assert suppressed == [("a", "bounced"), ("b", "complained"), ("c", "unsubscribed")]


def test_what_was_taken_without_an_answer_is_settled_by_what_is_told_and_what_is_silent_stays_unknown(
    shop: Shop, sandbox: SandboxProcess, told: Callable[[], None]
) -> None:
    for name in ("a", "b", "c"):
        sandbox.scenario("sendgrid", "accept_then_reset", key=f"{name}@example.com", attempts=1)
    sandbox.scenario("sendgrid_events", "silent", key="b@example.com")
    sandbox.scenario("sendgrid_events", "dropped", key="c@example.com")

    run = send(shop, sandbox, "a", "b", "c")
    told()
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        settle_by_events(connection, shop.tenant_id)

    assert shop.states(run) == {"a": "accepted", "b": "unknown", "c": "rejected"}


@pytest.mark.parametrize("manner", ["duplicated", "reordered", "forged", "stale"])
def test_in_whatever_manner_it_is_told_the_end_is_the_same(
    shop: Shop, sandbox: SandboxProcess, told: Callable[[], None], manner: str
) -> None:
    sandbox.scenario("sendgrid_webhook", manner, key="a@example.com")
    sandbox.scenario("sendgrid_events", "complained", key="a@example.com")

    send(shop, sandbox, "a")
    told()

    kinds = shop.execute("SELECT kind FROM activation.provider_event WHERE tenant_id = %s ORDER BY 1", shop.tenant_id)
    assert [row[0] for row in kinds] == ["accepted", "complained", "delivered"]
