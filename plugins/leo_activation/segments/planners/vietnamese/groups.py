"""Groups and ties: segments, resemblance, campaigns that were seen, reachability, household and referrals."""

from collections.abc import Callable

from leo_activation.segments.plan import (
    Channel,
    Exposure,
    ExposureKind,
    ProfilePhrase,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    Window,
)
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_comparison, take_whole
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table
from leo_activation.segments.planners.vietnamese.topics import take_threshold
from leo_activation.segments.planners.vocabulary import NameKind

CHANNELS = table(
    {
        **dict.fromkeys(("email", "e mail", "thư điện tử", "mail"), Channel.EMAIL),
        **dict.fromkeys(("sms", "tin nhắn sms", "tin nhắn điện thoại", "tin nhắn văn bản"), Channel.SMS),
        **dict.fromkeys(("zalo", "tin nhắn zalo", "zalo oa"), Channel.ZALO),
        **dict.fromkeys(
            ("messenger", "facebook messenger", "tin nhắn messenger", "tin nhắn facebook messenger"), Channel.MESSENGER
        ),
        **dict.fromkeys(
            (
                "thông báo đẩy trên di động",
                "thông báo đẩy di động",
                "mobile push",
                "push di động",
                "thông báo ứng dụng",
            ),
            Channel.MOBILE_PUSH,
        ),
        **dict.fromkeys(("thông báo đẩy trên web", "thông báo đẩy web", "web push", "push web"), Channel.WEB_PUSH),
    }
)
CHANNEL_NAMES = {
    Channel.EMAIL: "email",
    Channel.SMS: "SMS",
    Channel.ZALO: "Zalo",
    Channel.MESSENGER: "Messenger",
    Channel.MOBILE_PUSH: "thông báo đẩy trên di động",
    Channel.WEB_PUSH: "thông báo đẩy trên web",
}
_SEGMENTS = ("phân khúc", "nhóm", "tệp", "phân khúc khách hàng", "nhóm khách hàng", "tệp khách hàng", "tập khách hàng")
_IN = ("thuộc", "trong", "nằm trong", "ở trong", "là thành viên của", "thành viên", "thành viên của", "thuộc về", "ở")
_SIMILAR = (
    "giống như", "giống", "tương tự", "tương tự như", "tương đồng với", "gần giống", "giống với", "tương tự với",
)  # fmt: skip
_EXPOSED = table(
    {
        **dict.fromkeys(("nhận", "nhận được", "được gửi"), ExposureKind.RECEIVED),
        **dict.fromkeys(("mở", "đọc", "mở xem"), ExposureKind.OPENED),
        **dict.fromkeys(
            ("nhấp", "nhấp vào", "bấm", "bấm vào", "click", "click vào", "nhấn", "nhấn vào"), ExposureKind.CLICKED
        ),
        **dict.fromkeys(
            ("chuyển đổi từ", "chuyển đổi nhờ", "mua hàng nhờ", "mua nhờ", "chuyển đổi qua"), ExposureKind.CONVERTED
        ),
    }
)
_CAMPAIGNS = (
    "chiến dịch",
    "campaign",
    "tin của chiến dịch",
    "tin nhắn của chiến dịch",
    "thư của chiến dịch",
    "các chiến dịch",
)
_ANY_CAMPAIGN = ("bất kỳ", "bất kỳ nào", "nào", "bất kì", "nào đó", "bất kì nào")
_BY = ("qua", "bằng", "trên", "qua kênh", "qua kênh", "bằng kênh", "thông qua")
_REACHABLE = (
    "có thể liên hệ", "liên hệ được", "có thể liên lạc", "liên lạc được", "có thể gửi tin", "tiếp cận được",
    "có thể tiếp cận", "thể liên hệ", "thể liên lạc", "có thể nhận tin", "có thể gửi",
)  # fmt: skip
_CONSENT = (
    "đồng ý nhận", "đã đồng ý nhận", "cho phép gửi", "cho phép nhận", "chấp nhận nhận", "đồng ý nhận tin qua",
    "đồng ý nhận tin tiếp thị qua", "đăng ký nhận", "đồng ý nhận tiếp thị qua", "đồng ý nhận quảng cáo qua",
)  # fmt: skip
_ADDRESS = ("có địa chỉ", "có tài khoản", "có")
_PHONE = ("số điện thoại", "số di động", "sđt")
_HOUSEHOLD = (
    "sống cùng nhà với", "cùng nhà với", "cùng hộ với", "cùng hộ gia đình với", "ở cùng nhà với", "sống chung nhà với",
    "sống chung với", "chung nhà với", "cùng một nhà với", "cùng một hộ với", "sống cùng hộ với", "sống cùng với",
    "sống cùng hộ gia đình với", "chung hộ với", "chung hộ gia đình với", "sống cùng",
)  # fmt: skip
_REFERRED_BY = ("được giới thiệu bởi", "do giới thiệu bởi")
_REFERRED = ("giới thiệu", "đã giới thiệu")
_CO_PURCHASE = (
    "mua cùng sản phẩm với", "mua chung sản phẩm với", "mua cùng một sản phẩm với", "mua sản phẩm giống với",
    "mua cùng sản phẩm như",
)  # fmt: skip
_OTHERS = (
    "khách hàng", "khách", "người", "những khách hàng", "những người", "một khách hàng", "một người", "ai đó",
    "khách hàng khác",
    "người khác", "những khách hàng khác", "bạn bè", "một khách hàng khác", "một người khác", "người dùng",
    "những khách",
)  # fmt: skip

Statement = Callable[[], Meant | None]


def take_group(reading: Reading, statement: Statement, *, adjective: bool) -> Meant | None:
    """One statement about a group or a tie; `statement` reads what is asked of the other customer.

    `adjective`: the statement stands right behind 'khách hàng', where a segment's bare name means its members.

    Raises:
        Ask: a name is not known here or a channel is open.
    """
    cursor = reading.cursor
    start = cursor.position
    rules: tuple[Callable[[], Meant | None], ...] = (
        lambda: _relation(reading, statement),
        lambda: _segment(reading, adjective=adjective),
        lambda: _similar(reading),
        lambda: _exposure(reading),
        lambda: _reachable(reading),
    )
    for rule in rules:
        cursor.position = start
        found = rule()
        if found is not None:
            return found
    cursor.position = start
    return None


# --- segments and resemblance -----------------------------------------------------------------------------------------


def _segment(reading: Reading, *, adjective: bool) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    inside = cursor.has(*_IN) is not None
    named = cursor.has(*_SEGMENTS) is not None
    if not (inside or named or adjective or cursor.has("là")):
        return None
    parts: list[Meant] = []
    operators: set[str] = set()
    while True:
        before = cursor.position
        operator = None
        if parts:
            operator = "or" if cursor.has("hoặc", "hay") else "and" if cursor.has("và") else None
            if operator is None:
                break
            cursor.has(*_IN)
            cursor.has(*_SEGMENTS)
        at = cursor.position
        segment = _segment_name(reading)
        if segment is None:
            if parts or not named:
                cursor.position = before
                break
            if cursor.at_end or cursor.sees("gồm", "cho", "tên", "có", "khách", ":", "các", "những", "mới"):
                return None
            _ask_about_segment(reading, at)
        else:
            parts.append(Said(SegmentMember(segment_id=segment), at if parts else start, cursor.position))
            if operator is not None:
                operators.add(operator)
    if not parts:
        return None
    if len(operators) > 1:
        raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” có hai cách hiểu: những gì đi với nhau?")
    return joined(next(iter(operators), "and"), parts)


def _segment_name(reading: Reading) -> str | None:
    cursor = reading.cursor
    if (quoted := cursor.quoted) is not None:
        segments = reading.catalogue.segments
        exact = next((key for key, name in segments.items() if name == quoted), None)
        found = (NameKind.SEGMENT, exact) if exact else reading.names.lookup(quoted, (NameKind.SEGMENT,))
        cursor.position += 1 if found else 0
    else:
        found = reading.names.take(cursor, NameKind.SEGMENT)
    return None if found is None else found[1]


def _ask_about_segment(reading: Reading, at: int) -> None:
    cursor = reading.cursor
    cursor.position += 1
    while (token := cursor.token) is not None and token.kind is TokenKind.WORD and cursor.text[token.start].isupper():
        cursor.position += 1
    words = cursor.written(at, cursor.position)
    raise cursor.ask(
        at,
        f"Không có phân khúc “{words}” đang hoạt động: phân khúc nào?",
        tuple(reading.catalogue.segments.values())[:12],
    )


def _similar(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_SIMILAR) is None:
        return None
    cursor.has("những người", "những khách hàng", "khách hàng", "mô tả")
    token = cursor.take_kind(TokenKind.QUOTED)
    if token is None or not token.word:
        at = cursor.position
        end = min(at + 1, len(cursor.tokens))
        raise cursor.ask(
            start, "Giống mô tả nào? Xin đặt mô tả trong ngoặc kép.", ('giống "…"',), end=max(end, start + 1)
        )
    return Said(ProfilePhrase(phrase=token.word, threshold=take_threshold(cursor)), start, cursor.position)


# --- campaigns and channels -------------------------------------------------------------------------------------------


def _exposure(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.word == "nhan" and not cursor.sees("nhận được"):
        cursor.position += 1
        if cursor.sees(*_CAMPAIGNS) or cursor.length_of(CHANNELS):
            raise cursor.ask(start, "“nhan” là nhận hay nhấn?", ("nhận", "nhấn"))
        cursor.position = start
        return None
    kind = cursor.spot(_EXPOSED)
    if kind is None:
        return None
    cursor.has("được", "vào", "một", "tin nhắn", "tin", "các", "bất kỳ", "bất kì", "bất cứ", "ít nhất một")
    channel = cursor.spot(CHANNELS)
    cursor.has("của", "từ", "trong", "thuộc")
    campaigns: list[str] = []
    named = cursor.has(*_CAMPAIGNS) is not None
    if named:
        while True:
            before = cursor.position
            if campaigns and not cursor.has(",", "hoặc", "hay"):
                break
            cursor.has("hoặc", "chiến dịch")
            campaign = _campaign(reading)
            if campaign is None:
                cursor.position = before
                break
            campaigns.append(campaign)
        if not campaigns:
            cursor.has(*_ANY_CAMPAIGN)
    if not named and channel is None:
        cursor.position = start
        return None
    count, window = 1, None
    while True:
        before = cursor.position
        if channel is None and cursor.has(*_BY):
            channel = cursor.spot(CHANNELS)
            if channel is not None:
                continue
        cursor.position = before
        if count == 1 and (times := _at_least(cursor)) is not None:
            count = times
            continue
        cursor.position = before
        if window is None and (found := take_window(cursor)) is not None:
            window = found
            reading.windows[before] = cursor.position
            continue
        cursor.position = before
        break
    return _exposed(cursor, start, kind, campaigns, channel, count, window)


def _exposed(
    cursor: VietnameseCursor,
    start: int,
    kind: ExposureKind,
    campaigns: list[str],
    channel: Channel | None,
    count: int,
    window: Window | None,
) -> Meant:
    try:
        leaf = Exposure(
            exposure=kind, campaigns=tuple(dict.fromkeys(campaigns)), channel=channel, min_count=count, window=window
        )
    except ValueError:
        raise cursor.ask(start, "Khoảng thời gian nào?") from None
    return Said(leaf, start, cursor.position)


def _at_least(cursor: VietnameseCursor) -> int | None:
    start = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is None or not cursor.has("lần"):
        return None
    number = int(compared.values[0])
    if compared.bare and cursor.has("trở lên"):
        return number
    match str(compared.operator):
        case "ge" if not compared.bare and compared.upper is None:
            return number
        case "gt" if compared.upper is None:
            return number + 1
        case _:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{words}”: tin của chiến dịch được đếm từ dưới lên.", (f"ít nhất {number} lần",))


def _campaign(reading: Reading) -> str | None:
    cursor = reading.cursor
    start = cursor.position
    known = reading.catalogue.campaigns
    if (quoted := cursor.quoted) is not None:
        cursor.position += 1
        found = next((key for key, name in known.items() if name == quoted), None) or next(
            (key for key, name in known.items() if quoted.lower() in {name.lower(), key.lower()}), None
        )
        if found is None:
            raise cursor.ask(start, f"Không có chiến dịch “{quoted}”: chiến dịch nào?", tuple(known.values())[:12])
        return found
    found = cursor.spot(reading.names.campaigns)
    token = cursor.token
    if found is None and token is not None and token.kind is TokenKind.WORD and cursor.text[token.start].isupper():
        while (token := cursor.token) is not None and cursor.text[token.start].isupper():
            cursor.position += 1
        words = cursor.written(start, cursor.position)
        raise cursor.ask(start, f"Không có chiến dịch “{words}”: chiến dịch nào?", tuple(known.values())[:12])
    return found


def _reachable(reading: Reading) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_REACHABLE):
        cursor.has("được", "tin nhắn", "với họ")
        cursor.has(*_BY)
        channel = _channel(cursor)
        if channel is None:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{words}” qua kênh nào?", ("qua email", "qua Zalo", "qua SMS"))
        return Said(Reachable(channel=channel), start, cursor.position)
    if cursor.has(*_CONSENT):
        if not cursor.length_of(CHANNELS):
            cursor.has("tin", "tin qua", "quảng cáo qua", "tin tiếp thị qua", "thông tin qua", "tin nhắn qua", "qua")
        channel = _channel(cursor)
        if channel is None:
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, f"“{words}” qua kênh nào?", ("nhận email", "nhận tin nhắn Zalo", "nhận SMS"))
        return Said(Reachable(channel=channel, by=Reachability.CONSENT), start, cursor.position)
    if cursor.has(*_ADDRESS):
        if cursor.has(*_PHONE):
            return Said(Reachable(channel=Channel.SMS, by=Reachability.ADDRESS), start, cursor.position)
        cursor.has("nhận")
        channel = cursor.spot(CHANNELS)
        if channel is not None:
            return Said(Reachable(channel=channel, by=Reachability.ADDRESS), start, cursor.position)
    return None


def _channel(cursor: VietnameseCursor) -> Channel | None:
    if cursor.has(*_PHONE):
        return Channel.SMS
    return cursor.spot(CHANNELS)


# --- ties -------------------------------------------------------------------------------------------------------------


def _relation(reading: Reading, statement: Statement) -> Meant | None:
    cursor = reading.cursor
    start = cursor.position
    closing = False
    if cursor.has(*_HOUSEHOLD):
        relation = RelationKind.HOUSEHOLD
    elif cursor.has(*_REFERRED_BY):
        relation = RelationKind.REFERRED_BY
    elif cursor.has(*_CO_PURCHASE):
        relation = RelationKind.CO_PURCHASE
    elif cursor.has("được") and (cursor.sees("ít nhất") or cursor.sees(*_OTHERS)):
        relation, closing = RelationKind.REFERRED_BY, True
    else:
        cursor.position = start
        if cursor.has(*_REFERRED) is None:
            return None
        relation = RelationKind.REFERRED
    number = 1
    counted_at = cursor.position
    compared = take_comparison(cursor, lambda: take_whole(cursor))
    if compared is not None:
        if compared.bare or str(compared.operator) not in {"ge", "gt"} or compared.upper is not None:
            words = cursor.written(counted_at, cursor.position)
            raise cursor.ask(counted_at, f"“{words}”: ít nhất bao nhiêu?", (f"ít nhất {compared.values[0]}",))
        number = int(compared.values[0]) + (str(compared.operator) == "gt")
    if cursor.has(*_OTHERS) is None:
        if cursor.at_end or compared is not None:
            raise cursor.ask(start, "Với ai?", ("… khách hàng khác", "… khách hàng đã mua …"))
        return None
    other = cursor.before("khác", "bè", "đó")
    cursor.has("mà")
    plain = other or (closing and cursor.sees("giới thiệu"))
    meant = None if plain else _of_other(reading, statement)
    if closing and not cursor.has("giới thiệu"):
        cursor.position = start
        return None
    try:
        leaf = Relation.model_validate(
            {"relation": relation, "of": None if meant is None else meant.leaf.model_dump(), "min_count": number}
        )
    except ValueError:
        raise cursor.ask(start, "Về khách hàng kia chỉ hỏi được một điều, có hay không: điều gì?") from None
    if meant is not None and cursor.sees("và", "hoặc", "nhưng", "hay", ","):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"Phần sau “{words}” nói về khách hàng nào? Xin ngăn bằng dấu chấm phẩy.", (f"{words}; …",)
        )
    return Said(leaf, start, cursor.position)


def _of_other(reading: Reading, statement: Statement) -> Said | None:
    cursor = reading.cursor
    before = cursor.position
    bracket = cursor.has("(") is not None
    found = statement()
    if found is None or (bracket and not cursor.has(")")):
        cursor.position = before
        return None
    if not isinstance(found, Said):
        words = cursor.written(before, cursor.position)
        raise cursor.ask(before, f"Về khách hàng kia chỉ hỏi được một điều: “{words}” là mấy điều?")
    return found


__all__ = ["CHANNELS", "CHANNEL_NAMES", "denied", "take_group"]
