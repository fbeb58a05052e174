"""A request in Vietnamese: its frame, its conditions, and what was left over.

A request is read from left to right by recursive descent over syllables and a tenant's names. Each word becomes part
of a condition, of the frame around the conditions, or is a listed filler. What is left over, and what can be read in
two ways, is asked back in Vietnamese with exactly those words; nothing is dropped and nothing guessed.
"""

from dataclasses import dataclass, field

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, SegmentPlan, Window, plan_of
from leo_activation.segments.planners.cursor import Ask
from leo_activation.segments.planners.said import (
    Joined,
    Meant,
    Said,
    condition_of,
    contradiction,
    joined,
    limit_to,
    said_leaves,
    windowless,
)
from leo_activation.segments.planners.vietnamese.conditions import (
    SUBJECTS,
    Conditions,
    add_statement,
    combined,
    take_connector,
    take_subject,
)
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.dates import take_window
from leo_activation.segments.planners.vietnamese.frame import (
    FILLERS,
    OPENINGS,
    Named,
    take_activation,
    take_campaign,
    take_late_channel,
    take_message,
    take_name,
    take_note,
    take_segment_frame,
    take_sending,
)
from leo_activation.segments.planners.vietnamese.instructions import take_ignored, take_instruction, take_refused
from leo_activation.segments.planners.vietnamese.names import Names
from leo_activation.segments.planners.vietnamese.ranking import Ranking, take_limit, take_order
from leo_activation.segments.planners.vietnamese.reading import Reading
from leo_activation.segments.request import (
    ActivationDraft,
    Language,
    MessageClass,
    NeedsClarification,
    PlannedRequest,
    Question,
    Span,
)

_PUNCTUATION = (".", "?", "!", ",", ":", "…")
_PLACES = frozenset({CustomerProperty.COUNTRY, CustomerProperty.CITY, CustomerProperty.GENDER})


def read_request(cursor: VietnameseCursor, names: Names) -> PlannedRequest | NeedsClarification:
    """The plan of a request in Vietnamese, or the words that could not be placed."""
    return _Request(Reading(cursor, names)).read()


@dataclass
class _Request:
    reading: Reading
    conditions: Conditions = field(default_factory=Conditions)
    campaign: list[Meant] = field(default_factory=list)
    ranking: Ranking = field(default_factory=Ranking)
    named: Named | None = None
    framed: bool = False
    activation: ActivationDraft | None = None
    sending: tuple[int, int, MessageClass] | None = None
    notes: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: bool = False
    themed: bool = False
    leading: tuple[Window, int, int] | None = None
    unplaced: list[tuple[int, int]] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    def read(self) -> PlannedRequest | NeedsClarification:
        cursor = self.reading.cursor
        while not cursor.at_end:
            start = cursor.position
            try:
                placed = self._step()
            except Ask as ask:
                self.asked.append(ask)
                cursor.position = max(ask.end, cursor.position, start + 1)
                self.conditions.connector = None
                self.conditions.negated = False
                self.conditions.has_subject = True
                continue
            except ValueError:
                # A value that no plan can hold: a range that is empty, a number beyond every bound.
                end = max(cursor.position, start + 1)
                words = cursor.written(start, end)
                self.asked.append(cursor.ask(start, f"“{words}”: giá trị nào mới đúng?", end=end))
                cursor.position = end
                continue
            if not placed or cursor.position == start:
                cursor.position = start + 1
                self._unplaced(start, start + 1)
        return self._finished()

    # --- one step -----------------------------------------------------------------------------------------------------

    def _step(self) -> bool:
        cursor = self.reading.cursor
        begun = bool(self.conditions.parts or self.conditions.has_subject or self.themed)
        if (note := take_note(cursor)) is not None:
            self.notes.append(note)
            return True
        if ignored := take_ignored(cursor):
            self.ignored.extend(ignored)
            return True
        if (instruction := take_instruction(cursor)) is not None:
            self.ignored.append(instruction)
            return True
        start = cursor.position
        if (refused := take_refused(cursor, begun=begun)) is not None:
            self.refused = True
            raise cursor.ask(start, refused)
        if self._take_frame(begun=begun):
            return True
        if not begun and not self._statement_first() and cursor.spot(OPENINGS) is not None:
            return True
        if not self.ranking.is_cut and not self.conditions.parts and take_limit(cursor, self.ranking):
            return True
        if take_order(self.reading, self.ranking):
            self.conditions.has_subject = True
            cursor.has("trong số", "trong số những", "trong số các", "trong")
            return True
        campaign = take_campaign(self.reading, self.notes)
        if campaign is not None:
            self.campaign.extend(campaign)
            self.themed = self.conditions.has_subject = True
            return True
        return self._take_condition(begun=begun)

    def _statement_first(self) -> bool:
        """'xem giày' and 'thích màu đỏ' without a subject begin a statement and no opening."""
        cursor = self.reading.cursor
        return cursor.sees("xem") and not any(cursor.sees(*SUBJECTS, ahead=n) for n in (1, 2))

    def _take_condition(self, *, begun: bool) -> bool:
        cursor, conditions = self.reading.cursor, self.conditions
        start = cursor.position
        if not begun and self._take_leading_window():
            return True
        cursor.position = start
        if take_subject(self.reading, conditions):
            self._take_order_of_subject()
            return True
        cursor.position = start
        if add_statement(self.reading, conditions):
            return True
        cursor.position = start
        if begun and self._take_trailing_window():
            return True
        cursor.position = start
        if take_connector(self.reading, conditions):
            return True
        if cursor.spot(FILLERS) is not None:
            if cursor.position < len(cursor.tokens) and conditions.subject_end == start:
                conditions.subject_end = cursor.position
            return True
        if conditions.parts and cursor.sees("rồi") and cursor.peek(1) in {"", ".", ",", ";", "?", "!"}:
            return cursor.has("rồi") is not None
        return cursor.has(*_PUNCTUATION) is not None

    def _take_order_of_subject(self) -> None:
        """'100 khách hàng chi tiêu nhiều nhất': the order stands where an adjective would."""
        cursor = self.reading.cursor
        if take_order(self.reading, self.ranking):
            cursor.has("trong số", "trong số những", "trong số các")
            self.conditions.subject_end = cursor.position

    def _take_frame(self, *, begun: bool) -> bool:
        cursor = self.reading.cursor
        if self.activation is None and self.sending is None:
            if not begun and (sending := take_sending(cursor)) is not None:
                channel, message_class = sending
                self.sending = (max(cursor.position - 2, 0), cursor.position, message_class)
                if channel is not None:
                    self.activation = ActivationDraft(channel=channel, message_class=message_class)
                return True
            if (found := take_activation(cursor)) is not None:
                self.activation = found
                self._drop_connector()
                return True
        elif self.activation is None and begun and (late := take_late_channel(cursor)) is not None:
            self.activation = ActivationDraft(channel=late[0], message=take_message(cursor), message_class=late[1])
            return True
        waiting = self.activation if self.activation is not None and self.activation.message is None and begun else None
        saying = cursor.sees("với nội dung", "nội dung", "có nội dung", ":", "nói rằng", "viết rằng")
        if waiting is not None and saying and (message := take_message(cursor)) is not None:
            self.activation = waiting.model_copy(update={"message": message})
            return True
        if self.named is None and (name := take_name(cursor)) is not None:
            self.named = name
            self._drop_connector()
            return True
        if self.named is None and not begun and (frame := take_segment_frame(cursor)):
            self.framed = True
            if isinstance(frame, Named):
                self.named = frame
            return True
        return False

    def _drop_connector(self) -> None:
        """'…, và gửi cho họ': the connector led to the frame and not to another condition."""
        if not self.conditions.negated:
            self.conditions.connector = None

    def _take_leading_window(self) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        window = take_window(cursor)
        if window is None:
            return False
        end = cursor.position
        comma = cursor.has(",") is not None
        if not (comma or any(cursor.sees(*SUBJECTS, ahead=n) for n in range(4))) or cursor.at_end:
            return False
        self.leading = (window, start, end)
        return True

    def _take_trailing_window(self) -> bool:
        """', trong 60 ngày qua' after everything: for the one behaviour that has no window yet."""
        cursor = self.reading.cursor
        start = cursor.position
        window = take_window(cursor)
        if window is None:
            return False
        open_ended = [said for part in self.conditions.parts for said in windowless(part.meant)]
        if len(open_ended) != 1 or self.conditions.connector not in {None, ","}:
            raise cursor.ask(start, f"“{cursor.written(start, cursor.position)}” nói về điều gì?")
        limit_to(open_ended, window, start, cursor.position)
        self.conditions.connector = None
        return True

    # --- the end ------------------------------------------------------------------------------------------------------

    def _unplaced(self, start: int, end: int) -> None:
        if self.unplaced and self.unplaced[-1][1] == start:
            start = self.unplaced.pop()[0]
        self.unplaced.append((start, end))

    def _finished(self) -> PlannedRequest | NeedsClarification:
        meant: Meant | None = None
        try:
            meant = self._meant()
        except Ask as ask:
            self.asked.append(ask)
        if not self.asked and not self.unplaced:
            if self.ignored and meant is None and not self.conditions.everybody and not self.ranking.is_cut:
                return self._instructions_alone()
            try:
                return self._planned(meant)
            except Ask as ask:
                self.asked.append(ask)
            except ValueError as error:
                problem = str(error).splitlines()[-2] if "\n" in str(error) else str(error)
                question = Question(text=f"Không lập được kế hoạch: {problem.strip()}")
                return NeedsClarification(
                    unplaced=(), questions=(question,), ignored=tuple(self.ignored), language=Language.VIETNAMESE
                )
        return self._clarification()

    def _instructions_alone(self) -> NeedsClarification:
        text = "Đó là chỉ dẫn cho hệ thống, không nói về khách hàng nào, và không được làm theo."
        return NeedsClarification(
            unplaced=tuple(self.ignored),
            questions=(Question(text=text),),
            refused=True,
            ignored=tuple(self.ignored),
            language=Language.VIETNAMESE,
        )

    def _meant(self) -> Meant | None:
        parts = list(self.campaign)
        if self.conditions.parts:
            parts = [combined(self.reading, self.conditions), *self.campaign]
        meant = joined("and", parts) if parts else None
        if self.leading is not None:
            window, start, end = self.leading
            open_ended = windowless(meant) if meant is not None else []
            if not open_ended:
                cursor = self.reading.cursor
                raise cursor.ask(start, f"“{cursor.written(start, end)}” nói về điều gì?", end=end)
            limit_to(open_ended, window, start, end)
        return meant

    def _planned(self, meant: Meant | None) -> PlannedRequest:
        cursor = self.reading.cursor
        ranking = self.ranking
        if self.conditions.connector in {"and", "or"} or self.conditions.negated:
            at = min(self.conditions.connector_at, len(cursor.tokens) - 1)
            raise cursor.ask(at, "Sau đó còn điều kiện nào?", end=at + 1)
        if self.sending is not None and self.activation is None:
            start, end, _ = self.sending
            raise cursor.ask(start, "Gửi qua kênh nào?", ("qua email", "qua Zalo", "qua SMS"), end=end)
        if ranking.is_cut and ranking.order is None and not ranking.by_id:
            readings = ("có tổng chi tiêu cao nhất", "lớn tuổi nhất", "ngẫu nhiên")
            raise cursor.ask(ranking.start, "Xếp theo thứ tự nào?", readings, end=ranking.end)
        if meant is None and not self.conditions.everybody and not ranking.is_cut:
            start, end = (self.named.start, self.named.end) if self.named else (0, 0)
            raise cursor.ask(start, "Những khách hàng nào?", ("tất cả khách hàng", "khách hàng đã mua …"), end=end)
        if meant is not None:
            _ask_about_places(cursor, meant)
            _ask_about_contradictions(cursor, meant)
        plan: SegmentPlan = plan_of(
            None if meant is None else condition_of(meant),
            currency=self.reading.catalogue.currency,
            order=ranking.order,
            limit=ranking.limit,
            percent=ranking.percent,
        )
        spans = tuple(
            Span(leaf=n, start=cursor.tokens[said.start].start, end=cursor.tokens[said.end - 1].end)
            for n, said in enumerate(said_leaves(meant) if meant is not None else ())
        )
        return PlannedRequest(
            plan=plan,
            segment_name=self.named.name if self.named else None,
            activation=self.activation,
            notes=tuple(dict.fromkeys(self.notes)),
            ignored=tuple(self.ignored),
            spans=spans,
            language=Language.VIETNAMESE,
        )

    def _clarification(self) -> NeedsClarification:
        cursor = self.reading.cursor
        places = sorted([*((ask.start, ask.end) for ask in self.asked), *self.unplaced])
        written = [cursor.written(start, end) for start, end in places if end > start]
        questions = [ask.question for ask in self.asked]
        for start, end in self.unplaced:
            words = cursor.written(start, end)
            if any(character.isalnum() for character in words) or not questions:
                questions.append(Question(text=f"“{words}” nghĩa là gì?"))
        return NeedsClarification(
            unplaced=tuple(dict.fromkeys(written)),
            questions=tuple(dict.fromkeys(questions)),
            refused=self.refused,
            ignored=tuple(self.ignored),
            language=Language.VIETNAMESE,
        )


def _ask_about_contradictions(cursor: VietnameseCursor, meant: Meant) -> None:
    """'trên 50 tuổi và dưới 30 tuổi': nobody."""
    found = contradiction(meant)
    if found is not None:
        words = cursor.written(found.said.start, found.said.end)
        question = f"Không khách hàng nào thỏa mãn “{words}”: khoảng nào mới đúng?"
        raise cursor.ask(found.said.start, question, end=found.said.end)


def _ask_about_places(cursor: VietnameseCursor, meant: Meant) -> None:
    """'khách hàng Đức sống ở Ba Lan': one customer lives in one country, in one city."""
    named: dict[CustomerProperty, set[str]] = {}
    for said in meant.parts if isinstance(meant, Joined) and meant.operator == "and" else ():
        leaf = said.leaf if isinstance(said, Said) else None
        if not isinstance(said, Said) or not isinstance(leaf, Attribute) or leaf.property not in _PLACES:
            continue
        if leaf.operator in {Operator.EQ, Operator.IN}:
            known = named.get(leaf.property)
            if known is not None and not known & {*leaf.values}:
                words = cursor.written(said.start, said.end)
                raise cursor.ask(said.start, f"“{words}”: không ai có cả hai: điều nào đúng?", end=said.end)
            named[leaf.property] = {*leaf.values}
