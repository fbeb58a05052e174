"""Lists of conditions: subjects, statements, and how 'và', 'hoặc', 'không', 'trừ' and brackets join them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from leo_activation.segments.plan import Behaviour, Exposure, Last, TimeUnit, Window
from leo_activation.segments.planners.said import (
    Denied,
    Meant,
    Said,
    denied,
    joined,
    limit_to,
    said_leaves,
    windowless,
)
from leo_activation.segments.planners.vietnamese.behaviours import ask_how_long, take_behaviour
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_length, take_window
from leo_activation.segments.planners.vietnamese.groups import take_group
from leo_activation.segments.planners.vietnamese.people import take_attribute, take_vague
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.planners.vietnamese.topics import take_interest, take_luxury

SUBJECTS = (
    "khách hàng", "khách", "người dùng", "người tiêu dùng", "người", "những người", "ai", "những ai", "thành viên",
    "họ", "quý khách", "người nào", "khách hàng nào", "những khách hàng nào", "bạn nào",
    "những khách", "những khách hàng", "các khách hàng", "các khách", "nhóm khách hàng", "nhóm khách", "tệp khách hàng",
    "tập khách hàng", "nhóm người", "đối tượng", "các đối tượng", "các bạn", "khách nào",
    "danh sách khách hàng", "danh sách khách", "danh sách những khách hàng", "danh sách các khách hàng",
    "các khách hàng nào",
    "những khách nào", "danh sách những người", "số khách hàng", "những người dùng", "các thành viên", "các người dùng",
)  # fmt: skip
_EVERYBODY = (
    "tất cả",
    "toàn bộ",
    "mọi",
    "toàn thể",
    "hết thảy",
    "tất cả mọi",
    "tất cả các",
    "tất cả những",
    "toàn bộ các",
)
_RELATIVES = (
    "mà",
    "nào",
    "là những người",
    "nào mà",
    "với điều kiện",
    "thỏa mãn",
    "thoả mãn",
    "có đặc điểm",
    "sau đây",
    "là người",
)
_AND = (
    "và",
    "và cũng",
    "đồng thời",
    "và đồng thời",
    "cũng như",
    "lẫn",
    "và còn",
    "đồng thời cũng",
    "cùng lúc",
    "và phải",
    "&",
)
_OR = ("hoặc", "hay", "hoặc là", "hay là")
_BUT = (
    "nhưng",
    "nhưng mà",
    "song",
    "tuy nhiên",
    "nhưng lại",
    "mà",
    "mà lại",
    "nhưng vẫn",
    "mà vẫn",
    "còn",
    "nhưng vẫn chưa từng",
)
_EXCEPT = (
    "trừ", "ngoại trừ", "trừ ra", "loại trừ", "không bao gồm", "không tính", "không kể", "loại bỏ", "bỏ qua",
    "trừ đi", "trừ những",
    "ngoài trừ", "không gồm", "loại ra",
)  # fmt: skip
_NEGATIONS = (
    "không", "chưa", "chưa từng", "chưa bao giờ", "không bao giờ", "chưa hề", "không hề", "chẳng", "chưa có",
    "không phải",
    "không phải là", "chưa phải", "chưa khi nào", "không từng", "vẫn chưa", "chẳng bao giờ", "chưa từng có",
    "không thuộc diện", "không phải những người", "không phải người",
)  # fmt: skip
_EVER = ("từng", "bao giờ", "chưa hề", "không hề", "chưa khi nào", "lần nào")
_MARKERS = (
    "đã",
    "đã từng",
    "từng",
    "đều đã",
    "cũng đã",
    "cũng",
    "đã có",
    "hiện",
    "có",
    "đã được",
    "cũng từng",
    "cũng có",
)


@dataclass
class Part:
    """A condition of a list, how it is connected with the one before, and whether a ';' parts it from that."""

    meant: Meant
    connector: str | None
    connector_at: int
    fresh: bool
    start: int
    end: int
    behaviour: bool
    negated: bool
    adjective: bool = False
    excepted: bool = False


@dataclass
class Conditions:
    """A list of conditions while it is read."""

    parts: list[Part] = field(default_factory=list)
    connector: str | None = None
    connector_at: int = 0
    contrast: bool = False
    negated: bool = False
    fresh: bool = True
    has_subject: bool = False
    subject_end: int = -1
    everybody: bool = False


@dataclass(frozen=True)
class Statement:
    """What one statement said: whether it was about behaviour, was negated, or was marked as a fact ('đã', 'có')."""

    meant: Meant
    behaviour: bool
    negated: bool
    marked: bool
    adjective: bool


def take_subject(reading: Reading, conditions: Conditions) -> bool:
    """'tất cả khách hàng', 'những người', 'ai'.

    Raises:
        Ask: a second subject may mean another group of customers.
    """
    cursor = reading.cursor
    start = cursor.position
    everybody = cursor.has(*_EVERYBODY) is not None
    cursor.has("những", "các", "một")
    if cursor.sees("thành viên của", "thành viên phân khúc"):
        cursor.position = start
        return False
    if cursor.has(*SUBJECTS) is None:
        if everybody and cursor.before("mọi"):
            everybody = cursor.has("người") is not None
        if not (everybody and cursor.before("người")):
            cursor.position = start
            return False
    if cursor.before("người", "khách") and cursor.length_of(reading.names.countries):
        cursor.position -= 1 if cursor.before("người") else 0
        if cursor.position == start:
            return False
    again = cursor.before("họ") and cursor.position == start + 1
    same = again or conditions.negated or conditions.connector == "or" or (conditions.connector and conditions.fresh)
    if conditions.parts and not same:
        at = conditions.connector_at if conditions.connector else start
        raise cursor.ask(
            at,
            f"“{cursor.written(start, cursor.position)}”: cùng những khách hàng đó, hay một nhóm khác gộp vào?",
            ("khách hàng … và …", "khách hàng … hoặc …"),
            end=cursor.position,
        )
    while cursor.has(*_RELATIVES):
        pass
    conditions.has_subject = True
    conditions.subject_end = cursor.position
    conditions.everybody = conditions.everybody or (everybody and not conditions.parts)
    return True


def take_connector(reading: Reading, conditions: Conditions) -> bool:
    """'và', 'hoặc', 'nhưng', 'trừ', a comma or a semicolon.

    Raises:
        Ask: two connectors contradict each other.
    """
    cursor = reading.cursor
    start = cursor.position
    pending = conditions.connector
    strong = cursor.has(";") is not None
    comma = not strong and cursor.has(",") is not None
    at = cursor.position
    found: str | None = None
    if cursor.has("và hoặc") or (cursor.sees("và", "hoặc") and cursor.peek(1) == "/" and cursor.has("và", "hoặc")):
        if cursor.has("/"):
            cursor.has("hoặc", "và")
        found = "or"
    elif cursor.has(*_EXCEPT):
        found = "and"
        conditions.negated = True
    elif cursor.has(*_AND):
        found = "and"
        if cursor.has(*_EXCEPT):
            conditions.negated = True
        if cursor.sees("nhưng", "hay"):
            raise cursor.ask(at, "Và, hay hoặc?", ("và", "hoặc"))
    elif (conditions.parts or strong) and cursor.has(*_OR):
        found = "or"
        if cursor.sees("và"):
            raise cursor.ask(at, "Và, hay hoặc?", ("và", "hoặc"), end=cursor.position + 1)
    elif conditions.parts and cursor.has(*_BUT):
        found = "and"
        conditions.contrast = True
        if cursor.has(*_EXCEPT):
            conditions.negated = True
    if found is None and not (comma or strong):
        return False
    if pending in {"and", "or"} and found is not None:
        raise cursor.ask(
            conditions.connector_at, "Và, hoặc, hay còn điều gì ở giữa?", ("và", "hoặc"), end=cursor.position
        )
    if found is not None:
        conditions.connector = found
    elif pending is None:
        conditions.connector = "and" if strong else ","
    conditions.connector_at = at if found is not None else start
    conditions.fresh = conditions.fresh or strong
    return True


# --- statements -------------------------------------------------------------------------------------------------------


def take_statement(reading: Reading, *, adjective: bool, after_behaviour: bool) -> Statement | None:
    """One statement about customers with its negation, or nothing.

    Raises:
        Ask: something in it is not known here or has two readings.
    """
    cursor = reading.cursor
    start = cursor.position
    if (bracketed := _bracketed(reading)) is not None:
        return bracketed
    cursor.position = start
    if (either := _either(reading)) is not None:
        return Statement(either, behaviour=False, negated=False, marked=True, adjective=False)
    cursor.position = start
    fronted = _fronted_window(reading)
    begun = cursor.position
    plain = _predicate(reading, negated=False, adjective=adjective, after_behaviour=after_behaviour)
    if plain is not None:
        found, behaviour, described = plain
        statement = Statement(found, behaviour, isinstance(found, Denied), _marked(cursor, begun), described)
        return _limited(reading, statement, fronted)
    cursor.position = begun
    marked = False
    negated = False
    while True:
        if cursor.has(*_NEGATIONS):
            if negated:
                cursor.position = start
                return None
            negated = True
        elif cursor.has(*_MARKERS):
            marked = True
        else:
            break
        here = cursor.position
        if negated and cursor.before("có") and cursor.position > begun + 1:
            # 'chưa có đơn hàng': the verb may belong to the statement.
            cursor.position -= 1
            tried = _predicate(reading, negated=True, adjective=True, after_behaviour=False)
            if tried is not None:
                return _limited(reading, Statement(tried[0], tried[1], True, marked, tried[2]), fronted)
            cursor.position = here
        tried = _predicate(reading, negated=negated, adjective=negated, after_behaviour=after_behaviour and not negated)
        if tried is not None:
            found, behaviour, described = tried
            statement = Statement(found, behaviour, negated or isinstance(found, Denied), marked, described)
            return _limited(reading, statement, fronted)
        cursor.position = here
    if marked and not negated and fronted is None and (window := _fronted_window(reading)) is not None:
        inner = _predicate(reading, negated=False, adjective=False, after_behaviour=False)
        if inner is not None:
            statement = Statement(inner[0], inner[1], isinstance(inner[0], Denied), marked, adjective=False)
            return _limited(reading, statement, window)
    cursor.position = start
    return None


def _marked(cursor: VietnameseCursor, begun: int) -> bool:
    """Whether a statement that was read as a whole begins with a marker of its own."""
    end = cursor.position
    cursor.position = begun
    marked = cursor.sees("có", "đã")
    cursor.position = end
    return marked


def _predicate(
    reading: Reading, *, negated: bool, adjective: bool, after_behaviour: bool
) -> tuple[Meant, bool, bool] | None:
    """A statement without its negation: what it means, whether it is about behaviour, whether it only describes."""
    cursor = reading.cursor
    start = cursor.position
    if negated and (bracketed := _bracketed(reading)) is not None:
        return denied(bracketed.meant), False, False
    cursor.position = start

    def other() -> Meant | None:
        found = take_statement(reading, adjective=True, after_behaviour=False)
        return None if found is None else found.meant

    rules: tuple[tuple[Callable[[], Meant | None], bool], ...] = (
        (lambda: take_group(reading, other, adjective=adjective), True),
        (lambda: take_interest(reading, negated=False), True),
        (lambda: take_behaviour(reading, negated=negated), False),
        (lambda: take_attribute(reading, after_behaviour=after_behaviour), True),
        (lambda: take_luxury(reading) if adjective and not after_behaviour else None, True),
    )
    for rule, deny in rules:
        cursor.position = start
        found = rule()
        if found is None:
            continue
        reading.spoken.goods |= rule is rules[1][0]
        if negated and deny:
            if not isinstance(found, Said) and getattr(found, "operator", "") == "and":
                words = cursor.written(start, cursor.position)
                raise cursor.ask(
                    start,
                    f"Không phải tất cả “{words}”, hay không điều nào trong đó?",
                    (words.replace(" và ", " hoặc "),),
                )
            found = denied(found)
        describes = adjective and deny and start == cursor.position - 1
        return found, rule is rules[2][0], describes
    cursor.position = start
    return None


def _limited(reading: Reading, statement: Statement, fronted: tuple[Window, int, int] | None) -> Statement:
    if fronted is None:
        return statement
    window, start, end = fronted
    cursor = reading.cursor
    open_ended = windowless(statement.meant)
    if not open_ended or not statement.behaviour:
        raise cursor.ask(start, f"“{cursor.written(start, end)}” nói về điều gì?", end=end)
    limit_to(open_ended, window, start, end)
    reading.windows.setdefault(start, end)
    return statement


def _fronted_window(reading: Reading) -> tuple[Window, int, int] | None:
    """'trong 60 ngày qua đã mua …': the window before its verb."""
    cursor = reading.cursor
    start = cursor.position
    of_dates = cursor.sees("ngày", "tháng", "quý", "năm", "đầu", ahead=1)
    if cursor.sees("từ") and not of_dates and any(cursor.sees("tuổi", ahead=n) for n in range(1, 6)):
        return None
    window = _bare_length(cursor) or take_window(cursor)
    end = cursor.position
    if window is not None:
        cursor.has(",")
        if cursor.sees(
            "đã", "không", "chưa", "có", "từng", "mua", "xem", "thêm", "trả", "đặt", "bỏ", "hoàn", "chi", "cũng"
        ):
            return window, start, end
    cursor.position = start
    return None


def _bare_length(cursor: VietnameseCursor) -> Window | None:
    """'90 ngày không mua hàng': the time up to now, where what did not happen follows.

    Raises:
        Ask: 'hơn 90 ngày chưa mua hàng' may leave out those who never did.
    """
    start = cursor.position
    if any(cursor.sees("không", "chưa", ahead=n) for n in range(3, 5)):
        ask_how_long(cursor)
    cursor.has("đã", "suốt", "đã suốt")
    length = take_length(cursor)
    if length is None or length.unit is TimeUnit.HOUR or not cursor.sees("không", "chưa", "ko", "chẳng"):
        cursor.position = start
        return None
    return Last(amount=length.amount, unit=length.unit)


def _bracketed(reading: Reading) -> Statement | None:
    """'(… hoặc …)'."""
    cursor = reading.cursor
    if cursor.has("(") is None:
        return None
    inner = Conditions(has_subject=True)
    while not cursor.at_end and cursor.word != ")":
        if add_statement(reading, inner) or take_connector(reading, inner) or take_subject(reading, inner):
            continue
        return None
    if cursor.has(")") is None or not inner.parts or inner.connector in {"and", "or"}:
        return None
    meant = combined(reading, inner)
    return Statement(meant, behaviour=False, negated=isinstance(meant, Denied), marked=True, adjective=False)


def _either(reading: Reading) -> Meant | None:
    """'hoặc … hoặc …': alternatives that belong together whatever stands around them."""
    cursor = reading.cursor
    if cursor.has("hoặc", "hoặc là") is None:
        return None
    parts: list[Meant] = []
    while True:
        cursor.has(*SUBJECTS)
        found = take_statement(reading, adjective=True, after_behaviour=False)
        if found is None:
            return None
        parts.append(found.meant)
        before = cursor.position
        cursor.has(",")
        if cursor.has(*_OR) is None:
            cursor.position = before
            break
    return joined("or", parts) if len(parts) > 1 else None


def add_statement(reading: Reading, conditions: Conditions) -> bool:
    """Take one statement and add it to the list; False where none stands here.

    Raises:
        Ask: something in it is not known here, or an earlier 'không' may reach it.
    """
    cursor = reading.cursor
    start = cursor.position
    last = conditions.parts[-1] if conditions.parts else None
    beside = conditions.connector is None and last is not None
    after_behaviour = beside and last is not None and last.behaviour
    adjective = not after_behaviour and (
        cursor.position == conditions.subject_end
        or conditions.connector is not None
        or last is None
        or (beside and last.adjective)
    )
    if adjective and conditions.has_subject:
        take_vague(reading)
    reading.spoken.excepting = conditions.negated
    found = take_statement(reading, adjective=adjective, after_behaviour=after_behaviour)
    if found is None:
        return False
    meant, negated = found.meant, found.negated
    if conditions.negated and found.negated:
        raise cursor.ask(start, "Hai lần phủ định: ý nào đúng?")
    _ask_about_negation(reading, conditions, found, start)
    if after_behaviour and found.behaviour and not (found.marked or negated):
        raise cursor.ask(
            start, f"“{cursor.written(start, cursor.position)}” nối với phần trước thế nào?", ("và …", "rồi …")
        )
    excepted = conditions.negated
    if excepted:
        meant = denied(meant)
    conditions.parts.append(
        Part(
            meant,
            conditions.connector,
            conditions.connector_at,
            conditions.fresh,
            start,
            cursor.position,
            behaviour=found.behaviour,
            negated=negated or excepted,
            adjective=found.adjective,
            excepted=excepted,
        )
    )
    conditions.connector, conditions.negated, conditions.fresh, conditions.contrast = None, False, False, False
    return True


def _ask_about_negation(reading: Reading, conditions: Conditions, found: Statement, start: int) -> None:
    """'không xem tất hoặc mua giày': does the 'không' before reach the statement that begins at `start`?"""
    cursor = reading.cursor
    last = conditions.parts[-1] if conditions.parts else None
    if last is None or not last.negated or last.excepted or conditions.connector is None:
        return
    if conditions.fresh or conditions.contrast or conditions.negated or found.negated or found.marked:
        return
    if last.behaviour == found.behaviour or conditions.connector == "or":
        words = cursor.written(start, cursor.position)
        raise cursor.ask(
            start, f"Chữ “không” phía trước có áp dụng cho “{words}” không?", (f"và không {words}", f"nhưng {words}")
        )


# --- joining ----------------------------------------------------------------------------------------------------------


def combined(reading: Reading, conditions: Conditions) -> Meant:
    """All parts of a list as one condition. Parts that stand side by side all hold.

    Raises:
        Ask: 'và' and 'hoặc' are mixed without brackets, or a window may belong to more than its own part.
    """
    parts = conditions.parts
    _ask_about_exception(reading, parts)
    groups: list[list[Part]] = []
    for part in parts:
        if part.connector is None or not groups:
            groups.append([part])
        else:
            groups[-1].append(part)
    meant: list[Meant] = []
    for n, group in enumerate(groups):
        operators = {part.connector for part in group[1:]} - {","}
        commas = any(part.connector == "," for part in group[1:])
        if len(operators) > 1 or (operators == {"or"} and _is_open(groups, n, commas=commas)):
            raise _ask_about_order(reading, group, groups[n - 1][-1] if n else None)
        _ask_about_window(reading, group)
        meant.append(joined("or" if operators == {"or"} else "and", [part.meant for part in group]))
    return joined("and", meant)


def _is_open(groups: list[list[Part]], n: int, *, commas: bool) -> bool:
    """Whether it is open what an 'hoặc' of group `n` joins."""
    group = groups[n]
    kinds = {part.behaviour for part in group}
    if n + 1 < len(groups) or (commas and len(kinds) > 1):
        return True
    before = [part for earlier in groups[:n] for part in earlier]
    if not before:
        return False
    if len(kinds) > 1:
        return True
    described = all(part.adjective for part in before)
    return not (described or before[-1].behaviour != group[0].behaviour)


def _ask_about_exception(reading: Reading, parts: list[Part]) -> None:
    """'trừ những người đã mua tất và xem giày': where does the exception end?"""
    cursor = reading.cursor
    for part, following in pairwise(parts):
        if part.excepted and not following.fresh:
            inside, outside = cursor.written(part.start, part.end), cursor.written(following.start, following.end)
            raise cursor.ask(
                following.start,
                f"“{outside}” có thuộc phần loại trừ không?",
                (f"trừ ({inside} và {outside})", f"{outside}; trừ ({inside})"),
                end=following.end,
            )


def _ask_about_order(reading: Reading, group: list[Part], before: Part | None) -> Exception:
    cursor = reading.cursor
    listed = [before, *group] if before is not None else group
    words = [cursor.written(part.start, part.end) for part in listed if part is not None]
    at = next((part.connector_at for part in group[1:] if part.connector == "or"), group[0].start)
    first = f"({words[0]} … {words[1]}) …" if len(words) > 2 else f"({' hoặc '.join(words)})"
    last = f"{words[0]} … ({' … '.join(words[1:])})"
    return cursor.ask(at, "“Và” và “hoặc” ở đây có hai cách hiểu: những gì đi với nhau?", (first, last), end=at + 1)


def _ask_about_earlier_window(reading: Reading, part: Part, following: Part) -> None:
    """'xem giày trong 30 ngày qua nhưng không mua': not bought in these days, or never?"""
    cursor = reading.cursor
    found = next((at for at in reading.windows if part.start <= at < part.end), None)
    if found is None or following.fresh or not following.negated or following.excepted:
        return
    seen, unseen = list(said_leaves(part.meant)), windowless(following.meant)
    ever = any(cursor.sees(*_EVER, ahead=at - cursor.position) for at in range(following.start, following.end))
    plain = any(cursor.sees("không", ahead=at - cursor.position) for at in range(following.start, following.end))
    if not (plain or following.start <= reading.spoken.elided < following.end):
        # 'nhưng chưa mua giày' is up to now.
        return
    if ever or len(seen) != 1 or len(unseen) != 1:
        return
    did, did_not = seen[0].leaf, unseen[0].leaf
    if not (isinstance(did, Behaviour | Exposure) and isinstance(did_not, Behaviour)):
        return
    if did_not.product not in {None, did.product if isinstance(did, Behaviour) else None}:
        return
    window = cursor.written(found, reading.windows[found])
    earlier, later = cursor.written(part.start, part.end), cursor.written(following.start, following.end)
    never = re.sub(r"^(không|chưa|ko|k)\b", "chưa từng", later)
    raise cursor.ask(
        following.start,
        f"“{window}” có áp dụng cho “{later}” không?",
        (f"{earlier} nhưng {later} {window}", f"{earlier} nhưng {never}"),
        end=following.end,
    )


def _ask_about_window(reading: Reading, group: list[Part]) -> None:
    """'xem giày và mua tất trong 30 ngày qua': is the window meant for the viewing as well?"""
    cursor = reading.cursor
    for part, following in pairwise(group):
        _ask_about_earlier_window(reading, part, following)
    for n, part in enumerate(group[1:], start=1):
        found = next((at for at in reading.windows if part.start <= at < part.end), None)
        if found is None or part.fresh or part.excepted or (found == part.start and part.negated):
            continue
        before = group[n - 1]
        if windowless(before.meant):
            window = cursor.written(found, reading.windows[found])
            earlier = cursor.written(before.start, before.end)
            raise cursor.ask(
                found,
                f"“{window}” có áp dụng cho “{earlier}” không?",
                (f"{earlier} {window}", f"{earlier}; …"),
                end=reading.windows[found],
            )
