"""From what `ops.source` says to the adapter that reads it."""

from pathlib import Path

from leo_activation.errors import Configuration
from leo_activation.sources.arangodb_settings import ArangodbSettings
from leo_activation.sources.arangodump import Arangodump
from leo_activation.sources.csv_files import CsvFiles
from leo_activation.sources.source import Source, SourceKind


def open_source(kind: str, location: str, arangodb: ArangodbSettings | None = None) -> Source:
    """The source of a kind at a location: for csv and arangodump a folder, for arangodb the name of its connection.

    What the name of a connection stands for is known to the caller alone, who gives it as `arangodb`.

    Raises:
        Configuration: no adapter reads the kind, or what it needs is not there.
        Transient: a live source does not answer.
    """
    if kind == SourceKind.CSV:
        return CsvFiles(Path(location))
    if kind == SourceKind.ARANGODUMP:
        return Arangodump(Path(location))
    if kind == SourceKind.ARANGODB:
        if arangodb is None:
            raise Configuration(f"Nothing is known about the connection '{location}' of the source of kind arangodb.")
        # Where it is used: the driver takes a third of a second to import.
        from leo_activation.sources.arangodb import Arangodb

        return Arangodb(arangodb)
    known = " and ".join(SourceKind)
    raise Configuration(f"No source of kind '{kind}' can be read; there are {known}.")
