"""A plan's values as parameters: amounts in minor units, windows in microseconds, and which of them move with as-of.

"At least" a whole number is written `> value - 1`, because AGE's index loses the equal rows of `>=`
(`docs/decisions/gate.md`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cypher.syntax import all_of, junction
from leo_activation.segments.gate.tree import Arithmetic, Comparison, Expression, Parameter, Property, Variable
from leo_activation.segments.plan import CountRange, Dates, Range, Window
from leo_activation.segments.windows import birthdays, resolve
from leo_activation.warehouse.graph import Scalar

MAX_ALTERNATIVES = 10
"""Up to so many values are written as `a = $1 OR a = $2`, which uses an index; more as `a IN $list`."""

FIRST_DAY, LAST_DAY = 101, 1231
_NO_DAY = 0


@dataclass
class Values:
    """The parameters of one query while it is written, and the numbers that tell its variables apart."""

    catalogue: Catalogue
    as_of: datetime
    topics: Mapping[str, Sequence[str]]
    parameters: dict[str, Scalar | list[Scalar]] = field(default_factory=dict)
    timed: set[str] = field(default_factory=set)
    _numbered: int = 0

    def number(self) -> int:
        """The next number for the variables of a pattern."""
        self._numbered += 1
        return self._numbered

    def parameter(self, stem: str, value: Scalar | list[Scalar], *, timed: bool = False) -> Parameter:
        """A new parameter; `timed` ones move with as-of."""
        name = f"{stem}_{len(self.parameters) + 1}"
        self.parameters[name] = value
        if timed:
            self.timed.add(name)
        return Parameter(name)

    def equal(self, asked: Expression, stem: str, value: Scalar) -> Comparison:
        """`asked = $stem`."""
        return Comparison("=", asked, self.parameter(stem, value))

    def more_than(self, asked: Expression, stem: str, value: int, *, timed: bool = False) -> Comparison:
        """`asked > $stem`."""
        return Comparison(">", asked, self.parameter(stem, value, timed=timed))

    def at_least(self, asked: Expression, stem: str, value: int, *, timed: bool = False) -> Comparison:
        """At least a whole number."""
        return self.more_than(asked, stem, value - 1, timed=timed)

    def at_least_real(self, asked: Expression, stem: str, value: float) -> Expression:
        """At least a number with decimals."""
        bound = self.parameter(stem, value)
        return junction("OR", [Comparison(operator, asked, bound) for operator in (">", "=")])

    def one_of(self, asked: Expression, stem: str, values: Sequence[Scalar]) -> Expression:
        """One of at least one values."""
        if len(values) > MAX_ALTERNATIVES:
            return Comparison("IN", asked, self.parameter(stem, list(values)))
        return junction("OR", [self.equal(asked, stem, value) for value in values])

    def within(self, asked: Property | Variable, window: Window | None) -> list[Expression]:
        """That a time lies in a window; nothing where there is no window."""
        if window is None:
            return []
        bounds = resolve(window, self.as_of, self.catalogue.time_zone)
        timed = not isinstance(window, Dates)
        conditions: list[Expression] = []
        if bounds.since is not None:
            conditions.append(self.at_least(asked, "after", bounds.since, timed=timed))
        if bounds.until is not None:
            conditions.append(Comparison("<", asked, self.parameter("until", bounds.until, timed=timed)))
        return conditions

    def birthday_within(self, asked: Property, window: Window) -> Expression:
        """That a birthday lies in a window."""
        found = birthdays(window, self.as_of, self.catalogue.time_zone)
        first, last = (FIRST_DAY, LAST_DAY) if found is None else found
        return self.birthday_between(asked, first, last, timed=not isinstance(window, Dates))

    def birthday_between(self, asked: Property, first: int, last: int, *, timed: bool = False) -> Expression:
        """That a birthday lies between two, both inside, where the last before the first goes over New Year.

        Two ranges, of which the second is empty within a year: so the text does not say whether New Year is between.
        """
        over = last < first
        ranges = ((first, LAST_DAY if over else last), (FIRST_DAY, last if over else _NO_DAY))
        return junction(
            "OR",
            [
                all_of(
                    [
                        self.at_least(asked, "birthday", low, timed=timed),
                        Comparison("<=", asked, self.parameter("birthday", high, timed=timed)),
                    ]
                )
                for low, high in ranges
            ],
        )

    def in_range(
        self, asked: Property | Variable, stem: str, bounds: Range, times: Variable | None = None
    ) -> list[Expression]:
        """That an amount lies in a range of major units; with `times`, in that many times the range."""
        conditions: list[Expression] = []
        if bounds.at_least is not None and times is None:
            conditions.append(self.at_least(asked, stem, self.minor(bounds.at_least)))
        elif bounds.at_least is not None:
            least = self._bound(stem, bounds.at_least, times)
            conditions.append(junction("OR", [Comparison(operator, asked, least) for operator in (">", "=")]))
        for operator, amount in ((">", bounds.more_than), ("<=", bounds.at_most), ("<", bounds.less_than)):
            if amount is not None:
                conditions.append(Comparison(operator, asked, self._bound(stem, amount, times)))
        return conditions

    def count_range(self, asked: Variable, stem: str, bounds: CountRange) -> list[Expression]:
        """That a number of pieces lies in a range."""
        conditions: list[Expression] = []
        if bounds.at_least is not None:
            conditions.append(self.at_least(asked, stem, bounds.at_least))
        if bounds.at_most is not None:
            conditions.append(Comparison("<=", asked, self.parameter(stem, bounds.at_most)))
        return conditions

    def minor(self, amount: str) -> int:
        """An amount of major units in minor ones.

        Raises:
            Permanent: the amount is finer than the minor unit.
        """
        minor = Decimal(amount).scaleb(self.catalogue.minor_units)
        if minor != minor.to_integral_value():
            raise Permanent(f"{amount} is finer than the minor unit of {self.catalogue.currency}.")
        return int(minor)

    def _bound(self, stem: str, amount: str, times: Variable | None) -> Expression:
        bound = self.parameter(stem, self.minor(amount))
        return bound if times is None else Arithmetic("*", bound, times)
