"""The form of a review sheet, as a reader of Markdown takes it: what an attacker's text must not add to."""

from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

ACTIVE = frozenset({"link_open", "image", "html_block", "html_inline", "heading_open", "hr", "blockquote_open"})
"""What no sheet has: nothing in it leads anywhere, loads anything, or looks like a title."""


@dataclass(frozen=True)
class Form:
    """A sheet without its words.

    blocks: the kinds of the outermost blocks, in order.
    tables: the rows of each table, its head with it.
    """

    active: frozenset[str]
    blocks: tuple[str, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    fences: tuple[str, ...]


def form_of(markdown: str) -> Form:
    """The form, by CommonMark with the tables and bare links of GitHub's flavour, as Airflow shows it."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": True}).parse(markdown)
    inner = [child for token in tokens for child in token.children or []]
    return Form(
        active=frozenset(token.type for token in (*tokens, *inner)) & ACTIVE,
        blocks=tuple(token.type for token in tokens if token.level == 0 and token.nesting >= 0),
        tables=tuple(_tables(tokens)),
        fences=tuple(token.content for token in tokens if token.type == "fence"),
    )


def _tables(tokens: list[Token]) -> list[tuple[tuple[str, ...], ...]]:
    tables: list[list[list[str]]] = []
    for before, token in pairwise(tokens):
        if before.type == "table_open":
            tables.append([])
        if token.type == "tr_open":
            tables[-1].append([])
        if before.type in ("th_open", "td_open"):
            tables[-1][-1].append(token.content)
    return [tuple(tuple(row) for row in table) for table in tables]
