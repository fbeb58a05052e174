"""Tell the people who ask and approve by e-mail: Airflow's own SMTP notifier, by the connection `leo_staff_smtp`.

Telling is a courtesy beside the work: without the connection nobody is told, and a mail that cannot be sent delays a
task by seconds at most and never fails it. Addresses stand in `ops.staff_address` and in no log.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from airflow.providers.common.compat.sdk import AirflowException, conf
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import Connection, Context
from airflow.sdk.bases.notifier import BaseNotifier
from airflow.sdk.exceptions import AirflowNotFoundException

from leo_activation.errors import LeoError
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.segments.explaining import without_next_step
from leo_activation.segments.in_review import read_member_count
from leo_activation.segments.planners.llm_masking import quoting_whole_contacts
from leo_activation.segments.requests import read_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.staff import StaffMember, read_staff

logger = logging.getLogger(__name__)

STAFF_SMTP_CONNECTION = "leo_staff_smtp"
STEP_TIMEOUT_S = 5
"""The longest that one step of the conversation with the mail server may take."""
SEND_LIMIT_S = 15.0
"""The longest that a task waits for all of its mails together."""
REFUSALS = (OSError, ValueError, AirflowException, LeoError)
"""What sending ends in where server, connection or address are not right; smtplib's own errors are OSErrors."""


class _BriefHook(SmtpHook):
    """Asks once and waits briefly, whatever the connection says."""

    @property
    def timeout(self) -> int:
        """Seconds for each step."""
        return max(1, min(super().timeout, STEP_TIMEOUT_S))

    @property
    def smtp_retry_limit(self) -> int:
        """No second try: a mail could arrive twice."""
        return 0


class StaffMail(SmtpNotifier):
    """One mail to one person; its words come from requests, so nothing in it is a template."""

    template_fields: tuple[str, ...] = ()  # type: ignore[assignment]  # fewer than the provider's, on purpose

    @cached_property
    def hook(self) -> SmtpHook:
        """The brief one."""
        return _BriefHook(smtp_conn_id=self.smtp_conn_id, auth_type=self.auth_type)


class TellStaff(BaseNotifier):
    """Tell these users one thing, each in their own language; never raises where a mail cannot be sent."""

    def __init__(self, user_ids: Sequence[str], notice: Notice, *, limit_s: float = SEND_LIMIT_S) -> None:
        """Nothing is read before it is called; `limit_s` is for all mails together."""
        super().__init__()
        self.user_ids = tuple(user_ids)
        self.notice = notice
        self.limit_s = limit_s

    def notify(self, context: Context) -> None:
        """Send what can be sent within the limit, and log how many were not told, and why."""
        if not _is_set_up():
            logger.info("Airflow has no connection %s, so nobody is told by e-mail.", STAFF_SMTP_CONNECTION)
            return
        try:
            staff = read_staff(warehouse(), self.user_ids)
        except LeoError as error:
            logger.warning("Nobody is told by e-mail: %s", error)
            return
        told: list[str] = []
        problems: list[str] = []
        # A daemon: a mail server that keeps the line open does not keep the task.
        sending = threading.Thread(target=self._send, args=(staff, context, told, problems), daemon=True)
        sending.start()
        sending.join(self.limit_s)
        missing = len(staff) - len(told)
        if missing:
            why = ", ".join(sorted(set(problems))) or "the mail server takes too long"
            logger.warning("%d of %d people were not told by e-mail (%s).", missing, len(staff), why)
        if told:
            logger.info("Told %d people by e-mail: %s.", len(told), self.notice.event)

    def _send(self, staff: list[StaffMember], context: Context, told: list[str], problems: list[str]) -> None:
        for member in staff:
            mail = StaffMail(
                to=member.email,
                subject=self.notice.subject(member.language),
                html_content=self.notice.html(member.language),
                smtp_conn_id=STAFF_SMTP_CONNECTION,
            )
            try:
                mail.notify(context)
            except REFUSALS as error:
                # Its text may hold the address.
                problems.append(type(error).__name__)
            else:
                told.append(member.user_id)


def tell_approvers(
    user_ids: Sequence[str],
    title: str,
    link: str | None,
    expires_at: datetime,
    *,
    count: int | None = None,
    again_because: str | None = None,
) -> TellStaff:
    """A notifier that tells approvers what waits for them, or waits again since an answer did not count.

    `count` is how many customers it is about, None where that says nothing.
    """
    event = Event.WAITS if again_because is None else Event.WAITS_AGAIN
    notice = Notice(event, title, link=link, count=count, reason=again_because, expires_at=expires_at)
    return TellStaff(user_ids, notice)


def tell_requester(context: Context, tenant_id: str, request_id: int) -> None:
    """Tell whoever asked, and whose edit it is, where their request stands; says nothing while it is open.

    Raises:
        Permanent: there is no such request.
        Transient: the warehouse cannot be reached.
    """
    notifier = about_request(tenant_id, request_id, link_to_run(context))
    if notifier is not None:
        notifier(context)


def about_request(tenant_id: str, request_id: int, link: str | None) -> TellStaff | None:
    """What `tell_requester` tells, None while the request is open; raises the same."""
    with warehouse().connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = read_request(connection, tenant_id, request_id)
        count = read_member_count(connection, tenant_id, request_id)
    if request.state.value not in list(Event):
        return None
    people = [one for one in (request.requested_by, request.edited_by) if one is not None]
    notice = Notice(
        Event(request.state),
        request.text,
        link=link,
        request_id=request_id,
        count=count,
        reason=request.problem,
        questions=tuple(quoting_whole_contacts(question, request.text) for question in request.questions),
        # Told when it was drafted; what happened since is the notice itself.
        explanation=without_next_step(request.explanation) if request.explanation else None,
    )
    return TellStaff(people, notice)


def link_to_run(context: Context) -> str | None:
    """The page of the DAG run that a task belongs to, None where Airflow does not know its own address."""
    task_instance = context["task_instance"]
    return link_to(task_instance.dag_id, task_instance.run_id)


def link_to(dag_id: str, run_id: str) -> str | None:
    """The page of a DAG run, None where Airflow does not know its own address."""
    base_url = conf.get("api", "base_url", fallback=None)
    return f"{base_url.rstrip('/')}/dags/{dag_id}/runs/{run_id}" if base_url else None


def _is_set_up() -> bool:
    try:
        Connection.get(STAFF_SMTP_CONNECTION)
    except AirflowNotFoundException:
        return False
    return True
