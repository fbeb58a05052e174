"""What stands around the conditions: openings, the segment's name, the message to send and the campaign."""

from dataclasses import dataclass

from leo_activation.segments.plan import Channel
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.planners.said import Meant
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.conditions import SUBJECTS
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.groups import CHANNELS
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table_of
from leo_activation.segments.planners.vietnamese.things import take_color
from leo_activation.segments.planners.vietnamese.topics import color_preference, take_luxury
from leo_activation.segments.request import ActivationDraft, MessageClass

OPENINGS = table_of(
    (
        "tìm", "hãy tìm", "tìm kiếm những", "tìm cho tôi", "tìm giúp tôi", "tìm giúp mình", "tìm ra",
        "tìm cho mình", "cho tôi",
        "cho mình", "cho tôi biết", "cho tôi xem", "cho xem", "cho biết", "lọc", "lọc ra", "lọc giúp tôi",
        "liệt kê", "hiển thị",
        "lấy", "lấy ra", "chọn", "chọn ra", "vui lòng", "xin", "xin hãy", "hãy", "làm ơn", "giúp tôi", "giúp mình",
        "tôi muốn",
        "tôi cần", "chúng tôi muốn", "chúng tôi cần", "mình muốn", "mình cần", "tôi muốn tìm", "tôi muốn tiếp cận",
        "tôi cần tìm", "chúng tôi muốn tiếp cận", "gợi ý", "đề xuất", "xin chào", "chào bạn", "chào", "đưa ra",
        "xác định",
        "danh sách", "nhắm đến", "nhắm tới", "tiếp cận", "tập hợp", "lập danh sách", "chỉ ra", "em cần", "em muốn",
        "cho em",
        "anh cần", "bạn hãy", "bạn ơi", "nhờ bạn", "nhờ", "xem", "tra cứu", "cần tìm", "muốn tìm", "đâu là", "là",
        "cần", "cần danh sách", "có bao nhiêu", "bao nhiêu", "đếm", "đếm số", "thống kê", "cho xin", "cho mình xin",
        "xin danh sách", "lấy giúp mình", "lấy giúp tôi", "lọc giúp mình", "lọc giúp em", "lọc cho mình", "xuất",
        "cần lọc", "muốn lọc", "mình muốn lọc", "lọc tệp", "tìm tệp",
    )
)  # fmt: skip
FILLERS = table_of(
    (
        "nhé", "ạ", "nha", "nhá", "giúp tôi", "giúp mình", "giùm", "giùm tôi", "giúp", "cảm ơn", "xin cảm ơn", "cám ơn",
        "được không", "được chứ", "của chúng tôi", "của tôi", "của mình", "của shop", "của cửa hàng", "của chúng ta",
        "của công ty", "cho tôi", "cho mình", "trong số", "trong số những", "trong số các", "với nhé", "hộ tôi",
        "hộ mình",
    )
)  # fmt: skip
_MAKERS = (
    "tạo", "hãy tạo", "tạo ra", "lập", "xây dựng", "dựng", "tạo cho tôi", "tạo giúp tôi", "tạo mới",
    "vui lòng tạo", "định nghĩa",
    "tạo cho mình", "tạo giúp mình",
)  # fmt: skip
_SEGMENTS = (
    "phân khúc", "nhóm", "tệp", "phân khúc khách hàng", "nhóm khách hàng", "tệp khách hàng", "tập khách hàng",
    "segment",
    "phân khúc mới", "nhóm mới", "phân khúc khách hàng mới",
)  # fmt: skip
_CALLED = (
    "tên là",
    "có tên là",
    "tên",
    "có tên",
    "gọi là",
    "mang tên",
    "được gọi là",
    "với tên",
    "với tên là",
    "lấy tên",
)
_CONTAINING = ("gồm", "bao gồm", "cho", "chứa", "với", "gồm có", "dành cho", "là", "từ", "gồm những", "bao gồm những")
_NAMING = ("đặt tên là", "đặt tên", "lưu thành phân khúc", "lưu thành", "lưu với tên", "gọi là", "lưu vào phân khúc")
_SEND = ("gửi", "nhắn", "hãy gửi", "gởi", "bắn", "gửi đi")
_THEM = (
    "cho họ", "tới họ", "đến họ", "họ", "cho những khách hàng này", "cho nhóm này", "cho các khách hàng này",
    "cho những người này", "cho phân khúc này", "tới nhóm này", "cho nhóm khách hàng này", "cho các khách này",
    "cho tất cả họ",
    "cho những khách này", "đến nhóm này", "cho tệp này",
)  # fmt: skip
_NOUNS = ("tin nhắn", "thông báo", "tin", "thư", "nội dung", "lời nhắn", "thông điệp")
_SAYING = (
    "với nội dung", "nội dung", "nội dung là", "có nội dung", "với nội dung là", "nói rằng", "với lời nhắn",
    "với thông điệp",
    "viết rằng", "rằng",
)  # fmt: skip
_CLOTHES = frozenset(
    {
        "jacket",
        "jackets",
        "shoe",
        "shoes",
        "sock",
        "socks",
        "tshirt",
        "tshirts",
        "t-shirt",
        "t-shirts",
        "dress",
        "dresses",
    }
    | {"shirt", "shirts", "skirt", "skirts", "pants", "trousers", "jeans", "hat", "hats", "coat", "coats", "sweater"}
)
_CAMPAIGN = (
    "cho chiến dịch", "cho một chiến dịch", "phù hợp với chiến dịch", "phù hợp với một chiến dịch",
    "dành cho chiến dịch", "phù hợp cho chiến dịch", "dành cho một chiến dịch", "phù hợp cho một chiến dịch",
)  # fmt: skip
_FASHION = ("thời trang",)
_THEME = (
    "chủ đề", "tông", "tone", "theo chủ đề", "có chủ đề", "với chủ đề", "với tông", "theo tông", "tông chủ đạo",
    "mang", "với", "có",
    "chủ đạo", "lấy", "theo tone", "có tông", "phong cách", "sắc", "mang tông", "mang chủ đề", "gam", "với gam",
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A name for the segment, with its place."""

    name: str
    start: int
    end: int


def take_segment_frame(cursor: VietnameseCursor) -> Named | bool:
    """'Tạo phân khúc “X” gồm': the name, True where the frame has none, False where there is no frame."""
    start = cursor.position
    made = cursor.has(*_MAKERS) is not None
    cursor.has("một", "1")
    if cursor.has(*_SEGMENTS) is None:
        cursor.position = start
        return False
    called = cursor.has(*_CALLED) is not None
    named = _name_here(cursor, called=called)
    if not made and (named is None or not (cursor.sees(":", "gồm", "bao gồm", "là"))):
        cursor.position = start
        return False
    if called and named is None:
        cursor.position = start
        return False
    if not (cursor.sees("với", "từ") and named is None) or made:
        cursor.has(*_CONTAINING)
    cursor.has(":")
    return named or True


def _name_here(cursor: VietnameseCursor, *, called: bool) -> Named | None:
    start = cursor.position
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return Named(token.word, start, cursor.position) if token.word else None
    lower = False
    while (token := cursor.token) is not None and token.kind in {TokenKind.WORD, TokenKind.NUMBER}:
        ended = cursor.sees("gồm", "bao gồm", "cho", "chứa", "dành cho", "với")
        capital = cursor.text[token.start].isupper()
        if ended or cursor.position - start >= 7 or not (called or capital or cursor.position > start):
            break
        lower = lower or not (called or capital)
        cursor.position += 1
    if lower and (not cursor.sees("gồm", "bao gồm") or cursor.sees(*SUBJECTS, ahead=start - cursor.position)):
        # 'Thử nghiệm gồm': only the first word of a name has a capital.
        cursor.position = start
        return None
    if cursor.position == start or not cursor.sees("gồm", "bao gồm", "cho", "chứa", ":", "dành cho", "với"):
        cursor.position = start
        return None
    return Named(cursor.written(start, cursor.position), start, cursor.position)


def take_name(cursor: VietnameseCursor) -> Named | None:
    """'đặt tên là “X”', 'lưu thành phân khúc “X”'."""
    start = cursor.position
    cursor.has(",", "và", ".")
    cursor.has("hãy")
    if cursor.has(*_NAMING):
        cursor.has("phân khúc", "nhóm")
        cursor.has("là", "tên là")
        begun = cursor.position
        token = cursor.take_kind(TokenKind.QUOTED)
        if token is not None and token.word:
            return Named(token.word, begun, cursor.position)
    cursor.position = start
    return None


def take_activation(cursor: VietnameseCursor) -> ActivationDraft | None:
    """'và gửi cho họ tin nhắn Zalo với nội dung: …'.

    Raises:
        Ask: it is open on which channel.
    """
    start = cursor.position
    cursor.has("và", ",", ".", ";", "rồi", "để")
    cursor.has("sau đó", "rồi", "và", "đồng thời", "tiếp theo", "để")
    cursor.has("hãy", "vui lòng", "xin hãy")
    begun = cursor.position
    channel = cursor.spot(CHANNELS)
    if channel is None and cursor.has(*_SEND) is None:
        cursor.position = start
        return None
    them = cursor.has(*_THEM) is not None
    if channel is not None and not them:
        cursor.position = start
        return None
    found, message_class, them_later = _take_parcel(cursor, channel)
    if not (them or them_later) and begun == start and not cursor.sees(*_SAYING, ":"):
        cursor.position = start
        return None
    if cursor.sees("cho", "tới", "đến") and not (them or them_later):
        cursor.position = start
        return None
    message = take_message(cursor)
    if found is None:
        end = max(begun + 1, min(cursor.position, begun + 2))
        raise cursor.ask(begun, "Gửi qua kênh nào?", ("qua email", "qua Zalo", "qua SMS", "qua Messenger"), end=end)
    return ActivationDraft(channel=found, message=message, message_class=message_class)


def _take_parcel(cursor: VietnameseCursor, channel: Channel | None) -> tuple[Channel | None, MessageClass, bool]:
    """Channel and class of a message, and whether its recipients were named."""
    message_class, them = MessageClass.MARKETING, False
    while True:
        if cursor.has(*_THEM):
            them = True
        elif cursor.has("giao dịch", "dịch vụ"):
            message_class = MessageClass.TRANSACTIONAL
        elif cursor.has("tiếp thị", "quảng cáo", "khuyến mãi", "marketing"):
            message_class = MessageClass.MARKETING
        elif cursor.length_of(CHANNELS):
            at = cursor.position
            found = cursor.spot(CHANNELS)
            if channel is not None and found is not channel:
                raise cursor.ask(at, "Một tin chỉ gửi qua một kênh: kênh nào?", ("qua email", "qua Zalo", "qua SMS"))
            channel = found
        elif cursor.sees("thông báo đẩy") or cursor.sees("push"):
            at = cursor.position
            cursor.has("thông báo đẩy", "push")
            raise cursor.ask(at, "Thông báo đẩy nào?", ("thông báo đẩy trên di động", "thông báo đẩy trên web"))
        elif not (cursor.has("một", "1") or cursor.has("qua", "bằng", "trên") or _take_noun(cursor)):
            return channel, message_class, them


def _take_noun(cursor: VietnameseCursor) -> bool:
    return not cursor.sees("nội dung") and cursor.has(*_NOUNS) is not None


def take_sending(cursor: VietnameseCursor) -> tuple[Channel | None, MessageClass] | None:
    """'Gửi tin nhắn Zalo cho khách hàng …' at the beginning, where the message follows later."""
    start = cursor.position
    cursor.has("hãy", "vui lòng", "tôi muốn", "chúng tôi muốn", "xin hãy", "giúp tôi")
    if cursor.has(*_SEND) is None:
        cursor.position = start
        return None
    channel, message_class, them = _take_parcel(cursor, None)
    towards = cursor.has("cho", "tới", "đến") is not None
    if them or not towards or not _subject_stands(cursor):
        cursor.position = start
        return None
    return channel, message_class


def _subject_stands(cursor: VietnameseCursor) -> bool:
    return any(cursor.sees(*SUBJECTS, ahead=n) for n in range(3))


def take_late_channel(cursor: VietnameseCursor) -> tuple[Channel, MessageClass] | None:
    """'qua Zalo' or 'tin nhắn Zalo' after the conditions, where the sending was asked for at the beginning."""
    start = cursor.position
    by = cursor.has("qua", "bằng", "một", "qua kênh") is not None
    noun = cursor.sees(*_NOUNS)
    if not (by or noun or cursor.length_of(CHANNELS)):
        return None
    channel, message_class, _ = _take_parcel(cursor, None)
    if channel is None:
        cursor.position = start
        return None
    return channel, message_class


def take_message(cursor: VietnameseCursor) -> str | None:
    """'với nội dung: …', ': …' or a quoted text: to the end, unless quoted."""
    start = cursor.position
    saying = cursor.has(*_SAYING) is not None
    colon = cursor.has(":") is not None
    if (token := cursor.take_kind(TokenKind.QUOTED)) is not None and token.word:
        return token.word
    token = cursor.token
    if not (saying or colon) or token is None:
        cursor.position = start
        return None
    message = cursor.text[token.start :].strip()
    cursor.position = len(cursor.tokens)
    return message or None


def take_campaign(reading: Reading, notes: list[str]) -> list[Meant] | None:
    """'cho chiến dịch thời trang cao cấp tông màu đỏ': whom it would please, possibly anybody; None where none stands.

    Raises:
        Ask: a word of the theme is not known here.
    """
    cursor = reading.cursor
    if cursor.has(*_CAMPAIGN) is None:
        return None
    parts: list[Meant] = []
    while not cursor.at_end and not cursor.sees(".", ":", ";", "?", "!"):
        start = cursor.position
        if cursor.has(*_FASHION):
            if not _sells_only_clothes(reading):
                raise cursor.ask(start, "“thời trang” là những danh mục nào ở đây?", reading.catalogue.categories[:8])
            notes.append(whole_catalogue_note("thời trang"))
            continue
        luxury = take_luxury(reading)
        if luxury is not None:
            parts.append(luxury)
            continue
        if cursor.has(*_THEME):
            cursor.has("màu", "màu sắc", "chủ đạo", "chủ đề", "tông màu")
            cursor.has("màu", "là", "chủ đạo")
            cursor.has("màu")
        else:
            cursor.has("màu", "sắc")
        color = take_color(reading)
        if color is None:
            cursor.position = max(start, cursor.position)
            cursor.position += 1
            raise cursor.ask(start, f"Chiến dịch “{cursor.written(start, cursor.position)}” sẽ hợp với ai?")
        cursor.has("chủ đạo", "làm chủ đạo", "làm chủ đề")
        parts.append(color_preference(color, start, cursor.position))
    return parts


def _sells_only_clothes(reading: Reading) -> bool:
    categories = reading.catalogue.categories
    return bool(categories) and all(name.lower() in _CLOTHES for name in categories)


def whole_catalogue_note(word: str) -> str:
    """The note that the sentence shows, and that the grammar reads again."""
    return f'"{word}" được hiểu là toàn bộ danh mục hàng'


def left_out_note(words: str) -> str:
    """What the requester decided to do without: the sentence shows it to whoever approves, and it is read again."""
    return f"Để ngoài: “{masked(words)}”"


def take_note(cursor: VietnameseCursor) -> str | None:
    """A note that the sentence printed, or that the requester wrote."""
    start = cursor.position
    if cursor.has("để ngoài") and cursor.has(":") and (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
        return left_out_note(token.word)
    cursor.position = start
    token = cursor.take_kind(TokenKind.QUOTED)
    if token is not None and cursor.has("được hiểu là toàn bộ danh mục hàng"):
        return whole_catalogue_note(token.word)
    cursor.position = start
    return None
