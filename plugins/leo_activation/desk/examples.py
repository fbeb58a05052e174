"""Requests to start from, in the reader's language and over the tenant's own names; the planner reads each of them."""

from leo_activation.desk.rendering import Tongue
from leo_activation.desk.rewriting import Reader
from leo_activation.desk.wordbook import Wordbook
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.segments.request import Language, PlannedRequest

_FORMS = {
    Tongue.ENGLISH: (
        "Customers in {country} who bought {category} in the last 60 days",
        "Women in {city} who viewed {category} in the last 30 days, but did not buy anything in the last 30 days",
        "Customers who bought {brand} at least 2 times in the last 365 days",
        "Customers older than 30 who put {category} in the cart in the last 14 days",
        "Top 100 customers by total spent",
    ),
    Tongue.VIETNAMESE: (
        "Khách hàng ở {city} đã mua {category} trong 60 ngày qua",
        "Khách hàng nữ đã xem {category} trong 30 ngày qua nhưng chưa mua gì trong 30 ngày qua",
        "Khách hàng đã mua {brand} ít nhất 2 lần trong 365 ngày qua",
        "Khách hàng trên 30 tuổi đã thêm {category} vào giỏ hàng trong 14 ngày qua",
        "100 khách hàng có tổng chi tiêu cao nhất",
    ),
}
_KINDS = {
    "country": NameKind.COUNTRY,
    "city": NameKind.CITY,
    "category": NameKind.CATEGORY,
    "brand": NameKind.BRAND,
}


def examples_for(reader: Reader, book: Wordbook, tongue: Tongue, most: int = 4) -> tuple[str, ...]:
    """At most so many texts; a form for which the tenant has no name is left out."""
    language = Language(tongue)
    found: list[str] = []
    for at, form in enumerate(_FORMS[tongue]):
        names: dict[str, str] = {}
        for word, kind in _KINDS.items():
            known = book.names(kind)
            if known:
                # Another name for each form, so that the list shows what there is.
                name = known[(len(known) // 2 + at) % len(known)]
                names[word] = book.said(kind, name, language, "")
        try:
            text = form.format(**names)
        except KeyError:
            continue
        if isinstance(reader.read(text), PlannedRequest):
            found.append(text)
    return tuple(found[:most])
