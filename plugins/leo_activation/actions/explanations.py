"""Explain: why a customer is in a segment or not, what a segment says, how far a request has come."""

from leo_activation.actions.arguments import Explain
from leo_activation.actions.names import NamedSegment, find_segment, known_segments, near_names
from leo_activation.actions.registry import Caller, Outcome, Result, Tools
from leo_activation.actions.wording import Say, number, say, state_in_words
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.llm_masking import masked, quoting_whole_contacts
from leo_activation.segments.request import Language
from leo_activation.segments.requests import RequestState, read_request
from leo_activation.segments.sentences import explain as read_back
from leo_activation.segments.why import NextRefresh, Why, why
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.statements import statement

_CHANGES = {NextRefresh.ENTERS: Say.ENTERS, NextRefresh.EXITS: Say.LEAVES}


def explain(tools: Tools, caller: Caller, asked: Explain) -> Result:
    """The handler of the action: the one question that the arguments hold."""
    if asked.request_id is not None:
        return _of_request(tools, caller.language, asked.request_id)
    words = asked.segment or ""
    segments = known_segments(tools.warehouse, tools.tenant_id)
    segment = find_segment(segments, words)
    if segment is None:
        return not_a_segment(caller.language, words, near_names(segments, words))
    if asked.customer_id is None:
        return _of_segment(tools, caller.language, segment)
    if segment.active_version is None:
        return Result(say(caller.language, Say.NOT_ACTIVE, name=masked(segment.name)), _of(segment))
    return _of_customer(tools, caller.language, segment, asked.customer_id)


def not_a_segment(language: Language, words: str, near: list[str]) -> Result:
    """What is asked back where no segment is called so."""
    problem = say(language, Say.NO_SEGMENT, words=words)
    if not near:
        return Result(problem, {"found": 0}, Outcome.ASKED_BACK, (problem,))
    choice = f"{problem} {say(language, Say.PERHAPS)} ({' / '.join(masked(name) for name in near)})"
    return Result(choice, {"found": 0}, Outcome.ASKED_BACK, (choice,))


def _of_segment(tools: Tools, language: Language, segment: NamedSegment) -> Result:
    with tools.warehouse.connect(DatabaseRole.WRITER, tools.tenant_id) as connection:
        catalogue = load_catalogue(connection, tools.tenant_id)
        version = segment.active_version or segment.version
        key = {"tenant_id": tools.tenant_id, "segment_id": segment.segment_id, "version": version}
        [(plan, members, refreshed)] = connection.execute(statement("actions/read_version_and_members"), key)
    told = [
        say(
            language,
            Say.SEGMENT,
            name=masked(segment.name),
            segment_id=segment.segment_id,
            version=version,
            reading=masked(read_back(SegmentPlan.model_validate(plan), catalogue, language=language)),
        )
    ]
    if segment.active_version is None:
        told.append(say(language, Say.NOT_ACTIVE, name=masked(segment.name)))
    elif refreshed is None:
        told.append(say(language, Say.NOT_REFRESHED))
    else:
        moment = f"{refreshed:%Y-%m-%d %H:%M} UTC"
        told.append(say(language, Say.MEMBERS, members=number(language, members), as_of=moment))
    if segment.active_version not in (None, segment.version):
        told.append(say(language, Say.OTHER_VERSION, version=segment.version, state=segment.state))
    return Result(" ".join(told), {**_of(segment), "members": members})


def _of(segment: NamedSegment) -> dict[str, object]:
    return {
        "segment_id": segment.segment_id,
        "version": segment.active_version or segment.version,
        "is_active": segment.active_version is not None,
    }


def _of_request(tools: Tools, language: Language, request_id: int) -> Result:
    values = {"tenant_id": tools.tenant_id, "request_id": request_id}
    with tools.warehouse.connect(DatabaseRole.WRITER, tools.tenant_id) as connection:
        try:
            request = read_request(connection, tools.tenant_id, request_id)
        except Permanent:
            unknown = say(language, Say.NO_REQUEST, request_id=request_id)
            return Result(unknown, {"found": 0}, Outcome.ASKED_BACK, (unknown,))
        row = connection.execute(statement("segments/read_draft"), values).fetchone()
    told = [
        say(
            language,
            Say.REQUEST,
            request_id=request_id,
            requested_by=masked(request.requested_by),
            state=state_in_words(language, request.state),
        )
    ]
    data: dict[str, object] = {"request_id": request_id, "state": str(request.state)}
    if row is not None:
        segment_id, version, _, members = row
        told.append(
            say(language, Say.LEADS_TO, segment_id=segment_id, version=version, members=number(language, members))
        )
        data |= {"segment_id": segment_id, "version": version, "member_count": members}
    if request.state is RequestState.NEEDS_CLARIFICATION:
        told += [masked(quoting_whole_contacts(question, request.text)) for question in request.questions]
    elif request.problem is not None:
        told.append(masked(request.problem))
    return Result(" ".join(told), data)


def _of_customer(tools: Tools, language: Language, segment: NamedSegment, customer_id: str) -> Result:
    found = why(
        tools.warehouse,
        tools.tenant_id,
        customer_id,
        segment.segment_id,
        tools.as_of,
        encoder=tools.encoder,
        language=language,
    )
    data = {
        **_of(segment),
        "customer_id": customer_id,
        "is_member": found.is_member,
        "found_now": found.found_now,
        "conditions": len(found.conditions),
        "met": sum(condition.holds for condition in found.conditions),
    }
    return Result(" ".join(_reasons(language, masked(segment.name), customer_id, found)), data)


def _reasons(language: Language, name: str, customer_id: str, found: Why) -> list[str]:
    if found.is_member:
        since = "" if found.since is None else say(language, Say.SINCE, since=f"{found.since:%Y-%m-%d}")
        told = [say(language, Say.MEMBER, customer_id=customer_id, name=name, since=since).replace(" .", ".")]
    else:
        told = [say(language, Say.NO_MEMBER, customer_id=customer_id, name=name)]
    if not found.agrees:
        told.append(say(language, Say.DISAGREES))
    elif found.next_refresh in _CHANGES:
        told.append(say(language, _CHANGES[found.next_refresh]))
    told += [
        say(language, Say.MET if condition.holds else Say.NOT_MET, condition=masked(condition.condition))
        for condition in found.conditions
    ]
    return told
