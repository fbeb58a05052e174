"""The openCypher Technology Compatibility Kit against the gate: nothing that writes or calls passes, nothing hangs."""

import time
from collections import Counter

from leo_activation.segments.gate.refusal import Rule
from leo_activation.settings import REPOSITORY
from tests.segments.gate.kit import kind, queries, refused_by, table

SECONDS_A_QUERY = 0.5
"""Of processor time: a query takes a fraction of a millisecond, and a machine may be busy."""


def test_of_the_whole_kit_no_write_and_no_call_passes_and_none_takes_long() -> None:
    judged = Counter[tuple[str, bool]]()
    for query in queries():
        began = time.process_time()
        rule = refused_by(query)
        assert time.process_time() - began < SECONDS_A_QUERY, query
        judged[kind(query), rule is None] += 1
    assert judged["write", True] == judged["call", True] == 0
    assert judged["write", False] > 600
    assert judged["call", False] > 40
    assert judged.total() == len(queries()) == 4_129


def test_a_write_is_refused_for_what_it_writes_unless_something_before_it_is_refused_already() -> None:
    rules = Counter(refused_by(query) for query in queries() if kind(query) == "write")
    assert rules[Rule.WRITE] > 500
    assert None not in rules


def test_the_table_of_refused_reads_in_the_docs_is_the_one_that_is_counted() -> None:
    page = (REPOSITORY / "docs" / "reference" / "gate.md").read_text(encoding="utf-8")
    assert table() in page, "print it with: PYTHONPATH=plugins python -m tests.segments.gate.kit"
