"""Reading the row of a statement that always gives exactly one."""

from psycopg import Cursor
from psycopg.rows import TupleRow

from leo_activation.errors import Permanent


def only_row(cursor: Cursor[TupleRow]) -> TupleRow:
    """The row of a statement that gives exactly one.

    Raises:
        Permanent: it gave none, so the statement is not what this program expects.
    """
    row = cursor.fetchone()
    if row is None:
        raise Permanent("A statement that always gives one row gave none.")
    return row
