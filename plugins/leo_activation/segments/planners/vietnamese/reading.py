"""What is carried along while one Vietnamese request is read."""

from dataclasses import dataclass, field

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import ProductFilter
from leo_activation.segments.planners.reading import Thing
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.names import Names


@dataclass
class Things:
    """What was named: alternatives of one another (`operator` 'or'), or several things ('and')."""

    wanted: list[Thing] = field(default_factory=list)
    operator: str = "or"

    @property
    def filters(self) -> list[ProductFilter | None]:
        """The filters of a plan, None for any product."""
        return [thing.product_filter() for thing in self.wanted]


@dataclass
class Spoken:
    """What was said last: goods and events of a behaviour and its end, and whether an exception is being read.

    `goods`: goods were spoken of that a later 'chưa mua' may mean; `elided` is where a verb took them over.
    """

    things: Things | None = None
    events: tuple[str, ...] = ()
    end: int = -1
    excepting: bool = False
    goods: bool = False
    elided: int = -1


@dataclass(frozen=True)
class Reading:
    """One request being read: its words, the tenant's names, where windows of time stood (first token → end)."""

    cursor: VietnameseCursor
    names: Names
    windows: dict[int, int] = field(default_factory=dict)
    spoken: Spoken = field(default_factory=Spoken)

    @property
    def catalogue(self) -> Catalogue:
        """The tenant's catalogue."""
        return self.names.vocabulary.catalogue
