"""Templates, translations, and numbers and times as people of a language write them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from leo_activation.told import Told

FOLDER = Path(__file__).parent
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Tongue(StrEnum):
    """The languages of the desk; ISO 639-1."""

    ENGLISH = "en"
    VIETNAMESE = "vi"


def tongue_of(chosen: str | None, accept_language: str | None) -> Tongue:
    """The language to show: the one that was chosen, else the first of the browser's that there is, else English."""
    wanted = [chosen or "", *(part.partition(";")[0] for part in (accept_language or "").split(","))]
    known = {each.value: each for each in Tongue}
    for name in wanted:
        found = known.get(name.strip().lower().partition("-")[0])
        if found is not None:
            return found
    return Tongue.ENGLISH


@lru_cache(maxsize=len(Tongue))
def templates(tongue: Tongue) -> Environment:
    """The templates in one language; what a template does not know is an error, and everything is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = _translations(tongue)
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    locale = str(tongue)
    # Tables of numbers repeat them: to format one takes as long as to write the rest of its row.
    environment.filters["number"] = lru_cache(maxsize=4096)(lambda value: format_decimal(value, locale=locale))
    environment.filters["percent"] = lambda share: format_percent(share, format="#,##0.#%", locale=locale)
    environment.filters["moment"] = lambda at: format_datetime(at.astimezone(UTC), "d MMM, HH:mm 'UTC'", locale=locale)
    environment.filters["day"] = lambda at: format_date(at.astimezone(UTC).date(), "d MMM yyyy", locale=locale)
    environment.filters["ago"] = lambda at: format_timedelta(at - datetime.now(UTC), add_direction=True, locale=locale)
    environment.filters["money"] = lambda minor, currency, minor_units: format_currency(
        Decimal(minor).scaleb(-minor_units), currency, locale=locale
    )
    environment.filters["letter"] = letter_of
    forms = _Forms(words, locale)
    environment.filters["told"] = lambda said: said if tongue is Tongue.ENGLISH else forms.told(said)
    environment.globals["tongue"] = str(tongue)
    return environment


def render(tongue: Tongue, template: str, values: Mapping[str, Any]) -> str:
    """A template filled in."""
    return templates(tongue).get_template(template).render(values)


def letter_of(position: int) -> str:
    """The letter of a condition, counted from 0: A to Z, then AA and on; it keeps it on every screen."""
    letters = ""
    position += 1
    while position > 0:
        position, digit = divmod(position - 1, len(LETTERS))
        letters = LETTERS[digit] + letters
    return letters


def catalogues(tongue: Tongue) -> list[Path]:
    """The files of a language's words, one a page; English has one only for words that stand for codes."""
    return sorted((FOLDER / "locale" / str(tongue)).glob("*.po"))


class _Forms(Formatter):
    """Fills in what the pipeline says: a number for which the form names a format is written as in the language."""

    def __init__(self, words: Translations, locale: str) -> None:
        """Words and numbers of one language."""
        self._words = words
        self._locale = locale

    def told(self, said: str) -> str:
        """A sentence; what the catalogues do not have stays as it is.

        One that was stored is a plain text: it is found where its form has no values.
        """
        if not isinstance(said, Told):
            return str(self._words.gettext(said)) if said else said
        form = self._words.gettext(said.code)
        return said if form == said.code else self.vformat(form, (), said.values)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """A value by its format; a text that is no sentence of the pipeline's is not translated."""
        if isinstance(value, Told):
            return self.told(value)
        if isinstance(value, datetime):
            return format_date(value.astimezone(UTC).date(), "d MMM yyyy", locale=self._locale)
        if isinstance(value, float) or (isinstance(value, int) and format_spec):
            return format_decimal(value, locale=self._locale)
        return super().format_field(value, format_spec)


def _translations(tongue: Tongue) -> Translations:
    """Read from the files that translators edit, so that there is no second, compiled one to keep in step."""
    words = Translations()
    for file in catalogues(tongue):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=str(tongue))
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        of_file = Translations(compiled)
        # Merging takes the words and leaves the rule of the language's plurals, which is English by default.
        words.plural = of_file.plural
        words.merge(of_file)
    return words
