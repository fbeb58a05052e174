"""Many people at once in a test's shop: a row a person would take longer than the proof."""

from tests.activation.shop import AS_OF, SEGMENT, Shop


def add_crowd(shop: Shop, people: int, *, without_consent: int = 0) -> None:
    """`people` members of the segment, from c000001 on, each with an e-mail address; the last few did not agree."""
    values = {
        "tenant": shop.tenant_id,
        "people": people,
        "agreed": people - without_consent,
        "key": shop.key,
        "segment": SEGMENT,
        "as_of": AS_OF,
    }
    name = "'c' || lpad(n::text, 6, '0')"
    each = "FROM generate_series(1, %(people)s) AS n"
    for query in (
        f"INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant)s, {name} {each}",
        "INSERT INTO core.profile (tenant_id, profile_id, customer_id, first_name, source_rev) "
        f"SELECT %(tenant)s, 'p-' || {name}, {name}, 'Lan', '1' {each}",
        "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
        "SELECT %(tenant)s, 'p-' || name, 'email', name || '@example.com', "
        f"core.address_hash('email', name || '@example.com', %(key)s) FROM (SELECT {name} AS name {each}) AS named",
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        f"SELECT %(tenant)s, 'p-' || {name}, 'email', 'marketing', 'granted', 'consent', 'form', 'test', %(as_of)s "
        "FROM generate_series(1, %(agreed)s) AS n",
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
        f"SELECT %(tenant)s, %(segment)s, {name}, %(as_of)s {each}",
    ):
        shop.connection.execute(query.encode(), values)


def address_of(customer_id: str) -> str:
    """The one address of a person of the crowd."""
    return f"{customer_id}@example.com"
