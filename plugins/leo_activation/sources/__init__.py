"""Where customer data is read from: one Protocol, an adapter for each kind of source."""

from leo_activation.sources.opening import open_source
from leo_activation.sources.source import Collection, LiveSource, RawRow, RowProblem, Source, SourceKey, SourceKind

__all__ = [
    "Collection",
    "LiveSource",
    "RawRow",
    "RowProblem",
    "Source",
    "SourceKey",
    "SourceKind",
    "open_source",
]
