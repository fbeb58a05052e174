"""The two forms in which customer data comes, and the statements that judge their rows and bring them into one.

After a form's statements the stage holds the sources' common form, from which everything after is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from leo_activation.sources import SourceKind


@dataclass(frozen=True)
class Part:
    """A collection, the column by which its rows are known, and the table of the common form that takes them.

    optional: whether the source may have no rows of it.
    statements: those of an optional collection, run after the form's where the source has the collection.
    """

    key: str
    shaped: str
    optional: bool = False
    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """Statements in their order: each collection's bad rows are found before its good ones are shaped."""

    parts: Mapping[str, Part]
    statements: tuple[str, ...]


_CSV = Form(
    parts={
        "crm_customers": Part("customer_id", "shaped_profile"),
        "clickstream_events": Part("event_id", "shaped_event"),
    },
    statements=(
        "sync/csv/reject_customers",
        "sync/csv/shape_profiles",
        "sync/csv/shape_addresses",
        "sync/csv/shape_identities",
        "sync/csv/reject_events",
        "sync/csv/shape_events",
        "sync/csv/shape_products",
    ),
)
_LEO = Form(
    parts={
        "cdp_eventmetric": Part("eventName", "shaped_event_metric"),
        "cdp_productitem": Part("_key", "shaped_product"),
        "cdp_profile": Part("_key", "shaped_profile"),
        "cdp_trackingevent": Part("_key", "shaped_event"),
        "cdp_campaign": Part(
            "_key",
            "shaped_campaign",
            optional=True,
            statements=("sync/leo/reject_campaigns", "sync/leo/shape_campaigns"),
        ),
        "cdp_profile2profile": Part(
            "_key",
            "shaped_relation",
            optional=True,
            statements=("sync/leo/reject_relations", "sync/leo/shape_relations"),
        ),
    },
    statements=(
        "sync/leo/reject_event_metrics",
        "sync/leo/shape_event_metrics",
        "sync/leo/reject_products",
        "sync/leo/shape_products",
        "sync/leo/reject_profiles",
        "sync/leo/shape_profiles",
        "sync/leo/shape_consents",
        "sync/leo/shape_addresses",
        "sync/leo/shape_identities",
        "sync/leo/reject_events",
        "sync/leo/reject_orphans",
        "sync/leo/shape_events",
        "sync/leo/shape_unlisted_products",
    ),
)
FORMS: Mapping[SourceKind, Form] = {
    SourceKind.CSV: _CSV,
    SourceKind.ARANGODUMP: _LEO,
    SourceKind.ARANGODB: _LEO,
}
