"""What was done before is found again by meaning, embedded once, and forgotten when it is gone."""

import pytest
from psycopg.types.json import Jsonb

from leo_activation.embedding import EmbeddingSettings, Encoder, load_encoder
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.meaning import PhraseNotUnderstood
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.recall import (
    LEAST_DUPLICATE,
    MemoryCounts,
    MemoryKind,
    recall,
    recall_like,
    remember,
    similar_requests,
)
from leo_activation.segments.requests import RequestState, read_request, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import open_shop

HIKERS = "Create a segment named 'Weekend hikers': customers like 'weekend hikers who love camping gear'"
SOCKS_60 = "Customers who bought red socks in the last 60 days"
SOCKS_30 = "Customers who bought red socks in the last 30 days"
POLES = "Customers from Poland"


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def ask(
    warehouse: Warehouse, tenant_id: str, text: str, encoder: Encoder, *, by: str = "marketer", of: int | None = None
) -> int:
    """A request that was drafted."""
    request_id = submit_request(warehouse, tenant_id, text, by, revises_request_id=of)
    drafted = draft_request(warehouse, tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[GrammarPlanner()])
    assert drafted.state is RequestState.DRAFTED
    return request_id


def approve(warehouse: Warehouse, tenant_id: str, request_id: int) -> None:
    shown = review(warehouse, tenant_id, request_id)
    state = record_decision(
        warehouse, tenant_id, request_id, decision=Decision.APPROVE, decided_by="approver", decided_at=NOW,
        hash=shown.hash,
    )  # fmt: skip
    assert state is RequestState.APPROVED


def add_campaign(warehouse: Warehouse, tenant_id: str, segment_id: str, request_id: int) -> None:
    """A campaign that was run once, after a test of it: two messages accepted, one person skipped, our own copies."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            "INSERT INTO activation.campaign (tenant_id, campaign_id, name, segment_id, channels, message, "
            "message_class, request_id, requested_by, state) VALUES (%s, 'tents', 'Autumn tents', %s, '{email}', "
            "'Write to secret@example.com', 'marketing', %s, 'marketer', 'finished')",
            [tenant_id, segment_id, request_id],
        )
        [(run_id,)] = connection.execute(
            "INSERT INTO activation.run (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, "
            "state, finished_at) VALUES (%s, 'tents', 'r1', %s, 1, 'h', 'finished', %s) RETURNING campaign_run_id",
            [tenant_id, NOW, NOW],
        )
        [(test_id,)] = connection.execute(
            "INSERT INTO activation.run (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, "
            "state, finished_at, kind) VALUES (%s, 'tents', 't1', %s, 1, 'h', 'finished', %s, 'test') "
            "RETURNING campaign_run_id",
            [tenant_id, NOW, NOW],
        )
        for run, customer, state, reason, kind in (
            (run_id, "ann", "accepted", None, "customer"),
            (run_id, "bob", "accepted", None, "customer"),
            (run_id, "cy", "skipped", "capped", "customer"),
            (run_id, "seed/1", "accepted", None, "seed"),
            (test_id, "reviewer/petr", "accepted", None, "reviewer"),
        ):
            connection.execute(
                "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, channel, address, state, "
                "skip_reason, recipient_kind) VALUES (%s, %s, %s, 'email', %s, %s, %s, %s)",
                [tenant_id, run, customer, f"{customer}@example.com", state, reason, kind],
            )


def bodies(warehouse: Warehouse, tenant_id: str) -> dict[tuple[str, str], str]:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute("SELECT kind, reference, title || ' ' || body FROM segment.memory")
        return {(str(kind), str(reference)): str(text) for kind, reference, text in rows}


def test_only_what_is_new_or_changed_is_embedded(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, SOCKS_60, shop)
    assert remember(warehouse, tenant_id, shop) == MemoryCounts(remembered=3, forgotten=0)
    shop.asked.clear()
    assert remember(warehouse, tenant_id, shop) == MemoryCounts(remembered=0, forgotten=0)
    assert shop.asked == []
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.request SET explanation = 'It finds 3 customers.'")
    assert remember(warehouse, tenant_id, shop) == MemoryCounts(remembered=1, forgotten=0)
    assert "It finds 3 customers." in bodies(warehouse, tenant_id)["explanation", str(request)]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.request SET language = 'vi'")
    assert remember(warehouse, tenant_id, shop) == MemoryCounts(remembered=0, forgotten=1)


def test_a_request_is_found_once_by_its_plan_or_its_explanation(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, SOCKS_60, shop)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.request SET explanation = 'Red socks for winter mountains.'")
    remember(warehouse, tenant_id, shop)
    for words in ("red socks", "winter mountains"):
        [found] = recall(warehouse, tenant_id, words, encoder=shop, limit=1)
        assert (found.kind, found.reference) == (MemoryKind.REQUEST, str(request))
    assert found.text == "Red socks for winter mountains."


def test_what_happens_next_is_told_and_not_remembered(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, SOCKS_60, shop)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        told = read_request(connection, tenant_id, request).explanation
    assert told is not None
    assert "reviews it next" in told
    remember(warehouse, tenant_id, shop)
    kept = bodies(warehouse, tenant_id)["explanation", str(request)]
    assert "This is how your request was read" in kept
    assert "review" not in kept


def test_another_model_embeds_all_anew_and_is_waited_for(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    tenant_id = tenant.tenant_id
    ask(warehouse, tenant_id, SOCKS_60, shop)
    remember(warehouse, tenant_id, shop)
    other = FakeEncoder(model="another")
    with pytest.raises(Transient, match="waits for its vectors"):
        recall(warehouse, tenant_id, "red socks", encoder=other)
    assert remember(warehouse, tenant_id, other) == MemoryCounts(remembered=3, forgotten=0)
    assert recall(warehouse, tenant_id, "red socks", encoder=other)


def test_a_segment_is_remembered_while_it_is_active(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, HIKERS, shop)
    approve(warehouse, tenant_id, request)
    remember(warehouse, tenant_id, shop)
    kinds = (MemoryKind.SEGMENT,)
    [found] = recall(warehouse, tenant_id, "hikers", encoder=shop, kinds=kinds)
    assert (found.kind, found.reference, found.title) == (MemoryKind.SEGMENT, "weekend_hikers", "Weekend hikers")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET state = 'retired'")
    assert remember(warehouse, tenant_id, shop) == MemoryCounts(remembered=0, forgotten=1)
    assert recall(warehouse, tenant_id, "hikers", encoder=shop, kinds=kinds) == ()


def test_a_campaign_is_remembered_by_its_numbers_and_not_by_its_words(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, HIKERS, shop)
    approve(warehouse, tenant_id, request)
    add_campaign(warehouse, tenant_id, "weekend_hikers", request)
    remember(warehouse, tenant_id, shop)
    [found] = recall(warehouse, tenant_id, "tents for hikers", encoder=shop, kinds=(MemoryKind.CAMPAIGN,))
    assert found.reference == "tents"
    assert "to the segment “Weekend hikers”" in found.text
    assert "planned for 3 customers, 2 messages accepted, 1 skipped" in found.text
    assert "Autumn tents" in bodies(warehouse, tenant_id)["segment", "weekend_hikers"]
    assert not any("@" in text or "secret" in text for text in bodies(warehouse, tenant_id).values())


def test_contact_data_in_a_name_is_not_remembered(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    tenant_id = tenant.tenant_id
    ask(warehouse, tenant_id, POLES, shop)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET name = 'Poles for anna@example.com or +84 912 345 678'")
        connection.execute("UPDATE segment.request SET explanation = 'Ask anna@example.com.'")
    remember(warehouse, tenant_id, shop)
    kept = " ".join(bodies(warehouse, tenant_id).values())
    assert "Poles for […]" in kept
    assert "anna" not in kept
    assert "912" not in kept


def test_nothing_near_is_nothing_found(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    ask(warehouse, tenant.tenant_id, SOCKS_60, shop)
    assert recall(warehouse, tenant.tenant_id, "quantum", encoder=shop) == ()
    remember(warehouse, tenant.tenant_id, shop)
    assert recall(warehouse, tenant.tenant_id, "quantum", encoder=shop) == ()


def test_words_in_a_language_that_the_model_does_not_know_are_read_as_a_request(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    tenant_id = tenant.tenant_id
    request = ask(warehouse, tenant_id, SOCKS_60, shop)
    remember(warehouse, tenant_id, shop)
    words = "Khách hàng đã mua tất đỏ trong 60 ngày qua"
    found = recall(warehouse, tenant_id, words, encoder=shop, kinds=(MemoryKind.REQUEST,))
    assert [one.reference for one in found] == [str(request)]


@pytest.mark.parametrize(
    ("words", "question"),
    [("người thích leo núi cuối tuần hoài", "Xin viết"), ("Wanderer und Zelte", "How would you say")],
)
def test_words_that_neither_model_nor_grammar_reads_are_asked_back(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder, words: str, question: str
) -> None:
    with pytest.raises(PhraseNotUnderstood, match=question):
        recall(warehouse, tenant.tenant_id, words, encoder=shop)


@pytest.mark.parametrize(("words", "limit"), [(" ", 5), ("x" * 1001, 5), ("socks", 0), ("socks", 21)])
def test_a_search_without_words_or_bounds_is_refused(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder, words: str, limit: int
) -> None:
    with pytest.raises(Permanent):
        recall(warehouse, tenant.tenant_id, words, encoder=shop, limit=limit)


def test_another_tenant_is_not_searched(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    ask(warehouse, tenant.tenant_id, SOCKS_60, shop)
    remember(warehouse, tenant.tenant_id, shop)
    other = Tenant(tenant_id=f"{tenant.tenant_id}b", name="Another", currency="EUR", interest_model="event_weight")
    register_tenant(warehouse, other)
    assert recall(warehouse, other.tenant_id, "red socks", encoder=shop) == ()


def test_the_same_plan_is_a_duplicate_whoever_asks_and_however_it_is_said(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    tenant_id = tenant.tenant_id
    first = ask(warehouse, tenant_id, SOCKS_60, shop, by="mai")
    ask(warehouse, tenant_id, "Customers in Austria aged over 70", shop)
    second = ask(
        warehouse, tenant_id, "Please find the customers who purchased red socks within the last 60 days", shop
    )
    [found] = similar_requests(warehouse, tenant_id, second, encoder=shop)
    assert (found.request_id, found.requested_by, found.state) == (first, "mai", RequestState.DRAFTED)
    assert found.is_same
    assert found.similarity == pytest.approx(1)


def test_at_most_three_duplicates_are_told_the_newest_first(
    warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder
) -> None:
    asked = [ask(warehouse, tenant.tenant_id, SOCKS_60, shop) for _ in range(5)]
    found = similar_requests(warehouse, tenant.tenant_id, asked[-1], encoder=shop)
    assert [one.request_id for one in found] == asked[3:0:-1]


def test_a_requests_own_revisions_are_no_duplicates(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    tenant_id = tenant.tenant_id
    first = ask(warehouse, tenant_id, SOCKS_60, shop)
    second = submit_request(warehouse, tenant_id, SOCKS_60, "marketer", revises_request_id=first)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        # The definition that a revision ends in, whoever planned it.
        connection.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, request_id, name, plan, sentence, cypher, "
            "parameters, schema_version, hash) SELECT tenant_id, segment_id, 2, %s, name, plan, sentence, cypher, "
            "parameters, schema_version, hash FROM segment.definition WHERE request_id = %s",
            [second, first],
        )
    assert similar_requests(warehouse, tenant_id, second, encoder=shop) == ()
    assert similar_requests(warehouse, tenant_id, first, encoder=shop) == ()


def test_a_request_without_a_plan_is_like_no_other(warehouse: Warehouse, tenant: Tenant, shop: FakeEncoder) -> None:
    ask(warehouse, tenant.tenant_id, SOCKS_60, shop)
    lost = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    assert similar_requests(warehouse, tenant.tenant_id, lost, encoder=shop) == ()


class TestWithTheBundledModel:
    """Nearness that is argued with in `docs/concepts/recall.md`."""

    @pytest.fixture(scope="class")
    def encoder(self) -> Encoder:
        return load_encoder(EmbeddingSettings())

    @pytest.fixture(scope="class")
    def tenant_id(self, warehouse: Warehouse, encoder: Encoder) -> str:
        """Three segments, of which one has a campaign, and a request that nobody approved."""
        shop = Tenant(tenant_id="recalls", name="A shop", currency="EUR", interest_model="event_weight")
        register_tenant(warehouse, shop)
        open_shop(warehouse, shop)
        plans = {
            "weekend_hikers": ("Weekend hikers", {"kind": "profile_phrase", "phrase": "weekend hikers, camping gear"}),
            "red_socks": ("Red socks", _bought("socks", "red", 60)),
            "poles": ("From Poland", {"kind": "attribute", "property": "country", "operator": "eq", "values": ["PL"]}),
            "": ("Red socks again", _bought("socks", "red", 30)),
            " ": ("Blue hats", _bought("hat", "blue", 60)),
        }
        for segment_id, (name, where) in plans.items():
            request_id = submit_request(warehouse, shop.tenant_id, name, "marketer")
            with warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
                connection.execute(
                    "INSERT INTO segment.definition (tenant_id, segment_id, version, request_id, name, plan, sentence, "
                    "cypher, parameters, schema_version, hash, state) VALUES "
                    "(%s, %s, 1, %s, %s, %s, '', '', '{}', '1', 'h', %s)",
                    [shop.tenant_id, segment_id.strip() or f"draft_{request_id}", request_id, name,
                     Jsonb({"where": where}), "active" if segment_id.strip() else "draft"],
                )  # fmt: skip
            if segment_id == "weekend_hikers":
                add_campaign(warehouse, shop.tenant_id, segment_id, request_id)
        remember(warehouse, shop.tenant_id, encoder)
        return shop.tenant_id

    @pytest.mark.parametrize(
        ("words", "segments"),
        [
            ("weekend hikers", ["weekend_hikers"]),
            ("people who go trekking and camping", ["weekend_hikers"]),
            ("socks", ["red_socks"]),
            ("footwear in red", ["red_socks"]),
            ("Polish customers", ["poles"]),
            ("wine lovers", []),
            ("football", []),
            ("quantum physics", []),
        ],
    )
    def test_words_find_the_segment_that_a_person_would_name(
        self, warehouse: Warehouse, tenant_id: str, encoder: Encoder, words: str, segments: list[str]
    ) -> None:
        found = recall(warehouse, tenant_id, words, encoder=encoder, kinds=(MemoryKind.SEGMENT,))
        assert [one.reference for one in found] == segments

    def test_what_was_done_for_them_is_found_with_its_campaign(
        self, warehouse: Warehouse, tenant_id: str, encoder: Encoder
    ) -> None:
        found = recall(warehouse, tenant_id, "weekend hikers", encoder=encoder)
        assert {one.kind for one in found} == {MemoryKind.SEGMENT, MemoryKind.REQUEST, MemoryKind.CAMPAIGN}
        assert all("hikers" in one.text for one in found)

    def test_a_segment_is_not_like_itself(self, warehouse: Warehouse, tenant_id: str, encoder: Encoder) -> None:
        kinds = (MemoryKind.SEGMENT, MemoryKind.REQUEST)
        found = recall_like(warehouse, tenant_id, "red_socks", encoder=encoder, kinds=kinds)
        assert {one.title for one in found[:2]} == {"Red socks", "Red socks again"}
        assert all(one.kind is MemoryKind.REQUEST for one in found)

    def test_another_window_is_nearly_the_same_and_other_goods_are_not(
        self, warehouse: Warehouse, tenant_id: str, encoder: Encoder
    ) -> None:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            rows = connection.execute("SELECT name, request_id FROM segment.definition").fetchall()
        by_title: dict[str, int] = dict(rows)
        [found] = similar_requests(warehouse, tenant_id, by_title["Red socks"], encoder=encoder)
        assert found.title == "Red socks again"
        assert not found.is_same
        assert found.similarity >= LEAST_DUPLICATE
        assert similar_requests(warehouse, tenant_id, by_title["Blue hats"], encoder=encoder) == ()


def _bought(product: str, color: str, days: int) -> dict[str, object]:
    return {
        "kind": "behaviour",
        "event": "purchase",
        "product": {"names": [product], "colors": [color]},
        "window": {"kind": "last", "amount": days, "unit": "day"},
    }
