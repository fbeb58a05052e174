"""One process answers thousands of lines: in order, at once, without growing, and it ends quietly with its reader."""

import json
from pathlib import Path
from subprocess import Popen

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.cli.conftest import Start
from tests.segments.shop import open_shop

QUERY = (
    'MATCH (c:Customer)-[p:PURCHASED]->(:Product {name: "socks"}) WHERE p.color = "red" RETURN DISTINCT c.customer_id'
)
TEXTS = (
    "Customers from Poland",
    "Customers from Austria who bought socks in the last 30 days",
    "Customers who spent more than 100 EUR and never bought hats",
    "qwertz {number}",
)
FIRST, THEN = 400, 1200
MAY_GROW = 8 << 20
"""Bytes; a process that kept what it answered would need several times as much."""


def memory(process: "Popen[bytes]") -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) << 10


def ask(process: "Popen[bytes]", field: str, first: int, number: int) -> list[dict[str, object]]:
    """Ask line by line, each after the answer of the one before: so each answer is passed on at once."""
    assert process.stdin is not None
    assert process.stdout is not None
    answers = []
    for each in range(first, first + number):
        text = QUERY.replace("red", f"colour {each}") if field == "cypher" else TEXTS[each % 4].format(number=each)
        process.stdin.write(json.dumps({"id": each, field: text}).encode() + b"\n")
        process.stdin.flush()
        answers.append(json.loads(process.stdout.readline()))
    return answers


def end(process: "Popen[bytes]") -> None:
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, b"")


def test_the_gate_does_not_grow(start: Start) -> None:
    process = start("gate", "--jsonl")
    assert [answer["accepted"] for answer in ask(process, "cypher", 0, FIRST)] == [True] * FIRST
    before = memory(process)
    answers = ask(process, "cypher", FIRST, THEN)
    assert [answer["id"] for answer in answers] == [*range(FIRST, FIRST + THEN)]
    assert memory(process) - before < MAY_GROW
    end(process)


def test_the_planner_does_not_grow(start: Start, warehouse: Warehouse, tenant: Tenant) -> None:
    open_shop(warehouse, tenant)
    process = start("plan", "--jsonl", "--tenant", tenant.tenant_id, "--as-of", "2026-02-20", "--members")
    first = ask(process, "text", 0, FIRST)
    assert [answer["status"] for answer in first[:4]] == ["planned"] * 3 + ["needs_clarification"]
    before = memory(process)
    answers = ask(process, "text", FIRST, THEN)
    assert [answer["id"] for answer in answers] == [*range(FIRST, FIRST + THEN)]
    assert answers[-4]["members"] == first[0]["members"]
    assert memory(process) - before < MAY_GROW
    end(process)


def test_a_process_keeps_one_connection_a_role(start: Start, warehouse: Warehouse, tenant: Tenant) -> None:
    open_shop(warehouse, tenant)
    process = start("plan", "--jsonl", "--tenant", tenant.tenant_id, "--as-of", "2026-02-20", "--members")
    assert process.stdin is not None
    pids = set()
    for each in range(3):
        ask(process, "text", each * 4, 4)
        pids |= readers_of(warehouse)
    assert len(pids) == 1
    end(process)


def readers_of(warehouse: Warehouse) -> set[int]:
    """The server's processes that answer readers of this test's database."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'leo-reader'"
        )
        return {int(pid) for (pid,) in rows}


def test_a_reader_that_goes_away_ends_the_process_quietly(start: Start) -> None:
    process = start("gate", "--jsonl")
    assert process.stdin is not None
    assert process.stdout is not None
    ask(process, "cypher", 0, 1)
    process.stdout.close()
    line = json.dumps({"id": 1, "cypher": QUERY}).encode() + b"\n"
    try:
        for _ in range(3):
            process.stdin.write(line)
            process.stdin.flush()
    except BrokenPipeError:
        pass
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 1
