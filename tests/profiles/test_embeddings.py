"""Each distinct text and topic is embedded once for a model and precision, and forgotten with its last owner."""

from datetime import timedelta

import numpy as np
from pgvector.psycopg import register_vector

from leo_activation.profiles.embeddings import EmbeddingCounts, embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products, state_consent


def prepare(warehouse: Warehouse, tenant: Tenant) -> None:
    """Three customers, two of them alike, and one product whose name is also its category."""
    add_people(warehouse, tenant.tenant_id, [Person("a", "PL"), Person("b", "PL"), Person("c", "AT")])
    add_products(warehouse, tenant.tenant_id, [Product("p1", "socks", "socks")])
    add_events(warehouse, tenant.tenant_id, [Event("c", "view", "p1", NOW - timedelta(days=1), "red")])
    compute(warehouse, tenant)


def compute(warehouse: Warehouse, tenant: Tenant) -> None:
    compute_interests(warehouse, tenant.tenant_id, NOW)
    write_texts(warehouse, tenant.tenant_id, NOW)


def test_equal_texts_and_equal_names_are_embedded_once(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    encoder = FakeEncoder()
    assert embed_due(warehouse, tenant.tenant_id, encoder) == EmbeddingCounts(texts=2, topics=3, removed=0)
    assert sorted(encoder.asked) == [
        "Customer from AT. Primary interests: socks. Preferred colors: red.",
        "Customer from PL. No specific behavioral interests calculated.",
        "red",
        "socks",
    ]


def test_a_second_run_embeds_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    again = FakeEncoder()
    assert embed_due(warehouse, tenant.tenant_id, again) == EmbeddingCounts(texts=0, topics=0, removed=0)
    assert again.asked == []


def test_the_vector_stored_is_the_vector_made(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        register_vector(connection)
        rows = connection.execute(
            "SELECT body, vector FROM profile.text JOIN profile.embedding USING (tenant_id, input_hash)"
        ).fetchall()
        topics = connection.execute("SELECT topic, vector FROM profile.topic_embedding").fetchall()
    assert len(rows) == 3
    assert len(topics) == 3
    for text, vector in [*rows, *topics]:
        np.testing.assert_array_equal(vector.to_numpy(), FakeEncoder().encode([text])[0])


def test_another_precision_is_embedded_beside_and_never_mixed(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    assert embed_due(warehouse, tenant.tenant_id, FakeEncoder(precision="bf16")).texts == 2
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        counts = connection.execute("SELECT precision, count(*) FROM profile.embedding GROUP BY 1").fetchall()
    assert dict(counts) == {"fp32": 2, "bf16": 2}


def test_the_vector_of_a_text_goes_with_the_last_customer_who_has_it(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    state_consent(warehouse, tenant.tenant_id, "a", "profiling", "denied")
    compute(warehouse, tenant)
    assert embed_due(warehouse, tenant.tenant_id, FakeEncoder()).removed == 0
    state_consent(warehouse, tenant.tenant_id, "b", "profiling", "denied")
    compute(warehouse, tenant)
    assert embed_due(warehouse, tenant.tenant_id, FakeEncoder()) == EmbeddingCounts(texts=0, topics=0, removed=1)


def test_a_run_that_stopped_half_way_goes_on(warehouse: Warehouse, tenant: Tenant) -> None:
    prepare(warehouse, tenant)
    embed_due(warehouse, tenant.tenant_id, FakeEncoder())
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM profile.embedding WHERE ctid = (SELECT min(ctid) FROM profile.embedding)")
    assert embed_due(warehouse, tenant.tenant_id, FakeEncoder()).texts == 1
