"""One JSON document of LEO CDP as a row: the fields that are columns as texts, and its bytes less what is never copied.

msgspec reads the wanted fields and skips the others, in a fraction of the time that json takes for the whole document.
What it refuses and whatever is unusual (escapes, a name that is never copied inside a value, an envelope) is read by
json, whose word counts.
"""

import json
import re
from typing import Any

import msgspec
from msgspec.structs import astuple

from leo_activation.sources.leo_documents import KEPT_IDENTITIES, column_texts, without_never_copied
from leo_activation.sources.never_copied import cut_never_copied, is_never_copied, may_hold_never_copied
from leo_activation.sources.source import RawRow, RowProblem

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_identities = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode
_KEY_IN_BYTES = re.compile(rb'"_key"\s*:\s*"([A-Za-z0-9_\-:.@()+,=;$!*\'%]{1,254})"')
_REV_IN_BYTES = re.compile(rb'"_rev"\s*:\s*"([A-Za-z0-9_\-]{1,32})"')
_UNUSUAL = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class DocumentRows:
    """Makes rows of a collection's documents."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        """`columns` are the fields of the document that become values, in their order."""
        self._columns = columns
        self._key_at = columns.index("_key")
        self._nothing: tuple[str | None, ...] = (None,) * len(columns)
        # Names of struct fields cannot begin with an underscore; those of the document can.
        fields = {f"c{place}": column for place, column in enumerate(columns)}
        wanted = msgspec.defstruct("Wanted", [(field, Any, None) for field in fields], rename=fields, gc=False)
        self._decode = msgspec.json.Decoder(wanted).decode

    def row(self, line: int, raw: bytes) -> RawRow:
        """The row of one document; one that cannot be taken apart has a problem, and at most key and revision."""
        try:
            # msgspec does not look at the encoding of what it skips.
            raw.decode()
            kept = _without_never_copied(raw)
            values = astuple(self._decode(kept)) if kept is not None else self._nothing
        except _UNUSUAL:
            return self._patiently(line, raw)
        if kept is None or values[self._key_at] is None:
            return self._patiently(line, raw)
        texts = [(value or None) if value.__class__ is str else _text(value) for value in values]
        return RawRow(line, kept, None, tuple(texts))

    def _patiently(self, line: int, raw: bytes) -> RawRow:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return self._problem(line, cut_never_copied(raw), RowProblem.NOT_UTF8, raw)
        try:
            document = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return self._problem(line, cut_never_copied(raw), RowProblem.MALFORMED, raw)
        if isinstance(document, dict) and "_key" not in document and isinstance(document.get("data"), dict):
            # The form of arangodump --envelope true, and of every version before 3.8.
            document = document["data"]
        if not isinstance(document, dict):
            return self._problem(line, cut_never_copied(raw), RowProblem.MALFORMED, raw)
        escaped = b"\\u" in raw
        if _is_suspect(raw):
            document = without_never_copied(document)
            raw = json.dumps(document, ensure_ascii=escaped, separators=(",", ":")).encode()
        values = column_texts(document, self._columns)
        if escaped and not _storable(values):
            return self._problem(line, raw, RowProblem.NOT_UTF8, raw)
        return RawRow(line, raw, None, values)

    def _problem(self, line: int, kept: bytes, problem: RowProblem, raw: bytes) -> RawRow:
        """A row of which no more than its key and revision may be known: a spoiled document is still the document."""
        values = list(self._nothing)
        values[self._key_at] = _only(_KEY_IN_BYTES.findall(raw))
        values[self._columns.index("_rev")] = _only(_REV_IN_BYTES.findall(raw))
        return RawRow(line, kept, problem, tuple(values))


def _without_never_copied(raw: bytes) -> bytes | None:
    """The document less what is never copied at its top; None where a value could still hold some of it."""
    if not _is_suspect(raw):
        return raw
    if b"\\u" in raw:
        return None
    fields: dict[str, object] = {}
    for name, value in _decode_fields(raw).items():
        if name == "identities":
            fields[name] = [each for each in _decode_identities(value) if each.startswith(KEPT_IDENTITIES)]
        elif not is_never_copied(name):
            fields[name] = value
    kept = _encode(fields)
    return None if may_hold_never_copied(kept) else kept


def _is_suspect(raw: bytes) -> bool:
    # Identities repeat cookies and citizen numbers also where the fields of their own were left out by the server.
    return b'"identities"' in raw or may_hold_never_copied(raw)


def _only(found: list[bytes]) -> str | None:
    """What was found, where it is one and the same: of two different keys nobody knows which is the document's."""
    return found[0].decode("ascii") if len(set(found)) == 1 else None


def _text(value: object) -> str | None:
    if value is None or (not value and isinstance(value, list | dict)):
        return None
    return _encode(value).decode()


def _storable(values: tuple[str | None, ...]) -> bool:
    """Whether PostgreSQL can hold the texts: JSON's escapes can spell NUL and halves of surrogate pairs."""
    text = "".join(filter(None, values))
    if "\0" in text or "\\u0000" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
