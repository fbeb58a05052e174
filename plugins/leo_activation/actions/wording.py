"""What the actions answer, in the requester's language: fixed sentences around names, ids, states and counts."""

from collections.abc import Mapping
from enum import StrEnum

from leo_activation.segments.recall import MemoryKind
from leo_activation.segments.request import Language
from leo_activation.segments.requests import RequestState


class Say(StrEnum):
    """The sentences."""

    NO_SEGMENT = "no_segment"
    PERHAPS = "perhaps"
    NOT_ACTIVE = "not_active"
    SEGMENT = "segment"
    MEMBERS = "members"
    NOT_REFRESHED = "not_refreshed"
    NO_REQUEST = "no_request"
    REQUEST = "request"
    OTHER_VERSION = "other_version"
    LEADS_TO = "leads_to"
    SINCE = "since"
    MEMBER = "member"
    NO_MEMBER = "no_member"
    ENTERS = "enters"
    LEAVES = "leaves"
    DISAGREES = "disagrees"
    MET = "met"
    NOT_MET = "not_met"
    NOTHING_NEAR = "nothing_near"
    FOUND = "found"
    CAMPAIGN_READY = "campaign_ready"
    CAMPAIGN_DRAFT = "campaign_draft"
    WAITS = "waits"
    AT_WORK = "at_work"


_ENGLISH: Mapping[Say, str] = {
    Say.NO_SEGMENT: "There is no segment “{words}”.",
    Say.PERHAPS: "Which one do you mean?",
    Say.NOT_ACTIVE: "The segment “{name}” has no active version yet, so nobody belongs to it.",
    Say.SEGMENT: "Segment “{name}” ({segment_id}), version {version}: {reading}",
    Say.MEMBERS: "It has {members} members, as of {as_of}.",
    Say.NOT_REFRESHED: "Its members have not been found yet.",
    Say.NO_REQUEST: "There is no request {request_id}.",
    Say.REQUEST: "Request {request_id} of {requested_by}: {state}",
    Say.OTHER_VERSION: "A newer version {version} is {state}.",
    Say.LEADS_TO: "It leads to version {version} of the segment “{segment_id}”; its preview finds {members} customers.",
    Say.SINCE: "since {since}",
    Say.MEMBER: "Customer {customer_id} is in the segment “{name}” {since}.",
    Say.NO_MEMBER: "Customer {customer_id} is not in the segment “{name}”.",
    Say.ENTERS: "By the data of now they belong to it, and enter with the next refresh.",
    Say.LEAVES: "By the data of now they do not belong to it, and leave with the next refresh.",
    Say.DISAGREES: "Graph and tables do not agree about this customer, so nothing is published until they do.",
    Say.MET: "Met: {condition}.",
    Say.NOT_MET: "Not met: {condition}.",
    Say.NOTHING_NEAR: "Nothing was done before that is near to “{words}”.",
    Say.FOUND: "Near to “{words}”:",
    Say.CAMPAIGN_READY: (
        "The campaign “{campaign_id}” on the segment “{name}” is complete. Its audience is planned next and waits for "
        "an approver; nothing is sent before that."
    ),
    Say.CAMPAIGN_DRAFT: (
        "The campaign “{campaign_id}” on the segment “{name}” is a draft. It still needs: {missing}. Nothing is sent "
        "before an approver says so."
    ),
    Say.WAITS: "Request {request_id} is in the inbox and is drafted as soon as it can be: {problem}",
    Say.AT_WORK: "Request {request_id} is being drafted, which takes longer than usual. It goes on by itself.",
}
_VIETNAMESE: Mapping[Say, str] = {
    Say.NO_SEGMENT: "Không có phân khúc “{words}”.",
    Say.PERHAPS: "Bạn muốn nói phân khúc nào?",
    Say.NOT_ACTIVE: "Phân khúc “{name}” chưa có phiên bản nào đang dùng, nên chưa có thành viên.",
    Say.SEGMENT: "Phân khúc “{name}” ({segment_id}), phiên bản {version}: {reading}",
    Say.MEMBERS: "Phân khúc có {members} thành viên, tính đến {as_of}.",
    Say.NOT_REFRESHED: "Thành viên của phân khúc chưa được tìm.",
    Say.NO_REQUEST: "Không có yêu cầu {request_id}.",
    Say.REQUEST: "Yêu cầu {request_id} của {requested_by}: {state}",
    Say.OTHER_VERSION: "Phiên bản mới hơn {version} đang ở trạng thái {state}.",
    Say.LEADS_TO: "Yêu cầu dẫn đến phiên bản {version} của phân khúc “{segment_id}”, bản xem trước có {members} khách.",
    Say.SINCE: "từ {since}",
    Say.MEMBER: "Khách hàng {customer_id} thuộc phân khúc “{name}” {since}.",
    Say.NO_MEMBER: "Khách hàng {customer_id} không thuộc phân khúc “{name}”.",
    Say.ENTERS: "Theo dữ liệu hiện tại, khách này phù hợp và sẽ vào phân khúc ở lần làm mới tới.",
    Say.LEAVES: "Theo dữ liệu hiện tại, khách này không còn phù hợp và sẽ rời phân khúc ở lần làm mới tới.",
    Say.DISAGREES: "Đồ thị và các bảng không khớp về khách này, nên chưa công bố gì cho đến khi khớp.",
    Say.MET: "Đạt: {condition}.",
    Say.NOT_MET: "Không đạt: {condition}.",
    Say.NOTHING_NEAR: "Trước đây chưa làm gì gần với “{words}”.",
    Say.FOUND: "Gần với “{words}”:",
    Say.CAMPAIGN_READY: (
        "Chiến dịch “{campaign_id}” cho phân khúc “{name}” đã đầy đủ. Danh sách nhận sẽ được lập và chờ người duyệt; "
        "trước đó không có gì được gửi đi."
    ),
    Say.CAMPAIGN_DRAFT: (
        "Chiến dịch “{campaign_id}” cho phân khúc “{name}” là bản nháp, còn thiếu: {missing}. Không có gì được gửi đi "
        "trước khi có người duyệt."
    ),
    Say.WAITS: "Yêu cầu {request_id} đang ở hộp chờ và sẽ được soạn ngay khi có thể: {problem}",
    Say.AT_WORK: "Yêu cầu {request_id} đang được soạn và mất nhiều thời gian hơn thường lệ. Việc này tự tiếp tục.",
}
_SENTENCES: Mapping[Language, Mapping[Say, str]] = {Language.ENGLISH: _ENGLISH, Language.VIETNAMESE: _VIETNAMESE}

_STATES: Mapping[Language, Mapping[RequestState, str]] = {
    Language.ENGLISH: {
        RequestState.SUBMITTED: "it waits to be drafted.",
        RequestState.DRAFTED: "it is drafted and goes to an approver next.",
        RequestState.NEEDS_CLARIFICATION: "it waits for its requester, who was asked something.",
        RequestState.ANSWERED: "it was answered.",
        RequestState.IN_REVIEW: "it waits for an approver.",
        RequestState.APPROVED: "it was approved.",
        RequestState.REJECTED: "it was rejected in review.",
        RequestState.SENT_BACK: "it was sent back to its requester.",
        RequestState.EXPIRED: "nobody decided about it in time.",
        RequestState.VOIDED: "its review was voided.",
        RequestState.FAILED: "it could not be drafted.",
    },
    Language.VIETNAMESE: {
        RequestState.SUBMITTED: "đang chờ được soạn.",
        RequestState.DRAFTED: "đã soạn xong, sắp được xét duyệt.",
        RequestState.NEEDS_CLARIFICATION: "đang chờ người yêu cầu trả lời câu hỏi.",
        RequestState.ANSWERED: "đã được trả lời.",
        RequestState.IN_REVIEW: "đang chờ người duyệt.",
        RequestState.APPROVED: "đã được duyệt.",
        RequestState.REJECTED: "đã bị từ chối khi xét duyệt.",
        RequestState.SENT_BACK: "đã được gửi lại cho người yêu cầu.",
        RequestState.EXPIRED: "không ai quyết định kịp thời hạn.",
        RequestState.VOIDED: "lượt xét duyệt đã bị hủy.",
        RequestState.FAILED: "không soạn được.",
    },
}
_KINDS: Mapping[Language, Mapping[MemoryKind, str]] = {
    Language.ENGLISH: {
        MemoryKind.SEGMENT: "segment",
        MemoryKind.REQUEST: "request",
        MemoryKind.CAMPAIGN: "campaign",
    },
    Language.VIETNAMESE: {
        MemoryKind.SEGMENT: "phân khúc",
        MemoryKind.REQUEST: "yêu cầu",
        MemoryKind.CAMPAIGN: "chiến dịch",
    },
}


def say(language: Language, sentence: Say, **values: object) -> str:
    """The sentence with its values."""
    return _SENTENCES[language][sentence].format(**values)


def state_in_words(language: Language, state: RequestState) -> str:
    """Where a request stands and for whom it waits, as the end of a sentence."""
    return _STATES[language][state]


def kind_in_words(language: Language, kind: MemoryKind) -> str:
    """What was found: a segment, a request or a campaign."""
    return _KINDS[language][kind]


def number(language: Language, count: int) -> str:
    """A whole number as the language groups its digits."""
    grouped = f"{count:,}"
    return grouped if language is Language.ENGLISH else grouped.replace(",", ".")
