"""The words of the pages, in the languages there are, and which of them a browser asks for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Every sentence of the pages in one language; `{name}` stands for who wrote."""

    language: str
    ask_title: str
    ask_text: str
    ask_button: str
    done_title: str
    done_text: str
    unknown_title: str
    unknown_text: str
    later_title: str
    later_text: str


ENGLISH = Words(
    language="en",
    ask_title="Unsubscribe from {name}?",
    ask_text="You will get no more offers and news at this address.",
    ask_button="Unsubscribe",
    done_title="You are unsubscribed",
    done_text="{name} will send no more offers and news to this address.",
    unknown_title="This link is not valid",
    unknown_text="Please use the link from the latest message you got.",
    later_title="Please try again in a minute",
    later_text="Your wish could not be recorded just now.",
)
VIETNAMESE = Words(
    language="vi",
    ask_title="Hủy đăng ký nhận tin từ {name}?",
    ask_text="Bạn sẽ không còn nhận ưu đãi và tin tức tại địa chỉ này.",
    ask_button="Hủy đăng ký",
    done_title="Bạn đã hủy đăng ký",
    done_text="{name} sẽ không gửi thêm ưu đãi và tin tức đến địa chỉ này.",
    unknown_title="Liên kết không hợp lệ",
    unknown_text="Vui lòng dùng liên kết trong thư gần nhất bạn nhận được.",
    later_title="Vui lòng thử lại sau một phút",
    later_text="Yêu cầu của bạn chưa được ghi nhận.",
)
LANGUAGES = {words.language: words for words in (ENGLISH, VIETNAMESE)}


def words_for(accept_language: str | None) -> Words:
    """The language of ours that an Accept-Language header (RFC 9110, 12.5.4) ranks highest, else English."""
    best, best_weight = ENGLISH, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.partition(";")
        words = LANGUAGES.get(tag.strip().split("-")[0].lower())
        weight = _weight(parameter)
        if words is not None and weight > best_weight:
            best, best_weight = words, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
