"""Who is the same person: profiles that share a strong identity are one customer, until they share it no more.

What is joined follows from the identities and a person's decisions alone, never from the order in which profiles came:
so any slicing of the source into runs ends in the same customers (`docs/concepts/identity.md` draws the rules).
Only what hangs together with a change is computed again.
"""

import logging
from collections.abc import Mapping

from psycopg import sql

from leo_activation.progress import Steps
from leo_activation.sync import households, table_statistics
from leo_activation.sync.labels import spread_labels
from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import SQL_FOLDER, statement

logger = logging.getLogger(__name__)

MOST_PROFILES = 8
"""More profiles than this with one value, or in one cluster, are joined by nobody but a person."""

_BLOCKED = SQL_FOLDER / "sync" / "blocked_identities.csv"
_FIND = (
    "find_shared_values",
    "place_profiles",
    "link_profiles",
)
# After a load, and before it is searched: without statistics the planner walks through all of it for each row.
_READ_MUCH = ("core.identity", "core.profile", "core.customer", "core.profile_relation")
_WORKED_ON = ("touched_profile", "shared_value", "identity_place", "identity_link")


def resolve(step: Step, values: Mapping[str, object]) -> int:
    """Resolve the profiles that this run changed to customers and households, in the transaction of the merge.

    Notes every customer and profile concerned in `changed_customer` and `moved_profile`, moves the deliveries of
    absorbed customers, and enters what a person has to decide in `core.identity_case`.

    Args:
        values: `Step.parameters` and pseudonym_key.

    Returns:
        Identities, customers and households changed; 0 where nothing is new, and then nothing was written.

    Raises:
        Permanent: the profiles hang together in a way that does not settle within the bound of rounds.
    """
    resolution = _Resolution(step, values)
    changed = resolution.read_identities() + resolution.run()
    return changed + households.resolve(step, resolution.values)


class _Resolution:
    """The statements of one resolution, in their order."""

    def __init__(self, step: Step, values: Mapping[str, object]) -> None:
        self._step = step
        self.values = {**values, "most_profiles": MOST_PROFILES}

    def read_identities(self) -> int:
        """Bring the shaped identities and relations into `core`."""
        query = "COPY worthless_identity FROM STDIN (FORMAT csv, HEADER)"
        with self._step.connection.cursor() as cursor, cursor.copy(query) as copy:
            copy.write(_BLOCKED.read_bytes())
        relations = self._count("merge_relations")
        identities = self._count("merge_identities")
        profiles = table_statistics.rows_at_source(self._step, table_statistics.PROFILES)
        if table_statistics.mislead(identities, profiles):
            table_statistics.analyze(self._step, _READ_MUCH)
        return relations + identities

    def run(self) -> int:
        """Find the customers of the touched profiles, and move what has to move."""
        touched = self._rows("take_due") + self._rows("find_touched")
        steps = Steps(logger, f"Resolving identities of {self._step.tenant.tenant_id}", 5)
        if touched:
            self._find_customers(steps)
        # Before any delivery is touched: see activation/lock_people.
        self._run("lock_customers")
        if not touched:
            return self._carry_deliveries()
        moved = self._count("move_profiles")
        changed = moved + self._count("choose_speakers")
        steps.done("profiles moved", moved)
        undone = self._count("close_merges")
        merged = self._count("open_merges")
        changed += undone + merged + self._carry_deliveries()
        steps.done("customers joined or parted", undone + merged)
        cases = self._count("write_cases")
        changed += cases + self._count("lapse_cases")
        steps.done("cases for a person", cases)
        logger.info(
            "Resolved %s profiles: %s moved, %s customers absorbed, %s merges undone, %s cases written.",
            touched, moved, merged, undone, cases,
        )  # fmt: skip
        return changed

    def _find_customers(self, steps: Steps) -> None:
        for name in _FIND:
            self._run(name)
        for table in _WORKED_ON:
            self._step.connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
        steps.done("profiles linked")
        self._spread(units_only=True)
        self._run("form_units")
        self._run("drop_ambiguous_values")
        self._spread(units_only=False)
        self._run("find_value_cases")
        self._run("find_cluster_cases")
        self._run("part_clusters")
        self._run("name_customers")
        steps.done("customers named")

    def _carry_deliveries(self) -> int:
        self._run("lock_runs")
        carried = sum(self._count(name) for name in ("return_deliveries", "end_second_messages", "move_deliveries"))
        return carried + self._rows("note_deliveries_left")

    def _spread(self, *, units_only: bool) -> None:
        spread_labels(self._step.connection, "identity_place", "identity_link", units_only=units_only)

    def _run(self, name: str) -> None:
        self._step.connection.execute(statement(f"sync/identity/{name}"), self.values)

    def _rows(self, name: str) -> int:
        return self._step.connection.execute(statement(f"sync/identity/{name}"), self.values).rowcount

    def _count(self, name: str) -> int:
        row = self._step.connection.execute(statement(f"sync/identity/{name}"), self.values).fetchone()
        return int(row[0]) if row else 0
