"""What becomes of a request on one world: planned, run as the reader, and compared with the members that are known."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg

from bench.planner.composed import compose, read_parts
from bench.planner.questions import Expected, gold_sql, read_questions
from bench.planner.worlds import AS_OF, World
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import define, find_customers
from leo_activation.segments.meaning import PhraseNotUnderstood, read_phrases
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import NeedsClarification
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse

EXACT, WRONG, ASKED, REFUSED, EMPTY = "exact", "silently wrong", "asked back", "refused", "empty gold"
SHOWN = 400
EACH_FORM = 12


@dataclass
class Score:
    """What became of the requests of one kind, and what went wrong."""

    outcomes: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, outcome: str, note: str | None) -> None:
        """Count a request; `note` says what is not as it should be."""
        self.outcomes[outcome] += 1
        if note:
            self.notes.append(note[:SHOWN])


@dataclass(frozen=True)
class Judge:
    """A world with its names, and a connection on which the gold tables hold its rows."""

    warehouse: Warehouse
    world: World
    catalogue: Catalogue
    encoder: Encoder
    gold: Connection
    planner: GrammarPlanner = field(default_factory=GrammarPlanner)

    def judge_written(self, scores: Mapping[Expected, Mapping[tuple[str, str], Score]]) -> None:
        """The requests that were written by hand, by what is expected of them, language and kind."""
        for question in read_questions(self.world.form):
            wanted = None if question.sql is None else self._members(question.sql)
            scores[question.expected][question.language, question.kind].add(
                *self._outcome(question.text, question.expected, wanted)
            )

    def judge_composed(self, scores: Mapping[tuple[str, str], Score]) -> None:
        """Requests composed from parts, by language and form."""
        parts = read_parts()
        members = {part.sql: self._members(part.sql) for part in parts}
        everybody = self._members("SELECT customer_id FROM person")
        for form, text, wanted in compose(
            parts, members, everybody, each=EACH_FORM, seed=sum(self.world.tenant.tenant_id.encode())
        ):
            scores[form.language, f"composed: {form.text}"].add(*self._outcome(text, Expected.GOLD, wanted))

    def _members(self, statement: str) -> frozenset[str]:
        rows = psycopg.ClientCursor(self.gold).execute(gold_sql(statement), {"as_of": AS_OF}).fetchall()
        return frozenset(str(customer_id) for (customer_id,) in rows)

    def _outcome(self, text: str, expected: Expected, wanted: frozenset[str] | None) -> tuple[str, str | None]:
        if wanted is not None and not wanted:
            return EMPTY, None
        planned = self.planner.plan(text, self.catalogue, AS_OF)
        if isinstance(planned, NeedsClarification):
            outcome = REFUSED if planned.refused else ASKED
            if (expected, outcome) in {(Expected.ASKED, ASKED), (Expected.REFUSED, REFUSED)}:
                return outcome, None
            asked = " / ".join(str(question) for question in planned.questions)
            return outcome, f"{outcome}: {text} → {planned.unplaced} {asked}"
        try:
            found = self._found(planned.plan)
        except PhraseNotUnderstood as problem:
            return ASKED, f"asked back: {text} → {problem}"
        except Permanent as problem:
            return REFUSED, f"refused: {text} → {problem}"
        if found == wanted:
            return EXACT, None
        told = "no plan was to be made"
        if wanted is not None:
            told = f"{len(wanted)} were to be found, {len(found - wanted)} are too many, {len(wanted - found)} missing"
        plan = planned.plan.model_dump_json(exclude_none=True, exclude_defaults=True)
        return WRONG, f"silently wrong on {self.world.tenant.tenant_id}: {text} → {len(found)} found, {told}: {plan}"

    def _found(self, plan: SegmentPlan) -> frozenset[str]:
        with self.warehouse.connect(DatabaseRole.READER, self.world.tenant.tenant_id) as connection:
            readings = read_phrases(connection, self.world.tenant.tenant_id, plan, self.encoder)
        definition = define(plan, self.catalogue, readings, AS_OF)
        return frozenset(find_customers(self.warehouse, definition, self.encoder).customer_ids)
