"""What hangs together: connected components in tables of the stage, by the least label of each."""

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

MOST_ROUNDS = 200
"""A chain of n takes about log n rounds; a bound, so that a fault of ours is an error and not a loop."""


def spread_labels(connection: Connection, places: str, links: str, *, units_only: bool = False) -> int:
    """Give every row of `places` the least label among those it is connected with by `links`.

    Args:
        places: a table with `member` and `label`, the label at first the member itself.
        links: a table with `link`, `member` and `is_unit`.
        units_only: whether only links with `is_unit` connect.

    Returns:
        The rounds that it took.

    Raises:
        Permanent: it does not settle within `MOST_ROUNDS`.
    """
    tables = {"places": sql.Identifier(places), "links": sql.Identifier(links)}
    spread = sql.SQL(statement("sync/identity/spread_labels")).format(**tables)
    jump = sql.SQL(statement("sync/identity/jump_labels")).format(**tables)
    for rounds in range(1, MOST_ROUNDS + 1):
        if not connection.execute(spread, {"units_only": units_only}).rowcount:
            return rounds
        connection.execute(jump)
    raise Permanent(f"What hangs together in {places} is not found after {MOST_ROUNDS} rounds.")
