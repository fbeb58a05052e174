"""Currency rates from a file into `core.currency_rate`.

Two layouts are read: a line a rate (`date,from,to,rate`: 1 of `from` is worth `rate` of `to`), and the European Central
Bank's history (`eurofxref-hist.csv`: `Date,USD,JPY,…`, a line a day, all from EUR, N/A where there was none).
"""

import csv
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg

from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

_LINE_A_RATE = ["date", "from", "to", "rate"]
_CURRENCY = re.compile(r"[A-Z]{3}")
_ECB_CURRENCY = "EUR"
_LARGEST_EXPONENT = 18

Rate = tuple[str, str, date, Decimal]
"""From-currency, to-currency, day, and how much of the second one was worth 1 of the first."""


@dataclass(frozen=True)
class RateCounts:
    """Rates in the file, and how many of them were new here or corrected what was here."""

    read: int
    added: int
    corrected: int


def load_rates(warehouse: Warehouse, file: Path, *, source: str) -> RateCounts:
    """Add the rates of a file and correct those that differ, all of them or none; no rate is removed.

    Args:
        source: who publishes the rates; kept beside each.

    Raises:
        Configuration: the file cannot be read.
        Permanent: a line is wrong (the sentence says which), or the file states a rate twice.
        Transient: the warehouse cannot be reached.
    """
    read = 0
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        connection.execute(statement("sync/create_read_rate"))
        try:
            with connection.cursor().copy("COPY read_rate FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["text", "text", "date", "numeric"])
                for rate in read_rates(file):
                    copy.write_row(rate)
                    read += 1
        except psycopg.errors.UniqueViolation as error:
            raise Permanent(f"{file.name} states the rate of a pair of currencies twice for one day.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise Configuration(f"The rates cannot be read from {file}: {error}.") from error
        [(added, corrected)] = connection.execute(statement("sync/merge_rates"), {"source": source}).fetchall()
    logger.info("Rates of %s: %s read, %s added, %s corrected.", source, read, added, corrected)
    return RateCounts(read=read, added=int(added), corrected=int(corrected))


def read_rates(file: Path) -> Iterator[Rate]:
    """The rates of a file in either layout, in its order.

    Raises:
        OSError, UnicodeDecodeError: the file cannot be read.
        Permanent: a line is wrong.
    """
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text)
        header = [name.strip() for name in next(lines, [])]
        if [name.lower() for name in header] == _LINE_A_RATE:
            for line in lines:
                if line:
                    yield _rate_of(line, f"line {lines.line_num} of {file.name}")
        elif header[:1] == ["Date"] and len(header) > 1:
            for line in lines:
                yield from _rates_of_day(header, line, f"line {lines.line_num} of {file.name}")
        else:
            raise Permanent(f"{file.name} begins with neither {','.join(_LINE_A_RATE)} nor Date and currencies.")


def _rate_of(line: list[str], place: str) -> Rate:
    if len(line) != len(_LINE_A_RATE):
        raise Permanent(f"There are {len(line)} fields on {place}, not {len(_LINE_A_RATE)}.")
    day, from_currency, to_currency, rate = (field.strip() for field in line)
    for currency in (from_currency, to_currency):
        if not _CURRENCY.fullmatch(currency):
            raise Permanent(f"'{currency}' on {place} is no currency: three capitals.")
    if from_currency == to_currency:
        raise Permanent(f"On {place} {from_currency} is exchanged for itself.")
    return from_currency, to_currency, _day(day, place), _number(rate, place)


def _rates_of_day(header: list[str], line: list[str], place: str) -> Iterator[Rate]:
    for currency, rate in zip(header[1:], line[1:], strict=False):
        # The bank ends each line with a comma, and writes N/A before a currency was there and after it had gone.
        if currency and rate.strip() not in ("", "N/A"):
            yield _rate_of([line[0], _ECB_CURRENCY, currency, rate], place)


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Permanent(f"'{text}' on {place} is no day: YYYY-MM-DD.") from None


def _number(text: str, place: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise Permanent(f"'{text}' on {place} is no rate.") from None
    # adjusted() is the place of the first digit: rates of a million to one or less are read, 1e999999 is not.
    if not rate.is_finite() or rate <= 0 or abs(rate.adjusted()) > _LARGEST_EXPONENT:
        raise Permanent(f"'{text}' on {place} is no rate.")
    return rate
