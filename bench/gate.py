"""The gate over the whole openCypher kit and over queries that it accepts, beside a plain cut into words and graphglot.

`python -m bench gate`. Every query is timed `REPEATS` times in processor time and counts with its median, so that a
moment in which another program ran does not become the worst query.
"""

import gc
import gzip
import json
import re
import time
from collections.abc import Callable, Sequence
from statistics import median

from bench.measure import verdict
from leo_activation.segments.gate import Refused, gate
from leo_activation.settings import REPOSITORY

KIT = REPOSITORY / "tests" / "segments" / "gate" / "data" / "opencypher_tck.jsonl.gz"
REPEATS = 5
GRAPHGLOT_QUERIES = 200
WORDS = re.compile(r"\s+|\w+|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|.", re.DOTALL)
"""The least that a reader of a query can do: cut it into words, texts and signs."""

ACCEPTED = (
    "MATCH (c:Customer) WHERE c.country = 'DE' AND c.total_spent > 80000 RETURN c.customer_id",
    "MATCH (c:Customer)-[e:PURCHASED]->(p:Product)-[:IN_CATEGORY]->(k:Category) WHERE k.name = 'socks' AND "
    "e.color = 'red' AND e.at > 1700000000000000 WITH DISTINCT c OPTIONAL MATCH (c)-[f:VIEWED]->(q:Product) "
    "WITH c, f WHERE f IS NULL RETURN c.customer_id",
    "MATCH (c:Customer)-[e:PURCHASED]->(p:Product) WHERE e.net_quantity > 0 WITH c, count(DISTINCT e.order_id) AS n, "
    "sum(coalesce(e.net_value, 0)) AS s WHERE n >= 2 AND s > 50000 RETURN c.customer_id ORDER BY c.shuffle LIMIT 100",
)


def run() -> None:
    with gzip.open(KIT, "rt", encoding="utf-8") as lines:
        kit = [str(json.loads(line)["query"]) for line in lines]
    judged = microseconds(judge, kit)
    words = microseconds(WORDS.findall, kit)
    typical, worst = median(judged), max(judged)
    print(f"{len(kit):,} queries of the openCypher kit, {REPEATS} times each")
    print(f"  median {typical:7.1f} µs: {verdict(typical, floor=100, goal=30)}")
    print(f"  worst  {worst:7.1f} µs: {verdict(worst, floor=5_000, goal=1_000)}")
    cut = median(words)
    print(f"  median {cut:7.1f} µs to cut into words alone; the gate takes {typical / cut:.1f} times as long")
    for cypher, took in zip(ACCEPTED, microseconds(judge, ACCEPTED), strict=True):
        print(f"  accepted, {len(cypher)} characters: {took:7.1f} µs")
    _beside_graphglot(kit)


def _beside_graphglot(kit: Sequence[str]) -> None:
    from graphglot.dialect import Dialect

    # Short ones: it tries brackets again and again, and a long query can take it minutes.
    short = sorted(set(kit), key=lambda query: (len(query), query))[:: max(1, len(kit) // (2 * GRAPHGLOT_QUERIES))]
    chosen = short[:GRAPHGLOT_QUERIES]
    dialect = Dialect.get_or_raise("neo4j")

    def parse(query: str) -> None:
        try:
            dialect.parse(query)
        except Exception:  # noqa: BLE001 - what it does not take has its time too
            return

    theirs, ours = median(microseconds(parse, chosen, repeats=3)), median(microseconds(judge, chosen, repeats=3))
    ratio = f"{theirs:,.0f} ÷ {ours:.1f} µs = {theirs / ours:,.0f}"
    print(f"  the {len(chosen)} of them that are short: graphglot's parser ÷ the gate, medians: {ratio}")


def judge(cypher: str) -> None:
    """Pass the gate or be refused."""
    try:
        gate(cypher)
    except Refused:
        return


def microseconds(work: Callable[[str], object], texts: Sequence[str], *, repeats: int = REPEATS) -> list[float]:
    """The median processor time of each text."""
    rounds: list[list[float]] = []
    gc.collect()
    gc.disable()  # as timeit does: else the same few texts pay for everybody's garbage
    for _ in range(repeats):
        taken = []
        for text in texts:
            began = time.thread_time_ns()
            work(text)
            taken.append((time.thread_time_ns() - began) / 1_000)
        rounds.append(taken)
    gc.enable()
    return [median(times) for times in zip(*rounds, strict=True)]
