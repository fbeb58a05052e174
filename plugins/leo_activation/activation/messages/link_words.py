"""Links in plain text, as mail programs and phones find them: with a scheme, with www., and bare names of hosts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

_WORD = re.compile(r"\S+")
_CANDIDATE = re.compile(r"[^\W_]\.[^\W\d_]{2}|//|@")
"""What a word holds that can be a link at all: the finder is asked about these only, because it is slow."""
_WEB = re.compile(r"https?://\S+", re.I)
_SCHEME = re.compile(
    r"\b(?:(?:java|vb)script\s*:|(?:data|file|blob|intent):[^\s,]|[a-z][a-z0-9+.-]{1,30}:(?=//))", re.I
)


@dataclass(frozen=True)
class TextLink:
    """A link in a text: where it stands, what it leads to, and whether it is an e-mail address."""

    start: int
    end: int
    url: str
    is_address: bool


def text_links(text: str) -> Iterator[TextLink]:
    """The links that a reader's program may find in the text, in their order."""
    for word in _WORD.finditer(text):
        if _CANDIDATE.search(word[0]):
            for found in _links_of_word(word[0]):
                start, end = word.start() + found.start, word.start() + found.end
                yield TextLink(start, end, found.url, found.is_address)


def odd_scheme(text: str) -> str | None:
    """A scheme other than http, https and mailto that the text uses as a link does, or None."""
    for found in _SCHEME.finditer(text):
        name = found[0].partition(":")[0].strip().lower()
        if name not in {"http", "https"}:
            return name
    return None


def holds_link(text: str) -> bool:
    """Whether a reader's program may make a link of any of the text."""
    return odd_scheme(text) is not None or any(True for _ in text_links(text))


@lru_cache(maxsize=1024)
def _links_of_word(word: str) -> tuple[TextLink, ...]:
    """Remembered, because the messages of a campaign hold the same links."""
    links = tuple(
        TextLink(found.index, found.last_index, found.url, found.schema == "mailto:")
        for found in _finder().match(word) or ()
    )
    # The finder knows no host in brackets (https://[::1]/), and a reader's program may.
    missed = _WEB.search(word) if not links else None
    return links if missed is None else (TextLink(missed.start(), len(word), missed[0], False),)


@cache
def _finder() -> LinkifyIt:
    return LinkifyIt().tlds(TLDS)
