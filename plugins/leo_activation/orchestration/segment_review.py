"""The review of a segment: what was asked, what will run, and how many people it finds."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from airflow.sdk import Context, Param

from leo_activation.orchestration.connections import encoder, warehouse
from leo_activation.orchestration.reviews import Answer, NotCounted, Option, Review, Sheet
from leo_activation.segments.approval import AnswerRefused, Decision, record_decision, review, void_review
from leo_activation.segments.limits import Limits
from leo_activation.segments.requests import RequestState, read_request
from leo_activation.settings import DatabaseRole

LARGEST_SIZE, LARGEST_CHANGE = "largest_size", "largest_change_percent"
MOST_DIGITS = 24
FIELDS = {
    LARGEST_SIZE: Param(None, type=["null", "integer"], minimum=0, title="Largest size, in customers"),
    LARGEST_CHANGE: Param(None, type=["null", "number"], minimum=0, title="Largest change in one refresh, in percent"),
}


class SegmentReview(Review):
    """Wait for a decision on the definition that a request led to."""

    def __init__(self, *, tenant: str, request_id: str, **kwargs: Any) -> None:
        options = (Option.APPROVE, Option.REJECT, Option.ASK, Option.EDIT)
        super().__init__(options=options, fields=FIELDS, **kwargs)
        self.tenant = tenant
        self.request_id = request_id

    template_fields = ("tenant", "request_id")

    def recorded(self) -> dict[str, str] | None:
        """The request's state, where somebody has decided or a follow-up has overtaken it."""
        with warehouse().connect(DatabaseRole.WRITER, self.tenant) as connection:
            state = read_request(connection, self.tenant, int(self.request_id)).state
        return None if state in (RequestState.DRAFTED, RequestState.IN_REVIEW) else self._told(state)

    def sheet(self, context: Context) -> Sheet:
        """The request, the sentence read back, the Cypher, and what it finds."""
        found = review(warehouse(), self.tenant, int(self.request_id), encoder=encoder())
        return Sheet(
            subject=found.subject,
            body=found.body,
            requested_by=found.requested_by,
            authors=found.authors,
            hash=found.hash,
            name=found.name,
            count=found.member_count,
            proposed={
                LARGEST_SIZE: found.limits.largest_size,
                LARGEST_CHANGE: float(found.limits.largest_change_percent),
            },
        )

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown."""
        try:
            state = record_decision(
                warehouse(),
                self.tenant,
                int(self.request_id),
                decision=Decision(answer.option.lower()),
                decided_by=answer.decided_by,
                decided_at=answer.decided_at,
                note=answer.note,
                hash=answer.hash,
                limits=limits_of(answer.form) if answer.option is Option.APPROVE else None,
            )
        except AnswerRefused as refusal:
            raise NotCounted(str(refusal)) from refusal
        return self._told(state)

    def give_up(self, context: Context, reason: str) -> dict[str, str]:
        """Void the request: nobody decided about it in a way that counts."""
        return self._told(void_review(warehouse(), self.tenant, int(self.request_id), reason))

    def _told(self, state: RequestState) -> dict[str, str]:
        return {"tenant": self.tenant, "request_id": self.request_id, "state": str(state)}


def limits_of(form: Mapping[str, object]) -> Limits | None:
    """The limits that stand in the form, None where it was sent without them: then those proposed hold.

    Raises:
        NotCounted: only one of the two is given, or one is no number.
    """
    size, change = form.get(LARGEST_SIZE), form.get(LARGEST_CHANGE)
    if size is None and change is None:
        return None
    if size is None or change is None:
        raise NotCounted("Of the largest size and the largest change only one was given.")
    exact, percent = _number(size), _number(change)
    if exact is None or percent is None or exact != int(exact):
        raise NotCounted("The largest size is a whole number of customers, and the largest change a number.")
    return Limits(int(exact), percent)


def _number(value: object) -> Decimal | None:
    """What stands in a field as a number of an ordinary size, else None: "1e999999999" would take for ever."""
    written = str(value)
    if isinstance(value, bool) or len(written) > MOST_DIGITS:
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < MOST_DIGITS else None
