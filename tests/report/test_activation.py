"""The views behind the dashboard Activation, against figures worked out by hand from a few rows."""

import json
from decimal import Decimal
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from leo_activation.activation.aftermath.comparisons import FEWEST_PEOPLE
from leo_activation.activation.audience.waterfall import WATERFALL
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY
from leo_activation.activation.states import DeliveryState, SkipReason
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import tenant_without_graph
from tests.report.reading import Row, write

EVENING = "2026-03-01 18:30:00+00"
"""Already the second of March in Ho Chi Minh City."""
SPRING_2 = """
    -- customer, channel, state, reason, settled_by, at, domain, cost_minor, kind
    ('a', 'email', 'accepted', NULL, 'answer', %(evening)s, 'gmail.com', 0, 'customer'),
    ('b', 'email', 'accepted', NULL, 'answer', %(evening)s, 'my-own-name.example', 0, 'customer'),
    ('c', 'sms', 'accepted', NULL, 'answer', %(evening)s, NULL, 82, 'customer'),
    ('d', 'email', 'unknown', NULL, NULL, now() - interval '2 hours', 'gmail.com', 0, 'customer'),
    ('e', 'sms', 'unknown', NULL, 'deadline', now() - interval '4 days', NULL, 82, 'customer'),
    ('f', 'email', 'skipped', 'no_consent', NULL, %(evening)s, NULL, NULL, 'customer'),
    ('g', 'email', 'skipped', 'holdout', NULL, %(evening)s, NULL, NULL, 'customer'),
    ('h', 'email', 'rejected', NULL, 'answer', %(evening)s, 'gmail.com', 0, 'customer'),
    ('i', 'email', 'accepted', NULL, 'event', %(evening)s, 'gmail.com', 0, 'customer'),
    ('j', 'email', 'ready', NULL, NULL, %(evening)s, 'gmail.com', 0, 'customer'),
    ('a seed', 'email', 'accepted', NULL, 'answer', %(evening)s, 'gmail.com', 0, 'seed')
"""
"""The deliveries of the newest run of the spring sale, a seed's among them."""
TOLD = (
    # customer, event, by a machine, for good
    ("a", "delivered", False, None),
    ("a", "opened", True, None),
    ("a", "opened", False, None),
    ("a", "clicked", True, None),
    ("b", "bounced", False, True),
    ("b", "complained", False, None),
    ("i", "delivered", False, None),
    ("i", "opened", True, None),
    ("i", "bounced", False, False),
    ("c", "clicked", False, None),
    ("c", "unsubscribed", False, None),
    ("h", "blocked", False, None),
    ("a seed", "clicked", False, None),
)
POLICY: LiteralString = """
    INSERT INTO activation.tenant_policy (tenant_id, version, set_by, rules) VALUES (%(tenant)s, 1, 'linh', '{
        "caps": [{"channel": "sms", "count": 3, "days": 1, "law": {"act": "Decree 91"}, "reason": null}],
        "costs": [{"channel": "sms", "minor": 82}],
        "routes": []}')
"""
ORDERS: LiteralString = """
    INSERT INTO core.customer (tenant_id, customer_id) VALUES (%(tenant)s, 'a');

    INSERT INTO core.campaign (tenant_id, campaign_id, name)
    VALUES (%(tenant)s, 'spring', 'Spring sale'), (%(tenant)s, 'mega', 'Mega sale');

    -- Two orders after a click, one after a message, and two that the shop says are of a campaign of its own.
    INSERT INTO core.campaign_touch (
        tenant_id, source_ref, customer_id, campaign_id, exposure, channel, occurred_at, value_minor, told_by)
    SELECT %(tenant)s, ref, 'a', campaign_id, exposure, channel, '2026-03-01 18:30:00+00', value, told_by
    FROM (VALUES
        ('order:1', 'spring', 'converted', 'email', 1050, 'click'),
        ('order:2', 'spring', 'converted', 'email', 500, 'click'),
        ('order:3', 'spring', 'converted', 'sms', 25, 'message'),
        ('event:4', 'mega', 'converted', NULL, 99900, 'source'),
        ('event:5', 'mega', 'converted', NULL, 100, 'source'),
        ('delivery:6', 'spring', 'received', 'email', NULL, NULL)
    ) AS told (ref, campaign_id, exposure, channel, value, told_by)
"""
ACTS: LiteralString = """
    INSERT INTO activation.intervention (tenant_id, campaign_id, act, acted_by, reason)
    VALUES (%(tenant)s, 'autumn', 'pause', 'linh', 'prices are wrong');
    INSERT INTO activation.intervention (tenant_id, campaign_id, act, acted_by, reason)
    VALUES (%(tenant)s, 'autumn', 'resume', 'linh', 'call +84 912 345 678');

    INSERT INTO ops.sending_stop (tenant_id, reason, stopped_by) VALUES (%(tenant)s, 'a flood', 'linh')
"""


class Reporter:
    """Superset's login."""

    def __init__(self, connection: psycopg.Connection[Row], tenant_id: str) -> None:
        self.connection, self.tenant_id = connection, tenant_id

    def rows(self, query: str, **values: object) -> list[Row]:
        """The rows of a query that has the view's name and a condition."""
        return self.connection.execute(query.encode(), {"tenant": self.tenant_id, **values}).fetchall()

    def value(self, expression: str, **values: object) -> object:
        """What an expression gives."""
        ((found,),) = (row.values() for row in self.rows(f"SELECT {expression}", **values))
        return found

    def totals(self, view: str, by: str, of: str, where: LiteralString = "true") -> dict[object, object]:
        """The sum of a column by another one, as a chart would ask it."""
        query = sql.SQL(
            "SELECT {by} AS name, sum({of}) AS total FROM {view} WHERE tenant_id = {tenant} AND {where} GROUP BY 1"
        )
        filled = query.format(
            by=sql.Identifier(by),
            of=sql.Identifier(of),
            view=sql.Identifier("report", view),
            tenant=sql.Literal(self.tenant_id),
            where=sql.SQL(where),
        )
        return {row["name"]: int(row["total"]) for row in self.connection.execute(filled).fetchall()}


@pytest.fixture(scope="module")
def reporter(tenant: Tenant, superset_login: psycopg.Connection[Row], spring: None) -> Reporter:
    """Reads when all is written."""
    return Reporter(superset_login, tenant.tenant_id)


def add_campaign(owner: Connection, tenant_id: str, campaign_id: str, name: str, **more: object) -> None:
    """A campaign by e-mail and SMS; `more`: its state, its policy, since when it is paused."""
    values = {"state": "finished", "policy": {}, "paused": None, **more}
    owner.execute(
        """
        INSERT INTO activation.campaign (
            tenant_id, campaign_id, name, segment_id, channels, message_class, requested_by, state, policy, version,
            paused_at)
        VALUES (%s, %s, %s, 'socks', '{email,sms}', 'marketing', 'linh', %s, %s, 1, %s)
        """,
        [tenant_id, campaign_id, name, values["state"], json.dumps(values["policy"]), values["paused"]],
    )


def add_run(
    owner: Connection, tenant_id: str, campaign_id: str, name: str, planned_at: str, kind: str = "campaign"
) -> int:
    """A run that is over; returns its id."""
    row = owner.execute(
        """
        INSERT INTO activation.run (
            tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state, planned_at, kind,
            version, stop_reason)
        VALUES (%s, %s, %s, %s, 1, 'h', 'finished', %s, %s, 1, 'too many bounced, ask anna@example.com')
        RETURNING campaign_run_id
        """,
        [tenant_id, campaign_id, name, planned_at, planned_at, kind],
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def spring(owner: Connection, tenant: Tenant) -> None:
    """A spring sale that ran twice, was tested once, and has an autumn sale beside it that is paused."""
    write(owner, tenant, POLICY)
    its = tenant.tenant_id
    add_campaign(owner, its, "spring", "Spring sale")
    caps = {"caps": [{"channel": "any", "count": 2, "days": 30}], "holdout_share": 0.1}
    add_campaign(owner, its, "autumn", "Autumn sale", state="approved", policy=caps, paused=EVENING)
    first = add_run(owner, its, "spring", "first", "2026-02-01 09:00+00")
    newest = add_run(owner, its, "spring", "second", EVENING)
    tested = add_run(owner, its, "spring", "test", EVENING, "test")
    for run, steps in (
        (first, [("matched", 50, 0), ("consented", 20, 30), ("not_held_out", 19, 1), ("to_send", 19, 0)]),
        (newest, [("matched", 10, 0), ("consented", 9, 1), ("holdout", 8, 1), ("to_send", 8, 0)]),
        (tested, [("matched", 1, 0), ("to_send", 1, 0)]),
    ):
        for position, (step, kept, dropped) in enumerate(steps, 1):
            owner.execute(
                "INSERT INTO activation.audience_step VALUES (%s, %s, %s, %s, %s, %s)",
                [its, run, position, step, kept, dropped],
            )
    _add_deliveries(owner, its, newest, tested)
    _add_events(owner, its)
    write(owner, tenant, ORDERS, ACTS)


def _add_deliveries(owner: Connection, tenant_id: str, newest: int, tested: int) -> None:
    """Those of the newest run, one of the test, and attempts for the unknown ones."""
    values = {"tenant": tenant_id, "run": newest, "test": tested, "evening": EVENING}
    deliver = f"""
        INSERT INTO activation.delivery (
            tenant_id, campaign_run_id, customer_id, channel, state, skip_reason, settled_by, state_changed_at, domain,
            cost_minor, recipient_kind, policy_version, rule)
        SELECT %(tenant)s, %(run)s, told.*, 1, 'consent' FROM (VALUES {SPRING_2}) AS told
    """
    owner.execute(deliver.encode(), values)
    owner.execute(
        """
        INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, state, state_changed_at)
        VALUES (%(tenant)s, %(test)s, 'tester', 'email', 'accepted', %(evening)s)
        """,
        values,
    )
    for customer, provider, fence in (("d", "smtp", 1), ("d", "sendgrid", 2), ("e", "twilio", 1)):
        owner.execute(
            """
            INSERT INTO activation.attempt (tenant_id, delivery_id, fence, worker, provider)
            SELECT tenant_id, delivery_id, %s, 'w', %s FROM activation.delivery
            WHERE tenant_id = %s AND customer_id = %s
            """,
            [fence, provider, tenant_id, customer],
        )


def _add_events(owner: Connection, tenant_id: str) -> None:
    """What the provider told, each of it twice."""
    for number, (customer, kind, by_machine, permanent) in enumerate(TOLD):
        for again in ("", " again"):
            owner.execute(
                """
                INSERT INTO activation.provider_event (
                    tenant_id, provider, provider_event_id, delivery_id, kind, by_machine, permanent, occurred_at)
                SELECT tenant_id, 'sendgrid', %s, delivery_id, %s, %s, %s, %s FROM activation.delivery
                WHERE tenant_id = %s AND customer_id = %s
                """,
                [f"{number}{again}", kind, by_machine, permanent, EVENING, tenant_id, customer],
            )


def test_the_steps_of_a_run_add_up_and_only_the_newest_run_is_marked(reporter: Reporter) -> None:
    newest = reporter.rows(
        "SELECT step, change, day::text FROM report.waterfall WHERE tenant_id = %(tenant)s AND is_newest ORDER BY step"
    )
    assert [(row["step"], row["change"]) for row in newest] == [
        ("01 Matched", 10),
        ("03 No consent", -1),
        ("14 Held out to measure", -1),
        ("16 To send", 0),
    ]
    assert {row["day"] for row in newest} == {"2026-03-02 00:00:00"}
    older = reporter.totals("waterfall", "step", "change", "NOT is_newest")
    assert older == {"01 Matched": 50, "03 No consent": -30, "14 Held out to measure": -1, "16 To send": 0}


def test_deliveries_are_counted_by_state_and_reason_on_the_tenants_own_day_and_of_people_only(
    reporter: Reporter,
) -> None:
    assert reporter.totals("delivery", "state", "deliveries") == {
        "Sent": 4,
        "Unknown": 2,
        "Not written to": 2,
        "Refused by the provider": 1,
        "Waiting to be sent": 1,
    }
    assert reporter.totals("delivery", "why_not", "deliveries", "state = 'Not written to'") == {
        "No consent": 1,
        "Held out to measure": 1,
    }
    assert reporter.totals("delivery", "kept_out_by", "deliveries", "state = 'Not written to'") == {
        "The person's wish": 1,
        "Measuring": 1,
    }
    assert reporter.totals("delivery", "channel", "deliveries", "day = '2026-03-02'") == {"E-mail": 7, "SMS": 1}


def test_unknown_messages_are_told_by_age_with_a_0_for_each_other_age_and_by_the_last_provider(
    reporter: Reporter,
) -> None:
    ages = reporter.rows(
        "SELECT channel, age, sum(deliveries)::integer AS n FROM report.unknown_delivery "
        "WHERE tenant_id = %(tenant)s GROUP BY 1, 2"
    )
    assert {(row["channel"], row["age"][0]): row["n"] for row in ages} == {
        ("E-mail", "1"): 0, ("E-mail", "2"): 1, ("E-mail", "3"): 0, ("E-mail", "4"): 0,
        ("SMS", "1"): 0, ("SMS", "2"): 0, ("SMS", "3"): 0, ("SMS", "4"): 1,
    }  # fmt: skip
    assert reporter.totals("unknown_delivery", "provider", "deliveries") == {"sendgrid": 1, "twilio": 1}
    assert reporter.totals("unknown_delivery", "provider", "past_deadline") == {"sendgrid": 0, "twilio": 1}


def test_what_settled_unknown_messages_is_told_and_what_did_not_says_0(reporter: Reporter) -> None:
    assert reporter.totals("unknown_end", "how", "deliveries") == {
        "The provider told later": 1,
        "Found in the provider's log": 0,
        "Nothing within 72 hours": 1,
        "Still waited for": 1,
    }


def test_outcomes_count_each_message_once_a_kind_and_machines_apart(reporter: Reporter) -> None:
    kinds = (
        "sent", "unknown", "rejected", "delivered", "bounced", "bounced_for_good", "bounced_for_now",
        "blocked", "complained",
        "opened_by_people", "opened_by_machines_only", "clicked", "unsubscribed",
    )  # fmt: skip
    found = {kind: reporter.totals("campaign_outcome", "campaign", kind)["Spring sale"] for kind in kinds}
    assert found == {
        "sent": 4, "unknown": 2, "rejected": 1, "delivered": 2, "bounced": 2, "bounced_for_good": 1,
        "bounced_for_now": 1,
        "blocked": 1, "complained": 1, "opened_by_people": 1, "opened_by_machines_only": 1, "clicked": 1,
        "unsubscribed": 1,
    }  # fmt: skip
    assert reporter.totals("campaign_outcome", "mailbox", "sent", "channel = 'E-mail'") == {"Google": 2, "Others": 1}


@pytest.mark.parametrize(
    ("domain", "keeper"),
    [
        ("gmail.com", "Google"),
        ("hotmail.co.uk", "Microsoft"),
        ("outlook.com", "Microsoft"),
        ("yahoo.com.vn", "Yahoo"),
        ("icloud.com", "Apple"),
        ("outlook.anna-smith.com", "Others"),
        ("notgmail.com", "Others"),
        (None, "No mailbox"),
    ],
)
def test_a_domain_is_told_by_its_keeper_only(reporter: Reporter, domain: str | None, keeper: str) -> None:
    assert reporter.value("report.mailbox_of(%(domain)s)", domain=domain) == keeper


def test_orders_are_told_with_what_was_kept_of_them_and_why_they_count(reporter: Reporter) -> None:
    rows = reporter.rows(
        "SELECT campaign, sent_by, channel, told_by, currency, sum(orders)::integer AS orders, sum(revenue) AS revenue "
        "FROM report.campaign_conversion WHERE tenant_id = %(tenant)s GROUP BY 1, 2, 3, 4, 5"
    )
    found = {(row["campaign"], row["sent_by"], row["channel"], row["told_by"]): row for row in rows}
    assert {key: (row["orders"], row["revenue"]) for key, row in found.items()} == {
        ("Spring sale", "Here", "E-mail", "After a click"): (2, 15.5),
        ("Spring sale", "Here", "E-mail", "After a message"): (0, 0),
        ("Spring sale", "Here", "SMS", "After a click"): (0, 0),
        ("Spring sale", "Here", "SMS", "After a message"): (1, 0.25),
        ("Mega sale", "The shop itself", "Not known", "Named by the shop"): (2, 1000),
    }
    assert {row["currency"] for row in rows} == {"EUR"}
    assert reporter.totals("campaign_conversion", "told_by", "orders", "day = '2026-03-02' AND orders > 0") == {
        "After a click": 2,
        "After a message": 1,
        "Named by the shop": 2,
    }


def test_cost_is_told_where_a_price_is_known_and_elsewhere_that_none_is(reporter: Reporter) -> None:
    rows = reporter.rows(
        """
        SELECT channel, price, sum(messages)::integer AS messages, sum(unpriced_messages)::integer AS unpriced,
               sum(cost) AS cost, sum(uncertain_messages)::integer AS uncertain,
               sum(uncertain_cost) AS uncertain_cost, min(tenant_currency) AS series
        FROM report.campaign_cost WHERE tenant_id = %(tenant)s GROUP BY 1, 2 ORDER BY 1
        """
    )
    assert [tuple(row.values()) for row in rows] == [
        ("E-mail", "No price set", 3, 3, 0, 1, 0, "A test's own (EUR)"),
        ("SMS", "Price known", 1, 0, 0.82, 1, 0.82, "A test's own (EUR)"),
    ]


@pytest.mark.parametrize(
    ("rules", "policy", "rule", "price"),
    [
        ({}, {}, "consent", "No price set"),
        ({"costs": [{"channel": "email", "minor": 0}]}, {}, "consent", "Price known"),
        ({"costs": [{"channel": "sms", "minor": 5}]}, {}, "consent", "No price set"),
        ({}, {"cost_minor": {"email": 0}}, "consent", "Price known"),
        ({"routes": [{"rule": "free", "price_minor": 0}]}, {}, "free", "Price known"),
        ({"routes": [{"rule": "free", "price_minor": None}]}, {}, "free", "No price set"),
    ],
)
def test_a_message_is_free_only_where_somebody_said_so(
    owner: Connection, tenant: Tenant, reporter: Reporter, rules: Row, policy: Row, rule: str, price: str
) -> None:
    with owner.transaction(force_rollback=True):
        its = tenant.tenant_id
        owner.execute(
            "INSERT INTO activation.tenant_policy (tenant_id, version, rules, set_by) VALUES (%s, 2, %s, 'linh')",
            [its, json.dumps(rules)],
        )
        add_campaign(owner, its, "free", "For nothing")
        owner.execute(
            "INSERT INTO activation.campaign_version (tenant_id, campaign_id, version, hash, definition, submitted_by) "
            "VALUES (%s, 'free', 1, 'h', %s, 'linh')",
            [its, json.dumps({"policy": policy})],
        )
        run = add_run(owner, its, "free", "free", EVENING)
        owner.execute(
            "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, state, cost_minor, "
            "policy_version, rule) VALUES (%s, %s, 'a', 'email', 'accepted', 0, 2, %s)",
            [its, run, rule],
        )
        found = owner.execute(
            "SELECT price FROM report.campaign_cost WHERE tenant_id = %s AND campaign_id = 'free'", [its]
        ).fetchall()
    assert found == [(price,)]


def test_runs_and_campaigns_say_how_they_stand_and_no_words_of_staff_hold_contact_data(reporter: Reporter) -> None:
    (run,) = reporter.rows(
        "SELECT matched, to_send, sent, unknown, refused, waiting, stop_reason FROM report.campaign_run "
        "WHERE tenant_id = %(tenant)s AND day = '2026-03-02'"
    )
    assert tuple(run.values()) == (10, 8, 4, 2, 1, 1, "too many bounced, ask […]")
    campaigns = reporter.rows(
        "SELECT campaign, state, channels, holdout_share, caps, runs, newest_run, interventions, newest_intervention "
        "FROM report.campaign WHERE tenant_id = %(tenant)s ORDER BY campaign"
    )
    assert [tuple(row.values()) for row in campaigns] == [
        (
            "Autumn sale",
            "Paused",
            "E-mail, SMS",
            0.1,
            "2 in 30 days, all channels",
            0,
            "Not yet",
            2,
            "Resume: call […]",
        ),
        ("Spring sale", "Finished", "E-mail, SMS", 0, "Only the tenant's", 2, "2026-03-02 01:30", 0, "None"),
    ]


def test_every_act_on_campaigns_is_told_also_where_nobody_did_it(reporter: Reporter) -> None:
    assert reporter.totals("intervention", "act", "acts") == {
        "Paused": 1,
        "Went on": 1,
        "Stopped": 0,
        "Cancelled": 0,
        "All sending stopped": 1,
    }


def test_limits_are_the_tenants_and_those_of_campaigns_that_go_on(reporter: Reporter) -> None:
    rows = reporter.rows(
        "SELECT holds_for, channel, messages, days, because FROM report.message_limit "
        "WHERE tenant_id = %(tenant)s ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("All campaigns", "SMS", 3, 1, "Decree 91"),
        ("Autumn sale", "All together", 2, 30, "The campaign's own"),
    ]


def test_a_tenant_that_set_nothing_is_told_the_limits_that_the_program_keeps(
    warehouse: Warehouse, reporter: Reporter
) -> None:
    other = tenant_without_graph(warehouse)
    rows = reporter.rows(
        "SELECT channel, messages, days, because FROM report.message_limit WHERE tenant_id = %(other)s",
        other=other.tenant_id,
    )
    assert [(row["channel"], row["messages"], row["days"], row["because"].lower()) for row in rows] == [
        ("All together", cap.count, cap.days, str(cap.reason)) for cap in DEFAULT_POLICY.caps if cap.channel == "any"
    ]
    assert len(DEFAULT_POLICY.caps) == 1


def test_every_step_state_and_reason_has_words_of_its_own_in_the_order_of_the_steps(reporter: Reporter) -> None:
    steps = [str(reporter.value("report.audience_step(%(step)s)", step=step)) for step, _ in WATERFALL]
    assert steps == sorted(steps)
    assert [step[:2] for step in steps] == [f"{number:02}" for number in range(1, len(steps) + 1)]
    for (_, reason), step in zip(WATERFALL, steps, strict=True):
        if reason is not None:
            assert step[3:] == reporter.value("report.why_not(%(reason)s)", reason=reason.value)
    reasons = {reporter.value("report.why_not(%(reason)s)", reason=reason.value) for reason in SkipReason}
    assert len(reasons) == len(SkipReason)
    states = {str(reporter.value("report.delivery_state(%(state)s)", state=state.value)) for state in DeliveryState}
    assert states == {
        "Sent", "Refused by the provider", "Unknown", "Not written to", "Cancelled", "Waiting for approval",
        "Waiting to be sent",
    }  # fmt: skip


def add_comparison(
    owner: Connection, tenant_id: str, campaign_id: str, month: int, people: int, buyers: int, other_buyers: int
) -> None:
    """A campaign of January, February, …: so many people got it and as many were held out; the first of each bought."""
    add_campaign(owner, tenant_id, campaign_id, campaign_id)
    began = f"2025-{month:02}-05 09:00+00"
    run = add_run(owner, tenant_id, campaign_id, campaign_id, began)
    values = {"tenant": tenant_id, "run": run, "began": began, "campaign": campaign_id}
    for group, number, bought in (("got", people, buyers), ("out", people, other_buyers)):
        told = {**values, "group": group, "number": number, "bought": bought}
        owner.execute(
            "INSERT INTO core.customer (tenant_id, customer_id) "
            "SELECT %(tenant)s, %(campaign)s || %(group)s || n FROM generate_series(1, %(number)s) AS n",
            told,
        )
        owner.execute(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, source_rev) "
            "SELECT %(tenant)s, customer_id, customer_id, '1' FROM core.customer WHERE tenant_id = %(tenant)s "
            "AND starts_with(customer_id, %(campaign)s || %(group)s)",
            told,
        )
        owner.execute(
            """
            INSERT INTO activation.delivery (
                tenant_id, campaign_run_id, customer_id, profile_id, channel, state, skip_reason, attempts)
            SELECT %(tenant)s, %(run)s, customer_id, customer_id, 'email',
                   CASE %(group)s WHEN 'got' THEN 'accepted' ELSE 'skipped' END,
                   CASE %(group)s WHEN 'out' THEN 'holdout' END,
                   CASE %(group)s WHEN 'got' THEN 1 ELSE 0 END
            FROM core.customer
            WHERE tenant_id = %(tenant)s AND starts_with(customer_id, %(campaign)s || %(group)s)
            """,
            told,
        )
        owner.execute(
            """
            INSERT INTO core.event (
                tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id,
                quantity, price_minor, value_minor, currency, order_id, source_rev)
            SELECT %(tenant)s, id, id, id, 'purchase', 'purchase', %(began)s::timestamptz + interval '1 day', 'socks',
                   1, 1000, 1000, 'EUR', 'o' || id, '1'
            FROM generate_series(1, %(bought)s) AS n, LATERAL (SELECT %(campaign)s || %(group)s || n AS id) AS one
            """,
            told,
        )
    owner.execute(
        "INSERT INTO activation.attempt (tenant_id, delivery_id, fence, started_at, worker) "
        "SELECT tenant_id, delivery_id, 1, %(began)s, 'w' FROM activation.delivery "
        "WHERE tenant_id = %(tenant)s AND campaign_run_id = %(run)s AND attempts = 1",
        values,
    )


def test_nothing_is_concluded_too_early_of_too_few_or_from_an_interval_that_holds_0(
    warehouse: Warehouse, owner: Connection, reporter: Reporter
) -> None:
    its = tenant_without_graph(warehouse).tenant_id
    with warehouse.connect(DatabaseRole.LOADER, its) as loader:
        loader.execute("SELECT core.ensure_event_partitions('2025-01-01', '2026-01-01')")
    with owner.transaction():
        owner.execute("SELECT set_config('leo.tenant_id', %s, true)", [its])
        for campaign_id, month, people, buyers, other_buyers in (
            ("more", 1, FEWEST_PEOPLE, 20, 2),
            ("chance", 2, FEWEST_PEOPLE, 4, 3),
            ("fewer", 3, FEWEST_PEOPLE, 2, 20),
            ("few", 4, FEWEST_PEOPLE - 1, 20, 2),
            ("early", 6, FEWEST_PEOPLE, 20, 2),
        ):
            add_comparison(owner, its, campaign_id, month, people, buyers, other_buyers)
        add_campaign(owner, its, "nobody", "nobody")
        add_run(owner, its, "nobody", "nobody", "2025-01-05 09:00+00")
        add_campaign(owner, its, "never", "never")
        # Seven days after the fifth of June are not over.
        owner.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, started_at) "
            "VALUES (%s, 'sync', 'projected', '2025-06-12 08:59+00')",
            [its],
        )
    rows = reporter.rows(
        """
        SELECT campaign, compared_with, verdict, people, bought, other_people, revenue, lift, lift_low, lift_high,
               orders_until
        FROM report.campaign_lift WHERE tenant_id = %(its)s
        """,
        its=its,
    )
    assert {row["campaign"]: row["verdict"] for row in rows} == {
        "more": "More bought",
        "chance": "Can be chance",
        "fewer": "Fewer bought",
        "few": "Too few people",
        "early": "Too early",
        "nobody": "Cannot be told: nobody was kept out",
    }
    told = {row["campaign"]: row for row in rows}
    assert (told["more"]["people"], told["more"]["other_people"], told["more"]["compared_with"]) == (30, 30, "Holdout")
    assert (told["more"]["revenue"], told["more"]["orders_until"]) == (200.0, "2025-01-12 09:00")
    assert (told["more"]["bought"], told["more"]["lift"]) == (pytest.approx(20 / 30), pytest.approx(18 / 30))
    assert 0 < told["more"]["lift_low"] < told["more"]["lift"] < told["more"]["lift_high"]
    assert told["chance"]["lift_low"] < 0 < told["chance"]["lift_high"]
    assert (told["nobody"]["people"], told["nobody"]["bought"], told["nobody"]["lift_low"]) == (0, None, None)


def test_money_is_never_kept_in_minor_units(reporter: Reporter) -> None:
    total = reporter.value("(SELECT sum(revenue) FROM report.campaign_conversion WHERE tenant_id = %(tenant)s)")
    assert Decimal(str(total)) == Decimal("1015.75")
