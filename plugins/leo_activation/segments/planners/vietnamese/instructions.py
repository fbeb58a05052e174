"""What is said to the system and not of customers: instructions that are named and not followed, and refusals."""

from leo_activation.segments.planners.tokens import TokenKind
from leo_activation.segments.planners.vietnamese.conditions import SUBJECTS
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.syllables import table_of

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
