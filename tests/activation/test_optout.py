"""Unsubscribing: signed links, one transaction, and the next run that skips."""

from uuid import UUID, uuid4

import pytest

from leo_activation import activation
from tests.activation.shop import FakeChannel, Shop

KEY = b"k" * 32
LINKS = activation.UnsubscribeLinks("https://shop.example", KEY)
DELIVERY = UUID("b076e02a-1505-47c6-9755-2b22c14e4aad")


def sent_run(shop: Shop) -> activation.CampaignRun:
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    return run


def target(shop: Shop, run: activation.CampaignRun, customer_id: str) -> activation.LinkTarget:
    return activation.LinkTarget(shop.tenant_id, shop.delivery_id(run, customer_id))


def test_a_link_leads_back_to_its_delivery() -> None:
    url = LINKS.url("retail", DELIVERY)

    assert url.startswith("https://shop.example/unsubscribe/")
    assert LINKS.read(url.rpartition("/")[2]) == activation.LinkTarget("retail", DELIVERY)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "X" + LINKS.url("retail", DELIVERY).rpartition("/")[2][1:],
        activation.UnsubscribeLinks("https://shop.example", b"z" * 32).url("retail", DELIVERY).rpartition("/")[2],
        LINKS.url("Robert'); DROP", DELIVERY).rpartition("/")[2],
    ],
)
def test_a_token_that_was_not_made_here_is_none(token: str) -> None:
    assert LINKS.read(token) is None


def test_unsubscribing_suppresses_and_withdraws_consent_and_the_next_run_skips(shop: Shop) -> None:
    shop.person("a")
    shop.person("b")
    run = sent_run(shop)

    done = activation.unsubscribe(shop.warehouse, target(shop, run, "a"), source="one_click")

    assert done is not None
    assert done.unsubscribed
    consent = shop.execute(
        "SELECT state, source FROM core.consent WHERE tenant_id = %s AND profile_id = 'p-a' ORDER BY consent_id",
        shop.tenant_id,
    )
    assert consent == [("granted", "test"), ("denied", "one_click")]
    shop.campaign(campaign_id="next")
    assert shop.skip_reasons(shop.plan(campaign_id="next")) == {"a": "suppressed", "b": None}


def test_unsubscribing_twice_writes_once(shop: Shop) -> None:
    shop.person("a")
    run = sent_run(shop)
    for _ in range(2):
        activation.unsubscribe(shop.warehouse, target(shop, run, "a"), source="one_click")

    counts = shop.execute(
        "SELECT (SELECT count(*) FROM core.suppression WHERE tenant_id = %s), "
        "(SELECT count(*) FROM core.consent WHERE tenant_id = %s AND state = 'denied')",
        shop.tenant_id,
        shop.tenant_id,
    )
    assert counts == [(1, 1)]


def test_everybody_at_the_address_is_unsubscribed(shop: Shop) -> None:
    shop.person("a", address="family@example.com")
    shop.person("b", address="family@example.com")
    run = sent_run(shop)

    activation.unsubscribe(shop.warehouse, target(shop, run, "a"), source="one_click")

    denied = shop.execute(
        "SELECT profile_id FROM core.consent WHERE tenant_id = %s AND state = 'denied' ORDER BY 1", shop.tenant_id
    )
    assert denied == [("p-a",), ("p-b",)]


def test_a_suppression_outlives_a_consent_that_the_source_states_again(shop: Shop) -> None:
    shop.person("a")
    run = sent_run(shop)
    activation.unsubscribe(shop.warehouse, target(shop, run, "a"), source="one_click")
    shop.execute(
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        "VALUES (%s, 'p-a', 'email', 'marketing', 'granted', 'consent', 'resync', 'sync', now() + interval '1 day')",
        shop.tenant_id,
    )

    shop.campaign(campaign_id="next")

    assert shop.skip_reasons(shop.plan(campaign_id="next")) == {"a": "suppressed"}


def test_a_stricter_suppression_is_kept(shop: Shop) -> None:
    shop.person("a")
    run = sent_run(shop)
    shop.suppress("a@example.com", "complained")

    activation.unsubscribe(shop.warehouse, target(shop, run, "a"), source="one_click")

    assert shop.execute("SELECT reason FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [("complained",)]


def test_looking_changes_nothing(shop: Shop) -> None:
    shop.person("a")
    run = sent_run(shop)

    seen = activation.subscription(shop.warehouse, target(shop, run, "a"))

    assert seen == activation.Subscription(tenant_name="A test's own", unsubscribed=False)
    assert shop.execute("SELECT count(*) FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_a_delivery_that_is_not_there_is_none(shop: Shop) -> None:
    nobody = activation.LinkTarget(shop.tenant_id, uuid4())

    assert activation.subscription(shop.warehouse, nobody) is None
    assert activation.unsubscribe(shop.warehouse, nobody, source="one_click") is None
