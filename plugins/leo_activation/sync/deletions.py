"""What hangs on a person goes as soon as the source has no live record of them any more.

The tables that other parts of the program keep (memberships, deliveries, interests, texts) would follow with their next
run; a person who was deleted at the source is not to wait for it. The graph follows in the same sync's projection.
"""

from collections.abc import Mapping

from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

# The people are locked before their deliveries, as an opt-out and the beginning of an attempt do. Vectors go before the
# texts that lead to them.
_STATEMENTS = (
    "sync/skip_deliveries_of_people_gone",
    "sync/delete_memberships_of_people_gone",
    "sync/delete_interests_of_people_gone",
    "sync/delete_interest_inputs_of_people_gone",
    "sync/delete_embeddings_of_people_gone",
    "sync/delete_texts_of_people_gone",
)


def forget_people_gone(step: Step, values: Mapping[str, object]) -> int:
    """Take what is computed and planned from changed customers without a live profile; gives how many rows."""
    if not step.connection.execute(statement("sync/any_person_gone"), values).fetchone():
        return 0
    # A computation at work would write the interests and texts again that are deleted here.
    step.connection.execute(statement("profiles/lock_tenant"), values)
    step.connection.execute(statement("sync/find_people_gone"), values)
    step.connection.execute(statement("sync/lock_segments_of_people_gone"), values)
    return sum(step.connection.execute(statement(name), values).rowcount for name in _STATEMENTS)
