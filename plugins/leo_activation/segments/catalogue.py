"""What names exist for a tenant: the words that a plan may use, read once so that planners need no database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from leo_activation.errors import Configuration
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.graph_schema import EVENT_EDGES
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Catalogue:
    """The names of one tenant, each list sorted and as the graph spells it.

    `countries` are ISO 3166 alpha-2 codes, `segments` maps segment_id to name and `campaigns` campaign_id to name,
    `events` are the tenant's event types beside those of `EventKind` and of e-mails, which are asked for as exposure,
    `topics` maps topic type to topics, `luxury_tag` is the tag that stands for luxury where the tenant computes one.
    Money has `minor_units` decimals.
    """

    tenant_id: str
    currency: str
    minor_units: int
    time_zone: str = "UTC"
    language: str = "en"
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    funnel_stages: tuple[str, ...] = ()
    segments: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    campaigns: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    luxury_tag: str | None = None


LUXURY_TAG = "likes luxury items"


def load_catalogue(connection: Connection, tenant_id: str) -> Catalogue:
    """Read the catalogue of `tenant_id` on a connection that is bound to it (role writer or loader).

    Raises:
        Configuration: there is no such tenant.
    """
    tenant = connection.execute(statement("segments/get_tenant_units"), {"tenant_id": tenant_id}).fetchone()
    if tenant is None:
        raise Configuration(f"There is no tenant '{tenant_id}'.")
    names: defaultdict[str, list[str]] = defaultdict(list)
    topics: defaultdict[str, list[str]] = defaultdict(list)
    segments: dict[str, str] = {}
    campaigns: dict[str, str] = {}
    asked = {"tenant_id": tenant_id, "product_events": list(EVENT_EDGES)}
    for kind, name, detail in connection.execute(statement("segments/list_catalogue_names"), asked):
        if kind == "topic":
            topics[detail].append(name)
        elif kind == "segment":
            segments[name] = detail
        elif kind == "campaign":
            campaigns[name] = detail
        else:
            names[kind].append(name)
    currency, minor_units, time_zone, language = tenant
    return Catalogue(
        tenant_id=tenant_id,
        currency=currency,
        minor_units=minor_units,
        time_zone=time_zone,
        language=language,
        products=tuple(names["product"]),
        categories=tuple(names["category"]),
        brands=tuple(names["brand"]),
        colors=tuple(names["color"]),
        countries=tuple(names["country"]),
        cities=tuple(names["city"]),
        genders=tuple(names["gender"]),
        languages=tuple(names["language"]),
        funnel_stages=tuple(names["funnel_stage"]),
        segments=segments,
        events=tuple(names["event"]),
        campaigns=campaigns,
        topics={topic_type: tuple(found) for topic_type, found in topics.items()},
        luxury_tag=LUXURY_TAG if LUXURY_TAG in topics["tag"] else None,
    )
