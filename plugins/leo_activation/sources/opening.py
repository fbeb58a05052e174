"""From what `ops.source` says to the adapter that reads it."""

from pathlib import Path

from leo_activation.errors import Configuration
from leo_activation.sources.arangodump import Arangodump
from leo_activation.sources.csv_files import CsvFiles
from leo_activation.sources.source import Source, SourceKind


def open_source(kind: str, location: str) -> Source:
    """The source of a kind at a location: for csv and arangodump, a folder.

    Raises:
        Configuration: no adapter reads the kind, or what it needs is not there.
    """
    if kind == SourceKind.CSV:
        return CsvFiles(Path(location))
    if kind == SourceKind.ARANGODUMP:
        return Arangodump(Path(location))
    known = " and ".join(SourceKind)
    raise Configuration(f"No source of kind '{kind}' can be read; there are {known}.")
