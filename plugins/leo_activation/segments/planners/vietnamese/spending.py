"""How much customers spent, in all, in a window or on goods: 'chi trên 1 triệu cho giày trong 30 ngày qua'."""

from leo_activation.segments.plan import Attribute, CustomerProperty, EventKind
from leo_activation.segments.planners.said import Meant, Said, denied, joined
from leo_activation.segments.planners.vietnamese.amounts import Compared, take_comparison, take_money
from leo_activation.segments.planners.vietnamese.measures import Tail, behaviours, take_tail_window_of
from leo_activation.segments.planners.vietnamese.reading import Reading, Things
from leo_activation.segments.planners.vietnamese.things import ask_about_unknown, take_things

_SPENDING = (
    "chi", "chi tiêu", "tiêu", "chi trả", "bỏ ra", "tiêu xài", "chi ra", "tiêu tốn", "chi tổng cộng", "tổng chi tiêu",
    "có tổng chi tiêu", "tổng số tiền chi tiêu", "có mức chi tiêu", "mức chi tiêu", "có tổng mức chi tiêu",
    "tổng mức chi tiêu", "tổng chi", "có tổng chi", "chi tiêu tổng cộng", "tổng số tiền đã chi",
    "có tổng số tiền đã chi",
    "có chi tiêu", "tổng tiền chi tiêu", "có tổng số tiền chi tiêu", "tổng tiền mua hàng", "tổng giá trị mua hàng",
    "có tổng giá trị mua hàng", "có tổng tiền mua hàng",
)  # fmt: skip
_VAGUE_SPENDING = ("nhiều", "ít", "mạnh tay", "mạnh", "cao", "thấp", "lớn")
_AFTER_VALUE = ("tổng cộng", "tất cả", "từ trước đến nay", "cả thảy", "trong tổng số", "từ trước tới nay")


def take_spending(reading: Reading, negated: bool) -> Meant | None:
    """'chi hơn 500k', 'chi trên 1 triệu cho giày trong 30 ngày qua', 'tổng chi tiêu trên 800'.

    Raises:
        Ask: an amount is open, or its denial has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if cursor.has(*_SPENDING) is None:
        return None
    tail = Tail()
    things = _spent_on(reading)
    take_tail_window_of(reading, tail)
    copula = cursor.has("là", ":") is not None
    begun = cursor.position
    compared = take_comparison(cursor, lambda: take_money(cursor, reading.catalogue))
    if compared is None:
        if cursor.has(*_VAGUE_SPENDING) and not cursor.sees("nhất"):
            raise cursor.ask(
                start, f"“{cursor.written(start, cursor.position)}” là bao nhiêu?", ("tổng chi tiêu trên …",)
            )
        return None
    if compared.bare and copula:
        return None
    if compared.bare:
        amount = cursor.written(begun, cursor.position)
        raise cursor.ask(
            start, f"“{amount}” là ít nhất, nhiều nhất hay đúng bằng?", (f"từ {amount} trở lên", f"đúng {amount}")
        )
    cursor.has(*_AFTER_VALUE)
    things = things or _spent_on(reading)
    take_tail_window_of(reading, tail)
    things = things or _spent_on(reading)
    if things is None and tail.window is None:
        said: list[Meant] = [Said(leaf, start, cursor.position) for leaf in _total_spent(compared)]
        meant = joined("and", said)
        return denied(meant) if negated else meant
    if negated:
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"Phủ định “{words}” có hai cách hiểu.", (f"không phải (đã {words})", "chi ít hơn nhưng có chi")
        )
    tail.value = compared.range
    return behaviours(reading, EventKind.PURCHASE, things or Things([], "or"), tail, start)


def _spent_on(reading: Reading) -> Things | None:
    cursor = reading.cursor
    start = cursor.position
    if cursor.has("cho", "vào", "cho việc mua", "để mua", "vào việc mua"):
        things = take_things(reading)
        if things is not None:
            if len(things.filters) > 1:
                raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}”: tính chung, hay cho từng món?")
            return things
        if not cursor.sees("tôi", "mình", "họ"):
            ask_about_unknown(reading)
    cursor.position = start
    return None


def _total_spent(compared: Compared) -> list[Attribute]:
    spent = CustomerProperty.TOTAL_SPENT
    first = Attribute(property=spent, operator=compared.operator, values=compared.values)
    if compared.upper is None:
        return [first]
    return [first, Attribute(property=spent, operator=compared.upper[0], values=(compared.upper[1],))]
