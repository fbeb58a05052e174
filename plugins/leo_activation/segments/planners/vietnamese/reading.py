"""What is carried along while one Vietnamese request is read."""

from dataclasses import dataclass, field

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.names import Names


@dataclass(frozen=True)
class Reading:
    """One request being read: its words, the tenant's names, and where windows of time stood (first token → end)."""

    cursor: VietnameseCursor
    names: Names
    windows: dict[int, int] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """The tenant's catalogue."""
        return self.names.vocabulary.catalogue
