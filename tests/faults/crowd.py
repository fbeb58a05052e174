"""Many people at once in a test's shop: a row a person would take longer than the proof."""

from dataclasses import dataclass

from tests.activation.shop import AS_OF, SEGMENT, Shop


@dataclass(frozen=True)
class Crowd:
    """`people` members of the segment, from c000001 on, each with an e-mail address.

    The last `without_consent` of them did not agree. The first `sharing` each share their address with the person who
    stands `sharing` places behind them. The `not_allowed` who come after those are not on the allow-list.
    """

    people: int
    without_consent: int = 0
    sharing: int = 0
    not_allowed: int = 0

    def names(self) -> list[str]:
        """Everybody's customer id."""
        return [f"c{number:06}" for number in range(1, self.people + 1)]

    def allowed(self) -> list[str]:
        """The addresses that may be written to."""
        names = self.names()
        kept = names[: 2 * self.sharing] + names[2 * self.sharing + self.not_allowed :]
        return sorted({self.address_of(name) for name in kept})

    def address_of(self, customer_id: str) -> str:
        """A person's one address."""
        number = int(customer_id[1:])
        return address_of(f"c{number - self.sharing:06}" if self.sharing < number <= 2 * self.sharing else customer_id)


def add_crowd(shop: Shop, crowd: Crowd) -> None:
    """Put the people into the shop, and allow whom it allows."""
    values = {
        "tenant": shop.tenant_id,
        "people": crowd.people,
        "agreed": crowd.people - crowd.without_consent,
        "names": crowd.names(),
        "addresses": [crowd.address_of(name) for name in crowd.names()],
        "key": shop.key,
        "segment": SEGMENT,
        "as_of": AS_OF,
    }
    each = "FROM unnest(%(names)s::text[], %(addresses)s::text[]) WITH ORDINALITY AS person (name, address, n)"
    for query in (
        f"INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant)s, name {each}",
        "INSERT INTO core.profile (tenant_id, profile_id, customer_id, first_name, source_rev) "
        f"SELECT %(tenant)s, 'p-' || name, name, 'Lan', '1' {each}",
        "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
        f"SELECT %(tenant)s, 'p-' || name, 'email', address, core.address_hash('email', address, %(key)s) {each}",
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        f"SELECT %(tenant)s, 'p-' || name, 'email', 'marketing', 'granted', 'consent', 'form', 'test', %(as_of)s "
        f"{each} WHERE n <= %(agreed)s",
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
        f"SELECT %(tenant)s, %(segment)s, name, %(as_of)s {each}",
    ):
        shop.connection.execute(query.encode(), values)
    shop.allow(*crowd.allowed())


def address_of(customer_id: str) -> str:
    """The address of a person of a crowd who shares it with nobody before them."""
    return f"{customer_id}@example.com"
