"""Seeds and reviewers get copies that pass the guard like everybody's and count nowhere."""

import pytest

from leo_activation import activation
from leo_activation.activation.audience.seeds import add_seeds, set_seed_list
from leo_activation.activation.campaigns.content import read_content
from leo_activation.errors import Permanent
from leo_activation.warehouse.staff import StaffMember, set_staff_address
from tests.activation.shop import APPROVER, CAMPAIGN, MARKETER, FakeChannel, Shop

SEEDS = ("seed-one@ours.example", "Seed-Two@OURS.example")


@pytest.fixture
def seeded(shop: Shop) -> activation.CampaignRun:
    """A planned run to one customer of a campaign with a list of two seeds, of which the first is allowed."""
    shop.segment()
    shop.person("a")
    set_seed_list(shop.warehouse, shop.tenant_id, "office", {"email": SEEDS}, changed_by=MARKETER, key=shop.key)
    shop.campaign(seed_list_id="office")
    shop.allow_all()
    shop.allow(SEEDS[0])
    return shop.plan()


def kinds(shop: Shop, run: int) -> list[tuple[str, str]]:
    return shop.execute(
        "SELECT recipient_kind, state FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s "
        "ORDER BY recipient_kind, state",
        shop.tenant_id,
        run,
    )


def campaign_row(shop: Shop) -> list[tuple[object, ...]]:
    return shop.execute(
        "SELECT state, version, paused_at FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id
    )


def test_each_address_of_the_list_gets_one_copy_and_counts_in_no_number(
    shop: Shop, seeded: activation.CampaignRun
) -> None:
    assert kinds(shop, seeded.campaign_run_id) == [("customer", "planned"), ("seed", "planned"), ("seed", "planned")]
    assert (seeded.matched, seeded.to_send) == (1, 1)
    body = activation.review_run(shop.warehouse, shop.tenant_id, seeded.campaign_run_id).body
    assert "Copies to our own addresses: email 2." in body
    assert "ours.example" not in body.lower()


def test_a_seed_is_sent_to_only_where_it_is_allowed(shop: Shop, seeded: activation.CampaignRun) -> None:
    shop.approve(seeded)
    channel = FakeChannel()
    shop.dispatch(seeded, channel)
    assert channel.recipients() == ["a@example.com", "seed-one@ours.example"]


def test_seeds_are_added_once(shop: Shop, seeded: activation.CampaignRun) -> None:
    content = read_content(shop.connection, shop.tenant_id, CAMPAIGN)
    assert add_seeds(shop.connection, shop.tenant_id, seeded.campaign_run_id, content) == 0


def test_a_list_holds_exactly_what_was_set_last_and_no_address_twice(shop: Shop) -> None:
    def put(*addresses: str) -> int:
        return set_seed_list(
            shop.warehouse, shop.tenant_id, "office", {"email": addresses}, changed_by=MARKETER, key=shop.key
        )

    assert put("x@ours.example", "x@OURS.example", "y@ours.example") == 2
    assert put("z@ours.example") == 1
    assert shop.execute("SELECT address FROM activation.seed_address WHERE tenant_id = %s", shop.tenant_id) == [
        ("z@ours.example",)
    ]


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ({"emial": ["a@shop.example"]}, "'emial' is no channel; there are email, sms"),
        ({"email": ["a@shop.example", "shop.example"]}, "Address 2 of the seed list 'office' is no e-mail address"),
    ],
)
def test_an_address_that_nothing_can_reach_is_refused_and_the_list_stays_as_it_was(
    shop: Shop, addresses: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(Permanent, match=words):
        set_seed_list(shop.warehouse, shop.tenant_id, "office", addresses, changed_by=MARKETER, key=shop.key)

    assert shop.execute("SELECT count(*) FROM activation.seed_address WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_a_test_goes_to_whoever_asked_and_leaves_the_campaign_as_it_is(shop: Shop) -> None:
    set_staff_address(shop.warehouse, StaffMember(APPROVER, "petr@ours.example", "en"))
    shop.segment()
    shop.person("a")
    shop.campaign()
    shop.allow("petr@ours.example")
    before = campaign_row(shop)

    run = activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, APPROVER, key=shop.key, name="one")
    assert activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, APPROVER, key=shop.key, name="one") == run
    assert activation.runs_to_drain(shop.warehouse, shop.tenant_id) == [run]
    channel = FakeChannel()
    shop.dispatch(activation.CampaignRun(run, CAMPAIGN, "", ()), channel)

    [message] = channel.sent
    assert (message.recipient, message.subject) == ("petr@ours.example", "[Test] Warm feet all winter.")
    assert "Hello Lan," in message.text
    assert kinds(shop, run) == [("reviewer", "accepted")]
    assert campaign_row(shop) == before
    assert shop.plan().to_send == 0


def test_a_test_reaches_nobody_outside_the_allow_list(shop: Shop) -> None:
    set_staff_address(shop.warehouse, StaffMember("ann", "ann@ours.example", "en"))
    shop.segment()
    shop.campaign()
    run = activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, "ann", key=shop.key)
    channel = FakeChannel()
    shop.dispatch(activation.CampaignRun(run, CAMPAIGN, "", ()), channel)
    assert channel.sent == []
    assert kinds(shop, run) == [("reviewer", "skipped")]


def test_a_test_of_a_paused_campaign_can_be_sent(shop: Shop) -> None:
    set_staff_address(shop.warehouse, StaffMember("ann", "ann@ours.example", "en"))
    shop.segment()
    shop.campaign()
    shop.allow("ann@ours.example")
    activation.pause_campaign(shop.warehouse, shop.tenant_id, CAMPAIGN, by="ann", reason="first look at it")
    run = activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, "ann", key=shop.key)
    channel = FakeChannel()
    shop.dispatch(activation.CampaignRun(run, CAMPAIGN, "", ()), channel)
    assert channel.recipients() == ["ann@ours.example"]


def test_nobody_without_an_address_gets_a_test(shop: Shop) -> None:
    shop.segment()
    shop.campaign()
    with pytest.raises(Permanent, match="No address of nobody-known is known"):
        activation.send_test(shop.warehouse, shop.tenant_id, CAMPAIGN, "nobody-known", key=shop.key)
