"""The waterfall: who is sent to, and why the others are not."""

import pytest

from leo_activation import activation
from leo_activation.activation.audience.waterfall import WATERFALL
from leo_activation.activation.campaigns.schedules import Recurring, ReEntry
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Permanent
from tests.activation.shop import CAMPAIGN, PRODUCTION, Shop


def test_everybody_in_the_segment_has_a_row_that_says_sent_or_why_not(shop: Shop) -> None:
    shop.segment()
    shop.person("ok")
    shop.person("outside", member=False)
    shop.person("gone")
    shop.suppress("gone@example.com")
    shop.person("refused", consent="denied")
    shop.person("silent", consent=None)
    shop.person("undecided", consent="unknown")
    shop.person("unreachable", address=None)
    shop.person("stranger")
    shop.campaign()
    shop.allow("ok@example.com", "refused@example.com", "silent@example.com", "gone@example.com")

    run = shop.plan()

    assert shop.skip_reasons(run) == {
        "ok": None,
        "gone": "suppressed",
        "refused": "no_consent",
        "silent": "no_consent",
        "undecided": "no_consent",
        "unreachable": "no_address",
        "stranger": "not_allowed",
    }


def test_the_steps_add_up_from_matched_to_to_send(shop: Shop) -> None:
    shop.segment()
    for number in range(20):
        shop.person(f"c{number:02}", consent="granted" if number % 4 else "denied", address="" if number % 3 else None)
    shop.campaign(holdout_share=0.3)
    shop.allow_all()

    run = shop.plan()

    assert [step.step for step in run.steps] == [name for name, _ in WATERFALL]
    assert run.matched == 20
    kept = run.matched
    for step in run.steps:
        kept -= step.dropped
        assert step.kept == kept
    reasons = list(shop.skip_reasons(run).values())
    assert run.to_send == reasons.count(None)
    assert {step.dropped for step in run.steps} > {0}


def test_the_same_orchestrator_run_finds_the_run_that_it_planned(shop: Shop) -> None:
    shop.segment()
    shop.person("one")
    shop.campaign()
    first = shop.plan(name="scheduled-1")
    shop.person("two")

    assert shop.plan(name="scheduled-1") == first
    with pytest.raises(Permanent, match="in_review"):
        shop.plan(name="scheduled-2")


def test_one_address_gets_one_message_whoever_shares_it(shop: Shop) -> None:
    shop.segment()
    shop.person("a", address="family@example.com")
    shop.person("b", address="family@example.com")
    shop.person("c", address="family@example.com", consent="denied")
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"a": None, "b": "duplicate_address", "c": "no_consent"}


def test_outside_production_nobody_is_sent_to_unless_they_were_named(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.campaign()

    assert shop.skip_reasons(shop.plan()) == {"a": "not_allowed"}


def test_in_production_an_unarmed_tenant_is_guarded_and_an_armed_one_is_not(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.campaign()
    shop.campaign(campaign_id="later")
    assert shop.skip_reasons(shop.plan(PRODUCTION)) == {"a": "not_allowed"}

    shop.alter_tenant("armed_at = now()")

    assert shop.skip_reasons(shop.plan(PRODUCTION, campaign_id="later")) == {"a": None}


def test_an_armed_tenant_is_still_guarded_outside_production(shop: Shop) -> None:
    shop.alter_tenant("armed_at = now()")
    shop.segment()
    shop.person("a")
    shop.campaign()

    assert shop.skip_reasons(shop.plan()) == {"a": "not_allowed"}


def test_the_latest_statement_of_consent_holds(shop: Shop) -> None:
    shop.segment()
    shop.person("back")
    shop.consent("back", "denied", day=2)
    shop.consent("back", "granted", day=3)
    shop.person("left")
    shop.consent("left", "denied", day=2)
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"back": None, "left": "no_consent"}


def test_a_person_of_two_profiles_has_the_stricter_consent_of_the_two(shop: Shop) -> None:
    shop.segment()
    shop.person("merged")
    shop.execute(
        "INSERT INTO core.profile (tenant_id, profile_id, customer_id, is_primary, source_rev) "
        "VALUES (%s, 'p-second', 'merged', false, '1')",
        shop.tenant_id,
    )
    shop.consent("second", "denied")
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"merged": "no_consent"}


def test_consent_for_another_purpose_is_none(shop: Shop) -> None:
    shop.segment()
    shop.person("a", consent=None)
    shop.consent("a", "granted", purpose="transactional")
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"a": "no_consent"}


def test_a_refusal_of_any_channel_counts_and_a_grant_of_any_channel_does_not(shop: Shop) -> None:
    shop.segment()
    shop.person("refuses")
    shop.consent("refuses", "denied", channel="any")
    shop.person("grants", consent=None)
    shop.consent("grants", "granted", channel="any")
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"refuses": "no_consent", "grants": "no_consent"}


def test_a_tenants_own_basis_serves_only_where_there_is_no_record_at_all(shop: Shop) -> None:
    shop.alter_tenant("consent_basis = 'contract of 2025'")
    shop.segment()
    shop.person("none", consent=None)
    shop.person("unknown", consent="unknown")
    shop.person("denied", consent="denied")
    shop.campaign()
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"none": None, "unknown": "no_consent", "denied": "no_consent"}


def test_who_unsubscribed_still_gets_what_is_transactional_and_who_complained_does_not(shop: Shop) -> None:
    shop.segment()
    for name, reason in (("unsubscribed", "unsubscribed"), ("complained", "complained")):
        shop.person(name, consent=None)
        shop.consent(name, "granted", purpose="transactional")
        shop.suppress(f"{name}@example.com", reason)
    shop.campaign(message_class=MessageClass.TRANSACTIONAL)
    shop.allow_all()

    assert shop.skip_reasons(shop.plan()) == {"unsubscribed": None, "complained": "suppressed"}


def test_another_address_serves_where_one_is_suppressed_or_retired(shop: Shop) -> None:
    shop.segment()
    shop.person("a", address="old@example.com")
    shop.address("a", "new@example.com")
    shop.suppress("old@example.com", "bounced")
    shop.person("b", address="b-old@example.com")
    shop.execute(
        "UPDATE core.channel_address SET state = 'retired' WHERE tenant_id = %s AND address = 'b-old@example.com'",
        shop.tenant_id,
    )
    shop.campaign()
    shop.allow_all()

    run = shop.plan()

    assert shop.skip_reasons(run) == {"a": None, "b": "no_address"}
    addresses = shop.execute(
        "SELECT address FROM activation.delivery WHERE tenant_id = %s AND state = 'planned'", shop.tenant_id
    )
    assert addresses == [("new@example.com",)]


def test_the_holdout_is_the_same_people_in_each_run_of_a_campaign(shop: Shop) -> None:
    shop.segment()
    for number in range(60):
        shop.person(f"c{number:02}")
    shop.campaign(holdout_share=0.5, re_entry=ReEntry(rule="always"), schedule=Recurring(cron="0 9 * * *"))
    shop.allow_all()

    first = shop.skip_reasons(shop.plan(name="one"))
    shop.execute("UPDATE activation.campaign SET state = 'ready' WHERE tenant_id = %s", shop.tenant_id)
    second = shop.skip_reasons(shop.plan(name="two"))

    assert first == second
    assert 10 < list(first.values()).count("holdout") < 50


def test_a_skipped_persons_address_is_not_copied_into_the_ledger(shop: Shop) -> None:
    shop.segment()
    shop.person("refused", consent="denied")
    shop.campaign()
    run = shop.plan()

    rows = shop.execute(
        "SELECT address, address_hash FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
        shop.tenant_id,
        run.campaign_run_id,
    )
    assert rows == [(None, None)]


def test_a_failure_while_planning_leaves_no_half_run(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.campaign()
    shop.execute("UPDATE activation.campaign SET policy = '{\"holdout\": 1}' WHERE tenant_id = %s", shop.tenant_id)

    with pytest.raises(Permanent, match="policy"):
        shop.plan()

    assert shop.execute("SELECT count(*) FROM activation.run WHERE tenant_id = %s", shop.tenant_id) == [(0,)]
    shop.execute("UPDATE activation.campaign SET policy = '{}' WHERE tenant_id = %s", shop.tenant_id)
    assert [due.campaign_id for due in activation.due_campaigns(shop.warehouse, shop.tenant_id)] == [CAMPAIGN]


def test_an_address_is_allowed_however_it_was_typed(shop: Shop) -> None:
    shop.segment()
    shop.person("a", address="anh@example.com")
    shop.campaign()
    shop.allow(" anh@EXAMPLE.com ", "nonsense")

    assert shop.skip_reasons(shop.plan()) == {"a": None}
