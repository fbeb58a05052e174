"""A backup of LEO CDP made with arangodump: a folder of structure and data files, plain or gzipped.

`dump.json` describes the dump, `<collection>_<hash>.structure.json` a collection, and
`<collection>_<hash>.data.json[.gz]` holds one JSON document a line. Data files are streamed.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from leo_activation.errors import Configuration, Permanent
from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.leo_documents import COLLECTIONS
from leo_activation.sources.source import Collection, RawRow, SourceKind

_BLOCK = 1 << 20
_STRUCTURE = ".structure.json"


class Arangodump:
    """A folder written by arangodump of the database of one LEO tenant."""

    def __init__(self, folder: Path) -> None:
        """Check that the folder is a dump, not encrypted, with every collection that is read.

        Raises:
            Configuration: a file is missing or doubled, cannot be read, or is not what arangodump writes.
        """
        if not folder.is_dir():
            raise Configuration(f"The arangodump source {folder} is not a folder.")
        _read_json(folder / "dump.json")
        encryption = folder / "ENCRYPTION"
        if encryption.is_file() and encryption.read_text(encoding="utf-8").strip() != "none":
            raise Configuration(f"The dump {folder} is encrypted; make it again without encryption.")
        structures = {_collection_name(path): path for path in sorted(folder.glob(f"*{_STRUCTURE}"))}
        self._files: dict[str, Path] = {}
        for name in COLLECTIONS:
            if name not in structures and COLLECTIONS[name].optional:
                continue
            if name not in structures:
                raise Configuration(f"The dump {folder} has no structure file of the collection {name}.")
            stem = structures[name].name.removesuffix(_STRUCTURE)
            self._files[name] = _data_file(folder, stem)

    @property
    def kind(self) -> SourceKind:
        """Decides which statements shape the rows."""
        return SourceKind.ARANGODUMP

    def collections(self) -> Sequence[Collection]:
        """What is read of LEO, less the optional collections that this dump lacks."""
        return tuple(each for each in COLLECTIONS.values() if each.name in self._files)

    def count(self, collection: str) -> int:
        """The number of lines of the data file."""
        with self._open(collection) as file:
            lines = 0
            last = b"\n"
            while block := file.read(_BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
        return lines + (last != b"\n")

    def read(self, collection: str) -> Iterator[RawRow]:
        """One row a document.

        Raises:
            Permanent: the file ends in the middle of its compression or is damaged.
        """
        row = DocumentRows(COLLECTIONS[collection].columns).row
        with self._open(collection) as file:
            for line, raw in enumerate(file, start=1):
                stripped = raw.strip()
                if stripped:
                    yield row(line, stripped)

    @contextmanager
    def _open(self, collection: str) -> Iterator[BinaryIO]:
        path = self._files[collection]
        try:
            with path.open("rb") as plain:
                if path.suffix != ".gz":
                    yield plain
                    return
                with gzip.open(plain, "rb") as unpacked:
                    yield cast(BinaryIO, unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Permanent(f"The data file {path} is damaged or cut off: {error}.") from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Configuration(f"The data file {path} cannot be read: {reason}.") from None


def _read_json(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Configuration(f"The file {path} cannot be read: {reason}.") from None
    except ValueError:
        raise Configuration(f"The file {path} is not JSON.") from None
    if not isinstance(content, dict):
        raise Configuration(f"The file {path} is not a JSON object.")
    return content


def _collection_name(structure: Path) -> str:
    parameters = _read_json(structure).get("parameters")
    name = parameters.get("name") if isinstance(parameters, dict) else None
    if not isinstance(name, str):
        raise Configuration(f"The file {structure} names no collection (parameters.name).")
    return name


def _data_file(folder: Path, stem: str) -> Path:
    found = [path for path in (folder / f"{stem}.data.json", folder / f"{stem}.data.json.gz") if path.is_file()]
    if not found:
        raise Configuration(f"The dump {folder} has no data file {stem}.data.json or {stem}.data.json.gz.")
    if len(found) > 1:
        raise Configuration(f"The dump {folder} has {stem}.data.json both plain and gzipped.")
    return found[0]
