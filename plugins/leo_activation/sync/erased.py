"""People who were erased do not come back: whatever a source says of them leaves the stage before anything reads it.

It happens in the transaction of the extraction, whatever the mode: rows, events and relations of an erased profile are
dropped, and they count neither as read nor as at the source, so that the proof compares what may be here. Who was
erased stands in `rights.erased_person` as keyed hashes only.
"""

import logging
from collections.abc import Mapping

from psycopg import sql

from leo_activation.errors import Configuration
from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

# The columns of each collection that name a profile.
_PEOPLE: Mapping[str, tuple[str, ...]] = {
    "cdp_profile": ("_key",),
    "cdp_profile2profile": ("_from", "_to"),
    "cdp_trackingevent": ("refProfileId",),
    "crm_customers": ("customer_id",),
    "clickstream_events": ("customer_id",),
}


def anybody_erased(step: Step) -> bool:
    """Whether the extraction has to look for erased people at all."""
    return step.connection.execute(statement("sync/any_erased"), step.parameters()).fetchone() is not None


def drop_erased(step: Step, collection: str, pseudonym_key: bytes | None) -> list[tuple[str, str]]:
    """Take what was read of erased people out of the stage; gives key and revision of each row.

    Raises:
        Configuration: people were erased, and without the key they cannot be told: then nothing may be read.
    """
    if pseudonym_key is None:
        raise Configuration(
            f"People of tenant {step.tenant.tenant_id} were erased; without the pseudonym key a sync brings them back."
        )
    values = {**step.parameters(), "key": pseudonym_key}
    staged = sql.Identifier(collection)
    dropped: list[tuple[str, str]] = []
    for column in _PEOPLE.get(collection, ()):
        query = sql.SQL(statement("sync/drop_erased_people")).format(staged=staged, person=sql.Identifier(column))
        dropped += step.connection.execute(query, values).fetchall()
    query = sql.SQL(statement("sync/drop_erased_rows")).format(staged=staged)
    dropped += step.connection.execute(query, values).fetchall()
    if dropped:
        keys = [key for key, _ in dropped]
        step.connection.execute(statement("sync/forget_last_keys"), {"collection": collection, "keys": keys})
        logger.info("%s: %s rows of people who were erased are left out.", collection, len(dropped))
    return dropped
