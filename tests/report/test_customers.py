"""The views behind the dashboard Customer 360, against figures worked out by hand from a few people."""

from datetime import datetime
from decimal import Decimal
from typing import LiteralString

import psycopg
import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.report.reading import Row, rows, write

PEOPLE: LiteralString = """
    INSERT INTO core.customer (tenant_id, customer_id, created_at)
    SELECT %(tenant)s, id, '2026-02-03 00:00+00' FROM unnest('{an,binh,chi,dung,em}'::text[]) AS id;

    INSERT INTO core.profile (
        tenant_id, profile_id, customer_id, is_primary, gender, date_of_birth, age, language, country, city,
        funnel_stage, source_rev, source_created_at, deleted_at)
    SELECT %(tenant)s, profile_id, customer_id, is_primary, gender, born::date, age, language, country, city, stage,
           '1', since::timestamptz, deleted::timestamptz
    FROM (VALUES
        -- An has two records, and is 25 until the first of March; at her first one it is already February in Saigon.
        ('an1', 'an', true, 'female', '2000-03-01', 99, 'vi-VN', 'VN', 'Hanoi', 'new-visitor',
         '2026-02-10 00:00+00', NULL),
        ('an2', 'an', false, NULL, NULL, NULL, NULL, NULL, 'Hue', NULL, '2026-01-31 18:00+00', NULL),
        -- Of Binh the source does not say since when.
        ('binh1', 'binh', true, 'male', NULL, 17, 'en', 'ZZ', NULL, NULL, NULL, NULL),
        ('chi1', 'chi', true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-02-01 00:00+00', NULL),
        ('dung1', 'dung', true, 'male', NULL, 40, 'vi', 'VN', 'Hanoi', NULL,
         '2026-01-10 00:00+00', '2026-02-10 00:00+00'),
        ('em1', 'em', true, NULL, NULL, 65, NULL, 'DE', NULL, NULL, '2026-02-01 00:00+00', NULL)
    ) AS told (profile_id, customer_id, is_primary, gender, born, age, language, country, city, stage, since, deleted);

    INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, as_of)
    VALUES (%(tenant)s, 'one', 'projected', '2026-02-20 00:00+00'),
           (%(tenant)s, 'two', 'stopped', '2026-02-28 00:00+00');

    INSERT INTO rights.erasure (tenant_id, person_hash, asked_by, began_at, finished_at)
    VALUES (%(tenant)s, 'x', 'linh', '2026-02-11 00:00+00', '2026-02-11 18:00+00'),
           (%(tenant)s, 'y', 'linh', '2026-02-12 00:00+00', NULL);
"""

REACH: LiteralString = """
    INSERT INTO core.reachability (tenant_id, customer_id, channel, has_address, has_consent) VALUES
        (%(tenant)s, 'an', 'email', true, false),
        (%(tenant)s, 'an', 'zalo', false, true),
        (%(tenant)s, 'binh', 'email', true, true),
        (%(tenant)s, 'binh', 'sms', true, true);

    INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
    SELECT %(tenant)s, profile_id, channel, purpose, state, 'consent', 'form', 'crm', since::timestamptz
    FROM (VALUES
        -- An agreed and then refused with one record, and agrees with the newcomer: the strictest holds.
        ('an1', 'email', 'marketing', 'granted', '2026-01-01'),
        ('an1', 'email', 'marketing', 'denied', '2026-01-02'),
        ('an2', 'email', 'marketing', 'granted', '2026-01-03'),
        ('binh1', 'sms', 'marketing', 'denied', '2026-01-01'),
        ('binh1', 'sms', 'marketing', 'granted', '2026-01-02'),
        ('binh1', 'web_push', 'marketing', 'unknown', '2026-01-02'),
        ('chi1', 'email', 'profiling', 'denied', '2026-01-01'),
        -- Who has left is counted nowhere.
        ('dung1', 'email', 'marketing', 'granted', '2026-01-01'),
        ('em1', 'any', 'marketing', 'denied', '2026-01-01'),
        ('em1', 'email', 'marketing', 'granted', '2026-01-05')
    ) AS told (profile_id, channel, purpose, state, since);

    INSERT INTO core.household (tenant_id, household_id) VALUES (%(tenant)s, 'home'), (%(tenant)s, 'left');
    INSERT INTO core.household_member (tenant_id, customer_id, household_id)
    VALUES (%(tenant)s, 'an', 'home'), (%(tenant)s, 'binh', 'home');
    INSERT INTO core.identity_case (tenant_id, subject, reason, profiles, kinds, state)
    VALUES (%(tenant)s, 'one', 'large_cluster', 9, '{email}', 'waiting'),
           (%(tenant)s, 'two', 'large_cluster', 9, '{email}', 'refused');
"""

DEEDS: LiteralString = """
    INSERT INTO core.product (tenant_id, product_id, name, category, source_rev)
    VALUES (%(tenant)s, 'p1', 'Red runner', 'shoes', '1'), (%(tenant)s, 'p2', 'Blue hat', 'hats', '1');

    INSERT INTO core.event (
        tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, color, quantity,
        value_minor, currency, order_id, source_rev)
    SELECT %(tenant)s, event_id, event_id, profile_id, event_type, event_type, at::timestamptz, product_id, color,
           quantity, value_minor, currency, order_id, '1'
    FROM (VALUES
        -- In the evening in UTC it is the next day in Saigon.
        ('1', 'an1', 'view', '2026-02-18 18:30+00', 'p1', NULL, 1, NULL, 'EUR', NULL),
        ('2', 'an2', 'add_to_cart', '2026-02-18 16:30+00', 'p1', 'red', 1, 1000, 'EUR', NULL),
        -- Two pieces bought, one brought back.
        ('3', 'an1', 'purchase', '2026-01-31 17:30+00', 'p1', 'red', 2, 2000, 'EUR', 'o1'),
        ('4', 'an1', 'return', '2026-02-05 12:00+00', 'p1', 'red', 1, 1000, 'EUR', 'o1'),
        -- No rate is known from dollars to euros.
        ('5', 'an2', 'purchase', '2026-02-05 12:00+00', 'p2', 'blue', 1, 500, 'USD', 'o2'),
        ('6', 'em1', 'purchase', '2025-07-01 12:00+00', 'p2', NULL, 1, 700, 'USD', 'o3'),
        -- Bought and cancelled: nothing was kept, but Binh did something.
        ('7', 'binh1', 'purchase', '2025-11-10 12:00+00', 'p2', 'blue', 1, 900, 'EUR', 'o4'),
        ('8', 'binh1', 'cancel', '2025-11-10 13:00+00', NULL, NULL, 1, 900, 'EUR', 'o4'),
        -- Something that was done to Chi is nothing that Chi did.
        ('9', 'chi1', 'email_sent', '2026-02-10 12:00+00', NULL, NULL, 1, NULL, 'EUR', NULL)
    ) AS told (event_id, profile_id, event_type, at, product_id, color, quantity, value_minor, currency, order_id);

    INSERT INTO profile.interest (
        tenant_id, customer_id, topic_type, topic, raw, score, is_primary, model_version, as_of)
    SELECT %(tenant)s, customer_id, topic_type, topic, 1, 1, is_primary, 'v1', '2026-02-20'
    FROM (VALUES
        ('an', 'category', 'shoes', true), ('binh', 'category', 'shoes', false), ('an', 'color', 'red', true),
        ('an', 'color', 'green', false), ('binh', 'color', 'blue', true)
    ) AS told (customer_id, topic_type, topic, is_primary);
"""


@pytest.fixture(scope="module")
def reporter(owner: Connection, tenant: Tenant, superset_login: psycopg.Connection[Row]) -> psycopg.Connection[Row]:
    """Superset's login, when all is written."""
    owner.execute("SELECT core.ensure_event_partitions('2025-07-01', '2026-02-28')")
    write(owner, tenant, PEOPLE, REACH, DEEDS)
    return superset_login


def test_customers_are_counted_once_by_what_the_record_that_speaks_for_them_says(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT country, city, language, gender, age_band, funnel_stage, customers, with_address, reachable "
        "FROM report.customer WHERE tenant_id = %(tenant)s ORDER BY country, gender",
    )
    unknown = "Not stated"
    assert found == [
        ("Germany", unknown, unknown, unknown, "65+", unknown, 1, 0, 0),
        (unknown, unknown, unknown, unknown, unknown, unknown, 1, 0, 0),
        ("Vietnam", "Hanoi", "Vietnamese", "Female", "25–34", "New visitor", 1, 1, 0),
        # A code that is no country's stays as it is.
        ("ZZ", unknown, "English", "Male", "0–17", unknown, 1, 1, 1),
    ]


def test_every_channel_is_named_with_who_lacks_what(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT channel, with_address, reachable, without_consent, without_address FROM report.reach "
        "WHERE tenant_id = %(tenant)s ORDER BY channel",
    )
    assert found == [
        ("E-mail", 2, 1, 1, 0),
        ("Messenger", 0, 0, 0, 0),
        ("Mobile push", 0, 0, 0, 0),
        ("SMS", 1, 1, 0, 0),
        ("Web push", 0, 0, 0, 0),
        ("Zalo", 0, 0, 0, 1),
    ]


def test_the_latest_and_strictest_answer_counts_and_a_refusal_of_all_is_one_of_each(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT channel, sum(customers) FILTER (WHERE answer = 'Agreed') AS agreed, "
        "sum(customers) FILTER (WHERE answer = 'Refused') AS refused, "
        "sum(customers) FILTER (WHERE answer = 'Not said') AS not_said FROM report.consent "
        "WHERE tenant_id = %(tenant)s GROUP BY channel ORDER BY channel",
    )
    assert found == [
        ("E-mail", 0, 2, 2),
        ("Messenger", 0, 1, 3),
        ("Mobile push", 0, 1, 3),
        ("SMS", 1, 1, 2),
        ("Web push", 0, 1, 3),
        ("Zalo", 0, 1, 3),
    ]


def test_interests_are_counted_by_topic_and_of_whom_any_is_known(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT topic_type, topic, customers, primary_customers FROM report.interest "
        "WHERE tenant_id = %(tenant)s ORDER BY 1, 2",
    )
    assert found == [
        ("Category", "Shoes", 2, 1),
        ("Colour", "Blue", 1, 1),
        ("Colour", "Green", 1, 0),
        ("Colour", "Red", 1, 1),
    ]
    known = rows(
        reporter,
        tenant,
        "SELECT topic_type, interested, customers FROM report.interest_coverage "
        "WHERE tenant_id = %(tenant)s ORDER BY 1",
    )
    assert known == [
        ("Any", 2, 4),
        ("Brand", 0, 4),
        ("Category", 2, 4),
        ("Colour", 2, 4),
        ("Keyword", 0, 4),
        ("Product", 0, 4),
        ("Tag", 0, 4),
    ]


def test_a_colour_that_came_back_was_not_bought(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT colour, liked_by, bought_by, pieces FROM report.colour WHERE tenant_id = %(tenant)s ORDER BY 1",
    )
    # An kept one red piece of two and a blue one; Binh's blue one was cancelled.
    assert found == [("Blue", 1, 1, 1), ("Red", 1, 1, 1)]


def test_events_are_of_the_tenants_day_and_their_values_of_one_currency(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT to_char(day, 'YYYY-MM-DD'), event_type, category, currency, events, value FROM report.activity "
        "WHERE tenant_id = %(tenant)s AND day >= '2026-02-01' ORDER BY day, event_type",
    )
    assert found == [
        ("2026-02-01", "Purchase", "Shoes", "EUR", 1, Decimal(20)),
        ("2026-02-05", "Purchase", "Hats", "USD", 1, Decimal(5)),
        ("2026-02-05", "Return", "Shoes", "EUR", 1, Decimal(10)),
        ("2026-02-10", "Email sent", "No product", "", 1, None),
        ("2026-02-18", "Add to cart", "Shoes", "EUR", 1, Decimal(10)),
        ("2026-02-19", "View", "Shoes", "", 1, None),
    ]


def test_a_period_begins_and_ends_with_the_tenants_own_day(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    """As Superset asks: what happened in the evening in UTC is of the next day, and in a period that begins with it."""
    found = rows(
        reporter,
        tenant,
        "SELECT event_type FROM report.activity WHERE tenant_id = %(tenant)s "
        "AND day >= to_timestamp('2026-02-19', 'YYYY-MM-DD') AND day < to_timestamp('2026-02-20', 'YYYY-MM-DD')",
    )
    assert found == [("View",)]


@pytest.mark.parametrize(
    "zone",
    ["America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Asia/Ho_Chi_Minh", "Atlantic/Azores", "Pacific/Apia"],
)
def test_every_moment_lies_between_the_beginnings_of_its_day_and_the_next(
    reporter: psycopg.Connection[Row], zone: str
) -> None:
    """Days have two midnights in Havana, none in Beirut, and Apia once left one out."""
    wrong = reporter.execute(
        "SELECT at FROM generate_series(timestamptz '2011-12-01', '2012-12-01', '1 hour') AS at "
        "CROSS JOIN LATERAL report.day_of(at, %(zone)s) AS day "
        "WHERE at < report.day_begins(day, %(zone)s) "
        "OR at >= report.day_begins(day + interval '1 day', %(zone)s)",
        {"zone": zone},
    ).fetchall()
    assert wrong == []


def test_only_what_a_customer_did_makes_them_active(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT month, customers FROM report.active_month WHERE tenant_id = %(tenant)s ORDER BY 1",
    )
    # An's two records are one customer, and the purchase of January in UTC is one of February.
    assert found == [(datetime(2025, 7, 1), 1), (datetime(2025, 11, 1), 1), (datetime(2026, 2, 1), 1)]  # noqa: DTZ001
    ago = rows(
        reporter,
        tenant,
        "SELECT last_active, customers FROM report.last_active WHERE tenant_id = %(tenant)s ORDER BY 1",
    )
    assert dict(ago) == {
        "0–1 month": 1,
        "1–3 months": 0,
        "3–6 months": 1,
        "6–12 months": 1,
        "Longer ago": 0,
        "Never": 1,
    }


def test_a_step_holds_all_who_came_that_far_or_further(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT step, customers FROM report.customer_step WHERE tenant_id = %(tenant)s ORDER BY position",
    )
    # Em bought and was never seen looking; Binh's purchase was cancelled.
    assert found == [
        ("Known", 4),
        ("Did something", 3),
        ("Looked at a product", 2),
        ("Put one in the cart", 2),
        ("Bought", 2),
        ("Bought again", 1),
    ]


def test_spend_is_net_and_what_has_no_rate_is_said_and_in_no_sum(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT currency, tenth, from_amount, band, orders_each, customers, repeat_customers, orders, net_spend, "
        "share_of_spend, orders_without_rate FROM report.buyer WHERE tenant_id = %(tenant)s "
        "ORDER BY customers, orders DESC",
    )
    assert found == [
        ("EUR", "0–10%", 10, "EUR 10 – 30", "2 orders", 1, 1, 2, Decimal(10), 1.0, 1),
        ("EUR", "No rate", None, "No rate into EUR", "1 order", 1, 0, 1, Decimal(0), 0.0, 1),
    ]


@pytest.mark.parametrize(
    ("amount", "name"),
    [
        (0, "VND under 1"),
        (1, "VND 1 – 3"),
        (3, "VND 3 – 10"),
        (1_000_000, "VND 1,000,000 – 3,000,000"),
        (30_000_000, "VND 30,000,000 – 100,000,000"),
    ],
)
def test_a_band_says_where_it_begins_and_ends(reporter: psycopg.Connection[Row], amount: int, name: str) -> None:
    (row,) = reporter.execute("SELECT report.band_name(%s::numeric, 'VND') AS name", [amount]).fetchall()
    assert row == {"name": name}


def test_sales_are_of_the_day_of_the_order_in_the_orders_own_currency(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT to_char(day, 'YYYY-MM-DD'), currency, orders, pieces, net_value, home_net_value, orders_without_rate "
        "FROM report.sale WHERE tenant_id = %(tenant)s ORDER BY day",
    )
    assert found == [
        ("2025-07-01", "USD", 1, 1, Decimal(7), Decimal(0), 1),
        ("2026-02-01", "EUR", 1, 1, Decimal(10), Decimal(10), 0),
        ("2026-02-05", "USD", 1, 1, Decimal(5), Decimal(0), 1),
    ]


def test_growth_has_every_day_and_ends_at_the_customers_of_today(
    reporter: psycopg.Connection[Row], tenant: Tenant
) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT to_char(day, 'YYYY-MM-DD'), new_customers, left_customers, erased, customers_at_end "
        "FROM report.customer_growth WHERE tenant_id = %(tenant)s ORDER BY day",
    )
    assert [day[0] for day in found] == sorted({day[0] for day in found})
    assert len(found) == 42
    changes = [day for day in found if any(day[1:4])]
    assert changes == [
        ("2026-01-10", 1, 0, 0, 1),
        ("2026-02-01", 3, 0, 0, 4),
        ("2026-02-03", 1, 0, 0, 5),
        ("2026-02-10", 0, 1, 0, 4),
        ("2026-02-12", 0, 0, 1, 4),
    ]
    assert found[-1] == ("2026-02-20", 0, 0, 0, 4)


def test_identity_says_what_became_of_the_records(reporter: psycopg.Connection[Row], tenant: Tenant) -> None:
    found = rows(
        reporter,
        tenant,
        "SELECT records, customers, merged_records, customers_of_several, waiting_questions, households, "
        "household_members FROM report.identity WHERE tenant_id = %(tenant)s",
    )
    assert found == [(5, 4, 1, 1, 1, 1, 2)]
    sizes = rows(
        reporter,
        tenant,
        "SELECT kind, size, groups FROM report.identity_size WHERE tenant_id = %(tenant)s ORDER BY 1, 2",
    )
    assert sizes == [
        ("People of a household", "2", 1),
        ("People of a household", "3", 0),
        ("People of a household", "4", 0),
        ("People of a household", "5 or more", 0),
        ("Records of a customer", "1", 3),
        ("Records of a customer", "2", 1),
        ("Records of a customer", "3", 0),
        ("Records of a customer", "4 or more", 0),
    ]


@pytest.mark.parametrize(
    ("view", "counted", "many"),
    [
        ("reach", "with_address + reachable + without_consent + without_address", 6),
        ("consent", "customers", 18),
        ("interest_coverage", "interested + customers", 7),
        ("customer_step", "customers", 6),
        ("last_active", "customers", 6),
        ("identity", "records + customers + merged_records + households + household_members + waiting_questions", 1),
        ("identity_size", "groups", 8),
    ],
)
def test_a_tenant_without_data_has_zeros(
    reporter: psycopg.Connection[Row], newcomer: Tenant, view: LiteralString, counted: LiteralString, many: int
) -> None:
    found = rows(reporter, newcomer, f"SELECT {counted} AS counted FROM report.{view} WHERE tenant_id = %(tenant)s")
    assert found == [(0,)] * many


def test_a_view_follows_the_rows_that_it_is_made_of(
    warehouse: Warehouse, reporter: psycopg.Connection[Row], newcomer: Tenant
) -> None:
    with warehouse.connect(DatabaseRole.OWNER, newcomer.tenant_id) as owner:
        owner.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, 'gia')", [newcomer.tenant_id])
        owner.execute(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, source_rev, source_created_at) "
            "VALUES (%s, 'gia1', 'gia', '1', '2026-02-01')",
            [newcomer.tenant_id],
        )
    here: LiteralString = "WHERE tenant_id = %(tenant)s"
    assert rows(reporter, newcomer, f"SELECT sum(customers) AS customers FROM report.customer {here}") == [(1,)]
    assert rows(reporter, newcomer, f"SELECT sum(new_customers) AS new FROM report.customer_growth {here}") == [(1,)]
    assert rows(reporter, newcomer, f"SELECT customers FROM report.customer_step {here} AND step = 'Known'") == [(1,)]
