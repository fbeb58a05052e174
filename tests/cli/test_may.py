"""`./leo may`: the answer for one person, with the rule."""

from datetime import UTC, datetime, timedelta

from leo_activation.activation.audience.may import may
from leo_activation.activation.states import MessageClass
from leo_activation.cli.may import in_words
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Leo, told, told_lines

ADDRESSES = {"email": "a@example.com", "zalo": "1234567890123456789", "messenger": "9876543210"}


def put_person(warehouse: Warehouse, tenant_id: str, key: bytes, *, country: str = "VN") -> None:
    """One customer who agreed to everything on three channels."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, 'a')", [tenant_id])
        connection.execute(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, source_rev, country, time_zone) "
            "VALUES (%s, 'p', 'a', '1', %s, 'Asia/Ho_Chi_Minh')",
            [tenant_id, country],
        )
        for channel, address in ADDRESSES.items():
            connection.execute(
                "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
                "VALUES (%s, 'p', %s, %s, core.address_hash(%s, %s, %s))",
                [tenant_id, channel, address, channel, address, key],
            )
            for purpose in ("marketing", "transactional"):
                connection.execute(
                    "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, "
                    "source, since) VALUES (%s, 'p', %s, %s, 'granted', 'consent', 'form', 'test', '2026-01-01')",
                    [tenant_id, channel, purpose],
                )


def heard(warehouse: Warehouse, tenant_id: str, channel: str, **known: object) -> None:
    """Let an address stand with its provider in a certain way."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            "INSERT INTO activation.contact_standing (tenant_id, channel, address_hash, last_interaction_at, "
            "last_referral_at, follows, subscribed_at, grant_token) "
            "SELECT tenant_id, channel, address_hash, %s, %s, %s, %s, %s FROM core.channel_address "
            "WHERE tenant_id = %s AND channel = %s",
            [
                *(known.get(name) for name in ("interaction", "referral", "follows", "subscribed", "grant")),
                tenant_id,
                channel,
            ],
        )


def test_every_channel_and_purpose_has_an_answer_with_route_and_rule_and_no_address_is_told(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes
) -> None:
    tenant_id = tenant.tenant_id
    put_person(warehouse, tenant_id, pseudonym_key)
    now = datetime.now(UTC)
    heard(warehouse, tenant_id, "zalo", interaction=now - timedelta(days=6))
    heard(warehouse, tenant_id, "messenger", interaction=now - timedelta(hours=25), subscribed=now, grant=b"sealed")

    done = leo("may", "a", "--tenant", tenant_id, "--json")

    answers = {(one["channel"], one["purpose"]): one for one in told_lines(done)}
    assert answers["email", "marketing"]["may"]
    assert answers["email", "marketing"]["rule"] == "email"
    assert (answers["zalo", "transactional"]["route"], answers["zalo", "transactional"]["rule"]) == (
        "zalo_care",
        "zalo_care_7_days",
    )
    assert answers["zalo", "marketing"]["reason"] == "not_eligible"
    assert answers["messenger", "marketing"]["route"] == "messenger_marketing"
    assert answers["messenger", "transactional"]["reason"] == "not_eligible"
    window = next(
        rule for rule in answers["messenger", "transactional"]["rules"] if rule["rule"] == "messenger_window_24_hours"
    )
    assert window["against"] == "their last word to us is longer ago than 24 hours, or none is known"
    assert "developers.facebook.com" in window["founded_on"]
    assert answers["sms", "marketing"]["reason"] == "no_consent"
    assert not any(address in done.stdout for address in ADDRESSES.values())


def test_a_rule_of_countries_holds_only_for_a_country_that_is_known(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes
) -> None:
    put_person(warehouse, tenant.tenant_id, pseudonym_key, country="DE")
    heard(warehouse, tenant.tenant_id, "messenger", subscribed=datetime.now(UTC), grant=b"sealed")
    asked = ("may", "a", "--channel", "messenger", "--purpose", "marketing", "--tenant", tenant.tenant_id, "--json")

    in_germany = told(leo(*asked))
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET country = NULL WHERE tenant_id = %s", [tenant.tenant_id])
    nowhere = told(leo(*asked))

    against = {rule["rule"]: rule["against"] for rule in in_germany["rules"]}
    assert in_germany["reason"] == nowhere["reason"] == "not_eligible"
    assert against["messenger_marketing_subscribers"] == (
        "their country is not among those of the rule, or is not known"
    )


def test_the_words_say_yes_or_no_and_a_customer_who_is_not_there_gets_one_sentence(
    leo: Leo, warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes
) -> None:
    put_person(warehouse, tenant.tenant_id, pseudonym_key)

    answers = may(warehouse, tenant.tenant_id, "a", purposes=(MessageClass.MARKETING,))
    words = [line for answer in answers for line in in_words(answer)]
    nobody = leo("may", "nobody", "--tenant", tenant.tenant_id)

    assert "marketing on email: yes, now, by email (rule email, policy 0)." in words
    assert "marketing on zalo: no, not eligible." in words
    assert nobody.exit_code == 1
    assert nobody.stderr == "leo: There is no customer 'nobody'.\n"
