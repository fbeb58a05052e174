"""What bounds the sending, in the database: buckets, ramps, and providers that rest.

Buckets are taken from by `claim_deliveries` in the statement that claims; here they are opened, set, and fed with what
providers answer. Every moment is the database's own, so that workers on several machines agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.channels import ProviderPause, RateLimits
from leo_activation.activation.sending.pacing import Pacing, Rate, Way
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

LONGEST_RAMP_DAYS = 365
LONGEST_REASON = 300


@dataclass(frozen=True)
class Bucket:
    """How fast a provider, or a receiving domain through it ('' is all), may be sent to, and whether it rests.

    `tokens` is what may leave at once; None means no bound. `ceiling` is what the provider's own answer left us until
    `ceiling_until`. `set_by` is None where the program's own rate holds.
    """

    provider: str
    domain: str
    per_second: float | None
    capacity: float | None
    tokens: float | None
    ceiling: int | None
    ceiling_until: datetime | None
    set_by: str | None
    pause_reason: str | None
    paused_until: datetime | None


def open_limits(connection: Connection, tenant_id: str, ways: Sequence[Way], pacing: Pacing) -> None:
    """Have a bucket for each provider and paced domain, and a ramp for each sender that starts slowly."""
    rates: dict[tuple[str, str], Rate | None] = {}
    for way in ways:
        rates[way.provider, ""] = pacing.providers.get(way.provider)
        for domain, rate in pacing.domains.get(way.provider, {}).items():
            rates[way.provider, domain] = rate
    connection.execute(
        statement("activation/pacing/open_rate_limits"),
        {
            "tenant_id": tenant_id,
            "providers": [provider for provider, _ in rates],
            "domains": [domain for _, domain in rates],
            "per_second": [rate and rate.per_second for rate in rates.values()],
            "capacities": [rate and float(rate.burst) for rate in rates.values()],
        },
    )
    for way in ways:
        if way.sender and way.provider in pacing.ramps:
            connection.execute(
                statement("activation/pacing/open_ramps"),
                {
                    "tenant_id": tenant_id,
                    "provider": way.provider,
                    "sender": way.sender,
                    "domain": "",
                    "daily": list(pacing.ramps[way.provider]),
                },
            )


def feed(connection: Connection, tenant_id: str, provider: str, channels: Sequence[str], limits: RateLimits) -> None:
    """Bound a provider by what its own answer leaves us until its window ends; wants a transaction of its own."""
    named = {"tenant_id": tenant_id, "provider": provider, "channels": list(channels)}
    connection.execute(statement("activation/pacing/hold_rate_limit"), named)
    connection.execute(
        statement("activation/pacing/feed_rate_limit"),
        {**named, "remaining": max(0, limits.remaining), "resets_in": limits.resets_in},
    )


def pause_provider(connection: Connection, tenant_id: str, provider: str, pause: ProviderPause) -> None:
    """Give a provider nothing more of this tenant's, from the next claim of any worker on; a longer rest holds."""
    connection.execute(
        statement("activation/pacing/pause_provider"),
        {"tenant_id": tenant_id, "provider": provider, "reason": pause.reason[:LONGEST_REASON], "lasts": pause.lasts},
    )


def release_pause(warehouse: Warehouse, tenant_id: str, provider: str, *, released_by: str) -> bool:
    """Give a provider messages again.

    Returns:
        Whether it rested.
    """
    values = {"tenant_id": tenant_id, "provider": provider, "released_by": released_by}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("activation/pacing/release_pause"), values).rowcount > 0


def set_rate(
    warehouse: Warehouse, tenant_id: str, provider: str, domain: str, rate: Rate | None, *, set_by: str
) -> None:
    """Set how fast a provider (`domain` '') or a receiving domain through it is sent to; None: without a bound.

    Raises:
        Permanent: the rate is not above zero, or its burst below one.
    """
    if rate is not None and not (0 < rate.per_second < float("inf") and rate.burst >= 1):
        raise Permanent("A rate must be above zero a second, and its burst at least 1.")
    values = {
        "tenant_id": tenant_id,
        "provider": provider,
        "domain": domain.lower(),
        "per_second": rate and rate.per_second,
        "capacity": rate and float(rate.burst),
        "set_by": set_by,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("activation/pacing/set_rate_limit"), values)


def set_ramp(
    warehouse: Warehouse,
    tenant_id: str,
    provider: str,
    sender: str,
    daily: Sequence[int],
    *,
    domain: str = "",
    set_by: str,
) -> None:
    """Set how many messages of a sending domain may begin on each of its first days; none: it needs no slow start.

    `domain` bounds those to one receiving domain, '' all of them.

    Raises:
        Permanent: a number is not above zero, or there are too many days.
    """
    if len(daily) > LONGEST_RAMP_DAYS or any(count < 1 for count in daily):
        raise Permanent(f"A ramp is at most {LONGEST_RAMP_DAYS} numbers above zero, one a day.")
    values = {
        "tenant_id": tenant_id,
        "provider": provider,
        "sender": sender.lower(),
        "domain": domain.lower(),
        "daily": list(daily),
        "set_by": set_by,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("activation/pacing/set_ramp"), values)


def list_buckets(warehouse: Warehouse, tenant_id: str) -> list[Bucket]:
    """The buckets of a tenant, and the providers that rest, by name."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Bucket)) as cursor,
    ):
        return cursor.execute(statement("activation/pacing/list_providers"), {"tenant_id": tenant_id}).fetchall()
