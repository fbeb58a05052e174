"""Another parser reads what the gate accepts and what it prints, and finds queries that read and nothing else."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hypothesis import find, settings

from leo_activation.segments.gate import gate
from tests.segments.gate import test_accepted, test_gate
from tests.segments.gate.kit import kind
from tests.segments.gate.kit import queries as kit
from tests.segments.gate.written import queries

SECONDS_A_QUERY, SECONDS = 10, 200
DRAWN = 25


def opinions(texts: Sequence[str], *, seconds: float = SECONDS_A_QUERY) -> list[str]:
    """What graphglot says of each text. It takes `at` for a keyword, also behind a dot, so that is called otherwise."""
    asked = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("second_opinion.py")), str(seconds)],
        input="".join(json.dumps(re.sub(r"\.at\b", ".moment", text)) + "\n" for text in texts),
        capture_output=True,
        check=True,
        text=True,
        timeout=SECONDS,
    )
    answers = asked.stdout.splitlines()
    assert len(answers) == len(texts)
    return answers


def test_every_query_that_the_tests_name_as_accepted_reads_and_nothing_else() -> None:
    accepted = [*test_gate.ACCEPTED, *test_accepted.ACCEPTED.values()]
    printed = [gate(text).text for text in accepted]
    found = dict(zip([*accepted, *printed], opinions([*accepted, *printed]), strict=True))
    assert {text: answer for text, answer in found.items() if answer != "reads"} == {}


def test_queries_drawn_from_the_schema_read_and_nothing_else() -> None:
    drawn: list[str] = []

    def enough(cypher: str) -> bool:
        drawn.append(cypher)
        return len(drawn) >= DRAWN

    find(queries(), enough, settings=settings(deadline=None, database=None))
    texts = [*drawn, *(gate(cypher).text for cypher in drawn)]
    counted = Counter(opinions(texts, seconds=4))
    assert set(counted) <= {"reads", "gave up"}
    assert counted["reads"] > 0.7 * len(texts), counted


def test_the_second_opinion_sees_the_writes_and_calls_of_the_kit() -> None:
    """A parser that called everything a read would be no opinion."""
    changing = [query for query in kit() if kind(query) != "read"][::20]
    answers = opinions(changing, seconds=2)
    assert len(changing) > 30
    assert "reads" not in answers
