"""The whole job, through Airflow's scheduler, on the real audience-discovery data: its answers equal plain SQL."""

import itertools
import json
from pathlib import Path

import duckdb
import httpx
import pytest
from psycopg import sql

from embedded.demo.story import FOLLOW_UPS, QUESTIONS, STAFF_DOMAIN
from leo_activation.settings import DatabaseRole
from tests.end_to_end.conftest import READERS_DOMAIN, Instance

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300, func_only=True)]

TENANT = "discovery"
PROVIDERS = {"smtp", "sendgrid", "fcm", "webpush", "brandname"}
"""By whom the demo sends."""
RED_SOCKS = "Customers who bought red socks in the last 60 days"
TRUTHS = {
    RED_SOCKS: """
        SELECT DISTINCT customer_id FROM events
        WHERE event_type = 'purchase' AND product = 'socks' AND color = 'red'
          AND event_timestamp >= TIMESTAMP '2026-02-20' - INTERVAL 60 DAY AND event_timestamp < TIMESTAMP '2026-02-20'
    """,
    "Find users who bought socks and are interested in high-end lifestyle": """
        SELECT DISTINCT c.customer_id FROM customers AS c JOIN events AS e USING (customer_id)
        WHERE e.event_type = 'purchase' AND e.product = 'socks' AND c.total_spent > 800
    """,
    "Suggest customers for a luxury red-themed fashion campaign": """
        WITH weighted AS (
            SELECT customer_id, color,
                   sum(CASE event_type WHEN 'purchase' THEN 3 WHEN 'add_to_cart' THEN 2 ELSE 1 END) AS weight
            FROM events GROUP BY ALL),
        preferred AS (
            SELECT customer_id FROM weighted
            QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY weight DESC, color) <= 2 AND color = 'red')
        SELECT customer_id FROM customers
        WHERE total_spent > 800 AND (favorite_color = 'red' OR customer_id IN (SELECT customer_id FROM preferred))
    """,
    "Create a High Value segment of customers with total spent above 800 and send them a Zalo message saying: "
    "Exclusive offer just for you": "SELECT customer_id FROM customers WHERE total_spent > 800",
}


def rows(instance: Instance, query: str, tenant: str = TENANT) -> list[tuple[object, ...]]:
    with instance.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
        return list(connection.execute(query.encode()).fetchall())


@pytest.fixture(scope="session")
def files(audience_discovery: Path) -> duckdb.DuckDBPyConnection:
    """The raw files in DuckDB: nothing of ours has touched them."""
    connection = duckdb.connect()
    for table, file in (("customers", "crm_customers.csv"), ("events", "clickstream_events.csv")):
        connection.execute(f"CREATE TABLE {table} AS FROM read_csv('{audience_discovery / file}')")
    return connection


@pytest.mark.parametrize("text", TRUTHS)
def test_the_members_are_those_of_plain_sql_over_the_files(
    instance: Instance, files: duckdb.DuckDBPyConnection, text: str
) -> None:
    truth = {str(row[0]) for row in files.execute(TRUTHS[text]).fetchall()}
    with instance.warehouse.connect(DatabaseRole.WRITER, TENANT) as connection:
        members = {
            str(row[0])
            for row in connection.execute(
                "SELECT m.customer_id FROM segment.membership AS m JOIN segment.definition AS d USING "
                "(tenant_id, segment_id) JOIN segment.request AS r USING (tenant_id, request_id) WHERE r.text = %s",
                [text],
            )
        }
    assert members == truth
    assert text != RED_SOCKS or len(members) == 75


def test_every_row_of_the_files_was_taken(instance: Instance, files: duckdb.DuckDBPyConnection) -> None:
    """Seven event ids stand twice on different events; none of them may be lost."""
    events = files.execute("SELECT count(*), count(DISTINCT event_id) FROM events").fetchone()
    assert events == (5000, 4993)
    assert rows(instance, "SELECT count(*), count(DISTINCT event_id) FROM core.event") == [(5000, 4993)]
    assert rows(instance, "SELECT count(*) FROM core.customer") == [(500,)]


def test_what_was_read_either_passed_or_was_quarantined(instance: Instance) -> None:
    for tenant in (TENANT, "retail"):
        for read, passed, quarantined in rows(
            instance, "SELECT rows_read, rows_passed, rows_quarantined FROM ops.sync_run", tenant
        ):
            assert isinstance(read, int)
            assert isinstance(passed, int)
            assert read == passed + int(str(quarantined))
            assert read > 0


def test_every_sync_proved_its_copy_and_the_second_of_a_live_source_read_only_what_is_new(instance: Instance) -> None:
    for tenant in (TENANT, "retail"):
        proofs = rows(instance, "SELECT proof FROM ops.sync_run WHERE state = 'projected'", tenant)
        assert proofs
        for (proof,) in proofs:
            assert isinstance(proof, dict)
            assert proof
            assert all(collection["equal"] for collection in proof.values())
    first, second = rows(instance, "SELECT mode, rows_read FROM ops.sync_run ORDER BY sync_run_id LIMIT 2", "retail")
    assert (first[0], second[0]) == ("whole", "incremental")
    assert int(str(second[1])) < int(str(first[1])) / 50
    assert "digest equal" in instance.first_screen
    assert "DIFFERENT" not in instance.first_screen + instance.second_screen


def test_an_offer_on_zalo_without_an_approved_template_stays_a_draft_that_says_so(instance: Instance) -> None:
    drafts = rows(instance, "SELECT state, missing FROM activation.campaign WHERE 'zalo' = ANY(channels)")
    assert [state for state, _ in drafts] == ["draft"]
    assert "template" in str(drafts[0][1]).lower()


def test_a_request_that_is_not_understood_comes_back_with_its_words(instance: Instance) -> None:
    found = rows(
        instance, "SELECT state, unplaced FROM segment.request WHERE text LIKE '%about to churn and love our brand'"
    )
    assert [state for state, _ in found] == ["needs_clarification"]
    assert found[0][1]


def test_the_model_is_asked_only_for_what_the_grammar_could_not_place(instance: Instance) -> None:
    found = rows(instance, "SELECT text, planner FROM segment.request WHERE state = 'approved'")
    planners: dict[object, object] = dict(found)  # type: ignore[arg-type]
    assert planners[RED_SOCKS] == "grammar"
    assert planners["Khách hàng đã mua tất đỏ trong 60 ngày qua"] == "grammar"
    assert (
        planners["Kunden aus Deutschland, die in den letzten 30 Tagen mindestens zweimal Schuhe gekauft haben"] == "llm"
    )
    calls = rows(instance, "SELECT count(*) FROM llm.call WHERE outcome = 'ok' AND input_tokens > 0")
    assert calls[0][0]


def test_a_plan_of_the_model_was_read_a_second_time(instance: Instance) -> None:
    reviews = rows(
        instance,
        "SELECT q.planner, r.agrees, r.problem FROM segment.plan_review AS r JOIN segment.request AS q USING "
        "(tenant_id, request_id)",
    )
    assert reviews == [("llm", True, None)]
    assert rows(instance, "SELECT count(*) FROM llm.call WHERE outcome = 'sent'") == [(0,)]


def test_a_follow_up_is_the_next_version_with_the_members_of_plain_sql(
    instance: Instance, files: duckdb.DuckDBPyConnection
) -> None:
    [(before, [text])] = [(before, list(texts)) for before, texts in FOLLOW_UPS[TENANT].items()]
    versions = rows(
        instance,
        "SELECT q.text, d.version, d.state, d.segment_id FROM segment.definition AS d JOIN segment.request AS q USING "
        "(tenant_id, request_id) WHERE q.revises_request_id IS NOT NULL OR EXISTS (SELECT FROM segment.request AS "
        "later WHERE later.revises_request_id = q.request_id) ORDER BY d.version",
    )
    assert [version[:3] for version in versions] == [(before, 1, "retired"), (text, 2, "active")]
    truth = {
        str(row[0])
        for row in files.execute(
            """
            SELECT DISTINCT added.customer_id FROM events AS added JOIN customers AS c USING (customer_id)
            WHERE added.event_type = 'add_to_cart' AND added.product = 'jacket' AND c.country = 'DE'
              AND added.event_timestamp >= TIMESTAMP '2026-02-20' - INTERVAL 30 DAY
              AND added.event_timestamp < TIMESTAMP '2026-02-20'
              AND NOT EXISTS (
                  SELECT 1 FROM events AS bought
                  WHERE bought.customer_id = added.customer_id AND bought.event_type = 'purchase'
                    AND bought.product = added.product AND bought.event_timestamp > added.event_timestamp
                    AND bought.event_timestamp < TIMESTAMP '2026-02-20')
            """
        ).fetchall()
    }
    assert truth
    members = rows(instance, f"SELECT customer_id FROM segment.membership WHERE segment_id = '{versions[1][3]}'")
    assert {str(customer_id) for (customer_id,) in members} == truth


def test_a_question_is_answered_and_waits_for_nobody(instance: Instance) -> None:
    for tenant, questions in QUESTIONS.items():
        found = rows(instance, "SELECT explanation FROM segment.request WHERE state = 'answered'", tenant)
        assert len(found) == len(questions)
        assert all(explanation for (explanation,) in found)


def test_requester_and_approver_are_told_by_mail_without_a_customers_address(instance: Instance) -> None:
    url = f"http://127.0.0.1:{instance.environment['LEO_SANDBOX_PORT']}/sandbox/journal"
    journal = [json.loads(line) for line in httpx.get(url, timeout=30).text.splitlines()]
    told = [record for record in journal if record["recipient"].endswith(f"@{STAFF_DOMAIN}")]
    assert {record["recipient"].partition("@")[0] for record in told} == {"reviewer", "marketer"}
    addresses = {
        str(address)
        for tenant in (TENANT, "retail")
        for (address,) in rows(instance, "SELECT address FROM core.channel_address WHERE channel = 'email'", tenant)
    }
    assert not [record for record in told if any(address in json.dumps(record) for address in addresses)]


def test_the_same_request_in_two_languages_finds_the_same_people(instance: Instance) -> None:
    counts = rows(
        instance,
        "SELECT DISTINCT r.member_count FROM segment.run AS r JOIN segment.definition AS d USING "
        "(tenant_id, segment_id, version) JOIN segment.request AS q USING (tenant_id, request_id) "
        f"WHERE q.text IN ('{RED_SOCKS}', 'Khách hàng đã mua tất đỏ trong 60 ngày qua')",
    )
    assert len(counts) == 1


@pytest.mark.parametrize("tenant", [TENANT, "retail"])
def test_everybody_in_a_campaign_has_a_row_and_the_waterfall_adds_up(instance: Instance, tenant: str) -> None:
    runs = rows(
        instance,
        "SELECT r.campaign_run_id, (SELECT count(*) FROM activation.delivery AS d WHERE d.tenant_id = r.tenant_id "
        "AND d.campaign_run_id = r.campaign_run_id AND d.recipient_kind = 'customer') FROM activation.run AS r",
        tenant,
    )
    assert runs
    for campaign_run_id, deliveries in runs:
        steps = rows(
            instance,
            f"SELECT kept, dropped FROM activation.audience_step WHERE campaign_run_id = {campaign_run_id} "
            "ORDER BY position",
            tenant,
        )
        assert steps[0][0] == deliveries
        for before, after in itertools.pairwise(steps):
            assert int(str(before[0])) == int(str(after[0])) + int(str(after[1]))


def test_what_the_ledger_says_was_accepted_is_what_the_providers_took_once_each(instance: Instance) -> None:
    url = f"http://127.0.0.1:{instance.environment['LEO_SANDBOX_PORT']}/sandbox/journal"
    journal = [json.loads(line) for line in httpx.get(url, timeout=30).text.splitlines()]
    accepted = sorted(
        str(delivery_id)
        for tenant in (TENANT, "retail")
        for (delivery_id,) in rows(
            instance, "SELECT delivery_id FROM activation.delivery WHERE state = 'accepted'", tenant
        )
    )
    taken = [
        (record["channel"], record["message_id"].strip("<>").split("@")[0], record["recipient"])
        for record in journal
        if record["channel"] in PROVIDERS and record["outcome"] == "accepted"
    ]
    # The team's own copies are deliveries; what tells them of reviews is not, and no report is.
    of_campaigns = [
        (channel, delivery_id)
        for channel, delivery_id, recipient in taken
        if delivery_id in accepted or recipient.partition("@")[2] not in (STAFF_DOMAIN, READERS_DOMAIN)
    ]
    assert {channel for channel, _ in of_campaigns} == PROVIDERS
    assert sorted(delivery_id for _, delivery_id in of_campaigns) == accepted


def test_what_was_lost_on_its_way_is_unknown_and_is_not_sent_again(instance: Instance) -> None:
    url = f"http://127.0.0.1:{instance.environment['LEO_SANDBOX_PORT']}/sandbox/journal"
    journal = [json.loads(line) for line in httpx.get(url, timeout=30).text.splitlines()]
    lost = sorted(
        record["message_id"].strip("<>").split("@")[0]
        for record in journal
        if record["channel"] == "sendgrid" and record["scenario"] == "reset_before_reading"
    )
    unknown = rows(
        instance, "SELECT delivery_id, attempts FROM activation.delivery WHERE state = 'unknown' ORDER BY 1", "retail"
    )
    assert lost
    assert [(str(delivery_id), attempts) for delivery_id, attempts in unknown] == [(each, 1) for each in lost]


def test_what_sendgrid_told_is_kept_by_variant_and_copies_do_not_count(instance: Instance) -> None:
    told = rows(
        instance,
        "SELECT coalesce(d.variant, ''), count(*), count(o.delivered_at) FROM activation.delivery AS d "
        "JOIN activation.run AS r USING (tenant_id, campaign_run_id) "
        "LEFT JOIN activation.outcome AS o USING (tenant_id, delivery_id) "
        "WHERE r.campaign_id = 'weekend_trails' AND d.state = 'accepted' AND d.recipient_kind = 'customer' "
        "GROUP BY 1 ORDER BY 1",
        "retail",
    )
    assert [variant for variant, _, _ in told] == ["offer", "question"]
    assert all(0 < int(str(delivered)) <= int(str(sent)) for _, sent, delivered in told)
    copies = rows(
        instance,
        "SELECT count(*) FROM activation.delivery WHERE recipient_kind = 'seed' AND state = 'accepted'",
        "retail",
    )
    assert copies == [(2,)]


def test_a_campaign_on_four_channels_went_to_each_person_on_the_first_that_was_open(instance: Instance) -> None:
    sent = rows(
        instance,
        "SELECT d.channel, d.customer_id, d.route, d.rule FROM activation.delivery AS d "
        "JOIN activation.run AS r USING (tenant_id, campaign_run_id) "
        "WHERE r.campaign_id = 'new_arrivals' AND d.state = 'accepted'",
        "retail",
    )
    assert {channel for channel, *_ in sent} == {"mobile_push", "web_push", "sms", "email"}
    assert len({customer for _, customer, *_ in sent}) == len(sent)
    assert all(route == channel for channel, _, route, _ in sent)
    assert {(channel, rule) for channel, _, _, rule in sent} == {
        ("mobile_push", "mobile_push"),
        ("web_push", "web_push"),
        ("sms", "vn_sms_with_consent"),
        ("email", "vn_email_with_consent"),
    }


def test_one_click_unsubscribe_suppressed_one_address(instance: Instance) -> None:
    reasons = [
        row for tenant in (TENANT, "retail") for row in rows(instance, "SELECT reason FROM core.suppression", tenant)
    ]
    assert ("unsubscribed",) in reasons


def test_every_decision_was_made_by_somebody_who_did_not_ask(instance: Instance) -> None:
    assert rows(
        instance,
        "SELECT DISTINCT a.decided_by, r.requested_by FROM segment.approval AS a JOIN segment.definition AS d USING "
        "(tenant_id, segment_id, version) JOIN segment.request AS r USING (tenant_id, request_id)",
    ) == [("reviewer", "marketer")]


def test_a_second_demo_shows_the_same_and_sends_nothing_more(instance: Instance) -> None:
    def stable(screen: str) -> list[str]:
        return [line for line in screen.splitlines() if "members ·" in line or "Deliveries by" in line]

    assert stable(instance.first_screen)
    assert stable(instance.second_screen) == stable(instance.first_screen)


def test_no_contact_data_is_in_xcom_or_in_the_logs_of_the_tasks(instance: Instance) -> None:
    addresses = {
        str(address)
        for tenant in (TENANT, "retail")
        for (address,) in rows(instance, "SELECT address FROM core.channel_address WHERE channel = 'email'", tenant)
    }
    assert len(addresses) > 500
    logs = "\n".join(
        file.read_text(encoding="utf-8", errors="replace") for file in (instance.home / "airflow").rglob("*.log")
    )
    assert "sync_cdp" in logs
    assert not {address for address in addresses if address in logs}


def test_the_graph_holds_no_property_beyond_its_schema(instance: Instance) -> None:
    with instance.warehouse.connect(DatabaseRole.LOADER, TENANT) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog")
        keys = {
            str(row[0])
            for row in connection.execute(
                sql.SQL("SELECT DISTINCT jsonb_object_keys(properties::text::jsonb) FROM {}").format(
                    sql.Identifier(f"graph_{TENANT}", "Customer")
                )
            )
        }
    assert keys <= {
        "customer_id", "country", "city", "gender", "age", "birth_month", "language", "funnel_stage", "favorite_color",
        "total_spent", "created_at", "birthday", "lifetime_value", "shuffle", "lead_score", "prospect_score",
        "engagement_score", "loyalty_score", "rfm_score", "churn_score", "satisfaction_score", "promoter_score",
    }  # fmt: skip
