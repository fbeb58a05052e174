"""Who lives together: customers with one home address, or whom the source calls family.

As with identities, the answer follows from the data alone and only what hangs together with a change is computed again.
"""

import logging
from collections.abc import Mapping

from psycopg import sql

from leo_activation.sync.labels import spread_labels
from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

MOST_PEOPLE = 8
"""An address of more profiles is a block of flats or a pick-up point, and no household has more people."""


def resolve(step: Step, values: Mapping[str, object]) -> int:
    """Settle the households of the customers that this run changed, in the transaction of the merge.

    Notes the households concerned in the stage's `changed_household` and `changed_household_member`, and their people
    in `changed_customer`.

    Returns:
        Households and memberships changed; 0 where nothing is new.

    Raises:
        Permanent: the homes hang together in a way that does not settle within the bound of rounds.
    """
    bound = {**values, "most_profiles": MOST_PEOPLE}

    def run(name: str) -> int:
        cursor = step.connection.execute(statement(f"sync/identity/{name}"), bound)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else cursor.rowcount

    if not run("find_touched_homes"):
        return 0
    run("place_homes")
    run("link_homes")
    for table in ("touched_home", "home_place", "home_link"):
        step.connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    spread_labels(step.connection, "home_place", "home_link")
    run("name_households")
    made = run("merge_households")
    moved = run("merge_household_members")
    logger.info("Settled households: %s new, %s people moved in or out.", made, moved)
    return made + moved
