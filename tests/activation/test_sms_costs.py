"""What an SMS costs is counted by its parts, and shown before anybody approves it."""

from leo_activation import activation
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, Cost, Label, save_policy
from tests.activation.shop import SANDBOX, Shop

PRICE = 800


def reviewed(shop: Shop, message: str, budget_minor: int | None = None) -> tuple[activation.CampaignRun, str]:
    for name in "ab":
        shop.person(name, address=f"+8491234567{ord(name) % 10}", channel="sms")
    shop.segment()
    rules = {
        "quiet_hours": (),
        "costs": (Cost(channel="sms", minor=PRICE, reason="the list of prices"),),
        "labels": (Label(channel="sms", text="[QC]", reason="the law"),),
    }
    save_policy(shop.warehouse, shop.tenant_id, DEFAULT_POLICY.model_copy(update=rules), set_by="test")
    activation.set_sender(shop.warehouse, shop.tenant_id, "sms", "TATDO")
    template = Template("sms", "sms", "{{ message }} {{ unsubscribe_url }}")
    shop.campaign(
        template=template, channels=("sms",), message=message, policy=activation.Policy(budget_minor=budget_minor)
    )
    addresses = [f"+8491234567{ord(name) % 10}" for name in "ab"]
    activation.allow_addresses(shop.warehouse, shop.tenant_id, "sms", addresses, "test", shop.key)
    run = shop.plan()
    return run, activation.review_run(shop.warehouse, shop.tenant_id, run.campaign_run_id, SANDBOX).body


def cost(shop: Shop) -> int:
    rows = shop.execute("SELECT sum(cost_minor) FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id)
    return int(rows[0][0] or 0)


def test_a_text_in_gsm_7_is_paid_for_once(shop: Shop) -> None:
    run, body = reviewed(shop, "Am chan ca mua dong.")

    assert run.to_send == 2
    assert cost(shop) == 2 * PRICE
    assert "An SMS of it" not in body


def test_a_text_with_other_characters_is_paid_for_in_more_parts_and_the_reviewer_sees_how_many(
    shop: Shop,
) -> None:
    run, body = reviewed(shop, "Ấm chân cả mùa đông.")

    assert run.to_send == 2
    assert cost(shop) == 2 * PRICE * 2
    assert "An SMS of it has 2 parts" in body


def test_a_budget_is_used_up_by_parts(shop: Shop) -> None:
    run, _ = reviewed(shop, "Ấm chân cả mùa đông.", budget_minor=PRICE * 3)

    assert run.to_send == 1
    assert sorted(str(reason) for reason in shop.skip_reasons(run).values()) == ["None", "budget"]


def test_what_an_aggregator_would_refuse_of_everybody_s_is_said_before_anything_is_planned(shop: Shop) -> None:
    def submitted(sender: str, provider: str, message: str) -> tuple[str, ...]:
        activation.set_sender(shop.warehouse, shop.tenant_id, "sms", sender, provider=provider)
        return shop.campaign(template=template, channels=("sms",), message=message).missing

    template = Template("sms", "sms", "{{ message }} {{ unsubscribe_url }}")
    shop.segment()
    long_one, short_one = "Ấm chân cả mùa đông. " * 15, "Ấm chân cả mùa đông."

    assert submitted("TATDO", "file", long_one) == ()
    found = "; ".join(submitted("+84912345678", "brandname", long_one))
    assert "a brand name as the sender" in found
    assert "the label [QC]" in found
    assert "a shorter SMS: it has 7 parts (UCS-2" in found
    rules = {"labels": (Label(channel="sms", text="[QC]", reason="the law"),)}
    save_policy(shop.warehouse, shop.tenant_id, DEFAULT_POLICY.model_copy(update=rules), set_by="test")
    assert submitted("TATDO", "brandname", short_one) == ()
