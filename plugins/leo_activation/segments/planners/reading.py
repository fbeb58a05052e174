"""What is carried along while one request is read."""

from dataclasses import dataclass, field

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Exposure, ProductFilter, Range, Window
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.vocabulary import Vocabulary


@dataclass(frozen=True)
class Thing:
    """A kind of product; everything empty is any product at all."""

    names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    price: Range | None = None

    def product_filter(self) -> ProductFilter | None:
        """The filter of a plan, None for any product."""
        if self == Thing():
            return None
        return ProductFilter(
            names=tuple(sorted(self.names)),
            categories=tuple(sorted(self.categories)),
            brands=tuple(sorted(self.brands)),
            colors=tuple(sorted(self.colors)),
            price=self.price,
        )

    def has_noun(self) -> bool:
        """Whether more than a colour or a price was named."""
        return bool(self.names or self.categories or self.brands)


@dataclass
class Spoken:
    """The statement that was read last: its auxiliary, whether it was negated, and what it was about.

    `auxiliary` is 'not' where only that word stood before it; `behaviour_end` is the token after a behaviour.
    """

    auxiliary: str = ""
    negated: bool = False
    was_behaviour: bool = False
    behaviour_end: int = -1


@dataclass(frozen=True)
class Reading:
    """One request being read: its words, what names exist, what was spoken of last, where windows of time stood.

    `fronted` are the windows that stood between 'who' and its verbs, by the token where the statement begins.
    """

    cursor: Cursor
    vocabulary: Vocabulary
    last_thing: list[Thing] = field(default_factory=list)
    fronted: dict[int, Window] = field(default_factory=dict)
    open_relations: list[int] = field(default_factory=list)
    exposed: list[Exposure] = field(default_factory=list)
    windows: dict[int, int] = field(default_factory=dict)
    spoken: Spoken = field(default_factory=Spoken)
    notes: list[str] = field(default_factory=list)

    @property
    def catalogue(self) -> Catalogue:
        """The tenant's catalogue."""
        return self.vocabulary.catalogue
