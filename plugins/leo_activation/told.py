"""Sentences that also say what they tell, so that they can be told in another language than English.

The English one is a text like any other: logged, stored, compared. Whoever shows it in another language looks up `code`
and fills in `values` anew.
"""

from typing import Any, Self


class Told(str):
    """A sentence in English.

    `code` names what it tells: a code of its own, or the form that the sentence was made of. `values` are what stands
    in it by name: numbers, words that are not translated, or another `Told`.
    """

    __slots__ = ("code", "values")

    code: str
    values: dict[str, Any]

    def __new__(cls, sentence: str, code: str, /, **values: Any) -> Self:
        """The sentence, and what it tells."""
        told = super().__new__(cls, sentence)
        told.code, told.values = code, values
        return told

    @classmethod
    def of(cls, form: str, /, **values: Any) -> Self:
        """The sentence that a form makes with its values, as `str.format` does."""
        return cls(form.format(**values), form, **values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Kept with what it tells when it is copied or pickled."""
        return _told, (str(self), self.code, self.values)


def _told(sentence: str, code: str, values: dict[str, Any]) -> Told:
    return Told(sentence, code, **values)


def without_stop(said: str) -> str:
    """A sentence without its full stop, as a part of another one."""
    words = said.rstrip(".")
    return Told(words, said.code, **said.values) if isinstance(said, Told) else words
