"""What came of each variant of a comparison: counts, for a person to judge; nothing is decided here."""

from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class VariantResult:
    """Deliveries to customers that were attempted with one variant, and what providers and readers told of them.

    Opens and clicks are those by people, each delivery once. Opens are an upper guess: mail programs fetch pictures.
    """

    variant: str
    deliveries: int
    accepted: int
    unknown: int
    opened: int
    clicked: int
    bounced: int
    complained: int


def variant_results(warehouse: Warehouse, tenant_id: str, campaign_id: str) -> list[VariantResult]:
    """The results of a campaign by variant over all its runs, by name; '' are those without a variant."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(VariantResult)) as cursor,
    ):
        return cursor.execute(
            statement("activation/aftermath/read_variant_results"), {"tenant_id": tenant_id, "campaign_id": campaign_id}
        ).fetchall()
