"""How many a planned run reaches by each route, and for how much: what a person sees before they approve."""

from dataclasses import dataclass

from psycopg.rows import class_row

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class RouteReach:
    """One route of a channel, by the rule that opens it, or that kept people out; '' where there is none.

    `people` a message is planned for, at `cost_minor` together, in minor units of the tenant's currency; `not_eligible`
    is to whom the rule did not open.
    """

    channel: str
    route: str
    rule: str
    people: int
    cost_minor: int
    not_eligible: int


def read_reach(connection: Connection, tenant_id: str, campaign_run_id: int) -> tuple[RouteReach, ...]:
    """The routes of a planned run, the largest first; the connection is bound to the tenant."""
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with connection.cursor(row_factory=class_row(RouteReach)) as cursor:
        return tuple(cursor.execute(statement("activation/audience/read_reach"), named))
