"""The grammar planner on requests whose members are known: asked in words, answered by SQL written by hand.

`python -m bench planner` makes a database of its own, fills it with differently seeded worlds and the public
audience-discovery data, plans each request, runs its gated Cypher as the reader and compares the members with those of
the hand-written SQL. An answer that is empty in a world proves nothing there and is left out. What counts:

* exact: the same members. silently wrong: a plan with other members; there must be none.
* asked back, refused: no plan. Of requests that cannot be planned (vague, unknown, impossible, contact data) that is
  right, and a plan is silently wrong.
"""

import os
import secrets
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import sql

from bench.planner.judging import ASKED, EMPTY, EXACT, REFUSED, WRONG, Judge, Score
from bench.planner.questions import Expected
from bench.planner.worlds import fill_worlds, make_gold_tables
from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.embedding import EmbeddingSettings, Encoder, load_encoder
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate

SEEDS = (1, 2, 3)
PROFILES = 1500

Scores = Mapping[Expected, Mapping[tuple[str, str], Score]]


def run(seeds: tuple[int, ...] = SEEDS) -> None:
    """Print a line for each kind of request, and each request that was not understood as it should be."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, administrator):
        scores = judge(warehouse, administrator, seeds, encoder)
    for expected, kinds in scores.items():
        sys.stdout.write(f"{expected}\n")
        for (language, kind), score in sorted(kinds.items()):
            counted = ", ".join(f"{name} {number}" for name, number in sorted(score.outcomes.items()))
            sys.stdout.write(f"  {language} {kind:<20} {counted}\n")
            sys.stdout.writelines(f"      {note}\n" for note in dict.fromkeys(score.notes))
    sys.stdout.write(verdict(scores))


def verdict(scores: Scores) -> str:
    """The whole in two lines: the rate of exact member sets, and whatever was silently wrong."""
    total = {
        expected: sum((score.outcomes for score in kinds.values()), Counter[str]())
        for expected, kinds in scores.items()
    }
    gold = total[Expected.GOLD]
    judged = gold.total() - gold[EMPTY]
    wrong = sum(outcomes[WRONG] for outcomes in total.values())
    return (
        f"exact member sets: {gold[EXACT]} of {judged} ({gold[EXACT] / max(judged, 1):.1%}); asked back {gold[ASKED]}, "
        f"refused {gold[REFUSED]}, empty gold left out {gold[EMPTY]}\nsilently wrong: {wrong}\n"
    )


def judge(
    warehouse: Warehouse, administrator: str, seeds: tuple[int, ...], encoder: Encoder, *, profiles: int = PROFILES
) -> Scores:
    """Every request on every world that it fits, by what is expected, language and kind."""
    scores: dict[Expected, dict[tuple[str, str], Score]] = {expected: defaultdict(Score) for expected in Expected}
    for world in fill_worlds(warehouse, seeds, encoder, profiles=profiles):
        tenant_id = world.tenant.tenant_id
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
        with psycopg.connect(administrator) as gold:
            make_gold_tables(gold, tenant_id)
            judge_here = Judge(warehouse, world, catalogue, encoder, gold)
            judge_here.judge_written(scores)
            if world.form == "discovery":
                judge_here.judge_composed(scores[Expected.GOLD])
            gold.rollback()
    return scores


@contextmanager
def fresh_warehouse() -> Iterator[tuple[Warehouse, str]]:
    """A database of its own with all migrations and the administrator's URL of it; dropped at the end."""
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"]
    name = f"leo_bench_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    try:
        warehouse = Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole})
        migrate(warehouse)
        yield warehouse, with_database(administrator, name)
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
