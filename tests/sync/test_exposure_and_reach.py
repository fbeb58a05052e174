"""Who can be reached, touched by which campaign, brought by whom, and did what: each follows its rows, edge by edge."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

import psycopg
import pytest
from psycopg import sql

from leo_activation import sync
from leo_activation.activation import CampaignRun
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.states import EventKind
from leo_activation.settings import DatabaseRole
from leo_activation.sync import identity_decisions as decisions
from leo_activation.sync.projected import LABELS
from leo_activation.sync.runs import step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import create_graph, label_table, use_graph
from leo_activation.warehouse.graph_schema import EDGES, EXPOSURE_EDGES, SCORES, VERTICES
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import AS_OF, CAMPAIGN, SEGMENT, FakeChannel, Shop
from tests.sync.conftest import Sync
from tests.sync.live_documents import minutes_ago
from tests.sync.people import BYSTANDER, People
from tests.sync.stored import versions
from tests.sync.test_project import empty_graph, graph_rows, merged_run, project

LAN, MAI = "a1@example.com", "b2@example.com"
METRICS = ("page-view", "email-sent", "email-open", "email-click", "purchase")

Edge = tuple[str, str, dict[str, object]]


class Town(People):
    """People who do things; every run is followed, and a comparison after it finds nothing to mend."""

    def did(self, key: str, who: str, metric: str, **fields: object) -> None:
        event = {"_key": key, "metricName": metric, "refProfileId": who, "createdAt": minutes_ago(5)}
        self.source.put("cdp_trackingevent", {**event, **fields})

    def buys(self, key: str, who: str, value: int, metric: str = "purchase") -> None:
        """An order of one line, just now, or its return."""
        lines = [{"itemId": "SKU1", "salePrice": value}]
        self.did(key, who, metric, createdAt=minutes_ago(0), transactionId=f"ORD-{who}", orderedItems=lines)

    def follow(self, mode: str = "incremental") -> sync.GraphCounts:
        """Sync, and prove that following the run left nothing to a comparison of the whole."""
        graph = self.sync(mode).graph
        assert graph.way == ("followed" if mode == "incremental" else "compared")
        self.assert_in_line()
        return graph

    def assert_in_line(self) -> None:
        assert project(self.warehouse, self.tenant, compare=True).changed == 0

    def edges(self, label: str) -> list[Edge]:
        """The customer, the other end's key and the properties of each edge, less its time."""
        edge = EDGES[label]
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            use_graph(connection)
            query = sql.SQL(
                "SELECT start.properties::text, finish.properties::text, edge.properties::text FROM {edges} AS edge "
                "JOIN {starts} AS start ON start.id = edge.start_id JOIN {ends} AS finish ON finish.id = edge.end_id"
            ).format(
                edges=label_table(self.tenant.graph_name, label),
                starts=label_table(self.tenant.graph_name, edge.start),
                ends=label_table(self.tenant.graph_name, edge.end),
            )
            found = [tuple(json.loads(text) for text in row) for row in connection.execute(query)]
        return sorted(
            (
                (
                    start[VERTICES[edge.start].key],
                    end[VERTICES[edge.end].key],
                    {name: value for name, value in properties.items() if name != "at"},
                )
                for start, end, properties in found
                if start[VERTICES[edge.start].key] != BYSTANDER
            ),
            key=str,
        )

    def vertices(self, label: str) -> list[dict[str, object]]:
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            use_graph(connection)
            query = sql.SQL("SELECT properties::text FROM {}").format(label_table(self.tenant.graph_name, label))
            found = [json.loads(str(text)) for (text,) in connection.execute(query)]
        return sorted(found, key=str)

    def names(self, label: str) -> list[object]:
        return [vertex[VERTICES[label].key] for vertex in self.vertices(label)]


@pytest.fixture
def town(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> Town:
    """Two customers with e-mail addresses, of whom the first agreed to e-mail; the graph is built."""
    town = Town(warehouse, leo_tenant, run_sync)
    for metric in METRICS:
        town.source.put("cdp_eventmetric", {"_key": metric, "eventName": metric, "score": 1})
    town.put("a1", primaryEmail=LAN, receiveEmail=1)
    town.put("b2", primaryEmail=MAI)
    town.sync()
    return town


@pytest.fixture
def shop(warehouse: Warehouse, town: Town, pseudonym_key: bytes) -> Iterator[Shop]:
    """A segment of both of them, to send to."""
    tenant_id = town.tenant.tenant_id
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.autocommit = True
        for customer in ("a1", "b2"):
            connection.execute(
                "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) VALUES (%s, %s, %s, %s)",
                [tenant_id, SEGMENT, customer, AS_OF],
            )
        yield Shop(warehouse, tenant_id, pseudonym_key, connection)


def join(town: Town) -> None:
    """The source learns that both are one person."""
    town.put("a1", primaryEmail=LAN, receiveEmail=1, loyaltyIDs=["L-1"])
    town.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"])
    town.follow()
    assert town.customers() == {"a1": ["a1", "b2"]}


def take_apart(town: Town) -> None:
    tenant_id = town.tenant.tenant_id
    merge = decisions.list_merges(town.warehouse, tenant_id)[0]
    decisions.undo_merge(town.warehouse, tenant_id, merge.merge_id, asked_by="linh")
    town.follow()
    assert town.customers() == {"a1": ["a1"], "b2": ["b2"]}


def test_a_customer_has_its_birthday_its_value_its_scores_and_its_place_in_samples(town: Town) -> None:
    scores = {
        "total_lead_score": "totalLeadScore", "total_prospect_score": "totalProspectScore",
        "total_engagement_score": "totalEngagementScore", "total_loyalty_score": "totalLoyaltyScore",
        "rfm_score": "rfmScore", "churn_score": "churnScore", "total_csat": "totalCSAT", "total_nps": "totalNPS",
    }  # fmt: skip
    values = {name: place + 0.5 for place, name in enumerate(SCORES)}
    documented = {scores[SCORES[name]]: value for name, value in values.items()}
    town.put("c3", dateOfBirth="1990-12-05", totalCLV=1_250_000, **documented)
    town.follow()
    [found] = [vertex for vertex in town.vertices("Customer") if vertex["customer_id"] == "c3"]
    assert (found["birthday"], found["birth_month"], found["lifetime_value"]) == (1205, 12, 1_250_000)
    assert {name: found[name] for name in SCORES} == values
    shuffled = {vertex["customer_id"]: vertex["shuffle"] for vertex in town.vertices("Customer")}
    assert len(set(shuffled.values())) == len(shuffled)
    assert all(isinstance(place, int) and 0 <= place < 2**31 for place in shuffled.values())
    town.put("c3", firstName="Chi")
    town.follow()
    [found] = [vertex for vertex in town.vertices("Customer") if vertex["customer_id"] == "c3"]
    assert not {"birthday", "lifetime_value", *SCORES} & set(found)
    assert found["shuffle"] == shuffled["c3"]


def test_what_is_about_no_product_is_an_edge_to_its_type(town: Town) -> None:
    town.did("e2", "a1", "page-view")
    town.did("e3", "b2", "page-view")
    town.did("e4", "b2", "email-open")
    town.follow()
    assert town.edges("DID") == [
        ("a1", "page_view", {"event_id": "e2"}), ("b2", "email_open", {"event_id": "e4"}),
        ("b2", "page_view", {"event_id": "e3"}),
    ]  # fmt: skip
    assert town.names("EventType") == ["email_open", "page_view"]
    town.source.delete("cdp_trackingevent", "e4")
    town.follow("comparison")
    assert town.names("EventType") == ["page_view"]
    join(town)
    assert {start for start, _, _ in town.edges("DID")} == {"a1"}
    take_apart(town)
    assert [(start, event["event_id"]) for start, _, event in town.edges("DID")] == [("a1", "e2"), ("b2", "e3")]
    town.put("b2", primaryEmail=MAI, status=0)
    town.follow()
    assert [start for start, _, _ in town.edges("DID")] == ["a1"]


def test_every_purchase_names_its_order(town: Town) -> None:
    bought = {"refItemId": "SKU1", "orderedItems": [{"itemId": "SKU1", "salePrice": 10}, {"itemId": "SKU1"}]}
    town.did("e2", "a1", "purchase", transactionId="ORD-1", **bought)
    town.did("e3", "a1", "purchase", **bought)
    town.follow()
    orders = [str(properties["order_id"]) for _, _, properties in town.edges("PURCHASED")]
    told = town.rows("SELECT order_ref FROM core.order_item ORDER BY 1")
    assert sorted(orders) == [str(order) for (order,) in told]
    assert len(set(orders)) == 2
    assert orders.count("ORD-1") == 2


def test_who_can_be_reached_is_told_by_channel(town: Town) -> None:
    assert town.edges("REACHABLE_BY") == [
        ("a1", "email", {"address": True, "consent": True}), ("b2", "email", {"address": True, "consent": False})
    ]  # fmt: skip
    assert town.names("Channel") == ["email"]
    town.put("b2", primaryPhone="0912345670", receiveSMS=1)
    town.follow()
    assert town.edges("REACHABLE_BY") == [
        ("a1", "email", {"address": True, "consent": True}), ("b2", "sms", {"address": True, "consent": True})
    ]  # fmt: skip
    join(town)
    # One refusal among a customer's records would refuse for the person; here nothing is said against e-mail.
    assert {(start, end) for start, end, _ in town.edges("REACHABLE_BY")} == {("a1", "email")}
    take_apart(town)
    town.put("a1", primaryEmail=LAN, receiveEmail=1, status=0)
    town.follow()
    assert {start for start, _, _ in town.edges("REACHABLE_BY")} == {"b2"}


def test_where_nothing_is_recorded_the_tenants_own_basis_stands_for_consent(town: Town, shop: Shop) -> None:
    shop.alter_tenant("consent_basis = 'contract'")
    town.follow()
    assert town.edges("REACHABLE_BY") == [
        ("a1", "email", {"address": True, "consent": True}), ("b2", "email", {"address": True, "consent": True})
    ]  # fmt: skip


SENDING = """
SELECT speaker.customer_id, used.channel, EXISTS (
        SELECT FROM core.profile AS own
        JOIN core.channel_address AS address USING (tenant_id, profile_id)
        WHERE own.tenant_id = speaker.tenant_id AND own.customer_id = speaker.customer_id AND own.deleted_at IS NULL
          AND address.channel = used.channel AND address.state = 'active' AND NOT EXISTS (
              SELECT FROM activation.suppression_of(
                  speaker.tenant_id, address.channel, address.address_hash, 'marketing'))
    ) AS has_address,
    consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL) AS has_consent
FROM core.profile AS speaker
JOIN ops.tenant AS tenant USING (tenant_id)
CROSS JOIN (VALUES ('email'), ('sms')) AS used (channel)
CROSS JOIN activation.consent_of(speaker.tenant_id, speaker.customer_id, used.channel, 'marketing') AS consent
WHERE speaker.is_primary AND speaker.deleted_at IS NULL
"""
KEPT = "SELECT customer_id, channel, has_address, has_consent FROM core.reachability"


@pytest.mark.parametrize("basis", ["NULL", "'contract'"])
def test_reach_is_what_the_guard_of_each_send_says(town: Town, shop: Shop, basis: str) -> None:
    shop.alter_tenant(f"consent_basis = {basis}")
    states = ("granted", "denied", "unknown", None)
    people = [
        (f"c{10 + number}", *said) for number, said in enumerate(product(states, states, (False, True), (False, True)))
    ]
    for key, _, _, _, has_phone in people:
        phone = {"primaryPhone": f"09123456{key[1:]}"} if has_phone else {}
        town.put(key, primaryEmail=f"{key}@example.com", **phone)
    town.sync()
    for key, on_email, on_any, suppressed, _ in people:
        for channel, state in (("email", on_email), ("any", on_any)):
            # The latest of two statements holds.
            for day, said in enumerate((None if state is None else "granted", state), start=1):
                if said is not None:
                    town.execute(
                        "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, "
                        "evidence, source, since) VALUES (%s, %s, %s, 'marketing', %s, 'consent', 'form', 'test', %s)",
                        town.tenant.tenant_id, key, channel, said, datetime(2026, 1, day, tzinfo=UTC),
                    )  # fmt: skip
        if suppressed:
            shop.suppress(f"{key}@example.com")
    assert sync.refresh_reachability(town.warehouse, town.tenant.tenant_id) > 0
    sending = {row for row in town.rows(SENDING) if row[2] or row[3]}
    assert set(town.rows(KEPT)) == sending
    assert {(row[2], row[3]) for row in sending} == {(True, True), (True, False), (False, True)}
    told = {(start, end, each["address"], each["consent"]) for start, end, each in town.edges("REACHABLE_BY")}
    assert told == {row for row in sending if row[0] != BYSTANDER}
    town.assert_in_line()


def test_an_opt_out_between_two_syncs_is_told_without_one(town: Town, shop: Shop) -> None:
    tenant_id = town.tenant.tenant_id
    assert sync.refresh_reachability(town.warehouse, tenant_id) == 0
    shop.suppress(LAN)
    assert sync.refresh_reachability(town.warehouse, tenant_id) == 1
    assert ("a1", "email", {"address": False, "consent": True}) in town.edges("REACHABLE_BY")
    before = versions(town.warehouse, town.tenant)
    assert sync.refresh_reachability(town.warehouse, tenant_id) == 0
    assert versions(town.warehouse, town.tenant) == before
    town.follow()


def test_reach_is_left_to_the_sync_that_is_at_work_and_to_the_first_one(
    town: Town, shop: Shop, warehouse: Warehouse, tenant: Tenant
) -> None:
    shop.suppress(LAN)
    run = merged_run(warehouse, town.tenant, compare=False)
    with step_of(warehouse, town.tenant.tenant_id, run):
        assert sync.refresh_reachability(warehouse, town.tenant.tenant_id) == 0
    assert project(warehouse, town.tenant, compare=False).changed == 1
    # The other tenant has no graph yet: what stood in it would be taken for one that was built.
    assert sync.refresh_reachability(warehouse, tenant.tenant_id) == 0


def test_a_channel_that_reaches_nobody_any_more_is_none(town: Town) -> None:
    town.put("c3", primaryPhone="0912345670")
    town.follow()
    assert town.names("Channel") == ["email", "sms"]
    town.source.delete("cdp_profile", "c3")
    town.follow("comparison")
    assert town.names("Channel") == ["email"]


def test_messages_that_a_provider_accepted_were_received(town: Town, shop: Shop) -> None:
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'b2'", town.tenant.tenant_id)
    run = shop.approved_run()
    town.follow()
    assert (town.names("Campaign"), town.edges("RECEIVED")) == ([CAMPAIGN], [])
    assert town.rows("SELECT campaign_id, name FROM core.campaign") == [(CAMPAIGN, "Warm feet")]
    shop.dispatch(run, FakeChannel())
    assert town.follow().changed == 1
    assert town.edges("RECEIVED") == [("a1", CAMPAIGN, {"channel": "email"})]
    assert town.rows(
        "SELECT touch.occurred_at = delivery.state_changed_at FROM core.campaign_touch AS touch "
        "JOIN activation.delivery USING (tenant_id, delivery_id)"
    ) == [(True,)]


def test_a_message_stays_with_the_person_through_a_merge_and_its_undoing(town: Town, shop: Shop) -> None:
    town.put("b2", primaryEmail=MAI, receiveEmail=1)
    town.follow()
    shop.dispatch(shop.approved_run(), FakeChannel())
    town.follow()
    both = [("a1", CAMPAIGN, {"channel": "email"}), ("b2", CAMPAIGN, {"channel": "email"})]
    assert town.edges("RECEIVED") == both
    join(town)
    # Both were sent to one person, who got the two: the ledger keeps the second in the absorbed customer's name.
    assert town.edges("RECEIVED") == [both[0], both[0]]
    take_apart(town)
    assert town.edges("RECEIVED") == both
    town.source.delete("cdp_profile", "b2")
    town.follow("comparison")
    assert town.edges("RECEIVED") == both[:1]


def test_events_that_name_a_campaign_tell_what_became_of_it(town: Town) -> None:
    town.did("e2", "a1", "email-sent", refCampaignId="spring")
    town.did("e3", "a1", "email-open", refCampaignId="spring")
    town.did("e4", "a1", "email-click", refCampaignId="spring")
    lines = [{"itemId": "SKU1", "salePrice": 10}, {"itemId": "SKU1", "salePrice": 20}]
    town.did("e5", "b2", "purchase", refCampaignId="autumn", transactionId="ORD-1", orderedItems=lines)
    town.did("e6", "b2", "page-view", refCampaignId="winter")
    town.did("e7", "b2", "email-open")
    town.follow()
    assert town.names("Campaign") == ["autumn", "spring", "winter"]
    by_mail = ("a1", "spring", {"channel": "email"})
    assert [town.edges(label) for label in ("RECEIVED", "OPENED", "CLICKED")] == [[by_mail]] * 3
    # An order of two lines is one, and the source does not say by which channel its buyer came.
    assert town.edges("CONVERTED") == [("b2", "autumn", {})]
    assert town.rows(
        "SELECT bool_and(touch.occurred_at = event.occurred_at) FROM core.campaign_touch AS touch "
        "JOIN core.event ON source_ref = 'event:' || event.graph_key"
    ) == [(True,)]
    join(town)
    assert town.edges("CONVERTED") == [("a1", "autumn", {})]
    take_apart(town)
    assert town.edges("CONVERTED") == [("b2", "autumn", {})]
    town.source.change("cdp_trackingevent", "e4", refCampaignId="winter")
    town.source.delete("cdp_trackingevent", "e5")
    town.follow("comparison")
    assert (town.edges("CONVERTED"), town.names("Campaign")) == ([], ["spring", "winter"])
    assert town.edges("CLICKED") == [("a1", "winter", {"channel": "email"})]


def test_a_campaign_of_the_source_has_the_name_that_it_has_there(town: Town) -> None:
    def named() -> list[tuple[object, ...]]:
        return town.rows("SELECT campaign_id, name FROM core.campaign ORDER BY 1")

    town.source.put("cdp_campaign", {"_key": "spring", "name": " Spring sale "})
    town.source.put("cdp_campaign", {"_key": "draft", "name": "Nobody has heard of it"})
    for number, campaign in enumerate(("spring", "winter")):
        town.did(f"e{number + 2}", "a1", "email-open", refCampaignId=campaign)
    town.follow()
    assert named() == [("spring", "Spring sale"), ("winter", "winter")]
    town.source.change("cdp_campaign", "spring", name="Spring")
    assert town.sync().merged.campaigns == 1
    town.assert_in_line()
    assert named() == [("spring", "Spring"), ("winter", "winter")]
    town.source.delete("cdp_campaign", "spring")
    town.source.put("cdp_campaign", {"_key": "winter", "name": "x" * 501})
    town.follow("comparison")
    assert named() == [("spring", "spring"), ("winter", "winter")]
    assert town.rows("SELECT collection, rule FROM ops.quarantine") == [("cdp_campaign", "over_long_text")]


def test_who_brought_whom_is_one_edge_a_pair_of_people(town: Town) -> None:
    for key in ("c3", "d4"):
        town.put(key)
    town.relate("a1", "b2", 3)
    town.relate("c3", "b2", 3)
    town.relate("c3", "d4", 2)
    town.relate("c3", "z9", 3)
    town.follow()
    assert town.edges("REFERRED") == [("a1", "b2", {}), ("c3", "b2", {})]
    town.put("a1", primaryEmail=LAN, receiveEmail=1, loyaltyIDs=["L-1"])
    town.put("c3", loyaltyIDs=["L-1"])
    town.follow()
    assert town.edges("REFERRED") == [("a1", "b2", {})]
    town.put("b2", primaryEmail=MAI, loyaltyIDs=["L-1"])
    town.follow()
    assert town.edges("REFERRED") == []
    town.put("b2", primaryEmail=MAI)
    town.put("z9")
    town.follow()
    assert town.edges("REFERRED") == [("a1", "b2", {}), ("a1", "z9", {})]
    town.put("b2", primaryEmail=MAI, status=0)
    town.source.delete("cdp_profile2profile", "c3-z9-3")
    town.follow("comparison")
    assert town.edges("REFERRED") == []


def fill(town: Town, shop: Shop) -> None:
    """Something of every label."""
    shop.dispatch(shop.approved_run(), FakeChannel())
    town.relate("a1", "b2", 3)
    for number, metric in enumerate(METRICS):
        town.did(f"e{number + 2}", "a1", metric, refCampaignId="spring", refItemId="SKU1")
    town.follow()


NEW_LABELS = (
    "EventType", "Channel", "Campaign", "DID", "REACHABLE_BY", "REFERRED", *EXPOSURE_EDGES.values()
)  # fmt: skip


def test_building_anew_ends_in_what_was_followed_and_writes_nothing_where_nothing_is_new(
    town: Town, shop: Shop
) -> None:
    fill(town, shop)
    before = graph_rows(town.warehouse, town.tenant)
    assert all(before[label] for label in NEW_LABELS)
    stood = versions(town.warehouse, town.tenant)
    assert project(town.warehouse, town.tenant, compare=False).changed == 0
    assert versions(town.warehouse, town.tenant) == stood
    empty_graph(town.warehouse, town.tenant)
    assert project(town.warehouse, town.tenant, compare=False).way == "built"
    assert graph_rows(town.warehouse, town.tenant) == before


def test_a_filled_graph_of_the_schema_before_is_given_the_labels_that_it_lacks(town: Town, shop: Shop) -> None:
    fill(town, shop)
    before = graph_rows(town.warehouse, town.tenant)
    customers = town.vertices("Customer")
    graph = town.tenant.graph_name
    with town.warehouse.connect(DatabaseRole.OWNER) as connection:
        use_graph(connection)
        connection.execute("SELECT drop_graph(%s, true)", [graph])
        connection.execute("SELECT create_graph(%s)", [graph])
        for label in {*VERTICES, *EDGES} - set(NEW_LABELS):
            create = "create_vlabel" if label in VERTICES else "create_elabel"
            connection.execute(sql.SQL("SELECT {}(%s, %s)").format(sql.Identifier(create)), [graph, label])
        connection.execute(
            sql.SQL(
                "INSERT INTO {} SELECT _graphid(_label_id(%s, 'Customer')::integer, graph_key), "
                "agtype_build_map('customer_id', customer_id) FROM core.customer WHERE tenant_id = %s"
            ).format(label_table(graph, "Customer")),
            [graph, town.tenant.tenant_id],
        )
        for table in ("reachability", "campaign_touch", "campaign", "referral"):
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(sql.Identifier("core", table)),
                [town.tenant.tenant_id],
            )
        connection.execute("UPDATE ops.sync_run SET counts = jsonb_set(counts, '{graph,schema}', '\"before\"')")
    with town.warehouse.connect(DatabaseRole.OWNER) as connection:
        create_graph(connection, graph)
    assert project(town.warehouse, town.tenant, compare=False).way == "compared"
    now = graph_rows(town.warehouse, town.tenant)
    assert {label: len(rows) for label, rows in now.items()} == {label: len(rows) for label, rows in before.items()}
    assert town.vertices("Customer") == customers
    town.did("e9", "b2", "page-view")
    assert town.follow().changed == 1


def test_the_reader_reads_the_new_labels_and_none_of_their_tables(town: Town) -> None:
    with town.warehouse.connect(DatabaseRole.READER, town.tenant.tenant_id) as connection:
        for label in LABELS:
            connection.execute(
                sql.SQL("SELECT FROM {} LIMIT 1").format(label_table(town.tenant.graph_name, label.label))
            )
        for table in ("reachability", "campaign_touch", "campaign", "referral"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier("core", table)))
            connection.rollback()


STARTED = datetime.now(UTC)


def told(
    shop: Shop, run: CampaignRun, who: str, kind: EventKind, days_ago: float, copy: int = 1, *, by_program: bool = False
) -> None:
    event = ProviderEvent(
        provider_event_id=f"{kind}-{who}-{days_ago}-{copy}",
        delivery_id=shop.delivery_id(run, who),
        kind=kind,
        occurred_at=STARTED - timedelta(days=days_ago),
        machine_flag=by_program,
    )
    record_events(shop.warehouse, shop.tenant_id, "fake", [event])


ORDERS = (
    "SELECT customer_id, told_by, value_minor, channel FROM core.campaign_touch WHERE exposure = 'converted' ORDER BY 1"
)


def test_what_people_do_with_messages_and_what_they_buy_then_follows_and_is_what_a_look_at_all_finds(
    town: Town, shop: Shop
) -> None:
    """After each step the whole is compared: `follow` and `assert_in_line` find nothing left to change."""
    tenant_id = town.tenant.tenant_id
    town.source.put("cdp_eventmetric", {"_key": "return", "eventName": "return", "score": -1})
    town.put("b2", primaryEmail=MAI, receiveEmail=1)
    town.follow()
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    for who, days in (("a1", 3), ("b2", 8)):
        shop.execute(
            "UPDATE activation.attempt SET started_at = now() - make_interval(days => %s) WHERE delivery_id = %s",
            days,
            shop.delivery_id(run, who),
        )
    town.follow()

    told(shop, run, "a1", EventKind.OPENED, 2)
    told(shop, run, "a1", EventKind.OPENED, 2, copy=2)
    told(shop, run, "a1", EventKind.CLICKED, 1)
    told(shop, run, "b2", EventKind.OPENED, 2.5, by_program=True)
    told(shop, run, "b2", EventKind.DELIVERED, 2.5)
    assert sync.refresh_exposure(town.warehouse, tenant_id) == 2
    by_mail = ("a1", CAMPAIGN, {"channel": "email"})
    assert (town.edges("OPENED"), town.edges("CLICKED")) == ([by_mail], [by_mail])
    # By which the refresh of segments finds whom to ask again.
    touched = "SELECT DISTINCT label FROM ops.graph_touch WHERE label IN ('OPENED', 'CLICKED') ORDER BY 1"
    assert town.rows(touched) == [("CLICKED",), ("OPENED",)]
    town.assert_in_line()
    before = versions(town.warehouse, town.tenant)
    assert sync.refresh_exposure(town.warehouse, tenant_id) == 0
    assert versions(town.warehouse, town.tenant) == before

    # b2's message is older than seven days.
    town.buys("e2", "a1", 10)
    town.buys("e3", "b2", 20)
    town.follow()
    assert town.rows(ORDERS) == [("a1", "click", 10, "email")]
    assert town.edges("CONVERTED") == [by_mail]
    told(shop, run, "b2", EventKind.CLICKED, 6.5)
    assert sync.refresh_exposure(town.warehouse, tenant_id) == 2
    town.assert_in_line()
    assert town.rows(ORDERS) == [("a1", "click", 10, "email"), ("b2", "click", 20, "email")]
    stored = town.rows(
        "SELECT delivery.customer_id, conversions, conversion_value_minor, converted_at > clicked_at "
        "FROM activation.outcome JOIN activation.delivery USING (tenant_id, delivery_id) ORDER BY 1"
    )
    assert stored == [("a1", 1, 10, True), ("b2", 1, 20, True)]

    join(town)
    assert {who for who, *_ in town.rows(ORDERS)} == {"a1"}
    take_apart(town)
    assert [who for who, *_ in town.rows(ORDERS)] == ["a1", "b2"]

    town.buys("e4", "b2", 20, "return")
    town.source.change("cdp_trackingevent", "e2", refCampaignId="autumn")
    town.follow()
    assert town.rows(ORDERS) == [("a1", "source", 10, None)]
    town.source.delete("cdp_trackingevent", "e2")
    town.follow("comparison")
    assert town.edges("CONVERTED") == []


def test_without_a_click_an_order_is_put_down_to_the_message_that_left_last(town: Town, shop: Shop) -> None:
    shop.execute("DELETE FROM segment.membership WHERE tenant_id = %s AND customer_id = 'b2'", town.tenant.tenant_id)
    first = shop.approved_run()
    shop.dispatch(first, FakeChannel())
    shop.campaign(campaign_id="later")
    second = shop.plan(name="run-2", campaign_id="later")
    shop.approve(second)
    shop.dispatch(second, FakeChannel())
    for run, days in ((first, 2), (second, 1)):
        shop.execute(
            "UPDATE activation.attempt SET started_at = now() - make_interval(days => %s) WHERE delivery_id = %s",
            days,
            shop.delivery_id(run, "a1"),
        )
    town.buys("e2", "a1", 10)
    town.follow()

    assert town.edges("CONVERTED") == [("a1", "later", {"channel": "email"})]
    assert [row[1] for row in town.rows(ORDERS)] == ["message"]
    told(shop, first, "a1", EventKind.CLICKED, 1.5)
    sync.refresh_exposure(town.warehouse, town.tenant.tenant_id)
    assert town.edges("CONVERTED") == [("a1", CAMPAIGN, {"channel": "email"})]
    town.assert_in_line()
