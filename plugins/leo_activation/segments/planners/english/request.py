"""A request in English: its frame, its conditions, and what was left over.

A request is read from left to right by recursive descent over a tenant's vocabulary. Each word becomes part of a
condition, of the frame around the conditions (an opening, the segment's name, the message to send), or is a listed
filler. What is left over, and what can be read in two ways, is asked back with exactly those words; nothing is
dropped and nothing guessed.
"""

from dataclasses import dataclass, field

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, SegmentPlan, Window, plan_of
from leo_activation.segments.planners.cursor import Ask, Cursor, phrase_set, phrases
from leo_activation.segments.planners.english import lexicon
from leo_activation.segments.planners.english.conditions import (
    Conditions,
    add_statement,
    combined,
    take_connector,
    take_subject,
)
from leo_activation.segments.planners.english.dates import take_window
from leo_activation.segments.planners.english.frame import (
    Named,
    take_activation,
    take_campaign,
    take_channel,
    take_definition,
    take_message,
    take_name,
    take_note,
    take_segment_frame,
    take_sending,
)
from leo_activation.segments.planners.english.instructions import (
    REFUSALS,
    is_query,
    take_ignored,
    take_instruction,
    take_refused,
)
from leo_activation.segments.planners.english.ranking import Ranking, take_cut_after, take_limit, take_order
from leo_activation.segments.planners.english.things import take_things
from leo_activation.segments.planners.english.topics import take_luxury
from leo_activation.segments.planners.reading import Reading
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
from leo_activation.segments.planners.vocabulary import NameKind, Vocabulary
from leo_activation.segments.request import ActivationDraft, NeedsClarification, PlannedRequest, Question, Span
from leo_activation.told import Told

_OPENINGS = phrase_set(lexicon.OPENINGS)
_FILLERS = phrase_set(lexicon.FILLERS)
_WANTING = phrase_set(lexicon.WANTING)
_VAGUE = phrases(lexicon.VAGUE)
_PUNCTUATION = frozenset({".", "?", "!", ",", ";", ":"})
_AFTER_FRAME = frozenset({"", ".", ",", ";", "!", "and", "then"})
_COUNTRY = CustomerProperty.COUNTRY


def read_request(cursor: Cursor, vocabulary: Vocabulary) -> PlannedRequest | NeedsClarification:
    """The plan of a request in English, or the words that could not be placed."""
    return _Request(Reading(cursor, vocabulary)).read()


@dataclass
class _Request:
    reading: Reading
    conditions: Conditions = field(default_factory=Conditions)
    campaign: list[Meant] = field(default_factory=list)
    ranking: Ranking = field(default_factory=Ranking)
    named: Named | None = None
    framed: bool = False
    activation: ActivationDraft | None = None
    sending: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)
    leading: tuple[Window, int, int] | None = None
    ignored: list[str] = field(default_factory=list)
    refused: list[Ask] = field(default_factory=list)
    unplaced: list[tuple[int, int]] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)

    def read(self) -> PlannedRequest | NeedsClarification:
        cursor = self.reading.cursor
        if is_query(cursor.text):
            question = Question(text=REFUSALS["query"])
            return NeedsClarification(unplaced=(cursor.text.strip(),), questions=(question,), refused=True)
        while not cursor.at_end:
            start = cursor.position
            try:
                placed = self._step()
            except Ask as ask:
                self.asked.append(ask)
                cursor.position = max(ask.end, cursor.position, start + 1)
                self.conditions.connector = None
                self.conditions.has_subject = True
                continue
            if not placed or cursor.position == start:
                cursor.position = start + 1
                self._unplaced(start, start + 1)
        return self._finished()

    # --- one step -----------------------------------------------------------------------------------------------------

    def _step(self) -> bool:
        cursor = self.reading.cursor
        begun = bool(self.conditions.parts or self.conditions.has_subject or self.campaign)
        if (note := take_note(cursor)) is not None:
            self.notes.append(note)
            return True
        if self._take_instruction():
            return True
        if self._take_frame():
            return True
        if not begun and (cursor.take(_OPENINGS) is not None or self._take_for()):
            return True
        if self._take_vague():
            return True
        if self._take_ranking():
            return True
        campaign = take_campaign(self.reading, self.notes)
        if campaign is not None:
            self.campaign.extend(campaign)
            self.conditions.has_subject = True
            return True
        return self._take_condition(begun=begun)

    def _take_for(self) -> bool:
        """'For customers who …, create a segment': the 'for' before whom it is of, where no campaign follows."""
        cursor = self.reading.cursor
        start = cursor.position
        if cursor.take_words("for") and cursor.position == 1:
            people = any(cursor.peek(n) in lexicon.SUBJECTS or cursor.peek(n) in lexicon.EVERYBODY for n in range(4))
            campaign = any(cursor.peek(n) in lexicon.CAMPAIGNS for n in range(8))
            if people and not campaign:
                return True
        cursor.position = start
        return False

    def _take_instruction(self) -> bool:
        """What is said to the system: named and not followed, or refused."""
        cursor = self.reading.cursor
        start = cursor.position
        if (kind := take_refused(cursor)) is not None:
            self.refused.append(cursor.ask(start, REFUSALS[kind]))
        elif ignored := take_ignored(cursor):
            self.ignored.extend(ignored)
        elif (words := take_instruction(cursor)) is not None:
            self.ignored.append(words)
        else:
            return False
        # What joined it with the rest joins nothing now.
        self.conditions.connector = None
        self.conditions.negated = False
        cursor.take_one_of(",", ";", ".", "!")
        cursor.take_one_of("and", "then", "but")
        return True

    def _take_ranking(self) -> bool:
        reading, ranking = self.reading, self.ranking
        if not ranking.cuts:
            start = reading.cursor.position
            parts = self.conditions.parts
            if not parts and take_limit(reading, ranking):
                self.conditions.has_subject = ranking.order is not None
            elif not parts or not take_cut_after(reading, ranking):
                reading.cursor.position = start
                return False
        elif not take_order(reading, ranking):
            return False
        for said in ranking.meant:
            self.conditions.has_subject = True
            self.conditions.add(said, said.start, said.end)
        ranking.meant.clear()
        return True

    def _take_condition(self, *, begun: bool) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        if not begun and self._take_leading_window():
            return True
        if self._take_subject_before_statement():
            return True
        if start == 0 and cursor.word in lexicon.BASE_VERBS:
            return False
        if add_statement(self.reading, self.conditions):
            return True
        cursor.position = start
        if begun and self._take_trailing_window():
            return True
        if take_connector(cursor, self.conditions):
            return True
        return cursor.take(_FILLERS) is not None or self._take_punctuation()

    def _take_subject_before_statement(self) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        if take_subject(self.reading, self.conditions):
            return True
        cursor.position = start
        return False

    def _ask_about_not_sending(self) -> None:
        """'do not send them anything': nothing is sent unless it is asked for, so it may mean something else."""
        cursor = self.reading.cursor
        start = cursor.position
        denied = cursor.take_words("do", "not") or cursor.take_words("never")
        verb = cursor.take_one_of("send", "email", "mail", "notify", "contact", "message", "text", "write")
        if verb is None and denied and cursor.take_words("e", "mail"):
            verb = "email"
        if denied and verb is not None:
            raise cursor.ask(
                start,
                Told.of("Nothing is sent unless it is asked for: who is to be left out?"),
                ("except those who …",),
            )
        cursor.position = start

    def _take_frame(self) -> bool:
        cursor = self.reading.cursor
        if cursor.peek(-1) not in lexicon.RELATIVES:
            self._ask_about_not_sending()
        first = not (self.conditions.parts or self.conditions.has_subject or self.campaign)
        if self.activation is None and self._take_sending(first=first):
            return True
        if self.activation is not None and self.activation.message is None and (message := take_message(cursor)):
            self.activation = self.activation.model_copy(update={"message": message})
            return True
        if self.named is None and (name := take_name(cursor, framed=self.framed)) is not None:
            self.named = name
            return True
        if self.named is None and first and (defined := take_definition(cursor)) is not None:
            self.named, self.framed = defined, True
            return True
        if self.named is None and not first and self._take_frame_after():
            return True
        if self.named is None and not self.conditions.parts and (frame := take_segment_frame(cursor)):
            self.framed = True
            if isinstance(frame, Named):
                self.named = frame
                self._ask_whether_a_name(frame)
            return True
        return False

    def _take_frame_after(self) -> bool:
        """'…, create a segment called High Value' after the customers it is of."""
        cursor = self.reading.cursor
        start = cursor.position
        if cursor.peek(-1) not in {",", ";", ".", "and", "then", "please"}:
            return False
        cursor.take_one_of("please", "then")
        frame = take_segment_frame(cursor)
        if not isinstance(frame, Named) or cursor.word not in _AFTER_FRAME:
            cursor.position = start
            return False
        self.named = frame
        self.conditions.connector = None
        return True

    def _take_sending(self, *, first: bool) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        if self.sending is not None:
            self.activation = take_channel(cursor)
            return self.activation is not None
        if first:
            cursor.take(_WANTING)
            if take_sending(cursor):
                self.sending = (start, cursor.position)
                return True
        self.activation = take_activation(cursor, first=first)
        if self.activation is None:
            cursor.position = start
        return self.activation is not None

    def _ask_whether_a_name(self, named: Named) -> None:
        """'a luxury segment of …': a name that would also be a condition is asked about."""
        cursor = self.reading.cursor
        quoted = cursor.text[cursor.tokens[named.start].start] in "\"'“„«‘"
        if quoted or self.reading.vocabulary.lookup(named.name, (NameKind.SEGMENT,)) is not None:
            return
        if named.start > 0 and cursor.peek(named.start - cursor.position - 1) in {"called", "named", "titled"}:
            return
        inner = Reading(Cursor(named.name), self.reading.vocabulary)
        conditions = Conditions()
        described = (
            take_luxury(inner) is not None or self.reading.vocabulary.take(inner.cursor, NameKind.COLOR) is not None
        )
        if not described:
            inner.cursor.position = 0
            described = take_things(inner) is not None
        if not described:
            padded = Reading(Cursor(f"{named.name} customers"), self.reading.vocabulary)
            described = take_subject(padded, conditions) and bool(conditions.adjectives)
        vague = named.name.lower() in lexicon.VAGUE and " " not in named.name
        if described or vague:
            raise cursor.ask(
                named.start,
                Told.of("Is “{name}” the segment's name, or a condition?", name=named.name),
                (f'a segment called "{named.name}"', f"customers who are “{named.name}”"),
                end=named.end,
            )

    def _take_vague(self) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        if cursor.peek(1) in {"for", "suited"}:
            return False
        named = self.reading.vocabulary.take(cursor, NameKind.SEGMENT, NameKind.FUNNEL_STAGE) is not None
        cursor.position = start
        found = None if named else cursor.take(_VAGUE)
        if found is None:
            return False
        question, readings = found
        raise cursor.ask(start, question, readings)

    def _take_leading_window(self) -> bool:
        cursor = self.reading.cursor
        start = cursor.position
        window = take_window(cursor)
        if window is None:
            return False
        self.leading = (window, start, cursor.position)
        cursor.take_one_of(",")
        return True

    def _take_trailing_window(self) -> bool:
        """', last 60 days' after everything: for the one behaviour that has no window yet."""
        cursor = self.reading.cursor
        start = cursor.position
        window = take_window(cursor)
        if window is None:
            return False
        everything = [*self.conditions.adjectives, *(part.meant for part in self.conditions.parts)]
        open_ended = [said for meant in everything for said in windowless(meant)]
        if len(open_ended) != 1 or self.conditions.connector == "or":
            words = cursor.written(start, cursor.position)
            raise cursor.ask(start, Told.of("What does “{words}” apply to?", words=words))
        limit_to(open_ended, window, start, cursor.position)
        self.conditions.connector = None
        return True

    def _take_punctuation(self) -> bool:
        return self.reading.cursor.take_one_of(*_PUNCTUATION) is not None

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
        if self.refused or (self.ignored and self._is_empty(meant)):
            return self._refusal()
        if not self.asked and not self.unplaced:
            try:
                return self._planned(meant)
            except Ask as ask:
                self.asked.append(ask)
            except ValueError as error:
                problem = str(error).splitlines()[-2] if "\n" in str(error) else str(error)
                question = Question(text=Told.of("This cannot be planned: {problem}", problem=problem.strip()))
                return NeedsClarification(unplaced=(), questions=(question,))
        return self._clarification()

    def _is_empty(self, meant: Meant | None) -> bool:
        """Whether nothing was said of customers, or of what to send them."""
        said = meant is not None or self.ranking.cuts or self.conditions.everybody
        return not (said or self.asked or self.unplaced or self.named or self.activation or self.sending)

    def _refusal(self) -> NeedsClarification:
        cursor = self.reading.cursor
        questions = [ask.question for ask in self.refused] or [
            Question(
                text=Told.of("That is an instruction to the system and asks for no customers; it is not followed.")
            )
        ]
        words = [cursor.written(ask.start, ask.end) for ask in self.refused] or self.ignored
        return NeedsClarification(
            unplaced=tuple(dict.fromkeys(words)),
            questions=tuple(dict.fromkeys(questions)),
            refused=True,
            ignored=tuple(dict.fromkeys(self.ignored)),
        )

    def _meant(self) -> Meant | None:
        parts = self.campaign
        if self.conditions.parts or self.conditions.adjectives:
            parts = [combined(self.reading, self.conditions), *self.campaign]
        meant = joined("and", parts) if parts else None
        if self.leading is not None:
            window, start, end = self.leading
            open_ended = windowless(meant) if meant is not None else []
            if not open_ended:
                cursor = self.reading.cursor
                raise cursor.ask(
                    start, Told.of("What does “{words}” apply to?", words=cursor.written(start, end)), end=end
                )
            limit_to(open_ended, window, start, end)
        return meant

    def _planned(self, meant: Meant | None) -> PlannedRequest:
        cursor = self.reading.cursor
        ranking = self.ranking
        if self.conditions.connector in {"and", "or"} or self.conditions.negated:
            at = self.conditions.connector_at
            raise cursor.ask(at, Told.of("What was meant to follow?"), end=at + 1)
        if self.sending is not None and self.activation is None:
            start, end = self.sending
            raise cursor.ask(start, Told.of("On which channel is the message sent?"), end=end)
        if ranking.percent is not None and ranking.order is None:
            part = f"{ranking.percent} % of customers"
            readings = (f"random {part}", f"top {part} by total spent")
            raise cursor.ask(ranking.start, Told.of("Which part of them is meant?"), readings, end=ranking.end)
        if ranking.limit is not None and ranking.order is None and not ranking.by_id:
            readings = ("by total spent", "by age")
            raise cursor.ask(ranking.start, Told.of("In which order are they the top?"), readings, end=ranking.end)
        if meant is None and not self.conditions.everybody and not ranking.cuts:
            start, end = (self.named.start, self.named.end) if self.named else (0, 0)
            raise cursor.ask(
                start, Told.of("Which customers are meant?"), ("all customers", "customers who …"), end=end
            )
        if meant is not None:
            _ask_about_countries(cursor, meant)
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
            notes=tuple(dict.fromkeys([*self.notes, *self.reading.notes])),
            ignored=tuple(dict.fromkeys(self.ignored)),
            spans=spans,
        )

    def _clarification(self) -> NeedsClarification:
        cursor = self.reading.cursor
        places = sorted([*((ask.start, ask.end) for ask in self.asked), *self.unplaced])
        written = [cursor.written(start, end) for start, end in places if end > start]
        questions = [ask.question for ask in self.asked]
        for start, end in self.unplaced:
            words = cursor.written(start, end)
            if any(character.isalnum() for character in words) or not questions:
                questions.append(Question(text=Told.of("What is meant by “{words}”?", words=words)))
        return NeedsClarification(
            unplaced=tuple(dict.fromkeys(written)),
            questions=tuple(dict.fromkeys(questions)),
            ignored=tuple(dict.fromkeys(self.ignored)),
        )


def _ask_about_countries(cursor: Cursor, meant: Meant) -> None:
    """'German customers living in Poland': one customer lives in one country."""
    named: tuple[str, ...] | None = None
    for said in meant.parts if isinstance(meant, Joined) and meant.operator == "and" else ():
        leaf = said.leaf if isinstance(said, Said) else None
        if not isinstance(said, Said) or not isinstance(leaf, Attribute) or leaf.property is not _COUNTRY:
            continue
        if leaf.operator in {Operator.EQ, Operator.IN}:
            if named is not None and not {*named} & {*leaf.values}:
                raise cursor.ask(
                    said.start,
                    Told.of(
                        "Nobody lives in two countries, and where people come from is not on record: "
                        "which one is meant?"
                    ),
                    end=said.end,
                )
            named = leaf.values


def _ask_about_contradictions(cursor: Cursor, meant: Meant) -> None:
    """'customers over 50 who are under 30': nobody."""
    found = contradiction(meant)
    if found is not None:
        name = found.property.replace("_", " ")
        question = Told.of(
            "No {name} is more than {least} and less than {most}: which range is meant?",
            name=name,
            least=found.least,
            most=found.most,
        )
        raise cursor.ask(found.said.start, question, end=found.said.end)
