"""Edits in Vietnamese; the patterns have their marks, and a text without any fits as well."""

import re

from leo_activation.segments.follow_ups.words import Operation, Phrasing, plain, rule
from leo_activation.segments.plan import CustomerProperty

_PEOPLE = r"(?:những|các|người|ai|khách|tất cả|mọi)\b"
_CONDITION = r"(?:điều kiện|tiêu chí|bộ lọc)(?: về)?"


def _either(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern}|{plain(pattern)})", re.IGNORECASE)


VIETNAMESE = Phrasing(
    before=_either(
        r"(?:ok|vâng|bây giờ|giờ thì|giờ|làm ơn|vui lòng|hãy|xin|rồi|thì|tôi muốn"
        r"|(?:và )?(?:thế|vậy) còn|còn(?= .+ thì sao))(?!\w)[ ,]*"
    ),
    after=_either(r"[ ,]*(?:(?<!\w)(?:thì sao|thôi|nhé|nha|đi|ạ|luôn|giúp tôi)(?!\w)[ ,]*)*[ .!?;,]*$"),
    between=_either(r"\s*(?:[;.](?=\s)|,?\s+(?:và|nhưng|rồi)(?=\s)|,(?=\s))\s+"),
    rules=(
        rule(Operation.START_OVER, r"(?:làm lại|yêu cầu mới|bỏ hết)\s*[:,.]?\s+(?P<x>.+)"),
        rule(
            Operation.SEND_NOTHING,
            r"(?:không|đừng) gửi (?:gì(?: cả)?|tin(?: nhắn)?(?: nào)?)|bỏ tin nhắn|không nhắn(?: gì)?",
        ),
        rule(
            Operation.UNCUT,
            r"(?:lấy )?tất cả(?: họ| bọn họ)?(?:,? không giới hạn)?|(?:không|bỏ)(?: cần)? giới hạn(?: số lượng)?",
        ),
        rule(Operation.NAME, r"(?:gọi|đặt tên)(?: nó| phân khúc này| phân khúc| nhóm này| nhóm)?(?: là)? (?P<x>.+)"),
        rule(Operation.NAME, r"đổi tên(?: nó| phân khúc| nhóm)?(?: thành| sang| là) (?P<x>.+)"),
        rule(
            Operation.SEND,
            r"(?:nhưng |và |đồng thời )?(?P<also>cũng )?(?P<x>(?:gửi|nhắn|thông báo)(?! thêm)(?!\w).+?)"
            r"(?: thay vào đó)?",
        ),
        rule(Operation.SEND, r"(?:và |đồng thời )?(?:cũng )?gửi (?P<also>thêm) (?P<x>.+?)"),
        rule(Operation.SWAP, r"thay vì (?P<x>.+?)(?:,|:| thì)(?: lấy| chọn)? (?P<y>.+)"),
        rule(Operation.SWAP, r"(?P<y>.+?),? thay vì (?P<x>.+)"),
        rule(Operation.SWAP, r"thay (?!vì\b)(?P<x>.+?) (?:bằng|thành|sang) (?P<y>.+)"),
        rule(Operation.SWAP, r"đổi (?P<x>.+?) (?:thành|sang) (?P<y>.+)"),
        rule(Operation.SWAP, r"không phải (?P<x>.+?),? mà(?: là)? (?P<y>.+)"),
        rule(Operation.DROP, rf"(?:bỏ qua|bỏ đi|bỏ|xóa|xoá|gỡ|không cần) {_CONDITION} (?P<x>.+)"),
        rule(Operation.DROP, r"(?:không quan tâm|không cần|bất kể|không kể)(?: đến| tới)? (?P<x>.+)"),
        rule(
            Operation.EXCLUDE,
            rf"(?:nhưng )?(?:bỏ|bỏ qua|xóa|xoá|gỡ|loại) (?P<x>{_PEOPLE}.*)",
        ),
        rule(Operation.DROP, r"(?:bỏ qua|bỏ đi|bỏ|gỡ) (?P<x>.+)"),
        rule(
            Operation.UNITE,
            r"(?:và |cộng |lấy )?(?:thêm cả|thêm|cả) (?:tất cả|mọi|toàn bộ)(?: các| những)?"
            r"(?: khách hàng| khách| người)? (?P<x>.+)",
        ),
        rule(
            Operation.WIDEN,
            r"(?:thêm cả|thêm|cộng thêm|lấy thêm|bao gồm cả|bao gồm|và cả|kể cả|cả|hoặc là|hoặc) (?P<x>.+)",
        ),
        rule(Operation.WIDEN, r"(?:và )?(?P<x>.+?) (?:cũng được|nữa)"),
        rule(
            Operation.EXCLUDE,
            r"(?:nhưng )?(?:ngoại trừ|loại trừ|loại bỏ|loại ra|loại|trừ đi|trừ ra|trừ|không lấy|không tính"
            r"|không bao gồm|nhưng không) (?P<x>.+)",
        ),
        rule(Operation.REPLACE, r"(?:đổi|sửa|chuyển)(?: lại)? (?:thành|sang) (?P<y>.+)"),
        rule(
            Operation.NARROW,
            r"(?:nhưng |và )?(?:chỉ lấy|chỉ giữ|chỉ còn|chỉ cần|chỉ tính|chỉ(?! tiêu)|giữ lại"
            r"|trong số (?:họ|đó),?(?: chỉ)?) (?P<x>.+)",
        ),
        rule(Operation.NARROW, r"(?:và|đồng thời)(?: phải| cũng)? (?!cả\b)(?P<x>.+)"),
        rule(Operation.REPLACE, r"(?P<y>.+?),? thay vào đó"),
        rule(Operation.REPLACE, r"(?:ý tôi là|ý là|lấy) (?P<y>.+)"),
    ),
    first_so_many=rule(
        Operation.NARROW, r"(?:top )?(?P<n>[1-9]\d{0,6})(?: (?:người|khách hàng|khách))?(?: đầu tiên| đầu| đứng đầu)?"
    ),
    means=rule(Operation.SWAP, r"[\"“']?(?P<x>.+?)[\"”']? (?:nghĩa là|có nghĩa là|tức là|là) (?P<y>.+)"),
    properties={
        "tuổi": (CustomerProperty.AGE,),
        "độ tuổi": (CustomerProperty.AGE,),
        "thành phố": (CustomerProperty.CITY,),
        "quốc gia": (CustomerProperty.COUNTRY,),
        "nước": (CustomerProperty.COUNTRY,),
        "nơi ở": (CustomerProperty.CITY, CustomerProperty.COUNTRY),
        "nơi sống": (CustomerProperty.CITY, CustomerProperty.COUNTRY),
        "địa điểm": (CustomerProperty.CITY, CustomerProperty.COUNTRY),
        "giới tính": (CustomerProperty.GENDER,),
        "sinh nhật": (CustomerProperty.BIRTHDAY,),
        "tháng sinh": (CustomerProperty.BIRTH_MONTH,),
        "ngôn ngữ": (CustomerProperty.LANGUAGE,),
        "chi tiêu": (CustomerProperty.TOTAL_SPENT,),
        "tổng chi tiêu": (CustomerProperty.TOTAL_SPENT,),
        "giá trị vòng đời": (CustomerProperty.LIFETIME_VALUE,),
        "màu yêu thích": (CustomerProperty.FAVORITE_COLOR,),
        "ngày tham gia": (CustomerProperty.CREATED_AT,),
    },
    windows=frozenset({"thời gian", "khoảng thời gian", "thời hạn", "ngày tháng"}),
    as_condition=("{}", "khách hàng {}", "khách hàng ở {}", "khách hàng là {}", "khách hàng đã {}"),
    as_window=("khách hàng đã mua hàng {}", "khách hàng đã mua hàng trong {}"),
    as_length="khách hàng đã mua hàng trong {} qua",
    as_goods=("khách hàng đã mua {}", "khách hàng đã mua hàng {}", "khách hàng đã mua hàng màu {}"),
    as_money=("khách hàng có tổng chi tiêu {}", "khách hàng có tổng chi tiêu là {}"),
    as_cut=("{}", "{} khách hàng"),
    as_name="tất cả khách hàng, đặt tên là {}",
    as_sending=("tất cả khách hàng, {}", "tất cả khách hàng, gửi {}"),
    what_to_change=(
        "Thay đổi điều gì? Ví dụ: “chỉ …”, “trừ …”, “thêm …”, “thay … bằng …” hoặc “bỏ điều kiện …”; “làm lại: …” để "
        "bắt đầu lại từ đầu."
    ),
    instead_or_too="“{}” là thêm một điều kiện, hay là một yêu cầu riêng thay cho yêu cầu trước?",
    readings_of_whole=("chỉ {}", "làm lại: {}"),
    which_one="“{}” thay đổi phần nào?",
    reading_of_swap="thay {} bằng {}",
    reading_of_limit="chỉ {} khách hàng đầu tiên",
    nothing_like_it="Phân khúc không có điều kiện “{}” để thay đổi; các điều kiện là: {}",
    nobody_left="Sẽ không còn ai: phân khúc gồm đúng những khách hàng “{}”. Ý bạn là gì?",
    reading_of_drop="bỏ điều kiện {}",
    already="“{}” không thay đổi gì: phân khúc đã có điều kiện này. Ý bạn là gì?",
    everybody_already="Phân khúc đã gồm tất cả khách hàng nên “{}” không thêm ai. Ý bạn là gì?",
    not_cut="Phân khúc không có giới hạn nào để bỏ. Ý bạn là gì?",
    one_message=(
        "Mỗi phân khúc chỉ gửi một tin và đã có một tin. Nếu tin này thay cho tin đó, hãy viết “gửi …” mà không có "
        "“cũng” hay “thêm”."
    ),
    nothing_to_send="Không có gì được gửi cho phân khúc này. Ý bạn là gì?",
    among_alternatives="“{}” là một trong nhiều lựa chọn: những lựa chọn nào còn lại?",
    cannot_be_planned="Không lập được kế hoạch: {}",
    only_or_all="Là tất cả những người đó, bất kể các điều kiện khác, hay chỉ mở rộng một điều kiện?",
    reading_of_union="thêm tất cả khách hàng {}",
    reading_of_one="thay {} bằng {} hoặc {}",
    added="thêm điều kiện {}",
    removed="bỏ điều kiện {}",
    became="{} đổi thành {}",
    joined="thêm tất cả khách hàng {}",
    changed="Đã đổi: {}",
    no_conditions="tất cả khách hàng",
    cut_changed="giờ lấy {}",
    no_cut="không còn giới hạn",
    named='tên là "{}"',
    sends="nội dung gửi",
    sends_nothing="không gửi gì",
    whole="một yêu cầu riêng, thay cho yêu cầu trước",
    left_aside="“{}” không được dùng vì chưa lập được kế hoạch từ đó",
    read_as="“{}” được hiểu là “{}”",
)
