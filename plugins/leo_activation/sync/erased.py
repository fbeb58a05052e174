"""What is not to come back leaves the stage before anything reads it: people who were erased, events too old to keep.

It happens in the transaction of the extraction, whatever the mode: rows, events and relations of an erased profile, and
events from before the horizon, are dropped. They count neither as read nor as at the source, so that the proof compares
what may be here. Who was erased stands in `rights.erased_person` as keyed hashes only.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

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
# When an event happened.
_MOMENTS: Mapping[str, str] = {"cdp_trackingevent": "createdAt", "clickstream_events": "event_timestamp"}


@dataclass(frozen=True)
class LeftOut:
    """What an extraction has to look for: the usual tenant has nobody erased and no horizon."""

    erased: bool
    expired: bool

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return self.erased or self.expired


def what_is_left_out(step: Step, pseudonym_key: bytes | None) -> LeftOut:
    """What the extraction has to look for.

    Raises:
        Configuration: people were erased, and without the key they cannot be told: then nothing may be read.
    """
    row = step.connection.execute(statement("sync/any_erased"), step.parameters()).fetchone() or (False, False)
    if row[0] and pseudonym_key is None:
        raise Configuration(
            f"People of tenant {step.tenant.tenant_id} were erased; without the pseudonym key a sync brings them back."
        )
    return LeftOut(erased=bool(row[0]), expired=bool(row[1]))


def leave_out(step: Step, collection: str, left_out: LeftOut, pseudonym_key: bytes | None) -> list[tuple[str, str]]:
    """Take what is not to come back out of the stage; gives key and revision of each row."""
    values = {**step.parameters(), "key": pseudonym_key}
    staged = sql.Identifier(collection)
    dropped: list[tuple[str, str]] = []
    if left_out.erased:
        for column in _PEOPLE.get(collection, ()):
            query = sql.SQL(statement("sync/drop_erased_people")).format(staged=staged, person=sql.Identifier(column))
            dropped += step.connection.execute(query, values).fetchall()
        query = sql.SQL(statement("sync/drop_erased_rows")).format(staged=staged)
        dropped += step.connection.execute(query, values).fetchall()
    if left_out.expired and collection in _MOMENTS:
        query = sql.SQL(statement("sync/drop_expired_events")).format(
            staged=staged, moment=sql.Identifier(_MOMENTS[collection])
        )
        dropped += step.connection.execute(query, values).fetchall()
    if dropped:
        keys = [key for key, _ in dropped]
        step.connection.execute(statement("sync/forget_last_keys"), {"collection": collection, "keys": keys})
        logger.info("%s: %s rows are left out, erased or too old.", collection, len(dropped))
    return dropped
