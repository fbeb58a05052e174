"""The documents of `cdp_segment` in a file: JSON lines, one JSON array, or the data file of an arangodump."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn, cast

from leo_activation.errors import Permanent

MAX_LINE = 4 << 20
MAX_ARRAY = 64 << 20
_GZIP = b"\x1f\x8b"


def read_documents(file: Path) -> Iterator[dict[str, object] | str]:
    """Each document, or a sentence for a line that holds none.

    Raises:
        Permanent: the file cannot be read or unpacked, or is a JSON array that is none or longer than 64 MiB.
    """
    try:
        with file.open("rb") as plain:
            packed = plain.read(2) == _GZIP
            plain.seek(0)
            with gzip.open(plain, "rb") if packed else plain as unpacked:
                yield from _documents(file, cast(BinaryIO, unpacked))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Permanent(f"The file {file} is damaged or cut off.") from None
    except OSError as error:
        raise Permanent(f"The file {file} cannot be read: {error.strerror or type(error).__name__}.") from None


def _documents(file: Path, content: BinaryIO) -> Iterator[dict[str, object] | str]:
    first = content.readline(MAX_LINE + 1)
    if first.lstrip().startswith(b"["):
        whole = first + content.read(MAX_ARRAY)
        if len(whole) > MAX_ARRAY:
            raise Permanent(f"The array in {file} is longer than {MAX_ARRAY >> 20} MiB; give one document a line.")
        documents = _parsed(whole)
        if not isinstance(documents, list):
            raise Permanent(f"The file {file} is no JSON array.")
        for number, each in enumerate(documents, start=1):
            yield each if isinstance(each, dict) else f"Document {number} of {file.name} is no JSON object."
        return
    line, number = first, 1
    while line:
        if len(line) > MAX_LINE:
            yield f"Line {number} of {file.name} has more than {MAX_LINE} bytes."
            while line and not line.endswith(b"\n"):
                line = content.readline(MAX_LINE)
        elif line.strip():
            document = _parsed(line)
            if isinstance(document, dict) and "_key" not in document and isinstance(document.get("data"), dict):
                # The form of arangodump --envelope true, and of every version before 3.8.
                document = document["data"]
            yield document if isinstance(document, dict) else f"Line {number} of {file.name} is no JSON object."
        line, number = content.readline(MAX_LINE + 1), number + 1


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
