"""What the source has and what is known here, held against each other by key and revision."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.sync.runs import Step
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

KEYS_A_BATCH = 10_000

# The statement that gives what core has of each collection, as (source_key, source_rev).
KNOWN: Mapping[str, str] = {
    "cdp_campaign": "sync/known_campaigns",
    "cdp_eventmetric": "sync/known_event_metrics",
    "cdp_productitem": "sync/known_products",
    "cdp_profile": "sync/known_profiles",
    "cdp_profile2profile": "sync/known_relations",
    "cdp_trackingevent": "sync/known_events",
    "crm_customers": "sync/known_profiles",
    "clickstream_events": "sync/known_events",
}


@dataclass(frozen=True)
class Gone:
    """Keys of one collection: known here before this run, of those no longer at the source, and of those withheld.

    All are 0 where the run did not see every key.
    gone is what this run deletes. withheld is what it would delete, but for rows of the source that cannot be
    identified: any of them may be the one that is missing.
    """

    known: int
    gone: int
    withheld: int


def find_gone(step: Step) -> dict[str, Gone]:
    """Fill the stage's `gone` from what was read, for the collections of which this run saw every key.

    Call it in the transaction of the check, before the rows are judged.

    Raises:
        Permanent: the stage has lost what was listed, as a crash of the server makes it.
    """
    staged = step.run.counts["staged"]
    scopes = cast(Mapping[str, str], staged["scope"])
    listed = cast(Mapping[str, int], staged["listed"])
    step.connection.execute(statement("sync/empty_gone"))
    found: dict[str, Gone] = {}
    for collection, scope in scopes.items():
        if scope == "read":
            found[collection] = Gone(0, 0, 0)
            continue
        values = {**step.parameters(), "collection": collection}
        query = sql.SQL(statement("sync/find_gone")).format(
            known=sql.SQL(statement(KNOWN[collection])),
            present=sql.SQL(
                "SELECT source_key FROM listed WHERE collection = %(collection)s"
                if scope == "listed"
                else "SELECT source_key FROM {staged}"
            ).format(staged=sql.Identifier(collection)),
            staged=sql.Identifier(collection),
        )
        row = step.connection.execute(query, values).fetchone()
        known, present, gone, withheld = row or (0, 0, 0, 0)
        if scope == "listed" and present != listed[collection]:
            raise Permanent(
                f"The stage of sync run {step.run.sync_run_id} has lost keys of {collection}; start another run."
            )
        found[collection] = Gone(known, gone, withheld)
        if gone:
            logger.info("%s: %s of %s known rows are gone from the source.", collection, gone, known)
        if withheld:
            logger.warning(
                "%s: %s of %s known rows are not at the source, but some of its rows cannot be identified: "
                "nothing is deleted in this run.",
                collection, withheld, known,
            )  # fmt: skip
    return found


def find_wanted(connection: Connection, tenant_id: str, collection: str) -> int:
    """Find the rows to read again; gives their number.

    They are those that are here in another state or not at all, and those that were set aside because of another row
    (an unknown profile, an id that stood twice) or of the time: they are judged again.
    """
    query = sql.SQL(statement("sync/find_wanted")).format(known=sql.SQL(statement(KNOWN[collection])))
    found = connection.execute(query, {"tenant_id": tenant_id, "collection": collection}).rowcount
    connection.execute("ANALYZE wanted")
    return found


def wanted_batches(connection: Connection, collection: str) -> Iterator[Mapping[str, str]]:
    """Key and listed revision of the rows that `find_wanted` found, some thousand at a time."""
    after = ""
    while True:
        values = {"collection": collection, "after": after, "batch": KEYS_A_BATCH}
        rows = connection.execute(statement("sync/next_wanted"), values).fetchall()
        if not rows:
            return
        yield {str(key): str(rev) for key, rev in rows}
        after = str(rows[-1][0])
