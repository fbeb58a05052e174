"""Fields that no part of this system may hold, dropped at the reader before anything else sees the row.

LEO CDP keeps a password hash, cookies and numbers of identity papers on a profile. They are dropped wherever they
stand in a document, and also from the raw bytes that the quarantine keeps: a row that cannot be taken apart is cut
before the first of their names, because where such a value ends is then anybody's guess.
"""

import re

NEVER_COPIED = frozenset({"password", "webcookies", "governmentissuedids"})
CUT_MARK = b" [cut here: a field that is never copied]"

_LOWERED = tuple(name.encode() for name in sorted(NEVER_COPIED))
# A profile's identities can repeat cookies and citizen numbers.
_CUT_AT = re.compile(b"|".join((*_LOWERED, b'"identities"')), re.IGNORECASE)
_ESCAPED_ASCII = re.compile(rb"\\u00([0-7][0-9a-fA-F])")


def is_never_copied(name: str) -> bool:
    """Whether a field of this name is dropped; the case of its letters does not matter."""
    return name.strip().lower() in NEVER_COPIED


def may_hold_never_copied(raw: bytes) -> bool:
    """Whether a document's bytes could name such a field: cheap, and right whenever it says no.

    JSON lets a name be written with escapes, so a document with any of them is suspect.
    """
    if b"\\u" in raw:
        return True
    # Substring searches of the lowered bytes: a regular expression that ignores case takes ten times as long.
    lowered = raw.lower()
    return any(name in lowered for name in _LOWERED)


def cut_never_copied(raw: bytes) -> bytes:
    """Bytes that could not be taken apart, up to the first name of such a field."""
    found = _CUT_AT.search(raw)
    if found:
        return raw[: found.start()] + CUT_MARK
    unescaped = _ESCAPED_ASCII.sub(lambda match: bytes([int(match[1], 16)]), raw)
    found = _CUT_AT.search(unescaped)
    return unescaped[: found.start()] + CUT_MARK if found else raw


def drop_never_copied(value: object) -> object:
    """A JSON value without such fields, at any depth; the same object where it is neither an object nor an array."""
    if isinstance(value, dict):
        return {name: drop_never_copied(item) for name, item in value.items() if not is_never_copied(name)}
    if isinstance(value, list):
        return [drop_never_copied(item) for item in value]
    return value
