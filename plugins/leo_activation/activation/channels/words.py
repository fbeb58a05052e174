"""A provider's words as the ledger and the log may keep them: one line, cut, with whatever names a person blotted out.

Providers repeat what they were sent: the address, the number, the device's token, the link. What stays is what tells
one error from another: codes, names of errors, hosts, and the delivery's own id.
"""

import re

LONGEST_DETAIL = 300
LONGEST_READ = 2_000
"""Of a body of 64 KB no more is looked at: the search for addresses takes the square of a word's length."""
_KEPT = r"(?P<kept>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<![\w:-])(?:[A-Z_]{24,}|[a-z_-]{24,})(?![\w:-]))"
"""The form of a delivery's id, and names of errors: no token is of one case and without a digit."""
_URL = r"(?P<host>https?://[^\s/?#<>\"'@]+)[/?#][^\s<>\"']*"
_ADDRESS = r"(?P<address><?[^\s<>@\"']+@[^\s<>@\"']+>?)"
_LONG_WORD = r"(?P<token>[A-Za-z0-9_:-]{24,})"
_NUMBER = r"(?P<number>\+?[0-9]{8,}|(?:\+|\b0)[0-9](?:[ .()-]{0,2}[0-9]){6,})"
BLOTTED = re.compile("|".join([_URL, _ADDRESS, _KEPT, _LONG_WORD, _NUMBER]))


def words(text: str) -> str:
    """The text in one line of at most 300 characters, less e-mail addresses, numbers of 8 digits or more, tokens of 24
    characters or more, and what follows the host of a URL."""
    return BLOTTED.sub(_blot, _start(text))[:LONGEST_DETAIL]


def message_name(text: str) -> str:
    """A provider's own id of a message in one line of at most 300 characters: like a token, and not to be blotted."""
    return " ".join(text.split())[:LONGEST_DETAIL]


def _start(text: str) -> str:
    """What is looked at, in one line; no part of a word, which might not be known any more for what it is."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_READ else line[:LONGEST_READ].rpartition(" ")[0]


def _blot(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    return f"{found['host']}/<path>" if found["host"] else f"<{found.lastgroup}>"
