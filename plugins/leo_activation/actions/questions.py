"""The forms of questions that are read, in English and Vietnamese: patterns over a text folded to plain letters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leo_activation.actions.catalogue import EXPLAIN, RECALL
from leo_activation.segments.recall import MemoryKind
from leo_activation.segments.request import Language

THIS_ONE = "this one"
"""What “segments like this one” are like, until somebody says which one that is."""

Arguments = dict[str, object]
Said = Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """`pattern` matches a whole folded text; its groups are the parts of it that `arguments` takes, as written.

    `needs_known_segment`: it is a question only where the group `segment` is a segment of the tenant.
    """

    language: Language
    action: str
    pattern: re.Pattern[str]
    arguments: Callable[[Said], Arguments]
    needs_known_segment: bool = False


def _why(said: Said) -> Arguments:
    return {"customer_id": said["customer"], "segment": said["segment"]}


def _of_segment(said: Said) -> Arguments:
    return {"segment": said["segment"]}


def _of_request(said: Said) -> Arguments:
    return {"request_id": int(said["request"])}


def _like_this(said: Said) -> Arguments:
    return {"like": THIS_ONE, "kinds": [str(MemoryKind.SEGMENT)]}


def _searched(*kinds: MemoryKind) -> Callable[[Said], Arguments]:
    chosen: Arguments = {"kinds": [str(kind) for kind in kinds]} if kinds else {}
    return lambda said: {"words": said["words"], **chosen}


_ANYTHING = _searched()
_SEGMENTS = _searched(MemoryKind.SEGMENT)
_REQUESTS = _searched(MemoryKind.REQUEST)
_CAMPAIGNS = _searched(MemoryKind.CAMPAIGN)


def _english(action: str, pattern: str, arguments: Callable[[Said], Arguments], *, known: bool = False) -> Form:
    return Form(Language.ENGLISH, action, re.compile(pattern), arguments, known)


def _vietnamese(action: str, pattern: str, arguments: Callable[[Said], Arguments], *, known: bool = False) -> Form:
    return Form(Language.VIETNAMESE, action, re.compile(pattern), arguments, known)


_WHY = "(?:why|how come|for what reason|what is the reason why)"
_CUSTOMER = r"(?:the )?(?:customer |user |client |person )?(?P<customer>\S+)"
_THE_SEGMENT = "(?:the |this )?(?:segment |group |audience )?(?P<segment>.+?)(?: segment| group| audience)?"
_IS_NOT = "(?:is not|isn'?t|isn’t|was not|wasn'?t|is|was)"
_IN = "(?:in|part of|a member of|inside)"
_CAME_OR_WENT = "(?:enter|entered|join|joined|leave|left|belong to|drop out of|fall out of|get into)"
_SHOW = "(?:(?:find|show|list|recall)(?: me)? |are there |were there |which are |what are |do we have )?"
_EARLIER = "(?:the |any |other |earlier |past )*"
_LIKE = "(?:like|similar to|near(?: to)?|about)"
_WHAT_IS = "(?:what is|what's|what’s|explain|describe)"
_STATE_OF = "(?:(?:what is |what's |show )?(?:me )?(?:the )?(?:state|status|progress) of)"
_WHERE_IS = f"(?:where is|where's|how far is|how is|what about|what happened to|show|{_STATE_OF})"

ENGLISH = (
    _english(EXPLAIN, f"{_WHY} {_IS_NOT} {_CUSTOMER}(?: not)? {_IN} {_THE_SEGMENT}", _why),
    _english(EXPLAIN, f"{_WHY} (?:did|does|has) {_CUSTOMER}(?: not)? {_CAME_OR_WENT} {_THE_SEGMENT}", _why),
    _english(
        EXPLAIN,
        rf"{_WHERE_IS} (?:my |the )?request (?:number |no\.? ?|#)?(?P<request>\d{{1,9}})(?: now)?",
        _of_request,
    ),
    _english(
        RECALL, f"{_SHOW}{_EARLIER}segments (?:like|similar to|near) (?:this one|this segment|this|it)", _like_this
    ),
    _english(RECALL, f"{_SHOW}{_EARLIER}segments {_LIKE} (?P<words>.+)", _SEGMENTS),
    _english(RECALL, f"{_SHOW}{_EARLIER}requests {_LIKE} (?P<words>.+)", _REQUESTS),
    _english(RECALL, f"{_SHOW}{_EARLIER}campaigns (?:like|similar to|about|for|on) (?P<words>.+)", _CAMPAIGNS),
    _english(
        RECALL,
        "what (?:campaigns?|messages?|mailings?) (?:did|have) (?:we|you|i) (?:run|send|sent|do|done|make|made) "
        "(?:for|to|about|with) (?P<words>.+)",
        _CAMPAIGNS,
    ),
    _english(
        RECALL,
        "what (?:did|have) (?:we|you|i) (?:ever )?(?:do|done|run|send|sent|try|tried|make|made) "
        "(?:for|to|about|with) (?P<words>.+?)(?: before| so far| last time)?",
        _ANYTHING,
    ),
    _english(
        RECALL,
        "(?:did|have) (?:we|i) (?:ever )?(?:do|done|ask|asked|make|made|have|had) (?:anything |something )?"
        "(?:for|about) (?P<words>.+?)(?: before| already)?",
        _ANYTHING,
    ),
    _english(RECALL, "recall (?P<words>.+)", _ANYTHING),
    _english(EXPLAIN, f"{_WHAT_IS} (?:the |this )?(?:segment|group|audience) (?P<segment>.+)", _of_segment),
    _english(EXPLAIN, f"{_WHAT_IS} {_THE_SEGMENT}", _of_segment, known=True),
    _english(EXPLAIN, f"(?:what|how) (?:does|is) {_THE_SEGMENT} (?:say|mean|defined)", _of_segment, known=True),
)

_PHAN_KHUC = "(?:phan khuc|nhom|segment)"
_CAC_PHAN_KHUC = f"(?:tim |liet ke |cho xem |co )?(?:cac |nhung )?{_PHAN_KHUC} (?:nao )?"
_GIONG = "(?:giong|tuong tu|gan giong|gan)(?: nhu| voi)?"
_THUOC = "(?:nam trong|o trong|thuoc ve|thuoc|co trong|co mat trong|trong|vao|roi)"
_DEN_DAU = "(?: (?:den dau roi|dang o dau|o dau roi|o dau|the nao roi|the nao|sao roi|ra sao roi|ra sao|xong chua))?"
_DA_LAM_GI = "(?:da|tung|da tung) (?:lam|gui) (?:nhung )?gi cho"

VIETNAMESE = (
    _vietnamese(
        EXPLAIN,
        r"(?:vi sao|tai sao|sao) (?:lai )?(?:khach hang |khach |nguoi dung )?(?P<customer>\S+) "
        rf"(?:lai )?(?:da )?(?:khong con |khong |chua )?(?:duoc )?{_THUOC} (?:{_PHAN_KHUC} )?(?P<segment>.+)",
        _why,
    ),
    _vietnamese(EXPLAIN, rf"(?:trang thai (?:cua )?)?yeu cau (?:so )?(?P<request>\d{{1,9}}){_DEN_DAU}", _of_request),
    _vietnamese(RECALL, f"{_CAC_PHAN_KHUC}{_GIONG} (?:{_PHAN_KHUC} nay|cai nay|nay)", _like_this),
    _vietnamese(RECALL, f"{_CAC_PHAN_KHUC}{_GIONG} (?P<words>.+)", _SEGMENTS),
    _vietnamese(
        RECALL,
        f"(?:(?:chung ta|chung toi|minh|ta) )?{_DA_LAM_GI} (?P<words>.+?)(?: chua| truoc day| roi)?",
        _ANYTHING,
    ),
    _vietnamese(
        EXPLAIN, f"{_PHAN_KHUC} (?P<segment>.+?) (?:la gi|noi gi|nghia la gi|gom nhung ai|gom ai)", _of_segment
    ),
    _vietnamese(EXPLAIN, "(?P<segment>.+?) (?:la phan khuc gi|la gi|nghia la gi)", _of_segment, known=True),
    _vietnamese(EXPLAIN, f"giai thich {_PHAN_KHUC} (?P<segment>.+)", _of_segment),
)

QUOTES = "\"'“”„‘’«»` "
ASKS_TO_ACT = re.compile(
    r"(?:\band|\bthen|[,;.]|\bva|\broi|\bsau do)\s+(?:please |hay |xin )?"
    r"(?:approve|reject|send|delete|remove|publish|activate|run|change|update|set|drop|export"
    r"|duyet|phe duyet|tu choi|gui|xoa|sua|doi|xuat)\b"
)
"""A question that goes on with an order is no question."""
