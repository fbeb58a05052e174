"""Tell whoever asked for a campaign, and its approvers, what became of a run: decided, or stopped and why."""

from airflow.sdk import Context

from leo_activation import activation
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, link_to_run
from leo_activation.settings import read_settings

EVENTS = {
    activation.RunState.APPROVED: Event.RUN_APPROVED,
    activation.RunState.SENDING: Event.RUN_APPROVED,
    activation.RunState.REJECTED: Event.RUN_REJECTED,
    activation.RunState.STOPPED: Event.RUN_STOPPED,
}


def tell_about_run(context: Context, tenant_id: str, campaign_run_id: int) -> None:
    """Tell the requester what was decided, and where a run was stopped the approvers too.

    It says nothing of a test, nor while a run waits, nor when a recurring one went within its limits.

    Raises:
        Permanent: there is no such run.
        Transient: the warehouse cannot be reached.
    """
    notifier = about_run(tenant_id, campaign_run_id, link_to_run(context))
    if notifier is not None:
        notifier(context)


def about_run(tenant_id: str, campaign_run_id: int, link: str | None) -> TellStaff | None:
    """What `tell_about_run` tells, None where there is nothing to tell; raises the same."""
    found = activation.run_outcome(warehouse(), tenant_id, campaign_run_id)
    event = EVENTS.get(found.state)
    if event is None or found.is_test or (found.within_limits and event is Event.RUN_APPROVED):
        return None
    if event is Event.RUN_REJECTED and found.decided_by == activation.NOBODY:
        event = Event.RUN_EXPIRED
    people = {found.requested_by}
    if event is Event.RUN_STOPPED:
        people.update(read_settings().approvers)
    notice = Notice(
        event,
        found.name,
        link=link,
        reason=found.stop_reason if event is Event.RUN_STOPPED else found.note,
        people=found.to_send,
    )
    return TellStaff(sorted(people), notice)
