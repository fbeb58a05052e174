"""Another parser's opinion, run as a process of its own: `python second_opinion.py SECONDS_A_QUERY`.

Reads a JSON text a line from standard input and answers each with a line: `reads` where graphglot finds a query that
reads and nothing else, `gave up` where it took too long (it tries brackets again and again), else what it found.
"""

import json
import signal
import sys
from types import FrameType

from graphglot.dialect import Dialect

CHANGING = (
    "Modif",
    "Insert",
    "Create",
    "Merge",
    "SetStatement",
    "Remove",
    "Delete",
    "Call",
    "Drop",
    "SessionSet",
    "Grant",
)
"""Parts of the names of the syntax tree's classes that change or call something."""


class TooLongError(Exception):
    """The time for one query is over."""


def opinion(dialect: Dialect, query: str) -> str:
    """What graphglot says of the query."""
    try:
        programs = dialect.parse(query)
    except TooLongError:
        return "gave up"
    except Exception as error:  # noqa: BLE001 - whatever it stumbles over is its opinion
        return f"not parsed: {type(error).__name__}"
    found = {type(node).__name__ for program in programs for node in program.dfs()}
    changing = sorted(name for name in found if any(part in name for part in CHANGING))
    if changing or len(programs) != 1:
        return f"{len(programs)} statements with {', '.join(changing)}"
    return "reads"


def over(_signal: int, _frame: FrameType | None) -> None:
    raise TooLongError


def main() -> None:
    seconds = float(sys.argv[1])
    dialect = Dialect.get_or_raise("neo4j")
    signal.signal(signal.SIGALRM, over)
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            answer = opinion(dialect, json.loads(line))
        except TooLongError:
            answer = "gave up"
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
