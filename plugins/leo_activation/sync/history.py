"""What profiles were: the states that a merge replaces are kept, where an attribute changed that questions ask for.

The merge calls `remember` before profiles are changed, `append` after them, and `forget` for those that are gone.
What dates a change is decided in `docs/decisions/time-and-money.md`.
"""

from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement


def remember(step: Step) -> None:
    """Set aside what the profiles read anew were so far, until the transaction ends."""
    step.connection.execute(statement("sync/create_former_profile"), step.parameters())


def append(step: Step) -> int:
    """Enter the former states of the profiles that the merge changed; gives their number."""
    values = {**step.parameters(), "as_of": step.run.as_of}
    return step.connection.execute(statement("sync/append_profile_history"), values).rowcount


def forget(step: Step) -> int:
    """Delete the history of profiles that the source no longer has; gives the number of states deleted."""
    return step.connection.execute(statement("sync/forget_profile_history"), step.parameters()).rowcount
