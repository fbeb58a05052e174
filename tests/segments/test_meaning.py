"""Phrases mean the topics and customers that are clearly nearest, on the tenant's own scale, or they are asked back."""

import pytest

from leo_activation.errors import Permanent, Transient
from leo_activation.segments.meaning import (
    READINGS,
    InterestReading,
    PhraseNotUnderstood,
    ProfileReading,
    knows_language,
    read_phrases,
    refine,
    topics_of,
)
from leo_activation.segments.plan import And, InterestPhrase, Not, ProfilePhrase, SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.segments.shop import HIKERS, open_shop


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def read(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, plan: SegmentPlan
) -> tuple[InterestReading | ProfileReading, ...]:
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        return read_phrases(connection, tenant.tenant_id, plan, encoder)


def interest(phrase: str, threshold: float | None = None) -> SegmentPlan:
    return SegmentPlan(where=InterestPhrase(phrase=phrase, threshold=threshold))


def test_a_phrase_means_the_nearest_topics_and_the_near_misses_are_kept(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    [reading] = read(warehouse, tenant, encoder, interest("premium lifestyle"))
    assert isinstance(reading, InterestReading)
    assert [match.topic_id for match in reading.chosen] == ["tag:likes luxury items"]
    assert len(reading.missed) == 3
    assert reading.chosen[0].similarity >= reading.threshold > reading.missed[0].similarity


def test_a_phrase_that_is_near_nothing_is_asked_back_with_the_nearest_topics(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    with pytest.raises(PhraseNotUnderstood) as caught:
        read(warehouse, tenant, encoder, interest("quantum physics"))
    assert caught.value.phrase == "quantum physics"
    assert len(caught.value.readings) == 3


def test_a_threshold_of_the_request_is_taken_as_it_is(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    [reading] = read(warehouse, tenant, encoder, interest("quantum physics", threshold=0.0))
    assert isinstance(reading, InterestReading)
    assert reading.threshold == 0.0
    assert len(reading.chosen) > 3


def test_topics_without_a_vector_make_a_phrase_wait(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM profile.topic_embedding WHERE topic = 'red'")
    with pytest.raises(Transient, match="Topics of"):
        read(warehouse, tenant, encoder, interest("premium lifestyle"))


def test_a_phrase_that_stands_twice_is_read_once(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    phrase = InterestPhrase(phrase="premium lifestyle")
    plan = SegmentPlan(where=And(conditions=(phrase, Not(condition=phrase), HIKERS)))
    readings = read(warehouse, tenant, encoder, plan)
    assert [reading.kind for reading in readings] == ["interest_phrase", "profile_phrase"]
    assert topics_of(readings) == {"premium lifestyle": ("tag:likes luxury items",)}


def test_readings_survive_the_way_through_json(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    plan = SegmentPlan(where=And(conditions=(InterestPhrase(phrase="premium lifestyle"), HIKERS)))
    readings = read(warehouse, tenant, encoder, plan)
    assert READINGS.validate_json(READINGS.dump_json(readings)) == readings


def test_a_profile_phrase_keeps_the_gate_and_its_order(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    [reading] = read(warehouse, tenant, encoder, SegmentPlan(where=ProfilePhrase(phrase="red socks", threshold=0.2)))
    assert isinstance(reading, ProfileReading)
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        everybody = refine(connection, tenant.tenant_id, ["dee", "cy", "bob", "ann", "eve"], reading, encoder)
        gated = refine(connection, tenant.tenant_id, ["eve", "bob"], reading, encoder)
    assert everybody.customer_ids == ["dee", "cy", "bob", "ann"]
    assert gated.customer_ids == ["bob"]
    assert [(call.customer_id, call.kept) for call in gated.close_calls] == [("bob", True), ("eve", False)]


def test_who_has_no_text_is_described_by_no_phrase(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    [reading] = read(warehouse, tenant, encoder, SegmentPlan(where=ProfilePhrase(phrase="red", threshold=0.0)))
    assert isinstance(reading, ProfileReading)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM profile.text WHERE customer_id = 'ann'")
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        assert "ann" not in refine(connection, tenant.tenant_id, ["ann", "bob"], reading, encoder).customer_ids


@pytest.mark.parametrize(
    ("phrase", "described"), [("red socks", {"ann", "bob", "cy", "dee"}), ("camping gear", {"eve"})]
)
def test_a_profile_phrase_finds_a_trait_that_most_people_have_as_well_as_a_rare_one(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, phrase: str, described: set[str]
) -> None:
    [reading] = read(warehouse, tenant, encoder, SegmentPlan(where=ProfilePhrase(phrase=phrase)))
    assert isinstance(reading, ProfileReading)
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        kept = refine(connection, tenant.tenant_id, ["ann", "bob", "cy", "dee", "eve"], reading, encoder).customer_ids
    assert set(kept) == described


def test_a_reading_is_only_judged_by_its_own_model(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    [reading] = read(warehouse, tenant, encoder, SegmentPlan(where=HIKERS))
    assert isinstance(reading, ProfileReading)
    with (
        warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection,
        pytest.raises(Permanent, match="draft the request again"),
    ):
        refine(connection, tenant.tenant_id, ["ann"], reading, FakeEncoder(precision="bf16"))


@pytest.mark.parametrize(
    ("phrase", "known"),
    [
        ("weekend hikers who love camping gear", True),
        ("café culture", True),
        ("baseball cap collectors from VA who pour wine", True),
        ("people who don’t like “fast” fashion – ever", True),
        ("thời trang cao cấp", False),
        ("thoi trang cao cap", False),
        ("áo khoác đỏ", False),
        ("giay chay bo", False),
        ("do an", False),
        ("mu bao hiem", False),
        ("cha ban ron", False),
        ("nguoi me tre thích nau an", False),
        ("hip hop and pop songs", True),
        ("San Francisco gangs", True),
        ("eco friendly home decor", True),
        ("Luxus und Mode", False),
        ("für Genießer", False),
        ("les articles de luxe", False),
        ("роскошь", False),
        ("高級志向", False),
    ],
)
def test_an_english_model_never_judges_another_language(phrase: str, known: bool) -> None:
    assert knows_language(FakeEncoder(), phrase) is known
    assert knows_language(FakeEncoder(languages=None), phrase)


def test_a_phrase_in_another_language_is_asked_back(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    for plan in (interest("thời trang cao cấp"), SegmentPlan(where=ProfilePhrase(phrase="người thích đi bộ"))):
        with pytest.raises(PhraseNotUnderstood, match="knows only English"):
            read(warehouse, tenant, encoder, plan)
