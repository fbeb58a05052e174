"""The bundled model on the audience-discovery data: the numbers that `docs/decisions/meaning.md` argues with."""

from pathlib import Path

import pytest

from leo_activation.embedding import EmbeddingSettings, Encoder, load_encoder
from leo_activation.profiles.embeddings import EmbeddingCounts, embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.segments.meaning import InterestReading, PhraseNotUnderstood, ProfileReading, read_phrases, refine
from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.profiles.discovery import load_audience_discovery
from tests.profiles.people import NOW

DISCOVERY = Tenant(
    tenant_id="meaning_discovery",
    name="Audience discovery",
    currency="EUR",
    interest_model="event_weight",
    luxury_threshold_minor=80_000,
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(EmbeddingSettings())


@pytest.fixture(scope="module")
def tenant_id(warehouse: Warehouse, audience_discovery: Path, encoder: Encoder) -> str:
    """The real customers with their interests, texts and vectors."""
    register_tenant(warehouse, DISCOVERY)
    load_audience_discovery(warehouse, DISCOVERY.tenant_id, audience_discovery)
    compute_interests(warehouse, DISCOVERY.tenant_id, NOW)
    write_texts(warehouse, DISCOVERY.tenant_id, NOW)
    assert embed_due(warehouse, DISCOVERY.tenant_id, encoder) == EmbeddingCounts(texts=500, topics=10, removed=0)
    assert embed_due(warehouse, DISCOVERY.tenant_id, encoder) == EmbeddingCounts(texts=0, topics=0, removed=0)
    return DISCOVERY.tenant_id


@pytest.mark.parametrize(
    ("phrase", "topics"),
    [
        ("luxury", {"tag:likes luxury items"}),
        ("high-end lifestyle", {"tag:likes luxury items"}),
        ("premium products", {"tag:likes luxury items"}),
        ("expensive things", {"tag:likes luxury items"}),
        ("footwear", {"product:shoes"}),
    ],
)
def test_an_interest_phrase_means_the_topic_that_a_person_would_name(
    warehouse: Warehouse, tenant_id: str, encoder: Encoder, phrase: str, topics: set[str]
) -> None:
    with warehouse.connect(DatabaseRole.READER, tenant_id) as connection:
        [reading] = read_phrases(connection, tenant_id, SegmentPlan(where=InterestPhrase(phrase=phrase)), encoder)
    assert isinstance(reading, InterestReading)
    assert {match.topic_id for match in reading.chosen} == topics


@pytest.mark.parametrize("phrase", ["wine", "football", "quantum physics", "thời trang cao cấp"])
def test_a_phrase_about_nothing_here_is_asked_back(
    warehouse: Warehouse, tenant_id: str, encoder: Encoder, phrase: str
) -> None:
    with (
        warehouse.connect(DatabaseRole.READER, tenant_id) as connection,
        pytest.raises(PhraseNotUnderstood),
    ):
        read_phrases(connection, tenant_id, SegmentPlan(where=InterestPhrase(phrase=phrase)), encoder)


def described(warehouse: Warehouse, tenant_id: str, encoder: Encoder, phrase: str) -> tuple[set[str], dict[str, str]]:
    """The customers that a phrase describes, and everybody's text."""
    with warehouse.connect(DatabaseRole.READER, tenant_id) as connection:
        texts = dict(connection.execute("SELECT customer_id, body FROM profile.text").fetchall())
        [reading] = read_phrases(connection, tenant_id, SegmentPlan(where=ProfilePhrase(phrase=phrase)), encoder)
        assert isinstance(reading, ProfileReading)
        return set(refine(connection, tenant_id, sorted(texts), reading, encoder).customer_ids), texts


def test_a_profile_phrase_finds_those_whom_it_describes(warehouse: Warehouse, tenant_id: str, encoder: Encoder) -> None:
    found, texts = described(warehouse, tenant_id, encoder, "likes luxury items")
    luxurious = {customer_id for customer_id, text in texts.items() if "luxury" in text}
    assert found <= luxurious
    assert len(found) > 0.75 * len(luxurious)


def test_a_profile_phrase_about_nobody_finds_nobody(warehouse: Warehouse, tenant_id: str, encoder: Encoder) -> None:
    found, _ = described(warehouse, tenant_id, encoder, "weekend hikers who love camping gear")
    assert found == set()
