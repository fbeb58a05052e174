"""The grammar planner on requests whose members are known: asked in words, answered by SQL written by hand.

`python -m bench planner [--seeds 1,2,3]` makes a database of its own, fills it with differently seeded worlds and the
public audience-discovery data, plans each request, runs its gated Cypher as the reader and compares the members with
those of the hand-written SQL. An answer that is empty in a world proves nothing there and is left out. What counts:

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
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from bench.planner.questions import Expected, Question, gold_sql, read_questions
from bench.planner.worlds import AS_OF, World, fill_worlds, make_gold_tables
from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.embedding import EmbeddingSettings, Encoder, load_encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import define, find_customers
from leo_activation.segments.meaning import PhraseNotUnderstood, read_phrases
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import NeedsClarification
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.migrations import migrate

SEEDS = (1, 2, 3)
EXACT, WRONG, ASKED, REFUSED, EMPTY = "exact", "silently wrong", "asked back", "refused", "empty gold"
SHOWN = 400


@dataclass
class Score:
    """What became of the requests of one kind, and what went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def run(seeds: tuple[int, ...] = SEEDS) -> None:
    """Print a line for each kind of request, and each request that was not understood as it should be."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, administrator):
        scores = judge(warehouse, administrator, seeds, encoder)
    out = sys.stdout
    for expected, kinds in scores.items():
        out.write(f"{expected}\n")
        for (language, kind), score in sorted(kinds.items()):
            counted = ", ".join(f"{name} {number}" for name, number in sorted(score.outcomes.items()))
            out.write(f"  {language} {kind:<20} {counted}\n")
            out.writelines(f"      {note}\n" for note in dict.fromkeys(score.notes))
    out.write(verdict(scores))


def verdict(scores: Mapping[Expected, Mapping[tuple[str, str], Score]]) -> str:
    """The whole in two lines: the rate of exact member sets, and whatever was silently wrong."""
    total: dict[Expected, Counter[str]] = {
        expected: sum((score.outcomes for score in kinds.values()), Counter()) for expected, kinds in scores.items()
    }
    gold = total.get(Expected.GOLD, Counter())
    judged = gold.total() - gold[EMPTY]
    wrong = sum(outcomes[WRONG] for outcomes in total.values())
    return (
        f"exact member sets: {gold[EXACT]} of {judged} ({gold[EXACT] / max(judged, 1):.1%}); asked back {gold[ASKED]}, "
        f"refused {gold[REFUSED]}, empty gold left out {gold[EMPTY]}\nsilently wrong: {wrong}\n"
    )


def judge(
    warehouse: Warehouse, administrator: str, seeds: tuple[int, ...], encoder: Encoder
) -> dict[Expected, dict[tuple[str, str], Score]]:
    """Every request on every world that it fits, by what is expected, language and kind."""
    scores: dict[Expected, dict[tuple[str, str], Score]] = {expected: defaultdict(Score) for expected in Expected}
    for world in fill_worlds(warehouse, seeds, encoder):
        tenant_id = world.tenant.tenant_id
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
        with psycopg.connect(administrator) as gold:
            make_gold_tables(gold, tenant_id)
            for question in read_questions(world.form):
                outcome, note = _outcome(warehouse, world, catalogue, encoder, question, gold)
                score = scores[question.expected][question.language, question.kind]
                score.outcomes[outcome] += 1
                if note:
                    score.notes.append(note)
            gold.rollback()
    return scores


def _outcome(
    warehouse: Warehouse,
    world: World,
    catalogue: Catalogue,
    encoder: Encoder,
    question: Question,
    gold: Connection,
) -> tuple[str, str | None]:
    wanted: set[str] | None = None
    if question.sql is not None:
        rows = psycopg.ClientCursor(gold).execute(gold_sql(question.sql), {"as_of": AS_OF}).fetchall()
        wanted = {str(customer_id) for (customer_id,) in rows}
        if not wanted:
            return EMPTY, None
    planned = GrammarPlanner().plan(question.text, catalogue, AS_OF)
    if isinstance(planned, NeedsClarification):
        outcome = REFUSED if planned.refused else ASKED
        right = (question.expected, outcome) in {(Expected.ASKED, ASKED), (Expected.REFUSED, REFUSED)}
        asked = " / ".join(str(each) for each in planned.questions)
        return outcome, None if right else f"{outcome}: {question.text} → {planned.unplaced} {asked}"[:SHOWN]
    tenant_id = world.tenant.tenant_id
    try:
        with warehouse.connect(DatabaseRole.READER, tenant_id) as connection:
            readings = read_phrases(connection, tenant_id, planned.plan, encoder)
        definition = define(planned.plan, catalogue, readings, AS_OF)
        found = set(find_customers(warehouse, definition, encoder).customer_ids)
    except PhraseNotUnderstood as problem:
        return ASKED, f"asked back: {question.text} → {problem}"[:SHOWN]
    except Permanent as problem:
        return REFUSED, f"refused: {question.text} → {problem}"[:SHOWN]
    if wanted is not None and found == wanted:
        return EXACT, None
    plan = planned.plan.model_dump_json(exclude_none=True, exclude_defaults=True)
    told = (
        "nothing" if wanted is None else f"{len(wanted)}, {len(found - wanted)} too many, {len(wanted - found)} missing"
    )
    return WRONG, f"silently wrong on {tenant_id}: {question.text} → {len(found)} where gold has {told}: {plan}"[:SHOWN]


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
