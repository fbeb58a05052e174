"""A request on its way to the reviewer: planned by the grammar, compiled and gated, previewed.

`python -m bench requests` makes a database of its own with one retail world of 10,000 profiles and plans the requests
of `bench.planner` on it. What is compared:

* planning ÷ cutting the same texts into tokens, which is the least that any reader has to do with them. The goal
  (a median of 2 ms) is about the milliseconds, so both are printed.
* preview ÷ the segment's own query: a preview also counts what each condition keeps and who can be reached, and asks
  the tables again.
"""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from bench.planner import fresh_warehouse
from bench.planner.questions import Expected, Question, read_questions
from bench.planner.worlds import AS_OF, fill_retail
from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.definition import define, find_customers
from leo_activation.segments.plan import leaves
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.preview import preview_definition
from leo_activation.segments.request import PlannedRequest
from leo_activation.settings import DatabaseRole

PROFILES = 10_000
REPEATS = 5
GOAL_MS, FLOOR_MS = 2, 10
PREVIEWED = 12


def run() -> None:
    """Print the times of planning by language, and those of a dozen previews beside their own queries."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, _), TemporaryDirectory() as folder:
        world = fill_retail(warehouse, 1, encoder, Path(folder), profiles=PROFILES)
        tenant_id = world.tenant.tenant_id
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
        questions = list(read_questions("retail"))
        for language in ("en", "vi"):
            _print_planning(language, [each for each in questions if each.language == language], catalogue)
        sys.stdout.write(f"preview of {PREVIEWED} requests, {PROFILES:,} profiles\n")
        planner = GrammarPlanner()
        gold = [each for each in questions if each.expected is Expected.GOLD and each.language == "en"]
        planned = [
            plan for each in gold if isinstance(plan := planner.plan(each.text, catalogue, AS_OF), PlannedRequest)
        ]
        for request in planned[:: max(1, len(planned) // PREVIEWED)][:PREVIEWED]:
            definition = define(request.plan, catalogue, (), AS_OF)
            alone = _timed(partial(find_customers, warehouse, definition, encoder))
            preview = partial(preview_definition, warehouse, definition, request.plan, catalogue, (), AS_OF, encoder)
            whole = _timed(preview)
            kinds = ", ".join(dict.fromkeys(leaf.kind for leaf in leaves(request.plan.where)))
            sys.stdout.write(f"  {whole:6.0f} ms ÷ {alone:6.0f} ms = {whole / alone:4.1f}  {kinds}\n")


def _print_planning(language: str, questions: Sequence[Question], catalogue: Catalogue) -> None:
    planner = GrammarPlanner()
    planner.plan("all customers", catalogue, AS_OF)
    plans = [_timed(partial(planner.plan, each.text, catalogue, AS_OF)) for each in questions]
    tokens = [_timed(partial(Cursor, each.text)) for each in questions]
    worst = max(plans)
    slowest = questions[plans.index(worst)].text
    judged = "goal" if median(plans) <= GOAL_MS else "floor" if median(plans) <= FLOOR_MS else "NOT REACHED"
    sys.stdout.write(
        f"planner, {language}: median {median(plans):.2f} ms ({judged}), 95th percentile "
        f"{quantiles(plans, n=20)[-1]:.2f}, worst {worst:.1f} ({slowest}); ÷ tokens "
        f"{median(plans) / median(tokens):.0f}\n"
    )


def _timed(work: Callable[[], object]) -> float:
    """The median milliseconds of a few repeats."""
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
