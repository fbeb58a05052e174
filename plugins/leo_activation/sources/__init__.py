"""Where customer data is read from: one Protocol, an adapter for each kind of source."""

from leo_activation.sources.opening import open_source
from leo_activation.sources.source import Collection, RawRow, RowProblem, Source, SourceKind

__all__ = ["Collection", "RawRow", "RowProblem", "Source", "SourceKind", "open_source"]
