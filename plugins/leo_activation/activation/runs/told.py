"""Sentences that also say by a code what they tell, so that they can be told in another language than English."""

from typing import Self


class Told(str):
    """A sentence in English.

    `code` names what it tells; `first` and `second` are the numbers in it, `text` the words that are not translated.
    """

    __slots__ = ("code", "first", "second", "text")

    code: str
    first: float
    second: float
    text: str

    def __new__(cls, sentence: str, code: str, *, first: float = 0, second: float = 0, text: str = "") -> Self:
        """The sentence, and what it tells."""
        told = super().__new__(cls, sentence)
        told.code, told.first, told.second, told.text = code, first, second, text
        return told
