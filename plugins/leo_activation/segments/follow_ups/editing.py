"""One follow-up being applied: each clause changes the plan at hand, or says what is unclear about it."""

from dataclasses import dataclass

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.follow_ups import edits, places
from leo_activation.segments.follow_ups.changes import changed, conditions_of
from leo_activation.segments.follow_ups.fragments import Fragments
from leo_activation.segments.follow_ups.places import GOODS, VALUES, WINDOW, Change, Place
from leo_activation.segments.follow_ups.unclear import Unclear, ask
from leo_activation.segments.follow_ups.words import Operation, Phrasing
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import (
    And,
    Attribute,
    Condition,
    SegmentPlan,
    conjuncts,
    leaves,
    plan_of,
)
from leo_activation.segments.request import ActivationDraft, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import explain_condition

MAX_READINGS = 5


@dataclass
class Editing:
    """The plan as far as it was changed, with the name and the message; `anew`: it was begun anew."""

    plan: SegmentPlan
    name: str | None
    activation: ActivationDraft | None
    catalogue: Catalogue
    fragments: Fragments
    renamed: bool = False
    anew: bool = False

    @property
    def _phrasing(self) -> Phrasing:
        return self.fragments.phrasing

    # --- one clause ---------------------------------------------------------------------------------------------------

    def apply(self, clause: str) -> None:
        """Change what one clause asks for.

        Raises:
            Unclear: it has no form of an edit, its words cannot be placed, or it can be read in two ways.
        """
        first: Unclear | None = None
        for rule in self._phrasing.rules:
            groups = rule.match(clause)
            if groups is None:
                continue
            try:
                self._do(rule.operation, groups, clause)
            except Unclear as problem:
                if problem.refused:
                    raise
                first = first or problem
            else:
                return
        if first is not None:
            raise first
        self._bare(clause)

    def _do(self, operation: Operation, groups: dict[str, str], clause: str) -> None:
        words, instead = groups.get("x", ""), groups.get("y", "")
        match operation:
            case Operation.NARROW:
                self._narrow(words)
            case Operation.EXCLUDE:
                self._exclude(words)
            case Operation.WIDEN:
                self._widen(words)
            case Operation.UNITE:
                self._unite(words)
            case Operation.REPLACE:
                self._replace(instead)
            case Operation.SWAP:
                self._swap(words, instead)
            case Operation.DROP:
                self._drop(words)
            case Operation.UNCUT:
                self._uncut(clause)
            case Operation.NAME:
                self._rename(words, clause)
            case Operation.SEND:
                self._send(words, clause, is_further="also" in groups)
            case Operation.SEND_NOTHING:
                if self.activation is None:
                    raise ask(clause, self._phrasing.nothing_to_send)
                self.activation = None
            case Operation.START_OVER:
                self._start_over(words)

    # --- conditions ---------------------------------------------------------------------------------------------------

    def _narrow(self, words: str) -> None:
        if self._cut(words):
            return
        if self.fragments.window(words) is not None:
            self._replace(words)
            return
        wanted = self.fragments.plan(words)
        where = self.plan.where if wanted.where is None else edits.narrowed(self.plan.where, wanted.where)
        cut = wanted if wanted.limit is not None or wanted.percent is not None else self.plan
        self._set(where, words, cut)

    def _exclude(self, words: str) -> None:
        unwanted = self.fragments.condition(words)
        where = edits.without(self.plan.where, unwanted)
        if where is None:
            said = self._said(unwanted)
            raise ask(words, self._phrasing.nobody_left.format(said), (self._phrasing.reading_of_drop.format(said),))
        self._set(where, words)

    def _widen(self, words: str) -> None:
        wanted = self.fragments.condition(words)
        if self.plan.where is None:
            raise ask(words, self._phrasing.everybody_already.format(words))
        widened = edits.widened_list(self.plan.where, wanted)
        parts = conjuncts(self.plan.where)
        if widened is None and len(parts) > 1:
            said = self._said(wanted)
            alike = [one for one in parts if type(edits.only_leaf(one)) is type(edits.only_leaf(wanted))]
            readings = [self._phrasing.reading_of_union.format(said)]
            readings.extend(
                self._phrasing.reading_of_one.format(self._said(one), self._said(one), said)
                for one in alike[: MAX_READINGS - 1]
            )
            raise ask(words, self._phrasing.only_or_all, tuple(readings))
        self._set(widened or edits.united(self.plan.where, wanted), words)

    def _unite(self, words: str) -> None:
        wanted = self.fragments.condition(words)
        if self.plan.where is None:
            raise ask(words, self._phrasing.everybody_already.format(words))
        self._set(edits.united(self.plan.where, wanted), words)

    def _replace(self, words: str) -> None:
        if not words.isdigit() and self._cut(words):
            return
        found = places.changes(self.plan, words, self.fragments)
        if not found:
            raise self._nothing_like(words)
        self._one_of(found, words)

    def _swap(self, words: str, instead: str) -> None:
        where = self.plan.where
        if where is not None and self._swap_conditions(where, words, instead):
            return
        found = places.named(self.plan, words, self.fragments)
        if not found:
            raise self._nothing_like(words)
        if found[0].part == GOODS and (goods := places.goods_instead(found, words, instead, self.fragments)):
            self._one_of(goods, instead)
            return
        possible: dict[int | None, Place] = {place.position: place for place in found}
        fitting = [
            change for change in places.changes(self.plan, instead, self.fragments) if change.position in possible
        ]
        fitting = [self._kept_values(change, possible, words) for change in fitting]
        if not fitting:
            raise self.fragments.unclear(instead, ())
        self._one_of(fitting, instead)

    def _swap_conditions(self, where: Condition, words: str, instead: str) -> bool:
        """Whether the words said outermost conditions in full, and others stand in their place now."""
        try:
            old = self.fragments.condition(words)
        except Unclear:
            return False
        parts = conjuncts(where)
        if not all(one in parts for one in conjuncts(old)):
            return False
        new: Condition | None = self.fragments.condition(instead)
        result: Condition | None = where
        for one in conjuncts(old):
            result = edits.with_conjunct(result, one, new) if result is not None else new
            new = None
        self._set(result, instead)
        return True

    def _kept_values(self, change: Change, possible: dict[int | None, Place], words: str) -> Change:
        """Of a list, only the values named give way: 'instead of Hue, Da Nang' leaves Hanoi in it."""
        place = possible[change.position]
        if place.part != VALUES or not isinstance(place.leaf, Attribute) or not isinstance(change.leaf, Attribute):
            return change
        named = edits.only_leaf(self.fragments.condition(words))
        assert isinstance(named, Attribute)  # noqa: S101 - it named values of a list
        left = frozenset(place.leaf.values) - frozenset(named.values)
        return Change(change.position, edits.listed(place.leaf.property, left | frozenset(change.leaf.values)))

    def _drop(self, words: str) -> None:
        found = places.named(self.plan, words, self.fragments)
        if not found:
            raise self._nothing_like(words)
        where = self.plan.where
        parts = [place.part for place in found]
        if WINDOW in parts or VALUES in parts:
            self._one_of([self._shortened(place, words) for place in found], words)
            return
        assert where is not None  # noqa: S101 - a leaf was found in it
        if GOODS in parts and (len(found) > 1 or len(places.goods_of(found[0].leaf)) > 1):
            raise ask(words, self._phrasing.which_one.format(words), self._drops(found))
        outermost = {edits.only_leaf(one): one for one in conjuncts(where)}
        for place in found:
            one = outermost.get(place.leaf)
            if one is None:
                raise ask(words, self._phrasing.among_alternatives.format(self._said(place.leaf)))
            where = edits.with_conjunct(where, one, None) if where is not None else None
        self._set(where, words)

    def _shortened(self, place: Place, words: str) -> Change:
        if place.part == VALUES and isinstance(place.leaf, Attribute):
            named = edits.only_leaf(self.fragments.condition(words))
            values = named.values if isinstance(named, Attribute) else ()
            return Change(place.position, places.less(place.leaf, values))
        return Change(place.position, places.with_window(place.leaf, None))

    def _drops(self, found: list[Place]) -> tuple[str, ...]:
        return tuple(self._phrasing.reading_of_drop.format(self._said(place.leaf)) for place in found[:MAX_READINGS])

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _cut(self, words: str) -> bool:
        """Whether the words are an order and a limit, which the plan has now; without an order it keeps its own."""
        so_many = self._phrasing.first_so_many.match(words)
        if so_many is not None and self.plan.order is not None:
            self._set(self.plan.where, words, self._with_limit(int(so_many["n"])))
            return True
        cut = self.fragments.cut(words)
        if cut is None:
            return False
        keeps_order = cut.order is None and cut.limit is not None and self.plan.order is not None
        self._set(self.plan.where, words, self._with_limit(cut.limit) if keeps_order else cut)
        return True

    def _uncut(self, clause: str) -> None:
        if self.plan.limit is None and self.plan.percent is None:
            raise ask(clause, self._phrasing.not_cut)
        self._set(self.plan.where, clause, SegmentPlan())

    def _rename(self, words: str, clause: str) -> None:
        name = self.fragments.name(words)
        if name is None:
            raise ask(clause, self._phrasing.what_to_change)
        self.name, self.renamed = name, True

    def _send(self, words: str, clause: str, *, is_further: bool) -> None:
        activation = self.fragments.sending(words)
        if activation is None:
            raise ask(clause, self._phrasing.what_to_change)
        old = self.activation
        if old is not None and activation.message is None:
            kept = {"message": old.message, "message_class": old.message_class}
            activation = activation.model_copy(update=kept)
        if activation == old:
            raise ask(clause, self._phrasing.already.format(clause))
        if is_further and old is not None and (old.message is not None or old.channel is not activation.channel):
            raise ask(clause, self._phrasing.one_message)
        self.activation = activation

    def _start_over(self, words: str) -> None:
        answer = self.fragments.request(words)
        if isinstance(answer, NeedsClarification):
            raise self.fragments.unclear(words, [answer])
        self.begin(answer)

    def begin(self, request: PlannedRequest) -> None:
        """Take a whole request instead of the plan at hand."""
        self.fragments.heard.notes.extend(request.notes)
        self.fragments.heard.ignored.extend(request.ignored)
        self.plan, self.activation, self.anew = request.plan, request.activation, True
        if request.segment_name is not None:
            self.name, self.renamed = request.segment_name, True

    def _bare(self, clause: str) -> None:
        """Words without any form of an edit: a limit or a window can only replace one, a condition is asked about."""
        if self._cut(clause):
            return
        if self.fragments.window(clause) or self.fragments.length(clause):
            self._replace(clause)
            return
        self.fragments.plan(clause)
        readings = tuple(form.format(clause) for form in self._phrasing.readings_of_whole)
        raise ask(clause, self._phrasing.instead_or_too.format(clause), readings)

    def _one_of(self, found: list[Change], words: str) -> None:
        if len(found) > 1:
            raise ask(words, self._phrasing.which_one.format(words), self._readings(found))
        (change,) = found
        if change.position is None:
            self._set(self.plan.where, words, self._with_limit(change.limit))
            return
        if self.plan.where is not None and change.leaf is not None:
            self._set(edits.replaced(self.plan.where, change.position, change.leaf), words)

    def _readings(self, found: list[Change]) -> tuple[str, ...]:
        was = list(leaves(self.plan.where))
        readings: list[str] = []
        for change in found[:MAX_READINGS]:
            if change.position is None:
                readings.append(self._phrasing.reading_of_limit.format(change.limit))
            elif change.leaf is not None:
                old, new = self._said(was[change.position]), self._said(change.leaf)
                readings.append(self._phrasing.reading_of_swap.format(old, new))
        return tuple(readings)

    def _with_limit(self, limit: int | None) -> SegmentPlan:
        """The order of the plan with another limit."""
        return plan_of(None, currency=self.catalogue.currency, order=self.plan.order, limit=limit)

    def _nothing_like(self, words: str) -> Unclear:
        words = words.removeprefix("the ")
        conditions = conditions_of(self.plan, self.catalogue, self.fragments.language)
        named = "; ".join(f"“{one}”" for one in conditions) or self._phrasing.no_conditions
        return ask(words, self._phrasing.nothing_like_it.format(words, named))

    def _said(self, condition: Condition) -> str:
        words = explain_condition(condition, self.catalogue, self.fragments.language)
        return words[1:-1] if isinstance(condition, And) else words

    def _set(self, where: Condition | None, words: str, cut: SegmentPlan | None = None) -> None:
        """Make it the plan, with the order and limit of `cut`.

        Raises:
            Unclear: it is the plan already, or no plan at all.
        """
        cut = cut or self.plan
        try:
            plan = plan_of(
                where, currency=self.catalogue.currency, order=cut.order, limit=cut.limit, percent=cut.percent
            )
        except ValueError as problem:
            reason = str(problem).splitlines()[-2] if "\n" in str(problem) else str(problem)
            reason = reason.strip().removeprefix("Value error, ").partition(" [type=")[0]
            raise ask(words, self._phrasing.cannot_be_planned.format(reason)) from problem
        if plan == self.plan:
            raise ask(words, self._phrasing.already.format(words))
        self.plan = plan

    # --- the result ---------------------------------------------------------------------------------------------------

    def finished(self, at_hand: PlanAtHand, notes: tuple[str, ...]) -> PlannedRequest:
        """The whole request that results, with what was changed among its notes."""
        assert at_hand.plan is not None  # noqa: S101 - there is nothing to edit without one
        found = changed(
            at_hand.plan,
            self.plan,
            self.catalogue,
            self._phrasing,
            self.fragments.language,
            name=self.name if self.renamed else None,
            activation=(at_hand.activation, self.activation),
        )
        kept = () if self.anew else notes
        change = self._phrasing.changed.format("; ".join(found)) if found else None
        heard = self.fragments.heard
        return PlannedRequest(
            plan=self.plan,
            segment_name=self.name,
            activation=self.activation,
            notes=tuple(dict.fromkeys([*kept, *heard.notes, *([change] if change else [])])),
            ignored=tuple(dict.fromkeys(heard.ignored)),
            language=self.fragments.language,
        )
