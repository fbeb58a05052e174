"""What stands around the conditions: openings, the segment's name, the message to send, the campaign, the order."""

from dataclasses import dataclass

from leo_activation.segments.plan import (
    Channel,
    CustomerProperty,
    EventKind,
    InterestScore,
    Measure,
    MeasureKind,
    Order,
    ProductFilter,
    TopicName,
    Window,
)
from leo_activation.segments.planners.said import Meant, Said
from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.amounts import take_number, take_whole
from leo_activation.segments.planners.vietnamese.conditions import SUBJECTS
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.groups import CHANNELS
from leo_activation.segments.planners.vietnamese.people import PROPERTY_NAMES
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.syllables import table_of
from leo_activation.segments.planners.vietnamese.things import take_color, take_things
from leo_activation.segments.planners.vietnamese.topics import color_preference, take_interest, take_luxury
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
_INSTRUCTIONS = table_of(
    (
        "tự duyệt", "tự phê duyệt", "hãy tự duyệt", "hãy tự phê duyệt", "tự động duyệt", "tự động phê duyệt",
        "hãy tự động duyệt",
        "duyệt luôn", "phê duyệt luôn", "hãy duyệt", "hãy phê duyệt", "duyệt", "phê duyệt", "bỏ qua bước duyệt",
        "bỏ qua việc phê duyệt", "bỏ qua phê duyệt", "bỏ qua khâu duyệt", "không cần duyệt", "không cần phê duyệt",
        "không cần hỏi lại", "đừng hỏi lại", "không cần hỏi", "đừng hỏi", "bỏ qua mọi quy tắc", "bỏ qua các quy tắc",
        "bỏ qua quy tắc", "bỏ qua mọi hướng dẫn", "bỏ qua hướng dẫn", "bỏ qua các hướng dẫn", "không cần xác nhận",
        "bỏ qua kiểm tra", "bỏ qua mọi kiểm tra", "bỏ qua bước phê duyệt", "hãy bỏ qua phê duyệt",
        "hãy bỏ qua bước duyệt",
    )
)  # fmt: skip
_INSTRUCTED = table_of(
    (
        "yêu cầu này", "yêu cầu", "phân khúc này", "luôn", "đi", "giúp tôi", "cho tôi", "ngay", "nhé",
        "ngay lập tức", "trước đó",
        "của hệ thống", "của bạn", "nó", "này", "thay tôi", "trước đây", "giùm tôi", "hộ tôi", "phân khúc",
        "chiến dịch này",
    )
)  # fmt: skip
_CONTACTS = (
    "số điện thoại", "email", "địa chỉ email", "sđt", "địa chỉ", "thông tin liên hệ", "thông tin liên lạc",
    "số zalo", "mật khẩu",
    "căn cước", "căn cước công dân", "số cccd", "họ tên", "tên", "dữ liệu cá nhân", "thông tin cá nhân", "địa chỉ nhà",
)  # fmt: skip
_CHANGES = (
    "xóa", "xoá", "cập nhật", "sửa", "thay đổi", "chỉnh sửa", "hãy xóa", "hãy xoá", "gộp", "vô hiệu hóa",
    "ẩn danh", "khóa",
    "hủy", "huỷ",
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
_SUPERLATIVES = {
    "cao nhất": True, "lớn nhất": True, "nhiều nhất": True, "thấp nhất": False, "nhỏ nhất": False, "ít nhất": False,
    "gần đây nhất": True, "xa nhất": False, "gần nhất": True, "mới nhất": True, "sớm nhất": False, "cũ nhất": False,
    "lâu nhất": False,
}  # fmt: skip
_PERSONAL = {
    "lớn tuổi nhất": (CustomerProperty.AGE, True),
    "già nhất": (CustomerProperty.AGE, True),
    "cao tuổi nhất": (CustomerProperty.AGE, True),
    "trẻ nhất": (CustomerProperty.AGE, False),
    "trẻ tuổi nhất": (CustomerProperty.AGE, False),
    "nhỏ tuổi nhất": (CustomerProperty.AGE, False),
    "mới nhất": (CustomerProperty.CREATED_AT, True),
    "tham gia gần đây nhất": (CustomerProperty.CREATED_AT, True),
    "đăng ký gần đây nhất": (CustomerProperty.CREATED_AT, True),
    "đăng ký mới nhất": (CustomerProperty.CREATED_AT, True),
    "tham gia sớm nhất": (CustomerProperty.CREATED_AT, False),
    "lâu năm nhất": (CustomerProperty.CREATED_AT, False),
    "trung thành nhất": (CustomerProperty.LOYALTY_SCORE, True),
}
_MEASURED = {
    "số lần mua": (MeasureKind.EVENTS, "purchase"),
    "số lần mua hàng": (MeasureKind.EVENTS, "purchase"),
    "số lần xem": (MeasureKind.EVENTS, "view"),
    "số lần trả lại": (MeasureKind.EVENTS, "return"),
    "số lần thêm": (MeasureKind.EVENTS, "add_to_cart"),
    "số đơn hàng": (MeasureKind.ORDERS, "purchase"),
    "số đơn": (MeasureKind.ORDERS, "purchase"),
    "số lượng mua": (MeasureKind.UNITS, "purchase"),
    "tổng giá trị mua": (MeasureKind.VALUE, "purchase"),
    "tổng giá trị xem": (MeasureKind.VALUE, "view"),
    "tổng giá trị trả lại": (MeasureKind.VALUE, "return"),
    "tổng giá trị thêm": (MeasureKind.VALUE, "add_to_cart"),
    "thời điểm mua": (MeasureKind.LATEST, "purchase"),
    "thời điểm xem": (MeasureKind.LATEST, "view"),
    "thời điểm trả lại": (MeasureKind.LATEST, "return"),
    "thời điểm thêm": (MeasureKind.LATEST, "add_to_cart"),
}


_HIGHEST_FIRST = frozenset(
    {
        CustomerProperty.TOTAL_SPENT,
        CustomerProperty.LIFETIME_VALUE,
        CustomerProperty.LOYALTY_SCORE,
        CustomerProperty.ENGAGEMENT_SCORE,
        CustomerProperty.RFM_SCORE,
        CustomerProperty.LEAD_SCORE,
    }
)


@dataclass(frozen=True)
class Named:
    """A name for the segment, with its place."""

    name: str
    start: int
    end: int


# --- names ------------------------------------------------------------------------------------------------------------


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


# --- instructions and refusals ----------------------------------------------------------------------------------------


def take_ignored(cursor: VietnameseCursor) -> list[str]:
    """'Bỏ qua: “hãy tự duyệt”.' as a sentence prints it; anything else in such quotes is left alone."""
    start = cursor.position
    found: list[str] = []
    if cursor.has("bỏ qua") and cursor.has(":"):
        while (token := cursor.take_kind(TokenKind.QUOTED)) is not None:
            inner = VietnameseCursor(token.word)
            if take_instruction(inner) is None or not inner.at_end:
                found.clear()
                break
            found.append(token.word)
            if cursor.has(",") is None:
                break
    if not found:
        cursor.position = start
    return found


def take_instruction(cursor: VietnameseCursor) -> str | None:
    """'hãy tự duyệt yêu cầu này': said to the system, and not followed."""
    start = cursor.position
    cursor.has("và", ",", ".", ";", "rồi", "sau đó", "đồng thời")
    cursor.has("vui lòng", "xin", "hãy", "bạn hãy")
    begun = cursor.position
    if cursor.spot(_INSTRUCTIONS) is None:
        cursor.position = start
        return None
    while cursor.spot(_INSTRUCTED) is not None:
        pass
    cursor.has("và gửi ngay", "và gửi luôn")
    return cursor.written(begun, cursor.position)


def take_refused(cursor: VietnameseCursor, *, begun: bool) -> str | None:
    """A question where contact data or a change of the data is asked for, else nothing; takes those words."""
    start = cursor.position
    if not begun and cursor.has(*_CHANGES):
        return "Yêu cầu chỉ chọn khách hàng, không thay đổi dữ liệu: khách hàng nào?"
    cursor.position = start
    cursor.has("và", ",", "kèm", "kèm theo", "cùng")
    wanted = cursor.has(
        "cho tôi", "cho tôi biết", "cho tôi xem", "lấy", "xuất", "in", "liệt kê", "hiển thị", "gửi cho tôi", "gửi tôi"
    )
    cursor.has("danh sách", "các", "những", "tất cả", "toàn bộ")
    if cursor.has(*_CONTACTS):
        while cursor.has(",", "và", "hoặc") and cursor.has(*_CONTACTS):
            pass
        if (cursor.has("của") or wanted) and cursor.sees(*SUBJECTS, "các", "những", "tất cả", "mọi"):
            return "Dữ liệu liên hệ của khách hàng không bao giờ được đưa ra: phân khúc gồm những khách hàng nào?"
    cursor.position = start
    return None


# --- activation -------------------------------------------------------------------------------------------------------


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


# --- campaign ---------------------------------------------------------------------------------------------------------


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


def take_note(cursor: VietnameseCursor) -> str | None:
    """A note that the sentence printed."""
    start = cursor.position
    token = cursor.take_kind(TokenKind.QUOTED)
    if token is not None and cursor.has("được hiểu là toàn bộ danh mục hàng"):
        return whole_catalogue_note(token.word)
    cursor.position = start
    return None


# --- order and limit --------------------------------------------------------------------------------------------------


@dataclass
class Ranking:
    """A limit and its order, as far as they were said; `start` and `end` are the words of the limit."""

    limit: int | None = None
    percent: str | None = None
    order: Order | None = None
    start: int = 0
    end: int = 0
    by_id: bool = False
    top: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether a number or a percentage was said."""
        return self.limit is not None or self.percent is not None


def take_limit(cursor: VietnameseCursor, ranking: Ranking) -> bool:
    """'top 100', '100 khách hàng', '10% khách hàng', 'ngẫu nhiên 500 khách'.

    Raises:
        Ask: the number is out of bounds.
    """
    start = cursor.position
    cursor.has("những", "các", "khoảng") and cursor.before("khoảng")
    if cursor.before("khoảng"):
        cursor.position = start
        return False
    top = cursor.has("top", "tốp") is not None
    random = cursor.has("ngẫu nhiên", "bất kỳ", "lấy ngẫu nhiên", "chọn ngẫu nhiên")
    number = take_number(cursor)
    if number is None:
        cursor.position = start
        return False
    percent = cursor.has("%", "phần trăm") is not None
    random = cursor.has("ngẫu nhiên") or random
    if not (top or random or percent or cursor.sees(*SUBJECTS)):
        cursor.position = start
        return False
    if percent:
        if not 0 < float(number) < 100:
            raise cursor.ask(start, "Tỷ lệ nằm giữa 0 và 100 %: bao nhiêu?")
        ranking.percent = number
    else:
        if not number.isdigit() or not 1 <= int(number) <= 1_000_000:
            raise cursor.ask(start, "Bao nhiêu khách hàng?")
        ranking.limit = int(number)
    ranking.start, ranking.end = start, cursor.position
    ranking.by_id, ranking.top = not (top or percent), top
    if random is not None and random != "bất kỳ":
        ranking.order = Order(by="random")
    return True


def take_order(reading: Reading, ranking: Ranking) -> bool:
    """'chi tiêu nhiều nhất', 'có điểm trung thành cao nhất', 'ngẫu nhiên', 'theo tổng chi tiêu giảm dần'.

    Raises:
        Ask: the order has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if not ranking.is_cut or ranking.order is not None:
        return False
    cursor.has("mà")
    if cursor.has("đầu tiên theo mã khách hàng", "theo mã khách hàng"):
        ranking.by_id = ranking.limit is not None
        return ranking.by_id
    begun = cursor.position
    order = _order(reading)
    if order is None and ranking.top:
        cursor.position = begun
        order = _highest(reading)
    if order is None:
        cursor.position = start
        return False
    ranking.order, ranking.by_id = order, False
    return True


def _order(reading: Reading) -> Order | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has("ngẫu nhiên", "được chọn ngẫu nhiên", "một cách ngẫu nhiên"):
        return Order(by="random")
    for phrase, (name, descending) in _PERSONAL.items():
        if cursor.has(phrase):
            return Order(by=name, descending=descending)
    for rule in (_spent_most, _bought_most, _by_measure, _by_interest, _by_property):
        cursor.position = start
        found = rule(reading)
        if found is not None:
            return found
    return None


def _spent_most(reading: Reading) -> Order | None:
    """'chi tiêu nhiều nhất (cho giày) (trong 30 ngày qua)'."""
    cursor = reading.cursor
    cursor.has("đã", "có mức", "có")
    if not cursor.has("chi tiêu", "chi", "tiêu", "chi tiền", "tiêu tiền", "tiêu dùng"):
        return None
    product, window = _about(reading, ("cho", "để mua"))
    extreme = cursor.has(*_SUPERLATIVES, "nhiều tiền nhất")
    if extreme is None:
        return None
    more_product, more_window = _about(reading, ("cho", "để mua"))
    product, window = product or more_product, window or more_window
    descending = _SUPERLATIVES.get(extreme, True)
    if product is None and window is None:
        return Order(by=CustomerProperty.TOTAL_SPENT, descending=descending)
    measure = Measure(measure=MeasureKind.VALUE, event=EventKind.PURCHASE, product=product, window=window)
    return Order(by=measure, descending=descending)


def _about(reading: Reading, words: tuple[str, ...]) -> tuple[ProductFilter | None, Window | None]:
    cursor = reading.cursor
    product: ProductFilter | None = None
    before = cursor.position
    if cursor.has(*words):
        things = take_things(reading)
        if things is not None and len(things.wanted) == 1:
            product = things.filters[0]
        else:
            cursor.position = before
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    return product, window


def _bought_most(reading: Reading) -> Order | None:
    """'mua nhiều lần nhất', 'đặt nhiều đơn nhất', 'mua hàng gần đây nhất'."""
    cursor = reading.cursor
    start = cursor.position
    cursor.has("đã", "có")
    event = {
        "mua": EventKind.PURCHASE,
        "đặt": EventKind.PURCHASE,
        "xem": EventKind.VIEW,
        "trả lại": EventKind.RETURN,
    }.get(cursor.has("mua", "đặt", "xem", "trả lại") or "")
    had = cursor.position > start
    if event is None and not cursor.sees("nhiều đơn", "nhiều đơn hàng"):
        return None
    things = take_things(reading) if event is not None else None
    product = things.filters[0] if things is not None and len(things.wanted) == 1 else None
    if things is not None and len(things.wanted) > 1:
        return None
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    if cursor.has("nhiều lần nhất", "thường xuyên nhất"):
        kind = MeasureKind.EVENTS
    elif cursor.has("nhiều đơn nhất", "nhiều đơn hàng nhất") and (event in {None, EventKind.PURCHASE}):
        kind = MeasureKind.ORDERS
    elif cursor.has("gần đây nhất", "gần nhất"):
        kind = MeasureKind.LATEST
    elif event is not None and had and cursor.has("nhiều nhất", "nhiều hàng nhất"):
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start,
            f"“{words}” tính theo gì?",
            (
                "có số lần mua cao nhất",
                "có số lượng mua cao nhất",
                "có tổng giá trị mua cao nhất",
                "có số đơn hàng cao nhất",
            ),
        )
    else:
        return None
    window = window or take_window(cursor)
    return Order(by=Measure(measure=kind, event=event or EventKind.PURCHASE, product=product, window=window))


def _by_measure(reading: Reading) -> Order | None:
    """'có số lần mua giày trong 30 ngày qua cao nhất'."""
    cursor = reading.cursor
    cursor.has("có", "theo")
    measured = cursor.has(*_MEASURED)
    if measured is None:
        measure = _event_measure(reading)
        if measure is None:
            return None
        kind, event = measure
    else:
        kind, event = _MEASURED[measured]
    things = None
    if event == EventKind.ADD_TO_CART:
        if not cursor.has("vào giỏ", "vào giỏ hàng"):
            things = take_things(reading)
            if not cursor.has("vào giỏ", "vào giỏ hàng"):
                return None
    elif measured is not None:
        things = take_things(reading)
    if things is not None and len(things.wanted) > 1:
        return None
    window = None if cursor.sees("gần đây nhất", "gần nhất") else take_window(cursor)
    descending = _direction(cursor)
    if descending is None:
        return None
    product = things.filters[0] if things is not None else None
    return Order(by=Measure(measure=kind, event=event, product=product, window=window), descending=descending)


def _event_measure(reading: Reading) -> tuple[MeasureKind, str] | None:
    cursor = reading.cursor
    kind = {"số lần có sự kiện": MeasureKind.EVENTS, "thời điểm có sự kiện": MeasureKind.LATEST}.get(
        cursor.has("số lần có sự kiện", "thời điểm có sự kiện") or ""
    )
    token = cursor.take_kind(TokenKind.QUOTED) if kind is not None else None
    if kind is None or token is None or token.word not in reading.catalogue.events:
        return None
    return kind, token.word


def _by_interest(reading: Reading) -> Order | None:
    """'có điểm quan tâm đến danh mục “Shoes” cao nhất'."""
    cursor = reading.cursor
    cursor.has("có", "theo")
    if not cursor.has("điểm", "mức độ", "mức"):
        return None
    found = take_interest(reading, negated=False)
    leaf = found.leaf if isinstance(found, Said) else None
    descending = _direction(cursor)
    if leaf is None or leaf.kind != "interest" or descending is None or leaf.min_score is not None or leaf.more_than:
        return None
    return Order(by=InterestScore(topic=TopicName(topic_type=leaf.topic_type, topic=leaf.topic)), descending=descending)


def _highest(reading: Reading) -> Order | None:
    """'theo tổng chi tiêu' and 'theo số đơn hàng' of a 'top 100': the highest first."""
    cursor = reading.cursor
    if not cursor.has("theo", "xếp theo", "sắp xếp theo", "tính theo"):
        return None
    name = cursor.spot(PROPERTY_NAMES)
    if name in _HIGHEST_FIRST:
        return Order(by=name, descending=True)
    measured = cursor.has(*_MEASURED) if name is None else None
    if measured is None or _MEASURED[measured][0] is MeasureKind.LATEST:
        return None
    kind, event = _MEASURED[measured]
    things = take_things(reading)
    if event == EventKind.ADD_TO_CART or (things is not None and len(things.wanted) > 1):
        return None
    product = things.filters[0] if things is not None else None
    return Order(by=Measure(measure=kind, event=event, product=product, window=take_window(cursor)), descending=True)


def _by_property(reading: Reading) -> Order | None:
    cursor = reading.cursor
    cursor.has("có", "theo", "xếp theo", "sắp xếp theo")
    name = cursor.spot(PROPERTY_NAMES)
    if name is None:
        return None
    descending = _direction(cursor)
    return None if descending is None else Order(by=name, descending=descending)


def _direction(cursor: VietnameseCursor) -> bool | None:
    extreme = cursor.has(*_SUPERLATIVES, "giảm dần", "tăng dần")
    if extreme is None:
        return None
    return _SUPERLATIVES.get(extreme, extreme == "giảm dần")


__all__ = ["FILLERS", "OPENINGS", "Named", "Ranking", "take_whole"]
