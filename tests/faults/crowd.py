"""Many people at once in a test's shop: a row a person would take longer than the proof."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leo_activation import activation
from tests.activation.shop import AS_OF, SEGMENT, Shop

EMAIL = "email"


@dataclass(frozen=True)
class Crowd:
    """`people` members of the segment, from c000001 on, each with an e-mail address and one of each further channel.

    The last `without_consent` of them did not agree. The first `sharing` each share their address with the person who
    stands `sharing` places behind them. The `not_allowed` who come after those are not on the allow-list.
    """

    people: int
    without_consent: int = 0
    sharing: int = 0
    not_allowed: int = 0
    channels: Mapping[str, Callable[[int], str]] = field(default_factory=dict)
    """The further channels, each with the address of a person by their number."""

    def names(self) -> list[str]:
        """Everybody's customer id."""
        return [f"c{number:06}" for number in range(1, self.people + 1)]

    def allowed(self, channel: str = EMAIL) -> list[str]:
        """The addresses of a channel that may be written to."""
        names = self.names()
        kept = names[: 2 * self.sharing] + names[2 * self.sharing + self.not_allowed :]
        return sorted({self.address_of(name, channel) for name in kept})

    def address_of(self, customer_id: str, channel: str = EMAIL) -> str:
        """A person's one address on a channel."""
        number = int(customer_id[1:])
        number -= self.sharing if self.sharing < number <= 2 * self.sharing else 0
        return address_of(f"c{number:06}") if channel == EMAIL else self.channels[channel](number)


def add_crowd(shop: Shop, crowd: Crowd) -> None:
    """Put the people into the shop, and allow whom it allows."""
    values = {
        "tenant": shop.tenant_id,
        "agreed": crowd.people - crowd.without_consent,
        "names": crowd.names(),
        "key": shop.key,
        "segment": SEGMENT,
        "as_of": AS_OF,
    }
    each = "FROM unnest(%(names)s::text[]) WITH ORDINALITY AS person (name, n)"
    for query in (
        f"INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant)s, name {each}",
        "INSERT INTO core.profile (tenant_id, profile_id, customer_id, first_name, source_rev) "
        f"SELECT %(tenant)s, 'p-' || name, name, 'Lan', '1' {each}",
        "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
        f"SELECT %(tenant)s, %(segment)s, name, %(as_of)s {each}",
    ):
        shop.connection.execute(query.encode(), values)
    for channel in (EMAIL, *crowd.channels):
        _add_channel(shop, crowd, channel, values)


def _add_channel(shop: Shop, crowd: Crowd, channel: str, values: Mapping[str, object]) -> None:
    addresses = [crowd.address_of(name, channel) for name in crowd.names()]
    each = "FROM unnest(%(names)s::text[], %(addresses)s::text[]) WITH ORDINALITY AS person (name, address, n)"
    for query in (
        "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) SELECT %(tenant)s, "
        f"'p-' || name, %(channel)s, address, core.address_hash(%(channel)s, address, %(key)s) {each}",
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        "SELECT %(tenant)s, 'p-' || name, %(channel)s, 'marketing', 'granted', 'consent', 'form', 'test', %(as_of)s "
        f"{each} WHERE n <= %(agreed)s",
    ):
        shop.connection.execute(query.encode(), {**values, "channel": channel, "addresses": addresses})
    activation.allow_addresses(shop.warehouse, shop.tenant_id, channel, crowd.allowed(channel), "test", shop.key)


def address_of(customer_id: str) -> str:
    """The address of a person of a crowd who shares it with nobody before them."""
    return f"{customer_id}@example.com"
